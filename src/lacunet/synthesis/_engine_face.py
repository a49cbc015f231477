"""What a fitted synthesizer asks of whatever draws its rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.draw._from_nothing import Held
from lacunet.synthesis.coding._coding import Coding, Reasons

Rows = dict[str, NDArray[Any]]
"""``level``, ``z``, ``there``, each (k, p slots)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """The real rows, while they are at hand.

    Attributes
    ----------
    values, reason
        Shape (n, p).
    weigh
        Member -> random weights of the rows, mean 1, shape (n,).
    """

    values: Floats
    reason: Reasons
    weigh: Callable[[int], Floats]


class Engine(Protocol):
    """Draws rows of slots."""

    coding: Coding
    history: list[dict[str, Any]]

    def draw(
        self,
        rows: Rows,
        first: NDArray[np.intp],
        *,
        member: int,
        seed: int,
        held: Held | None = None,
        only_first: bool = False,
    ) -> Rows:
        """Fill what is not there, the slots ``first`` before the others; with ``log_weight`` (k,).

        With ``only_first`` the others are not needed, and may be left empty.
        """

    def learn(self, member: int, first: NDArray[np.intp], source: Source) -> None:
        """Learn a version of the model that random weights of the rows make as likely as the best."""

    def has_member(self, member: int, first: NDArray[np.intp]) -> bool:
        """Whether that version is there, for rows drawn in this order; version 0, the best, always is."""

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Weights and coding as flat names."""

    def as_meta(self) -> dict[str, Any]:
        """Everything that is not an array."""
