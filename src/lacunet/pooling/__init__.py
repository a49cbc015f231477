"""Many completed data sets, one table of results."""

from lacunet.pooling._formula import Model, fit_formula
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled

__all__ = ["Model", "Pooled", "fit_formula", "pool"]
