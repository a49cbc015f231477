"""Many completed data sets, one table of results."""

from lacunet.pooling._analysis import pool_analysis
from lacunet.pooling._formula import fit_formula
from lacunet.pooling._models import Model
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled
from lacunet.pooling._tabulate import Tabulation, tabulate

__all__ = ["Model", "Pooled", "Tabulation", "fit_formula", "pool", "pool_analysis", "tabulate"]
