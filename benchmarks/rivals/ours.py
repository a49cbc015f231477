"""lacunet's Midas, in a fresh process with an empty compilation cache, so that compiling is counted."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.rivals._exchange import SCRIPTS, Result

SOURCE = SCRIPTS.parent.parent.parent / "src"


@dataclass(frozen=True)
class Lacunet:
    """Midas with these options; ``runs`` > 1 repeats the call in the same process (no compilation left)."""

    options: dict[str, object] = field(default_factory=dict)
    runs: int = 1
    cold: bool = False
    classic: bool = False

    def __call__(self, holed: pd.DataFrame, m: int, seed: int) -> Result:
        """Impute; seconds are those of the first fit and impute, imports apart."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            holed.to_parquet(folder / "holed.parquet")
            (folder / "options.json").write_text(json.dumps({"classic": self.classic, **self.options}))
            environment = dict(os.environ, PYTHONPATH=str(SOURCE))
            if self.cold:
                environment["XDG_CACHE_HOME"] = str(folder / "cache")
            command = [sys.executable, str(SCRIPTS / "lacunet_worker.py"), name, str(m), str(seed), str(self.runs)]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
            if done.returncode:
                raise RuntimeError(f"lacunet failed:\n{done.stderr[-3000:]}")
            completed = [_with_constants(pd.read_parquet(folder / f"completed{i}.parquet"), holed) for i in range(m)]
            expected = pd.read_parquet(folder / "expected.parquet")
            facts = json.loads((folder / "facts.json").read_text())
        return Result(completed, facts.pop("seconds"), facts.pop("peak_mib"), facts, expected)


def _with_constants(completed: pd.DataFrame, holed: pd.DataFrame) -> pd.DataFrame:
    """Fill what lacunet leaves empty and says so (columns of one value: a blank may be an answer), as rivals do."""
    for name, column in holed.items():
        known = column.dropna()
        if len(known) < len(column) and known.nunique() == 1:
            completed[name] = completed[name].fillna(known.iloc[0])
    return completed


def impute_here(holed: pd.DataFrame, m: int, seed: int) -> Sequence[pd.DataFrame]:
    """Impute in this process (repeated sampling: thousands of small calls)."""
    import lacunet as ln

    return list(ln.Midas().fit(holed, seed=seed).impute(m=m))


def from_callable(impute: Callable[[pd.DataFrame, int, int], Sequence[pd.DataFrame]]) -> Callable[..., Result]:
    """Make a rival of ``impute(holed, m, seed) -> completed frames`` (a prototype, say)."""

    def rival(holed: pd.DataFrame, m: int, seed: int) -> Result:
        started = time.perf_counter()
        completed = list(impute(holed, m, seed))
        return Result(completed, time.perf_counter() - started, float(np.nan))

    return rival
