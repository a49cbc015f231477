"""Intervals from the linear engine's imputations cover as often as they say."""

import numpy as np
import pytest
from scipy.stats import t

from lacunet._layout import Layout, Variable
from lacunet.imputation._linear_engine import fit_linear
from lacunet.simulate import FIMD_SLOPE, fimd_line, king_mar1, king_truth
from lacunet.solve import combine_rubin, solve_logit, solve_ols

PROMISED = 0.93
FOUR_ERRORS = 4.0  # a Monte Carlo share may miss the promise by this many of its own standard errors


def completed(values, hidden, variables, *, m, seed):
    veiled, state = np.where(hidden, np.nan, values), hidden.astype(np.int8)
    engine = fit_linear(veiled, state, Layout(variables=variables), seed=seed)
    out = np.repeat(values[None], m, axis=0)
    out[:, hidden] = engine.draw(veiled, state, first=0, m=m, seed=seed)
    return out


def covers(fits, truth):
    pooled = combine_rubin(
        np.array([fit.estimates for fit in fits]), np.array([fit.covariance for fit in fits]), fits[0].dof
    )
    half = t.ppf(0.975, pooled.dof) * np.sqrt(np.diag(pooled.total))
    return (np.abs(pooled.estimates - truth) <= half)[1:]


def regressed(rows, k):
    return solve_ols(np.column_stack([np.ones(len(rows)), rows[:, 1 : k + 1]]), rows[:, 0])


def numbers(p):
    return tuple(Variable(name=f"v{j}", kind="continuous") for j in range(p))


def line_coverage(missing, repeats):
    found = []
    for repeat in range(repeats):
        values, hidden = fimd_line(missing, rng=np.random.default_rng([1, repeat]))
        draws = completed(values, hidden, numbers(2), m=5, seed=repeat)
        found.append(covers([regressed(rows, 1) for rows in draws], np.array([0.0, FIMD_SLOPE])))
    return np.mean(found)


def king_coverage(repeats):
    found = []
    for repeat in range(repeats):
        values, hidden = king_mar1(rng=np.random.default_rng([2, repeat]))
        draws = completed(values, hidden, numbers(5), m=10, seed=repeat)
        found.append(covers([regressed(rows, 2) for rows in draws], king_truth()))
    return np.mean(found)


def logit_coverage(repeats):
    # A binary outcome given a number, n = 150, half of the outcomes missing at random given the number.
    found = []
    variables = (Variable(name="y", kind="binary", n_levels=2), Variable(name="x", kind="continuous"))
    for repeat in range(repeats):
        rng = np.random.default_rng([3, repeat])
        x = rng.normal(size=150)
        values = np.column_stack([rng.random(150) < 1 / (1 + np.exp(-0.3 - x)), x]).astype(float)
        hidden = np.column_stack([rng.random(150) < 1 / (1 + np.exp(-0.7 * x)), np.zeros(150, dtype=bool)])
        draws = completed(values, hidden, variables, m=5, seed=repeat)
        fits = [solve_logit(np.column_stack([np.ones(150), x]), rows[:, 0]) for rows in draws]
        found.append(covers(fits, np.array([0.3, 1.0])))
    return np.mean(found)


def least(repeats):
    return PROMISED - FOUR_ERRORS * np.sqrt(PROMISED * (1 - PROMISED) / repeats)


@pytest.mark.parametrize("missing", ["y", "x"])
def test_line_is_covered(missing):
    assert line_coverage(missing, 150) >= least(150)


def test_logit_is_covered():
    assert logit_coverage(150) >= least(150)


def test_mar1_is_covered():
    assert king_coverage(40) >= least(40)


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["y", "x"])
def test_line_is_covered_as_promised(missing):
    assert 0.93 <= line_coverage(missing, 1000) <= 0.98


@pytest.mark.slow
def test_mar1_is_covered_as_promised():
    assert 0.93 <= king_coverage(300) <= 0.98


@pytest.mark.slow
def test_logit_is_covered_as_promised():
    assert 0.92 <= logit_coverage(1000) <= 0.98  # complete data: .955
