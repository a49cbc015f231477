"""Ranking of imputers: what is hidden, who wins where the truth is known, whose functions fit, and what is refused."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lacunet as ln
from lacunet._layout import MISSING
from lacunet.diagnosis import HiddenVariable, energy_i_score
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.table import read_table
from tests.contract._hotdeck import HotDeck

N = 260
NOISE = 0.5
CLEAR = 2.0
"""Standard errors from which a difference is called one."""
EXACT = 1e-12
"""The same sums in another order."""


def rng(seed):
    return np.random.default_rng(seed)


def survey(n=N):
    """x is known; y and group depend on x and are missing more often where x is high; paid is 0 or 1; day is a date."""
    chance = rng(7)
    x = chance.normal(size=n)
    y = x + NOISE * chance.normal(size=n)
    group = np.where(x + chance.normal(size=n) > 0, "high", "low").astype(object)
    paid = (chance.random(n) < 0.6).astype(float)
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(chance.integers(0, 900, n), unit="D")
    frame = pd.DataFrame({"x": x, "y": y, "group": group, "paid": paid, "day": day.astype("datetime64[us]")})
    high = 1 / (1 + np.exp(0.5 - x))
    frame.loc[chance.random(n) < high, "y"] = np.nan
    frame.loc[chance.random(n) < high / 2, "group"] = None
    frame.loc[chance.random(n) < 0.2, "paid"] = np.nan
    frame.loc[chance.random(n) < 0.2, "day"] = pd.NaT
    return frame


def numbers():
    return survey()[["x", "y"]]


def fill(frame, draw):
    """Completed copy; ``draw`` is given what is known of a column and which cells are missing."""
    done = frame.copy()
    for name in done:
        lost = done[name].isna().to_numpy()
        if not lost.any():
            continue
        done.loc[lost, name] = draw(name, done.loc[~lost, name].to_numpy(), lost)
    return done


def hot_deck(frame, m, seed):
    chance = rng(seed)
    return [fill(frame, lambda name, known, lost: chance.choice(known, lost.sum())) for _ in range(m)]


def fill_mean(frame, m, seed):
    return [frame.fillna(frame.mean())] * m


def draw_right(frame, m, seed):
    """The law that made y."""
    chance = rng(seed)
    x = frame["x"].to_numpy()
    return [fill(frame, lambda name, known, lost: x[lost] + NOISE * chance.normal(size=lost.sum())) for _ in range(m)]


class Spy:
    """Fills in as a hot deck and remembers what it was given and gave."""

    def __init__(self):
        self.frames, self.given, self.seeds = [], [], []

    def __call__(self, frame, m, seed):
        self.frames.append(frame.copy())
        self.seeds.append(seed)
        self.given.append(hot_deck(frame, m, seed))
        return self.given[-1]


def hidden_in(frame, given):
    return (given[["x", "y", "group", "paid", "day"]].isna() & frame.notna()).to_numpy()


class TestWhoWins:
    def test_right_model_beats_hot_deck_and_mean(self):
        imputers = {"mean": fill_mean, "hot deck": hot_deck, "right": draw_right, "linear": ln.Midas(hidden=())}
        ranking = ln.rank_imputers(numbers(), imputers, rounds=5, seed=1)
        table = ranking.table().set_index("imputer")
        assert set(table.index[:2]) == {"right", "linear"}
        assert table["rank"].tolist() == [1, 2, 3, 4]
        for name in ("hot deck", "mean"):
            assert table["behind"][name] > CLEAR * table["std_error"][name]
        assert abs(table["behind"].iloc[1]) < 2 * CLEAR * table["std_error"].iloc[1]
        assert (table["seconds"] > 0).all()

    def test_mean_is_behind_though_its_errors_are_small(self):
        """A root mean squared error would put the mean before the hot deck."""
        noise = pd.DataFrame({"x": rng(1).normal(size=N), "y": rng(2).normal(size=N)})
        noise.loc[::3, "y"] = np.nan
        ranking = ln.rank_imputers(noise, {"mean": fill_mean, "hot deck": hot_deck}, rounds=5, seed=1)
        assert ranking.best == "hot deck"
        assert ranking.table()["behind"].iloc[1] > CLEAR * ranking.table()["std_error"].iloc[1]

    def test_equals_are_seldom_told_apart(self):
        """Two hot decks differ by chance alone: 40 rankings at 5 % call more than 6 different once in a hundred."""
        noise = pd.DataFrame({"x": rng(1).normal(size=150), "y": rng(2).normal(size=150)})
        noise.loc[::4, "y"] = np.nan
        other = lambda frame, m, seed: hot_deck(frame, m, seed + 1)  # noqa: E731
        found = [ln.rank_imputers(noise, {"a": hot_deck, "b": other}, n_draws=5, seed=k).findings for k in range(40)]
        assert sum(one[0].severity == "ok" for one in found) <= 6

    def test_exceptions_are_named(self):
        def good_at_y_only(frame, m, seed):
            chance = rng(seed)
            x = frame["x"].to_numpy()
            draw = {"y": lambda lost: x[lost] + NOISE * chance.normal(size=lost.sum()), "z": lambda lost: 9.0}
            return [fill(frame, lambda name, known, lost: draw[name](lost)) for _ in range(m)]

        frame = numbers().assign(z=rng(3).normal(size=N))
        frame.loc[::4, "z"] = np.nan
        ranking = ln.rank_imputers(frame, {"deck": hot_deck, "mixed": good_at_y_only}, rounds=5, seed=1)
        (said,) = [one.sentence for one in ranking.findings if one.topic == "variables"]
        assert "mixed draws" not in said
        assert ranking.best == "deck"
        assert "y (mixed" in said


class TestWhatIsHidden:
    def test_one_cell_a_row_a_fifth_a_variable_and_the_same_for_all(self):
        frame, one, two = survey(), Spy(), Spy()
        ranking = ln.rank_imputers(frame, {"one": one, "two": two}, n_draws=2, seed=3)
        pd.testing.assert_frame_equal(one.frames[0], two.frames[0])
        hidden = hidden_in(frame, one.frames[0])
        assert hidden.sum(axis=1).max() == 1
        assert not hidden[:, 0].any()
        per_variable = dict(zip(frame.columns, hidden.sum(axis=0), strict=True))
        found = ranking.variables().drop_duplicates("variable").set_index("variable")["n_scored"]
        assert found.to_dict() == {name: n for name, n in per_variable.items() if name != "x"}
        assert (hidden.sum(axis=0) < 0.3 * frame.notna().sum().to_numpy()).all()

    def test_after_five_rounds_every_known_cell_was_scored_once(self):
        frame, spy = survey(), Spy()
        ranking = ln.rank_imputers(frame, {"spy": spy}, n_draws=2, rounds=5, seed=3)
        times = sum(hidden_in(frame, given).astype(int) for given in spy.frames)
        expected = frame.notna().to_numpy().astype(int)
        expected[:, 0] = 0
        np.testing.assert_array_equal(times, expected)
        assert len(set(spy.seeds)) == 5
        assert ranking.rounds == 5

    def test_rows_caps_what_is_scored(self):
        ranking = ln.rank_imputers(survey(), {"deck": HotDeck()}, n_draws=2, rows=20, seed=3)
        assert set(ranking.variables()["n_scored"]) == {20}

    def test_complete_only_shows_what_is_known_wherever_the_variable_is(self):
        frame, spy = survey(900), Spy()
        ranking = ln.rank_imputers(frame, {"spy": spy}, n_draws=2, rounds=5, complete_only=True, seed=3)
        assert set(ranking.names) == {"y", "group", "paid", "day"}
        for given in spy.frames:
            touched = hidden_in(frame, given).any(axis=1)
            assert 0.1 < touched.mean() <= 0.21
            assert given.loc[touched, ["y", "group", "paid", "day"]].isna().all(axis=None)
            assert given["x"].notna().all()

    def test_specifications_never_see_what_is_hidden(self, monkeypatch):
        tables, fit_table = [], HotDeck.fit_table
        monkeypatch.setattr(
            HotDeck, "fit_table", lambda self, table, *, seed: tables.append(table) or fit_table(self, table, seed=seed)
        )
        frame, spy = survey(), Spy()
        ln.rank_imputers(frame, {"deck": HotDeck(), "spy": spy}, n_draws=2, seed=3)
        np.testing.assert_array_equal(tables[0].state == MISSING, spy.frames[0].isna().to_numpy())
        assert np.isnan(tables[0].values[tables[0].state == MISSING]).all()

    def test_the_data_are_left_alone(self):
        frame = survey()
        before = frame.copy()
        ln.rank_imputers(frame, {"deck": HotDeck(), "hot deck": hot_deck}, n_draws=2, seed=3)
        pd.testing.assert_frame_equal(frame, before)


class TestNumbers:
    def test_score_is_that_of_the_array_function(self):
        frame, spy = survey(), Spy()
        ranking = ln.rank_imputers(frame, {"spy": spy}, n_draws=4, seed=3)
        table = read_table(frame)
        hidden = hidden_in(frame, spy.frames[0])
        drawn = []
        for name in ranking.names:
            j = table.layout.names.index(name)
            rows = np.flatnonzero(hidden[:, j])
            cells = np.stack([one[name].iloc[rows].to_numpy() for one in spy.given[0]])
            if name == "day":
                cells = cells.astype("datetime64[us]").astype(np.int64) / 86_400_000_000
            elif table.layout.variables[j].is_category:
                levels = [float(level) if name == "paid" else level for level in table.schema.modelled[j].levels]
                cells = np.vectorize(levels.index)(cells)
            drawn.append(HiddenVariable(variable=name, rows=rows, draws=cells.astype(float)))
        expected = energy_i_score(table.layout, table.values, table.state, drawn)
        assert ranking.scores["spy"].score == pytest.approx(expected.score, rel=EXACT)
        np.testing.assert_allclose(ranking.variables()["score"], expected.table["score"], rtol=0, atol=EXACT)
        assert ranking.variables()["weight"].sum() == pytest.approx(1)

    def test_order_of_imputers_does_not_matter(self):
        imputers = {"linear": ln.Midas(hidden=()), "deck": HotDeck(), "mine": hot_deck}
        first = ln.rank_imputers(numbers(), imputers, n_draws=4, seed=5)
        second = ln.rank_imputers(numbers(), dict(reversed(imputers.items())), n_draws=4, seed=5)
        pd.testing.assert_frame_equal(
            first.table().drop(columns="seconds"), second.table().drop(columns="seconds"), check_exact=True
        )
        pd.testing.assert_frame_equal(first.variables(), second.variables(), check_exact=True)

    def test_ties_stand_in_the_order_of_names(self):
        ranking = ln.rank_imputers(numbers(), {"b": hot_deck, "a": hot_deck}, n_draws=2, seed=5)
        assert ranking.table()["imputer"].tolist() == ["a", "b"]
        assert ranking.table()["behind"].tolist() == [0, 0]
        assert ranking.findings[0].severity == "look"

    def test_the_seed_decides_and_is_recorded(self):
        ranking = ln.rank_imputers(numbers(), {"deck": hot_deck}, n_draws=2)
        again = ln.rank_imputers(numbers(), {"deck": hot_deck}, n_draws=2, seed=ranking.seed)
        other = ln.rank_imputers(numbers(), {"deck": hot_deck}, n_draws=2, seed=ranking.seed + 1)
        assert again.scores["deck"].score == ranking.scores["deck"].score != other.scores["deck"].score


class TestForeign:
    @pytest.mark.parametrize("give", [pl.from_pandas, lambda frame: pa.Table.from_pandas(frame), lambda frame: frame])
    @pytest.mark.parametrize("take", [pl.from_pandas, lambda frame: frame])
    def test_any_library_gives_the_same_scores(self, give, take):
        def other(frame, m, seed):
            return (give(one) for one in hot_deck(frame, m, seed))

        plain = ln.rank_imputers(survey(), {"it": hot_deck}, n_draws=3, seed=2)
        found = ln.rank_imputers(take(survey()), {"it": other}, n_draws=3, seed=2)
        pd.testing.assert_frame_equal(found.variables(), plain.variables(), check_exact=True)

    def test_codes_are_holes_and_other_columns_stay_away(self, tmp_path):
        frame, spy = numbers().assign(name=[f"person {i}" for i in range(N)]), Spy()
        frame["y"] = frame["y"].fillna(-9)
        frame.to_csv(tmp_path / "data.csv", index=False)
        ln.rank_imputers(tmp_path / "data.csv", {"spy": spy}, n_draws=2, missing_codes={"y": [-9]}, seed=2)
        (given,) = spy.frames
        assert given.columns.tolist() == ["x", "y"]
        assert not (given["y"] == -9).any()

    def test_single_precision_is_no_change(self):
        single = lambda *given: [one.astype("float32") for one in hot_deck(*given)]  # noqa: E731
        assert not ln.rank_imputers(numbers(), {"single": single}, n_draws=2, seed=2).failures


WRONG = {
    "raises": (lambda frame, m, seed: 1 / 0, "ZeroDivisionError: division by zero"),
    "one frame": (lambda frame, m, seed: frame.fillna(0), "returned a DataFrame. A list of 2 completed frames"),
    "nothing": (lambda frame, m, seed: None, "returned a NoneType"),
    "too few": (lambda frame, m, seed: [frame.fillna(0)], "returned 1 frame where 2 were needed"),
    "arrays": (lambda frame, m, seed: [frame.fillna(0).to_numpy()] * m, "a list with a ndarray"),
    "lost column": (lambda frame, m, seed: [frame[["x"]]] * m, "without 'y'"),
    "lost rows": (lambda frame, m, seed: [frame.dropna()] * m, "The frame handed over has 260 rows"),
    "holes": (lambda frame, m, seed: [frame] * m, r"left \d+ holes \(first: y, row \d+\)"),
    "changed": (lambda frame, m, seed: [frame.fillna(0) + 1] * m, "changed .* known cells .*first: x, row 1"),
    "other order": (lambda *given: [one.iloc[::-1] for one in hot_deck(*given)], "changed .* known cells"),
    "words": (lambda frame, m, seed: [frame.astype(object).fillna("?")] * m, "'y' there are cells that are no numbers"),
}


class TestMessages:
    @pytest.mark.parametrize("name", WRONG)
    def test_an_imputer_that_fails_is_named_and_the_others_are_ranked(self, name):
        wrong, said = WRONG[name]
        with pytest.warns(DataWarning, match=f"Not ranked, since imputing failed: wrong: .*{said}"):
            ranking = ln.rank_imputers(numbers(), {"wrong": wrong, "deck": hot_deck}, n_draws=2, seed=1)
        assert re.search(said, ranking.failures["wrong"])
        table = ranking.table()
        assert table["imputer"].tolist() == ["deck", "wrong"]
        assert table.iloc[1].drop("imputer").isna().all()
        assert [one.severity for one in ranking.findings if one.topic == "failures"] == ["act"]
        with pytest.raises(DataError, match=f"Every imputer failed.*{said}"):
            ln.rank_imputers(numbers(), {"wrong": wrong}, n_draws=2, seed=1)

    @pytest.mark.parametrize(
        ("column", "value", "said"),
        [("group", "medium", "none of the levels .*'medium'"), ("paid", 0.37, "none of the levels .*0.37")],
    )
    def test_what_is_no_level_is_refused(self, column, value, said):
        def wrong(frame, m, seed):
            done = fill(frame.astype({"group": object}), lambda name, known, lost: known[0])
            done.loc[frame[column].isna(), column] = value
            return [done] * m

        with pytest.raises(DataError, match=said):
            ln.rank_imputers(survey(), {"wrong": wrong}, n_draws=2, seed=1)

    @pytest.mark.parametrize(
        ("imputers", "said"),
        [
            ({}, "No imputer was handed over"),
            (ln.Midas(), "The imputers are of type Midas"),
            ({"a": ln.Midas}, r"'a' is the class Midas.*Midas\(\)"),
            ({"a": 3}, "'a' is of type int"),
            ({3: hot_deck}, "The name 3"),
        ],
    )
    def test_what_is_no_imputer_is_refused_at_once(self, imputers, said):
        with pytest.raises(SpecError, match=said):
            ln.rank_imputers(numbers(), imputers, seed=1)

    @pytest.mark.parametrize(
        ("options", "error", "said"),
        [
            ({"n_draws": 1}, SpecError, "n_draws=1 .*at least 2"),
            ({"rounds": 0}, SpecError, "rounds=0"),
            ({"rounds": 6}, SpecError, "rounds=6 is too many: after 5"),
            ({"rows": 5}, SpecError, "rows=5 .*at least 20"),
            ({"seed": -1}, SpecError, "seed=-1"),
            ({"variables": "y"}, SpecError, "no list of names"),
            ({"variables": []}, SpecError, "no list of names"),
            ({"variables": ["Y"]}, ColumnError, "Did you mean 'y'"),
            ({"variables": ["x"]}, ColumnError, "'x' cannot be scored: nothing of it is missing"),
        ],
    )
    def test_options_out_of_range(self, options, error, said):
        with pytest.raises(error, match=said):
            ln.rank_imputers(numbers(), {"deck": hot_deck}, **{"seed": 1} | options)

    def test_nothing_missing(self):
        with pytest.raises(DataError, match="Nothing is missing in the data"):
            ln.rank_imputers(numbers().fillna(0.5), {"deck": hot_deck}, seed=1)

    def test_a_variable_too_rarely_known_is_left_out_and_more_rounds_bring_it_in(self):
        frame = numbers().assign(rare=np.where(np.arange(N) < 60, rng(4).normal(size=N), np.nan))
        ranking = ln.rank_imputers(frame, {"deck": hot_deck}, n_draws=2, seed=1)
        assert ranking.left_out == {"rare": "known in 60 rows only"}
        assert "rare (known in 60 rows only)" in str(ranking)
        with pytest.raises(ColumnError, match="'rare' cannot be scored: known in 60 rows only"):
            ln.rank_imputers(frame, {"deck": hot_deck}, variables=["rare"], seed=1)
        assert "rare" in ln.rank_imputers(frame, {"deck": hot_deck}, n_draws=2, rounds=2, seed=1).names
        with pytest.raises(DataError, match=r"No variable can be scored \(rare: known in 60"):
            ln.rank_imputers(frame[["x", "rare"]], {"deck": hot_deck}, seed=1)

    def test_no_companion(self):
        with pytest.raises(DataError, match="no other variable is known wherever it is"):
            ln.rank_imputers(survey()[["y", "paid"]], {"deck": HotDeck()}, complete_only=True, seed=1)

    def test_of_too_many_variables_the_weightiest_are_scored(self):
        values = rng(5).normal(size=(N, 16))
        values[rng(6).random((N, 16)) < np.linspace(0.02, 0.4, 16)] = np.nan
        frame = pd.DataFrame(values, columns=[f"v{j}" for j in range(16)])
        ranking = ln.rank_imputers(frame, {"deck": HotDeck()}, n_draws=2, seed=1)
        assert "v15" in ranking.names
        assert ranking.left_out["v0"] == "too few rows for so many variables"
        assert len(ranking.names) + len(ranking.left_out) == 16
        with pytest.raises(ColumnError, match="16 variables are too many for 260 rows"):
            ln.rank_imputers(frame, {"deck": HotDeck()}, variables=list(frame.columns), seed=1)
        whole = ln.rank_imputers(frame, {"deck": HotDeck()}, n_draws=2, rounds=3, seed=1)
        assert not whole.left_out


@pytest.fixture(scope="module")
def ranking():
    return ln.rank_imputers(survey(), {"deck": HotDeck(), "same": hot_deck, "third": HotDeck()}, n_draws=5, seed=1)


class TestFace:
    def test_it_says_what_to_use(self, ranking):
        words = str(ranking)
        assert "Use any of" in words
        assert "4 variables, 5 draws" in words
        assert ranking.best in words

    @pytest.mark.parametrize("variable", [None, "y", "group"])
    def test_plot_names_the_imputers_and_shows_intervals(self, ranking, variable):
        figure = ranking.plot(variable)
        (axes,) = figure.axes
        names = " ".join(tick.get_text() for tick in axes.get_yticklabels())
        assert all(name in names for name in ranking.scores)
        table = ranking.table() if variable is None else ranking.variables().query("variable == @variable")
        (intervals,) = axes.collections[:1]
        found = [segment[:, 0] for segment in intervals.get_segments()]
        behind, error = table["behind"].to_numpy()[1:], table["std_error"].to_numpy()[1:]
        np.testing.assert_allclose(found, np.column_stack([behind - 1.96 * error, behind + 1.96 * error]))
        figure.draw_without_rendering()
        with pytest.raises(ColumnError, match="Did you mean 'group'"):
            ranking.plot("groups")

    def test_one_imputer_alone(self):
        ranking = ln.rank_imputers(numbers(), {"deck": hot_deck}, n_draws=2, seed=1)
        assert "nothing to compare it with" in str(ranking)
        assert ranking.plot() is not None
