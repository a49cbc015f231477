"""Imputed against observed, as they stand and among rows that were equally likely to be missing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Floats, Integers
from lacunet.diagnosis._evidence import Evidence
from lacunet.diagnosis._propensity import Propensity

MAX_STRATA = 5
CELLS_PER_STRATUM = 20
MIN_SIDE = 5
"""Observed, and imputed, cells below which a stratum says nothing."""
MIN_SHARE = 0.02
"""Levels rarer than this are not looked at one by one."""
SUSPICIOUS, SERIOUS = 0.2, 0.5
"""Standardised differences (Cohen's small and medium)."""
CLEAR = 3.0
"""Standard errors that a difference must stand away from nought to be said aloud."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Imputed minus observed, for a number or for one level of a category.

    Attributes
    ----------
    level
        The level compared; None for a number.
    size
        Difference in standard deviations.
    error
        Its standard error, on the safe side: imputed cells count as if they had been seen.
    n_strata
        Strata it was taken over (1 where there are none).
    """

    level: int | None
    size: float
    error: float
    n_strata: int

    @property
    def is_clear(self) -> bool:
        """Whether chance can hardly have made it."""
        return bool(abs(self.size) > CLEAR * self.error)


@dataclass(frozen=True, kw_only=True, eq=False)
class Place:
    """Where the cells of one side stand: their strata, and their log odds of being missing, shape (cells,) each."""

    strata: Integers
    eta: Floats


def stratify(propensity: Propensity) -> Integers:
    """Fifths of the log odds of being missing, as the missing rows have them; fewer where cells are few."""
    missing = propensity.eta[propensity.is_missing]
    n_strata = int(np.clip(len(missing) // CELLS_PER_STRATUM, 1, MAX_STRATA))
    edges = np.quantile(missing, np.arange(1, n_strata) / n_strata)
    return np.searchsorted(edges, propensity.eta, side="right")


def compare_all(evidence: Evidence, propensities: dict[int, Propensity]) -> pd.DataFrame:
    """Compare every imputed variable with itself where it is known.

    Parameters
    ----------
    evidence
        Data and draws.
    propensities
        Of `fit_propensities`.

    Returns
    -------
    pandas.DataFrame
        One row a variable: variable, kind, n_observed, n_imputed, observed and imputed (means, or the share of the
        level that differs most), level, std_diff (imputed minus observed in standard deviations), std_diff_within (the
        same among rows equally likely to be missing, averaged as the missing cells are spread over the strata),
        std_error_within, n_strata, n_compared (missing cells in them).
    """
    return pd.DataFrame([_compare_one(evidence, j, propensities.get(j)) for j in evidence.incomplete], columns=COLUMNS)


COLUMNS = [
    "variable",
    "kind",
    "n_observed",
    "n_imputed",
    "level",
    "observed",
    "imputed",
    "std_diff",
    "std_diff_within",
    "std_error_within",
    "n_strata",
    "n_compared",
]


def _compare_one(evidence: Evidence, j: int, propensity: Propensity | None) -> dict[str, object]:
    known, drawn = evidence.observed(j), evidence.imputed(j)
    whole = _nowhere(len(known)), _nowhere(drawn.shape[1])
    raw = difference(evidence, j, known, drawn, *whole)
    within = None
    if propensity is not None:
        known_part, drawn_part, places = sides(evidence, propensity)
        within = difference(evidence, j, known_part, drawn_part, *places, level=raw.level)
        own = difference(evidence, j, known_part, drawn_part, *places)
        within = own if own.is_clear and abs(own.size) > abs(within.size) else within
    level = (within or raw).level
    shown = [_as_numbers(side, level) for side in (known, drawn)]
    if level != raw.level:
        raw = difference(evidence, j, known, drawn, *whole, level=level)
    nothing = float("nan")
    return {
        "variable": evidence.names[j],
        "kind": evidence.layout.variables[j].kind,
        "n_observed": len(known),
        "n_imputed": drawn.shape[1],
        "level": "" if level is None else evidence.words(j)[level],
        "observed": float(shown[0].mean()),
        "imputed": float(shown[1].mean()),
        "std_diff": raw.size,
        "std_diff_within": within.size if within else nothing,
        "std_error_within": within.error if within else nothing,
        "n_strata": within.n_strata if within else 0,
        "n_compared": int(propensity.is_missing.sum()) if propensity else 0,
    }


def _nowhere(n: int) -> Place:
    return Place(strata=np.zeros(n, dtype=np.intp), eta=np.zeros(n))


def sides(evidence: Evidence, propensity: Propensity) -> tuple[Floats, Floats, tuple[Place, Place]]:
    """Observed and imputed values of the rows behind a propensity, and where each stands."""
    j, is_missing = propensity.variable, propensity.is_missing
    strata = stratify(propensity)
    place = np.cumsum(evidence.is_missing[:, j]) - 1
    drawn = evidence.imputed(j)[:, place[propensity.rows[is_missing]]]
    known = evidence.values[propensity.rows[~is_missing], j]
    observed, missing = (Place(strata=strata[here], eta=propensity.eta[here]) for here in (~is_missing, is_missing))
    return known, drawn, (observed, missing)


def difference(
    evidence: Evidence,
    j: int,
    known: Floats,
    drawn: Floats,
    known_place: Place,
    drawn_place: Place,
    *,
    level: int | None = None,
) -> Difference:
    r"""Standardised difference within strata; of a category, at the level where it is clearest.

    .. math::

        d = \frac1s \sum_h \frac{n_h}{\sum_h n_h}
        \bigl[\bar x_h^{imp} - \bar x_h^{obs} - b_h (\bar\eta_h^{mis} - \bar\eta_h^{obs})\bigr]

    with :math:`n_h` the missing cells of stratum h, :math:`b_h` the slope of x on the log odds η of being missing
    within the stratum's two sides (what five strata alone would leave behind), and s the standard deviation of the
    observed values (of a level, of its share among observed and imputed together).

    Parameters
    ----------
    evidence
        For the kind of the variable.
    j
        Its position.
    known
        Observed values, shape (n_observed,).
    drawn
        Imputed values, shape (m, n_imputed).
    known_place, drawn_place
        Stratum and log odds of each.
    level
        The level to look at; None to look at all.

    Returns
    -------
    Difference
        Imputed minus observed.

    References
    ----------
    Lunceford, J. K., and M. Davidian. 2004. Stratification and weighting via the propensity score in estimation of
    causal treatment effects. Statistics in Medicine 23(19): 2937-2960 (adjustment within strata).
    Differs: strata are fifths of the missing rows and are weighted by them, since it is these that were imputed.
    """
    if not evidence.layout.variables[j].is_category:
        size, error, used = _stratified(known, drawn, known_place, drawn_place)
        sd = float(known.std(ddof=1)) if len(known) > 1 else 0.0
        sd = sd if sd > 0 else float("nan")
        return Difference(level=None, size=size / sd, error=error / sd, n_strata=used)
    n_levels = max(evidence.layout.variables[j].n_levels, 1)
    levels = range(n_levels) if level is None else [level]
    found = [_at_level(known, drawn, known_place, drawn_place, at) for at in levels]
    common = [one for one in found if np.isfinite(one.size)] or found
    return max(common, key=lambda one: abs(one.size))


def _at_level(known: Floats, drawn: Floats, known_place: Place, drawn_place: Place, level: int) -> Difference:
    ones, drawn_ones = _as_numbers(known, level), _as_numbers(drawn, level)
    share = (ones.sum() + drawn_ones.mean(axis=0).sum()) / (len(known) + drawn.shape[1])
    sd = np.sqrt(share * (1 - share)) if MIN_SHARE <= share <= 1 - MIN_SHARE else float("nan")
    size, error, used = _stratified(ones, drawn_ones, known_place, drawn_place)
    return Difference(level=level, size=float(size / sd), error=float(error / sd), n_strata=used)


def _as_numbers(x: Floats, level: int | None) -> Floats:
    return x if level is None else (x == level).astype(np.float64)


def _stratified(known: Floats, drawn: Floats, known_place: Place, drawn_place: Place) -> tuple[float, float, int]:
    """Difference of means, its standard error, and how many strata could be used."""
    size, variance, total, used = 0.0, 0.0, 0, 0
    for stratum in np.unique(drawn_place.strata):
        here, there = known_place.strata == stratum, drawn_place.strata == stratum
        before, after = known[here], drawn[:, there]
        n = after.shape[1]
        if min(len(before), n) < MIN_SIDE:
            continue
        shift, shift_variance = _adjust(before, after, known_place.eta[here], drawn_place.eta[there])
        size += n * (after.mean() - before.mean() - shift)
        variance += n**2 * (after.var(axis=1).mean() / n + before.var() / len(before) + shift_variance)
        total, used = total + n, used + 1
    if not used:
        return float("nan"), float("nan"), 0
    return size / total, float(np.sqrt(variance)) / total, used


def _adjust(before: Floats, after: Floats, eta_before: Floats, eta_after: Floats) -> tuple[float, float]:
    """What the two sides' log odds of being missing let one expect of their difference, and its variance."""
    x = np.concatenate([eta_before - eta_before.mean(), eta_after - eta_after.mean()])
    y = np.concatenate([before - before.mean(), after.mean(axis=0) - after.mean()])
    square = float(x @ x)
    if not square > 0:
        return 0.0, 0.0
    gap = float(eta_after.mean() - eta_before.mean())
    slope = float(x @ y) / square
    return slope * gap, gap**2 * float(np.mean((y - slope * x) ** 2)) / square


def tabulate_strata(evidence: Evidence, propensity: Propensity) -> pd.DataFrame:
    """Set observed beside imputed in every stratum.

    Returns
    -------
    pandas.DataFrame
        One row a stratum, least likely to be missing first (and a level, for a category): stratum, level, n_observed,
        n_imputed, observed and imputed (means or shares), expected (observed, moved to the log odds at which the
        missing rows stand), std_diff (imputed minus expected); NaN where fewer than 5 are observed.
    """
    j = propensity.variable
    known, drawn, (known_place, drawn_place) = sides(evidence, propensity)
    is_category = evidence.layout.variables[j].is_category
    words = evidence.words(j) if is_category else [""]
    rows = []
    for stratum in np.unique(drawn_place.strata).tolist():
        here, there = known_place.strata == stratum, drawn_place.strata == stratum
        for place, word in enumerate(words):
            level = place if is_category else None
            before, after = _as_numbers(known[here], level), _as_numbers(drawn[:, there], level)
            row = {"stratum": stratum + 1, "level": word, "n_observed": len(before), "n_imputed": after.shape[1]}
            row |= {
                "observed": float("nan"),
                "imputed": after.mean(),
                "expected": float("nan"),
                "std_diff": float("nan"),
            }
            if len(before) >= MIN_SIDE:
                shift = _adjust(before, after, known_place.eta[here], drawn_place.eta[there])[0]
                spread = _spread(known, drawn, level)
                row |= {"observed": before.mean(), "expected": before.mean() + shift}
                gap = row["imputed"] - row["expected"]
                row["std_diff"] = gap / spread if spread > 0 else float("nan")
            rows.append(row)
    return pd.DataFrame(rows)


def _spread(known: Floats, drawn: Floats, level: int | None) -> float:
    if level is None:
        return float(known.std(ddof=1)) if len(known) > 1 else 0.0
    share = (np.sum(known == level) + (drawn == level).mean(axis=0).sum()) / (len(known) + drawn.shape[1])
    return float(np.sqrt(share * (1 - share)))


def judge_within(table: pd.DataFrame) -> Floats:
    """Differences within strata that chance can hardly have made, 0 elsewhere."""
    size, error = table["std_diff_within"].to_numpy(float), table["std_error_within"].to_numpy(float)
    clear: Bools = np.isfinite(size) & np.isfinite(error) & (np.abs(size) > CLEAR * error)
    return np.where(clear, size, 0.0)
