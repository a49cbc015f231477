"""``MidasImputer`` and ``AutoencoderTransformer``: ``Midas`` and ``Autoencoder`` in the manner of scikit-learn."""

import warnings
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from lacunet.encoding import Autoencoder
from lacunet.errors import DataWarning
from lacunet.imputation import Midas
from lacunet.net._autoencoder import Corruption
from lacunet.sklearn._rows import kinds_of, number_columns, read_rows, seed_of
from lacunet.table import apply_schema

MIDAS_FIELDS = ("hidden", "members", "dropout", "weight_decay", "learning_rate", "n_levels", "max_steps")
"""Parameters that go to `Midas` as they are."""
AUTOENCODER_FIELDS = (
    "latent",
    "hidden",
    "noise",
    "corruption",
    "activation",
    "variational",
    "weight_decay",
    "learning_rate",
    "epochs",
)
"""Parameters that go to `Autoencoder` as they are."""
LEAST_ITEMS = (4, 2)
"""Rows and columns without which an autoencoder learns nothing."""


class _Transformer(TransformerMixin, BaseEstimator):
    """What the two have in common: missing cells are welcome, and training left a history."""

    @property
    def history_(self) -> list[dict[str, Any]]:
        """One row per check of the losses; empty where nothing is trained, as in the linear model of `Midas`."""
        check_is_fitted(self, "fitted_")
        return self.fitted_.history

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class MidasImputer(OneToOneFeatureMixin, _Transformer):
    """Fill missing cells with one draw of MIDAS, as a scikit-learn transformer: for prediction, not for inference.

    Use it as a step of a pipeline whose end is a prediction. One completed table hides how unsure the filled cells are,
    so that standard errors, tests and intervals computed from it are too small: for those use `lacunet.impute`, which
    gives m tables, and pool. Columns of numbers are numbers (filled with whole ones where all known are whole); other
    columns of a frame (category, text, truth values, dates) are read by their type.

    The draw follows from ``random_state`` and the place of the cell among the missing cells of the rows handed over:
    the same rows get the same values, and a row on its own may get others than among others. A column with one known
    value is filled with that; a column without any stays empty, with a warning.

    Parameters
    ----------
    hidden, members, dropout, weight_decay, learning_rate, n_levels, max_steps
        As in `lacunet.Midas`; ``hidden=()`` is the linear model, the quickest.
    random_state
        Where all randomness comes from: a whole number, a NumPy ``RandomState``, or None for one from the system.

    Attributes
    ----------
    fitted_
        The `lacunet.FittedMidas`, without the table of the fit (the linear model keeps the rows it works on).
    n_features_in_, feature_names_in_
        Number of columns, and their names where a frame was handed over.
    seed_
        The seed that was used.

    Examples
    --------
    >>> X = [[0.0, 1.0], [1.0, 2.0], [2.0, float("nan")], [3.0, 4.0]]
    >>> MidasImputer(random_state=1).fit_transform(X).shape
    (4, 2)
    """

    def __init__(
        self,
        *,
        hidden: tuple[int, ...] | None = None,
        members: int | None = None,
        dropout: float = 0.1,
        weight_decay: float | None = None,
        learning_rate: float | None = None,
        n_levels: int | None = None,
        max_steps: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.members = members
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.learning_rate = learning_rate
        self.n_levels = n_levels
        self.max_steps = max_steps
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from rows.

        Parameters
        ----------
        X
            An array or a frame (n, p), with missing cells.
        y
            Not used.

        Returns
        -------
        MidasImputer
            This estimator.

        Raises
        ------
        SpecError
            When an option is out of its range.

        Warns
        -----
        DataWarning
            When a column has no known cell.
        """
        frame = read_rows(self, X, reset=True, least=(2, 1))
        self.seed_ = seed_of(self.random_state)
        spec = Midas(**{name: getattr(self, name) for name in MIDAS_FIELDS})
        self.fitted_ = replace(spec.fit(frame, seed=self.seed_, kinds=kinds_of(frame)), table=None)
        empty = [column.name for column in self.fitted_.schema.columns if column.role == "empty"]
        if empty:
            warnings.warn(
                f"{len(empty)} columns have no known cell (first: {empty[0]!r}). Nothing can be learnt of them, and "
                "they stay empty: take them out.",
                DataWarning,
                stacklevel=2,
            )
        self._only_value = {
            column.name: frame[column.name].dropna().iloc[0]
            for column in self.fitted_.schema.columns
            if column.role == "constant" and frame[column.name].nunique() == 1
        }
        return self

    def transform(self, X: Any) -> Any:
        """Fill the missing cells of rows with one draw.

        Parameters
        ----------
        X
            Rows as in `fit`, (n, p).

        Returns
        -------
        numpy.ndarray or pandas.DataFrame
            The completed rows: an array where all columns are numbers, a frame where they are not.

        Raises
        ------
        ColumnError
            When a cell holds a level that the fit never saw.
        """
        check_is_fitted(self, "fitted_")
        frame = read_rows(self, X, reset=False)
        if apply_schema(self.fitted_.schema, frame).cells[0].size:
            frame = self.fitted_.impute(frame, m=1, seed=self.seed_)[0]
        if self._only_value:
            frame = frame.fillna(self._only_value)
        return frame.to_numpy() if len(number_columns(frame)) == frame.shape[1] else frame


class AutoencoderTransformer(_Transformer):
    """Few numbers that say what many columns have in common, as a scikit-learn transformer.

    Use it as a step of a pipeline, where PCA might stand. For scores with uncertainty, anchors and loadings use
    `lacunet.Autoencoder`, which it calls. Columns of numbers are numbers; other columns of a frame (category, text,
    truth values, dates) are read by their type. Missing cells are allowed.

    Parameters
    ----------
    latent, hidden, noise, corruption, activation, variational, weight_decay, learning_rate, epochs
        As in `lacunet.Autoencoder`; ``hidden=()`` is linear, and ``latent=None`` chooses.
    random_state
        Where all randomness comes from: a whole number, a NumPy ``RandomState``, or None for one from the system.

    Attributes
    ----------
    fitted_
        The `lacunet.FittedAutoencoder`, without the table of the fit.
    n_features_in_, feature_names_in_
        Number of columns, and their names where a frame was handed over.
    seed_
        The seed that was used.

    Examples
    --------
    >>> X = [[0.0, 1.0, 0.5], [1.0, 2.5, 0.0], [2.0, 2.0, 1.0], [3.0, 4.0, 0.5], [4.0, 4.5, 0.0]]
    >>> AutoencoderTransformer(latent=1, hidden=(), random_state=1).fit_transform(X).shape
    (5, 1)
    """

    def __init__(
        self,
        *,
        latent: int | None = 2,
        hidden: tuple[int, ...] = (64,),
        noise: float = 0.0,
        corruption: Corruption = "masking",
        activation: str = "elu",
        variational: bool = False,
        weight_decay: float = 1e-4,
        learning_rate: float | None = None,
        epochs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.latent = latent
        self.hidden = hidden
        self.noise = noise
        self.corruption = corruption
        self.activation = activation
        self.variational = variational
        self.weight_decay = weight_decay
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from rows.

        Parameters
        ----------
        X
            An array or a frame (n, p).
        y
            Not used.

        Returns
        -------
        AutoencoderTransformer
            This estimator.

        Raises
        ------
        SpecError
            When an option is out of its range, or there are more latents than columns.
        DataError
            When fewer than two columns vary.
        """
        frame = read_rows(self, X, reset=True, least=LEAST_ITEMS)
        self.seed_ = seed_of(self.random_state)
        spec = Autoencoder(**{name: getattr(self, name) for name in AUTOENCODER_FIELDS})
        self.fitted_ = replace(spec.fit(frame, seed=self.seed_, kinds=kinds_of(frame)), table=None)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Scores of rows.

        Parameters
        ----------
        X
            Rows as in `fit`, (n, p).

        Returns
        -------
        numpy.ndarray
            Scores, (n, latents); NaN where a row has no known cell.

        Raises
        ------
        ColumnError
            When a cell holds a level that the fit never saw.
        """
        check_is_fitted(self, "fitted_")
        return self.fitted_.encode(read_rows(self, X, reset=False)).to_numpy(dtype=np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the scores.

        Parameters
        ----------
        input_features
            Names of the inputs, or None; only compared with those of the fit.

        Returns
        -------
        numpy.ndarray
            Names, (latents,).
        """
        check_is_fitted(self, "fitted_")
        _check_feature_names_in(self, input_features)
        return np.asarray(self.fitted_.names, dtype=object)
