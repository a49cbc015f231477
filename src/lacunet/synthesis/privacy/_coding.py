"""A table as codes under differential privacy: every cut, level and share is public or paid for."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import Layout, Variable
from lacunet._typing import Floats
from lacunet.synthesis.privacy._histogram import Marginal, measure_column
from lacunet.synthesis.privacy._ledger import Ledger
from lacunet.synthesis.privacy._noise import find_ends, find_levels
from lacunet.synthesis.privacy._privacy import Public, is_ends
from lacunet.synthesis.privacy._public import PublicColumn, public_number, public_range

FINDING_SHARE = 0.25
"""Share of a column's cost that goes into finding its levels or ends where the user did not say them."""
NO_LEVELS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateColumn:
    """How one column is coded.

    Attributes
    ----------
    public
        What is known of it without looking, or what was found with noise. Where levels were found, the last of its
        reasons stands for all levels that were not.
    levels
        Positions of the levels of a category that can occur, in order; empty for a number.
    has_rare
        Whether levels were found, so that there is a code for rows with other levels. It is never drawn.
    marginal
        Noisy counts.
    """

    public: PublicColumn
    levels: NDArray[np.int64]
    has_rare: bool
    marginal: Marginal

    @property
    def n_codes(self) -> int:
        """Number of codes: intervals or levels, then reasons."""
        return len(self.marginal.counts)


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateCoding:
    """All columns, and the way from cells to codes and back."""

    columns: tuple[PrivateColumn, ...]

    @property
    def marginals(self) -> tuple[Marginal, ...]:
        """Noisy counts of every column."""
        return tuple(column.marginal for column in self.columns)

    @property
    def n_rows(self) -> int:
        """Number of rows as the noisy counts have it, at least 1."""
        weight = [1 / (marginal.spread**2).sum() for marginal in self.marginals]
        return max(round(np.average([marginal.counts.sum() for marginal in self.marginals], weights=weight)), 1)

    def encode(self, values: Floats, reason: NDArray[np.integer]) -> NDArray[np.int64]:
        """Codes (n, p) of values (n, p) and reasons (n, p)."""
        codes = np.empty(values.shape, dtype=np.int64)
        for j, column in enumerate(self.columns):
            place, why = _placed(values[:, j], reason[:, j], column.public, column.levels, column.has_rare)
            codes[:, j] = column.marginal.code(place, why)
        return codes

    def decode(self, codes: NDArray[np.int64], rng: np.random.Generator) -> tuple[Floats, NDArray[np.int8]]:
        """Values (k, p) and reasons (k, p) of codes (k, p); a number is spread evenly over its interval's points."""
        values = np.full(codes.shape, np.nan)
        reason = np.zeros(codes.shape, dtype=np.int8)
        for j, column in enumerate(self.columns):
            marginal, mine = column.marginal, codes[:, j]
            is_reason = mine >= marginal.n_values
            reason[:, j] = np.where(is_reason, mine - marginal.n_values + 1, 0)
            inside = np.where(is_reason, 0, mine)
            first, last = marginal.first[inside], marginal.last[inside]
            point = first + np.floor(rng.random(len(mine)) * (last - first + 1)).astype(np.int64)
            value = (
                column.levels[point].astype(float) if len(column.levels) else column.public.value(point.astype(float))
            )
            values[:, j] = np.where(is_reason, np.nan, value)
        return values, reason

    def drawable(self) -> dict[int, NDArray[np.bool_]]:
        """For columns with a code that stands for unnamed levels: which codes can be drawn."""
        return {
            j: np.arange(column.n_codes) < column.n_codes - 1
            for j, column in enumerate(self.columns)
            if column.has_rare and column.n_codes > 1
        }

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name, to be saved; all of them are results of noisy counts or public."""
        out: dict[str, NDArray[Any]] = {}
        for j, column in enumerate(self.columns):
            marginal = {f"{j}.{name}": getattr(column.marginal, name) for name in ("first", "last", "counts", "spread")}
            out |= {**marginal, f"{j}.levels": column.levels}
        return out

    def as_meta(self) -> list[dict[str, Any]]:
        """Everything that is not an array."""
        return [{"public": asdict(column.public), "has_rare": column.has_rare} for column in self.columns]

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: list[dict[str, Any]]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""
        columns = []
        for j, facts in enumerate(meta):
            marginal = Marginal(**{name: arrays[f"{j}.{name}"] for name in ("first", "last", "counts", "spread")})
            public = PublicColumn(**facts["public"])
            levels = arrays[f"{j}.levels"]
            columns.append(PrivateColumn(public=public, levels=levels, has_rare=facts["has_rare"], marginal=marginal))
        return cls(columns=tuple(columns))


def private_coding(
    values: Floats,
    reason: NDArray[np.integer],
    layout: Layout,
    n_reasons: tuple[int, ...],
    domain: dict[str, Public],
    rho: float,
    ledger: Ledger,
    rng: np.random.Generator,
    *,
    n_levels: int,
) -> PrivateCoding:
    """Decide how every column is coded, with noise.

    Parameters
    ----------
    values, reason
        The table, shape (n, p). Of a category the position of the level: in the user's list where the domain names the
        column, in any list otherwise.
    layout
        The columns. Kinds must not have been guessed from the rows.
    n_reasons
        Reasons that each column can have by declaration, length p.
    domain
        What is public, by name of column (`Privacy`).
    rho
        What all columns may cost together; each gets as much.
    ledger, rng
        Where it is entered; secret randomness.
    n_levels
        Intervals to aim at for a number.

    Returns
    -------
    PrivateCoding
        Codes and noisy counts.
    """
    each = rho / len(layout)
    found = [v for v in layout.variables if v.name not in domain and v.is_category]
    delta = ledger.failure / max(len(found), 1)
    columns = []
    for j, variable in enumerate(layout.variables):
        column, why = values[:, j], reason[:, j]
        is_found = variable.name not in domain
        paid = each * FINDING_SHARE if is_found else 0.0
        levels = NO_LEVELS
        if variable.is_category and is_found:
            levels = find_levels(
                column[why == 0].astype(np.int64), paid, ledger, rng, what=f"levels of {variable.name}", delta=delta
            )
        elif variable.is_category:
            levels = np.arange(len(domain[variable.name]), dtype=np.int64)
        if variable.is_category:
            has_rare = is_found
            public = PublicColumn(n_levels=max(len(levels), 1), n_reasons=n_reasons[j] + has_rare)
        else:
            has_rare = False
            public = _number(variable, column[why == 0], n_reasons[j], domain, paid, ledger, rng)
        place, marked = _placed(column, why, public, levels, has_rare)
        what = f"counts of {variable.name}"
        marginal = measure_column(place, marked, public, each - paid, ledger, rng, n_levels=n_levels, what=what)
        columns.append(PrivateColumn(public=public, levels=levels, has_rare=has_rare, marginal=marginal))
    return PrivateCoding(columns=tuple(columns))


def _number(
    variable: Variable,
    column: Floats,
    n_reasons: int,
    domain: dict[str, Public],
    paid: float,
    ledger: Ledger,
    rng: np.random.Generator,
) -> PublicColumn:
    """Points of a number, from what the user said or between ends found with noise."""
    said = domain.get(variable.name)
    if isinstance(said, range):
        return public_range(said, n_reasons=n_reasons)
    if said is not None and is_ends(said):
        is_whole = all(isinstance(end, int) for end in said)
        return public_number(float(said[0]), float(said[1]), n_reasons=n_reasons, is_whole=is_whole)
    low, high = find_ends(column, paid, ledger, rng, what=f"ends of {variable.name}")
    return public_number(low, high, n_reasons=n_reasons, is_whole=variable.kind == "count")


def _placed(
    column: Floats, reason: NDArray[np.integer], public: PublicColumn, levels: NDArray[np.int64], has_rare: bool
) -> tuple[Floats, NDArray[np.int64]]:
    """Level or point of each cell, and its reason; a level that was not found counts as the last reason."""
    why = reason.astype(np.int64)
    if not public.n_levels:
        return public.place(column), why
    given = np.where(why > 0, -1, np.nan_to_num(column, nan=-1)).astype(np.int64)
    if not len(levels):
        return np.zeros(len(column)), np.where(why > 0, why, public.n_reasons)
    place = np.searchsorted(levels, given).clip(0, len(levels) - 1)
    if has_rare:
        why = np.where((why == 0) & (levels[place] != given), public.n_reasons, why)
    return place.astype(np.float64), why
