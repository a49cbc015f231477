"""Several sets, how they were made, and columns that say nothing."""

import numpy as np
import pandas as pd
import pytest

from lacunet.synthesis.judge import _judge, judge
from lacunet.synthesis.judge._judge import average_measures
from lacunet.synthesis.judge._measure import Measure
from lacunet.synthesis.judge._reading import read_files


def people(seed, n=120):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "income": np.where(rng.random(n) < 0.2, np.nan, np.round(x + rng.normal(size=n), 3)),
            "x": np.round(x, 4),
            "party": pd.Categorical(rng.choice(["left", "right", "none"], n)),
            "vote": rng.integers(0, 2, n),
        }
    )


def notes_of(real, synthetic, **options):
    return " ".join(read_files(real, synthetic, **options).notes)


@pytest.fixture
def no_attacks(monkeypatch):
    """Leave out disclosure, which has tests of its own and takes most of the time with few rows."""
    monkeypatch.setattr(_judge, "measure_disclosure", lambda *files, **options: [])


class Sets(list):
    """As `Syntheses` hands itself over."""

    rule = "plug-in proper"


def test_how_the_sets_were_made_decides_what_chance_explains(no_attacks):
    sets = [people(1), people(2)]
    shared, own = (judge(people(0), given, target="vote", seed=1) for given in (sets, Sets(sets)))
    ratio = shared.usefulness["lack_of_fit"].value / own.usefulness["lack_of_fit"].value
    assert ratio == pytest.approx(2.0)  # V / m beside 2 V / m, at k = n
    assert "V n/(2 k)" in shared.usefulness["lack_of_fit"].sentence
    assert "V (1 + n/k)/2" in own.usefulness["lack_of_fit"].sentence


def test_a_column_called_rule_is_no_rule(no_attacks):
    found = judge(
        people(0, 40).rename(columns={"vote": "rule"}), people(1, 40).rename(columns={"vote": "rule"}), seed=1
    )
    assert "supposing one fitted model" in found.usefulness["lack_of_fit"].sentence


def test_several_sets_are_averaged_by_name():
    sets = [
        [Measure(area="disclosure", name=name, title=name, value=v, floor=2 * v, sentence=f"{v}") for name in "ab"]
        for v in (1.0, 3.0)
    ]
    first, second = average_measures(sets)
    assert (first.name, first.value, first.floor) == ("a", 2.0, 4.0)
    assert second.sentence == "2 on average, from 1 to 3. First set: 1.0"
    assert average_measures(sets[:1]) == sets[0]


def test_a_column_that_is_empty_is_left_out_and_said(no_attacks):
    found = judge(people(0), people(1).assign(income=np.nan), target="vote", seed=1)
    assert "income" not in found.columns
    assert "Empty in every synthetic row, and left out of every comparison: income." in found.notes
    assert found.usefulness["train_on_synthetic"].is_known
    assert "Empty in every synthetic row" in notes_of(people(0), people(1).assign(party=" "))
    one_full = [people(1), people(2).assign(income=np.nan)]
    assert "Empty in" not in notes_of(people(0), one_full)
    assert notes_of(people(0).assign(income=np.nan), people(1)).startswith("Not compared: income")


def test_a_column_with_no_answer_that_anybody_knows_is_judged(no_attacks):
    found = judge(people(0), people(1).assign(x="_RARE_"), target="vote", seed=1)
    assert "x" in found.columns
    assert found.usefulness["train_on_synthetic"].is_known
