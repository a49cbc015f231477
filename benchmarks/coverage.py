"""Bias, coverage and width of 95 % intervals under repeated sampling, with seconds and failures.

``python -m benchmarks.coverage --designs adult-500,fimd-y --rivals lacunet,mice-cart --repeats 100 --minutes 20``

Designs: coverage_designs.py; methods: coverage_methods.py. Sample number k of a design is the same for every method
and on every machine. What a sample gave is appended to benchmarks/.cache/repeats at once, so that a study of hours can
be made in slices, in any order, and also by several processes with different designs or methods: what is there is not
run again. Ours is kept apart by a fingerprint of the code that draws. At the end (``--repeats 0``: only that)
results/coverage.csv takes the place of older rows of the same designs and methods, and ``python -m
benchmarks.coverage_page`` makes docs/does-it-work.md of it.
"""

import argparse
import fcntl
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.cache import CACHE
from benchmarks.coverage_designs import DESIGNS, design_named, sample_named
from benchmarks.coverage_methods import METHODS, Impute, NotInstalledError, stored_as
from benchmarks.coverage_summary import report_rows
from benchmarks.estimands import pool
from benchmarks.records import commit, write_rows
from benchmarks.rivals import Result

FOLDER = CACHE / "repeats"
COLUMNS = ["repeat", "estimand", "estimate", "half", "truth", "seconds", "version", "commit", "failed"]
ROUND = 5
"""Repeats of one design and method before the next has its turn: a study cut short is short everywhere alike."""

USUAL_METHODS = "complete,listwise,lacunet,mice-pmm,mice-cart,amelia,midas2-scaled,lacunet-classic"
USUAL_REPEATS = {
    "fimd-y": 200,
    "fimd-x": 200,
    "mar1": 100,
    "spread-100": 200,
    "spread-1000": 100,
    "curve-100": 200,
    "curve-1000": 100,
    "adult-500": 100,
    "adult-2000": 20,
    "nist-500": 100,
    "nist-2000": 15,
}
USUAL_SHARE = {"mice-cart": 0.5, "midas2": 0.5, "midas2-scaled": 0.5, "lacunet-classic": 0.1}
"""Repeats of ``make coverage``, and the share of them for the slow: an hour on two cores."""


@dataclass(frozen=True)
class Budget:
    """Repeats asked for (of every design, or the usual ones) and the time at which no sample is begun any more."""

    repeats: int | None
    until: float = float("inf")

    def of(self, design: str, method: str) -> int:
        """Repeats of a design with a method."""
        if self.repeats is not None:
            return self.repeats
        return round(USUAL_REPEATS.get(design, ROUND) * USUAL_SHARE.get(method, 1.0))

    def is_spent(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self.until


def run_repeat(name: str, method: str, repeat: int, impute: Impute | None = None) -> pd.DataFrame:
    """Impute one sample; a row per estimand. A method that fails gives one row that says how.

    A method that is not installed is no failure of it: that is raised, and nothing is kept.
    """
    facts = {"repeat": repeat, "seconds": np.nan, "version": "", "commit": _commit(), "failed": ""}
    try:
        result = _completed(name, method, repeat, impute)
        fits = [design_named(name).estimate(frame) for frame in result.completed]
        values, half = pool(fits)
        if not (np.isfinite(values).all() and np.isfinite(half).all()):
            raise RuntimeError("an estimate or its interval is not finite")
    except (NotInstalledError, ImportError):
        raise
    except Exception as error:
        facts["failed"] = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return pd.DataFrame([facts], columns=COLUMNS)
    facts |= {"seconds": result.seconds, "version": result.notes.get("version", "")}
    found = {"estimand": fits[0].names, "estimate": values, "half": half, "truth": design_named(name).truth()}
    return pd.DataFrame({**found, **{key: [value] * len(values) for key, value in facts.items()}})[COLUMNS]


@cache
def _commit() -> str:
    return commit()


def _completed(name: str, method: str, repeat: int, impute: Impute | None) -> Result:
    complete, holed = sample_named(name, repeat)
    if method == "complete":
        return Result([complete], 0.0)
    if method == "listwise":
        return Result([holed], 0.0)
    result = (impute or METHODS[method].impute)(holed, design_named(name).m, repeat + 1)
    if any(frame.isna().to_numpy().any() for frame in result.completed):
        raise RuntimeError("cells were left empty")
    return result


def read_samples(design: str, method: str) -> pd.DataFrame:
    """Give what the samples run so far gave (no rows if none was)."""
    path = _path(design, method)
    return _read(path) if path.exists() else pd.DataFrame(columns=COLUMNS)


def _read(path: Path) -> pd.DataFrame:
    empty = {name: [""] for name in ("estimate", "half", "truth", "seconds")}  # nowhere else is "" or "NA" missing
    found = pd.read_csv(path, dtype={"version": str, "commit": str}, keep_default_na=False, na_values=empty)
    return found.drop_duplicates(["repeat", "estimand"], ignore_index=True)


def _path(design: str, method: str) -> Path:
    return FOLDER / f"{design}-{stored_as(method)}.csv"


def run_rounds(designs: Sequence[str], methods: Sequence[str], budget: Budget) -> None:
    """Run what is not there yet, a few samples of each design and method in turn, until the budget is spent."""
    absent: set[str] = set()
    asked = {pair: budget.of(*pair) for pair in usual_pairs(designs, methods)}
    for start in range(0, max(asked.values(), default=0), ROUND):
        for (design, method), repeats in asked.items():
            if method in absent:
                continue
            try:
                _run_some(design, method, range(start, min(start + ROUND, repeats)), budget)
            except (NotInstalledError, ImportError) as error:
                absent.add(method)
                print(f"{method} is left out: {error}", flush=True)


def _run_some(design: str, method: str, repeats: range, budget: Budget) -> None:
    done = set(read_samples(design, method)["repeat"])
    path = _path(design, method)
    path.parent.mkdir(parents=True, exist_ok=True)
    started, count = time.perf_counter(), 0
    for repeat in repeats:
        if repeat in done or budget.is_spent():
            continue
        text = run_repeat(design, method, repeat).to_csv(header=not path.exists(), index=False)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)  # in one piece: a run that is stopped leaves no half sample
        count += 1
    if count:
        each = (time.perf_counter() - started) / count
        print(f"{design:12s} {method:16s} {repeats.stop:4d} samples, {each:6.2f} s each", flush=True)


def usual_pairs(designs: Iterable[str], methods: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give designs × methods, without the methods for numbers only where there are categories."""
    for design in designs:
        for method in methods:
            if not METHODS[method].numbers_only or _numbers_only(design):
                yield design, method


def _numbers_only(design: str) -> bool:
    return design.partition("-")[0] in {"fimd", "mar1", "spread", "curve"}


def write_summary(designs: Sequence[str], methods: Sequence[str]) -> None:
    """Write results/coverage.csv for these designs and methods, and print the averages."""
    for design, method in usual_pairs(designs, methods):
        samples = read_samples(design, method)
        if samples.empty:
            continue
        rows = report_rows(design, method, samples)
        with (FOLDER / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            write_rows("coverage", rows, ("design", "rival", "estimand"))
        last = rows[-1]
        print(
            f"{design:12s} {method:16s} {last['repeats']:4d} samples, {last['failures']} failed: coverage "
            f"{last['coverage']:.3f} (± {last['mc_error']:.3f}, lowest {last['worst']:.2f})",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run designs × methods within the budget, then summarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designs", default=",".join(DESIGNS))
    parser.add_argument("--rivals", default=USUAL_METHODS, help=f"of {', '.join(METHODS)}")
    parser.add_argument("--repeats", type=int, help="samples of every design (without it, the usual number of each)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no sample after so many minutes")
    parser.add_argument(
        "--lanes", type=int, choices=(1, 2), default=1, help="2: ours and the rivals side by side, on two cores"
    )
    options = parser.parse_args(arguments)
    designs, methods = options.designs.split(","), options.rivals.split(",")
    if unknown := set(methods) - set(METHODS):
        parser.error(f"no method {', '.join(sorted(unknown))}: there are {', '.join(METHODS)}")
    budget = Budget(options.repeats, time.monotonic() + 60 * options.minutes)
    here = [method for method in methods if METHODS[method].here]
    lanes = [methods] if options.lanes == 1 else [here, [method for method in methods if method not in here]]
    with ThreadPoolExecutor(len(lanes)) as side_by_side:
        begun = [side_by_side.submit(run_rounds, designs, lane, budget) for lane in lanes if lane]
    write_summary(designs, methods)
    for lane in begun:
        lane.result()  # an error in a lane ends the command with it, after what was run is summarised


if __name__ == "__main__":
    main()
