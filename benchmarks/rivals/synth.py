"""Generators of synthetic rows: all get the same frame, and each trains and draws in a process of its own.

CTGAN and TVAE (ctgan) and adversarial random forests (arfpy) have their environment (benchmarks/environments.sh).
Numbers without a value are handed to them as most users would: the median, and a category that says it is none.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from benchmarks.rivals._exchange import SCRIPTS

PYTHON = Path(__file__).resolve().parent.parent / ".rivals" / "synth" / "bin" / "python"
OURS = ("sequential", "gan")
RIVALS = ("ctgan", "tvae", "arf")
PROGRAM = "synth_worker.py"
LONGEST = 4 * 3600
"""Seconds after which a run is given up."""


@dataclass(frozen=True)
class Task:
    """What is to be learnt and drawn; ``options`` go to the method, which is at its defaults without."""

    method: str
    seed: int
    rows: int
    numbers: tuple[str, ...]
    options: dict[str, object] = field(default_factory=dict)


def make(task: Task, train: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, object]]:
    """Train and draw: the rows, and seconds_train, seconds_draw, peak_mb and version."""
    python = Path(sys.executable) if task.method in OURS else PYTHON
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train.to_parquet(folder / "train.parquet")
        (folder / "task.json").write_text(json.dumps(vars(task)))
        done = subprocess.run(
            [str(python), str(SCRIPTS / PROGRAM), name], capture_output=True, text=True, check=False, timeout=LONGEST
        )
        if done.returncode:
            raise RuntimeError(f"{task.method} failed:\n{done.stderr[-2000:]}")
        return pd.read_parquet(folder / "synthetic.parquet"), json.loads((folder / "facts.json").read_text())
