"""ln.Mlp in a fresh process, as predict_worker.py is for others; what compiling takes is in the seconds.

``python mlp_worker.py folder``; ``task.json`` holds outcome, seed, the options of the specification, and the levels of
coverage at which intervals or sets of levels are wanted. These are left in ``sure.npy``, one block for each: ends of
the intervals (n, 2), or the sets (n, 2, c), first those that may be empty and then those that may not.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import lacunet as ln


def main(folder: Path) -> None:
    """Fit one task."""
    warnings.simplefilter("ignore")
    task = json.loads((folder / "task.json").read_text())
    train, test = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in task["options"].items()}
    kinds = {"number": "number", "binary": "binary", "classes": "nominal"}
    started = time.perf_counter()
    fitted = ln.Mlp(**options).fit(
        train, task["outcome"], kind=kinds[task["kind"]], validation=task["validation"], seed=task["seed"]
    )
    seconds = time.perf_counter() - started
    is_number = task["kind"] == "number"
    predicted = fitted.predict(test) if is_number else fitted.predict_proba(test)
    order: list[int] = []
    if not is_number:
        order = [list(fitted.levels).index(str(level)) for level in train[task["outcome"]].cat.categories]
        predicted = predicted[:, order]
    np.save(folder / "predicted.npy", np.asarray(predicted, dtype=float))
    if task["coverage"]:
        sure = [ends(fitted, test, level) if is_number else sets(fitted, test, level) for level in task["coverage"]]
        np.save(folder / "sure.npy", np.stack([one if is_number else one[:, :, order] for one in sure]))
    (folder / "facts.json").write_text(json.dumps({"seconds": seconds, "version": ln.__version__}))


def ends(fitted: ln.FittedMlp, test: pd.DataFrame, level: float) -> np.ndarray:
    """Both ends of the interval of each row, (n, 2)."""
    return fitted.intervals(test, level)[["low", "high"]].to_numpy(dtype=float)


def sets(fitted: ln.FittedMlp, test: pd.DataFrame, level: float) -> np.ndarray:
    """Whether each level is in the set of each row: sets that may be empty, and sets that may not, (n, 2, c)."""
    found = [fitted.prediction_sets(test, level, may_be_empty=may_be_empty)["levels"] for may_be_empty in (True, False)]
    return np.array([[[level in own for level in fitted.levels] for own in both] for both in zip(*found, strict=True)])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
