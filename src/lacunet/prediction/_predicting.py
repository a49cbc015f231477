"""What every fitted network does: it predicts, each of its members for itself where wanted."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._check import check_count, check_seed
from lacunet._keys import stream
from lacunet._typing import Floats, Frame, PathLike
from lacunet.errors import DataWarning, SpecError
from lacunet.prediction._engine import Networks
from lacunet.prediction._exact import Node
from lacunet.prediction._fit import Fit, Held, Training
from lacunet.prediction._outcome import QUANTILES, Outcome
from lacunet.prediction._rows import read_rows
from lacunet.table import Schema, Table


class Predicting:
    """Predictions of a fit; a part of ``FittedMlp``, where the attributes are described."""

    fit: Fit
    schema: Schema
    seed: int

    @property
    def outcome(self) -> Outcome:
        """What is predicted."""
        return self.fit.outcome

    @property
    def levels(self) -> tuple[Any, ...]:
        """Levels of the outcome in order; none where it is a number."""
        return self.outcome.levels

    @property
    def held(self) -> Held | None:
        """Rows held out while training with what was said of them; None for a node and with ``validation=0``."""
        return self.fit.held

    def predict(self, frame: Frame | PathLike | None = None) -> NDArray[Any]:
        """Predict the outcome of rows.

        Parameters
        ----------
        frame
            Rows with the inputs of the fit, a frame or a file; None for the rows of the fit.

        Returns
        -------
        numpy.ndarray
            Shape ``(n,)``: expected numbers (medians with kind="quantiles") in the outcome's unit, or the most probable
            labels. A node without hidden layers says NaN or None where an input is missing.

        Raises
        ------
        SpecError
            When no frame is given and the rows of the fit are gone.
        ColumnError
            When an input is absent or holds a level that the fit never saw.
        """
        return self._expected(self._said(self._table(frame)))

    def _expected(self, each: Floats) -> NDArray[Any]:
        """What all members say together, as the user wants it."""
        said = each.mean(axis=1)
        if self.outcome.kind == "quantiles":
            return said[:, QUANTILES.index(0.5)]
        if not self.outcome.has_levels:
            return said
        is_known = ~np.isnan(said).any(axis=1)
        labels = np.full(len(said), None, dtype=object)
        words = np.empty(len(self.levels), dtype=object)
        words[:] = self.levels
        labels[is_known] = words[said[is_known].argmax(axis=1)]
        return labels

    def predict_proba(self, frame: Frame | PathLike | None = None) -> Floats:
        """Predict the probability of each level.

        Parameters
        ----------
        frame
            As in `predict`.

        Returns
        -------
        Floats
            Shape ``(n, c)``, in the order of ``levels``; rows sum to 1.

        Raises
        ------
        SpecError
            When the outcome is a number.
        """
        if not self.outcome.has_levels:
            raise SpecError(
                f"The outcome {self.outcome.name!r} is a number (kind={self.outcome.kind!r}) and has no levels. Use "
                "predict(), or fit with kind='nominal'."
            )
        return self._said(self._table(frame)).mean(axis=1)

    def members_predict(self, frame: Frame | PathLike | None = None) -> Floats:
        """What each network of the ensemble says; their differences show how far the data leave the network open.

        Parameters
        ----------
        frame
            As in `predict`.

        Returns
        -------
        Floats
            Shape ``(n, k)`` in the outcome's unit, or ``(n, k, c)`` for levels and quantiles; k is 1 for a node.
        """
        return self._said(self._table(frame))

    def _said(self, table: Table) -> Floats:
        columns = self.fit.reader.columns(table)
        said = self.outcome.in_unit(self.fit.engine.say(columns))
        if isinstance(self.fit.engine, Node):
            n_gaps = int(np.isnan(columns).any(axis=1).sum())
            if n_gaps:
                warnings.warn(
                    f"{n_gaps:,} of {len(columns):,} rows lack an input and are not predicted. A node without hidden "
                    "layers needs all: impute the gaps with lacunet.impute, or fit hidden layers, which allow them.",
                    DataWarning,
                    stacklevel=3,
                )
        return said

    def mc_dropout(self, frame: Frame | PathLike | None = None, n: int = 100, seed: int | None = None) -> Floats:
        """Draw predictions under dropout: each with other hidden nodes silenced.

        The spread says how much the prediction hangs on single nodes. Its size follows from the rate of dropout, not
        from the data, it does not hold the noise of a single outcome, and its intervals do not have their nominal
        coverage.

        Parameters
        ----------
        frame
            As in `predict`.
        n
            Number of draws; draw i is of member i modulo their number.
        seed
            Where the draws come from; None takes the seed of the fit.

        Returns
        -------
        Floats
            Shape ``(rows, n)`` in the outcome's unit, or ``(rows, n, c)``.

        Raises
        ------
        SpecError
            When the network was trained without dropout.

        References
        ----------
        Gal, Y., and Z. Ghahramani. 2016. Dropout as a Bayesian approximation: representing model uncertainty in deep
        learning. ICML.
        Differs: the model's noise, τ in the paper, is not added, since only dropout itself is shown here.
        """
        n, seed = check_count(n, "n"), self.seed if seed is None else check_seed(seed)
        engine = self.fit.engine
        if not isinstance(engine, Networks) or engine.net.dropout == 0:
            raise SpecError(
                "This network was trained without dropout, so that there is none to draw under. Fit with hidden layers "
                "and dropout=0.1, or use members_predict()."
            )
        x, k = engine.encoder.encode(self.fit.reader.columns(self._table(frame))), len(engine.members)
        draws = [engine.say_of_one(i % k, x, stream(seed, "mc dropout", i)) for i in range(n)]
        return self.outcome.in_unit(np.stack(draws, axis=1))

    def _table(self, frame: Any) -> Table:
        return self._training().table if frame is None else read_rows(self.schema, frame)

    def _training(self) -> Training:
        if self.fit.training is None:
            raise SpecError(
                "This network was loaded from a file, which does not carry the rows of the fit. Hand a frame over: "
                "fitted.predict(frame)."
            )
        return self.fit.training
