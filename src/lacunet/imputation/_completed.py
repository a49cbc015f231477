"""The completed tables as statistics wants them, as often as they are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from lacunet._typing import Floats
from lacunet.table import Table


@dataclass(frozen=True)
class CompletedFrames:
    """Makes each completed frame when its turn comes, every time it is gone through.

    Attributes
    ----------
    table, draws
        The data, and the m draws of their missing cells.
    """

    table: Table
    draws: Floats

    def __len__(self) -> int:
        return len(self.draws)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return (self.table.analysis_frame(draw) for draw in self.draws)
