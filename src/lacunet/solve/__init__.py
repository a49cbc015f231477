"""Exact answers where they exist: regressions, Rubin's rules. float64, NumPy and SciPy only."""

from lacunet.solve._joint import (
    JointTest,
    likelihood_ratio_d3,
    likelihood_ratio_d4,
    pool_chi_squares_d2,
    wald_d1,
)
from lacunet.solve._least_squares import Solution, solve_ols
from lacunet.solve._logit import solve_logit
from lacunet.solve._mean import MODELS, mean_gradient, predict_mean
from lacunet.solve._model import log_likelihood_at, solve_model
from lacunet.solve._rubin import RubinSolution, combine_each, combine_rubin, complete_dof

__all__ = [
    "MODELS",
    "JointTest",
    "RubinSolution",
    "Solution",
    "combine_each",
    "combine_rubin",
    "complete_dof",
    "likelihood_ratio_d3",
    "likelihood_ratio_d4",
    "log_likelihood_at",
    "mean_gradient",
    "pool_chi_squares_d2",
    "predict_mean",
    "solve_logit",
    "solve_model",
    "solve_ols",
    "wald_d1",
]
