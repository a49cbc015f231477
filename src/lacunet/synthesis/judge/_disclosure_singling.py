"""Singling out: descriptions made from the release that fit exactly one real person."""

from dataclasses import dataclass, replace

import numpy as np

from lacunet._typing import Bools
from lacunet.synthesis.judge._disclosure_attacks import attack_measure
from lacunet.synthesis.judge._disclosure_rates import Rate
from lacunet.synthesis.judge._disclosure_setting import Rows, Setting
from lacunet.synthesis.judge._measure import Measure

N_GUESSES = 500
"""Descriptions tried."""
MOST_TRIES = 30
"""Descriptions made for each that is kept: most fit more than one released row."""
N_CONDITIONS = 4
"""Conditions joined by "and" in one description."""
SHUFFLED = "Shuffled columns hold the real values themselves, so that descriptions by one column made from them fit."
TITLES = {
    "singling_out_univariate": "Singling out by one column",
    "singling_out_multivariate": f"Singling out by {N_CONDITIONS} columns",
}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition of a description: the cell equals, or the number is at most or at least."""

    column: int
    sign: str
    cell: int = 0
    number: float = 0.0

    def fits(self, rows: Rows) -> Bools:
        """Which rows meet it."""
        if self.sign == "==":
            return np.asarray(rows.cells[:, self.column] == self.cell)
        values = rows.values[:, self.column]  # no value meets no condition: comparisons with NaN are false
        return np.asarray(values <= self.number if self.sign == "<=" else values >= self.number)


Description = tuple[Condition, ...]


def fits(description: Description, rows: Rows) -> Bools:
    """Which rows meet every condition of a description."""
    met = np.ones(rows.n, dtype=bool)
    for condition in description:
        met &= condition.fits(rows)
    return met


def describe_by_one(release: Rows, rng: np.random.Generator, most: int = N_GUESSES) -> list[Description]:
    """Descriptions by one column that fit one released row: a value that occurs once, the lowest, the highest.

    Parameters
    ----------
    release
        Released rows.
    rng
        Chooses among them.
    most
        Descriptions at most, spread over the columns.

    Returns
    -------
    list
        Each a tuple of one condition.
    """
    found: list[list[Description]] = []
    for j in range(release.p):
        cells, counts = np.unique(release.cells[:, j], return_counts=True)
        here: list[Description] = [
            (Condition(column=j, sign="==", cell=int(cell)),) for cell in rng.permutation(cells[counts == 1])[:most]
        ]
        known = release.values[~np.isnan(release.values[:, j]), j] if release.is_number[j] else np.zeros(0)
        for sign, end in (("<=", known.min()), (">=", known.max())) if len(known) else ():
            if (known == end).sum() == 1:
                here.insert(0, (Condition(column=j, sign=sign, number=float(end)),))
        found.append(here)
    turns = (one[k] for k in range(max(map(len, found), default=0)) for one in found if k < len(one))
    return [one for _, one in zip(range(most), turns, strict=False)]


def describe_by_many(release: Rows, rng: np.random.Generator, most: int = N_GUESSES) -> list[Description]:
    """Descriptions by several columns that fit one released row.

    A row and some columns are drawn; a category must be equal, a number at least (above the median) or at most (below)
    what the row has. Kept are those that no other released row fits.

    Parameters
    ----------
    release, rng, most
        As in `describe_by_one`.

    Returns
    -------
    list
        Descriptions, no two alike.
    """
    medians = np.array([np.nanmedian(v) if np.isfinite(v).any() else 0.0 for v in release.values.T])
    kept: dict[Description, None] = {}
    for _ in range(MOST_TRIES * most):
        if len(kept) == most:
            break
        row = int(rng.integers(release.n))
        columns = np.sort(rng.permutation(release.p)[:N_CONDITIONS])
        one = tuple(_condition(release, row, int(j), medians[j]) for j in columns)
        if one not in kept and fits(one, release).sum() == 1:
            kept[one] = None
    return list(kept)


def _condition(release: Rows, row: int, j: int, median: float) -> Condition:
    value = release.values[row, j]
    if not release.is_number[j] or np.isnan(value):
        return Condition(column=j, sign="==", cell=int(release.cells[row, j]))
    return Condition(column=j, sign=">=" if value >= median else "<=", number=float(value))


def describe_blindly(
    release: Rows, n_conditions: int, rng: np.random.Generator, most: int = N_GUESSES
) -> list[Description]:
    """Descriptions by columns and values drawn each by itself, which know nothing of who is unique."""
    medians = np.full(release.p, np.inf)
    drawn = []
    for _ in range(most):
        columns = np.sort(rng.permutation(release.p)[:n_conditions])
        signs = rng.integers(2, size=len(columns))
        medians[columns] = np.where(signs == 1, np.inf, -np.inf)
        rows = rng.integers(release.n, size=len(columns))
        drawn.append(tuple(_condition(release, int(i), int(j), medians[j]) for i, j in zip(rows, columns, strict=True)))
    return drawn


def count_singled(descriptions: list[Description], rows: Rows) -> Rate:
    """How many descriptions fit exactly one of the rows."""
    return Rate(n_hits=sum(int(fits(one, rows).sum()) == 1 for one in descriptions), n=len(descriptions))


def measure_singling_out(setting: Setting, rng: np.random.Generator) -> list[Measure]:
    """Measure how often a description made from the release fits exactly one real person.

    Parameters
    ----------
    setting
        Who is attacked with what.
    rng
        Chooses descriptions.

    Returns
    -------
    list of Measure
        By one column, and by several, in per cent of the descriptions; with the control (the same descriptions among
        rows the generator never saw) and blind guesses in the details.

    References
    ----------
    Giomi, M., F. Boenisch, C. Wehmeyer, and B. Tasnádi. 2023. A unified framework for quantifying privacy risk in
    synthetic data. Proceedings on Privacy Enhancing Technologies 2023(2): 312-328.
    Differs: attacked people and control are cut to the same number rather than corrected for their numbers.
    """
    members, outsiders = setting.members, setting.outsiders
    if outsiders is not None:
        size = min(members.n, outsiders.n)
        members, outsiders = members.draw(size, rng), outsiders.draw(size, rng)
    measures = []
    for name, describe in (
        ("singling_out_univariate", describe_by_one),
        ("singling_out_multivariate", describe_by_many),
    ):
        made = {role: describe(release, rng) for role, release in setting.releases.items()}
        rates = {role: count_singled(descriptions, members) for role, descriptions in made.items()}
        if outsiders is not None:
            rates["control"] = count_singled(made["value"], outsiders)
        n_conditions = 1 if describe is describe_by_one else N_CONDITIONS
        rates["blind"] = count_singled(describe_blindly(setting.release, n_conditions, rng), members)
        one = attack_measure(name, TITLES[name], "descriptions fit exactly one real person", rates)
        measures.append(replace(one, sentence=f"{one.sentence} {SHUFFLED}") if n_conditions == 1 else one)
    return measures
