"""The pooled result."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.solve import RubinSolution


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Pooled:
    """Estimates from m completed data sets, pooled by Rubin's rules.

    Made by `pool` and by ``Imputations.fit``; `table` is what to look at. The interval and the p-value of a term use
    Student's t with Barnard and Rubin's degrees of freedom.

    Attributes
    ----------
    terms
        Names of the k coefficients.
    rubin
        Pooled estimates, their covariances and the diagnostics of missing information.
    estimates
        Estimates from each completed data set, shape ``(m, k)``.
    covariances
        Their covariance matrices, shape ``(m, k, k)``.
    dof
        Degrees of freedom had nothing been missing (``inf`` where asymptotic), shape ``(k,)``.
    n_obs
        Rows used in each completed data set (the least over the m, should they differ); None when unknown.
    model
        "ols", "logit", or "" when only estimates were handed over.
    formula
        The formula fitted, or "".
    notes
        What was decided for the user, one plain sentence each.

    References
    ----------
    Rubin, D. B. 1987. Multiple Imputation for Nonresponse in Surveys, ch. 3. Wiley.
    Barnard, J., and D. B. Rubin. 1999. Small-sample degrees of freedom with multiple imputation.
    Biometrika 86(4): 948-955.

    Examples
    --------
    >>> import numpy as np
    >>> from lacunet.pooling import pool
    >>> pooled = pool(np.array([[1.0], [3.0]]), np.array([[[1.0]], [[1.0]]]))
    >>> pooled.table()[["estimate", "std_error"]].to_numpy().tolist()
    [[2.0, 2.0]]
    """

    terms: tuple[str, ...]
    rubin: RubinSolution
    estimates: Floats
    covariances: Floats
    dof: Floats
    n_obs: int | None = None
    model: str = ""
    formula: str = ""
    notes: tuple[str, ...] = ()

    @property
    def m(self) -> int:
        """Number of imputations pooled."""
        return self.rubin.m

    @property
    def vcov(self) -> pd.DataFrame:
        """Total covariance matrix T of the pooled estimates, named on both sides."""
        return pd.DataFrame(self.rubin.total, index=list(self.terms), columns=list(self.terms))

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Show one row per term.

        Parameters
        ----------
        level
            Coverage of the intervals, a probability.

        Returns
        -------
        pandas.DataFrame
            Columns term, estimate, std_error (of the total variance), statistic (estimate / std_error), df
            (Barnard–Rubin), p_value (two-sided), conf_low, conf_high, fmi (fraction of missing information),
            riv (relative increase in variance), lambda (share of the variance due to missing values).

        Raises
        ------
        SpecError
            When ``level`` is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise SpecError(
                f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % confidence intervals."
            )
        rubin = self.rubin
        std_error = np.sqrt(np.diag(rubin.total))
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = rubin.estimates / std_error
        half = stdtrit(rubin.dof, 0.5 + level / 2) * std_error
        return pd.DataFrame(
            {
                "term": list(self.terms),
                "estimate": rubin.estimates,
                "std_error": std_error,
                "statistic": statistic,
                "df": rubin.dof,
                "p_value": 2 * stdtr(rubin.dof, -np.abs(statistic)),
                "conf_low": rubin.estimates - half,
                "conf_high": rubin.estimates + half,
                "fmi": rubin.fmi,
                "riv": rubin.riv,
                "lambda": rubin.lambda_,
            }
        )

    def __repr__(self) -> str:
        name = {"ols": "OLS", "logit": "Logit"}.get(self.model, "Estimates")
        rows = "" if self.n_obs is None else f", n = {self.n_obs:,}"
        head = f"{name}{': ' + self.formula if self.formula else ''}\nRubin's rules over m = {self.m}{rows}"
        body = self.table().to_string(index=False, float_format=lambda value: f"{value:.4g}")
        return "\n".join([head, "", body, *(f"Note: {note}" for note in self.notes)])
