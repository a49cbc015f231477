"""Rows as a judge sees them: numbers where there are numbers, and every cell as one of a few categories."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats, Integers

Codes = NDArray[np.int32]
"""Every cell as a category, shape (n, p)."""

N_BINS = 20
"""Bins of a number, cut at quantiles of the real file."""
MOST_LEVELS = 50
"""Levels with a column of their own in a matrix; rarer ones share one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CodedColumn:
    """How one column is coded; the same for every file of a judgement, learnt from the real one.

    Attributes
    ----------
    name
        The column's.
    is_number
        Whether its answers are numbers or days rather than levels.
    labels
        A word for each code: first the answers (levels, or bins), then the reasons why there is no answer.
    n_answers
        How many of the codes are answers.
    edges
        Of a number: bin b holds the values from ``edges[b]`` up to below ``edges[b + 1]`` (values beyond the ends
        belong to the bins at the ends), shape (n_answers + 1,). Of a category: empty.
    centre, spread
        Mean and standard deviation of a number in the real file (spread 1 for a constant).
    low, high
        Smallest and largest number in the real file.
    """

    name: str
    is_number: bool
    labels: tuple[str, ...]
    n_answers: int
    edges: Floats
    centre: float = 0.0
    spread: float = 1.0
    low: float = 0.0
    high: float = 1.0

    @property
    def n_codes(self) -> int:
        """Answers and reasons together."""
        return len(self.labels)

    def code(self, values: Floats, reason: NDArray[np.int8]) -> Codes:
        """Category of each cell.

        Parameters
        ----------
        values
            Shape (n,): numbers, or positions of levels; NaN where there is no answer.
        reason
            Shape (n,): 0 for an answer, r for the r-th reason.
        """
        answers = np.where(reason == 0, values, 0.0)
        if self.is_number:
            places = np.clip(np.searchsorted(self.edges, answers, side="right") - 1, 0, self.n_answers - 1)
        else:
            places = np.rint(answers).astype(np.int64)
        return np.where(reason == 0, places, self.n_answers - 1 + reason.astype(np.int64)).astype(np.int32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Coded:
    """The shared columns of one file, coded.

    Attributes
    ----------
    columns
        How each is coded (p of them).
    values
        Shape (n, p), float64: numbers, days, or positions of levels; NaN where there is no answer.
    codes
        Shape (n, p): every cell as a category. Numbers are cut at quantiles of the real file; each reason why there is
        no answer is a category of its own.
    """

    columns: tuple[CodedColumn, ...]
    values: Floats
    codes: Codes

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.codes)

    @property
    def p(self) -> int:
        """Columns."""
        return len(self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def is_number(self) -> NDArray[np.bool_]:
        """Which columns hold numbers, shape (p,)."""
        return np.array([column.is_number for column in self.columns], dtype=bool)

    @property
    def n_codes(self) -> tuple[int, ...]:
        """Codes of each column."""
        return tuple(column.n_codes for column in self.columns)

    @property
    def reason(self) -> NDArray[np.int32]:
        """Shape (n, p): 0 for an answer, r for the r-th reason of the column."""
        n_answers = np.array([column.n_answers for column in self.columns], dtype=np.int32)
        return np.maximum(self.codes - n_answers + 1, 0).astype(np.int32)

    @property
    def cells(self) -> Floats:
        """Every cell as a number, shape (n, p), so that equal numbers are equal cells.

        Values as they are, and reason r as -1e300 r.
        """
        return np.where(self.reason == 0, self.values, -1e300 * self.reason)

    def place(self, name: str) -> int:
        """Position of a column by its name."""
        return self.names.index(name)

    def take(self, rows: Integers | NDArray[np.bool_]) -> Self:
        """Some of the rows."""
        return replace(self, values=self.values[rows], codes=self.codes[rows])

    def select(self, names: Sequence[str]) -> Self:
        """Some of the columns, in the order named."""
        places = [self.place(name) for name in names]
        columns = tuple(self.columns[place] for place in places)
        return replace(self, columns=columns, values=self.values[:, places], codes=self.codes[:, places])

    def shuffle(self, rng: np.random.Generator) -> Self:
        """Every column in an order of its own: the margins stay, every relation goes."""
        values, codes = np.empty_like(self.values), np.empty_like(self.codes)
        for j in range(self.p):
            order = rng.permutation(self.n)
            values[:, j], codes[:, j] = self.values[order, j], self.codes[order, j]
        return replace(self, values=values, codes=codes)

    def one_hot(self, most: int = MOST_LEVELS) -> Floats:
        """Every code as a column of 0 and 1; the rarest codes of a column with more than ``most`` share one.

        Which codes are rare is read off their order of labels, never off the rows, so that two files agree: the
        levels of a large category stand in the order of their number in the real file.
        """
        parts = [_indicators(self.codes[:, j], column.n_codes, most) for j, column in enumerate(self.columns)]
        return np.hstack(parts) if parts else np.zeros((self.n, 0))

    def scaled(self, by: Literal["range", "spread"] = "spread", most: int = MOST_LEVELS) -> Floats:
        """A matrix for distances and regressions.

        Numbers less their centre, over their spread (or less the lowest, over their range), the centre where there is
        no answer; then a column of 0 and 1 for each reason; categories as in `one_hot`, halved with ``by="range"`` so
        that two different levels are 1 apart when absolute differences are added (Gower's distance).
        """
        share = 0.5 if by == "range" else 1.0
        parts = []
        for j, column in enumerate(self.columns):
            if not column.is_number:
                parts.append(share * _indicators(self.codes[:, j], column.n_codes, most))
                continue
            width = (column.high - column.low) or 1.0
            zero, unit = (column.low, width) if by == "range" else (column.centre, column.spread)
            parts.append(
                ((np.where(np.isnan(self.values[:, j]), column.centre, self.values[:, j]) - zero) / unit)[:, None]
            )
            reasons = np.arange(column.n_answers, column.n_codes)
            parts.append((self.codes[:, j, None] == reasons).astype(np.float64))
        return np.hstack(parts) if parts else np.zeros((self.n, 0))

    def features(self) -> tuple[Floats, NDArray[np.bool_]]:
        """A matrix for trees, and which of its columns are categories.

        One column for each number (NaN where there is no answer) with, where it has reasons, one more that says which;
        one for each category (its code).
        """
        parts, is_category = [], []
        reason = self.reason
        for j, column in enumerate(self.columns):
            if not column.is_number:
                parts.append(self.codes[:, j].astype(np.float64))
                is_category.append(True)
                continue
            parts.append(self.values[:, j])
            is_category.append(False)
            if column.n_codes > column.n_answers:
                parts.append(reason[:, j].astype(np.float64))
                is_category.append(True)
        matrix = np.column_stack(parts) if parts else np.zeros((self.n, 0))
        return matrix, np.array(is_category, dtype=bool)


def _indicators(codes: Codes, n_codes: int, most: int) -> Floats:
    shown = np.minimum(codes, most) if n_codes > most + 1 else codes
    return (shown[:, None] == np.arange(min(n_codes, most + 1))).astype(np.float64)


def code_columns(columns: Sequence[CodedColumn], values: Floats, reason: NDArray[np.int8]) -> Coded:
    """Code the cells of one file.

    Parameters
    ----------
    columns
        As learnt by `learn_column` from the real file.
    values, reason
        Shape (n, p), as in `CodedColumn.code`.
    """
    codes = np.empty(values.shape, dtype=np.int32)
    for j, column in enumerate(columns):
        codes[:, j] = column.code(values[:, j], reason[:, j])
    return Coded(columns=tuple(columns), values=np.where(reason == 0, values, np.nan), codes=codes)


def learn_column(
    name: str,
    values: Floats,
    reason: NDArray[np.int8],
    *,
    levels: Sequence[str] | None,
    reasons: Sequence[str] = (),
    n_bins: int = N_BINS,
) -> CodedColumn:
    """Decide from the real file how a column is coded.

    Parameters
    ----------
    name
        The column's.
    values, reason
        Shape (n,): numbers or positions of levels, and 0 or the reason why there is none.
    levels
        Labels of the levels of a category; None for a number.
    reasons
        Words for the reasons 1, 2, ...
    n_bins
        Bins of a number; one with no more distinct values keeps each as a bin of its own.
    """
    if levels is not None:
        return CodedColumn(
            name=name,
            is_number=False,
            labels=(*levels, *reasons),
            n_answers=len(levels),
            edges=np.zeros(0),
        )
    known = values[reason == 0]
    known = known if len(known) else np.zeros(1)
    edges = _edges(known, n_bins)
    spread = float(known.std())
    return CodedColumn(
        name=name,
        is_number=True,
        labels=(*_bin_labels(known, edges), *reasons),
        n_answers=len(edges) - 1,
        edges=edges,
        centre=float(known.mean()),
        spread=spread if spread > 0 else 1.0,
        low=float(known.min()),
        high=float(known.max()),
    )


def _edges(known: Floats, n_bins: int) -> Floats:
    """Left ends of the bins, and the largest value; a value with more than a bin's share has a bin of its own."""
    distinct = np.unique(known)
    if len(distinct) <= n_bins:
        return np.append(distinct, distinct[-1])
    cuts = np.quantile(known, np.arange(1, n_bins) / n_bins, method="inverted_cdf")
    spikes = cuts[:-1][cuts[:-1] == cuts[1:]]
    after = distinct[np.minimum(np.searchsorted(distinct, spikes, side="right"), len(distinct) - 1)]
    lefts = np.unique(np.concatenate([distinct[:1], cuts, after]))
    return np.append(lefts, distinct[-1])


def _bin_labels(known: Floats, edges: Floats) -> tuple[str, ...]:
    places = np.clip(np.searchsorted(edges, known, side="right") - 1, 0, len(edges) - 2)
    labels = []
    for b in range(len(edges) - 1):
        here = known[places == b]
        low, high = (here.min(), here.max()) if len(here) else (edges[b], edges[b + 1])
        labels.append(f"{low:g}" if low == high else f"{low:g} to {high:g}")
    return tuple(labels)
