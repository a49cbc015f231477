"""Methods of the repeated-sampling study.

Ours runs in this process, compiled once. A rival is one process that stays open and takes one sample after another,
so that starting R or loading torch is paid once; it runs the same programs as the other benchmarks (rivals/programs).
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.problems import as_values
from benchmarks.records import ROOT
from benchmarks.rivals._exchange import SCRIPTS, Result, _fill, _write_columns
from benchmarks.rivals.midas2 import PYTHON
from benchmarks.rivals.ours import _with_constants

ANSWER = "@@"
TIMEOUT = 900.0
ROOMS = ("_rng.py", "_layout.py", "family", "net", "train", "draw", "solve", "table", "imputation")
"""What decides which values lacunet draws: samples drawn by other code are not reused."""

R_MANY = """
run <- function(program, arguments) {
  commandArgs <- function(trailingOnly = FALSE) if (trailingOnly) arguments else paste0("--file=", program)
  source(program, local = TRUE)
}
input <- file("stdin", "r")
while (length(line <- readLines(input, n = 1)) == 1) {
  words <- strsplit(line, "\\t")[[1]]
  said <- tryCatch({ run(words[1], words[-1]); "done" }, error = function(e) paste("failed:", conditionMessage(e)))
  cat("\\n@@", gsub("[\\r\\n]+", " ", said), "\\n", sep = "")
  flush(stdout())
}
"""
PYTHON_MANY = """
import importlib.util, pathlib, sys
modules = {}
for line in sys.stdin:
    program, folder, m, seed = line.rstrip("\\n").split("\\t")
    try:
        if program not in modules:
            spec = importlib.util.spec_from_file_location("worker", program)
            modules[program] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(modules[program])
        modules[program].main(pathlib.Path(folder), int(m), int(seed))
        said = "done"
    except Exception as error:
        said = "failed: " + " ".join(f"{type(error).__name__}: {error}".split())
    print("\\n@@" + said, flush=True)
"""


class NotInstalledError(RuntimeError):
    """The program of a method is not on this machine."""


class Worker:
    """A program that stays open: a line of words in, work in a folder, a line that says how it went out."""

    def __init__(self, command: Sequence[str], **variables: str) -> None:
        self._command = list(command)
        self._environment = {**os.environ, **variables}
        self._process: subprocess.Popen[str] | None = None

    def ask(self, words: Sequence[str], timeout: float = TIMEOUT) -> None:
        """Do one task; a program that ends or takes longer than ``timeout`` seconds is opened again for the next."""
        process = self._open()
        stop = threading.Timer(timeout, process.kill)
        stop.start()
        said = None
        try:
            print(*words, sep="\t", file=process.stdin, flush=True)
            said = next((line[len(ANSWER) :].strip() for line in process.stdout or () if line.startswith(ANSWER)), None)
        except BrokenPipeError:
            pass
        finally:
            stop.cancel()
        if said is None:
            self.close()
            raise RuntimeError(f"the program ended, or was stopped after {timeout:.0f} seconds")
        if "there is no package called" in said or "No module named" in said:
            raise NotInstalledError(said)
        if said != "done":
            raise RuntimeError(said.removeprefix("failed: "))

    def close(self) -> None:
        """End the program."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()

    def _open(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            if shutil.which(self._command[0]) is None:
                raise NotInstalledError(f"there is no {self._command[0]}: see benchmarks/environments.sh")
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(self._command, text=True, env=self._environment, **pipes)
        return self._process


@cache
def worker_of(kind: str) -> Worker:
    """Give the open program of a kind: "r" or "midas2".

    torch has one thread: on tables this small several wait for each other, and it would take 6 to 40 times as long
    beside other work.
    """
    if kind == "r":
        return Worker(["Rscript", "--vanilla", "-e", R_MANY])
    return Worker([str(PYTHON), "-c", PYTHON_MANY], OMP_NUM_THREADS="1")


def _elsewhere(kind: str, program: Sequence[str], holed: pd.DataFrame, m: int, seed: int) -> Result:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        values = as_values(holed)
        values.T.astype("<f8").tofile(folder / "cells.bin")
        _write_columns(holed, folder / "columns.csv")
        worker_of(kind).ask([str(SCRIPTS / program[0]), *program[1:], name, str(m), str(seed)])
        draws = np.fromfile(folder / "draws.bin", dtype="<f8").reshape(m, -1)
        facts = json.loads((folder / "facts.json").read_text())
    completed, unfilled = _fill(values, draws, holed, seed)
    if unfilled:
        raise RuntimeError(f"{unfilled:.1%} of the cells were left empty")
    return Result(completed, float(facts.pop("seconds")), notes=facts)


def _scaled(holed: pd.DataFrame, m: int, seed: int) -> Result:
    """MIDAS2 on numbers in [0, 1], as in its papers; it does not scale by itself."""
    numbers = holed.select_dtypes("number")
    low = numbers.min()
    width = (numbers.max() - low).where(lambda w: w > 0, 1.0)
    given = holed.copy()
    given[numbers.columns] = (numbers - low) / width
    result = _elsewhere("midas2", ["midas2_worker.py"], given, m, seed)
    for frame in result.completed:
        frame[numbers.columns] = numbers.where(numbers.notna(), frame[numbers.columns] * width + low)
    return result


def _ours(holed: pd.DataFrame, m: int, seed: int, *, classic: bool = False) -> Result:
    import lacunet as ln

    spec = ln.Midas.classic() if classic else ln.Midas()
    started = time.perf_counter()
    completed = list(spec.fit(holed, seed=seed).impute(m=m))
    seconds = time.perf_counter() - started
    return Result([_with_constants(frame, holed) for frame in completed], seconds, notes={"version": ln.__version__})


Impute = Callable[[pd.DataFrame, int, int], Result]
"""``impute(holed frame, m, seed)``: completed frames, seconds, and the program's version in the notes."""


@dataclass(frozen=True)
class Method:
    """A method, its name on the page, and whether it runs in this process."""

    label: str
    impute: Impute | None
    here: bool = False
    numbers_only: bool = False


METHODS = {
    "complete": Method("complete data", None, here=True),
    "listwise": Method("listwise deletion", None, here=True),
    "lacunet": Method("lacunet", _ours, here=True),
    "lacunet-classic": Method("lacunet classic", partial(_ours, classic=True), here=True),
    "mice-pmm": Method("mice (predictive means)", partial(_elsewhere, "r", ["mice.R", "pmm"])),
    "mice-cart": Method("mice (trees)", partial(_elsewhere, "r", ["mice.R", "cart"])),
    "amelia": Method("Amelia II", partial(_elsewhere, "r", ["amelia.R"]), numbers_only=True),
    "midas2": Method("midasverse-midas (as it comes)", partial(_elsewhere, "midas2", ["midas2_worker.py"])),
    "midas2-scaled": Method("midasverse-midas (numbers scaled to 0–1)", _scaled),
}
"""``complete`` is the sample before anything is hidden, ``listwise`` each analysis on the rows that have what it needs.
Amelia takes tables of numbers only: its model is a multivariate normal."""


@cache
def fingerprint(rooms: tuple[str, ...] = ROOMS) -> str:
    """Eight characters that change when the code that decides what lacunet draws (rooms and files) changes."""
    package = ROOT / "src" / "lacunet"
    places = [package / room for room in rooms]
    digest = hashlib.sha256()
    for path in sorted(path for place in places for path in ([place] if place.is_file() else place.rglob("*.py"))):
        digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:8]


def stored_as(method: str) -> str:
    """Name under which a method's samples are kept: ours carries the fingerprint of its code."""
    return f"{method}-{fingerprint()}" if method.startswith("lacunet") else method
