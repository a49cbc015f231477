"""The pooled result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Frame
from lacunet.errors import SpecError
from lacunet.pooling._design import Request, as_pandas
from lacunet.pooling._effects import average_effects, predict_rows
from lacunet.pooling._enough import Enough, imputations_needed, monte_carlo_error
from lacunet.pooling._joint_test import select_terms, test_terms
from lacunet.pooling._models import KINDS
from lacunet.pooling._printed import Printed
from lacunet.pooling._result import check_level, tabulate_terms
from lacunet.pooling._source import Source
from lacunet.solve import JointTest, RubinSolution, combine_rubin


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Pooled(Printed):
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
    request
        Formula, model and options; None when only estimates were handed over.
    statistics
        Statistics of each fit, shape ``(m,)`` each: "log_likelihood", "r_squared".
    source
        The way back to the completed data, which likelihood-ratio tests, predictions and effects need; None when only
        estimates were handed over.
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
    request: Request | None = None
    statistics: Mapping[str, Floats] = field(default_factory=dict)
    source: Source | None = None
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
        rubin = self.rubin
        std_error = np.sqrt(np.diag(rubin.total))
        rows = tabulate_terms(self.terms, rubin.estimates, std_error, rubin.dof, level)
        return rows.assign(**{"fmi": rubin.fmi, "riv": rubin.riv, "lambda": rubin.lambda_})

    def test(self, terms: str | Sequence[str], *, method: str = "D1") -> JointTest:
        """Test that the coefficients of one or several terms are all 0.

        D1 (Wald) is the one to reach for. D2 knows only the spread of the test statistics and is rough. D3 and D4
        compare likelihoods, which do not suppose that estimates are normal; they refit the model without the terms.

        Parameters
        ----------
        terms
            A term of the formula (``"C(educ)"`` means all its coefficients), a coefficient, or several of them.
        method
            "D1", "D2", "D3" or "D4".

        Returns
        -------
        JointTest
            An F statistic with its degrees of freedom and p-value.

        Raises
        ------
        ColumnError
            When a term is not in the model.
        SpecError
            When the method is unknown, or needs likelihoods that are not at hand.

        References
        ----------
        Li, K. H., T. E. Raghunathan, and D. B. Rubin. 1991. Journal of the American Statistical Association 86(416).
        Meng, X.-L., and D. B. Rubin. 1992. Biometrika 79(1): 103-111.
        Chan, K. W., and X.-L. Meng. 2022. Statistica Sinica 32: 1489-1514.
        """
        chosen = select_terms(self.terms, terms)
        dof = float(self.dof[chosen].min())
        return test_terms(self.estimates, self.covariances, dof, chosen, method, self.source)

    def enough(self, cv: float = 0.05) -> Enough:
        """How many imputations make the standard errors replicable: von Hippel's two-stage rule.

        Parameters
        ----------
        cv
            How far the standard errors may vary from run to run, as a share of themselves.

        Returns
        -------
        Enough
            The number needed, and a sentence that says what to do.
        """
        return imputations_needed(self.rubin, cv=cv)

    def monte_carlo_error(self, level: float = 0.95) -> pd.DataFrame:
        """How far the numbers of `table` would move with another run of the same number of imputations.

        Parameters
        ----------
        level
            Coverage of the intervals, a probability.

        Returns
        -------
        pandas.DataFrame
            One row per term: standard errors of estimate, std_error, p_value and the bounds over runs (jackknife).
        """
        return monte_carlo_error(self.estimates, self.covariances, self.dof, terms=self.terms, level=level)

    def predict(self, frame: Frame | None = None, *, level: float = 0.95) -> pd.DataFrame:
        """Predict the mean of the outcome for rows, or the probability of each of its levels.

        Parameters
        ----------
        frame
            Rows with the variables on the right side of the formula; None for the rows that were fitted.
        level
            Coverage of the intervals, a probability. They are intervals of the mean, not of a new observation.

        Returns
        -------
        pandas.DataFrame
            row (from 0), level (of an outcome with several), estimate, std_error, conf_low and conf_high, in the unit
            of the outcome.

        Raises
        ------
        SpecError
            When only estimates were handed over, or the model is not one that lacunet solves itself.
        """
        source = self._need_source("predict")
        new = None if frame is None else as_pandas(frame)
        return predict_rows(source, new, self.estimates, self.covariances, self._least_dof, check_level(level))

    def effects(self, variables: str | Sequence[str] | None = None) -> "Pooled":
        """Average marginal effects: how much the outcome's mean changes, averaged over the rows, pooled.

        Numbers: the slope. Categories and 0/1: the difference from the first level, all else as it is. Standard errors
        come from the delta method and Rubin's rules; weights of the fit weigh the average.

        Parameters
        ----------
        variables
            One or several variables of the formula; None for all.

        Returns
        -------
        Pooled
            One row per effect, in the unit of the outcome (probabilities for logit, probit and outcomes with levels).

        Raises
        ------
        SpecError
            When only estimates were handed over, or the model is not one that lacunet solves itself.
        ColumnError
            When a variable does not exist.

        References
        ----------
        Arel-Bundock, V., N. Greifer, and A. Heiss. 2024. How to interpret statistical models using marginaleffects for
        R and Python. Journal of Statistical Software 111(9).
        """
        source = self._need_source("effects")
        wanted = [variables] if isinstance(variables, str) else variables
        names, q, u = average_effects(source, self.estimates, self.covariances, wanted)
        dof = np.full(len(names), self._least_dof)
        return Pooled(
            terms=tuple(names),
            rubin=combine_rubin(q, u, dof),
            estimates=q,
            covariances=u,
            dof=dof,
            n_obs=self.n_obs,
            request=replace(source.request, model=""),
            notes=(f"Average marginal effects of the model {KINDS[self.model].label}.",),
        )

    @property
    def _least_dof(self) -> float:
        return float(self.dof.min())

    def _need_source(self, who: str) -> Source:
        if self.source is None:
            own = ", ".join(name for name, kind in KINDS.items() if kind.is_own)
            raise SpecError(
                f"{who}() needs the completed data and a model that lacunet solves itself ({own}), and has estimates "
                "only. Fit it with imp.fit(formula, model=...)."
            )
        return self.source

    def __repr__(self) -> str:
        return self._printed(f"Rubin's rules over m = {self.m}")
