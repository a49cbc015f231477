"""Diagnoses against brute force, statsmodels, and draws whose faults are known."""

import itertools

import numpy as np
import pytest
import statsmodels.api as sm

from lacunet._layout import MISSING, Layout, Variable
from lacunet.diagnosis import HiddenCells, HiddenVariable, diagnose_arrays, energy_i_score, rank_imputers, rank_scores
from lacunet.diagnosis._evidence import Evidence
from lacunet.diagnosis._hidden import calibration_error, cover, coverage_error, tabulate_calibration, tabulate_coverage
from lacunet.diagnosis._propensity import RIDGE, area_under_curve
from lacunet.diagnosis._stability import tabulate_stability
from lacunet.errors import ColumnError, DataError, SpecError
from lacunet.solve import combine_rubin, fit_ridge_logit, solve_logit

EXACT = 1e-12
"""The same sums in another order."""
SOLVED = 1e-5
"""Two optimisers that stop where the likelihood stands still."""
CHANCE = 4.0
"""Standard errors that a seeded simulation may be off."""
N, M = 3000, 10


def rng(seed=0):
    return np.random.default_rng(seed)


def layout_of(**kinds):
    levels = {"binary": 2, "nominal": 4}
    return Layout(variables=tuple(Variable(name=n, kind=k, n_levels=levels.get(k, 0)) for n, k in kinds.items()))


def planted(seed, how, kind="continuous"):
    """y depends on x, is missing more often where x is high, and is drawn rightly or not."""
    chance = rng(seed)
    x, noise = chance.normal(size=N), chance.normal(size=N)

    def draw(size):
        own = chance.normal(size=(size, N))
        y = {"right": x + own, "shifted": x + own + 0.6, "blind": own * np.sqrt(2)}[how]
        return y if kind == "continuous" else np.digitize(y, [-1, 0, 1]).astype(float)

    y = x + noise if kind == "continuous" else np.digitize(x + noise, [-1, 0, 1]).astype(float)
    lost = chance.random(N) < 1 / (1 + np.exp(1 - 1.5 * x))
    values = np.column_stack([x, np.where(lost, np.nan, y), chance.normal(size=N)])
    state = np.zeros((N, 3), dtype=np.int8)
    state[lost, 1] = MISSING
    layout = layout_of(x="continuous", y=kind, z="continuous")
    return {"layout": layout, "values": values, "state": state, "draws": draw(M)[:, lost]}


def diagnose(seed, how, kind="continuous"):
    data = planted(seed, how, kind)
    return diagnose_arrays(**data, rng=rng(seed))


def severity(diagnostics, topic):
    return {one.severity for one in diagnostics.findings if one.topic == topic}


class TestPropensity:
    def test_auc_counts_pairs(self):
        score, outcome = rng(1).integers(0, 6, 40).astype(float), rng(2).integers(0, 2, 40).astype(float)
        pairs = itertools.product(score[outcome == 1], score[outcome == 0])
        wins = [(a > b) + 0.5 * (a == b) for a, b in pairs]
        assert area_under_curve(score, outcome) == pytest.approx(np.mean(wins), rel=EXACT)
        assert np.isnan(area_under_curve(score, np.ones(40)))

    def test_logit_without_ridge_is_maximum_likelihood(self):
        x = rng(3).normal(size=(300, 3))
        y = (rng(4).random(300) < 1 / (1 + np.exp(-x[:, 0] + 0.5))).astype(float)
        exact = solve_logit(np.column_stack([np.ones(300), x]), y).estimates
        np.testing.assert_allclose(fit_ridge_logit(x, y, ridge=0.0), exact, rtol=SOLVED, atol=SOLVED)

    def test_logit_with_ridge_is_that_of_statsmodels(self):
        x = rng(5).normal(size=(200, 2))
        y = (rng(6).random(200) < 1 / (1 + np.exp(-2 * x[:, 1]))).astype(float)
        model = sm.Logit(y, sm.add_constant(x))
        ours = fit_ridge_logit(x, y, ridge=3.0)
        slope = model.score(ours) - np.array([0, 3, 3]) * ours  # where the penalised likelihood is flat
        np.testing.assert_allclose(slope, 0, atol=1e-3)

    def test_separation_stays_finite(self):
        x = np.linspace(-1, 1, 60)[:, None]
        assert np.isfinite(fit_ridge_logit(x, (x[:, 0] > 0).astype(float), RIDGE)).all()

    def test_where_a_ridge_starts_changes_nothing(self):
        x = rng(8).normal(size=(400, 4))
        y = (rng(9).random(400) < 1 / (1 + np.exp(1 - 2 * x[:, 0]))).astype(float)
        cold = fit_ridge_logit(x, y, RIDGE)
        for start in (cold, -cold, np.full(5, 2.0)):
            np.testing.assert_allclose(fit_ridge_logit(x, y, RIDGE, start=start), cold, atol=SOLVED)
        with pytest.raises(DataError, match="needs both 0 and 1"):
            fit_ridge_logit(x, np.ones(400), RIDGE)

    def test_planted_predictor_is_found(self):
        found = diagnose(7, "right")
        row = found.table("predictors").iloc[0]
        assert row["auc"] > 0.5 + 5 * row["auc_error"]
        assert row["strongest"].startswith("x")
        terms = found.table("predictors", "y")
        assert terms.iloc[0][["predictor", "term"]].tolist() == ["x", "value"]
        assert terms.iloc[0]["log_odds"] == pytest.approx(1.5, abs=0.25)  # x has standard deviation 1
        assert "refuted" in next(one.sentence for one in found.findings if one.topic == "predictors")

    def test_chance_is_not_taken_for_a_pattern(self):
        data = planted(8, "right")
        chance = rng(8)
        areas = []
        for _ in range(6):
            lost = chance.random(N) < 0.02  # few missing: an area from the rows fitted to would be far above one half
            x, z = chance.normal(size=(2, N))
            values = np.column_stack([x, np.where(lost, np.nan, z), z])
            state = np.zeros((N, 3), dtype=np.int8)
            state[lost, 1] = MISSING
            draws = chance.normal(size=(3, int(lost.sum())))
            table = diagnose_arrays(data["layout"], values, state, draws, rng=chance).table("predictors")
            areas.append((table["auc"].iloc[0] - 0.5) / table["auc_error"].iloc[0])
        assert abs(np.mean(areas)) < CHANCE / np.sqrt(len(areas))


class TestDifferences:
    @pytest.mark.parametrize("kind", ["continuous", "nominal"])
    def test_right_draws_differ_only_as_a_whole(self, kind):
        found = diagnose(10, "right", kind)
        row = found.table("distributions").iloc[0]
        assert abs(row["std_diff"]) > 0.4
        assert abs(row["std_diff_within"]) < 0.15
        assert severity(found, "strata") == {"ok"}

    def test_shifted_draws_differ_within_strata(self):
        found = diagnose(11, "shifted")
        assert found.table("strata")["std_diff_within"].iloc[0] == pytest.approx(
            0.6 / np.std(found.evidence.observed(1)), abs=0.15
        )
        assert severity(found, "strata") <= {"look", "act"}

    @pytest.mark.parametrize("kind", ["continuous", "nominal"])
    def test_blind_draws_are_caught_though_they_look_alike(self, kind):
        found = diagnose(12, "blind", kind)
        row = found.table("distributions").iloc[0]
        assert abs(row["std_diff_within"]) > max(0.2, abs(row["std_diff"]))
        assert severity(found, "strata") <= {"look", "act"}

    def test_strata_add_up(self):
        found = diagnose(13, "right")
        table = found.table("strata", "y")
        row = found.table("strata").iloc[0]
        used = table[table["n_observed"] >= 5]
        weighted = np.average(used["imputed"] - used["expected"], weights=used["n_imputed"])
        known = found.evidence.values[found.propensities[1].rows[~found.propensities[1].is_missing], 1]
        assert row["std_diff_within"] == pytest.approx(weighted / known.std(ddof=1), rel=1e-9)


class TestCoverage:
    @pytest.mark.parametrize("m", [3, 5, 20, 50])
    @pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
    @pytest.mark.parametrize("ties", [False, True])
    def test_right_draws_cover_as_they_say(self, m, level, ties):
        x = rng(m).poisson(1.0, (m + 1, 20000)).astype(float) if ties else rng(m).normal(size=(m + 1, 20000))
        found = cover(x[1:], x[0], level)
        error = max(coverage_error(m, level), 1e-3) / np.sqrt(found.size)
        assert abs(found.mean() - level) < CHANCE * error

    def test_error_is_that_of_uniform_ranks(self):
        x = rng(1).normal(size=(6, 50000))
        assert cover(x[1:], x[0], 0.8).std() == pytest.approx(coverage_error(5, 0.8), rel=0.02)

    def test_many_draws_give_plain_coverage(self):
        draws, truth = rng(2).normal(size=(999, 400)), rng(3).normal(size=400)
        low, high = np.quantile(draws, [0.05, 0.95], axis=0, method="weibull")
        plain = np.mean((truth >= low) & (truth <= high))
        assert cover(draws, truth, 0.9).mean() == pytest.approx(plain, abs=1e-3)

    def test_narrow_draws_are_caught(self):
        data = planted(20, "right")
        truth = rng(21).normal(size=800)
        for width, expected in ((1.0, {"ok"}), (0.5, {"act"})):
            hidden = HiddenCells(
                rows=np.arange(800),
                cols=np.zeros(800, dtype=int),
                truth=truth,
                draws=width * rng(22).normal(size=(20, 800)),
            )
            found = diagnose_arrays(**data, rng=rng(), hidden=hidden)
            assert severity(found, "overimputation") == expected
        table = tabulate_coverage(found.evidence, hidden)
        at = table.query("variable == 'x' and nominal == 0.9").iloc[0]
        assert at["covered"] < at["margin_low"]
        assert table["variable"].unique().tolist() == ["all numbers", "x"]


class TestCalibration:
    @staticmethod
    def evidence(m, n, sure, seed=0):
        """Draws at probabilities raised to a power: 1 is right, above 1 is too sure."""
        chance = rng(seed)
        p = chance.dirichlet(np.ones(4), size=n)
        q = p**sure / (p**sure).sum(axis=1, keepdims=True)
        pick = lambda prob: (chance.random((len(prob), 1)) > prob.cumsum(axis=1)).sum(axis=1).clip(max=3)  # noqa: E731
        hidden = HiddenCells(
            rows=np.arange(n),
            cols=np.zeros(n, dtype=int),
            truth=pick(p).astype(float),
            draws=np.stack([pick(q) for _ in range(m)]).astype(float),
        )
        layout = layout_of(c="nominal", x="continuous")
        values = np.column_stack([chance.integers(0, 4, n), chance.normal(size=n)]).astype(float)
        state = np.zeros((n, 2), dtype=np.int8)
        state[:5, 1] = MISSING
        values[:5, 1] = np.nan
        return {"layout": layout, "values": values, "state": state, "draws": chance.normal(size=(m, 5))}, hidden

    @pytest.mark.parametrize("m", [3, 5, 20])
    def test_right_draws_are_calibrated_whatever_m(self, m):
        data, hidden = self.evidence(m, 4000, 1.0)
        table = tabulate_calibration(Evidence(**data), hidden)
        assert (np.abs(table["gap"]) < CHANCE * table["gap_error"] + 1e-9).all()
        error, chance = calibration_error(table, 4000)
        assert error < 3 * chance
        assert severity(diagnose_arrays(**data, rng=rng(), hidden=hidden), "calibration") == {"ok"}

    def test_too_sure_draws_are_caught(self):
        data, hidden = self.evidence(20, 4000, 4.0)
        found = diagnose_arrays(**data, rng=rng(), hidden=hidden)
        assert severity(found, "calibration") == {"act"}
        table = found.table("calibration")
        assert table.iloc[-1]["observed"] < table.iloc[-1]["expected"] - table.iloc[-1]["margin"]

    def test_bins_are_those_of_brute_force(self):
        data, hidden = self.evidence(4, 30, 2.0, seed=5)
        table = tabulate_calibration(Evidence(**data), hidden, 0)
        cases, gaps = np.zeros(10), np.zeros(10)
        for i, cell, level in itertools.product(range(4), range(30), range(4)):
            others = np.delete(hidden.draws[:, cell], i) == level
            place = min(int(others.mean() * 10 + 1e-9), 9)
            cases[place] += 0.25
            gaps[place] += 0.25 * ((hidden.truth[cell] == level) - float(hidden.draws[i, cell] == level))
        np.testing.assert_allclose(table["n_cases"], cases[cases > 0], rtol=EXACT)
        np.testing.assert_allclose(table["gap"], gaps[cases > 0], atol=EXACT)
        assert calibration_error(table, 30)[0] == pytest.approx(np.abs(gaps).sum() / 60, rel=EXACT)


class TestStability:
    def test_errors_are_those_of_rubins_rules(self):
        evidence = Evidence(**planted(30, "right"))
        row = tabulate_stability(evidence).iloc[0]
        filled = np.stack([evidence.complete(i)[:, 1] for i in range(M)])
        within = filled.var(axis=1, ddof=1) / N
        rubin = combine_rubin(filled.mean(axis=1)[:, None], within[:, None, None])
        assert row["mean"] == pytest.approx(rubin.estimates[0], rel=1e-10)
        assert row["std_error"] == pytest.approx(np.sqrt(rubin.total[0, 0]), rel=1e-10)
        assert row["mc_error"] == pytest.approx(np.sqrt(rubin.between[0, 0] / M), rel=1e-10)
        assert row["mc_share"] ** 2 * M == pytest.approx(rubin.between[0, 0] / rubin.total[0, 0], rel=1e-9)
        assert row["m_needed"] == np.ceil(100 * rubin.between[0, 0] / rubin.total[0, 0])

    def test_equal_draws_need_no_more(self):
        data = planted(31, "right")
        data["draws"] = np.repeat(data["draws"][:1], 3, axis=0)
        found = diagnose_arrays(**data, rng=rng())
        assert found.table("stability")["m_needed"].tolist() == [0]
        assert severity(found, "stability") == {"ok"}


class TestLoss:
    @pytest.mark.parametrize(
        ("losses", "expected"),
        [((3, 2, 1.5, 1.5), "ok"), ((3, 2, 1.5, 1.4), "look"), ((3, 1, 2.5, 3), "look"), ((1, 2, 3, 4), "act")],
    )
    def test_sentence_follows_the_curve(self, losses, expected):
        history = [{"epoch": k, "held_out_loss": loss} for k, loss in enumerate(losses)]
        found = diagnose_arrays(**planted(40, "right"), rng=rng(), history=history)
        assert severity(found, "loss") == {expected}
        assert found.table("loss")["held_out_loss"].tolist() == list(losses)


class TestIScore:
    layout = layout_of(x="continuous", c="nominal")

    def data(self, n=60):
        chance = rng(50)
        values = np.column_stack([chance.normal(5, 3, n), chance.integers(0, 4, n)]).astype(float)
        state = np.zeros((n, 2), dtype=np.int8)
        state[:9, 0] = state[:20, 1] = MISSING
        return np.where(state == MISSING, np.nan, values), state

    def hidden(self, seed, n_draws=6):
        chance = rng(seed)
        x, c = chance.normal(5, 3, (n_draws, 30)), chance.integers(0, 4, (n_draws, 30)).astype(float)
        rows = np.arange(25, 55)
        return [HiddenVariable(variable="x", rows=rows, draws=x), HiddenVariable(variable="c", rows=rows, draws=c)]

    def test_score_is_that_of_brute_force(self):
        values, state = self.data()
        found = energy_i_score(self.layout, values, state, self.hidden(1))
        total, weights = 0.0, 0.0
        for j, one in enumerate(self.hidden(1)):
            embed = (lambda v: np.eye(4)[int(v)]) if j else (lambda v: np.array([v / np.nanstd(values[:, 0])]))
            scores = []
            for k, i in enumerate(one.rows):
                points, y = [embed(v) for v in one.draws[:, k]], embed(values[i, j])
                spread = [np.linalg.norm(a - b) for a, b in itertools.permutations(points, 2)]
                scores.append(np.mean(spread) / 2 - np.mean([np.linalg.norm(a - y) for a in points]))
            np.testing.assert_allclose(found.cells[j], scores, atol=EXACT)
            weight = np.mean(state[:, j] == MISSING) * np.mean(state[:, j] == 0)
            total, weights = total + weight * np.mean(scores), weights + weight
        assert found.score == pytest.approx(total / weights, rel=EXACT)

    def test_number_of_draws_does_not_matter(self):
        n = 4000
        values = np.append(rng(2).normal(size=n), np.nan)[:, None]
        state = np.append(np.zeros(n), MISSING).astype(np.int8)[:, None]
        layout = layout_of(x="continuous")
        for n_draws in (2, 5, 40):
            drawn = HiddenVariable(variable="x", rows=np.arange(n), draws=rng(100 + n_draws).normal(size=(n_draws, n)))
            found = energy_i_score(layout, values, state, [drawn])
            # E|X - X'| of the normal is 2 / sqrt(pi): the score of the right draws is half of it, below nought.
            assert abs(found.score + 1 / np.sqrt(np.pi)) < CHANCE * found.table["std_error"].iloc[0]

    def test_right_draws_rank_first_and_the_mean_does_not(self):
        n = 2000
        z = rng(3).normal(size=n)
        y = np.append(z + rng(4).normal(size=n), np.nan)[:, None]
        state = np.append(np.zeros(n), MISSING).astype(np.int8)[:, None]
        rows, shape = np.arange(n), (20, n)
        own = rng(5).normal(size=shape)
        drawn = {"mean": z + 0 * own, "blind": own * np.sqrt(2), "right": z + own, "narrow": z + own / 4}
        hidden = {k: [HiddenVariable(variable="x", rows=rows, draws=v)] for k, v in drawn.items()}
        ranks = rank_imputers(layout_of(x="continuous"), y, state, hidden)
        assert ranks["imputer"].tolist() == ["right", "narrow", "mean", "blind"]
        assert ranks["behind"].iloc[0] == 0
        assert (ranks["behind"].iloc[1:] > 2 * ranks["std_error"].iloc[1:]).all()

    def test_what_cannot_be_scored_is_refused(self):
        values, state = self.data()
        good = self.hidden(1)[0]
        with pytest.raises(SpecError, match="at least 2 draws"):
            energy_i_score(
                self.layout, values, state, [HiddenVariable(variable="x", rows=good.rows, draws=good.draws[:1])]
            )
        with pytest.raises(DataError, match="not known"):
            energy_i_score(
                self.layout, values, state, [HiddenVariable(variable="x", rows=good.rows - 25, draws=good.draws)]
            )
        with pytest.raises(ColumnError, match="no variable 'w'"):
            energy_i_score(self.layout, values, state, [HiddenVariable(variable="w", rows=good.rows, draws=good.draws)])
        with pytest.raises(SpecError, match="same"):
            rank_imputers(self.layout, values, state, {"a": self.hidden(1), "b": self.hidden(1)[:1]})
        with pytest.raises(SpecError, match="No draws"):
            energy_i_score(self.layout, values, state, [])

    def test_of_one_variable_is_the_score_without_the_others(self):
        values, state = self.data()
        whole = energy_i_score(self.layout, values, state, self.hidden(1))
        for place, one in enumerate(self.hidden(1)):
            alone = energy_i_score(self.layout, values, state, [one])
            assert whole.of(place).score == pytest.approx(alone.score, rel=EXACT)
            np.testing.assert_array_equal(whole.of(place).cells[0], alone.cells[0])

    def test_equal_scores_stand_in_the_order_of_names(self):
        values, state = self.data()
        score = energy_i_score(self.layout, values, state, self.hidden(1))
        other = energy_i_score(self.layout, values, state, self.hidden(2))
        for names in ("bac", "cab"):
            ranks = rank_scores(dict.fromkeys(names, score) | {"z": other})
            assert [name for name in ranks["imputer"] if name != "z"] == ["a", "b", "c"]
