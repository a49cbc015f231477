"""The index of the Turing test against sums by hand, and its bootstrap against the binomial law."""

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.stability import Triads

SAME = 1e-12
"""Two ways to the same sum in float64."""
MONTE_CARLO = 0.05
"""Share by which a standard error from 4,000 samples may be off: four times 1 / sqrt(2 * 4,000)."""
N_BOOT = 4000


def make_key(by_cue):
    """Triads of cues: how many each, and p_o."""
    rows = []
    for cue, (n, overlap) in by_cue.items():
        for k in range(n):
            side = ("left", "right")[k % 2]
            rows.append({"cue": cue, "model": f"m{k}", "other": f"h{k}", "model_side": side, "overlap": overlap})
    key = pd.DataFrame(rows)
    key.insert(0, "triad", range(1, len(key) + 1))
    return key


def answer(key, wins):
    """The first ``wins`` answers of each cue go to the model, the others to people."""
    rank = key.groupby("cue").cumcount()
    for_model = rank < key["cue"].map(wins)
    other = key["model_side"].map({"left": "right", "right": "left"})
    return pd.DataFrame({"triad": key["triad"], "choice": key["model_side"].where(for_model, other)})


def test_the_index_by_hand():
    key = make_key({"freedom": (10, 0.25), "welfare": (8, 0.0)})
    found = Triads(key=key).score(answer(key, {"freedom": 4, "welfare": 6}), seed=1)
    table = found.table().set_index("cue")
    # 4 of 10 for the model: .4 / .5 = .8; adjusted (.25 * .5 + .75 * .4) / .5 = .85. 6 of 8: .75 / .5 = 1.5.
    assert table.loc["freedom", "index"] == pytest.approx(0.8, abs=SAME)
    assert table.loc["freedom", "adjusted"] == pytest.approx(0.85, abs=SAME)
    assert table.loc["welfare", "index"] == pytest.approx(1.5, abs=SAME)
    assert table.loc["welfare", "adjusted"] == pytest.approx(1.5, abs=SAME)
    assert table.loc["all", "index"] == pytest.approx(1.15, abs=SAME)
    assert table.loc["all", "adjusted"] == pytest.approx(1.175, abs=SAME)
    assert table["n"].tolist() == [10, 8, 18]


def test_always_and_never():
    key = make_key({"freedom": (6, 0.0)})
    assert Triads(key=key).score(answer(key, {"freedom": 6}), seed=1).overall()["index"][0] == 2
    assert Triads(key=key).score(answer(key, {"freedom": 0}), seed=1).overall()["index"][0] == 0


def test_the_bootstrap_has_the_binomial_standard_error():
    key = make_key({"freedom": (40, 0.25), "welfare": (60, 0.0)})
    found = Triads(key=key).score(answer(key, {"freedom": 16, "welfare": 45}), n_boot=N_BOOT, seed=1).table()
    one, other = 0.75 * np.sqrt(0.4 * 0.6 / 40) / 0.5, np.sqrt(0.75 * 0.25 / 60) / 0.5
    expected = [one, other, np.sqrt(one**2 + other**2) / 2]
    np.testing.assert_allclose(found["std_error"], expected, rtol=MONTE_CARLO)
    assert ((found["conf_low"] < found["adjusted"]) & (found["adjusted"] < found["conf_high"])).all()


def test_raters_are_drawn_whole():
    # Each of 30 raters answers 20 times and always alike: the answers of one are worth one.
    key = make_key({"freedom": (20, 0.0)})
    for_model, for_people = answer(key, {"freedom": 20}), answer(key, {"freedom": 0})
    sheets = [(for_model if rater < 12 else for_people).assign(rater=f"r{rater}") for rater in range(30)]
    ratings = pd.concat(sheets, ignore_index=True)
    found = Triads(key=key).score(ratings, n_boot=N_BOOT, seed=1)
    assert found.n_raters == 30
    assert found.overall()["index"][0] == pytest.approx(0.8, abs=SAME)
    assert found.overall()["std_error"][0] == pytest.approx(np.sqrt(0.4 * 0.6 / 30) / 0.5, rel=MONTE_CARLO)
    alone = Triads(key=key).score(ratings.drop(columns="rater"), n_boot=N_BOOT, seed=1)
    assert alone.overall()["std_error"][0] == pytest.approx(np.sqrt(0.4 * 0.6 / 600) / 0.5, rel=MONTE_CARLO)


def test_a_cue_with_the_same_lists_counts_as_a_draw():
    key = make_key({"freedom": (10, 0.0)})
    same = {"triad": 0, "cue": "tax", "model": "", "other": "", "model_side": "", "overlap": 1.0}
    key = pd.concat([key, pd.DataFrame([same])], ignore_index=True)
    found = Triads(key=key).score(answer(key[key["triad"] > 0], {"freedom": 2}), seed=1).table().set_index("cue")
    assert found.loc["tax", "adjusted"] == 1
    assert np.isnan(found.loc["tax", "index"])
    assert found.loc["tax", "std_error"] == 0
    assert found.loc["all", "adjusted"] == pytest.approx((0.4 + 1) / 2, abs=SAME)
    assert found.loc["all", "index"] == pytest.approx(0.4, abs=SAME)
