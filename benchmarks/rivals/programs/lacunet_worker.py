"""Run lacunet on the case in a folder, in a fresh process: once with everything to compile, and once more."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd


def main(folder: Path, m: int, seed: int, runs: int) -> None:
    """Read holed.parquet, impute ``runs`` times, write the last draws' frames and facts.json."""
    holed = pd.read_parquet(folder / "holed.parquet")
    options = json.loads((folder / "options.json").read_text())
    classic = options.pop("classic")
    started = time.perf_counter()
    import lacunet as ln

    imported = time.perf_counter() - started
    seconds = []
    for run in range(runs):
        started = time.perf_counter()
        spec = ln.Midas.classic(**options) if classic else ln.Midas(**options)
        fitted = spec.fit(holed, seed=seed + 1000 * run)
        trained = time.perf_counter() - started
        imputations = fitted.impute(m=m)
        completed = list(imputations)
        seconds.append((time.perf_counter() - started, trained))
        if run == 0:
            imputations.expect().to_parquet(folder / "expected.parquet")
            for i, frame in enumerate(completed):
                frame.to_parquet(folder / f"completed{i}.parquet")
    facts = {
        "seconds": seconds[0][0],
        "fit_seconds": seconds[0][1],
        "warm_seconds": float(np.median([total for total, _ in seconds[1:]])) if runs > 1 else None,
        "import_seconds": imported,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "version": ln.__version__,
    }
    (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
