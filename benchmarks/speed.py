"""Seconds and peak memory on tables as they come, with a quality number beside every time.

``python -m benchmarks.speed --problems adult,sd2011,ces_2020,jss --rivals lacunet,mice-cart,midas2``

The table keeps its own holes; 2 % more of its observed cells are hidden, and CRPS, Brier score and share misclassified
are of those. Each rival's clock runs around its own fitting and drawing only (imports, start-up, files: nobody's).
lacunet runs in a fresh process with an empty compilation cache (``seconds``), and again in the same process
(``warm_seconds``), ``--runs`` times in all. Runs are one after another; leave the machine alone meanwhile.
"""

import argparse
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from benchmarks.metrics import brier, crps
from benchmarks.problems import data_folder, jss_table, load_case, punch
from benchmarks.records import write_rows
from benchmarks.rivals import RIVALS, Result
from benchmarks.rivals.ours import Lacunet

EXTRA = 0.02
JSS_ROWS, JSS_RATE = 60000, 0.2
UNSCORED = ("caseid", "race_other", "inputzip")


@dataclass(frozen=True)
class Timed:
    """A table with holes, the truth of the cells that are scored, and the m asked for."""

    truth: pd.DataFrame
    holed: pd.DataFrame
    m: int


def _with_extra_holes(frame: pd.DataFrame, m: int) -> Timed:
    rng = np.random.default_rng(zlib.crc32(",".join(map(str, frame.columns)).encode()))
    hidden = rng.random(frame.shape) < EXTRA
    hidden[:, [name in UNSCORED for name in frame.columns]] = False
    return Timed(frame, punch(frame, hidden | frame.isna().to_numpy()), m)


def _sd2011() -> Timed:
    """5,000 x 35 as published, codes and all; the one column of numbers kept as text is read as numbers."""
    frame = pd.read_parquet(data_folder() / "imputation" / "sd2011.parquet")
    frame["wkabdur"] = pd.to_numeric(frame["wkabdur"]).astype(float)
    return _with_extra_holes(_without_empty_levels(frame), 10)


def _sd2011_small() -> Timed:
    """The same without the categories of 17 and 27 levels, over which a tree's search takes hours."""
    timed = _sd2011()
    drop = ["eduspec", "emcc"]
    return Timed(timed.truth.drop(columns=drop), timed.holed.drop(columns=drop), timed.m)


def _ces_2020() -> Timed:
    frame = pd.read_parquet(data_folder() / "imputation" / "ces_2020.parquet")
    return _with_extra_holes(_without_empty_levels(frame), 10)


def _adult() -> Timed:
    """2,000 x 12: adult's first case without native_country."""
    truth, holed = load_case("adult", 2000, "mar", 0.3, 0)
    drop = ["native_country"]
    return Timed(truth.drop(columns=drop), holed.drop(columns=drop), 10)


def _jss() -> Timed:
    """60,000 x 349, simulated from the printed schema, 20 % missing completely at random."""
    rng = np.random.default_rng(2018)
    truth = jss_table(JSS_ROWS, rng)
    return Timed(truth, punch(truth, rng.random(truth.shape) < JSS_RATE), 10)


PROBLEMS: dict[str, Callable[[], Timed]] = {
    "adult": _adult,
    "sd2011": _sd2011,
    "sd2011_small": _sd2011_small,
    "ces_2020": _ces_2020,
    "jss": _jss,
}


def _without_empty_levels(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    for name in frame.select_dtypes("category"):
        frame[name] = frame[name].cat.remove_unused_categories()
    return frame


def as_exchanged(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats and everything else as categories, for rivals that cannot take the frame as it is."""
    columns = {}
    for name, column in frame.items():
        if pd.api.types.is_numeric_dtype(column):
            columns[name] = column.astype(float)
        elif isinstance(column.dtype, pd.CategoricalDtype):
            columns[name] = column
        else:
            columns[name] = column.astype(object).where(column.notna(), None).astype("category")
    return pd.DataFrame(columns)


def cell_quality(timed: Timed, completed: Sequence[pd.DataFrame]) -> dict[str, float]:
    """CRPS (sd), Brier score and share misclassified of hidden cells whose truth is known; column by column."""
    losses: dict[str, list[np.ndarray]] = {"crps": [], "brier": [], "misclassified": []}
    for name, column in timed.truth.items():
        rows = (timed.holed[name].isna() & column.notna()).to_numpy()
        if not rows.any():
            continue
        if pd.api.types.is_numeric_dtype(column):
            draws = np.stack([frame[name].to_numpy(dtype=float)[rows] for frame in completed])
            spread = column.std() or 1.0
            losses["crps"].append(crps(draws / spread, column.to_numpy(dtype=float)[rows] / spread))
            continue
        levels = column.cat.categories
        codes = [pd.Categorical(frame[name].astype(object)[rows], categories=levels).codes for frame in completed]
        loss, wrong = brier(np.stack(codes).astype(float), column.cat.codes.to_numpy()[rows].astype(float), len(levels))
        losses["brier"].append(loss)
        losses["misclassified"].append(wrong.astype(float))
    return {name: float(np.concatenate(parts).mean()) for name, parts in losses.items() if parts}


def time_rival(timed: Timed, rival: str, runs: int, m: int) -> tuple[Result, list[float]]:
    """Run a rival; ours fresh and cold, others ``runs`` times."""
    if rival.startswith("lacunet"):
        ours = RIVALS[rival]
        if not isinstance(ours, Lacunet):
            raise TypeError(f"{rival} is not an adapter of ours")
        result = replace(ours, runs=runs, cold=True)(timed.holed, m, 1)
        return result, [result.seconds]
    holed = as_exchanged(timed.holed)
    result = RIVALS[rival](holed, m, 1)
    seconds = [result.seconds] + [RIVALS[rival](holed, m, 1 + run).seconds for run in range(1, runs)]
    return result, seconds


def run_problem(problem: str, rival: str, runs: int, m: int | None = None) -> dict[str, object]:
    """Time one rival on one problem; a row for the results."""
    timed = PROBLEMS[problem]()
    result, seconds = time_rival(timed, rival, runs, m or timed.m)
    row: dict[str, object] = {
        "problem": problem,
        "rival": rival,
        "rows": len(timed.truth),
        "columns": timed.truth.shape[1],
        "m": m or timed.m,
        "seconds": float(np.median(seconds)),
        "warm_seconds": result.notes.get("warm_seconds") or "",
        "fit_seconds": result.notes.get("fit_seconds") or "",
        "peak_mib": result.peak_mib,
        "rival_version": result.notes.get("version", ""),
    }
    row |= cell_quality(timed, result.completed)
    write_rows("speed", [row], ("problem", "rival", "m"))
    return row


def main(arguments: Sequence[str] | None = None) -> None:
    """Time rivals on problems and write results/speed.csv."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", default="adult,sd2011_small,ces_2020,jss")
    parser.add_argument("--rivals", default="lacunet")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--m", type=int)
    options = parser.parse_args(arguments)
    for problem in options.problems.split(","):
        for rival in options.rivals.split(","):
            row = run_problem(problem, rival, options.runs, options.m)
            shown = {name: round(x, 4) if isinstance(x, float) else x for name, x in row.items()}
            print(shown, flush=True)


if __name__ == "__main__":
    main()
