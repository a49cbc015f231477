"""Who attacks whom with what: real rows attacked, rows released, and the releases that both are held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Bools, Floats, Integers
from lacunet.synthesis.judge._coded import Coded

MAX_EXACT = 150
"""Different numbers up to which an attacker is taken to know a number exactly (an age, a year); a number with more
is known to its bin, since nobody knows an income to the cent."""
LARGE_ENOUGH = 0.5
"""Held-out rows, as a share of the real ones, from which they serve as the other half."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Rows of one file in the forms that attacks use.

    Attributes
    ----------
    names
        Of the columns (p).
    is_number
        Which columns hold numbers, shape (p,).
    cells
        Shape (n, p): two cells are the same number exactly where they hold the same value (to seven digits) or the
        same reason for holding none; reasons are negative.
    known
        Shape (n, p): the same for what an attacker knows, numbers with many values by their bin.
    values
        Shape (n, p): numbers as they are, NaN where there is none.
    places
        Shape (n, p): share of the real answers below a number; NaN for categories and reasons.
    """

    names: tuple[str, ...]
    is_number: Bools
    cells: NDArray[np.int32]
    known: NDArray[np.int32]
    values: Floats
    places: NDArray[np.float32]

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.cells)

    @property
    def p(self) -> int:
        """Columns."""
        return len(self.names)

    def take(self, rows: Integers) -> Self:
        """Some of the rows."""
        return type(self)(
            names=self.names,
            is_number=self.is_number,
            cells=self.cells[rows],
            known=self.known[rows],
            values=self.values[rows],
            places=self.places[rows],
        )

    def draw(self, n: int, rng: np.random.Generator) -> Self:
        """At most n of the rows, in an order of chance."""
        return self.take(rng.permutation(self.n)[:n])

    def shuffle(self, n: int, rng: np.random.Generator) -> Self:
        """Draw rows whose columns were drawn each by itself: the margins stay, every relation goes."""
        rows = np.column_stack(
            [np.resize(rng.permutation(self.n), n)[rng.permutation(n)] for _ in range(self.p)]
        ).astype(np.intp)
        across = np.arange(self.p)
        return type(self)(
            names=self.names,
            is_number=self.is_number,
            cells=self.cells[rows, across],
            known=self.known[rows, across],
            values=self.values[rows, across],
            places=self.places[rows, across],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Files:
    """The whole files: real rows, synthetic rows, and rows that the generator never saw (or None)."""

    real: Rows
    synthetic: Rows
    held_out: Rows | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """Three releases of one size, and those who are attacked with them.

    Attributes
    ----------
    members
        Real rows attacked.
    release
        Synthetic rows.
    fresh
        As many real rows, none of them a member: what an honest sample of the same people would give away.
    independent
        As many rows with the margins of the real file and no relations.
    outsiders
        Rows the generator never saw, attacked with the synthetic release as a control; None where none were given.
    """

    members: Rows
    release: Rows
    fresh: Rows
    independent: Rows
    outsiders: Rows | None

    @property
    def releases(self) -> dict[str, Rows]:
        """The three releases by name."""
        return {"value": self.release, "floor": self.fresh, "independent": self.independent}


def read_rows(real: Coded, synthetic: Coded, held_out: Coded | None) -> Files:
    """Number the cells of all files together.

    Parameters
    ----------
    real, synthetic, held_out
        Files with the same columns, coded alike.

    Returns
    -------
    Files
        Cells that hold the same carry the same number in each.
    """
    files = [real, synthetic] + ([] if held_out is None else [held_out])
    cells = [np.empty(one.codes.shape, dtype=np.int32) for one in files]
    known = [one.codes.copy() for one in files]
    places = [np.full(one.codes.shape, np.nan, dtype=np.float32) for one in files]
    reasons = [one.reason for one in files]
    for j in range(real.p):
        # a tool that writes 32-bit numbers copies a row all the same
        answers = [np.where(r[:, j] == 0, one.values[:, j], 0.0).astype(np.float32) for one, r in zip(files, reasons)]
        _, numbers = np.unique(np.concatenate(answers), return_inverse=True)
        parts = np.split(numbers, np.cumsum([one.n for one in files])[:-1])
        for r, part, to in zip(reasons, parts, cells):
            to[:, j] = np.where(r[:, j] == 0, part, -r[:, j])
        is_exact = not real.is_number[j] or len(np.unique(answers[0][reasons[0][:, j] == 0])) <= MAX_EXACT
        for one, r, to_known, to_place, exact in zip(files, reasons, known, places, cells):
            to_known[:, j] = exact[:, j] if is_exact else np.where(r[:, j] == 0, one.codes[:, j], -r[:, j])
            if real.is_number[j]:
                to_place[:, j] = _place(one.values[:, j], real.values[:, j])
    rows = [
        Rows(names=real.names, is_number=real.is_number, cells=c, known=k, values=one.values, places=s)
        for one, c, k, s in zip(files, cells, known, places)
    ]
    return Files(real=rows[0], synthetic=rows[1], held_out=rows[2] if held_out is not None else None)


def _place(values: Floats, real: Floats) -> NDArray[np.float32]:
    order = np.sort(real[~np.isnan(real)])
    below, upto = (np.searchsorted(order, values, side=side) for side in ("left", "right"))
    return np.where(np.isnan(values), np.nan, (below + upto) / (2 * max(len(order), 1))).astype(np.float32)


def arrange(files: Files, rng: np.random.Generator, most: int | None = None) -> Setting:
    """Split the real rows in two, or take the held-out rows for the other half, and cut all releases to one size.

    Numbers such as the share of unique rows change with the size of a file. So that value, floor and independent
    columns can be compared, all three releases have the size of the smallest.

    Parameters
    ----------
    files
        The whole files.
    rng
        Chance.
    most
        Members, and rows of a release, at most; None for no limit.

    Returns
    -------
    Setting
        Members: all real rows where at least half as many are held out, else a random half of them.
    """
    real, held_out = files.real, files.held_out
    if held_out is not None and held_out.n >= LARGE_ENOUGH * real.n:
        members, other = real, held_out
    else:
        order = rng.permutation(real.n)
        members, other = real.take(order[: real.n // 2]), real.take(order[real.n // 2 :])
    size = min(other.n, files.synthetic.n, *([] if most is None else [most]))
    return Setting(
        members=members if most is None else members.draw(most, rng),
        release=files.synthetic.draw(size, rng),
        fresh=other.draw(size, rng),
        independent=real.shuffle(size, rng),
        outsiders=held_out,
    )


def group(parts: Sequence[NDArray[np.int32]]) -> list[NDArray[np.int64]]:
    """Number the different combinations of cells in several files together.

    Parameters
    ----------
    parts
        Cells, shapes (n_1, q), (n_2, q), ...

    Returns
    -------
    list of array
        For each file the number of each row's combination, from 0.
    """
    cells = np.concatenate(parts)
    numbers = np.zeros(len(cells), dtype=np.int64)
    for j in range(cells.shape[1]):
        _, here = np.unique(cells[:, j], return_inverse=True)
        _, numbers = np.unique(numbers * (int(here.max(initial=0)) + 1) + here, return_inverse=True)
    return np.split(numbers, np.cumsum([len(one) for one in parts])[:-1])
