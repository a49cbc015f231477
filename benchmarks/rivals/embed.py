"""Trainers of word embeddings, one adapter each: all read the same file and leave vectors in word2vec's form.

What is timed is training alone. Programs that give no such time (word2vec.c, fastText) are run twice: the second
time there is nothing to train on, and its seconds (vocabulary, tables, saving) are taken off.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.embed_corpus import MIN_COUNT
from benchmarks.rivals._exchange import SCRIPTS

HOME = Path(__file__).resolve().parent.parent / ".rivals" / "embed"
PAUSE = 0.02
"""Seconds between two looks at a process's memory."""
VERSIONS = {"word2vec.c": "0.1c (PyPI word2vec 0.11.1)", "fasttext": "0.9.3"}


@dataclass(frozen=True)
class Task:
    """What to train; the settings after the seed are the same for every trainer."""

    corpus: str
    dim: int
    epochs: int
    seed: int
    threads: int = 2
    window: int = 5
    negative: int = 5
    sample: float = 1e-3
    min_count: int = MIN_COUNT
    alpha: float = 0.025


Facts = dict[str, object]
Trainer = Callable[[Task, Path], Facts]


def train(rival: str, task: Task, vectors: Path) -> Facts:
    """Train in processes of their own: vectors go to ``vectors``, and seconds, peak_mb and version come back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        facts = TRAINERS[rival](task, folder)
        vectors.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder / "vectors.bin", vectors)
    return facts


def _word2vec(task: Task, folder: Path) -> Facts:
    vocabulary, nothing = folder / "vocabulary", folder / "nothing.txt"
    nothing.touch()
    program = [str(HOME / "bin" / "word2vec"), "-min-count", str(task.min_count), "-debug", "0"]
    _watch([*program, "-train", task.corpus, "-save-vocab", str(vocabulary)])
    program += ["-read-vocab", str(vocabulary), "-output", str(folder / "vectors.bin"), "-binary", "1", "-cbow", "0"]
    program += ["-size", str(task.dim), "-window", str(task.window), "-negative", str(task.negative), "-hs", "0"]
    program += ["-sample", str(task.sample), "-alpha", str(task.alpha), "-iter", str(task.epochs)]
    program += ["-threads", str(task.threads), "-train"]
    seed = {"W2V_SEED": str(task.seed - 1)}  # seed 1 is the program as published
    idle, _ = _watch([*program, str(nothing)], seed)
    whole, peak = _watch([*program, task.corpus], seed)
    return {"seconds": whole - idle, "peak_mb": peak, "version": VERSIONS["word2vec.c"]}


def _fasttext(task: Task, folder: Path) -> Facts:
    program = [str(HOME / "bin" / "fasttext"), "skipgram", "-input", task.corpus, "-output", str(folder / "vectors")]
    program += ["-minn", "0", "-maxn", "0", "-bucket", "0", "-minCount", str(task.min_count), "-verbose", "0"]
    program += ["-dim", str(task.dim), "-ws", str(task.window), "-neg", str(task.negative), "-t", str(task.sample)]
    program += ["-lr", str(task.alpha), "-thread", str(task.threads), "-seed", str(task.seed), "-epoch"]
    idle, _ = _watch([*program, "0"])
    whole, peak = _watch([*program, str(task.epochs)])
    (folder / "vectors.vec").rename(folder / "vectors.bin")  # a text file: readers look at what is in it
    return {"seconds": whole - idle, "peak_mb": peak, "version": VERSIONS["fasttext"]}


def _python(python: Path, program: str) -> Trainer:
    """Give the trainer of a program that takes a folder with ``task.json`` and leaves vectors and ``facts.json``."""

    def trainer(task: Task, folder: Path) -> Facts:
        (folder / "task.json").write_text(json.dumps(dataclasses.asdict(task)))
        _, peak = _watch([str(python), str(SCRIPTS / program), str(folder)])
        return {**json.loads((folder / "facts.json").read_text()), "peak_mb": peak}

    return trainer


def _watch(command: Sequence[str], variables: dict[str, str] | None = None) -> tuple[float, float]:
    """Run a command to its end: its seconds, and the most memory it had resident, in MB."""
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said, env=os.environ | (variables or {}))
        status, peak = Path(f"/proc/{process.pid}/status"), 0.0
        while process.poll() is None:
            peak = max(peak, _resident(status))
            time.sleep(PAUSE)
        seconds = time.perf_counter() - started
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command[:2])} failed:\n{said.read()[-2000:]}")
    return seconds, peak


def _resident(status: Path) -> float:
    """Read the high-water mark of a process from its status, 0 when it is gone."""
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")), default=0.0)


TRAINERS: dict[str, Trainer] = {
    "word2vec.c": _word2vec,
    "gensim": _python(HOME / "bin" / "python", "gensim_worker.py"),
    "fasttext": _fasttext,
    "lacunet": _python(Path(sys.executable), "skip_gram_worker.py"),
}
