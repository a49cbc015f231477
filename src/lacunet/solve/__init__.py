"""Exact answers where they exist: least squares, logit, Rubin's rules. float64, NumPy and SciPy only."""

from lacunet.solve._least_squares import Solution, solve_ols
from lacunet.solve._logit import solve_logit
from lacunet.solve._rubin import RubinSolution, combine_rubin, complete_dof

__all__ = ["RubinSolution", "Solution", "combine_rubin", "complete_dof", "solve_logit", "solve_ols"]
