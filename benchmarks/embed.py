"""Word embeddings against their rivals: ``make bench-embed``, or ``python -m benchmarks.embed --dims 100``.

Skip-gram with negative sampling on the same words (``embed_corpus.py``) with the same settings (``rivals.embed.Task``).
Parts: *train* (a row of results/embed.csv for each trainer, size, dim, epochs and seed: seconds of training, words of
the vocabulary read in a second, peak memory; vectors stay in .cache/embed/vectors), *quality* (WordSim-353, SimLex-999
and Google's analogies of all vectors, by the same code), *stability* (Rodriguez and Spirling's correlation between the
seeds of a trainer, in results/embed_stability.csv), *summary*. What is there is not run again without ``--again``. In a
row ``trained`` is the commit that trained, ``commit`` the one that scored.
"""

import argparse
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import pandas as pd

from benchmarks.cache import CACHE
from benchmarks.embed_corpus import SIZES, load_text
from benchmarks.embed_quality import agree, measure
from benchmarks.records import commit, read_rows, write_rows
from benchmarks.rivals.embed import TRAINERS, Task, train

KEYS = ("rival", "size", "dim", "epochs", "seed")
GROUP = ("rival", "size", "dim", "epochs")
SPEED = ("seconds", "words_per_second", "peak_mb")
QUALITY = ("ws353", "simlex", "analogy_add", "analogy_mul", "coverage")


@dataclass(frozen=True)
class Job:
    """One row: who trains on what, how long, and with which seed."""

    rival: str
    size: str
    dim: int
    epochs: int
    seed: int

    @property
    def vectors(self) -> Path:
        """Where its vectors are kept."""
        name = f"{self.rival}-{self.size}-d{self.dim}-e{self.epochs}-s{self.seed}.bin"
        return CACHE / "embed" / "vectors" / name


def jobs(options: argparse.Namespace) -> Iterator[Job]:
    """Give what is asked for, rivals side by side and seed after seed, so that a stopped run can be compared."""
    seeds = range(1, options.seeds + 1)
    dims = [int(dim) for dim in options.dims.split(",")]
    for size, dim, seed, rival in product(options.sizes.split(","), dims, seeds, options.rivals.split(",")):
        yield Job(rival, size, dim, options.epochs, seed)


def row_of(job: Job) -> dict[str, str]:
    """Find the row of a job; empty if there is none."""
    wanted = [str(value) for value in asdict(job).values()]
    return next((row for row in read_rows("embed") if [row[key] for key in KEYS] == wanted), {})


def run_training(job: Job) -> None:
    """Train once and write the row."""
    text = load_text(job.size)
    row: dict[str, object] = asdict(job) | {"words": text.words, "types": text.types, "trained": commit()}
    try:
        facts = train(job.rival, Task(str(text.path), job.dim, job.epochs, job.seed), job.vectors)
        row |= facts | {"words_per_second": text.words * job.epochs / float(str(facts["seconds"])), "failed": ""}
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        row |= {"failed": " ".join(str(error).split())[-150:]}
    write_rows("embed", [row], KEYS)
    print({name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()}, flush=True)


def run_quality(job: Job) -> None:
    """Score the vectors of a row and put the scores into it."""
    scores = measure(job.vectors)
    write_rows("embed", [{**row_of(job), **scores}], KEYS)
    print(job.vectors.name, {name: round(float(str(value)), 4) for name, value in scores.items()}, flush=True)


def run_stability(done: Sequence[Job]) -> None:
    """Compare the seeds of each trainer at each setting, where there are two or more."""
    groups: dict[tuple[object, ...], list[Job]] = {}
    for job in done:
        groups.setdefault(tuple(getattr(job, name) for name in GROUP), []).append(job)
    for group, same in groups.items():
        if len(same) > 1:
            row = dict(zip(GROUP, group, strict=True)) | agree([job.vectors for job in same])
            write_rows("embed_stability", [row], GROUP)
            print({name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()})


def read_frame(kind: str) -> pd.DataFrame:
    """Read results as numbers, without the rows that failed."""
    rows = pd.DataFrame(read_rows(kind))
    if "failed" in rows:
        rows = rows[rows["failed"] == ""]
    texts = {"rival", "size"} & set(rows)
    return rows.apply(lambda column: column if column.name in texts else pd.to_numeric(column, errors="coerce"))


def summarise() -> None:
    """Print means over seeds with their standard errors, how many times faster we are, and how far seeds agree."""
    rows = read_frame("embed")
    if rows.empty:
        return
    setting = [name for name in GROUP if name != "rival"]
    groups = rows.groupby([*setting, "rival"])
    scores = [name for name in QUALITY if name in rows]
    print(groups[list(SPEED)].median().assign(seeds=groups.size()).round(1).to_string())
    both = {"mean over seeds": groups[scores].mean(), "standard error": groups[scores].sem()}
    print(pd.concat(both, axis=1).round(4).to_string())
    speed = groups["words_per_second"].median().unstack("rival")
    if "lacunet" in speed:
        print("words a second of lacunet over those of each rival")
        print(speed.rdiv(speed["lacunet"], axis=0).round(2).to_string())
    agreement = read_frame("embed_stability")
    if not agreement.empty:
        wanted = [name for name in agreement if name.startswith(("correlation", "error", "overlap", "fits"))]
        print(agreement.set_index([*setting, "rival"])[wanted].sort_index().round(4).to_string())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="train,quality,stability,summary")
    parser.add_argument("--rivals", default=",".join(TRAINERS))
    parser.add_argument("--sizes", default="7.1M", help=f"of {', '.join(SIZES)}")
    parser.add_argument("--dims", default="100,300")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5, help="1 to this")
    parser.add_argument("--again", action="store_true", help="run also what is there")
    options = parser.parse_args(arguments)
    parts, asked = options.parts.split(","), list(jobs(options))
    if "train" in parts:
        for job in asked:
            if options.again or row_of(job).get("failed", "never run"):
                run_training(job)
    done = [job for job in asked if job.vectors.exists() and row_of(job)]
    if "quality" in parts:
        for job in done:
            if options.again or not row_of(job).get("ws353"):
                run_quality(job)
    if "stability" in parts:
        run_stability(done)
    if "summary" in parts:
        summarise()


if __name__ == "__main__":
    main()
