"""What a fitted network has learned: the functions of the folder `explain`, asked of the network itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lacunet._typing import Frame, PathLike
from lacunet.errors import SpecError
from lacunet.prediction._exact import Node
from lacunet.prediction._plot_boundary import draw_boundary
from lacunet.prediction._predicting import Predicting
from lacunet.prediction._subject import Subject, make_subject, outcome_of
from lacunet.prediction.explain import (
    AccumulatedEffects,
    AverageEffects,
    Importance,
    Interactions,
    PartialDependence,
    ShapleyValues,
    accumulated_effects,
    average_effects,
    interaction_strength,
    partial_dependence,
    permutation_importance,
    shapley_values,
)

STEP, STEP_EXACT = 1e-2, 1e-4
"""Step of a slope, as a share of the input's range: a network computes in float32, and shows its rounding over less."""
ON_FIT = (
    "These are rows of the fit, which flatter inputs that were fitted to noise: hand over rows that it has not seen "
    "where there are some."
)
ON_NEW = "These are the rows handed over."


class Explained(Predicting):
    """Explanations of a fit; a part of ``FittedMlp``. Without rows they are of those that the fit used."""

    def importance(
        self,
        frame: Frame | PathLike | None = None,
        outcome: ArrayLike | None = None,
        *,
        of: Any = None,
        loss: str | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        n_repeats: int = 10,
        level: float = 0.95,
        seed: int | None = None,
    ) -> Importance:
        """How much worse predictions get when an input is permuted.

        Rows of the fit flatter inputs that were fitted to noise: hand over rows that the network has not seen where
        there are some.

        Parameters
        ----------
        frame
            Rows with inputs and outcome; None for the rows of the fit.
        outcome
            Outcomes of the rows as ``predict`` says them, shape ``(n,)``; None takes the column that the fit named.
        of
            Level of the outcome whose probability is looked at; None for the event of two, and for a number.
        loss
            "squared", "absolute" or "log"; None takes the log loss of levels and the squared error of numbers.
        groups, n_repeats, level
            As in `lacunet.prediction.explain.permutation_importance`.
        seed
            Decides the permutations; that of the fit when None.

        Returns
        -------
        Importance
            ``.table()``, ``.plot()``, and a sentence.

        Raises
        ------
        SpecError
            When an option is out of range, or a level is needed.
        DataError
            When outcomes are no levels of the fit.
        """
        subject = self._with_outcome(frame, outcome, of)
        assert subject.y is not None
        has_levels = self.outcome.has_levels
        found = permutation_importance(
            subject.predict,
            subject.frame,
            (subject.y == subject.place).astype(np.float64) if has_levels else subject.y,
            loss=loss or ("log" if has_levels else "squared"),  # type: ignore[arg-type]
            groups=subject.together(groups),
            n_repeats=n_repeats,
            weights=subject.weights,
            level=level,
            seed=self.seed if seed is None else seed,
        )
        return replace(found, note=ON_FIT if frame is None else ON_NEW)

    def effects(
        self,
        variables: Sequence[str] | str | None = None,
        frame: Frame | PathLike | None = None,
        *,
        of: Any = None,
        base: Mapping[str, Any] | None = None,
        discrete: Sequence[str] | None = None,
        weights: ArrayLike | None = None,
        level: float = 0.95,
    ) -> AverageEffects:
        """Average marginal effects: slopes of numbers, differences between levels, averaged over rows.

        Those of a node are exact, with standard errors by the delta method, as Stata's ``margins``. Those of networks
        have standard errors of the rows and of the spread between members.

        Parameters
        ----------
        variables
            Names of inputs; all when None.
        frame
            Rows to average over; None for the rows of the fit, with its weights.
        of
            Level of the outcome whose probability is looked at; None for the event of two, and for a number.
        base, discrete, level
            As in `lacunet.prediction.explain.average_effects`.
        weights
            Survey weights of the rows handed over, shape ``(n,)``.

        Returns
        -------
        AverageEffects
            ``.table()``, ``.plot()``, and sentences.

        Raises
        ------
        ColumnError
            When a variable is none of the inputs, or does not vary.
        SpecError
            When an option is out of range, or a level is needed.
        """
        subject = self._subject(frame, of, weights)
        is_node = isinstance(self.fit.engine, Node)
        return average_effects(
            subject.predict,
            subject.frame,
            subject.names if variables is None else variables,
            base=base,
            discrete=discrete,
            predict_each=None if is_node else subject.predict_each,
            gradient=subject.gradient if is_node else None,
            covariance=subject.covariance if is_node else None,
            weights=subject.weights,
            step=STEP_EXACT if is_node else STEP,
            level=level,
        )

    def dependence(
        self,
        variable: str,
        frame: Frame | PathLike | None = None,
        *,
        of: Any = None,
        grid: Sequence[Any] | None = None,
        n_points: int = 20,
        weights: ArrayLike | None = None,
        level: float = 0.95,
    ) -> PartialDependence:
        """Average prediction as one input is set to each value of a grid, with the curve of every row.

        Parameters
        ----------
        variable
            The input.
        frame, of, weights
            As in `effects`.
        grid, n_points, level
            As in `lacunet.prediction.explain.partial_dependence`.

        Returns
        -------
        PartialDependence
            ``.table()``, ``.plot()``, and a sentence; the band holds the rows and the spread between members.

        Raises
        ------
        ColumnError
            When there is no such input.
        SpecError
            When an option is out of range, or a level is needed.
        """
        subject = self._subject(frame, of, weights)
        return partial_dependence(
            subject.predict,
            subject.frame,
            variable,
            grid=grid,
            n_points=n_points,
            predict_each=subject.predict_each,
            weights=subject.weights,
            level=level,
        )

    def local_effects(
        self,
        variable: str,
        frame: Frame | PathLike | None = None,
        *,
        of: Any = None,
        n_bins: int = 40,
        weights: ArrayLike | None = None,
        level: float = 0.95,
    ) -> AccumulatedEffects:
        """Accumulated local effects: `dependence` for inputs that are correlated with others.

        Parameters
        ----------
        variable
            The input.
        frame, of, weights
            As in `effects`.
        n_bins, level
            As in `lacunet.prediction.explain.accumulated_effects`.

        Returns
        -------
        AccumulatedEffects
            ``.table()``, ``.plot()``, and a sentence.

        Raises
        ------
        ColumnError
            When there is no such input, or it does not vary.
        SpecError
            When an option is out of range, or a level is needed.
        """
        subject = self._subject(frame, of, weights)
        return accumulated_effects(
            subject.predict,
            subject.frame,
            variable,
            n_bins=n_bins,
            predict_each=subject.predict_each,
            weights=subject.weights,
            level=level,
        )

    def shapley(
        self,
        frame: Frame | PathLike | None = None,
        *,
        of: Any = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        n_background: int = 50,
        n_rounds: int = 1,
        level: float = 0.95,
        seed: int | None = None,
    ) -> ShapleyValues:
        """Share out each prediction between the inputs: Shapley values, compared with rows of the fit.

        Parameters
        ----------
        frame
            Rows to explain, few of them; None for all rows of the fit.
        of
            As in `effects`.
        groups, n_background, n_rounds, level
            As in `lacunet.prediction.explain.shapley_values`. A network from a file has no rows of the fit, and
            compares the rows with each other.
        seed
            Decides permutations and background rows; that of the fit when None.

        Returns
        -------
        ShapleyValues
            ``.values``, ``.table()``, ``.plot()``, and a sentence.

        Raises
        ------
        SpecError
            When an option is out of range, or a level is needed.
        """
        subject = self._subject(frame, of)
        is_alone = frame is None or self.fit.training is None
        return shapley_values(
            subject.predict,
            subject.frame,
            background=None if is_alone else self._subject(None, of).frame,
            groups=subject.together(groups),
            n_background=n_background,
            n_rounds=n_rounds,
            level=level,
            seed=self.seed if seed is None else seed,
        )

    def interactions(
        self,
        variables: Sequence[str] | None = None,
        frame: Frame | PathLike | None = None,
        *,
        of: Any = None,
        pairs: bool = True,
        n_rows: int = 100,
        level: float = 0.95,
        seed: int | None = None,
    ) -> Interactions:
        """Strength of interactions, H², of each input with all others and of each pair.

        Parameters
        ----------
        variables
            Inputs to ask about; all when None.
        frame, of
            As in `effects`.
        pairs, n_rows, level
            As in `lacunet.prediction.explain.interaction_strength`.
        seed
            Decides the rows; that of the fit when None.

        Returns
        -------
        Interactions
            ``.table()``, ``.plot()``, and a sentence.

        Raises
        ------
        SpecError
            When there are fewer than two inputs, an option is out of range, or a level is needed.
        """
        subject = self._subject(frame, of)
        return interaction_strength(
            subject.predict,
            subject.frame,
            subject.names if variables is None else variables,
            pairs=pairs,
            n_rows=n_rows,
            level=level,
            seed=self.seed if seed is None else seed,
        )

    def plot_boundary(self, across: str, up: str, frame: Frame | PathLike | None = None) -> Any:
        """Draw which level is predicted over two numbers; other inputs are at their mean or most frequent level.

        Parameters
        ----------
        across, up
            Inputs that are numbers.
        frame
            Rows that say where the data lie; None for the rows of the fit, which are drawn with their outcomes.

        Returns
        -------
        matplotlib.figure.Figure
            Regions of the levels, and the rows.

        Raises
        ------
        SpecError
            When the outcome is a number, or an input is none.
        ColumnError
            When there is no such input.
        """
        if not self.outcome.has_levels:
            raise SpecError(
                f"The outcome {self.outcome.name!r} is a number, and a boundary lies between levels. See "
                f"dependence({across!r}), or fit with kind='binary'."
            )
        subject = self._subject(frame, self.levels[0])
        return draw_boundary(subject, across, up)

    def _subject(self, frame: Any, of: Any, weights: ArrayLike | None = None) -> Subject:
        """Rows of the fit with their outcomes and weights, or those handed over."""
        if frame is not None:
            return make_subject(self.fit, self._table(frame), of=of, weights=weights)
        if weights is not None:
            raise SpecError(
                "weights= were given without rows. Rows of the fit have the weights of the fit: hand rows over as well."
            )
        training = self._training()
        table = training.table.take(training.rows)
        return make_subject(self.fit, table, of=of, y=training.y, weights=training.weights)

    def _with_outcome(self, frame: Any, outcome: ArrayLike | None, of: Any) -> Subject:
        """The same, where outcomes are needed."""
        if frame is None:
            if outcome is not None:
                raise SpecError("outcome= was given without rows. Rows of the fit have theirs: hand rows over as well.")
            return self._subject(None, of)
        table, y = self._table(frame), outcome_of(self.outcome, frame, outcome)
        if len(y) != table.n_rows:
            raise SpecError(f"There are {len(y):,} outcomes for {table.n_rows:,} rows. One for each row is needed.")
        return make_subject(self.fit, table, of=of, y=y, kept=~np.isnan(y))
