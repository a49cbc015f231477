"""From numbers to words: how good each one is, and one paragraph on all of them, with reasons and with limits."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from lacunet.report import _words
from lacunet.synthesis.judge._measure import Area, Measure

Grade = Literal["good", "fair", "poor", ""]

GOOD_TIMES, FAIR_TIMES = 2.0, 4.0
"""Errors as multiples of the floor. Two real samples differ by the floor itself; at twice the floor, half of the
difference is still owed to chance; beyond four times, a reader sees it in a plain table."""
SAME_TIMES = 1.1
"""Errors up to this multiple of the floor are chance, wherever shuffled columns stand: the floor itself is off by as
much in a file without relations."""
GOOD_RATIO, FAIR_RATIO = 3.0, 10.0
"""S_pMSE up to which Raab, Nowok and Dibben (2021) call synthetic data good, and up to which acceptable."""
GOOD_AUC, FAIR_AUC = 0.55, 0.70
"""A detector's area under the curve beyond its floor's distance from 0.5: .55 is where the best published generators
are on survey tables, beyond .70 two of three rows are told apart."""
GOOD_GAP, FAIR_GAP = 0.10, 0.30
"""The same as a distance between two distributions of scores (SPECKS)."""
GOOD_KEPT, FAIR_KEPT = 0.80, 0.50
"""Share kept of what the floor has and shuffled columns have not."""
GOOD_OVERLAP, FAIR_OVERLAP = 0.60, 0.30
"""Overlap of intervals; .80 is expected of a right model and one synthetic set, .60 is a shift of one and a half
standard errors, .30 one of nearly three."""
GOOD_Z, FAIR_Z = 1.5, 3.0
"""Mean distance of coefficients in standard errors: .8 is expected of a right model and one synthetic set."""
GOOD_LOST, FAIR_LOST = 0.02, 0.05
"""Area under the curve, or share of variance, lost by learning from synthetic rows: .02 changes no conclusion."""
GOOD_POINTS, FAIR_POINTS = 3.0, 10.0
"""Percentage points beyond the floor; 1,000 people tell 3 points from chance, one in ten more is no accident."""
ERRORS = 2.0
"""Standard errors within which two shares of few people are taken as alike."""
GOOD_COPIES, FAIR_COPIES = 0.1, 1.0
"""Percentage points of exact copies beyond what real rows share: one row in a thousand, one in a hundred."""
GOOD_NEAR, FAIR_NEAR = 53.0, 56.0
"""Per cent of rows nearer to the data than chance: 1,000 rows tell 3 points from 50."""
GOOD_MEMBER, FAIR_MEMBER = 0.54, 0.60
"""Area under the curve of a membership attack; 1,000 people on each side tell .04 from a half."""
GOOD_FOUND, FAIR_FOUND = 2.0, 5.0
"""Per cent of members found when 1 % of the others are wrongly accused; 1 is what guessing finds."""

NOTHING = 1e-9
"""Below it, a number is rounding."""

LIMITS = (
    "No number here proves that nobody can be recognised: these are some attacks of many, made with the columns and "
    "rows at hand, and data that pass them can fail others. Only differential privacy bounds every attack, and whether "
    "to release remains a judgement about who could know what of whom."
)


def grade(measure: Measure) -> Grade:
    """Say whether a number is good, fair or poor.

    Parameters
    ----------
    measure
        Of any area.

    Returns
    -------
    str
        "good", "fair" or "poor"; empty where the number could not be had or another measure grades the same.
    """
    if not measure.is_known or measure.name in UNGRADED:
        return ""
    rule = RULES.get(measure.name, _by_place)
    return rule(measure)


def _grade_low(value: float, good: float, fair: float) -> Grade:
    if not np.isfinite(value):
        return ""
    return "good" if value <= good else "fair" if value <= fair else "poor"


def _by_times(measure: Measure) -> Grade:
    """As a multiple of the floor; scores for which high is good by what they lack of 1,000."""
    top = 1000.0 if measure.better == "high" else 0.0
    value, floor, independent = (abs(one - top) for one in (measure.value, measure.floor, measure.independent))
    if floor < independent < value and value > SAME_TIMES * floor:
        return "poor"
    return _grade_low(value, GOOD_TIMES * floor, FAIR_TIMES * floor)


def _above_none(rule: Callable[[Measure], Grade]) -> Callable[[Measure], Grade]:
    """A rule by which rows that do worse than shuffled columns are poor, where it tells those from good ones at all."""

    def judge_both(measure: Measure) -> Grade:
        given = rule(measure)
        sign = -1 if measure.better == "high" else 1
        is_worse = sign * measure.value > sign * measure.independent
        sees_relations = rule(replace(measure, value=measure.independent)) in ("fair", "poor")
        return "poor" if given and is_worse and sees_relations else given

    return judge_both


def _by_ratio(measure: Measure) -> Grade:
    return _grade_low(measure.value, GOOD_RATIO, FAIR_RATIO)


def _by_auc(measure: Measure) -> Grade:
    slack = max(measure.floor - 0.5, 0.0) if np.isfinite(measure.floor) else 0.0
    return _grade_low(measure.value - slack, GOOD_AUC, FAIR_AUC)


def _by_gap(measure: Measure) -> Grade:
    return _grade_low(measure.value - measure.floor, GOOD_GAP, FAIR_GAP)


def _by_overlap(measure: Measure) -> Grade:
    return _grade_low(-measure.value, -GOOD_OVERLAP, -FAIR_OVERLAP)


def _by_place(measure: Measure) -> Grade:
    """Where the value stands between shuffled columns (0) and the floor (1)."""
    room = measure.floor - measure.independent
    if not (np.isfinite(room) and room != 0):
        return ""
    return _grade_low(-(measure.value - measure.independent) / room, -GOOD_KEPT, -FAIR_KEPT)


def _beyond(good: float, fair: float) -> Callable[[Measure], Grade]:
    """Percentage points beyond the floor."""
    return lambda measure: _grade_low(measure.value - measure.floor, good, fair)


def _by_copies(measure: Measure) -> Grade:
    """Percentage points beyond real rows, or beyond shuffled columns, which meet real rows by chance alone."""
    floor = np.nanmax([measure.floor, measure.independent])
    return _grade_low(measure.value - float(floor), GOOD_COPIES, FAIR_COPIES)


def _by_people(measure: Measure) -> Grade:
    """Percentage points beyond the floor, or beyond what so few people tell from chance."""
    share = float(np.clip(measure.value / 100, 0, 1))
    people = 0.0
    if measure.details is not None and "people" in measure.details:
        people = float(measure.details["people"].iloc[0])
        people *= measure.details["DiS"].iloc[0] / 100 if measure.name == "tcap" else 1.0
    chance = 100 * ERRORS * np.sqrt(2 * share * (1 - share) / people) if people else 0.0
    return _grade_low(measure.value - measure.floor, max(GOOD_POINTS, chance), max(FAIR_POINTS, chance))


def _by_excess(measure: Measure) -> Grade:
    """Risk beyond the control, a step better where its interval holds 0."""
    if measure.details is None or "excess" not in measure.details:
        return _beyond(GOOD_POINTS, FAIR_POINTS)(measure)
    excess, low = (100 * float(measure.details[name].iloc[0]) for name in ("excess", "excess_low"))
    given = _grade_low(excess, GOOD_POINTS, FAIR_POINTS)
    return {"fair": "good", "poor": "fair"}.get(given, given) if low <= 0 else given  # type: ignore[return-value]


def _at_most(good: float, fair: float) -> Callable[[Measure], Grade]:
    return lambda measure: _grade_low(measure.value, good, fair)


UNGRADED = frozenset({"pmse", "pmse_tree"})
"""Numbers whose ratio to what chance gives is graded instead."""
RULES: dict[str, Callable[[Measure], Grade]] = {
    **dict.fromkeys(("shape_error", "trend_error", "k_marginal"), _by_times),
    **dict.fromkeys(("s_pmse", "s_pmse_tree", "lack_of_fit"), _above_none(_by_ratio)),
    "tree_auc": _above_none(_by_auc),
    "specks": _above_none(_by_gap),
    "interval_overlap": _above_none(_by_overlap),
    "mean_abs_z": _above_none(lambda measure: _grade_low(measure.value, GOOD_Z, FAIR_Z)),
    "train_on_synthetic": _above_none(lambda measure: _grade_low(measure.floor - measure.value, GOOD_LOST, FAIR_LOST)),
    "exact_copies": _by_copies,
    **dict.fromkeys(("replicated_uniques", "uniques_found", "small_groups", "disco", "dcap", "tcap"), _by_people),
    **dict.fromkeys(
        ("singling_out_univariate", "singling_out_multivariate", "linkability", "inference"),
        _by_excess,
    ),
    "nearest_record": _at_most(GOOD_NEAR, FAIR_NEAR),
    "membership_auc": _at_most(GOOD_MEMBER, FAIR_MEMBER),
    "membership_found": _at_most(GOOD_FOUND, FAIR_FOUND),
}
"""Name of a measure to what grades it; any other is graded by where it stands between shuffled columns and floor."""
AREAS: dict[Area, str] = {
    "fidelity": "likeness to the real rows",
    "usefulness": "results of analyses",
    "disclosure": "disclosure",
}


def give_verdict(measures: Sequence[Measure], *, n_real: int, n_synthetic: int, has_held_out: bool, m: int = 1) -> str:
    """Write one plain paragraph: what holds, what does not and why, and what was not looked at.

    Parameters
    ----------
    measures
        All of a judgement.
    n_real, n_synthetic
        Rows of the real file and of a synthetic one.
    has_held_out
        Whether rows were given that the generator never saw.
    m
        Synthetic sets handed over.

    Returns
    -------
    str
        It never says that data are safe.
    """
    said = [
        f"{_words.count(n_synthetic, 'synthetic row')} were held against {_words.count(n_real, 'real row')}.",
        _on_worth(measures),
        _on_disclosure([one for one in measures if one.area == "disclosure"]),
    ]
    if m > 1:
        said.append(
            f"The numbers of disclosure are those of one set: who gets all {m} learns more than from one, for what "
            "chance blurs in one set stands out when several are held together."
        )
    if not has_held_out:
        said.append(
            "No rows were given that the generator never saw, so that membership could not be tested and attacks have "
            "no control group: keep some rows back and judge again with held_out."
        )
    return " ".join([*filter(None, said), LIMITS])


def _on_worth(measures: Sequence[Measure]) -> str:
    """What the rows are good for, by the worst measures."""
    graded = [(one, grade(one)) for one in measures if one.area != "disclosure"]
    graded = [(one, given) for one, given in graded if given]
    if not graded:
        return ""
    poor = [one for one, given in graded if given == "poor"]
    fair = [one for one, given in graded if given == "fair"]
    n_good = len(graded) - len(poor) - len(fair)
    verb = "is" if n_good == 1 else "are"
    count = f"of {_words.count(len(graded), 'measure')} of likeness and usefulness, {n_good} {verb} good"
    if poor:
        return (
            f"As a stand-in for the real file they fall short: {count}, and poor {_be(poor)} {_listed(poor)}. Results "
            "from them need checking on the real data."
        )
    if fair:
        return (
            f"As a stand-in for the real file they serve with care: {count}, and only fair {_be(fair)} "
            f"{_listed(fair)}. Check results that rest on those on the real data."
        )
    return (
        "As a stand-in for the real file they do about as well as another sample of the same people would: all "
        f"{_words.count(len(graded), 'measure')} of likeness and usefulness are good."
    )


def _on_disclosure(measures: Sequence[Measure]) -> str:
    graded = [(one, grade(one)) for one in measures]
    known = [one for one, given in graded if given]
    poor = [one for one, given in graded if given == "poor"]
    fair = [one for one, given in graded if given == "fair"]
    if not known:
        return (
            "Disclosure could not be measured: nothing can be said of it, and the rows should not be released on this "
            "judgement."
        )
    if poor:
        return (
            "They should not be released as they are: clearly higher than what they were compared with "
            f"{_be(poor)} {_listed(poor)}."
        )
    if fair:
        return (
            "On disclosure they call for a second look before any release: somewhat higher than what they were "
            f"compared with {_be(fair)} {_listed(fair)}."
        )
    return (
        f"None of {_words.count(len(known), 'measure')} of disclosure is more than slightly above what it was compared "
        "with: what real rows in their place give away, people the generator never saw, or guessing."
    )


MOST_LISTED = 4


def _be(measures: Sequence[Measure]) -> str:
    return "is" if len(measures) == 1 else "are"


def _listed(measures: Sequence[Measure]) -> str:
    """The measures with their numbers, as many as a sentence holds."""
    shown = [
        f"{_as_noun(one.title)} ({write_value(one, one.value)}; {write_beside(one)})" for one in measures[:MOST_LISTED]
    ]
    if len(measures) > MOST_LISTED:
        shown.append(f"{len(measures) - MOST_LISTED} more")
    return _words.join(shown)


def compared_with(measure: Measure) -> tuple[str, float]:
    """What a grade holds a number against: a word for it, and its number.

    Parameters
    ----------
    measure
        Of any area.

    Returns
    -------
    str
        "control" (people the generator never saw), "chance", "guessing", "independent columns" or "floor".
    float
        NaN where there is none.
    """
    if measure.name in CHANCE:
        return CHANCE[measure.name]
    details = measure.details
    if RULES.get(measure.name) is _by_excess and details is not None and "success" in details:
        control = details.loc[details["release"].str.startswith("control"), "success"]
        if len(control):
            return "control", float(control.iloc[0])
    if measure.name == "exact_copies" and measure.independent > measure.floor:
        return "independent columns", measure.independent
    return "floor", measure.floor


def write_beside(measure: Measure) -> str:
    """Write what a grade holds a number against, such as "floor 1.0 %".

    Parameters
    ----------
    measure
        Of any area.
    """
    name, value = compared_with(measure)
    return f"{name} {write_value(measure, value)}"


CHANCE = {
    "nearest_record": ("chance", 50.0),
    "membership_auc": ("chance", 0.5),
    "membership_found": ("guessing", 1.0),
}
"""Measures graded against what chance gives, whatever real rows in their place score."""


def _as_noun(title: str) -> str:
    """A title within a sentence; an abbreviation keeps its letters."""
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def write_value(measure: Measure, value: float) -> str:
    """Write a number of a measure with its unit.

    Parameters
    ----------
    measure
        Whose number it is.
    value
        Its value, floor, or that of independent columns.

    Returns
    -------
    str
        "-" where there is none.

    Examples
    --------
    >>> one = Measure(area="disclosure", name="disco", title="DiSCO", value=3.14159, unit="%")
    >>> write_value(one, one.value), write_value(one, one.floor)
    ('3.1 %', '-')
    """
    if not np.isfinite(value):
        return "-"
    if abs(value) < NOTHING:
        value = 0.0
    if measure.unit == "%":
        return f"{value:.2f} %" if 0 < abs(value) < 1 else f"{value:.1f} %"
    if measure.unit == "of 1,000":
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
