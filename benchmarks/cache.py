"""Run a rival on a case once: completed data are kept on disk, keyed by problem, mask, rival and m."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.problems import as_values, load_case
from benchmarks.rivals._exchange import Result, fill_cells

CACHE = Path(__file__).resolve().parent / ".cache"
Case = tuple[str, int, str, float, int]
Rival = Callable[[pd.DataFrame, int, int], Result]


def impute_cached(case: Case, name: str, rival: Rival, m: int, *, refresh: bool = False) -> Result:
    """Give the rival's completed data for a case, from disk if it ran on exactly these holes before."""
    _, holed = load_case(*case)
    values = as_values(holed)
    fingerprint = f"{zlib.crc32(np.nan_to_num(values, nan=-1e99).tobytes()):08x}"
    problem, n, mechanism, rate, mask = case
    stem = CACHE / "completed" / f"{problem}-{n}-{mechanism}-{rate:g}-{mask}-{name}-m{m}"
    draws_file, facts_file = stem.with_name(stem.name + ".npy"), stem.with_name(stem.name + ".json")
    if not refresh and facts_file.exists():
        facts = json.loads(facts_file.read_text())
        if facts.pop("fingerprint") == fingerprint:
            return Result(fill_cells(holed, np.load(draws_file)), **facts)
    result = rival(holed, m, mask + 1)
    stem.parent.mkdir(parents=True, exist_ok=True)
    hidden = np.isnan(values.T)
    np.save(draws_file, np.stack([as_values(frame).T[hidden] for frame in result.completed]))
    facts_file.write_text(json.dumps({**result.facts(), "fingerprint": fingerprint}))
    return result
