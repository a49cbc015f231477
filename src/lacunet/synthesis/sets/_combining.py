"""Analyses of every synthetic set, and the combining rule for the way the sets were made."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from lacunet._check import check_seed
from lacunet._typing import Floats, Frame, PathLike, States
from lacunet.errors import DataWarning, SpecError
from lacunet.pooling import (
    FORMULAS,
    Model,
    PooledSynthetic,
    Sets,
    analyse_synthetic,
    answer_formula,
    collect_hits,
    collect_numbers,
    estimate_means,
    estimate_shares,
    fit_synthetic,
    pool_synthetic,
)
from lacunet.solve import RULES, Rule
from lacunet.synthesis.judge._usefulness_fits import Fit, compare_fits
from lacunet.synthesis.sets._rule import Made, choose_rule, object_to
from lacunet.table import Outline

Draw = tuple[Floats, States]
"""Values (k, p) of the modelled columns, and the reasons where there is none."""
REAL_AND_SYNTHETIC = Sets("data sets (number 0 is the real one)", "data")


class Combining:
    """One analysis of every set, and one table of the answers."""

    outline: Outline
    draws: tuple[Draw, ...]
    n_real: int
    is_partial: bool
    is_proper: bool
    is_weighted: bool
    n_models: int | None
    replaced: tuple[str, ...]
    seed: int
    is_private: ClassVar[bool] = False

    @property
    def n_rows(self) -> int:
        """Rows of each set."""
        return len(self.draws[0][0]) if self.draws else 0

    @property
    def rule(self) -> Rule:
        """The combining rule for sets made as these were."""
        return choose_rule(self._made)[0]

    @property
    def why(self) -> str:
        """Why this rule, in a sentence that can be quoted."""
        return choose_rule(self._made)[1]

    def fit(
        self,
        formula: str,
        model: Model = "ols",
        *,
        rule: Rule | None = None,
        cov: str | None = None,
        cluster: str | None = None,
        weights: str | None = None,
    ) -> PooledSynthetic:
        """Fit a model to every set and combine the answers by the rule for the way the sets were made.

        The formula sees numbers as numbers, categories by their labels, and nothing where there is no value.

        Parameters
        ----------
        formula
            As in R: ``"income ~ age + C(educ)"``.
        model
            "ols", "logit", "probit", "poisson", "negbin", "ordered", "multinomial", "fixed_effects" or "cox".
        rule
            "fully", "partially", "plug-in" or "plug-in proper"; None for the one that `rule` names. "partially"
            measures how much the sets differ where the plug-in rules suppose it, and is there to check them.
        cov
            "classical", "HC0", "HC1", "HC2" or "HC3"; None is "classical", and "HC1" where there are weights.
        cluster
            Column naming the cluster of each row.
        weights
            Column of sampling weights; for sets with real weights in them. Sets drawn so as to look like the
            population (made with ``weights``) need none.

        Returns
        -------
        PooledSynthetic
            ``.table()`` has estimates, standard errors and intervals; ``.why`` says why these.

        Raises
        ------
        SpecError
            When the model or the rule is unknown, options contradict each other, the formula cannot be read, or the
            rule needs more sets.
        ColumnError
            When the formula or an option names a column that is not there.
        DataError
            When the outcome does not suit the model, or a fit fails.

        Warns
        -----
        DataWarning
            When the rule asked for does not suit the way the sets were made, or the design would count twice.
        """
        chosen, why = self._settle(rule, weights)
        return fit_synthetic(
            _Analysed(self.outline, self.draws),
            formula,
            model,
            rule=chosen,
            why=why,
            n_real=self.n_real,
            n_synthetic=self.n_rows,
            n_models=self._models,
            cov=cov,
            cluster=cluster,
            weights=weights,
        )

    def compare(
        self,
        formula: str,
        model: Model = "ols",
        *,
        real: Frame | PathLike,
        cov: str | None = None,
        cluster: str | None = None,
        weights: str | None = None,
    ) -> pd.DataFrame:
        """Set a model fitted to every set beside the same model fitted to the real data.

        For whoever holds the real data, before a release. ``lacunet.judge`` does this for many models, and puts each
        figure beside what two halves of the real data would give.

        Parameters
        ----------
        formula, model, cov, cluster, weights
            As in `fit`.
        real
            The real data, a frame or a file with the same columns.

        Returns
        -------
        pandas.DataFrame
            One row per term: real and synthetic estimates with the standard errors that a run on real data has,
            z (their difference in real standard errors), overlap of their intervals (1 where they are the same, below 0
            where they do not meet; 0.91 on average from a right model and m = 5), and overlap in Karr's form. Its
            ``attrs["notes"]`` say which level of a category is modelled, and whether rows were left out.

        Raises
        ------
        SpecError, ColumnError, DataError
            As `fit`; and when the real data do not fit the sets.

        References
        ----------
        Karr, A. F., et al. 2006. A framework for evaluating the utility of data altered to protect confidentiality.
        The American Statistician 60(3): 224-232.
        """
        values, reason, _ = self.outline.read(real)
        frames = _Analysed(self.outline, ((values, reason), *self.draws))
        done = answer_formula(
            frames, formula, model, cov=cov, cluster=cluster, weights=weights, sets=REAL_AND_SYNTHETIC
        )
        first, *others = (
            Fit(names=one.names, estimates=one.estimates, covariance=one.covariance, n=one.n_obs or len(values))
            for one in done.answers
        )
        table = compare_fits(first, others).table
        table.attrs["notes"] = done.notes
        return table

    def pool(
        self,
        analysis: Callable[[pd.DataFrame], Any],
        *,
        rule: Rule | None = None,
        bootstrap: int = 0,
        seed: int | None = None,
    ) -> PooledSynthetic:
        """Apply any analysis to every set and combine the answers.

        ``syns.pool(lambda frame: smf.ols("income ~ age", frame).fit())``

        Parameters
        ----------
        analysis
            Takes a pandas frame (as `fit` sees it); returns a fitted model of statsmodels, linearmodels or pyfixest,
            or (estimates, covariance), or (estimates, covariance, degrees of freedom).
        rule
            As in `fit`.
        bootstrap
            For estimators without a covariance: how often the rows of each set are resampled to get it; 0 for none.
        seed
            Decides the resampling; None takes that of the draws.

        Returns
        -------
        PooledSynthetic
            As `fit`.

        Raises
        ------
        SpecError
            When the analysis returns what cannot be combined, or the rule needs more sets.
        DataError
            When it fails on some of the sets, or the terms differ between them.
        """
        chosen, why = self._settle(rule, None)
        return analyse_synthetic(
            _Analysed(self.outline, self.draws),
            analysis,
            rule=chosen,
            why=why,
            n_real=self.n_real,
            n_synthetic=self.n_rows,
            n_models=self._models,
            bootstrap=bootstrap,
            seed=self.seed if seed is None else check_seed(seed),
        )

    def mean(self, variable: str, *, weights: str | None = None, rule: Rule | None = None) -> PooledSynthetic:
        """Mean of a number, combined.

        Parameters
        ----------
        variable
            A column of numbers; rows without a value are left out.
        weights, rule
            As in `fit`.

        Returns
        -------
        PooledSynthetic
            One row.

        Raises
        ------
        ColumnError
            When the column does not exist or holds no numbers.
        """
        settled = self._settle(rule, weights)
        samples, scales = collect_numbers(_Analysed(self.outline, self.draws), (variable,), weights)
        means, variances, n_obs = estimate_means([sample[:, 0] for sample in samples], scales)
        return self._combine(means[:, None], variances[:, None], n_obs - 1, (f"mean of {variable}",), settled)

    def proportion(self, variable: str, *, weights: str | None = None, rule: Rule | None = None) -> PooledSynthetic:
        """Share of each level of a category, combined.

        Intervals are symmetric around the share; for very rare levels fit a logit instead.

        Parameters
        ----------
        variable
            A category, or a number with few values; rows without a value are left out.
        weights, rule
            As in `fit`.

        Returns
        -------
        PooledSynthetic
            One row per level.

        Raises
        ------
        ColumnError
            When the column does not exist.
        """
        settled = self._settle(rule, weights)
        levels, hits, scales = collect_hits(_Analysed(self.outline, self.draws), variable, weights)
        shares, rows = estimate_shares(hits, scales)
        names = tuple(f"{variable}: {level}" for level in levels)
        return self._combine(shares, shares * (1 - shares) / rows[:, None], np.inf, names, settled)

    @property
    def _made(self) -> Made:
        return Made(
            m=len(self.draws),
            n_real=self.n_real,
            n_synthetic=self.n_rows,
            is_partial=self.is_partial,
            is_proper=self.is_proper,
            is_weighted=self.is_weighted,
            is_private=self.is_private,
            replaced=self.replaced,
            n_models=self._models,
        )

    @property
    def _models(self) -> int | None:
        """Draws of the model behind the sets; they count only where there is more than one fitted model."""
        return self.n_models if self.is_proper else None

    def _settle(self, rule: Rule | None, weights: str | None) -> tuple[Rule, str]:
        """The rule and why; with a warning where it, or the weights, do not suit the sets."""
        if self.is_weighted and not self.is_partial and weights is not None:
            _warn(
                f"weights={weights!r} weighs sets that were already drawn so as to look like the population: the "
                "survey's weights count twice. Leave weights out."
            )
        if rule is None:
            return choose_rule(self._made)
        if rule not in RULES:
            raise SpecError(f"rule={rule!r} is not known here. Use one of: {', '.join(map(repr, RULES))}, or None.")
        if objection := object_to(rule, self._made):
            _warn(objection)
        own, why = choose_rule(self._made)
        return rule, why if rule == own else f"The rule '{rule}' was asked for: {FORMULAS[rule]}."

    def _combine(
        self, estimates: Floats, variances: Floats, dof: float, terms: tuple[str, ...], settled: tuple[Rule, str]
    ) -> PooledSynthetic:
        return pool_synthetic(
            estimates,
            variances[:, :, None] * np.eye(estimates.shape[1]),
            dof,
            rule=settled[0],
            why=settled[1],
            n_real=self.n_real,
            n_synthetic=self.n_rows,
            n_models=self._models,
            terms=terms,
        )


@dataclass(frozen=True)
class _Analysed:
    """Makes each set as statistics wants it when its turn comes, every time it is gone through."""

    outline: Outline
    draws: tuple[Draw, ...]

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return (self.outline.analysis_frame(*draw) for draw in self.draws)


def _warn(message: str) -> None:
    """Warn at the line that called the public method."""
    warnings.warn(message, DataWarning, stacklevel=4)
