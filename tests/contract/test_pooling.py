"""Pooling any model: what is understood, what is refused, what is said."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lacunet.errors import ColumnError, ConvergenceWarning, DataError, SpecError
from lacunet.pooling import fit_formula, pool_analysis, tabulate
from tests.contract._hotdeck import HotDeck

smf = pytest.importorskip("statsmodels.formula.api")
CLOSE = 1e-9
"""Sums of a few float64 numbers."""
SLOPE = 1e-6
"""Slopes are differences over a small step, statsmodels' are analytic."""
N = 240


def make_frame(i):
    rng, noise = np.random.default_rng(5), np.random.default_rng(100 + i)
    x, g = rng.normal(size=N), rng.choice(list("abc"), N)
    y = x + (g == "b") + rng.normal(size=N)
    return pd.DataFrame(
        {
            "y": y,
            "x": x + 0.2 * noise.normal(size=N),
            "g": g,
            "won": (y > 0).astype(int),
            "visits": rng.poisson(np.exp(0.4 * x)),
            "grade": pd.Categorical(np.digitize(y, [-0.5, 1]), categories=[0, 1, 2], ordered=True).rename_categories(
                ["low", "mid", "high"]
            ),
            "state": rng.integers(0, 12, N),
            "year": rng.integers(0, 5, N),
            "weight": rng.uniform(0.5, 3, N),
            "months": rng.exponential(np.exp(-0.5 * x)),
            "died": (rng.random(N) < 0.7).astype(int),
        }
    )


@pytest.fixture
def frames():
    return [make_frame(i) for i in range(4)]


@pytest.fixture
def imp():
    frame = make_frame(0)
    return HotDeck().fit(frame.assign(x=frame["x"].where(frame.index % 5 > 0)), seed=2).impute(m=3)


@pytest.mark.parametrize(
    ("model", "formula", "theirs"),
    [
        ("ols", "y ~ x + g", lambda f: smf.ols("y ~ x + g", f).fit()),
        ("logit", "won ~ x + g", lambda f: smf.logit("won ~ x + g", f).fit(disp=0, tol=1e-12)),
        ("poisson", "visits ~ x", lambda f: smf.poisson("visits ~ x", f).fit(disp=0, tol=1e-12)),
    ],
)
def test_a_formula_and_a_statsmodels_fit_pool_to_the_same(frames, model, formula, theirs):
    ours, other = fit_formula(frames, formula, model).table(), pool_analysis(frames, theirs).table()
    other = other.set_index("term").loc[ours["term"]]
    for column in ("estimate", "std_error", "df", "fmi"):
        np.testing.assert_allclose(ours[column], other[column], rtol=1e-7, err_msg=column)


def test_a_multinomial_of_statsmodels_keeps_its_order(frames):
    ours = fit_formula(frames, "grade ~ x", "multinomial")
    other = pool_analysis(
        frames, lambda f: smf.mnlogit("code ~ x", f.assign(code=f["grade"].cat.codes)).fit(disp=0, tol=1e-12)
    )
    np.testing.assert_allclose(ours.table()["std_error"], other.table()["std_error"], rtol=1e-6)
    assert other.terms == ("0: Intercept", "0: x", "1: Intercept", "1: x")


def test_pairs_and_triples_are_pooled(frames):
    def mean(frame):
        return frame["y"].mean(), frame["y"].var() / N

    pooled = pool_analysis(frames, mean)
    assert np.isinf(pooled.dof).all()
    finite = pool_analysis(frames, lambda f: (*mean(f), N - 1))
    assert finite.dof.tolist() == [N - 1]
    assert pooled.table()["estimate"][0] == pytest.approx(frames[0]["y"].mean(), rel=CLOSE)


def test_linearmodels_and_pyfixest_faces_are_read(frames):
    class Feols:
        _vcov, _df_t, _N = np.eye(2), 4.0, 99

        def coef(self):
            return pd.Series([1.0, 2.0], index=["a", "b"])

    pooled = pool_analysis(frames, lambda _: Feols())
    assert (pooled.terms, pooled.dof.tolist(), pooled.n_obs) == (("a", "b"), [4.0, 4.0], 99)
    iv = pytest.importorskip("linearmodels.iv")
    fitted = iv.IV2SLS.from_formula("y ~ 1 + x", frames[0]).fit()
    pooled = pool_analysis(frames, lambda f: iv.IV2SLS.from_formula("y ~ 1 + x", f).fit())
    np.testing.assert_allclose(pooled.estimates[0], fitted.params)
    assert pooled.dof[0] == fitted.df_resid


def test_learners_are_pooled_by_resampling(frames):
    linear = pytest.importorskip("sklearn.linear_model")

    def learn(frame):
        return linear.LinearRegression().fit(frame[["x"]], frame["y"])

    with pytest.raises(SpecError, match="bootstrap=200"):
        pool_analysis(frames, learn)
    pooled = pool_analysis(frames, learn, bootstrap=200, seed=1)
    assert pooled.terms == ("Intercept", "x")
    robust = fit_formula(frames, "y ~ x", cov="HC1").table()
    np.testing.assert_allclose(pooled.table()["estimate"], robust["estimate"], rtol=CLOSE)
    np.testing.assert_allclose(pooled.table()["std_error"], robust["std_error"], rtol=0.2)  # 200 resamples: 5 % each
    again = pool_analysis(frames, learn, bootstrap=200, seed=1)
    np.testing.assert_array_equal(again.covariances, pooled.covariances)


def test_fixed_effects_equal_dummies(frames):
    pytest.importorskip("linearmodels")
    ours = fit_formula(frames, "y ~ x | state + year", "fixed_effects").table()
    dummies = fit_formula(frames, "y ~ x + C(state) + C(year)").table()
    row = dummies[dummies["term"] == "x"].reset_index(drop=True)
    for column in ("estimate", "std_error", "df", "p_value"):
        np.testing.assert_allclose(ours[column], row[column], rtol=1e-6, err_msg=column)
    with pytest.raises(DataError, match="do not vary within"):
        fit_formula([f.assign(s=f["state"] * 2.0) for f in frames], "y ~ s | state", "fixed_effects")


@pytest.mark.parametrize(("effects", "cluster", "k"), [("state + year", "state", 6), ("state", "state", 2)])
def test_effects_nested_in_clusters_cost_nothing(frames, effects, cluster, k):
    linear = pytest.importorskip("linearmodels.iv.absorbing")
    ours = fit_formula(frames, f"y ~ x | {effects}", "fixed_effects", cluster=cluster)
    frame, g = frames[0], 12
    absorbed = frame[effects.split(" + ")].astype("category")
    plain = linear.AbsorbingLS(frame["y"], frame[["x"]], absorb=absorbed)
    plain = plain.fit(cov_type="clustered", clusters=frame[cluster], debiased=False)
    expected = plain.cov.to_numpy() * g / (g - 1) * (N - 1) / (N - k)
    np.testing.assert_allclose(ours.covariances[0], expected, rtol=1e-7)
    assert ours.dof[0] == g - 1


@pytest.mark.parametrize("model", ["logit", "probit", "poisson"])
def test_average_effects_equal_statsmodels(frames, model):
    left = "visits" if model == "poisson" else "won"
    ours = fit_formula(frames, f"{left} ~ x + year", model).effects()
    for i, frame in enumerate(frames):
        fitted = getattr(smf, model)(f"{left} ~ x + year", frame).fit(disp=0, tol=1e-12)
        theirs = fitted.get_margeff(at="overall")
        np.testing.assert_allclose(ours.estimates[i], theirs.margeff, rtol=SLOPE)
        np.testing.assert_allclose(np.sqrt(np.diag(ours.covariances[i])), theirs.margeff_se, rtol=1e-5)


def test_effects_of_categories_are_differences(frames):
    pooled = fit_formula(frames, "won ~ x + g", "logit")
    effects = pooled.effects("g")
    assert effects.terms == ("g: b - a", "g: c - a")
    fitted = smf.logit("won ~ x + g", frames[0]).fit(disp=0, tol=1e-12)
    by_hand = fitted.predict(frames[0].assign(g="b")).mean() - fitted.predict(frames[0].assign(g="a")).mean()
    assert effects.estimates[0, 0] == pytest.approx(by_hand, rel=1e-8)
    shares = fit_formula(frames, "grade ~ x + g", "multinomial").effects("x")
    assert shares.terms == ("low: x", "mid: x", "high: x")
    assert np.abs(shares.estimates.sum(axis=1)).max() < 1e-8


def test_effects_of_a_curve_are_its_average_slope(frames):
    pooled = fit_formula(frames, "y ~ x + I(x**2)")
    by_hand = [b[1] + 2 * b[2] * f["x"].mean() for b, f in zip(pooled.estimates, frames, strict=True)]
    np.testing.assert_allclose(pooled.effects("x").estimates[:, 0], by_hand, rtol=SLOPE)


def test_predictions_equal_statsmodels(frames):
    pooled = fit_formula(frames[:1] * 2, "won ~ x + g", "logit")
    new = pd.DataFrame({"x": [0.0, 1.0], "g": ["a", "c"]})
    theirs = smf.glm("won ~ x + g", frames[0], family=__import__("statsmodels.api").api.families.Binomial()).fit(
        tol=1e-13
    )
    expected = theirs.get_prediction(new).summary_frame()
    ours = pooled.predict(new)
    np.testing.assert_allclose(ours["estimate"], expected["mean"], rtol=1e-7)
    np.testing.assert_allclose(ours["std_error"], expected["mean_se"], rtol=1e-6)
    shares = fit_formula(frames, "grade ~ x", "ordered").predict(new)
    assert shares.groupby("row")["estimate"].sum().tolist() == pytest.approx([1, 1])
    assert (shares["conf_low"] <= shares["estimate"]).all()


def test_who_failed_is_said(frames):
    def fussy(frame):
        if frame["x"].iloc[0] == frames[2]["x"].iloc[0]:
            raise ValueError("singular matrix")
        return smf.ols("y ~ x", frame).fit()

    with pytest.raises(DataError, match=r"failed on 1 of 4 .*\(number 2.*singular matrix.*imp\[2\]"):
        pool_analysis(frames, fussy)


def test_separation_in_some_is_said(frames):
    frames[1] = frames[1].assign(x=frames[1]["won"] * 2.0 + frames[1]["x"] / 100)
    with pytest.warns(ConvergenceWarning, match=r"1 of 4 completed data sets \(number 1"):
        fit_formula(frames, "won ~ x", "logit")


def test_differing_terms_are_shown(frames):
    def fit(frame):
        g = frame["g"].replace("c", "a") if frame["x"].iloc[0] == frames[1]["x"].iloc[0] else frame["g"]
        return smf.ols("y ~ g", frame.assign(g=g)).fit()

    with pytest.raises(DataError, match=r"number 1 lacks g\[T.c\]"):
        pool_analysis(frames, fit)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "returned nothing"),
        ("0.3", "returned a str"),
        ((1.0,), "returned 1 things"),
        (([1.0, 2.0], [[1.0]]), "2 estimates and a covariance of shape"),
        (([1.0], [[np.nan]]), "not finite"),
        (([1.0], [[-1.0]]), "negative variance"),
        ((["a"], [[1.0]]), "Numbers are needed"),
    ],
)
def test_nonsense_is_refused(frames, answer, words):
    with pytest.raises(SpecError, match=words):
        pool_analysis(frames, lambda _: answer)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"weights": "wieght"}, ColumnError, "Did you mean 'weight'"),
        ({"cluster": "sate"}, ColumnError, "Did you mean 'state'"),
        ({"cov": "HC7"}, SpecError, "classical, HC0"),
        ({"cov": "cluster"}, SpecError, "cluster='state'"),
        ({"cov": "HC1", "cluster": "state"}, SpecError, "two different covariances"),
        ({"weights": "g"}, DataError, "not numbers"),
        ({"model": "ordered"}, DataError, "levels"),
        ({"model": "cox"}, SpecError, "Surv"),
        ({"model": "fixed_effects"}, SpecError, "behind a bar"),
    ],
)
def test_options_that_make_no_sense_are_refused(frames, options, error, words):
    with pytest.raises(error, match=words):
        fit_formula(frames, "y ~ x", **options)


def test_weights_and_clusters_with_holes_are_refused(frames):
    holed = [f.assign(weight=f["weight"].where(f.index > 3), state=f["state"].where(f.index > 3)) for f in frames]
    with pytest.raises(DataError, match="missing in 4 rows"):
        fit_formula(holed, "y ~ x", weights="weight")
    with pytest.raises(DataError, match="missing in 4 rows"):
        fit_formula(holed, "y ~ x", cluster="state")


def test_one_imputation_is_refused(frames):
    with pytest.raises(SpecError, match="at least 2"):
        fit_formula(frames[:1], "y ~ x")


def test_likelihood_tests_need_a_likelihood(frames):
    with pytest.raises(SpecError, match="D1"):
        pool_analysis(frames, lambda f: smf.ols("y ~ x", f).fit()).test("x", method="D3")
    with pytest.raises(SpecError, match="HC1"):
        fit_formula(frames, "y ~ x", cov="HC1").test("x", method="D4")
    with pytest.raises(SpecError, match=r"imp\.fit"):
        pool_analysis(frames, lambda f: smf.ols("y ~ x", f).fit()).effects()


def test_observed_variables_lose_no_information(imp):
    table = imp.fit("y ~ weight").table()
    assert (table["riv"] == 0).all()
    assert (imp.fit("y ~ x").table()["riv"] > 0).all()


def test_imputations_estimate_plain_quantities(imp):
    frames = list(imp)
    assert imp.mean("x").table()["estimate"][0] == pytest.approx(np.mean([f["x"].mean() for f in frames]), rel=CLOSE)
    assert imp.quantile("x", [0.25, 0.5]).terms == ("x: q0.25", "x: q0.5")
    shares = imp.proportion("g").table()
    assert shares["term"].tolist() == ["g: a", "g: b", "g: c"]
    assert shares["estimate"].sum() == pytest.approx(1)
    assert imp.proportion("g", weights="weight").n_obs < N
    r = np.tanh(np.mean([np.arctanh(f["x"].corr(f["y"])) for f in frames]))
    assert imp.correlation("x", "y").table()["estimate"][0] == pytest.approx(r, rel=CLOSE)
    with pytest.raises(ColumnError, match="proportion"):
        imp.mean("g")
    with pytest.raises(ColumnError, match="Did you mean 'year'"):
        imp.mean("yaer")


def test_imputed_weights_are_those_of_each_table():
    frame = make_frame(0)
    holes = frame.assign(weight=frame["weight"].where(frame.index % 3 > 0))
    imp = HotDeck().fit(holes, seed=2).impute(m=3)
    frames = list(imp)
    weights = np.stack([f["weight"] for f in frames])
    assert (weights.std(axis=0) > 0).any()
    shares = imp.proportion("g", weights="weight")
    expected = [np.average(f["g"] == "b", weights=w) for f, w in zip(frames, weights, strict=True)]
    kish = weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1)
    within = np.mean(np.array(expected) * (1 - np.array(expected)) / kish)
    total = within + (1 + 1 / 3) * np.var(expected, ddof=1)
    row = shares.table().set_index("term").loc["g: b"]
    np.testing.assert_allclose(row[["estimate", "std_error"]], [np.mean(expected), total**0.5], rtol=CLOSE)
    assert shares.n_obs == pytest.approx(3 / (1 / kish).sum(), rel=CLOSE)
    means = [np.average(f["y"], weights=w) for f, w in zip(frames, weights, strict=True)]
    np.testing.assert_allclose(imp.mean("y", weights="weight").estimates[:, 0], means, rtol=CLOSE)
    medians = [np.quantile(np.repeat(f["y"], 2), 0.5) for f in frames]
    assert np.ptp(medians) == 0
    assert (np.diff(imp.quantile("y", weights="weight").estimates[:, 0]) != 0).all()


def test_levels_drawn_in_some_tables_only_are_shown(imp):
    holes = make_frame(0).assign(year=lambda f: f["year"].where(f.index % 5 > 0))
    fitted = HotDeck(kinds={"year": "count"}).fit(holes, seed=2).impute(m=3)
    draws = fitted.draws.copy()
    draws[1, 0] = 9.0
    table = replace(fitted, draws=draws).proportion("year").table().set_index("term")
    assert table.index[-1].startswith("year: 9")
    assert table["estimate"].iloc[-1] == pytest.approx(1 / (3 * N), rel=CLOSE)
    assert table["estimate"].sum() == pytest.approx(1)


def test_bootstrap_before_imputation(imp):
    pooled = imp.bootstrap("y ~ x", n_samples=30, seed=4)
    table = pooled.table().set_index("term")
    hot_deck = imp.fit("y ~ x").table().set_index("term")
    assert table.loc["x", "estimate"] == pytest.approx(hot_deck.loc["x", "estimate"], abs=0.2)
    by_function = imp.bootstrap(lambda f: smf.ols("y ~ x", f).fit().params.to_dict(), n_samples=30, seed=4)
    np.testing.assert_allclose(by_function.table()["std_error"], table["std_error"], rtol=1e-7)


def test_bootstrap_wants_the_same_terms_from_every_imputation(imp):
    turn = itertools.cycle("ab")
    with pytest.raises(DataError, match=r"bootstrap sample 0: The terms differ .* number 1 lacks a"):
        imp.bootstrap(lambda f: {next(turn): f["y"].mean()}, n_samples=3, seed=4)


def test_a_wrong_number_of_samples_is_called_by_its_name(imp):
    with pytest.raises(SpecError, match=r"n_samples=1 is .* n_samples needs a whole number of at least 2"):
        imp.bootstrap("y ~ x", n_samples=1)


def test_models_stand_side_by_side(frames, tmp_path):
    models = [fit_formula(frames, "won ~ x", "logit"), fit_formula(frames, "grade ~ x + g", "ordered", cluster="state")]
    table = tabulate(*models, exponentiate=True, labels={"g": "Group"})
    text = table.to_markdown()
    odds = np.exp(models[0].table()["estimate"][1])
    assert f"{odds:.3f}" in text
    for words in ("Group: b", "Cut points", "odds ratios", "clustered by state", "Observations"):
        assert words in text
    docx = pytest.importorskip("docx")
    path = models[0].to_word(tmp_path / "table.docx")
    assert "won" in "".join(cell.text for cell in docx.Document(path).tables[0]._cells)
