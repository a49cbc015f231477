"""One generator of synthetic rows in a process of its own: CTGAN, TVAE, adversarial random forests, or ours.

``python synth_worker.py folder``: the folder holds ``task.json`` (method, seed, rows, numbers, options) and
``train.parquet``. Left behind: ``synthetic.parquet`` with that many rows, and ``facts.json`` with the seconds that
training and drawing took (imports and reading not counted) and the most memory that was resident.
"""

import json
import re
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

EMPTY = "__empty"


def main(folder: Path) -> None:
    """Train, draw and leave the rows."""
    warnings.simplefilter("ignore")
    task = json.loads((folder / "task.json").read_text())
    train = pd.read_parquet(folder / "train.parquet")
    maker, package = {"ctgan": (deep, "ctgan"), "tvae": (deep, "ctgan"), "arf": (forest, "arfpy")}.get(
        task["method"], (ours, "lacunet")
    )
    rows, seconds = maker(task, train)
    rows.to_parquet(folder / "synthetic.parquet")
    peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
    facts = dict(zip(("seconds_train", "seconds_draw"), seconds, strict=True)) | {"version": version(package)}
    facts["peak_mb"] = int(peak[1]) * 1024 / 1e6 if peak else float("nan")
    (folder / "facts.json").write_text(json.dumps(facts))


def ours(task: dict, train: pd.DataFrame) -> tuple[pd.DataFrame, tuple[float, float]]:
    """ln.Gan or ln.Sequential, at its defaults unless there are options; compiling is in the seconds."""
    import lacunet as ln

    kind = {"gan": "Gan", "sequential": "Sequential"}[task["method"]]
    started = time.perf_counter()
    fitted = getattr(ln, kind)(**task["options"]).fit(train, seed=task["seed"])
    trained = time.perf_counter()
    rows = fitted.sample(task["rows"], seed=task["seed"] + 1000)
    return rows, (trained - started, time.perf_counter() - trained)


def deep(task: dict, train: pd.DataFrame) -> tuple[pd.DataFrame, tuple[float, float]]:
    """CTGAN or TVAE of the ctgan package, at its defaults unless there are options."""
    from ctgan import CTGAN, TVAE

    seen = without_holes(train, task["numbers"])
    categories = [name for name in seen if name not in task["numbers"]]
    model = {"ctgan": CTGAN, "tvae": TVAE}[task["method"]](**task["options"], enable_gpu=False)
    model.set_random_state(task["seed"])
    started = time.perf_counter()
    model.fit(seen, categories)
    trained = time.perf_counter()
    rows = model.sample(task["rows"])
    return with_holes(rows, train), (trained - started, time.perf_counter() - trained)


def forest(task: dict, train: pd.DataFrame) -> tuple[pd.DataFrame, tuple[float, float]]:
    """Draw from arfpy's densities, at its defaults on both cores."""
    from arfpy import arf

    seen = without_holes(train, task["numbers"])
    np.random.seed(task["seed"])  # noqa: NPY002 - arfpy draws from NumPy's own
    started = time.perf_counter()
    model = arf.arf(x=seen, verbose=False, random_state=task["seed"], n_jobs=-1, **task["options"])
    model.forde()
    trained = time.perf_counter()
    rows = model.forge(n=task["rows"])
    return with_holes(rows, train), (trained - started, time.perf_counter() - trained)


def without_holes(frame: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    """Put the median where a number has no value, with a category beside it that says so; categories as text."""
    columns: dict[str, pd.Series] = {}
    for name, column in frame.items():
        if name not in numbers:
            columns[name] = column.astype(str).astype(object)
            continue
        columns[name] = column.fillna(column.median())
        if column.isna().any():
            columns[name + EMPTY] = column.isna().map({True: "yes", False: "no"}).astype(object)
    return pd.DataFrame(columns)


def with_holes(rows: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Undo `without_holes`."""
    columns = {}
    for name in like:
        is_empty = rows[name + EMPTY].astype(str) == "yes" if name + EMPTY in rows else False
        columns[name] = rows[name].mask(is_empty) if name + EMPTY in rows else rows[name]
    return pd.DataFrame(columns).reset_index(drop=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
