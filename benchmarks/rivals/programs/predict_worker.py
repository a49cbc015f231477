"""LightGBM, scikit-learn's MLP and a plain PyTorch loop, in their own environment.

``python predict_worker.py folder``: the folder holds ``task.json`` (method, kind, outcome, hidden, epochs, batch,
patience, seed), ``train.parquet`` and ``test.parquet``. Left behind: ``predicted.npy`` (n,) or (n, c), and
``facts.json`` with the seconds that fitting took, imports and reading not counted.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

HELD = 0.15


def main(folder: Path) -> None:
    """Fit one method to one task."""
    task = json.loads((folder / "task.json").read_text())
    train, test = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    method = {"lightgbm": lightgbm, "sklearn-mlp": sklearn_mlp, "torch": torch_loop}[task["method"]]
    predicted, seconds, package = method(task, train, test)
    np.save(folder / "predicted.npy", np.asarray(predicted, dtype=float))
    (folder / "facts.json").write_text(json.dumps({"seconds": seconds, "version": version(package)}))


def lightgbm(task: dict, train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, float, str]:
    """Defaults throughout; categories and holes are handed over as they are."""
    import lightgbm as lgb

    kind = lgb.LGBMRegressor if task["kind"] == "number" else lgb.LGBMClassifier
    model = kind(verbose=-1, random_state=task["seed"])
    started = time.perf_counter()
    model.fit(train.drop(columns=task["outcome"]), train[task["outcome"]])
    seconds = time.perf_counter() - started
    inputs = test.drop(columns=task["outcome"])
    return model.predict(inputs) if task["kind"] == "number" else model.predict_proba(inputs), seconds, "lightgbm"


def encode(task: dict, train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standardised numbers, an indicator a level, holes at the mean with a flag; the outcome as numbers."""
    outcome = task["outcome"]
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    for name in train.columns.drop(outcome):
        if isinstance(train[name].dtype, pd.CategoricalDtype):
            parts.append(tuple(np.eye(len(f[name].cat.categories) + 1)[f[name].cat.codes] for f in (train, test)))
            continue
        mean, sd = train[name].mean(), train[name].std() or 1.0
        numbers = [((f[name] - mean) / sd).to_numpy(float)[:, None] for f in (train, test)]
        parts.append(tuple(np.nan_to_num(column) for column in numbers))
        parts.append(tuple(np.isnan(column) for column in numbers))
    x, x_test = (np.concatenate([part[i] for part in parts], axis=1).astype(np.float32) for i in (0, 1))
    y = train[outcome].cat.codes.to_numpy() if task["kind"] != "number" else train[outcome].to_numpy(np.float32)
    return x, y, x_test


def sklearn_mlp(task: dict, train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, float, str]:
    """Adam at the defaults, stopping early as we do; the outcome is standardised."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    x, y, x_test = encode(task, train, test)
    fixed = task["epochs"] is not None
    options = {
        "hidden_layer_sizes": tuple(task["hidden"]),
        "batch_size": task["batch"],
        "early_stopping": not fixed,
        "validation_fraction": HELD,
        "n_iter_no_change": 10**6 if fixed else task["patience"],
        "max_iter": task["epochs"] or 500,
        "random_state": task["seed"],
    }
    is_number = task["kind"] == "number"
    centre, scale = (float(y.mean()), float(y.std())) if is_number else (0.0, 1.0)
    model = (MLPRegressor if is_number else MLPClassifier)(**options)
    started = time.perf_counter()
    model.fit(x, (y - centre) / scale if is_number else y)
    seconds = time.perf_counter() - started
    said = model.predict(x_test) * scale + centre if is_number else model.predict_proba(x_test)
    return said, seconds, "scikit-learn"


def torch_loop(task: dict, train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, float, str]:
    """The loop of every tutorial: a DataLoader, Adam, the best epoch on held-out rows kept."""
    import copy

    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    torch.manual_seed(task["seed"])
    x, y, x_test = encode(task, train, test)
    is_number = task["kind"] == "number"
    centre, scale = (float(y.mean()), float(y.std())) if is_number else (0.0, 1.0)
    xs = torch.tensor(x)
    ys = torch.tensor((y - centre) / scale if is_number else y, dtype=torch.float32 if is_number else torch.long)
    layers: list[nn.Module] = []
    width = x.shape[1]
    for units in task["hidden"]:
        layers += [nn.Linear(width, units), nn.ReLU()]
        width = units
    model = nn.Sequential(*layers, nn.Linear(width, 1 if is_number else int(y.max()) + 1))
    criterion = nn.MSELoss() if is_number else nn.CrossEntropyLoss()
    order = torch.randperm(len(xs))
    n_held = 0 if task["epochs"] else round(HELD * len(xs))
    held, own = order[:n_held], order[n_held:]
    loader = DataLoader(TensorDataset(xs[own], ys[own]), batch_size=task["batch"], shuffle=True)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    best, best_loss, waited = model.state_dict(), float("inf"), 0
    started = time.perf_counter()
    for _ in range(task["epochs"] or 500):
        for xb, yb in loader:
            optimiser.zero_grad()
            out = model(xb)
            loss = criterion(out[:, 0] if is_number else out, yb)
            loss.backward()
            optimiser.step()
        if not n_held:
            continue
        with torch.no_grad():
            out = model(xs[held])
            now = float(criterion(out[:, 0] if is_number else out, ys[held]))
        if now < best_loss:
            best, best_loss, waited = copy.deepcopy(model.state_dict()), now, 0
        else:
            waited += 1
        if waited >= task["patience"]:
            break
    seconds = time.perf_counter() - started
    if n_held:
        model.load_state_dict(best)
    with torch.no_grad():
        out = model(torch.tensor(x_test))
    said = out[:, 0].numpy() * scale + centre if is_number else torch.softmax(out, dim=1).numpy()
    return said, seconds, "torch"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
