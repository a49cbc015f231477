"""The door that both synthesizers share: a file or frame becomes what there is to learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lacunet._check import check_seed
from lacunet._layout import Kind, Layout
from lacunet._rng import draw_seed
from lacunet._typing import Frame, PathLike
from lacunet.errors import DataError
from lacunet.synthesis._design import Design, read_design
from lacunet.synthesis._engine_face import Source
from lacunet.synthesis._fitted import Real
from lacunet.synthesis._notes import say_bonds, say_columns, say_design, say_remarks
from lacunet.synthesis.coding._coding import Coding, Reasons
from lacunet.synthesis.conditions import Constraints, parse_constraints
from lacunet.table import Outline, Table, outline_of
from lacunet.table._table import open_source, read_and_remark
from lacunet.table._wish import Options

LEAST_ROWS = 10
"""Rows below which there is nothing to learn that would not point to persons."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """What there is to learn from.

    Attributes
    ----------
    table, reason, outline
        The rows, why cells have no value, and how rows are written.
    design
        Weights, strata, clusters.
    constraints
        What must be true of every row.
    seed
        Where all randomness comes from.
    notes
        What was decided for the user.
    """

    table: Table
    reason: Reasons
    outline: Outline
    design: Design
    constraints: Constraints
    seed: int
    notes: tuple[str, ...]

    @property
    def n_rows(self) -> int:
        """Rows of the real data."""
        return self.table.n_rows

    @property
    def layout(self) -> Layout:
        """The modelled columns."""
        return self.table.layout

    @property
    def source(self) -> Source:
        """The rows as numbers."""
        weigh = self.design.weigher(self.n_rows, self.seed)
        return Source(values=self.table.values, reason=self.reason, weigh=weigh)

    def as_fields(self, coding: Coding) -> dict[str, Any]:
        """What a fitted synthesizer keeps, with a word on the bonds that its coding found."""
        return {
            "outline": self.outline,
            "constraints": self.constraints,
            "seed": self.seed,
            "n_real": self.n_rows,
            "notes": (*self.notes, *say_bonds(coding)),
            "real": Real(table=self.table, reason=self.reason, design=self.design),
        }


def prepare(
    frame: Frame | PathLike,
    *,
    seed: int | None,
    constraints: str | Sequence[str],
    design: tuple[str | None, str | None, str | None],
    kinds: Mapping[str, Kind] | None,
    missing_codes: Mapping[str, Any] | Sequence[Any] | None,
    not_applicable: Mapping[str, Any] | Sequence[Any] | None,
    leave_out: Sequence[str],
    encoding: str | None,
) -> Prepared:
    """Read a table, its design and its constraints.

    Parameters
    ----------
    frame, kinds, missing_codes, not_applicable, leave_out, encoding
        See `lacunet.read_table`.
    seed
        None draws one from the system.
    constraints
        See `lacunet.synthesis.conditions.parse_constraints`.
    design
        Columns of weights, strata and clusters, or None.

    Raises
    ------
    DataError
        When there are too few rows, or no column to learn.
    """
    seed = draw_seed() if seed is None else check_seed(seed)
    options = Options(kinds=kinds, missing_codes=missing_codes, not_applicable=not_applicable, leave_out=leave_out)
    opened = open_source(frame, encoding)
    table, remarks = read_and_remark(opened, options)
    survey = read_design(table, *design)
    named = [name for name in design if name is not None]
    if named:
        without = replace(options, leave_out=[*leave_out, *named])
        table, remarks = read_and_remark(opened, without)
    _check(table)
    outline, reason = outline_of(table)
    rules = parse_constraints((constraints,) if isinstance(constraints, str) else tuple(constraints), outline.schema)
    broken = rules.check(table.analysis_frame()) if len(rules) else ()
    return Prepared(
        table=table,
        reason=reason,
        outline=outline,
        design=survey,
        constraints=rules,
        seed=seed,
        notes=(*say_columns(outline), *say_remarks(remarks), *say_design(named), *broken),
    )


def _check(table: Table) -> None:
    if table.n_rows < LEAST_ROWS:
        raise DataError(
            f"The data have {table.n_rows} rows. At least {LEAST_ROWS} are needed: fewer rows cannot be described "
            "without describing persons. Collect more, or simulate from a model instead."
        )
    if len(table.layout) == 0:
        raise DataError(
            "The data have no column that can be modelled: all are identifiers, free text, constant, empty or left "
            "out. Name kinds where they were guessed wrong (lacunet describe shows them)."
        )
