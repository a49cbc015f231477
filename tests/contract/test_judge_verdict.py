"""Grades at their thresholds, the paragraph of the verdict, numbers as they are written, and figures by topic."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lacunet.errors import SpecError
from lacunet.synthesis.judge import _verdict
from lacunet.synthesis.judge._judge import average_measures
from lacunet.synthesis.judge._measure import Measure
from lacunet.synthesis.judge._page_figures import PLOTS, hide_extremes, plot_topic
from lacunet.synthesis.judge._verdict import give_verdict, grade, write_value

FACTS = {"n_real": 1000, "n_synthetic": 900}
HAIR = 1e-6
"""Just beyond a threshold."""


def measured(name, value, floor=0.0, independent=np.nan, area="fidelity", **more):
    return Measure(area=area, name=name, title=name, value=value, floor=floor, independent=independent, **more)


@pytest.mark.parametrize(
    ("name", "floor", "independent", "good", "fair", "is_high"),
    [
        ("shape_error", 1.5, 0.0, 1.5 * _verdict.GOOD_TIMES, 1.5 * _verdict.FAIR_TIMES, False),
        ("s_pmse", 1.0, 0.0, _verdict.GOOD_RATIO, _verdict.FAIR_RATIO, False),
        ("lack_of_fit", 1.0, 90.0, _verdict.GOOD_RATIO, _verdict.FAIR_RATIO, False),
        ("tree_auc", 0.52, 0.99, _verdict.GOOD_AUC + 0.02, _verdict.FAIR_AUC + 0.02, False),
        ("specks", 0.05, 0.9, 0.05 + _verdict.GOOD_GAP, 0.05 + _verdict.FAIR_GAP, False),
        ("interval_overlap", 0.8, -2.0, _verdict.GOOD_OVERLAP, _verdict.FAIR_OVERLAP, True),
        ("train_on_synthetic", 0.9, 0.5, 0.9 - _verdict.GOOD_LOST, 0.9 - _verdict.FAIR_LOST, True),
        ("exact_copies", 0.5, 1.0, 1.0 + _verdict.GOOD_COPIES, 1.0 + _verdict.FAIR_COPIES, False),
        ("disco", 20.0, 5.0, 20 + _verdict.GOOD_POINTS, 20 + _verdict.FAIR_POINTS, False),
        ("nearest_record", 50.0, 40.0, _verdict.GOOD_NEAR, _verdict.FAIR_NEAR, False),
        ("membership_auc", 0.5, 0.5, _verdict.GOOD_MEMBER, _verdict.FAIR_MEMBER, False),
        ("membership_found", 1.0, 1.0, _verdict.GOOD_FOUND, _verdict.FAIR_FOUND, False),
        ("another", 10.0, 0.0, 10 * _verdict.GOOD_KEPT, 10 * _verdict.FAIR_KEPT, True),
    ],
)
def test_grades_change_at_their_thresholds(name, floor, independent, good, fair, is_high):
    away = -HAIR if is_high else HAIR
    given = [
        grade(measured(name, value, floor, independent, better="high" if is_high else "low"))
        for value in (good - away, good + away, fair - away, fair + away)
    ]
    assert given == ["good", "fair", "fair", "poor"]


def test_scores_of_which_more_is_better_are_graded_by_what_they_lack():
    given = [grade(measured("k_marginal", value, 980.0, 700.0, better="high")) for value in (970.0, 930.0, 900.0)]
    assert given == ["good", "fair", "poor"]


@pytest.mark.parametrize(
    ("name", "value", "floor", "independent", "better"),
    [
        ("k_marginal", 483.0, 678.0, 600.0, "high"),
        ("trend_error", 17.2, 8.4, 9.6, "low"),
        ("tree_auc", 0.65, 0.49, 0.617, "near 0.5"),
        ("interval_overlap", 0.65, 0.8, 0.4, "high"),
        ("interval_overlap", 0.35, 0.8, 0.4, "high"),
    ],
)
def test_worse_than_shuffled_columns_is_poor(name, value, floor, independent, better):
    worse = value < independent if better == "high" else value > independent
    given = grade(measured(name, value, floor, independent, better=better))
    assert given == ("poor" if worse else "good")


def test_chance_beside_shuffled_columns_is_not_poor():
    # without relations in the real file, floor and shuffled columns are the same but for chance
    assert grade(measured("trend_error", 5.2, 5.0, 5.1)) == "good"
    assert grade(measured("lack_of_fit", 1.2, 1.0, 1.1)) == "good"
    assert grade(measured("shape_error", 1.2, 1.0, 0.0)) == "good"


def test_the_verdict_says_what_each_number_was_compared_with():
    releases = ["synthetic", "real half", "control: people the generator never saw"]
    shares = {"success": [13.4, 18.9, 6.0], "excess": [0.079, np.nan, np.nan], "excess_low": [0.04, np.nan, np.nan]}
    attack = measured(
        "linkability", 13.4, 18.9, area="disclosure", unit="%", details=pd.DataFrame({"release": releases, **shares})
    )
    near = measured("nearest_record", 55.0, 58.0, area="disclosure", unit="%")
    copies = measured("exact_copies", 3.0, 0.0, 2.5, area="disclosure", unit="%")
    fine = measured("disco", 10.0, 18.0, area="disclosure", unit="%")
    said = give_verdict([attack, near, copies, fine], has_held_out=True, **FACTS)
    assert "linkability (13.4 %; control 6.0 %)" in said
    assert "nearest_record (55.0 %; chance 50.0 %)" in said
    assert "exact_copies (3.0 %; independent columns 2.5 %)" in said
    assert "disco" not in said
    without = measured("linkability", 30.0, 18.9, area="disclosure", unit="%")
    assert "linkability (30.0 %; floor 18.9 %)" in give_verdict([without], has_held_out=False, **FACTS)


@pytest.mark.parametrize(("m", "is_said"), [(1, False), (5, True)])
def test_several_sets_give_away_more_than_one(m, is_said):
    said = give_verdict([measured("exact_copies", 0.0, 0.0, 0.0, area="disclosure")], has_held_out=True, m=m, **FACTS)
    assert ("who gets all 5 learns more than from one" in said) is is_said


def test_what_is_not_known_has_no_grade():
    assert grade(measured("disco", np.nan)) == ""
    assert grade(measured("pmse", 0.1)) == ""
    assert grade(measured("another", 1.0, floor=np.nan)) == ""


def test_few_people_are_given_the_benefit_of_chance():
    details = pd.DataFrame({"people": [100]})
    few = measured("disco", 24.0, 18.0, area="disclosure", details=details)
    many = measured("disco", 24.0, 18.0, area="disclosure", details=pd.DataFrame({"people": [10_000]}))
    assert (grade(few), grade(many)) == ("good", "fair")


@pytest.mark.parametrize(
    ("excess", "low", "given"),
    [(0.02, 0.01, "good"), (0.06, 0.01, "fair"), (0.06, -0.01, "good"), (0.2, 0.1, "poor"), (0.2, -0.1, "fair")],
)
def test_an_attack_is_graded_by_what_it_has_beyond_the_control(excess, low, given):
    details = pd.DataFrame({"excess": [excess, np.nan], "excess_low": [low, np.nan]})
    assert grade(measured("linkability", 30.0, 0.0, area="disclosure", details=details)) == given


def test_the_verdict_names_what_is_poor_before_what_is_fair():
    poor = measured("exact_copies", 12.0, 0.0, 0.0, area="disclosure", unit="%")
    fair = measured("membership_auc", 0.57, 0.5, area="disclosure")
    worth = measured("shape_error", 9.0, 1.0, unit="%")
    said = give_verdict([worth, fair, poor], has_held_out=True, **FACTS)
    assert said.startswith("900 synthetic rows were held against 1,000 real rows.")
    assert "fall short" in said
    assert "shape_error (9.0 %; floor 1.0 %)" in said
    assert "should not be released" in said
    assert "exact_copies (12.0 %" in said
    assert "membership_auc" not in said
    said = give_verdict([fair], has_held_out=True, **FACTS)
    assert "second look" in said
    assert "membership_auc (0.57; chance 0.5)" in said


def test_the_verdict_is_silent_on_nothing_and_never_certain():
    good = [measured("shape_error", 1.0, 1.0), measured("exact_copies", 0.0, 0.0, 0.0, area="disclosure")]
    for measures in (good, good[:1], []):
        for has_held_out in (True, False):
            said = give_verdict(measures, has_held_out=has_held_out, **FACTS)
            assert "safe" not in said
            assert "No number here proves" in said
            assert ("keep some rows back" in said) is not has_held_out
    assert "Disclosure could not be measured" in give_verdict(good[:1], has_held_out=True, **FACTS)


def test_a_long_list_is_cut():
    names = ("disco", "dcap", "tcap", "replicated_uniques", "uniques_found", "small_groups")
    measures = [measured(name, 60.0, 10.0, area="disclosure", unit="%") for name in names]
    assert "and 2 more" in give_verdict(measures, has_held_out=True, **FACTS)


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (3.14159, "%", "3.1 %"),
        (0.1234, "%", "0.12 %"),
        (0.0, "%", "0.0 %"),
        (963.7, "of 1,000", "964"),
        (np.nan, "", "-"),
    ]
    + [(0.51234, "", "0.512"), (1e-30, "", "0"), (12_345.0, "", "12,345")],
)
def test_numbers_are_written_with_their_unit(value, unit, written):
    assert write_value(measured("any", value, unit=unit), value) == written


@pytest.fixture
def judgement():
    shares = pd.DataFrame(
        {"column": "age", "code_label": list("abc"), "real": [0.2, 0.3, 0.5], "synthetic": [0.3, 0.3, 0.4]}
    )
    pairs = pd.DataFrame({"first": ["a", "a", "b"], "second": ["b", "c", "c"], "error": [1.0, 20.0, np.nan]})
    numbers = {"real": [1.0, 2.0], "real_error": [0.1, 0.2], "synthetic": [1.1, 40.0], "synthetic_error": [0.1, 0.3]}
    coefficients = pd.DataFrame({"formula": ["y ~ x", "z ~ x"], "term": ["x", "x"], **numbers})
    frames = {"marginals": shares, "pairs": pairs, "coefficients": coefficients}
    measures = (measured("exact_copies", 12.0, area="disclosure", unit="%"),)
    return SimpleNamespace(frames=frames, measures=measures)


@pytest.mark.parametrize("topic", PLOTS)
def test_every_topic_has_a_figure(judgement, topic):
    figure = plot_topic(judgement, topic)
    assert all(axes.has_data() for axes in figure.axes if axes.get_visible())


def test_the_map_shades_by_error_and_leaves_out_what_is_unknown(judgement):
    (axes,) = plot_topic(judgement, "pairs").axes
    (squares,) = axes.collections
    assert sorted(squares.get_facecolor()[:, 3]) == pytest.approx([0.05, 1.0])


def test_coefficients_stand_in_standard_errors_of_the_real_ones(judgement):
    first, second = plot_topic(judgement, "coefficients").axes
    points = [line.get_xdata() for line in first.lines if line.get_marker() == "o"]
    assert points[0] == pytest.approx([1.0])
    assert second.get_xscale() == "symlog"


def test_bars_of_disclosure_hold_their_own_intervals(judgement):
    details = pd.DataFrame({"release": ["synthetic", "real half"], "success": 1.0, "low": 1.0, "high": 1.0})
    sets = [
        [
            measured(
                "linkability", x, area="disclosure", unit="%", details=details.assign(success=x, low=x - 2, high=x + 2)
            )
        ]
        for x in (10.0, 40.0)
    ]
    judgement.measures = tuple(average_measures(sets))
    (axes,) = plot_topic(judgement, "disclosure").axes
    (whiskers,) = axes.collections
    assert axes.patches[0].get_width() == pytest.approx(25.0)
    assert whiskers.get_segments()[0][:, 0] == pytest.approx([23.0, 27.0])


def test_the_lowest_and_highest_of_the_file_are_not_shown():
    bins = ["17 to 24", "25", "26 to 62", "63 to 1.26834e+06", "no answer"]
    shares = pd.DataFrame({"column": ["age"] * 5 + ["pay"], "code_label": [*bins, "10 to 20"]})
    shown = hide_extremes(shares, ["age"])["code_label"].tolist()
    assert shown == ["up to 24", "25", "26 to 62", "63 and more", "no answer", "10 to 20"]


def test_a_topic_that_is_not_there_is_said(judgement):
    with pytest.raises(SpecError, match="Did you mean 'disclosure'"):
        plot_topic(judgement, "disclosur")
    judgement.frames = {}
    with pytest.raises(SpecError, match="nothing to show"):
        plot_topic(judgement, "coefficients")
