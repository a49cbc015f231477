"""Frames to and from other programs as plain binary numbers: no rival's clock includes parsing text."""

import csv
import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.problems import as_values, from_values

SCRIPTS = Path(__file__).resolve().parent / "programs"


@dataclass(frozen=True)
class Result:
    """What a rival made of one case: completed frames, its own seconds and what else it said."""

    completed: list[pd.DataFrame]
    seconds: float
    peak_mib: float = float("nan")
    notes: dict[str, object] = field(default_factory=dict)
    expected: pd.DataFrame | None = None  # conditional means and most probable levels, where the rival gives them

    def facts(self) -> dict[str, object]:
        """Everything but the frames."""
        return {"seconds": self.seconds, "peak_mib": self.peak_mib, "notes": self.notes}


def run_program(command: Sequence[str], holed: pd.DataFrame, m: int, seed: int, timeout: float | None = None) -> Result:
    """Hand a frame to ``command folder m seed``, and read the m × cells draws that it leaves in the folder.

    In the folder: ``cells.bin`` (doubles, column by column, categories as level positions, NaN missing),
    ``columns.csv`` (name, kind, n_levels). The program writes ``draws.bin`` (doubles; for each imputation its
    missing cells, column by column) and ``facts.json`` (seconds, peak_mib, ...).
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        values = as_values(holed)
        values.T.astype("<f8").tofile(folder / "cells.bin")
        _write_columns(holed, folder / "columns.csv")
        done = subprocess.run(
            [*command, str(folder), str(m), str(seed)], capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command[-1]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        draws = np.fromfile(folder / "draws.bin", dtype="<f8").reshape(m, -1)
        facts = json.loads((folder / "facts.json").read_text())
    completed, unfilled = _fill(values, draws, holed, seed)
    if unfilled:
        facts["unfilled"] = unfilled
    seconds, peak = facts.pop("seconds"), facts.pop("peak_mib", float("nan"))
    return Result(completed, seconds, peak, facts)


def fill_cells(holed: pd.DataFrame, draws: np.ndarray) -> list[pd.DataFrame]:
    """Put draws (m, cells; column by column) into the holes."""
    return _fill(as_values(holed), draws, holed, 0)[0]


def _fill(values: np.ndarray, draws: np.ndarray, like: pd.DataFrame, seed: int) -> tuple[list[pd.DataFrame], float]:
    hidden = np.isnan(values.T)
    columns = np.nonzero(hidden)[0]
    draws = draws.copy()
    empty = np.isnan(draws)
    rng = np.random.default_rng(seed)
    for i, cell in zip(*np.nonzero(empty), strict=True):
        observed = values[:, columns[cell]]
        draws[i, cell] = rng.choice(observed[~np.isnan(observed)])
    completed = []
    for draw in draws:
        filled = values.T.copy()
        filled[hidden] = draw
        completed.append(from_values(filled.T, like))
    return completed, float(empty.mean()) if empty.size else 0.0


def _write_columns(frame: pd.DataFrame, path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "kind", "n_levels"])
        for position, (_, column) in enumerate(frame.items()):
            categorical = isinstance(column.dtype, pd.CategoricalDtype)
            kind = "number" if not categorical else "ordered" if column.cat.ordered else "nominal"
            writer.writerow([f"v{position + 1}", kind, len(column.cat.categories) if categorical else 0])
