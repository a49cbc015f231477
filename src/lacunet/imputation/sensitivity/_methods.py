"""Sensitivity analyses, as methods of completed data sets."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

import pandas as pd

from lacunet._typing import Floats
from lacunet.imputation._engine_face import Fitted
from lacunet.imputation.sensitivity._face import Adjusted, Adjustment
from lacunet.imputation.sensitivity._prior import Prior
from lacunet.imputation.sensitivity._resample import resample_cells
from lacunet.imputation.sensitivity._shift import Scale, shift_cells
from lacunet.imputation.sensitivity._target import Where
from lacunet.imputation.sensitivity._tipping import Criterion, TippingPoint, find_tipping_point
from lacunet.imputation.sensitivity._transform import transform_cells
from lacunet.pooling import Model
from lacunet.table import Table


class Sensitivity:
    """What if the missing values differ from what the observed ones suggest."""

    table: Table
    draws: Floats
    fitted: Fitted
    seed: int
    adjustments: tuple[Adjustment, ...]

    def shift(
        self,
        variable: str,
        by: float,
        *,
        scale: Scale = "unit",
        where: Where = None,
        level: Any = None,
        clip: bool = False,
    ) -> Self:
        """Shift the imputed values of a variable by a known amount (delta adjustment).

        Observed cells and other variables stay as they are. ``imp.shift("income", by=-0.1, scale="sd")``

        Parameters
        ----------
        variable
            The variable.
        by
            The amount: in the variable's unit, in standard deviations of its observed values, a multiplier, or the
            logarithm of an odds ratio, as ``scale`` says.
        scale
            "unit", "sd" or "factor" for numbers, "odds" for categories.
        where
            Rows in which to shift: truth values, a query such as ``"age > 65"``, or a function of a completed frame.
        level
            Level whose odds are meant; needed for a nominal variable.
        clip
            Whether shifted numbers are kept within the observed range.

        Returns
        -------
        Imputations
            New ones, which say in summary and report what was done.

        Raises
        ------
        ColumnError
            When the variable is not a column or was not imputed.
        SpecError
            When the amount, the scale, the level or ``where`` makes no sense.
        """
        return self._adjusted(shift_cells(self, variable, by, scale=scale, where=where, level=level, clip=clip))

    def tip(
        self,
        formula: str,
        term: str,
        variable: str,
        *,
        model: Model = "ols",
        scale: Scale = "sd",
        deltas: Sequence[float] | None = None,
        where: Where = None,
        level: Any = None,
        clip: bool = False,
        null: float = 0.0,
        confidence: float = 0.95,
        criterion: Criterion = "interval",
        cov: str | None = None,
        cluster: str | None = None,
        weights: str | None = None,
    ) -> TippingPoint:
        """Find how far imputed values must be shifted before a conclusion changes.

        Parameters
        ----------
        formula, model, cov, cluster, weights
            The analysis, as in `fit`.
        term
            The coefficient, as the pooled table names it.
        variable
            The variable whose imputed values are shifted.
        scale, where, level, clip
            As in `shift`.
        deltas
            Amounts to try; None takes nine.
        null
            Value that the conclusion is about.
        confidence
            Coverage of the interval, a probability.
        criterion
            "interval": the conclusion is on which side of the null the interval lies, or that it covers it. "sign": on
            which side the estimate lies.

        Returns
        -------
        TippingPoint
            ``.sentence``, ``.low``, ``.high``, ``.table()``, ``.plot()``.

        Raises
        ------
        SpecError
            When an option is out of range or the coefficient does not depend on the variable.
        """
        return find_tipping_point(
            self,
            formula,
            term,
            variable,
            model=model,
            scale=scale,
            deltas=deltas,
            where=where,
            level=level,
            clip=clip,
            null=null,
            confidence=confidence,
            criterion=criterion,
            cov=cov,
            cluster=cluster,
            weights=weights,
        )

    def with_priors(self, priors: Prior | Sequence[Prior], *, candidates: int | None = None) -> Self:
        """Combine the imputations with what is known of single cells or whole variables from elsewhere.

        ``imp.with_priors(ln.Prior(variable="gdp", mean=310, sd=15, rows=[42]))``

        Parameters
        ----------
        priors
            One or more `Prior`; those on the same row multiply.
        candidates
            Candidates of each row per imputation; None takes 100 to 400.

        Returns
        -------
        Imputations
            New ones, which say in summary and report what was done.

        Raises
        ------
        ColumnError
            When a prior names no column, or one that was not imputed.
        SpecError
            When a prior does not fit its variable, or imputations were changed before.
        """
        return self._adjusted(resample_cells(self, priors, candidates=candidates))

    def transform(self, function: Callable[..., pd.DataFrame], *, words: str = "") -> Self:
        """Change imputed cells by a function of your own (a pattern-mixture model).

        Parameters
        ----------
        function
            Called as ``function(frame, mask)`` for each completed pandas frame, or with ``rng=`` where it has such a
            parameter; returns the frame, changed in imputed cells only.
        words
            What it does, for the record.

        Returns
        -------
        Imputations
            New ones, which say in summary and report what was done.

        Raises
        ------
        DataError
            When an observed cell is changed, or rows or columns are.
        ColumnError
            When an imputed cell is left with what its variable cannot hold.
        """
        return self._adjusted(transform_cells(self, function, words=words))

    def _adjusted(self, adjusted: Adjusted) -> Self:
        return replace(self, draws=adjusted.draws, adjustments=(*self.adjustments, adjusted.adjustment))  # type: ignore[type-var]
