"""Many completed data sets, one table of results."""

from lacunet.pooling._analysis import pool_analysis
from lacunet.pooling._bootstrap import BootstrapPooled, pool_bootstrap
from lacunet.pooling._columns import collect_columns, collect_hits, collect_numbers
from lacunet.pooling._enough import Enough, imputations_needed, monte_carlo_error
from lacunet.pooling._formula import answer_formula, fit_formula
from lacunet.pooling._models import Model
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled
from lacunet.pooling._pooled_synthetic import FORMULAS, PooledSynthetic
from lacunet.pooling._quantities import (
    PooledQuantity,
    estimate_shares,
    pool_correlation,
    pool_proportion,
    pool_r_squared,
)
from lacunet.pooling._read_fit import read_coefficients
from lacunet.pooling._repeat import Sets, check_terms
from lacunet.pooling._samples import estimate_means, pool_mean, pool_quantile
from lacunet.pooling._synthetic import analyse_synthetic, fit_synthetic, pool_synthetic
from lacunet.pooling._tabulate import Tabulation, tabulate

__all__ = [
    "FORMULAS",
    "BootstrapPooled",
    "Enough",
    "Model",
    "Pooled",
    "PooledQuantity",
    "PooledSynthetic",
    "Sets",
    "Tabulation",
    "analyse_synthetic",
    "answer_formula",
    "check_terms",
    "collect_columns",
    "collect_hits",
    "collect_numbers",
    "estimate_means",
    "estimate_shares",
    "fit_formula",
    "fit_synthetic",
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
    "pool_synthetic",
    "read_coefficients",
    "tabulate",
]
