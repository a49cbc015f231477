"""What is known of each column: its role and kind, the codes that stand for missing, and the labels it came with."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from lacunet._layout import CATEGORY_KINDS, Kind, Layout, Variable
from lacunet.table._raw import Storage

Role = Literal["modelled", "identifier", "text", "constant", "empty", "left out"]
Spelling = Literal["text", "numbers", "dates"]
ROLES: tuple[Role, ...] = ("modelled", "identifier", "text", "constant", "empty", "left out")


@dataclass(frozen=True, kw_only=True, slots=True)
class Coding:
    """How the cells of a column are to be read.

    Attributes
    ----------
    missing_codes
        Raw value (or ``".a"`` to ``".z"``, or None for an empty cell) → word for the reason; cells to be imputed.
    not_applicable
        Raw values (None for an empty cell) that say the question did not apply; cells to be kept.
    value_labels
        Raw value → label.
    ranges
        Ranges of user-missing values as SPSS keeps them, each ``(low, high)``.
    is_integer
        Whether every observed number is whole.
    decimals
        Decimals with which text spells numbers.
    """

    missing_codes: Mapping[Any, str] = field(default_factory=dict)
    not_applicable: tuple[Any, ...] = ()
    value_labels: Mapping[Any, str] = field(default_factory=dict)
    ranges: tuple[tuple[Any, Any], ...] = ()
    is_integer: bool = False
    decimals: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many cells of a column are known, and why those to be imputed are not (``by_reason``)."""

    n_known: int = 0
    n_missing: int = 0
    n_inapplicable: int = 0
    by_reason: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """What a file said of a column and is needed to write it back.

    ``spelling`` is what text cells hold: plain ``text``, ``numbers`` or ISO ``dates``.
    """

    dtype: str = ""
    format: str = ""
    measure: str = ""
    width: int = 0
    type: str = ""
    spelling: Spelling = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a table and what was decided about it.

    ``reason`` says in plain words why the column has its role and kind. ``levels`` are the raw values of a category,
    in order; position in it is what ``Table.values`` holds.
    """

    name: str
    role: Role
    kind: Kind | None
    reason: str
    storage: Storage
    label: str = ""
    levels: tuple[Any, ...] = ()
    coding: Coding = field(default_factory=Coding)
    counts: Counts = field(default_factory=Counts)
    origin: Origin = field(default_factory=Origin)

    @property
    def is_modelled(self) -> bool:
        """Whether the column takes part in a model."""
        return self.role == "modelled"

    @property
    def is_category(self) -> bool:
        """Whether the column has levels rather than numbers."""
        return self.kind in CATEGORY_KINDS

    @property
    def dtype(self) -> str:
        """The frame library's word for the column's type."""
        return self.origin.dtype

    @property
    def value_labels(self) -> Mapping[Any, str]:
        """Raw value → label."""
        return self.coding.value_labels

    @property
    def missing_codes(self) -> Mapping[Any, str]:
        """Raw value that stands for missing → word for the reason."""
        return self.coding.missing_codes

    @property
    def not_applicable(self) -> tuple[Any, ...]:
        """Raw values that say the question did not apply."""
        return self.coding.not_applicable

    @property
    def is_integer(self) -> bool:
        """Whether every observed number is whole."""
        return self.coding.is_integer

    @property
    def n_known(self) -> int:
        """Cells that are observed."""
        return self.counts.n_known

    @property
    def n_missing(self) -> int:
        """Cells to be imputed."""
        return self.counts.n_missing

    @property
    def n_inapplicable(self) -> int:
        """Cells kept because the question did not apply."""
        return self.counts.n_inapplicable

    @property
    def missing_by_reason(self) -> Mapping[str, int]:
        """Reason → cells to be imputed; sums to ``n_missing``."""
        return self.counts.by_reason

    def level_labels(self) -> tuple[str, ...]:
        """Levels as a reader wants to see them: the value label where there is one."""
        return tuple(str(self.value_labels.get(level, _plain(level))) for level in self.levels)

    def as_variable(self) -> Variable:
        """What the array world knows of the column."""
        assert self.kind is not None
        return Variable(
            name=self.name, kind=self.kind, n_levels=len(self.levels), is_integer=self.is_integer and not self.levels
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        plain = asdict(self)
        coding = plain["coding"]
        for key in ("missing_codes", "value_labels"):
            coding[key] = [[code, word] for code, word in coding[key].items()]
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Inverse of ``as_dict``, also after a trip through JSON."""
        parts = dict(plain)
        coding = dict(parts["coding"])
        for key in ("missing_codes", "value_labels"):
            coding[key] = dict(coding[key])
        coding["not_applicable"] = tuple(coding["not_applicable"])
        coding["ranges"] = tuple((low, high) for low, high in coding["ranges"])
        parts["coding"] = Coding(**coding)
        parts["counts"] = Counts(**parts["counts"])
        parts["origin"] = Origin(**parts["origin"])
        parts["levels"] = tuple(parts["levels"])
        return cls(**parts)


def _plain(level: Any) -> str:
    return f"{level:g}" if isinstance(level, float) else str(level)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """The columns of a table, in order, and the sentences that say what was decided about them."""

    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    file_label: str = ""

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(column.name for column in self.columns)

    @property
    def modelled(self) -> tuple[Column, ...]:
        """Columns that take part in a model, in order."""
        return tuple(column for column in self.columns if column.is_modelled)

    def as_layout(self) -> Layout:
        """The modelled columns as the array world knows them."""
        return Layout(variables=tuple(column.as_variable() for column in self.modelled))

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return {
            "columns": [column.as_dict() for column in self.columns],
            "notes": list(self.notes),
            "file_label": self.file_label,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Inverse of ``as_dict``."""
        columns = tuple(Column.from_dict(column) for column in plain["columns"])
        return cls(columns=columns, notes=tuple(plain["notes"]), file_label=plain.get("file_label", ""))

    def describe(self) -> list[dict[str, Any]]:
        """One row per column, as ``lacunet describe`` shows them."""
        return [
            {
                "column": column.name or "(no name)",
                "label": column.label,
                "role": column.role,
                "kind": column.kind or "",
                "reason": column.reason,
                "levels": len(column.levels),
                "known": column.n_known,
                "missing": column.n_missing,
                "not_applicable": column.n_inapplicable,
                "missing_by_reason": dict(column.missing_by_reason),
            }
            for column in self.columns
        ]
