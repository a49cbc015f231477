"""``MlpRegressor`` and ``MlpClassifier``: ``Mlp`` in the manner of scikit-learn."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.prediction import FittedMlp, Mlp
from lacunet.prediction._outcome import KINDS, LEVEL_KINDS
from lacunet.sklearn._rows import free_name, kinds_of, read_pair, read_rows, seed_of

FIELDS = ("hidden", "activation", "dropout", "weight_decay", "learning_rate", "batch", "epochs", "members")
"""Parameters that go to `Mlp` as they are."""


class _MlpEstimator(BaseEstimator):
    """What the two have in common: inputs to a frame, fit, and what training left."""

    def _fit_mlp(
        self, frame: pd.DataFrame, y: NDArray[Any], sample_weight: Any, kind: str, class_weights: Any = None
    ) -> None:
        outcome = free_name("y", frame.columns)
        weight = free_name("weight", frame.columns)
        kinds = kinds_of(frame)
        frame = frame.assign(**{outcome: y})
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, frame, dtype=np.float64, ensure_non_negative=True)
            # A row without weight is no row: neither its cells nor its class are known to the fit.
            frame = frame.assign(**{weight: weights})[weights > 0]
            kinds[weight] = "continuous"
        self.seed_ = seed_of(self.random_state)
        spec = Mlp(**{name: getattr(self, name) for name in FIELDS})
        fitted = spec.fit(
            frame,
            outcome,
            kind=kind,
            weights=None if sample_weight is None else weight,
            class_weights=class_weights,
            kinds=kinds,
            seed=self.seed_,
        )
        # What is pickled, or kept in a list of fits, does not hold the rows of the fit.
        self.fitted_ = replace(fitted, fit=replace(fitted.fit, training=None))

    @property
    def history_(self) -> list[dict[str, Any]]:
        """One row a check of the loss: step, epoch, train_loss, held_out_loss, and member where there are several."""
        return self._fitted().history

    @property
    def loss_curve_(self) -> list[float]:
        """Training loss of the first network at every check; empty for a node, which is solved."""
        return [row["train_loss"] for row in self.history_ if "train_loss" in row and row.get("member", 0) == 0]

    @property
    def n_iter_(self) -> int:
        """Most passes over the rows that a network made, at least 1; 1 for a node, which is solved."""
        return max([1, *(int(row["epoch"]) for row in self.history_)])

    def _fitted(self) -> FittedMlp:
        check_is_fitted(self, "fitted_")
        return self.fitted_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.hidden != ()
        return tags


class MlpRegressor(RegressorMixin, _MlpEstimator):
    """A multi-layer perceptron for numbers and counts, as a scikit-learn estimator.

    Use it in pipelines, grid search and cross-validation. For standard errors, prediction intervals and explanations
    use `lacunet.Mlp`, which it calls. Columns of numbers are numbers; other columns of a frame (category, text, truth
    values, dates) are read by their type. Missing inputs are allowed where there are hidden layers.

    Parameters
    ----------
    hidden, activation, dropout, weight_decay, learning_rate, batch, epochs, members
        As in `lacunet.Mlp`; ``hidden=()`` is a regression, solved exactly.
    kind
        "number", "count", "negbin", "normal" or "quantiles" (the median is predicted).
    random_state
        Where all randomness comes from: a whole number, a NumPy ``RandomState``, or None for one from the system.

    Attributes
    ----------
    fitted_
        The `lacunet.FittedMlp`, without the rows of the fit.
    n_features_in_, feature_names_in_
        Number of inputs, and their names where a frame was handed over.
    seed_
        The seed that was used.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.5, 5.0, 7.0]
    >>> MlpRegressor(hidden=()).fit(X, y).predict([[4.0]]).round(2).tolist()
    [9.0]
    """

    def __init__(
        self,
        *,
        hidden: tuple[int, ...] | None = None,
        activation: str = "relu",
        dropout: float | None = None,
        weight_decay: float | None = None,
        learning_rate: float | None = None,
        batch: int | None = None,
        epochs: int | None = None,
        members: int | None = None,
        kind: str = "number",
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.learning_rate = learning_rate
        self.batch = batch
        self.epochs = epochs
        self.members = members
        self.kind = kind
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit to rows.

        Parameters
        ----------
        X
            Inputs, an array or a frame (n, p).
        y
            Outcome, (n,).
        sample_weight
            Weights of the rows, (n,); None for equal ones.

        Returns
        -------
        MlpRegressor
            This estimator.

        Raises
        ------
        SpecError
            When an option is out of its range.
        DataError
            When the outcome does not vary, or there are too few rows.
        """
        frame, y = read_pair(self, X, y)
        if self.kind not in KINDS or self.kind in LEVEL_KINDS:
            known = ", ".join(kind for kind in KINDS if kind not in LEVEL_KINDS)
            raise SpecError(
                f"kind={self.kind!r} is no kind of number. Use one of: {known}; or MlpClassifier for levels."
            )
        self._fit_mlp(frame, y.astype(np.float64), sample_weight, self.kind)
        return self

    def predict(self, X: Any) -> Floats:
        """Predict the outcome of rows.

        Parameters
        ----------
        X
            Inputs as in `fit`, (n, p).

        Returns
        -------
        Floats
            Expected numbers, (n,).
        """
        return self._fitted().predict(read_rows(self, X, reset=False))


class MlpClassifier(ClassifierMixin, _MlpEstimator):
    """A multi-layer perceptron for two classes or more, as a scikit-learn estimator.

    Use it in pipelines, grid search and cross-validation. For standard errors, calibration and explanations, and for
    levels that have an order, use `lacunet.Mlp`, which it calls. Columns of numbers are numbers; other columns of a
    frame (category, text, truth values, dates) are read by their type. Missing inputs are allowed where there are
    hidden layers.

    Parameters
    ----------
    hidden, activation, dropout, weight_decay, learning_rate, batch, epochs, members
        As in `lacunet.Mlp`; ``hidden=()`` is a logit or multinomial logit, solved exactly.
    class_weight
        "balanced" for weights that make all classes count the same, or class → weight.
    random_state
        Where all randomness comes from: a whole number, a NumPy ``RandomState``, or None for one from the system.

    Attributes
    ----------
    classes_
        Classes in order, (c,).
    fitted_
        The `lacunet.FittedMlp`, without the rows of the fit; its levels are positions in ``classes_``.
    n_features_in_, feature_names_in_
        Number of inputs, and their names where a frame was handed over.
    seed_
        The seed that was used.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "yes", "no", "yes"]
    >>> MlpClassifier(hidden=()).fit(X, y).predict([[5.0]]).tolist()
    ['yes']
    """

    def __init__(
        self,
        *,
        hidden: tuple[int, ...] | None = None,
        activation: str = "relu",
        dropout: float | None = None,
        weight_decay: float | None = None,
        learning_rate: float | None = None,
        batch: int | None = None,
        epochs: int | None = None,
        members: int | None = None,
        class_weight: Any = None,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.learning_rate = learning_rate
        self.batch = batch
        self.epochs = epochs
        self.members = members
        self.class_weight = class_weight
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit to rows.

        Parameters
        ----------
        X
            Inputs, an array or a frame (n, p).
        y
            Class of each row, (n,).
        sample_weight
            Weights of the rows, (n,); None for equal ones.

        Returns
        -------
        MlpClassifier
            This estimator.

        Raises
        ------
        SpecError
            When an option is out of its range, or ``class_weight`` names what is no class.
        DataError
            When the rows with a weight have one class only, or are too few.
        """
        frame, y = read_pair(self, X, y)
        check_classification_targets(y)
        used = y
        if sample_weight is not None:
            used = y[_check_sample_weight(sample_weight, frame, dtype=np.float64, ensure_non_negative=True) > 0]
        self.classes_ = np.unique(used)
        if len(self.classes_) < 2:
            raise DataError(
                f"All rows of use have one class, {self.classes_.tolist()[0]!r}. Two classes are needed at least: "
                "check y, the weights, and how the rows were split."
            )
        kind = "binary" if len(self.classes_) == 2 else "nominal"
        codes = np.searchsorted(self.classes_, y).astype(np.float64)
        self._fit_mlp(frame, codes, sample_weight, kind, self._code_weights())
        return self

    def _code_weights(self) -> Any:
        """Class weights by position, as the outcome is handed over."""
        if not isinstance(self.class_weight, Mapping):
            return self.class_weight
        classes = self.classes_.tolist()
        unknown = [level for level in self.class_weight if level not in classes]
        if unknown:
            shown = ", ".join(map(str, classes))
            raise SpecError(f"class_weight names {unknown[0]!r}, which is no class of y. The classes are: {shown}.")
        return {classes.index(level): weight for level, weight in self.class_weight.items()}

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of rows.

        Parameters
        ----------
        X
            Inputs as in `fit`, (n, p).

        Returns
        -------
        numpy.ndarray
            The most probable classes, (n,).
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: Any) -> Floats:
        """Predict the probability of each class.

        Parameters
        ----------
        X
            Inputs as in `fit`, (n, p).

        Returns
        -------
        Floats
            Shape ``(n, c)``, in the order of ``classes_``; rows sum to 1.
        """
        return self._fitted().predict_proba(read_rows(self, X, reset=False))
