"""What a fitted network says of its inputs and of how sure it is, against statsmodels, closed forms and simulation."""

import re
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import lacunet as ln
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.prediction._fit import Held
from lacunet.prediction._formula_reader import FormulaReader
from lacunet.prediction._held_out import Errors, contains, count_ends
from lacunet.prediction._subject import PlainInputs
from lacunet.solve import conformal_sets

STEPS = 1e-6
"""Slopes are differences over steps of 1e-4 of a range, whose error is of the order of its square."""
EXACT = 1e-9
"""Closed forms in double precision."""
CHANCE = 4.0
"""Standard errors that a simulated share may be off."""
CAUTION = 0.02
"""By how much CV+ covers more than it says where members differ."""
FORMULA = "years + income + south"


def survey(n=900, seed=3):
    rng = np.random.default_rng(seed)
    years, income = rng.integers(18, 80, n), rng.lognormal(1, 0.4, n)
    region, south = rng.choice(["east", "north", "west"], n), rng.integers(0, 2, n)
    latent = 0.04 * (years - 50) + 0.5 * income + 0.4 * south - (region == "west")
    y = latent + rng.logistic(size=n)
    return pd.DataFrame(
        {
            "years": years,
            "income": income,
            "south": south,
            "region": region,
            "score": latent + (0.3 + 0.4 * income) * rng.normal(size=n),
            "won": (y > 1).astype(int),
            "party": np.array(["a", "b", "c"])[np.digitize(y, [0.5, 2.5])],
            "visits": rng.poisson(np.exp(0.3 * latent)),
        }
    )


@cache
def network(outcome, members):
    inputs = ["years", "income", "south", "region"]
    return ln.Mlp(hidden=(6,), members=members, epochs=12).fit(survey(), outcome, inputs=inputs, seed=1)


@cache
def node(outcome, kind=None):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        return ln.Mlp(hidden=()).fit(survey(), f"{outcome} ~ {FORMULA}", kind=kind)


@pytest.mark.parametrize(
    ("outcome", "kind", "usual"),
    [("won", "binary", smf.logit), ("visits", "count", smf.poisson), ("party", "nominal", smf.mnlogit)],
)
def test_effects_of_a_node_are_those_of_statsmodels(outcome, kind, usual):
    frame = survey()
    frame["party"] = pd.Categorical(frame["party"]).codes
    fitted = usual(f"{outcome} ~ {FORMULA}", frame).fit(disp=0, maxiter=100, method="newton", tol=1e-10)
    is_told = outcome != "party"  # statsmodels has no differences between levels for a multinomial logit
    margins = fitted.get_margeff(dummy=is_told)
    names = FORMULA.split(" + ")
    levels = node(outcome, kind).levels if outcome == "party" else (None,)
    for place, level in enumerate(levels):
        table = (
            node(outcome, kind)
            .effects(of=level, discrete=None if is_told else ())
            .table()
            .set_index("variable")
            .loc[names]
        )
        expected, error = (
            np.reshape(values, (len(names), -1))[:, place] for values in (margins.margeff, margins.margeff_se)
        )
        np.testing.assert_allclose(table["estimate"], expected, rtol=STEPS, atol=STEPS * np.abs(expected).max())
        np.testing.assert_allclose(table["std_error"], error, rtol=STEPS)


def test_the_two_levels_have_opposite_effects():
    won, lost = (node("won").effects("years", of=level).table() for level in (1, 0))
    np.testing.assert_allclose(won["estimate"], -lost["estimate"], rtol=EXACT)
    np.testing.assert_allclose(won["std_error"], lost["std_error"], rtol=EXACT)


def test_the_interval_of_a_node_is_that_of_statsmodels():
    new = survey(20, seed=8)
    own = node("score").intervals(new, 0.9)
    usual = smf.ols(f"score ~ {FORMULA}", survey()).fit().get_prediction(new).summary_frame(alpha=0.1)
    np.testing.assert_allclose(own, usual[["mean", "obs_ci_lower", "obs_ci_upper"]], rtol=EXACT)


def test_a_linear_node_explains_itself_by_its_coefficients():
    fit = node("score")
    slope = fit.table().set_index("term")["estimate"]
    curve = fit.dependence("income").table()
    np.testing.assert_allclose(np.diff(curve["estimate"]) / np.diff(curve["income"]), slope["income"], rtol=STEPS)
    steps = fit.local_effects("years").table()
    np.testing.assert_allclose(np.diff(steps["effect"]) / np.diff(steps["years"]), slope["years"], rtol=STEPS)
    shares = fit.shapley(survey(3, seed=5), n_background=10)
    np.testing.assert_allclose(shares.values.sum(axis=1), fit.predict(survey(3, seed=5)) - shares.base, rtol=STEPS)
    assert fit.interactions(n_rows=10).table()["h_squared"].max() < EXACT


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(("members", "plus"), [(1, False), (3, False), (3, True)])
def test_intervals_hold_what_they_say(members, plus, level):
    fit, new = network("score", members), survey(4000, seed=11)
    own = fit.intervals(new, level, plus=plus)
    held = ((own["low"] <= new["score"]) & (new["score"] <= own["high"])).mean()
    chance = CHANCE * np.sqrt(level * (1 - level) * (1 / len(fit.held.y) + 1 / len(new)))
    assert level - chance < held < level + chance + (CAUTION if members > 1 else 0.0)
    assert (own["low"] < own["predicted"]).all()
    assert (own["predicted"] < own["high"]).all()


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_sets_hold_what_they_say(level):
    fit, new = network("party", 3), survey(4000, seed=11)
    own = fit.prediction_sets(new, level, may_be_empty=True)
    held = np.mean([truth in levels for truth, levels in zip(new["party"], own["levels"], strict=True)])
    chance = CHANCE * np.sqrt(level * (1 - level) * (1 / len(fit.held.y) + 1 / len(new)))
    assert abs(held - level) < chance + CAUTION
    some = fit.prediction_sets(new, level)
    assert some["size"].min() >= 1  # never empty unless asked for
    assert [levels[0] for levels in some["levels"]] == list(some["predicted"]) == list(fit.predict(new))
    assert fit.prediction_sets(new, level).equals(some)


def test_sets_of_one_network_are_those_of_split_conformal():
    rng = np.random.default_rng(1)
    old, now = rng.random(200), rng.random(50)
    held = held_rows(rng.integers(0, 3, 200).astype(float), rng.dirichlet([1, 2, 3], 200), rng.integers(1, 4, 200))
    said = rng.dirichlet([1, 2, 3], 50)[:, None]
    split = conformal_sets(held.said, held.y.astype(int), level=0.9, uniforms=old, weights=held.weights)
    own = contains(held, said, 0.9, "adaptive", (old, now))
    own[np.arange(50), said[:, 0].argmax(axis=1)] = True
    assert (own == split.contains(said[:, 0], now)).all()


def test_sets_of_cv_plus_count_the_rows_that_fit_worse():
    rng = np.random.default_rng(2)
    held = held_rows(np.array([0.0, 1.0, 1.0, 0.0]), rng.dirichlet([1, 1], 4), np.ones(4), np.array([0, 1, 0, 1]))
    said = rng.dirichlet([1, 1], (30, 2))
    own = contains(held, said, 0.6, "least_ambiguous", None)
    score = 1 - held.said[np.arange(4), held.y.astype(int)]
    for row in range(30):
        for level in range(2):
            below = sum(score[i] < 1 - said[row, held.member[i], level] for i in range(4))
            assert own[row, level] == (below < 3)


def held_rows(y, said, weights, member=None):
    n = len(y)
    member = np.zeros(n, dtype=int) if member is None else member
    return Held(y=y, said=said, weights=weights.astype(float), rows=np.arange(n), member=member)


def simulated_errors(rng, n, n_members=1, weights=None):
    centre = rng.uniform(0, 10, n)
    member = np.arange(n) % n_members
    return Errors(centre=centre, size=np.abs(centre * rng.normal(size=n)), half=None, weights=weights, member=member)


@pytest.mark.parametrize("n_members", [1, 2])
def test_intervals_are_wider_where_errors_are_larger(n_members):
    rng = np.random.default_rng(6)
    errors = simulated_errors(rng, 2000, n_members)
    centre = np.repeat([2.0, 8.0], 5000)
    low, high = errors.ends(np.tile(centre[:, None], n_members), 0.9, plus=True)
    held = np.abs(centre * rng.normal(size=len(centre))) <= (high - low) / 2
    chance = CHANCE * np.sqrt(0.09 * (1 / (2000 / 20) + 1 / 5000))
    assert abs(held[:5000].mean() - 0.9) < chance
    assert abs(held[5000:].mean() - 0.9) < chance
    assert (high - low)[-1] > 2 * (high - low)[0]


def test_equal_errors_have_intervals_of_equal_width():
    rng = np.random.default_rng(7)
    size = np.abs(rng.standard_cauchy(19))
    errors = Errors(centre=rng.normal(size=19), size=size, half=None, weights=None, member=np.zeros(19, dtype=int))
    low, high = errors.ends(np.array([[1.0], [5.0]]), 0.95, plus=False)
    np.testing.assert_allclose([low, high], [[1 - size.max(), 5 - size.max()], [1 + size.max(), 5 + size.max()]])


def test_a_row_of_weight_two_is_two_rows():
    rng = np.random.default_rng(8)
    once = simulated_errors(rng, 30)
    weights = np.where(np.arange(30) < 10, 2.0, 1.0)
    twice = np.r_[np.arange(30), np.arange(10)]
    weighted = Errors(centre=once.centre, size=once.size, half=None, weights=weights * 3, member=once.member)
    repeated = Errors(
        centre=once.centre[twice], size=once.size[twice], half=None, weights=None, member=once.member[twice]
    )
    said = np.array([[3.0]])
    # The new row weighs the mean of those held out, 4/3 of one, so that a level between two rows is taken.
    np.testing.assert_allclose(weighted.ends(said, 0.7, plus=False), repeated.ends(said, 0.7, plus=False))


def test_quantiles_are_stretched():
    held = held_rows(np.arange(1.0, 20.0), np.tile([-2.0, 0.0, 0.0, 0.0, 2.0], (19, 1)), np.ones(19))
    errors = Errors.of(held, is_quantiles=True)
    low, high = errors.ends(np.array([[[0.0, 1.0, 1.0, 1.0, 6.0]]]), 0.9, plus=False)
    np.testing.assert_allclose([low, high], [[3 - 9 * 3], [3 + 9 * 3]])


def test_counts_are_whole():
    low, high = count_ends(np.array([2.3, 0.4, 1.6]), np.array([0.5, -3.0, 1.2]), np.array([4.9, 2.0, 1.9]))
    assert low.tolist() == [1, 0, 2]
    assert high.tolist() == [4, 2, 2]


def patchy(n=60):
    frame = survey(n, seed=2)
    rng = np.random.default_rng(5)
    frame["hours"] = np.where(rng.random(n) < 0.3, -8.0, rng.normal(40, 5, n))
    frame["job"] = pd.Categorical(rng.choice(["none asked", "clerk", "cook"], n))
    frame["code"] = rng.integers(1, 3, n)
    frame["day"] = pd.Timestamp("2020-02-01") + pd.to_timedelta(rng.integers(0, 900, n), "D")
    for name in ("income", "region", "hours", "code"):
        frame[name] = frame[name].astype(object).where(rng.random(n) > 0.1, None)
    return frame.astype({"income": float, "hours": float, "code": float})


@cache
def patched():
    away = {"hours": [-8.0], "job": ["none asked"]}
    inputs = ["years", "income", "south", "region", "hours", "job", "code", "day"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return ln.Mlp(hidden=(2,), epochs=1).fit(patchy(), "score", inputs=inputs, not_applicable=away, seed=1)


@pytest.mark.parametrize("formula", [False, True])
def test_plain_inputs_go_back_to_what_they_were(formula):
    table, reader = patched().fit.training.table, patched().fit.reader
    if formula:
        rows = np.ones(table.n_rows, dtype=bool)
        reader = FormulaReader.learn(" + ".join(table.schema.names), table, rows, is_node=False, has_intercept=False)
    inputs = PlainInputs(table=table, reader=reader)
    frame = inputs.frame()
    np.testing.assert_array_equal(reader.columns(inputs.back(frame)), reader.columns(table))
    moved = reader.columns(inputs.back(frame.assign(years=frame["years"] + 0.25)))
    np.testing.assert_array_equal(moved[:, reader.names.index("years")], frame["years"] + 0.25)
    assert ("hours [not applicable]" in frame) is not formula


def test_an_input_moves_with_whether_it_applies():
    found = patched().importance(n_repeats=2)
    assert set(found.table()["term"]) == {"years", "income", "south", "region", "hours", "job", "code", "day"}
    assert len(patched().shapley(patchy(3), n_background=3).terms) == 8


def test_networks_are_explained():
    fit, new = network("party", 3), survey(80, seed=9)
    importance = fit.importance(new, of="c", n_repeats=3)
    assert importance.n == 80
    assert "handed over" in str(importance)
    assert "rows of the fit" in str(fit.importance(of="c", n_repeats=2))
    same = fit.importance(new.drop(columns="party"), new["party"].to_numpy(), of="c", n_repeats=3)
    assert same.table().equals(importance.table())
    effects = sum(fit.effects(["years", "region"], new, of=level).table()["estimate"] for level in fit.levels)
    np.testing.assert_allclose(effects, 0.0, atol=STEPS)
    curve = fit.dependence("region", new, of="a")
    assert curve.n_members == 3
    given = new.assign(region="west")
    np.testing.assert_allclose(curve.estimates[2], fit.predict_proba(given)[:, 0].mean(), rtol=STEPS)
    assert fit.local_effects("years", new, of="a", n_bins=5).n_members == 3
    shares = fit.shapley(new.head(2), of="b", n_background=5)
    np.testing.assert_allclose(shares.values.sum(axis=1) + shares.base, fit.predict_proba(new.head(2))[:, 1])


def test_calibration_is_of_rows_held_out():
    fit = network("party", 3)
    held, place = fit.held, fit.levels.index("b")
    own = fit.calibration(of="b")
    assert own.n == len(survey())
    np.testing.assert_allclose(own.brier, np.mean((held.said[:, place] - (held.y == place)) ** 2), rtol=EXACT)
    new = survey(200, seed=9)
    brier = np.mean((fit.predict_proba(new)[:, place] - (new["party"] == "b")) ** 2)
    np.testing.assert_allclose(fit.calibration(new, of="b").brier, brier, rtol=EXACT)


def test_the_boundary_is_drawn_where_the_level_changes():
    fit = network("party", 3)
    axes = fit.plot_boundary("years", "income").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("years", "income")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    region, south = survey()["region"].mode()[0], survey()["south"].mean()
    corners = pd.DataFrame({"years": [18.0, 79.0], "income": [1.0, 9.0], "south": south, "region": region})
    wanted = fit.predict(fit_like(corners))
    inside = [
        [path.contains_point(corner) for path in axes.collections[0].get_paths()]
        for corner in corners[["years", "income"]].to_numpy()
    ]
    assert [fit.levels[row.index(True)] for row in inside] == list(wanted)


def fit_like(corners):
    """Rows as the fit takes them, where 0 and 1 stay what they are."""
    return corners.assign(south=corners["south"].round().astype(int))


def test_a_saved_network_keeps_its_intervals(tmp_path):
    fit, new = network("score", 3), survey(30, seed=9)
    new.index = np.arange(30) * 2
    fit.save(tmp_path / "net.lacunet")
    again = ln.load(tmp_path / "net.lacunet")
    pd.testing.assert_frame_equal(again.intervals(new), fit.intervals(new))
    assert list(again.intervals(new).index) == list(new.index)
    assert len(again.effects("years", new).table()) == 1
    with pytest.raises(SpecError, match="was loaded from a file"):
        again.importance()


def test_too_few_rows_rule_nothing_out():
    fit, frame = network("score", 1), survey(40)
    few = {name: getattr(fit.held, name)[:6] for name in ("y", "said", "weights", "rows", "member")}
    fit = replace(fit, fit=replace(fit.fit, held=Held(**few)))
    with pytest.warns(DataWarning, match="6 rows were held out, and a level of 0.95 needs 19"):
        own = fit.intervals(frame)
    assert np.isinf(own["high"]).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: network("party", 3).intervals(), "prediction_sets(frame, level)"),
        (lambda: network("score", 3).prediction_sets(), "intervals(frame, level)"),
        (lambda: network("score", 3).calibration(), "see intervals()"),
        (lambda: network("score", 3).intervals(level=95), "Write 0.95"),
        (lambda: network("party", 3).prediction_sets(method="best"), "'adaptive'"),
        (lambda: network("party", 3).effects("years"), "say of= one of 'a', 'b', 'c'"),
        (lambda: network("party", 3).effects("years", of="d"), "of='d' is no level"),
        (lambda: network("score", 3).effects("years", of="a"), "is a number"),
        (lambda: network("score", 3).effects("year"), "'years'"),
        (lambda: network("score", 3).effects("years", weights=np.ones(900)), "hand rows over as well"),
        (lambda: network("score", 3).importance(outcome=np.ones(900)), "hand rows over as well"),
        (lambda: network("score", 3).importance(survey().drop(columns="score")), "outcome="),
        (lambda: network("score", 3).importance(survey(), [1.0, 2.0]), "2 outcomes for 900 rows"),
        (lambda: network("score", 3).importance(survey(3), ["x", "y", "z"]), "is no number"),
        (lambda: network("party", 3).importance(survey(3), ["x", "a", "b"], of="a"), "'x' in some of the rows"),
        (lambda: network("party", 3).calibration(survey(2), [None, None], of="a"), "None of the rows"),
        (lambda: network("score", 3).plot_boundary("years", "income"), "dependence('years')"),
        (lambda: network("party", 3).plot_boundary("years", "region"), "is no number that varies"),
        (lambda: node("won").intervals(), "prediction_sets(frame, level)"),
        (lambda: node("won").prediction_sets(), "Fit hidden layers"),
        (lambda: node("visits", "count").intervals(), "kind='number'"),
    ],
)
def test_bad_requests_are_said_in_plain_words(call, words):
    with pytest.raises((SpecError, ColumnError, DataError), match=re.escape(words)):
        call()


def test_intervals_need_rows_held_out():
    fit = network("score", 1)
    fit = replace(fit, fit=replace(fit.fit, held=None))
    with pytest.raises(SpecError, match=re.escape("validation=0.15")):
        fit.intervals()


def test_a_node_passes_over_rows_with_gaps():
    new = survey(40, seed=4)
    new.loc[:9, "income"] = np.nan
    with pytest.warns(DataWarning, match="10 of 40 rows lack an input and are passed over"):
        own = node("score").effects("years", new)
    assert own.n == 30
