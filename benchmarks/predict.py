"""Prediction against its rivals: ``make bench-predict``, or ``python -m benchmarks.predict --parts quality,intervals``.

Parts: *quality* (ten real tables: LightGBM and ours at their defaults; scikit-learn's MLP, a plain PyTorch loop and
ours at one architecture), *speed* (training at 50,000 x 100 for the same number of epochs, exact OLS and logit at
1,000,000 x 50), *intervals* (how often our intervals and sets hold the outcome of test rows). Every method runs in a
process of its own; rivals in their own environment (benchmarks/environments.sh). Rows go to results/predict.csv,
results/predict_speed.csv and results/predict_intervals.csv.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from benchmarks.predict_problems import TABLES, Split, load_split
from benchmarks.records import read_rows, write_rows
from benchmarks.rivals._exchange import SCRIPTS

RIVAL_PYTHON = Path(__file__).resolve().parent / ".rivals" / "predict" / "bin" / "python"
HIDDEN, BATCH, PATIENCE = (64, 64), 128, 16
METHODS = ("lightgbm", "lacunet", "sklearn-mlp", "torch", "lacunet-same")
"""``lacunet-same`` has the architecture of the two other networks, and no ensemble and no pieces."""
KEYS = ("table", "fold", "method")
TINY = 1e-7
COVERAGE = (0.9, 0.95)
BAR = 0.02
"""How far coverage may be from what an interval says."""
INTERVAL_KEYS = ("table", "fold", "nominal")


@dataclass(frozen=True)
class Answer:
    """What a method predicted, how long fitting took, and ends of intervals or sets where they were asked for."""

    predicted: np.ndarray
    seconds: float
    version: str
    sure: np.ndarray | None = None


def answer(
    method: str,
    split: Split,
    seed: int,
    epochs: int | None = None,
    hidden: tuple[int, ...] = HIDDEN,
    coverage: Sequence[float] = (),
) -> Answer:
    """Fit one method to one split in a process of its own; ``epochs`` fixes them and takes early stopping away."""
    task: dict[str, object] = {"method": method, "kind": split.kind, "outcome": split.outcome, "seed": seed}
    if method.startswith("lacunet"):
        program, python = "mlp_worker.py", Path(sys.executable)
        same = {"hidden": hidden, "members": 1, "pieces": 0, "activation": "relu", "batch": BATCH, "epochs": epochs}
        task |= {"options": same if method == "lacunet-same" else {}, "validation": 0.0 if epochs else 0.15}
        task["coverage"] = list(coverage)
    else:
        program, python = "predict_worker.py", RIVAL_PYTHON
        task |= {"hidden": hidden, "epochs": epochs, "batch": BATCH, "patience": PATIENCE}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        split.train.to_parquet(folder / "train.parquet")
        split.test.to_parquet(folder / "test.parquet")
        (folder / "task.json").write_text(json.dumps(task))
        done = subprocess.run(
            [str(python), str(SCRIPTS / program), name], capture_output=True, text=True, check=False, timeout=3600
        )
        if done.returncode:
            raise RuntimeError(f"{method} failed:\n{done.stderr[-2000:]}")
        facts = json.loads((folder / "facts.json").read_text())
        sure = np.load(folder / "sure.npy") if coverage else None
        return Answer(np.load(folder / "predicted.npy"), facts["seconds"], facts["version"], sure)


def score(split: Split, predicted: np.ndarray) -> dict[str, float]:
    """Held-out loss (mean squared error over the outcome's variance, or log loss), and R² or AUC."""
    truth = split.test[split.outcome]
    if split.kind == "number":
        y = truth.to_numpy(float)
        share = float(((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum())
        return {"loss": share, "score": 1.0 - share}
    y = truth.cat.codes.to_numpy()
    own = np.clip(predicted[np.arange(len(y)), y], TINY, 1.0)
    areas = [_area(y == level, predicted[:, level]) for level in range(predicted.shape[1]) if (y == level).any()]
    return {"loss": float(-np.log(own).mean()), "score": areas[-1] if split.kind == "binary" else float(np.mean(areas))}


def _area(is_event: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve, by ranks."""
    ranks, n_events = rankdata(scores), int(is_event.sum())
    return float((ranks[is_event].sum() - n_events * (n_events + 1) / 2) / (n_events * (len(scores) - n_events)))


def run_quality(tables: Sequence[str], methods: Sequence[str], folds: int) -> None:
    """Measure methods on tables, a row each."""
    for table in tables:
        for fold in range(folds):
            split = load_split(table, fold)
            for method in methods:
                try:
                    found = answer(method, split, seed=fold + 1)
                    row = score(split, found.predicted) | {"seconds": found.seconds, "version": found.version}
                    row |= {"failed": ""}
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    row = {"failed": " ".join(str(error).split())[-150:]}
                write_rows("predict", [dict(zip(KEYS, (table, fold, method), strict=True)) | row], KEYS)
                print(table, fold, method, {name: round(v, 4) for name, v in row.items() if isinstance(v, float)})


def run_intervals(tables: Sequence[str], folds: int) -> None:
    """Measure how often intervals and sets of our defaults hold the outcomes of test rows, a row each level."""
    for table in tables:
        for fold in range(folds):
            split = load_split(table, fold)
            found = answer("lacunet", split, seed=fold + 1, coverage=COVERAGE)
            assert found.sure is not None
            rows = [
                dict(zip(INTERVAL_KEYS, (table, fold, nominal), strict=True)) | measure_coverage(split, sure)
                for nominal, sure in zip(COVERAGE, found.sure, strict=True)
            ]
            write_rows("predict_intervals", rows, INTERVAL_KEYS)
            for row in rows:
                print({name: round(v, 4) if isinstance(v, float) else v for name, v in row.items()}, flush=True)


def measure_coverage(split: Split, sure: np.ndarray) -> dict[str, object]:
    """Share of test rows whose outcome is held, its standard error, and width over the outcome's spread, or set size.

    Sets count as they are with an empty one among them, which is when they cover what they say; ``never_empty`` is the
    share for the sets that a user gets.
    """
    truth = split.test[split.outcome]
    if split.kind == "number":
        y = truth.to_numpy(float)
        holds = (sure[:, 0] <= y) & (y <= sure[:, 1])
        found = {"coverage": float(holds.mean()), "size": float((sure[:, 1] - sure[:, 0]).mean() / y.std())}
    else:
        own = sure[np.arange(len(truth)), :, truth.cat.codes.to_numpy()].mean(axis=0)
        found = {"coverage": float(own[0]), "never_empty": float(own[1]), "size": float(sure[:, 1].sum(axis=1).mean())}
    share = found["coverage"]
    return {"kind": split.kind} | found | {"error": float(np.sqrt(share * (1 - share) / len(truth))), "n": len(truth)}


def simulate(n: int, p: int, seed: int = 1) -> Split:
    """Draw a table of numbers whose outcome bends and interacts: n rows to learn from, 10,000 to be judged by."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n + 10_000, p)).astype(np.float32)
    hidden = np.tanh(x @ rng.normal(size=(p, 20)) / np.sqrt(p) * 1.5)
    y = hidden @ rng.normal(size=20) + rng.normal(size=len(x))
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(p)]).assign(y=y)
    return Split(train=frame.iloc[:n], test=frame.iloc[n:].reset_index(drop=True), outcome="y", kind="number")


def run_speed(runs: int) -> None:
    """Time training at 50,000 x 100 with hidden (256, 256), and the exact nodes at 1,000,000 x 50."""
    split = simulate(50_000, 100)
    rows: list[dict[str, object]] = []
    for run in range(runs):
        for method in ("sklearn-mlp", "torch", "lacunet-same"):
            found = answer(method, split, seed=run + 1, epochs=10, hidden=(256, 256))
            rows.append({"what": "10 epochs", "method": method, "run": run, "seconds": found.seconds})
            rows[-1] |= {"loss": score(split, found.predicted)["loss"], "version": found.version}
            print(rows[-1])
        for row in _exact():
            rows.append(row | {"run": run})
            print(rows[-1])
    write_rows("predict_speed", rows, ("what", "method", "run"))


def _exact(n: int = 1_000_000, p: int = 50) -> Iterator[dict[str, object]]:
    """Exact OLS and logit, ours and the usual one, on the same arrays in this process."""
    import statsmodels.api as sm

    from lacunet.solve import solve_model

    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, p - 1))])
    eta = x @ rng.normal(size=p) / np.sqrt(p)
    y, event = eta + rng.normal(size=n), (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    usual = {
        "OLS": ("NumPy lstsq", lambda: np.linalg.lstsq(x, y, rcond=None)[0]),
        "logit": ("statsmodels", lambda: sm.Logit(event, x).fit(disp=0).params),
    }
    ours = {
        "OLS": lambda: solve_model("ols", x, y).estimates,
        "logit": lambda: solve_model("logit", x, event).estimates,
    }
    for what, (rival, solve) in usual.items():
        found = {}
        for method, call in ((rival, solve), ("lacunet", ours[what])):
            started = time.perf_counter()
            found[method] = call()
            yield {"what": what, "method": method, "seconds": time.perf_counter() - started}
        np.testing.assert_allclose(found["lacunet"], found[rival], rtol=1e-6, atol=1e-8)


def summarise() -> None:
    """Print how far ahead or behind we are, table by table."""
    summarise_intervals()
    rows = pd.DataFrame(read_rows("predict"))
    if rows.empty:
        return
    rows = rows[rows["failed"] == ""].astype({"loss": float, "score": float, "seconds": float})
    means = rows.groupby(["table", "method"])[["loss", "score", "seconds"]].mean()
    score_of = means["score"].unstack()
    if {"lacunet", "lightgbm"} <= set(score_of):
        relative = 100 * (score_of["lacunet"] / score_of["lightgbm"] - 1)
        print(f"against LightGBM, %: mean {relative.mean():+.2f}, ahead on {(relative > 0).sum()} of {len(relative)}")
        print(relative.round(2).to_string())
    loss_of = means["loss"].unstack()
    for rival in ("sklearn-mlp", "torch"):
        if {"lacunet-same", rival} <= set(loss_of):
            ratio = loss_of["lacunet-same"] / loss_of[rival]
            print(f"held-out loss over that of {rival}: at most 1 on {(ratio <= 1).sum()} of {len(ratio)}")
            print(ratio.round(3).to_string())
    print(means["seconds"].unstack().round(1).to_string())


def summarise_intervals() -> None:
    """Print on how many tables coverage is near what it says."""
    rows = pd.DataFrame(read_rows("predict_intervals"))
    if rows.empty:
        return
    rows = rows.astype({"nominal": float, "coverage": float})
    gaps = (rows["coverage"] - rows["nominal"]).groupby([rows["table"], rows["nominal"]]).mean().unstack()
    near = int((gaps.abs() <= BAR).all(axis=1).sum())
    print(f"coverage within {100 * BAR:g} points of nominal on {near} of {len(gaps)} tables; difference in points:")
    print((100 * gaps).round(2).to_string())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="quality,speed,intervals,summary")
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--folds", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="of the speed part")
    options = parser.parse_args(arguments)
    parts = options.parts.split(",")
    if "quality" in parts:
        run_quality(options.tables.split(","), options.methods.split(","), options.folds)
    if "speed" in parts:
        run_speed(options.runs)
    if "intervals" in parts:
        run_intervals(options.tables.split(","), options.folds)
    if "summary" in parts:
        summarise()


if __name__ == "__main__":
    main()
