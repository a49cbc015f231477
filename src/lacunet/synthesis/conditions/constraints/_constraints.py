"""What must be true of every row."""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Floats
from lacunet.errors import DataWarning, SpecError
from lacunet.report._words import join
from lacunet.synthesis.conditions.constraints._claims import Claim
from lacunet.synthesis.conditions.constraints._contradictions import refuse_contradictions
from lacunet.synthesis.conditions.constraints._expression import read_claim
from lacunet.synthesis.conditions.constraints._terms import Term
from lacunet.table import Schema

FEW_ROWS = 5
"""Rows that a message names."""
MOST_DECIMALS = 4
"""Decimals to which a file may have rounded what it reckoned."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Constraints:
    """Statements about columns that have to be true of every row.

    Made by `parse_constraints`. Rows are analysis frames (`Table.analysis_frame`, `Outline.analysis_frame`): numbers as
    numbers, dates as dates, categories with their labels, empty where there is no value.

    Attributes
    ----------
    claims
        The constraints, in the order given.
    derived
        Column → what it is reckoned from, for equalities such as ``total == wage + other``; a column that another needs
        stands before it. Such columns are best left out of a model and reckoned afterwards with `derive`.
    schema
        The columns there are.
    """

    claims: tuple[Claim, ...]
    derived: Mapping[str, Term]
    schema: Schema

    def __len__(self) -> int:
        return len(self.claims)

    @property
    def texts(self) -> tuple[str, ...]:
        """The constraints as they were written."""
        return tuple(claim.text for claim in self.claims)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that a constraint names, in the order of the schema."""
        named = frozenset().union(*(claim.columns for claim in self.claims))
        return tuple(name for name in self.schema.names if name in named)

    def holds(self, frame: pd.DataFrame) -> Bools:
        """Which constraints each row keeps.

        A comparison with an empty cell is neither true nor false, and a constraint is broken only where the cells that
        are known make it false, whatever the empty ones might be.

        Parameters
        ----------
        frame
            Analysis frame of n rows that has the columns named.

        Returns
        -------
        numpy.ndarray
            Shape (n, constraints).
        """
        found = np.ones((len(frame), len(self.claims)), dtype=bool)
        for i, claim in enumerate(self.claims):
            found[:, i] = ~claim.judge(frame).no
        return found

    def derive(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with every derived column reckoned anew; empty where a part of it is empty.

        Parameters
        ----------
        frame
            Analysis frame that has the parts.

        Returns
        -------
        pandas.DataFrame
        """
        made = frame.copy(deep=False)
        for name, term in self.derived.items():
            made[name] = _as_cells(self._reckon(term, made), term.kind == "date")
        return made

    def check(self, frame: pd.DataFrame) -> tuple[str, ...]:
        """Say which constraints real rows already break.

        Parameters
        ----------
        frame
            Analysis frame of the real rows.

        Returns
        -------
        tuple of str
            A sentence for each constraint that some row breaks, with the number and the first of the rows, counted
            from 1.

        Raises
        ------
        SpecError
            When no row satisfies all constraints; those that exclude each other are named.

        Warns
        -----
        DataWarning
            With these sentences, if there are any.
        """
        held = self.holds(frame)
        if len(frame) and not held.all(axis=1).any():
            raise SpecError(self._say_none(held, frame))
        sentences = tuple(self._say_broken(int(i), held[:, i], frame) for i in np.flatnonzero(~held.all(axis=0)))
        if sentences:
            warnings.warn(" ".join(sentences), DataWarning, stacklevel=2)
        return sentences

    def _say_none(self, held: Bools, frame: pd.DataFrame) -> str:
        core = list(range(held.shape[1]))
        for i in range(held.shape[1]):
            others = [j for j in core if j != i]
            if others and not held[:, others].all(axis=1).any():
                core = others
        said = join([repr(self.claims[i].text) for i in core])
        n = len(held)
        if len(core) == 1:
            return (
                f"None of the {n:,} rows satisfies the constraint {said}. A constraint needs rows from which to learn "
                f"what it leaves possible.{self._say_rounding(core[0], frame) or ' Correct it.'}"
            )
        return (
            f"None of the {n:,} rows satisfies the constraints {said} together, though each holds somewhere: they "
            "contradict each other. Constraints that hold together are needed. Drop or correct one."
        )

    def _say_broken(self, i: int, holds: Bools, frame: pd.DataFrame) -> str:
        rows = np.flatnonzero(~holds)
        first = join([f"{row + 1:,}" for row in rows[:FEW_ROWS]])
        where = f"row{'s' if len(rows) > 1 else ''} {first}" if len(rows) <= FEW_ROWS else f"first: rows {first}"
        return (
            f"{len(rows):,} of {len(holds):,} rows break the constraint {self.claims[i].text!r} ({where})."
            f"{self._say_rounding(i, frame)} What is made will keep it. If these rows are right, drop or correct it; "
            "else correct them."
        )

    def _say_rounding(self, i: int, frame: pd.DataFrame) -> str:
        """Whether the equality would hold had it been rounded as the file rounds."""
        for name, term in self.claims[i].definitions:
            if self.derived.get(name) is not term or term.kind != "number":
                continue
            written = name if name.isidentifier() else f"`{name}`"
            told, reckoned = frame[name].to_numpy(dtype=np.float64, na_value=np.nan), self._reckon(term, frame)
            for decimals in range(MOST_DECIMALS + 1):
                gap = np.abs(told - reckoned)
                if np.nanmax(gap, initial=0.0) <= 0.5 * 10.0**-decimals * (1 + 1e-6) and _is_rounded(told, decimals):
                    return f" Up to rounding it holds: write {written} == round({term.text}, {decimals})."
        return ""

    @staticmethod
    def _reckon(term: Term, frame: pd.DataFrame) -> Floats:
        assert term.read is not None
        return term.read(frame)


def _is_rounded(numbers: Floats, decimals: int) -> bool:
    known = numbers[np.isfinite(numbers)]
    return bool(np.allclose(known, np.round(known, decimals), rtol=0, atol=1e-9))


def _as_cells(numbers: Floats, is_date: bool) -> Any:
    if not is_date:
        return np.where(np.isfinite(numbers), numbers, np.nan)
    micros = np.where(np.isfinite(numbers), np.rint(numbers * 86_400_000_000), 0.0).astype(np.int64)
    stamps = micros.view("datetime64[us]").copy()
    stamps[~np.isfinite(numbers)] = np.datetime64("NaT")
    return stamps


def parse_constraints(texts: str | Iterable[str], schema: Schema) -> Constraints:
    """Read constraints: expressions over column names that have to be true of every row.

    ``"age >= 18"``, ``"start <= end"``, ``"total == wage + other"``, ``"hours == 0 or employed == 'yes'"``,
    ``"isna(spouse_age) or married == 'yes'"``, ``"region in ['N', 'S']"``. There are ``== != < <= > >=``, ``in``,
    ``and``, ``or``, ``not``, arithmetic, and the functions isna, notna, min, max, round, abs, ceil, floor, exp, log and
    sqrt; a name that holds a space stands in backticks. Levels are written by label or raw value, dates as text
    (``"start >= '2020-01-31'"``); the difference of two dates is in days. The text is parsed, never run.

    Where a comparison meets an empty cell it is neither true nor false (Kleene 1952), and the constraint is kept: a
    constraint is broken only where what is known makes it false.

    Parameters
    ----------
    texts
        The constraints; one may stand alone.
    schema
        The columns there are.

    Returns
    -------
    Constraints

    Raises
    ------
    SpecError
        When a constraint cannot be read or means nothing, a column is to be reckoned twice or from itself, or
        constraints contradict each other; they are named.
    ColumnError
        When a column or level does not exist; the nearest is named.

    References
    ----------
    Kleene, S. C. 1952. Introduction to Metamathematics, §64. North-Holland.

    Differs: what is neither true nor false counts as kept.
    """
    given = [texts] if isinstance(texts, str) else list(texts)
    claims = tuple(read_claim(text, schema) for text in given)
    derived = _derive(claims)
    refuse_contradictions(claims, schema)
    return Constraints(claims=claims, derived=derived, schema=schema)


def _derive(claims: Iterable[Claim]) -> dict[str, Term]:
    """Columns that equalities define, parts first."""
    chosen: dict[str, tuple[Term, Claim]] = {}
    for claim in claims:
        if not claim.definitions:
            continue
        for name, term in claim.definitions:
            if name in term.columns:
                raise SpecError(
                    f"The constraint {claim.text!r} reckons {name!r} from itself. What a column is reckoned from has "
                    f"to be other columns. Solve it for {name!r}, or write an inequality."
                )
        for name, term in claim.definitions:
            trial = chosen | {name: (term, claim)}
            if name not in chosen and _order(trial) is not None:
                chosen = trial
                break
        else:
            raise SpecError(_say_doubled(claim, chosen))
    return {name: chosen[name][0] for name in _order(chosen) or ()}


def _order(chosen: Mapping[str, tuple[Term, Claim]]) -> list[str] | None:
    """The columns with parts before wholes, None where they go in a circle."""
    graph = {name: [part for part in chosen if part in term.columns] for name, (term, _) in chosen.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:
        return None


def _say_doubled(claim: Claim, chosen: Mapping[str, tuple[Term, Claim]]) -> str:
    name = claim.definitions[0][0]
    if name in chosen:
        return (
            f"The constraints {chosen[name][1].text!r} and {claim.text!r} both reckon {name!r}. A column can be "
            "reckoned once. Solve one of them for another of its columns, with that column alone on the left."
        )
    circle = [repr(other.text) for _, other in chosen.values()] + [repr(claim.text)]
    return (
        f"The constraints {join(circle)} go in a circle: {name!r} is reckoned from columns that are reckoned from it. "
        "Each column has to rest on others. Drop one of them."
    )
