"""Embedding regression simulated: do intervals hold the true norm, and do tests keep their size? And how fast is it?

Coverage: how often 95 % intervals hold the true squared norm, by what chance alone adds to it (``signal``: true squared
norm over the bias): the one that is reported; estimate plus or minus t errors; the same with the part of degree two
taken out once, as an unbiased variance would have it; and intervals on the scales of the norm and of its logarithm
(where the estimate is above 0). Size: the share of p-values of .05 and less where the tested term does nothing.

`time_regression`: seconds (of the clock, and of the processors) from X and Y of 100,000 rows, 11 columns and 300
outcomes to the table's numbers, jackknife by rows and by 2,000 clusters included, and permutations apart.
"""

import time
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import stdtrit
from threadpoolctl import threadpool_limits

from benchmarks.measure.rows import Row, share_row
from lacunet.solve import (
    ManyOutcomes,
    fit_many,
    jackknife_error,
    leave_clusters_out,
    leave_rows_out,
    shuffle_test,
    square_interval,
)

N, K, D, N_CLUSTERS = 100_000, 11, 300, 2_000
SIGNALS = (0.0, 0.3, 1.0, 3.0, 10.0, 50.0)
COVERED = ((200, 20, 1.0, 0), (1000, 50, 1.0, 0), (300, 100, 0.7, 0), (400, 20, 1.0, 40))
"""Rows, outcomes, how fast their variances fall, and clusters (0: none)."""
SIZED = ("two groups", "unequal variances", "correlated", "skewed", "three levels")
SIZED_CLUSTERS = ((20, True), (40, True), (40, False), (80, False))
N_SHUFFLES, N_OUTCOMES = 199, 20
LEVEL, SIZE = 0.95, 0.05
NAMES = ("reported", "below", "symmetric", "unbiased", "norm", "log")


def time_regression(threads: int) -> Iterator[Row]:
    """Time a large regression, with independent rows and with clusters."""
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(N), rng.normal(size=(N, K - 1))])
    y = rng.standard_normal((N, D), dtype=np.float32) + (0.2 * x[:, 1:2]).astype(np.float32)
    for unit, clusters in (("rows", None), ("clusters", rng.permutation(np.arange(N) % N_CLUSTERS))):
        with threadpool_limits(limits=threads):
            start = time.perf_counter(), time.process_time()
            fit = fit_many(x, y, clusters=clusters)
            fitted = time.perf_counter(), time.process_time()
            errors = jackknife_error(_leave_out(fit).debiased)
            done = time.perf_counter(), time.process_time()
            shuffle_test(fit, [np.array([1])], 99, rng)
            tested = time.perf_counter(), time.process_time()
        for what, from_, to in (("fit", start, fitted), ("jackknife", fitted, done), ("99 permutations", done, tested)):
            yield {
                "what": f"{what}, {unit}, {threads} threads",
                "seconds": to[0] - from_[0],
                "cpu_seconds": to[1] - from_[1],
                "estimate": float(fit.debiased[1]),
                "std_error": float(errors[1]),
            }


def _leave_out(fit: ManyOutcomes, terms: Sequence[int] | None = None) -> object:
    chosen = np.arange(len(fit.coefficients)) if terms is None else np.array(terms)
    return (leave_rows_out if fit.clusters is None else leave_clusters_out)(fit, chosen)


def cover(n: int, d: int, fall: float, n_clusters: int, signal: float, samples: int, seed: int) -> Row:
    """Coverage of the interval of a group's coefficient beside a covariate that goes with it."""
    rng = np.random.default_rng([seed, n, d, n_clusters, int(10 * signal)])
    scale = _scales(d, fall)
    direction = rng.normal(size=d) * scale
    direction /= np.linalg.norm(direction)
    draws = [_draw_group(rng, n, scale, n_clusters) for _ in range(20)]
    truth = signal * float(np.mean([fit_many(x, e, clusters=c).bias[1] for x, e, c in draws]))
    found = []
    for _ in range(samples):
        x, errors, clusters = _draw_group(rng, n, scale, n_clusters)
        fit = fit_many(x, errors + np.sqrt(truth) * x[:, 1:2] * direction, clusters=clusters)
        found.append([*_intervals(fit, truth), fit.debiased[1], jackknife_error(_leave_out(fit, [1]).debiased)[0]])
    table = np.array(found, dtype=np.float64)
    shares = dict(zip(NAMES[1:], np.nanmean(table[:, 1:6], axis=0).tolist(), strict=True))
    return share_row(
        _name_group(n, d, n_clusters),
        f"squared norm, signal {signal:g}",
        "coverage",
        table[:, 0],
        seed=seed,
        lies_below=shares.pop("below"),
        **{f"covers_{name}": value for name, value in shares.items()},
        error_over_sd=float(table[:, 7].mean() / table[:, 6].std()),
    )


def _name_group(n: int, d: int, n_clusters: int) -> str:
    return f"{n} rows, {d} outcomes" + (f", {n_clusters} clusters" if n_clusters else "")


def _scales(d: int, fall: float) -> np.ndarray:
    variances = np.arange(1, d + 1) ** -fall
    return np.sqrt(variances / variances.sum())


def _draw_group(rng: np.random.Generator, n: int, scale: np.ndarray, n_clusters: int) -> tuple:
    group = (rng.random(n) < 0.4).astype(float)
    x = np.column_stack([np.ones(n), group, 0.5 * rng.normal(size=n) + 0.5 * group])
    errors = rng.standard_t(8, size=(n, len(scale))) * scale * (1 + 0.5 * group)[:, None]
    if not n_clusters:
        return x, errors, None
    clusters = np.concatenate([np.arange(n_clusters), rng.integers(0, n_clusters, n - n_clusters)])
    return x, errors + 0.6 * (rng.normal(size=(n_clusters, len(scale))) * scale)[clusters], clusters


def _intervals(fit: ManyOutcomes, truth: float) -> list[float]:
    """Whether each interval holds the truth, and whether the reported one lies wholly below it."""
    estimate = fit.debiased[1]
    error = jackknife_error(_leave_out(fit, [1]).debiased)[0]
    half = stdtrit(fit.dof, 0.5 + LEVEL / 2)
    scores = (fit.columns @ fit.contrasts[1] * fit.weights)[:, None] * fit.residuals
    if fit.clusters is not None:
        scores = np.stack([np.bincount(fit.clusters, weights=column) for column in scores.T], axis=1)
    products = np.square(scores @ scores.T)
    # a jackknife counts the variance of products of pairs twice (Efron and Stein)
    twice = 2 * fit.factor**2 * (products.sum() - np.trace(products))
    unbiased = np.sqrt(max(error**2 - twice, 0.0))
    root = np.sqrt(max(estimate, 0.0))
    of_norm = half * error / (2 * root) if root else np.nan
    low, high = square_interval(estimate, error, fit.squares[1], fit.dof, LEVEL)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        on_log = abs(np.log(truth / estimate)) <= half * error / estimate if estimate > 0 else np.nan
    return [
        low <= truth <= high,
        high < truth,
        abs(estimate - truth) <= half * error,
        abs(estimate - truth) <= half * unbiased,
        max(root - of_norm, 0) <= np.sqrt(truth) <= root + of_norm if root else np.nan,
        on_log,
    ]


def measure_size(name: str, n_clusters: int, is_even: bool, samples: int, seed: int) -> Row:
    """Share of p-values at or below .05 of a term that does nothing, another one doing something."""
    rng = np.random.default_rng([seed, sum(map(ord, name)), n_clusters, is_even])
    scale, p_values = _scales(N_OUTCOMES, 1.0), []
    for _ in range(samples):
        x, spread, clusters = _draw_clusters(rng, n_clusters, is_even) if n_clusters else _draw_rows(rng, name)
        y = rng.standard_t(6, size=(len(x), N_OUTCOMES)) * scale * spread[:, None]
        if clusters is not None:
            y += 0.7 * (rng.normal(size=(n_clusters, N_OUTCOMES)) * scale)[clusters]
        y += 0.5 * x[:, -1:] * scale if x.shape[1] > 2 and name != "three levels" else 0.0
        tested = np.array([1, 2]) if name == "three levels" else np.array([1])
        p_values.append(shuffle_test(fit_many(x, y, clusters=clusters), [tested], N_SHUFFLES, rng)[0])
    return share_row(name, "permutation test", "size", np.array(p_values) <= SIZE, seed=seed)


def _draw_rows(rng: np.random.Generator, name: str) -> tuple:
    n = {"two groups": 120, "unequal variances": 200, "correlated": 150, "skewed": 100, "three levels": 120}[name]
    group = (rng.random(n) < (0.2 if name == "unequal variances" else 0.5)).astype(float)
    one, other = rng.normal(size=n), rng.normal(size=n)
    columns = {
        "two groups": [group],
        "unequal variances": [group],
        "correlated": [one, group, 0.8 * one + 0.6 * other],
        "skewed": [rng.exponential(size=n) ** 1.5, other],
        "three levels": list(np.eye(3)[:, 1:][rng.integers(0, 3, n)].T),
    }[name]
    if name == "skewed":
        columns[1] = columns[1] + 0.5 * columns[0]
    spread = 1 + 1.5 * group if name == "unequal variances" else np.ones(n)
    return np.column_stack([np.ones(n), *columns]), spread, None


def _draw_clusters(rng: np.random.Generator, n_clusters: int, is_even: bool) -> tuple:
    n = 8 * n_clusters
    weights = np.arange(1, n_clusters + 1) / np.arange(1, n_clusters + 1).sum()
    more = rng.choice(n_clusters, n - n_clusters, p=weights)
    clusters = np.repeat(np.arange(n_clusters), 8) if is_even else np.concatenate([np.arange(n_clusters), more])
    group = (rng.permutation(n_clusters) < n_clusters // 2)[clusters].astype(float)
    beside = rng.normal(size=n) + 0.5 * group + rng.normal(size=n_clusters)[clusters]
    return np.column_stack([np.ones(n), group, beside]), np.ones(n), clusters


GROUPED = {_name_group(n, d, clusters): (n, d, fall, clusters) for n, d, fall, clusters in COVERED}
CLUSTERED = {f"{n} clusters, {'even' if even else 'uneven'}": (n, even) for n, even in SIZED_CLUSTERS}
DESIGNS = (*GROUPED, *SIZED, *CLUSTERED)
SAMPLES = 1000
"""Of coverage; twice as many of size."""


def rows_of(name: str, samples: int, seed: int) -> Iterator[Row]:
    """All rows of one design."""
    with threadpool_limits(limits=1):
        if name in GROUPED:
            for signal in SIGNALS:
                yield cover(*GROUPED[name], signal, samples, seed)
        else:
            yield measure_size(name, *CLUSTERED.get(name, (0, True)), 2 * samples, seed)
