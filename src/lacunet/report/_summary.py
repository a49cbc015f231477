"""Summaries of what was fitted: a few sentences and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

SHOWN = 40
"""Rows of the table that the text shows."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Summary:
    """A few sentences (``str``) and a frame (``table()``)."""

    lines: tuple[str, ...]
    rows: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """The rows as a pandas frame of its own."""
        return self.rows.copy()

    def __repr__(self) -> str:
        text = "\n".join(self.lines)
        if self.rows.empty:
            return text
        more = len(self.rows) - SHOWN
        body = as_text(self.rows.head(SHOWN))
        return f"{text}\n\n{body}" + (f"\n... and {more} more: see .table()" if more > 0 else "")


def as_text(table: pd.DataFrame, **options: Any) -> str:
    """A table as lines for a terminal, numbers with four digits; ``options`` are those of ``DataFrame.to_string``."""
    return table.to_string(index=False, float_format=lambda value: f"{value:.4g}", **options)


def setting_rows(settings: Sequence[tuple[str, Any]]) -> pd.DataFrame:
    """Options and their values."""
    return pd.DataFrame([(name, str(value)) for name, value in settings], columns=["setting", "value"])
