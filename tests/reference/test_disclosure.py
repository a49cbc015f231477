"""Measures of disclosure against tables worked by hand, statsmodels and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from lacunet.synthesis.judge._disclosure_attribute import attribute_risks
from lacunet.synthesis.judge._disclosure_copying import nearer_to_members, share_copied
from lacunet.synthesis.judge._disclosure_distance import distance_blocks, nearest
from lacunet.synthesis.judge._disclosure_keys import choose_keys, identity_risks
from lacunet.synthesis.judge._disclosure_linking import infer, is_right, link
from lacunet.synthesis.judge._disclosure_rates import Rate, area_under_curve, excess_risk
from lacunet.synthesis.judge._disclosure_setting import MAX_EXACT, arrange, group, read_rows
from lacunet.synthesis.judge._disclosure_singling import (
    Condition,
    count_singled,
    describe_by_many,
    describe_by_one,
    fits,
)
from lacunet.synthesis.judge._reading import read_files

EXACT = 1e-12
"""Sums of a handful of fractions."""
SINGLE = 1e-6
"""Distances are kept in 32 bits."""


def numbered(*words):
    """Words of several files as numbers, alike in all."""
    known = sorted({one for part in words for one in part})
    return [np.array([known.index(one) for one in part], dtype=np.int64) for part in words]


def rows_of(real, synthetic, held_out=None, **options):
    files = read_files(pd.DataFrame(real), pd.DataFrame(synthetic), held_out, **options)
    return read_rows(files.real.coded, files.synthetic[0].coded, files.held_out.coded if files.held_out else None)


def test_identity_of_five_people():
    # a twice, b c d once; released a c e once, b twice
    real, release = numbered("aabcd", "abbce")
    found = identity_risks(real, release)
    expected = {"UiO": 60.0, "UiS": 60.0, "UiOiS": 40.0, "repU": 20.0, "small": 80.0, "k": 1.0}
    assert found == pytest.approx(expected, abs=EXACT)


def test_attribution_of_five_people():
    real, release = numbered("aaabc", "aabbce")
    real_target, release_target = numbered("xxyxy", "xyxxxy")
    found = attribute_risks(real, real_target, release, release_target)
    # b and c have one value in the release, right for b; a is guessed right half the time
    expected = {
        "Dorig": 40.0,
        "DiS": 40.0,
        "DiSCO": 20.0,
        "CAPorig": 100 * (5 / 3 + 2) / 5,
        "DCAP": 50.0,
        "TCAP": 50.0,
        "commonest": 60.0,
    }
    assert found == pytest.approx(expected, abs=EXACT)


def test_a_file_released_as_it_is_gives_away_what_it_holds():
    rng = np.random.default_rng(0)
    keys, target = rng.integers(40, size=200), rng.integers(3, size=200)
    found = attribute_risks(keys, target, keys, target)
    assert found["DiSCO"] == found["Dorig"] == found["DiS"]
    assert (found["TCAP"], found["DCAP"]) == (100.0, pytest.approx(found["CAPorig"], abs=EXACT))
    identity = identity_risks(keys, keys)
    assert identity["UiO"] == identity["UiOiS"] == identity["repU"]


def test_keys_that_nobody_has_give_nothing_away():
    real, release = numbered("aab", "ccd")
    found = attribute_risks(real, np.zeros(3, np.int64), release, np.zeros(3, np.int64))
    assert (found["DiSCO"], found["DCAP"], found["DiS"]) == (0.0, 0.0, 0.0)
    assert np.isnan(found["TCAP"])


def test_copies_are_counted_and_those_of_one_person():
    real = np.array([[1, 2], [1, 2], [3, 4], [5, 6]], dtype=np.int32)
    release = np.array([[1, 2], [3, 4], [3, 4], [5, 7]], dtype=np.int32)
    assert share_copied(real, release) == (3, 2)


@pytest.mark.parametrize(("n_hits", "n"), [(0, 20), (3, 40), (500, 1000), (7, 7)])
def test_intervals_are_wilsons(n_hits, n):
    low, high = proportion_confint(n_hits, n, method="wilson")
    rate = Rate(n_hits=n_hits, n=n)
    np.testing.assert_allclose([rate.low, rate.high], [low, high], rtol=1e-10, atol=EXACT)


def test_excess_risk_is_the_share_of_what_was_left():
    risk = excess_risk(Rate(n_hits=60, n=100), Rate(n_hits=20, n=100))
    attack, control = (62 - 0.07927) / 103.84146, (22 - 0.07927) / 103.84146  # Wilson's centres, z² = 3.84146
    assert risk.value == pytest.approx((attack - control) / (1 - control), abs=1e-6)  # five digits of the centres
    assert risk.low < risk.value < risk.high
    nothing = excess_risk(Rate(n_hits=20, n=100), Rate(n_hits=20, n=100))
    assert nothing.value == 0
    assert nothing.low < 0 < nothing.high


def test_excess_risk_stays_within_its_interval():
    risk = excess_risk(Rate(n_hits=20, n=100), Rate(n_hits=80, n=100))
    assert -1 == risk.low == risk.value <= risk.high


def test_excess_risk_has_the_coverage_it_claims():
    rng = np.random.default_rng(3)
    attacks, controls = rng.binomial(500, 0.3, 400), rng.binomial(500, 0.2, 400)
    risks = [excess_risk(Rate(n_hits=int(a), n=500), Rate(n_hits=int(c), n=500)) for a, c in zip(attacks, controls)]
    covered = np.mean([risk.low <= 0.125 <= risk.high for risk in risks])
    assert 0.93 <= covered <= 0.985  # binomial noise of 400 trials around 0.95 is .011; the paper's rule is cautious


def test_area_under_the_curve_with_ties():
    rng = np.random.default_rng(1)
    positives, negatives = rng.integers(0, 9, 60).astype(float), rng.integers(0, 7, 80).astype(float)
    area = area_under_curve(positives, negatives)
    theirs = roc_auc_score(np.repeat([1, 0], [60, 80]), np.concatenate([positives, negatives]))
    assert area.auc == pytest.approx(theirs, abs=EXACT)
    a, q1, q2 = theirs, theirs / (2 - theirs), 2 * theirs**2 / (1 + theirs)
    error = np.sqrt((a * (1 - a) + 59 * (q1 - a**2) + 79 * (q2 - a**2)) / (60 * 80))
    np.testing.assert_allclose([area.low, area.high], a + 1.959964 * error * np.array([-1, 1]), rtol=1e-6)
    gaps = [(positives >= t).mean() - (negatives >= t).mean() for t in range(9)]
    assert area.advantage == pytest.approx(max(gaps), abs=EXACT)


@pytest.fixture(scope="module")
def small():
    """Twelve people; income is in steps of 100 from 100."""
    real = {
        "sex": ["f", "m"] * 6,
        "job": ["a", "b", "c"] * 4,
        "income": np.arange(1, 13) * 100.0,
    }
    synthetic = {"sex": ["f"] * 12, "job": ["a"] * 6 + ["b"] * 6, "income": np.arange(12) * 50.0 + 75}
    return rows_of(real, synthetic, kinds={"income": "continuous", "sex": "binary", "job": "nominal"})


def test_distance_is_gowers_at_the_places_of_the_real_file(small):
    real, synthetic = small.real, small.synthetic
    block = np.vstack(list(distance_blocks(real, synthetic, np.arange(3))))
    # real 3: f, c, 300 at place 2.5 of 12; synthetic 5: f, a, 325 at place 3 of 12
    assert block[2, 5] == pytest.approx((0 + 1 + 0.5 / 12) / 3, abs=SINGLE)
    distance, at = nearest(real.take(np.array([0])), synthetic, np.arange(3))
    # real 1: f, a, 100 at .5; synthetic 1 and 2: f, a, 75 at 0 and 125 at 1, of which the first is taken
    assert (at[0], distance[0]) == (0, pytest.approx(0.5 / 12 / 3, abs=SINGLE))


def test_reasons_are_levels_of_their_own():
    real = {"income": [100.0, None, 300.0, *np.arange(4, 14) * 100.0], "sex": ["f", "m"] * 6 + ["f"]}
    rows = rows_of(real, real, kinds={"income": "continuous", "sex": "binary"})
    block = np.vstack(list(distance_blocks(rows.real, rows.synthetic, np.array([0]))))
    assert block[1, 1] == 0
    assert np.all(block[1, [0, 2]] == 1)
    assert rows.real.cells[1, 0] < 0
    assert not fits((Condition(column=0, sign=">=", number=0.0),), rows.real)[1]


def test_few_numbers_are_known_exactly_and_many_to_their_bin():
    few, many = np.arange(400) % 90, np.arange(400.0)
    rows = rows_of(
        {"age": few, "income": many}, {"age": few, "income": many}, kinds=dict.fromkeys(("age", "income"), "continuous")
    )
    assert len(np.unique(rows.real.known[:, 0])) == 90
    assert len(np.unique(rows.real.known[:, 1])) < MAX_EXACT < len(np.unique(rows.real.cells[:, 1]))


def test_a_number_written_in_32_bits_is_the_same_number():
    income = np.round(np.random.default_rng(2).normal(30_000, 9_000, 60), 2)
    rows = rows_of(
        {"income": income}, {"income": income.astype(np.float32).astype(float)}, kinds={"income": "continuous"}
    )
    assert share_copied(rows.real.cells, rows.synthetic.cells)[0] == 60


def test_groups_are_combinations():
    first, second = group([np.array([[1, 1], [1, 2], [1, 1]]), np.array([[1, 2], [2, 1]])])
    assert first[0] == first[2] != first[1] == second[0]
    assert second[1] not in first


def test_splits_share_no_row_and_have_one_size(small):
    setting = arrange(small, np.random.default_rng(0))
    incomes = [set(one.values[:, 2]) for one in (setting.members, setting.fresh)]
    assert not incomes[0] & incomes[1]
    assert {one.n for one in setting.releases.values()} == {6}
    assert setting.outsiders is None


def test_descriptions_fit_one_released_row(small):
    rng = np.random.default_rng(0)
    for describe in (describe_by_one, describe_by_many):
        made = describe(small.synthetic, rng, 20)
        assert made
        assert all(fits(one, small.synthetic).sum() == 1 for one in made)
        assert len(set(made)) == len(made)


def test_the_lowest_and_highest_single_out(small):
    lowest = (Condition(column=2, sign="<=", number=150.0),)  # 100 alone
    pair = (Condition(column=2, sign="<=", number=250.0),)  # 100 and 200
    f_of_pair = (*pair, Condition(column=0, sign="==", cell=int(small.real.cells[0, 0])))
    assert count_singled([lowest, pair, f_of_pair], small.real) == Rate(n_hits=2, n=3)


def test_links_and_secrets_of_copies(small):
    rng, real = np.random.default_rng(0), small.real
    assert link(real, real, (np.array([2]), np.array([2])), rng).share == 1
    assert infer(real, real, 0, np.array([2])) == real.n
    # ties are broken by chance: two people in twelve share sex and job, so that job alone links few
    tied = np.mean([link(real, real, (np.array([0]), np.array([0])), rng).share for _ in range(200)])
    assert tied == pytest.approx(1 / 6, abs=0.04)  # 2,400 draws of a chance of one in six


def test_a_number_is_right_within_five_per_cent(small):
    truth = small.real.take(np.array([9, 9, 9]))  # 1,000
    guessed = small.real.take(np.array([9, 8, 10]))
    assert is_right(guessed, truth, 2).tolist() == [True, False, False]
    near = small.real.take(np.array([0]))
    near.values[0, 2] = 1_049.0
    assert is_right(near, truth.take(np.array([0])), 2).tolist() == [True]


def test_ties_count_half(small):
    rate, distances = nearer_to_members(small.synthetic, small.real, small.real)
    assert (rate.share, rate.n) == (0.5, 12)
    assert distances.shape == (12,)


def test_keys_are_chosen_that_make_most_unique():
    rng = np.random.default_rng(0)
    real = {
        "same": ["x", "y"] * 60,
        "town": rng.integers(60, size=120),
        "sex": rng.integers(2, size=120),
        "secret": np.arange(120) % 100,
    }
    rows = rows_of(real, real, kinds=dict.fromkeys(real, "nominal"))
    chosen = choose_keys(rows.real, 3)
    assert chosen[0] == 1
    assert 3 not in chosen
