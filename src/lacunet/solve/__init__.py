"""Exact answers where they exist: regressions, Rubin's rules. float64, NumPy and SciPy only."""

from lacunet.solve._calibration import Reliability, apply_temperature, fit_temperature, measure_reliability
from lacunet.solve._conformal import ConformalMargin, conformal_quantile, cross_conformal, split_conformal
from lacunet.solve._conformal_sets import ConformalSets, conformal_sets, level_scores
from lacunet.solve._correlation import both_correlations, correlate, correlation_errors, rank
from lacunet.solve._delete_cluster import leave_clusters_out
from lacunet.solve._delete_one import Replicates, jackknife_error, leave_rows_out
from lacunet.solve._joint import (
    JointTest,
    likelihood_ratio_d3,
    likelihood_ratio_d4,
    pool_chi_squares_d2,
    wald_d1,
)
from lacunet.solve._least_squares import Solution, solve_ols
from lacunet.solve._logit import solve_logit
from lacunet.solve._many_outcomes import ManyOutcomes, fit_many, square_interval
from lacunet.solve._mean import MODELS, mean_gradient, predict_mean
from lacunet.solve._model import log_likelihood_at, solve_model
from lacunet.solve._procrustes import Rotation, solve_procrustes
from lacunet.solve._pseudo_population import draw_row_weights
from lacunet.solve._ridge import fit_ridge_logit
from lacunet.solve._rubin import RubinSolution, combine_each, combine_rubin, complete_dof
from lacunet.solve._shuffle import shuffle_test
from lacunet.solve._synthetic import RULES, Rule, SyntheticSolution, combine_synthetic, count_sets, wald_synthetic

__all__ = [
    "MODELS",
    "RULES",
    "ConformalMargin",
    "ConformalSets",
    "JointTest",
    "ManyOutcomes",
    "Reliability",
    "Replicates",
    "Rotation",
    "RubinSolution",
    "Rule",
    "Solution",
    "SyntheticSolution",
    "apply_temperature",
    "both_correlations",
    "combine_each",
    "combine_rubin",
    "combine_synthetic",
    "complete_dof",
    "conformal_quantile",
    "conformal_sets",
    "correlate",
    "correlation_errors",
    "count_sets",
    "cross_conformal",
    "draw_row_weights",
    "fit_many",
    "fit_ridge_logit",
    "fit_temperature",
    "jackknife_error",
    "leave_clusters_out",
    "leave_rows_out",
    "level_scores",
    "likelihood_ratio_d3",
    "likelihood_ratio_d4",
    "log_likelihood_at",
    "mean_gradient",
    "measure_reliability",
    "pool_chi_squares_d2",
    "predict_mean",
    "rank",
    "shuffle_test",
    "solve_logit",
    "solve_model",
    "solve_ols",
    "solve_procrustes",
    "split_conformal",
    "square_interval",
    "wald_d1",
    "wald_synthetic",
]
