"""The one sentence that tables and arrays both speak: which column is what kind of variable.

A table becomes a float64 matrix ``values`` (n rows, p variables) and an int8 matrix ``state`` of the
same shape. Numbers stand as they are, dates as days since 1970-01-01, categories as the position of
their level (0, 1, ...). Cells whose state is not ``OBSERVED`` are NaN in ``values``.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Kind = Literal["continuous", "count", "binary", "nominal", "ordinal", "semicontinuous", "date"]
KINDS: tuple[Kind, ...] = ("continuous", "count", "binary", "nominal", "ordinal", "semicontinuous", "date")
CATEGORY_KINDS: frozenset[Kind] = frozenset({"binary", "nominal", "ordinal"})

OBSERVED, MISSING, INAPPLICABLE = 0, 1, 2
"""States of a cell: known; to be imputed; kept as it is because the question did not apply."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """What the array world knows of one variable.

    Attributes
    ----------
    name
        The column's name, for messages only.
    kind
        One of ``KINDS``.
    n_levels
        Number of levels of a category (at least 1), 0 for a number or date.
    is_integer
        Whether every observed number is whole.
    """

    name: str
    kind: Kind
    n_levels: int = 0
    is_integer: bool = False

    @property
    def is_category(self) -> bool:
        """Whether the variable has levels rather than numbers."""
        return self.kind in CATEGORY_KINDS


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The variables of a matrix, in the order of its columns."""

    variables: tuple[Variable, ...]

    def __len__(self) -> int:
        return len(self.variables)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables, in order."""
        return tuple(variable.name for variable in self.variables)

    def as_list(self) -> list[dict[str, Any]]:
        """Plain form for JSON."""
        return [asdict(variable) for variable in self.variables]

    @classmethod
    def from_list(cls, rows: list[dict[str, Any]]) -> Self:
        """Inverse of ``as_list``."""
        return cls(variables=tuple(Variable(**row) for row in rows))
