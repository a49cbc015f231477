"""ln.Mlp in a fresh process, as predict_worker.py is for others; what compiling takes is in the seconds.

``python mlp_worker.py folder``; ``task.json`` holds outcome, seed, and the options of the specification.
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
    if not is_number:
        order = [list(fitted.levels).index(str(level)) for level in train[task["outcome"]].cat.categories]
        predicted = predicted[:, order]
    np.save(folder / "predicted.npy", np.asarray(predicted, dtype=float))
    (folder / "facts.json").write_text(json.dumps({"seconds": seconds, "version": ln.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
