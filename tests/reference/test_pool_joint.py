"""Joint tests against R's mitml and mice, stored with the script that made them (stored/pool_models.R)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit

from lacunet.errors import SpecError
from lacunet.pooling import pool
from lacunet.solve import (
    likelihood_ratio_d3,
    likelihood_ratio_d4,
    pool_chi_squares_d2,
    solve_logit,
    solve_ols,
    wald_d1,
)

STORED = Path(__file__).parent / "stored"
TOLERANCE = 1e-8
"""R solves lm and glm in float64 to 1e-12 and prints 17 digits; a p-value loses a few of them."""
EXACT = 1e-12
"""Two ways to the same number in float64."""
SOLVERS = {"ols": solve_ols, "logit": solve_logit}
OUTCOMES = {"ols": "y", "logit": "d"}
RESTRICTED = {"three": [0, 1], "one": [0, 1, 3, 4]}
"""Columns of the restricted model among (Intercept, x1, x2, gb, gc)."""
FIELDS = ("statistic", "df1", "df2", "p_value", "riv")


@pytest.fixture(scope="module")
def data():
    frame = pd.read_csv(STORED / "pool_models_data.csv")
    groups = pd.get_dummies(frame["g"], dtype=float)
    frame["design"] = list(np.column_stack([np.ones(len(frame)), frame[["x1", "x2"]], groups[["b", "c"]]]))
    return [part for _, part in frame.groupby(".imp")]


@pytest.fixture(scope="module")
def stored():
    return pd.read_csv(STORED / "pool_models_joint.csv")


def arrays(data, model):
    return [(np.stack(part["design"]), part[OUTCOMES[model]].to_numpy(dtype=float)) for part in data]


def fits(sets, model, columns):
    return [fit(model, np.ascontiguousarray(x[:, columns]), y) for x, y in sets]


def fit(model, x, y):
    """Our solution, for the logit with one more Newton step than its stopping rule asks for."""
    found = SOLVERS[model](x, y)
    if model == "ols":
        return found
    for _ in range(2):
        share = expit(x @ found.estimates)
        covariance = np.linalg.inv((x.T * (share * (1 - share))) @ x)
        found = replace(found, estimates=found.estimates + covariance @ x.T @ (y - share), covariance=covariance)
    return found


def fixed(model, eta, y, variance):
    """Log-likelihood with every parameter held where it is (Meng and Rubin 1992)."""
    if model == "ols":
        return stats.norm.logpdf(y, eta, np.sqrt(variance)).sum()
    return stats.bernoulli.logpmf(y, expit(eta)).sum()


def shifted(model, eta, y, variance):
    """Log-likelihood with slopes held, intercept and residual variance fitted anew (as mice has it)."""
    if model == "ols":
        eta = eta + (y - eta).mean()
        return fixed(model, eta, y, np.mean((y - eta) ** 2))
    shift = brentq(lambda a: (y - expit(eta + a)).sum(), -5, 5, xtol=1e-14)
    return fixed(model, eta + shift, y, variance)


class Nested:
    """Two nested models on m completed data sets, with all that the four tests need."""

    def __init__(self, data, model, nested, m=5):
        self.sets, self.model, self.m = arrays(data, model)[:m], model, m
        self.columns = {"full": [0, 1, 2, 3, 4], "null": RESTRICTED[nested]}
        self.tested = sorted(set(range(5)) - set(RESTRICTED[nested]))
        self.k = len(self.tested)
        self.fits = {name: fits(self.sets, model, columns) for name, columns in self.columns.items()}
        stack = [(np.vstack([x for x, _ in self.sets]), np.concatenate([y for _, y in self.sets]))]
        self.stacked = {name: fits(stack, model, columns)[0] for name, columns in self.columns.items()}

    def wald(self):
        pick = np.ix_(self.tested, self.tested)
        return (
            np.stack([fit.estimates[self.tested] for fit in self.fits["full"]]),
            np.stack([fit.covariance[pick] for fit in self.fits["full"]]),
        )

    def ratios(self):
        full, null = ([fit.log_likelihood for fit in self.fits[name]] for name in ("full", "null"))
        return 2 * (np.array(full) - np.array(null))

    def ratios_at_average(self, likelihood):
        """Twice the difference of ``likelihood`` at the averaged coefficients (and residual variances)."""
        found = {}
        for name, columns in self.columns.items():
            beta = np.mean([fit.estimates for fit in self.fits[name]], axis=0)
            variance = np.mean([fit.scale * fit.dof / fit.n_obs for fit in self.fits[name]])
            found[name] = np.array([likelihood(self.model, x[:, columns] @ beta, y, variance) for x, y in self.sets])
        return 2 * (found["full"] - found["null"])

    def ratio_stacked(self):
        return 2 * (self.stacked["full"].log_likelihood - self.stacked["null"].log_likelihood) / self.m

    def full_gap(self):
        own = np.mean([fit.log_likelihood for fit in self.fits["full"]])
        return 2 * (own - self.stacked["full"].log_likelihood / self.m)


def agree(ours, stored, fields=FIELDS, **where):
    rows = stored.loc[np.logical_and.reduce([stored[name].isin([value]) for name, value in where.items()])]
    assert len(rows) == 1, where
    for field in fields:
        np.testing.assert_allclose(
            getattr(ours, field), rows[field].iloc[0], rtol=TOLERANCE, err_msg=f"{field} {where}"
        )


MODELS = pytest.mark.parametrize("model", ["ols", "logit"])
NESTED = pytest.mark.parametrize("nested", ["three", "one"])


@MODELS
@pytest.mark.parametrize("dof", [np.inf, 195.0, 50.0, 12.0])
def test_d1_equals_mitml_and_mice(data, stored, model, dof):
    ours = wald_d1(*Nested(data, model, "three").wald(), dof)
    here = {"model": model, "nested": "three", "method": "D1", "use": "wald", "df_com": dof}
    agree(ours, stored, software="mitml", **here)
    if dof in (195.0, 50.0):
        agree(ours, stored, software="mice", **here)


@MODELS
def test_two_imputations_equal_mitml(data, stored, model):
    pair = Nested(data, model, "three", m=2)
    where = {"software": "mitml", "model": model, "nested": "three", "use": "m2"}
    agree(wald_d1(*pair.wald()), stored, method="D1", **where)
    d4 = likelihood_ratio_d4(pair.ratios().mean(), pair.ratio_stacked(), 3, 2)
    agree(d4, stored, method="D4", **where)


@MODELS
@pytest.mark.parametrize("dof", [np.inf, 195.0])
def test_one_coefficient_is_the_t_test_of_its_table(data, stored, model, dof):
    """R's Reiter formula gives exactly 4 here (t = 4); ours is Barnard and Rubin's."""
    estimates, covariances = Nested(data, model, "one").wald()
    ours = wald_d1(estimates, covariances, dof)
    row = pool(estimates, covariances, dof).table().iloc[0]
    np.testing.assert_allclose(ours.statistic, row["statistic"] ** 2, rtol=EXACT)
    np.testing.assert_allclose([ours.df2, ours.riv], [row["df"], row["riv"]], rtol=EXACT)
    np.testing.assert_allclose(ours.p_value, row["p_value"], rtol=TOLERANCE)
    fields = FIELDS if np.isinf(dof) else ("statistic", "df1", "riv")
    agree(ours, stored, fields, software="mitml", model=model, nested="one", method="D1", use="wald", df_com=dof)


@MODELS
@NESTED
def test_d2_equals_mitml_and_mice(data, stored, model, nested):
    both = Nested(data, model, nested)
    estimates, covariances = both.wald()
    wald = np.einsum("mk,mk->m", estimates, np.linalg.solve(covariances, estimates[..., None])[..., 0])
    for use, statistics in (("wald", wald), ("likelihood", both.ratios())):
        ours = pool_chi_squares_d2(statistics, both.k)
        for software in ("mitml", "mice"):
            agree(ours, stored, software=software, model=model, nested=nested, method="D2", use=use)


@NESTED
def test_d3_equals_mitml(data, stored, nested):
    both = Nested(data, "ols", nested)
    ours = likelihood_ratio_d3(both.ratios(), both.ratios_at_average(fixed), both.k)
    agree(ours, stored, software="mitml", model="ols", nested=nested, method="D3")


@MODELS
@NESTED
def test_d3_equals_mice_on_its_own_likelihoods(data, stored, model, nested):
    """mice holds the slopes at their averages only; handed its likelihoods, ours gives its answer."""
    both = Nested(data, model, nested)
    ours = likelihood_ratio_d3(both.ratios(), both.ratios_at_average(shifted), both.k)
    agree(ours, stored, software="mice", model=model, nested=nested, method="D3")


@MODELS
@NESTED
def test_d4_equals_mitml(data, stored, model, nested):
    both = Nested(data, model, nested)
    where = {"software": "mitml", "model": model, "nested": nested, "method": "D4"}
    d_bar, d_stacked = both.ratios().mean(), both.ratio_stacked()
    agree(likelihood_ratio_d4(d_bar, d_stacked, both.k, 5), stored, use="likelihood", **where)
    h = 6 if model == "ols" else 5
    robust = likelihood_ratio_d4(d_bar, d_stacked, both.k, 5, full_gap=both.full_gap(), n_parameters=h)
    agree(robust, stored, use="robust", **where)


def test_nothing_missing_gives_the_complete_data_test():
    """m times the same answer: the chi-squared test, and Reiter's degrees of freedom near ν_com's."""
    estimate, covariance = np.array([0.4, -0.3, 0.2]), np.diag([0.04, 0.02, 0.01])
    wald = estimate @ np.linalg.solve(covariance, estimate)
    same = np.stack([estimate] * 20), np.stack([covariance] * 20)
    expected = stats.chi2.sf(wald, 3)
    tests = [
        wald_d1(*same),
        pool_chi_squares_d2([wald] * 20, 3),
        likelihood_ratio_d3([wald] * 20, [wald] * 20, 3),
        likelihood_ratio_d4(wald, wald, 3, 20),
    ]
    for test in tests:
        assert test.riv < EXACT
        assert test.df2 > 1 / EXACT
        np.testing.assert_allclose([test.statistic, test.p_value], [wald / 3, expected], rtol=EXACT)
    # Reiter's ν is 4 + ν* - 4 when r = 0
    np.testing.assert_allclose(wald_d1(*same, 50.0).df2, 50 * 51 / 53, rtol=EXACT)


def test_linear_transformation_leaves_d1_alone(data):
    estimates, covariances = Nested(data, "logit", "three").wald()
    turn = np.array([[1.0, 2, 0], [0, 1, -1], [3, 0, 1]])
    plain, turned = wald_d1(estimates, covariances, 50), wald_d1(estimates @ turn.T, turn @ covariances @ turn.T, 50)
    for field in FIELDS:
        np.testing.assert_allclose(getattr(turned, field), getattr(plain, field), rtol=TOLERANCE)


def test_units_far_apart_are_no_lack_of_rank(data):
    estimates, covariances = Nested(data, "ols", "three").wald()
    unit = np.array([1e-9, 1.0, 1e9])
    far = wald_d1(estimates * unit, covariances * np.outer(unit, unit))
    np.testing.assert_allclose(far.statistic, wald_d1(estimates, covariances).statistic, rtol=TOLERANCE)


def test_few_complete_degrees_of_freedom_stay_between_zero_and_the_observed():
    """Where Reiter's formula does not exist, ν is positive and below what is observed."""
    rng = np.random.default_rng(1)
    estimates, covariances = rng.normal(size=(5, 2)), np.stack([np.eye(2)] * 5)
    test = wald_d1(estimates, covariances, 6.0)
    assert 0 < test.df2 < 6 * 7 / 9 / (1 + test.riv)


def test_negative_increase_counts_as_none():
    assert likelihood_ratio_d3([4.0, 4.0], [5.0, 5.0], 2).riv == 0
    assert likelihood_ratio_d4(4.0, 5.0, 2, 5).riv == 0
    low = pool_chi_squares_d2([0.0, 4.0, 0.0], 1)
    assert low.statistic < 0
    assert low.p_value == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: wald_d1([[1.0, 2.0]], np.eye(2)[None]), "at least 2"),
        (lambda: wald_d1([1.0, 2.0], [1.0, 1.0]), r"\(m, k, k\)"),
        (lambda: wald_d1([[1.0], [np.nan]], np.ones((2, 1, 1))), "not finite"),
        (lambda: wald_d1([[1.0, 1.0]] * 2, np.ones((2, 2, 2))), "no inverse"),
        (lambda: wald_d1([[1.0]] * 2, np.ones((2, 1, 1)), 0), "not above 0"),
        (lambda: pool_chi_squares_d2([1.0, -1.0], 1), "cannot be negative"),
        (lambda: pool_chi_squares_d2([1.0], 1), "at least 2"),
        (lambda: likelihood_ratio_d3([1.0, 2.0], [1.0, 2.0, 3.0], 1), "one per completed"),
        (lambda: likelihood_ratio_d4(1.0, 1.0, 0, 5), "1 or more"),
        (lambda: likelihood_ratio_d4(1.0, 1.0, 1, 1), "at least 2"),
        (lambda: likelihood_ratio_d4(1.0, 1.0, 1, 5, full_gap=1.0), "needs both"),
    ],
)
def test_what_cannot_be_tested_is_said(call, said):
    with pytest.raises(SpecError, match=said):
        call()
