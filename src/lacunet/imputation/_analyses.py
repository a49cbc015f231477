"""Analyses of every completed table, as methods of completed data sets."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from scipy.stats import pearsonr

from lacunet._check import check_seed
from lacunet._typing import Floats
from lacunet.imputation._bootstrap import bootstrap_analysis
from lacunet.imputation._completed import CompletedFrames
from lacunet.imputation._engine_face import Fitted
from lacunet.pooling import (
    BootstrapPooled,
    Model,
    Pooled,
    PooledQuantity,
    collect_hits,
    collect_numbers,
    fit_formula,
    pool_analysis,
    pool_correlation,
    pool_mean,
    pool_proportion,
    pool_quantile,
)
from lacunet.table import Table


class Analyses:
    """One analysis of every completed table, and Rubin's rules."""

    table: Table
    draws: Floats
    fitted: Fitted
    seed: int

    def fit(
        self,
        formula: str,
        model: Model = "ols",
        *,
        cov: str | None = None,
        cluster: str | None = None,
        weights: str | None = None,
    ) -> Pooled:
        """Fit a model to every completed table and pool the answers by Rubin's rules.

        The formula sees numbers as numbers, also where the file spelled them as text beside a code, categories by
        their labels, and nothing where a question did not apply; such rows are left out, and said.

        Parameters
        ----------
        formula
            As in R: ``"income ~ age + C(educ)"``; ``"income ~ age | state + year"`` for fixed effects,
            ``"Surv(months, died) ~ age"`` for Cox.
        model
            "ols", "logit", "probit", "poisson", "negbin", "ordered", "multinomial", "fixed_effects" or "cox".
        cov
            "classical", "HC0", "HC1", "HC2" or "HC3"; None is "classical", and "HC1" where there are weights.
        cluster
            Column naming the cluster of each row, for standard errors that allow dependence within clusters.
        weights
            Column of sampling weights.

        Returns
        -------
        Pooled
            ``.table()`` has estimates, standard errors, intervals and the share of missing information.

        Raises
        ------
        SpecError
            When the model is unknown, options contradict each other, the formula cannot be read, or there is one
            imputation only.
        ColumnError
            When the formula or an option names a column that is not there.
        DataError
            When the outcome does not suit the model, or a fit fails.
        """
        frames = CompletedFrames(self.table, self.draws)
        return fit_formula(frames, formula, model, cov=cov, cluster=cluster, weights=weights)

    def pool(self, analysis: Callable[[pd.DataFrame], Any], *, bootstrap: int = 0, seed: int | None = None) -> Pooled:
        """Apply any analysis to every completed table and pool the answers by Rubin's rules.

        ``imp.pool(lambda frame: smf.ols("income ~ age", frame).fit())``

        Parameters
        ----------
        analysis
            Takes a completed pandas frame (as `fit` sees it: numbers as numbers, categories by their labels); returns a
            fitted model of statsmodels, linearmodels or pyfixest, or (estimates, covariance), or (estimates,
            covariance, degrees of freedom).
        bootstrap
            For estimators with coefficients and no covariance, as in scikit-learn: how often the rows of each completed
            table are resampled to get it. 200 or more; 0 to take it from the model.
        seed
            Decides the resampling; None takes that of the draws.

        Returns
        -------
        Pooled
            With the complete-data degrees of freedom that the model itself reports.

        Raises
        ------
        SpecError
            When the analysis returns what cannot be pooled, or there is one imputation only.
        DataError
            When it fails on some of the tables, or the terms differ between them.
        """
        frames = CompletedFrames(self.table, self.draws)
        chosen = self.seed if seed is None else check_seed(seed)
        return pool_analysis(frames, analysis, bootstrap=bootstrap, seed=chosen)

    def bootstrap(
        self,
        analysis: str | Callable[[pd.DataFrame], Any],
        model: Model = "ols",
        *,
        n_samples: int = 200,
        m: int = 2,
        seed: int | None = None,
    ) -> BootstrapPooled:
        """Resample rows, impute each sample anew, analyse: honest where imputation and analysis disagree.

        Rubin's standard errors suppose that the imputation model and the analysis make the same assumptions. Where they
        do not, these still hold. Every sample trains an imputer of its own, so this takes ``n_samples`` times as long.

        Parameters
        ----------
        analysis
            A formula, as `fit` takes it, or a function of a completed pandas frame that returns a fitted model,
            coefficients by name, or a row of numbers.
        model
            With a formula: the model.
        n_samples
            Bootstrap samples, 200 or more for intervals that are printed.
        m
            Imputations of each, at least 2.
        seed
            Decides samples and imputations; None takes that of the draws.

        Returns
        -------
        BootstrapPooled
            ``.table()`` has estimates, standard errors and intervals.

        Raises
        ------
        SpecError
            When a number is out of range.
        DataError
            When the analysis fails on a sample.

        References
        ----------
        von Hippel, P. T., and J. W. Bartlett. 2021. Statistical Science 36(3): 400-420.
        """
        chosen = self.seed if seed is None else check_seed(seed)
        return bootstrap_analysis(self.fitted, self.table, analysis, model, n_samples=n_samples, m=m, seed=chosen)

    def mean(self, variable: str, *, weights: str | None = None) -> Pooled:
        """Mean of a number, pooled.

        Parameters
        ----------
        variable
            A column of numbers; rows to which it does not apply are left out.
        weights
            Column of sampling weights.

        Returns
        -------
        Pooled
            One row.

        Raises
        ------
        ColumnError
            When the column does not exist or holds no numbers.
        """
        samples, scales = self._numbers((variable,), weights)
        return pool_mean([sample[:, 0] for sample in samples], weights=scales, term=f"mean of {variable}")

    def quantile(self, variable: str, q: float | Sequence[float] = 0.5, *, weights: str | None = None) -> Pooled:
        """Quantiles of a number, pooled; Woodruff's variance within each table.

        Parameters
        ----------
        variable
            A column of numbers; rows to which it does not apply are left out.
        q
            One or several probabilities; 0.5 is the median.
        weights
            Column of sampling weights.

        Returns
        -------
        Pooled
            One row per quantile.

        Raises
        ------
        ColumnError
            When the column does not exist or holds no numbers.
        """
        samples, scales = self._numbers((variable,), weights)
        pooled = pool_quantile([sample[:, 0] for sample in samples], q, weights=scales)
        return replace(pooled, terms=tuple(f"{variable}: {term}" for term in pooled.terms))

    def proportion(self, variable: str, *, weights: str | None = None) -> PooledQuantity:
        """Share of each level of a category, pooled, with intervals that stay within 0 and 1.

        Parameters
        ----------
        variable
            A category, or a number with few values; rows to which it does not apply are left out.
        weights
            Column of sampling weights.

        Returns
        -------
        PooledQuantity
            ``.table()`` has one row per level.

        Raises
        ------
        ColumnError
            When the column does not exist.
        """
        levels, hits, scales = collect_hits(CompletedFrames(self.table, self.draws), variable, weights)
        return pool_proportion(hits, weights=scales, terms=[f"{variable}: {level}" for level in levels])

    def correlation(self, first: str, second: str) -> PooledQuantity:
        """Pearson's correlation of two numbers, pooled as Fisher's z.

        Parameters
        ----------
        first, second
            Columns of numbers; rows to which one of them does not apply are left out.

        Returns
        -------
        PooledQuantity
            ``.table()`` has estimate, interval and p-value.

        Raises
        ------
        ColumnError
            When a column does not exist or holds no numbers.
        """
        pairs, _ = self._numbers((first, second), None)
        values = [float(pearsonr(pair[:, 0], pair[:, 1]).statistic) for pair in pairs]
        return pool_correlation(values, len(pairs[0]), terms=[f"{first}, {second}"])

    def _numbers(self, names: tuple[str, ...], weights: str | None) -> tuple[list[Floats], list[Floats] | None]:
        """Columns of numbers of every completed table, and the weights, in the rows to which all of them apply."""
        return collect_numbers(CompletedFrames(self.table, self.draws), names, weights)
