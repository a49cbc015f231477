"""Bonds between columns that no network should have to learn: one decided by another, one often equal to another.

In surveys a group follows from a detailed code, a state's density from the state, and a spouse's weight equals the
respondent's. A network comes close to such rules, and close is what gives synthetic rows away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.family._grid import nearest_on
from lacunet.synthesis.coding._release import LEAST_ROWS

Reasons = NDArray[np.int8]
LEAST_PROOFS = 30
"""Rows that must bear a rule out, so that it is more than an accident: of those outside the commonest cell of the
decided column, all but the first of each deciding code."""
MOST_CODES = 5000
LEAST_SAFE = 0.9
"""Share of rows that a rule must hold for without numbers that few rows share."""
LEAST_SUPPORT = 3
"""Rows that each deciding code must have on average."""
LEAST_TIES = 0.05
"""Share of rows with equal values from which two numbers are tied."""
HEAVY = 64
"""A value held by more than one row in so many has a level of its own and needs no tie."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookup:
    """One column decided by another.

    Attributes
    ----------
    source
        The deciding column.
    key, key_reason
        Its codes: values, and reasons where there is none, shape (c,).
    value, reason
        What follows from each, shape (c,).
    """

    source: int
    key: Floats
    key_reason: Reasons
    value: Floats
    reason: Reasons

    def apply(self, values: Floats, reason: Reasons) -> tuple[Floats, Reasons]:
        """What follows from a deciding column (k,); a value between two keys follows the nearest."""
        at = np.zeros(len(values), dtype=np.intp)
        for why in np.unique(reason):
            mine, keys = reason == why, np.flatnonzero(self.key_reason == why)
            if not len(keys):
                # A reason that came with no row of its own: what follows from the first code stands in.
                continue
            if why > 0:
                at[mine] = keys[0]
                continue
            at[mine] = keys[nearest_on(self.key[keys], values[mine])]
        return self.value[at], self.reason[at]

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name, to be saved."""
        return {name: getattr(self, name) for name in ("key", "key_reason", "value", "reason")}

    @classmethod
    def from_arrays(cls, source: int, arrays: dict[str, NDArray[Any]]) -> Self:
        """Inverse of ``as_arrays``."""
        return cls(source=source, **arrays)


def find_lookups(values: Floats, reason: Reasons, is_number: Sequence[bool]) -> dict[int, Lookup]:
    """Columns that another column decides in every row: column -> rule.

    A column that decides others is not decided itself; of two that decide each other the first stays. Numbers that
    fewer than three rows hold are in no rule: what follows from them is what follows from the nearest.

    Parameters
    ----------
    values, reason
        The table, shape (n, p).
    is_number
        Of each column, whether its values are numbers and no levels.
    """
    codes = [_codes(values[:, j], reason[:, j]) for j in range(values.shape[1])]
    most = min(MOST_CODES, len(values) // LEAST_SUPPORT)
    found: dict[int, Lookup] = {}
    sources: set[int] = set()
    # The fewest codes that decide a column say most about why.
    by_size = sorted(range(len(codes)), key=lambda j: codes[j].max(initial=0))
    for j in reversed(range(len(codes))):
        n_mine = codes[j].max(initial=0) + 1
        if j in sources or n_mine < 2:
            continue
        for i in by_size:
            n_codes = codes[i].max(initial=0) + 1
            is_open = i != j and i not in found and n_mine <= n_codes <= most
            if is_open and (n_codes > n_mine or i < j) and _decides(codes[i], codes[j]):
                rule = _lookup(i, j, values, reason, is_number)
                if rule is not None:
                    found[j] = rule
                    sources.add(i)
                    break
    return found


def _codes(column: Floats, why: Reasons) -> NDArray[np.int64]:
    """Every cell as a code: reasons first, then values."""
    known = why == 0
    out = why.astype(np.int64) - 1
    n_reasons = int(why.max(initial=0))
    out[known] = n_reasons + np.unique(column[known], return_inverse=True)[1]
    return np.unique(out, return_inverse=True)[1].astype(np.int64)


def _decides(deciding: NDArray[np.int64], decided: NDArray[np.int64]) -> bool:
    """Whether equal codes always go with equal cells, and often enough to be believed."""
    one = np.zeros(deciding.max() + 1, dtype=np.int64)
    one[deciding] = decided
    if not np.array_equal(one[deciding], decided):
        return False
    rare = decided != np.bincount(decided).argmax()
    return int(rare.sum()) - len(np.unique(deciding[rare])) >= LEAST_PROOFS


def _is_safe(column: Floats, why: Reasons, is_number: bool) -> NDArray[np.bool_]:
    """Which cells tell nothing of a person: all but numbers that few rows hold."""
    out = np.ones(len(column), dtype=bool)
    if is_number:
        _, back, n_rows = np.unique(column[why == 0], return_inverse=True, return_counts=True)
        out[why == 0] = (n_rows >= LEAST_ROWS)[back]
    return out


def _lookup(source: int, decided: int, values: Floats, reason: Reasons, is_number: Sequence[bool]) -> Lookup | None:
    """The rule, of cells that tell nothing of a person; None where these are too few."""
    pair = [source, decided]
    is_safe = np.logical_and(*(_is_safe(values[:, j], reason[:, j], is_number[j]) for j in pair))
    if np.mean(is_safe) < LEAST_SAFE:
        return None
    given, why = values[is_safe][:, pair], reason[is_safe][:, pair]
    first = np.unique(_codes(given[:, 0], why[:, 0]), return_index=True)[1]
    order = first[np.lexsort((given[first, 0], why[first, 0]))]
    return Lookup(
        source=source,
        key=given[order, 0],
        key_reason=why[order, 0],
        value=given[order, 1],
        reason=why[order, 1],
    )


def find_ties(values: Floats, reason: Reasons, columns: list[int]) -> dict[int, int]:
    """Numbers that often equal an earlier one: column -> the earlier column it equals most often.

    Parameters
    ----------
    values, reason
        The table, shape (n, p).
    columns
        Columns of numbers that may be tied.
    """
    rare = {j: _is_rare(values[:, j], reason[:, j]) for j in columns}
    found = {}
    for at, j in enumerate(columns):
        shares = {i: float(np.mean((values[:, i] == values[:, j]) & rare[i] & rare[j])) for i in columns[:at]}
        # By chance two numbers meet as often as their common values are frequent.
        open_to = {i: s for i, s in shares.items() if s >= max(LEAST_TIES, 3 * _by_chance(values[:, [i, j]]))}
        if open_to:
            found[j] = max(open_to, key=lambda i: open_to[i])
    return found


def _is_rare(column: Floats, why: Reasons) -> NDArray[np.bool_]:
    known = why == 0
    out = np.zeros(len(column), dtype=bool)
    _, back, counts = np.unique(column[known], return_inverse=True, return_counts=True)
    out[known] = (counts <= len(column) / HEAVY)[back]
    return out


def _by_chance(pair: Floats) -> float:
    """Share of rows in which two independent columns with these values would be equal."""
    (a, n_a), (b, n_b) = (np.unique(column[np.isfinite(column)], return_counts=True) for column in pair.T)
    _, at_a, at_b = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    return float(np.sum(n_a[at_a] * n_b[at_b]) / max(n_a.sum() * n_b.sum(), 1))
