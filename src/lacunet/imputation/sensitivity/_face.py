"""What imputations look like from here, and what comes back."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, Self

import pandas as pd

from lacunet._typing import Floats
from lacunet.imputation._engine_face import Fitted
from lacunet.table import Table


class Imputed(Protocol):
    """Completed data sets: a table, draws of its missing cells, what drew them, and the seed."""

    @property
    def table(self) -> Table:
        """The data with their schema."""
        ...

    @property
    def draws(self) -> Floats:
        """Values of the missing cells, shape ``(m, n_cells)``."""
        ...

    @property
    def fitted(self) -> Fitted:
        """The imputer that drew them."""
        ...

    @property
    def seed(self) -> int:
        """The seed of the draws."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjustment:
    """Record of one change made to imputed cells.

    Attributes
    ----------
    kind
        "shift", "priors" or "transform".
    variables
        Variables whose imputed cells changed.
    sentence
        What was done, in plain words.
    """

    kind: Literal["shift", "priors", "transform"]
    variables: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Inverse of ``as_dict``, also after a trip through JSON."""
        return cls(**{**plain, "variables": tuple(plain["variables"])})


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjusted:
    """New draws, and the record of what was done to them.

    Attributes
    ----------
    draws
        Values of the missing cells, shape ``(m, n_cells)``.
    adjustment
        The record.
    details
        One row per row of the data for which a prior was given; None for other changes.
    """

    draws: Floats
    adjustment: Adjustment
    details: pd.DataFrame | None = None


def adjustments_of(imputed: Imputed) -> tuple[Adjustment, ...]:
    """Changes made so far, the oldest first."""
    return tuple(getattr(imputed, "adjustments", ()))
