"""Whether the release tells who was in the data."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.synthesis.judge._disclosure_distance import nearest
from lacunet.synthesis.judge._disclosure_rates import Area, area_under_curve
from lacunet.synthesis.judge._disclosure_setting import Files, Rows
from lacunet.synthesis.judge._fidelity_propensity import has_values, in_threads
from lacunet.synthesis.judge._measure import Measure

MOST_ROWS = 10_000
"""Rows of the release and of the reference from which densities are learnt."""
N_TESTED = 1000
"""Members, and outsiders, whose membership is guessed."""
CLOSE = 1e-4
"""Distance below which a row counts as found: a copy lies at 0, of which there is no logarithm."""
LEAST = 40
"""Held-out rows from which the attack can be made."""
LOW_FALSE = 0.01
"""Share of outsiders wrongly accused at which the share of members found is told."""
TITLES = {
    "membership_auc": "Membership inference (AUC)",
    "membership_found": "Members found at 1 % false alarms",
}


def measure_membership(files: Files, rng: np.random.Generator) -> list[Measure]:
    r"""Measure how well an attacker tells those who were in the data from those who were not.

    The attacker has the synthetic rows and a reference sample of the population, and takes for a member whom the
    synthetic rows make more likely than the reference does. Two estimates of the ratio are tried, trees that tell
    synthetic from reference rows, and distances to the nearest of either; the better one counts, as it would for an
    attacker who can choose. Half of the held-out rows are the reference, the others are the outsiders.

    .. math:: A(x) = \frac{\hat p_{synthetic}(x)}{\hat p_{reference}(x)}

    Parameters
    ----------
    files
        The whole files; without held-out rows nothing can be measured.
    rng
        Chooses the rows.

    Returns
    -------
    list of Measure
        Area under the curve of members against outsiders, and the share of members found when 1 % of the outsiders are
        accused wrongly; the floor is the same attack with one half of the real rows as the release and members from
        the other half.

    References
    ----------
    van Breugel, B., H. Sun, Z. Qian, and M. van der Schaar. 2023. Membership inference attacks against synthetic data
    through overfitting detection. AISTATS 2023.
    Carlini, N., S. Chien, M. Nasr, S. Song, A. Terzis, and F. Tramèr. 2022. Membership inference attacks from first
    principles. IEEE Symposium on Security and Privacy: 1897-1914 (few wrongly accused are what counts).
    Differs: densities are compared through a classifier and through nearest neighbours (Gower) instead of a kernel or
    a flow, which categories do not suit.
    """
    outside = files.held_out
    if outside is None or outside.n < LEAST:
        return _unknown(outside)
    order = rng.permutation(outside.n)
    reference, outsiders = outside.take(order[::2]).draw(MOST_ROWS, rng), outside.take(order[1::2]).draw(N_TESTED, rng)
    shuffled = rng.permutation(files.real.n)
    halves = files.real.take(shuffled[::2]), files.real.take(shuffled[1::2])
    attacks = {
        "synthetic": (files.synthetic, files.real),
        "real half": (halves[0], halves[1]),
        "independent columns": (files.real.shuffle(files.synthetic.n, rng), files.real),
    }
    sides = [
        _Side(name, release.draw(MOST_ROWS, rng), members.draw(outsiders.n, rng))
        for name, (release, members) in attacks.items()
    ]
    trees = in_threads(lambda side: _tree_scores(side.release, reference, [side.members, outsiders]), sides)
    rows = []
    for side, scores in zip(sides, trees, strict=True):
        near = [_nearness(one, side.release, reference) for one in (side.members, outsiders)]
        rows.append({"release": side.name, "attack": "nearest rows", **_facts(*near)})
        rows.append({"release": side.name, "attack": "trees", **_facts(*scores)})
    return _measures(pd.DataFrame(rows))


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    release: Rows
    members: Rows


def _unknown(outside: Rows | None) -> list[Measure]:
    why = (
        "it needs rows of the same population that the generator never saw: give held_out"
        if outside is None
        else f"{outside.n} held-out rows are too few; {LEAST} are needed"
    )
    unknown = Measure(
        area="disclosure",
        name="membership_auc",
        title=TITLES["membership_auc"],
        value=float("nan"),
        better="near 0.5",
        sentence=f"Not measured: {why}.",
    )
    return [unknown]


def _nearness(tested: Rows, release: Rows, reference: Rows) -> Floats:
    """Log of how many times nearer the released rows are than the reference: the ratio of the densities, for one."""
    columns = np.arange(release.p)
    (to_release, _), (to_reference, _) = nearest(tested, release, columns), nearest(tested, reference, columns)
    return np.log(to_reference.astype(np.float64) + CLOSE) - np.log(to_release.astype(np.float64) + CLOSE)


def _facts(members: Floats, outsiders: Floats) -> dict[str, float]:
    area: Area = area_under_curve(members, outsiders)
    at = float(np.quantile(outsiders, 1 - LOW_FALSE, method="higher"))
    return {
        "auc": area.auc,
        "low": area.low,
        "high": area.high,
        "advantage": area.advantage,
        "found at 1 % false": float((members > at).mean()),
    }


def _tree_scores(release: Rows, reference: Rows, tested: list[Rows]) -> list[Floats]:
    """Log odds of being synthetic rather than of the reference; ranks as the ratio of the densities does."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    features = np.vstack([_features(release), _features(reference)])
    is_release = np.repeat([1, 0], [release.n, reference.n])
    weights = np.where(is_release == 1, 1 / release.n, 1 / reference.n) * len(is_release) / 2
    model = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=0)
    can = has_values(features)
    model.fit(features[:, can], is_release, sample_weight=weights)
    return [model.decision_function(_features(one)[:, can]).astype(np.float64) for one in tested]


def _features(rows: Rows) -> Floats:
    """Numbers as they are (their reasons beside them), categories by their cell."""
    numbers = np.where(rows.is_number, np.where(rows.cells < 0, np.nan, rows.values), rows.cells)
    return np.hstack([numbers, np.where(rows.is_number, np.minimum(rows.cells, 0), 0)])


def _measures(details: pd.DataFrame) -> list[Measure]:
    best = details.loc[details.groupby("release", sort=False)["auc"].idxmax()].set_index("release")
    found = details.groupby("release")["found at 1 % false"].max() * 100
    mine = best.loc["synthetic"]
    releases = ("synthetic", "real half", "independent columns")
    aucs, founds = ([float(one[release]) for release in releases] for one in (best["auc"], found))
    return [
        Measure(
            area="disclosure",
            name="membership_auc",
            title=TITLES["membership_auc"],
            value=aucs[0],
            floor=aucs[1],
            independent=aucs[2],
            better="near 0.5",
            sentence="An attacker with a reference sample ranks a person in the data above one who was not with "
            f"probability {mine['auc']:.3f} (95 % interval {mine['low']:.3f} to {mine['high']:.3f}; 0.5 is a coin). "
            "Stronger attacks than the two tried exist.",
            details=details,
        ),
        Measure(
            area="disclosure",
            name="membership_found",
            title=TITLES["membership_found"],
            value=founds[0],
            floor=founds[1],
            independent=founds[2],
            better="low",
            unit="%",
            sentence=f"The better of two attacks finds {founds[0]:.1f} % of the people in the data when it accuses "
            "1 % of the others wrongly; 1 % is what guessing finds. A few people who are easily found hide behind an "
            "AUC near 0.5.",
            details=details,
        ),
    ]
