"""Named data-generating processes and missingness mechanisms, shared by tests, benchmarks and docs."""

from lacunet.simulate._mechanism import mar, mcar, mnar
from lacunet.simulate._process import (
    CURVE_SLOPES,
    FIMD_SLOPE,
    SPREAD_CUT,
    curved_surface,
    fimd_line,
    king_mar1,
    king_truth,
    spread_line,
    spread_truth,
)

__all__ = [
    "CURVE_SLOPES",
    "FIMD_SLOPE",
    "SPREAD_CUT",
    "curved_surface",
    "fimd_line",
    "king_mar1",
    "king_truth",
    "mar",
    "mcar",
    "mnar",
    "spread_line",
    "spread_truth",
]
