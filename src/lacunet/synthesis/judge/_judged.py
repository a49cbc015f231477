"""What figures and pages read of a judgement, so that a judgement can make them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pandas as pd

from lacunet.synthesis.judge._measure import Measure


class Judged(Protocol):
    """A ``Judgement``, as its page sees it."""

    @property
    def measures(self) -> Sequence[Measure]:
        """All numbers."""

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Details by name."""

    @property
    def n_real(self) -> int:
        """Rows of the real file."""

    @property
    def n_synthetic(self) -> int:
        """Rows of a synthetic set."""

    @property
    def m(self) -> int:
        """Synthetic sets."""

    @property
    def columns(self) -> Sequence[str]:
        """Columns compared."""

    @property
    def target(self) -> str | None:
        """The column that matters, or None."""

    @property
    def keys(self) -> Sequence[str] | None:
        """Columns that an attacker may know, or None."""

    @property
    def seed(self) -> int:
        """Of everything drawn."""

    @property
    def notes(self) -> Sequence[str]:
        """What was decided."""

    @property
    def verdict(self) -> str:
        """One paragraph."""
