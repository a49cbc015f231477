"""Other imputers, one adapter each: ``rival(holed frame, m, seed) -> Result``."""

from benchmarks.rivals._exchange import Result
from benchmarks.rivals.mice import Mice

RIVALS = {
    "mice-cart": Mice("cart"),
    "mice-pmm": Mice("pmm"),
    "mice-default": Mice("default"),
}

__all__ = ["RIVALS", "Result"]
