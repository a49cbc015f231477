"""Whether the measures on embeddings keep what they promise: ``python -m benchmarks.measure --parts axes,drift``.

Every part is a study in a file of its own: worlds whose truth is known (``DESIGNS``), samples from them, and of each
number the share of 95 % intervals that hold the truth (bar: 93 to 97 %), or the share of p-values of .05 and less where
nothing is there (bar: 4 to 6 %). Rows go to results/measure_PART.csv after each design, with Monte Carlo errors; what
is there from as many samples of the same seed is not simulated again (``--again`` does), so that a run that was
cut off goes on where it was. ``met`` is "within error" where the bar is missed by no more than two Monte Carlo errors.

The part "speed" times the embedding regression (results/measure_speed.csv); it is run when asked for by name.
"""

import argparse
import time
from collections.abc import Sequence
from types import ModuleType

from benchmarks.measure import alacarte, association, axes, drift, fitted, known, page, panels, regression
from benchmarks.measure.rows import KEYS
from benchmarks.records import read_rows, write_rows

STUDIES: dict[str, ModuleType] = {
    "axes": axes,
    "alacarte": alacarte,
    "regression": regression,
    "fitted": fitted,
    "drift": drift,
    "panels": panels,
    "association": association,
    "known": known,
}
SEED = 2


def is_done(part: str, design: str, samples: int, seed: int) -> bool:
    """Whether results hold this design from as many samples of this seed."""
    found = [row for row in read_rows(f"measure_{part}") if row["design"] == design and row["seed"] == str(seed)]
    return bool(found) and all(int(row["asked"]) >= samples for row in found)


def run(part: str, samples: int | None, seed: int, again: bool, designs: Sequence[str]) -> None:
    """Simulate what is missing of one part."""
    study = STUDIES[part]
    n = study.SAMPLES if samples is None else samples
    for design in designs or study.DESIGNS:
        if is_done(part, design, n, seed) and not again:
            continue
        start = time.process_time()
        rows = list(study.rows_of(design, n, seed))
        spent = time.process_time() - start
        write_rows(f"measure_{part}", [{**row, "asked": n, "cpu_seconds": spent} for row in rows], KEYS)
        for row in rows:
            share, error = (100 * float(row[name]) for name in ("share", "mc_error"))
            print(f"{part}: {design}: {row['what']}: {share:.1f} % ({error:.1f}), {row['met']}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.measure", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(STUDIES), help="which, with commas between; also: speed")
    parser.add_argument("--designs", default="", help="of one part, with semicolons between; all by default")
    parser.add_argument("--samples", type=int, help="of each design; each part has its own default")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--again", action="store_true", help="simulate what is there, too")
    parser.add_argument("--threads", type=int, default=1, help="of BLAS, where seconds are measured")
    parser.add_argument("--page", action="store_true", help="only put what is stored into docs/design/measures.md")
    options = parser.parse_args(arguments)
    if options.page:
        page.write_page(tuple(STUDIES))
        return
    for part in options.parts.split(","):
        if part == "speed":
            write_rows("measure_speed", list(regression.time_regression(options.threads)), ("what",))
        else:
            run(part, options.samples, options.seed, options.again, [d for d in options.designs.split(";") if d])
