"""Other imputers, one adapter each: ``rival(holed frame, m, seed) -> Result``."""

from benchmarks.rivals._exchange import Result
from benchmarks.rivals.amelia import amelia
from benchmarks.rivals.iterative import iterative
from benchmarks.rivals.mice import Mice
from benchmarks.rivals.midas2 import Midas2
from benchmarks.rivals.null import marginal, mean_mode
from benchmarks.rivals.ours import Lacunet

RIVALS = {
    "mice-cart": Mice("cart"),
    "mice-pmm": Mice("pmm"),
    "mice-default": Mice("default"),
    "amelia": amelia,
    "midas2": Midas2(scaled=False),
    "midas2-scaled": Midas2(scaled=True),
    "sklearn": iterative,
    "lacunet": Lacunet(),
    "lacunet-classic": Lacunet(classic=True),
    "mean-mode": mean_mode,
    "marginal": marginal,
}

__all__ = ["RIVALS", "Result"]
