"""The node without hidden layers against statsmodels: estimates, standard errors, predictions, all covariances."""

import warnings

import numpy as np
import pandas as pd
import pytest

import lacunet as ln

smf = pytest.importorskip("statsmodels.formula.api")

EXACT = 1e-6
"""Relative: both sides iterate to rounding."""
NUMERIC = 1e-4
"""statsmodels takes the ordered model's covariance from numeric derivatives."""
RIGHT = "age + np.log(income) + C(region)*male"
COVARIANCES = ["classical", "HC0", "HC1", "HC2", "HC3", "cluster"]


@pytest.fixture(scope="module")
def survey():
    rng = np.random.default_rng(8)
    n = 400
    frame = pd.DataFrame(
        {
            "age": rng.uniform(18, 80, n),
            "income": rng.lognormal(7, 0.5, n),
            "region": rng.choice(["east", "north", "west"], n),
            "male": rng.integers(0, 2, n).astype(float),
            "area": rng.choice([f"area {i}" for i in range(30)], n),
        }
    )
    latent = 0.03 * (frame["age"] - 50) + 0.5 * (frame["region"] == "west") + 0.4 * frame["male"]
    latent = latent + 0.5 * (np.log(frame["income"]) - 7) + rng.logistic(size=n)
    return frame.assign(
        score=latent,
        won=(latent > 0).astype(int),
        party=np.array(["a", "b", "c"])[np.digitize(latent + rng.normal(size=n), [-1.0, 1.0])],
        trust=pd.Categorical.from_codes(np.digitize(latent, [-1.0, 1.0]), ["no", "some", "much"], ordered=True),
        visits=rng.poisson(np.exp(0.3 * latent)),
    )


def options(cov, frame):
    """How statsmodels spells a covariance."""
    if cov == "classical":
        return {}
    if cov == "cluster":
        return {"cov_type": "cluster", "cov_kwds": {"groups": pd.factorize(frame["area"])[0]}}
    return {"cov_type": cov}


def ours(frame, formula, cov, **more):
    choice = {"cluster": "area"} if cov == "cluster" else {"cov": cov}
    return ln.Mlp(hidden=()).fit(frame, formula, **choice, **more)


def by_name(params, errors):
    """Estimates and standard errors by the term's name; formulaic and patsy name terms alike, in another order."""
    return pd.DataFrame({"estimate": params, "std_error": errors})


def check(table, theirs, tolerance=EXACT):
    own = table.set_index("term").loc[theirs.index]
    np.testing.assert_allclose(own["estimate"], theirs["estimate"], rtol=tolerance)
    np.testing.assert_allclose(own["std_error"], theirs["std_error"], rtol=tolerance)


@pytest.mark.parametrize("cov", COVARIANCES)
def test_least_squares(survey, cov):
    theirs = smf.ols(f"score ~ {RIGHT}", survey).fit(**options(cov, survey))
    fit = ours(survey, f"score ~ {RIGHT}", cov)
    check(fit.table(), by_name(theirs.params, theirs.bse))
    np.testing.assert_allclose(fit.predict(), theirs.fittedvalues, rtol=1e-9)
    assert (fit.table()["df"] == (29 if cov == "cluster" else 400 - 8)).all()


@pytest.mark.parametrize("cov", ["classical", "HC0"])
def test_logit(survey, cov):
    theirs = smf.logit(f"won ~ {RIGHT}", survey).fit(disp=0, method="newton", tol=1e-12, **options(cov, survey))
    fit = ours(survey, f"won ~ {RIGHT}", cov)
    check(fit.table(), by_name(theirs.params, theirs.bse))
    np.testing.assert_allclose(fit.predict_proba()[:, 1], theirs.predict(), rtol=1e-8)
    assert fit.fit.engine.solution.log_likelihood == pytest.approx(theirs.llf, rel=1e-10)


def test_poisson(survey):
    theirs = smf.poisson(f"visits ~ {RIGHT}", survey).fit(disp=0, method="newton", tol=1e-12)
    fit = ours(survey, f"visits ~ {RIGHT}", "classical", kind="count")
    check(fit.table(), by_name(theirs.params, theirs.bse))
    np.testing.assert_allclose(fit.predict(), theirs.predict(), rtol=1e-8)


@pytest.mark.parametrize("cov", ["HC1", "HC2", "HC3", "cluster"])
@pytest.mark.parametrize(("outcome", "kind"), [("won", None), ("visits", "count")])
def test_robust_likelihoods(survey, outcome, kind, cov):
    """Against the sandwich written out: statsmodels scales its own differently for likelihoods."""
    fit = ours(survey, f"{outcome} ~ {RIGHT}", cov, kind=kind)
    plain = (smf.logit if kind is None else smf.poisson)(f"{outcome} ~ {RIGHT}", survey)
    theirs = plain.fit(disp=0, method="newton", tol=1e-12)
    x, mean = plain.exog, theirs.predict()
    curve = mean * (1 - mean) if kind is None else mean
    bread = np.linalg.inv(x.T @ (curve[:, None] * x))
    n, k = x.shape
    scores = x * (plain.endog - mean)[:, None]
    if cov == "cluster":
        groups = pd.factorize(survey["area"])[0]
        summed = np.stack([scores[groups == g].sum(axis=0) for g in range(30)])
        meat = summed.T @ summed * 30 / 29 * (n - 1) / (n - k)
    else:
        h = curve * np.einsum("ij,jk,ik->i", x, bread, x)
        factor = {"HC1": np.full(n, n / (n - k)), "HC2": 1 / (1 - h), "HC3": 1 / (1 - h) ** 2}[cov]
        meat = scores.T @ (factor[:, None] * scores)
    errors = pd.Series(np.sqrt(np.diag(bread @ meat @ bread)), theirs.params.index)
    check(fit.table(), by_name(theirs.params, errors))


@pytest.mark.parametrize("cov", ["classical", "HC0"])
def test_multinomial_logit(survey, cov):
    frame = survey.assign(code=pd.factorize(survey["party"], sort=True)[0])
    theirs = smf.mnlogit(f"code ~ {RIGHT}", frame).fit(disp=0, method="newton", tol=1e-12, **options(cov, frame))
    fit = ours(survey, f"party ~ {RIGHT}", cov)
    assert fit.levels == ("a", "b", "c")
    params, errors = (np.asarray(array) for array in (theirs.params, theirs.bse))
    index = [f"{level}: {name}" for level in "bc" for name in theirs.params.index]
    check(fit.table(), by_name(pd.Series(params.ravel(order="F"), index), pd.Series(errors.ravel(order="F"), index)))
    np.testing.assert_allclose(fit.predict_proba(), theirs.predict(), rtol=1e-7)


def test_ordered_logit(survey):
    ordinal = pytest.importorskip("statsmodels.miscmodels.ordinal_model")
    right = "age + np.log(income) + male"
    model = ordinal.OrderedModel.from_formula(f"trust ~ {right}", survey, distr="logit")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for less of a gradient than its numeric derivatives can give
        theirs = model.fit(method="bfgs", disp=0, maxiter=1000, gtol=1e-9)
    fit = ours(survey, f"trust ~ {right}", "classical")
    table = fit.table().set_index("term")
    cuts = model.transform_threshold_params(theirs.params)[1:-1]
    np.testing.assert_allclose(table["estimate"], [*theirs.params[:3], *cuts], rtol=EXACT)
    np.testing.assert_allclose(table["std_error"][:3], theirs.bse[:3], rtol=NUMERIC)
    np.testing.assert_allclose(fit.predict_proba(), theirs.predict(), rtol=1e-5)
    assert list(table.index[3:]) == ["no|some", "some|much"]


def test_columns_are_the_formula_of_their_names(survey):
    by_columns = ln.Mlp(hidden=()).fit(survey, "won", inputs=["age", "region", "male"])
    theirs = smf.logit("won ~ age + region + male", survey).fit(disp=0, method="newton", tol=1e-12)
    check(by_columns.table(), by_name(theirs.params, theirs.bse))


def test_weights_equal_weighted_least_squares(survey):
    frame = survey.assign(w=1.0 + 0.02 * survey["age"])
    fit = ln.Mlp(hidden=()).fit(frame, f"score ~ {RIGHT}", weights="w", cov="HC1")
    theirs = smf.wls(f"score ~ {RIGHT}", frame, weights=frame["w"]).fit(cov_type="HC1")
    check(fit.table(), by_name(theirs.params, theirs.bse))
