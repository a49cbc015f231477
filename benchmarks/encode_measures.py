"""Autoencoder scores beside principal components, factor analysis and item response theory.

``python -m benchmarks.encode_measures`` prints three tables: on answers simulated from a two-parameter logistic model,
how well each method finds the true trait; on two item batteries of the CCES 2018 (policy questions, yes or no;
attitudes on race, five points), how the scores of the methods correlate, and the deviations they state.
"""

import warnings

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.decomposition import PCA, FactorAnalysis

from benchmarks.problems import data_folder
from lacunet.encoding import Autoencoder

POLICY = [
    *[f"CC18_320{letter}" for letter in "acd"],
    *[f"CC18_321{letter}" for letter in "abcdef"],
    *[f"CC18_322{letter}" for letter in ("a", "b", "c_new", "d_new")],
    *[f"CC18_325{letter}" for letter in ("a", "b", "c", "d")],
    "CC18_326",
    *[f"CC18_327{letter}" for letter in "acde"],
    *[f"CC18_331{letter}" for letter in "abc"],
    *[f"CC18_332{letter}" for letter in "abce"],
]
RACE = [f"CC18_422{letter}" for letter in "abcdefgh"]
NODES = np.linspace(-5.0, 5.0, 61)
PRIOR = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
NOISE = 0.2
"""Of the plain autoencoders; a variational one has noise of its own, in its latents."""
METHODS = {
    "autoencoder, linear": Autoencoder(latent=1, hidden=(), noise=NOISE),
    "autoencoder, (32,)": Autoencoder(latent=1, hidden=(32,), noise=NOISE),
    "variational, linear": Autoencoder(latent=1, hidden=(), variational=True),
    "variational, (32,)": Autoencoder(latent=1, hidden=(32,), variational=True),
}


def shares(slope_and_cuts: np.ndarray) -> np.ndarray:
    """Probability of each level at each node, (nodes, levels): graded-response model (two levels: 2PL)."""
    slope, first, *steps = slope_and_cuts
    cuts = first + np.concatenate([[0.0], np.cumsum(np.exp(steps))])
    above = expit(slope * NODES[:, None] - cuts)
    edges = np.concatenate([np.ones((len(NODES), 1)), above, np.zeros((len(NODES), 1))], axis=1)
    return np.clip(edges[:, :-1] - edges[:, 1:], 1e-12, 1.0)


def fit_irt(answers: np.ndarray, rounds: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Expected trait (n,) and its posterior deviation, by EM with quadrature; answers are levels, NaN where missing."""
    p = answers.shape[1]
    n_levels = [int(np.nanmax(answers[:, j])) + 1 for j in range(p)]
    indicators = [np.nan_to_num(answers[:, [j]] == np.arange(n_levels[j])).astype(float) for j in range(p)]
    sums = np.nansum(np.where(np.isnan(answers), np.nan, answers - np.nanmean(answers, axis=0)), axis=1)
    items = []
    for j in range(p):
        sign = np.sign(np.nan_to_num(pd.Series(answers[:, j]).corr(pd.Series(sums)))) or 1.0
        items.append(np.array([sign, 0.0 if n_levels[j] == 2 else -1.0, *([0.0] * (n_levels[j] - 2))]))
    before = -np.inf
    for _ in range(rounds):
        log_share = [np.log(shares(item)) for item in items]
        joint = np.log(PRIOR) + sum(own @ log.T for own, log in zip(indicators, log_share, strict=True))
        top = joint.max(axis=1, keepdims=True)
        weight = np.exp(joint - top)
        likelihood = float((np.log(weight.sum(axis=1)) + top[:, 0]).sum())
        weight /= weight.sum(axis=1, keepdims=True)
        if likelihood - before < 1e-3:
            break
        before = likelihood
        for j in range(p):
            count = weight.T @ indicators[j]
            items[j] = minimize(lambda it, count=count: -np.sum(count * np.log(shares(it))), items[j]).x
    mean = weight @ NODES
    return mean, np.sqrt(np.maximum(weight @ NODES**2 - mean**2, 0.0))


def simulate(n: int, p: int, missing: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """True traits (n,) and yes-or-no answers (n, p) of a two-parameter logistic model."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=n)
    slope, cut = np.exp(rng.normal(0.2, 0.4, p)), rng.normal(0, 1.2, p)
    answers = (rng.random((n, p)) < expit(slope * trait[:, None] - cut)).astype(float)
    answers[rng.random((n, p)) < missing] = np.nan
    return trait, answers


def compare(answers: np.ndarray, kind: str, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of every method, one column each, all pointing one way; and the deviations of those that give one."""
    z = (answers - np.nanmean(answers, axis=0)) / np.nanstd(answers, axis=0)
    z = np.nan_to_num(z)
    scores = {"PCA": PCA(1).fit_transform(z)[:, 0], "factor analysis": FactorAnalysis(1).fit_transform(z)[:, 0]}
    spread = {}
    irt = "IRT (2PL)" if kind == "binary" else "IRT (graded)"
    scores[irt], spread[irt] = fit_irt(answers)
    frame = pd.DataFrame(answers, columns=[f"item_{j}" for j in range(answers.shape[1])])
    for name, spec in METHODS.items():
        fitted = spec.fit(frame, seed=seed, kinds=dict.fromkeys(frame.columns, kind))
        found = fitted.encode(uncertainty=spec.variational)
        scores[name] = found["latent_1"].to_numpy()
        if spec.variational:
            spread[name] = found["latent_1_sd"].to_numpy()
    table = pd.DataFrame(scores)
    table *= np.sign(table.corr()[irt])
    return table, pd.DataFrame(spread)


def show(title: str, table: pd.DataFrame) -> None:
    print(f"\n{title}\n{table.round(3).to_string()}")


def main() -> None:
    warnings.filterwarnings("ignore", message="Columns|Column")
    rows = {}
    for n, p, missing in ((500, 10, 0.0), (2000, 20, 0.0), (2000, 20, 0.2)):
        trait, answers = simulate(n, p, missing, seed=7)
        scores, spread = compare(answers, "binary")
        said = f"{n} x {p}, {missing:.0%} missing"
        found = scores.apply(lambda own, trait=trait: np.corrcoef(own, trait)[0, 1])
        rows[f"{said}: correlation with the trait"] = found
        error = {name: np.sqrt(np.mean((scores[name] - trait * np.sign(found[name])) ** 2)) for name in spread}
        rows[f"{said}: root mean squared error"] = pd.Series(error)
        rows[f"{said}: stated deviation"] = np.sqrt((spread**2).mean())
    show("Simulated two-parameter logistic answers", pd.DataFrame(rows).T)
    survey = pd.read_parquet(data_folder() / "imputation" / "cces_2018_sample.parquet")
    for title, items, kind in (("Policy questions", POLICY, "binary"), ("Attitudes on race", RACE, "ordinal")):
        own = survey[[item for item in items if item in survey]]
        answers = own[own.notna().any(axis=1)]
        answers = answers.apply(lambda column: column.rank(method="dense") - 1).to_numpy()
        scores, spread = compare(answers, kind)
        n, p = answers.shape
        show(f"{title}, CCES 2018 ({n} x {p}, {np.isnan(answers).mean():.1%} missing)", scores.corr())
        if len(spread.columns) > 1:
            show(
                "Their deviations: mean, and correlations", pd.concat([spread.mean().to_frame("mean").T, spread.corr()])
            )


if __name__ == "__main__":
    main()
