"""Run midasverse-midas with its defaults on the case in a folder (in that package's own environment)."""

import csv
import json
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from midas2 import MIDAS


def main(folder: Path, m: int, seed: int) -> None:
    """Read cells.bin and columns.csv, impute, write draws.bin and facts.json."""
    with (folder / "columns.csv").open() as file:
        columns = list(csv.DictReader(file))
    cells = np.fromfile(folder / "cells.bin", dtype="<f8").reshape(len(columns), -1)
    frame = pd.DataFrame({c["name"]: _column(c, x) for c, x in zip(columns, cells, strict=True)})
    started = time.perf_counter()
    model = MIDAS()
    model.fit(frame, seed=seed)
    completed = list(model.transform(m=m))
    seconds = time.perf_counter() - started
    draws = np.stack(
        [np.concatenate([_cells(f, c, x) for c, x in zip(columns, cells, strict=True)]) for f in completed]
    )
    draws.astype("<f8").tofile(folder / "draws.bin")
    facts = {
        "seconds": seconds,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "version": version("midasverse-midas"),
        "torch": version("torch"),
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def _column(column: dict[str, str], cells: np.ndarray) -> pd.Series:
    if column["kind"] == "number":
        return pd.Series(cells)
    return pd.Series([None if np.isnan(cell) else f"l{int(cell)}" for cell in cells], dtype=object)


def _cells(frame: pd.DataFrame, column: dict[str, str], cells: np.ndarray) -> np.ndarray:
    missing = np.isnan(cells)
    filled = frame[column["name"]].to_numpy()[missing]
    if column["kind"] == "number":
        return filled.astype(float)
    return np.array([float(str(value)[1:]) for value in filled])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
