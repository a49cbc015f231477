"""Synthetic data against rivals: ``make bench-synth``, or ``python -m benchmarks.synth --methods sequential,gan``.

Rows of results/synth.csv are a (problem, method, seed, epochs) each. Problems are in ``synth_problems.py``. Methods:
ours (*sequential*, *gan*), rivals in their own environment (*ctgan*, *tvae*, *arf*), what others *published* for nist,
and what every number is read beside: *halves* (two real halves at the size of the whole: the floor), *bootstrap*,
*independent* (columns shuffled each by itself). Parts: *make* (train, draw as many rows as there are real ones but no
fewer than 27,000, which is what seconds_draw times; the rows stay in .cache/synth), *score* (``synth_quality.py``, on
as many rows as there are real ones), *summary* (means over seeds, and which bars are reached). What is there is not
run again without ``--again``. In a row ``made`` is the commit that made the rows, ``commit`` the one that scored them.
"""

import argparse
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pandas as pd

from benchmarks.cache import CACHE
from benchmarks.records import commit, read_rows, write_rows
from benchmarks.rivals.synth import OURS, RIVALS, Task, make
from benchmarks.synth_bars import check_bars
from benchmarks.synth_problems import PROBLEMS, SUBMISSIONS, load_problem, load_submission
from benchmarks.synth_quality import resample, score, score_halves, shuffle_columns

KEYS = ("problem", "method", "seed", "epochs")
FEWEST_DRAWN = 27_000
BASELINES = {"independent": shuffle_columns, "bootstrap": resample}
METHODS = ("halves", "independent", "bootstrap", *OURS, "published", *RIVALS)
HAS_EPOCHS = ("ctgan", "tvae")
DEFAULT = "default"
SHOWN = ("shape", "trend", "auc", "pmse", "k_marginal", "ols_overlap", "logit_overlap", "tstr", "copies", "seconds")
TEXTS = {"problem", "method", "epochs", "failed", "version", "made", "machine", "python", "versions", "commit", "date"}


@dataclass(frozen=True)
class Job:
    """One row: who learns what with which seed, and for how many epochs where that is not the default."""

    problem: str
    method: str
    seed: int
    epochs: str = DEFAULT

    @property
    def key(self) -> dict[str, object]:
        """Its columns of a row."""
        return dict(zip(KEYS, (self.problem, self.method, self.seed, self.epochs), strict=True))

    @property
    def rows(self) -> Path:
        """Where what it drew is kept."""
        length = "" if self.epochs == DEFAULT else f"-e{self.epochs}"
        return CACHE / "synth" / f"{self.problem}-{self.method}-s{self.seed}{length}.parquet"


def jobs(options: argparse.Namespace) -> Iterator[Job]:
    """Give what is asked for, methods side by side and seed after seed, so that a stopped run can be compared."""
    asked = options.methods.split(",")
    for seed, problem, method in product(range(1, options.seeds + 1), options.problems.split(","), asked):
        if method == "published":
            if problem == "nist" and seed == 1:
                yield from (Job(problem, maker, seed) for maker in SUBMISSIONS)
        elif method in HAS_EPOCHS and options.epochs:
            yield Job(problem, method, seed, str(options.epochs))
        else:
            yield Job(problem, method, seed)


def row_of(job: Job) -> dict[str, str]:
    """Find the row of a job; empty if there is none."""
    wanted = [str(value) for value in job.key.values()]
    return next((row for row in read_rows("synth") if [row[key] for key in KEYS] == wanted), {})


def is_trained(job: Job) -> bool:
    """Whether somebody has to train for it."""
    return job.method in (*OURS, *RIVALS)


def run_making(job: Job) -> None:
    """Train, draw, keep the rows and write what it took."""
    problem = load_problem(job.problem)
    epochs: dict[str, object] = {} if job.epochs == DEFAULT else {"epochs": int(job.epochs)}
    n = max(len(problem.train), FEWEST_DRAWN)
    row: dict[str, object] = job.key | {"made": commit()}
    try:
        drawn, facts = make(Task(job.method, job.seed, n, problem.numbers, epochs), problem.train)
        job.rows.parent.mkdir(parents=True, exist_ok=True)
        drawn.to_parquet(job.rows)
        seconds = float(str(facts["seconds_train"])) + float(str(facts["seconds_draw"]))
        row |= facts | {"seconds": seconds, "drawn": n, "failed": ""}
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        row |= {"failed": " ".join(str(error).split())[-150:]}
    write_rows("synth", [row], KEYS)
    show(row)


def run_scoring(job: Job) -> None:
    """Score what a job drew, or the real rows that stand in, and put the scores into its row."""
    problem = load_problem(job.problem)
    started = time.perf_counter()
    if job.method == "halves":
        found = score_halves(job.problem, job.seed)
    elif job.method in BASELINES:
        found = score(job.problem, BASELINES[job.method](problem.train, job.seed))
    elif job.method in SUBMISSIONS:
        found = score(job.problem, load_submission(job.method))
    else:
        found = score(job.problem, pd.read_parquet(job.rows).iloc[: len(problem.train)])
    row = {**row_of(job), **job.key, **found, "scoring_seconds": time.perf_counter() - started, "failed": ""}
    write_rows("synth", [row], KEYS)
    show(row)


def show(row: dict[str, object]) -> None:
    """Print the columns of a row that are looked at."""
    seen = (*KEYS, "seconds_train", *SHOWN, "failed")
    print({name: round(v, 4) if isinstance(v := row[name], float) else v for name in seen if row.get(name)}, flush=True)


def read_frame() -> pd.DataFrame:
    """Read results as numbers, without the rows that failed."""
    rows = pd.DataFrame(read_rows("synth"))
    if rows.empty:
        return rows
    rows = rows[rows["failed"] == ""]
    return rows.apply(lambda column: column if column.name in TEXTS else pd.to_numeric(column, errors="coerce"))


def summarise() -> None:
    """Print means over seeds, problem by problem, and which bars are reached."""
    rows = read_frame()
    if rows.empty:
        return
    shown = [name for name in SHOWN if name in rows]
    for problem, own in rows.groupby("problem", sort=False):
        groups = own.groupby(["method", "epochs"], sort=False)
        print(problem)
        print(groups[shown].mean().assign(seeds=groups.size()).round(4).to_string(na_rep=""))
    checked = check_bars(rows[rows["epochs"] == DEFAULT])
    if not checked.empty:
        print(checked.to_string(index=False))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="make,score,summary")
    parser.add_argument("--problems", default=",".join(PROBLEMS))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--seeds", type=int, default=1, help="1 to this")
    parser.add_argument("--epochs", type=int, help="of ctgan and tvae, in rows of their own; 300 if not given")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="after which nothing new is started")
    parser.add_argument("--again", action="store_true", help="run also what is there")
    options = parser.parse_args(arguments)
    parts, until = options.parts.split(","), time.monotonic() + 60 * options.minutes
    for job in jobs(options):
        if time.monotonic() > until:
            break
        is_there = job.rows.exists() and not row_of(job).get("failed", "never run")
        if "make" in parts and is_trained(job) and (options.again or not is_there):
            run_making(job)
        can_score = row_of(job).get("failed") == "" and job.rows.exists() if is_trained(job) else True
        if "score" in parts and can_score and (options.again or not row_of(job).get("shape")):
            run_scoring(job)
    if "summary" in parts:
        summarise()


if __name__ == "__main__":
    main()
