"""One number of a judgement, beside what would be ideal and what ignores every relation."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Area = Literal["fidelity", "usefulness", "disclosure"]
Better = Literal["low", "high", "near 1", "near 0.5", "near 0"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Measure:
    """One number of a judgement.

    Attributes
    ----------
    area
        What it speaks of.
    name
        In snake case, unique in its area.
    title
        As a reader wants to see it.
    value
        Of the synthetic rows; not a number where it could not be had (``sentence`` says why).
    floor
        Of real rows in place of synthetic ones: what chance alone does. NaN where there is none.
    independent
        Of the real columns, each shuffled by itself: what ignoring every relation does. NaN where it says nothing.
    better
        Which way is good.
    unit
        "%", "rows" and so on, or "".
    sentence
        What it says here, in plain words.
    details
        The parts behind it: worst columns, pairs, coefficients; or None.
    """

    area: Area
    name: str
    title: str
    value: float
    floor: float = float("nan")
    independent: float = float("nan")
    better: Better = "low"
    unit: str = ""
    sentence: str = ""
    details: pd.DataFrame | None = None

    @property
    def is_known(self) -> bool:
        """Whether the number could be had."""
        return bool(np.isfinite(self.value))
