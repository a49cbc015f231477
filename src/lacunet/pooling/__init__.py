"""Many completed data sets, one table of results."""

from lacunet.pooling._analysis import pool_analysis
from lacunet.pooling._bootstrap import BootstrapPooled, pool_bootstrap
from lacunet.pooling._design import check_names
from lacunet.pooling._enough import Enough, imputations_needed, monte_carlo_error
from lacunet.pooling._formula import fit_formula
from lacunet.pooling._models import Model
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled
from lacunet.pooling._quantities import PooledQuantity, pool_correlation, pool_proportion, pool_r_squared
from lacunet.pooling._read_fit import read_coefficients
from lacunet.pooling._repeat import check_terms
from lacunet.pooling._samples import pool_mean, pool_quantile
from lacunet.pooling._tabulate import Tabulation, tabulate

__all__ = [
    "BootstrapPooled",
    "Enough",
    "Model",
    "Pooled",
    "PooledQuantity",
    "Tabulation",
    "check_names",
    "check_terms",
    "fit_formula",
    "imputations_needed",
    "monte_carlo_error",
    "pool",
    "pool_analysis",
    "pool_bootstrap",
    "pool_correlation",
    "pool_mean",
    "pool_proportion",
    "pool_quantile",
    "pool_r_squared",
    "read_coefficients",
    "tabulate",
]
