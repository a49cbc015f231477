"""Named data-generating processes and missingness mechanisms, shared by tests, benchmarks and docs."""

from lacunet.simulate._mechanism import mar, mcar, mnar
from lacunet.simulate._process import FIMD_SLOPE, fimd_line, king_mar1, king_truth

__all__ = ["FIMD_SLOPE", "fimd_line", "king_mar1", "king_truth", "mar", "mcar", "mnar"]
