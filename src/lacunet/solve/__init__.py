"""Exact answers where they exist: regressions, Rubin's rules. float64, NumPy and SciPy only."""

from lacunet.solve._calibration import Reliability, apply_temperature, fit_temperature, measure_reliability
from lacunet.solve._conformal import ConformalMargin, conformal_quantile, cross_conformal, split_conformal
from lacunet.solve._conformal_sets import ConformalSets, conformal_sets, level_scores
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
from lacunet.solve._pseudo_population import draw_row_weights
from lacunet.solve._ridge import fit_ridge_logit
from lacunet.solve._rubin import RubinSolution, combine_each, combine_rubin, complete_dof
from lacunet.solve._synthetic import RULES, Rule, SyntheticSolution, combine_synthetic, count_sets, wald_synthetic

__all__ = [
    "MODELS",
    "RULES",
    "ConformalMargin",
    "ConformalSets",
    "JointTest",
    "Reliability",
    "RubinSolution",
    "Rule",
    "Solution",
    "SyntheticSolution",
    "apply_temperature",
    "combine_each",
    "combine_rubin",
    "combine_synthetic",
    "complete_dof",
    "conformal_quantile",
    "conformal_sets",
    "count_sets",
    "cross_conformal",
    "draw_row_weights",
    "fit_ridge_logit",
    "fit_temperature",
    "level_scores",
    "likelihood_ratio_d3",
    "likelihood_ratio_d4",
    "log_likelihood_at",
    "mean_gradient",
    "measure_reliability",
    "pool_chi_squares_d2",
    "predict_mean",
    "solve_logit",
    "solve_model",
    "solve_ols",
    "split_conformal",
    "wald_d1",
    "wald_synthetic",
]
