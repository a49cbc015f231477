"""A fitted network: it predicts, says how sure it is, and can be kept in a file."""

import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._check import check_count, check_seed
from lacunet._rng import stream
from lacunet._typing import Floats, Frame, PathLike
from lacunet.errors import DataWarning, SpecError
from lacunet.keep import Parts, package_versions, spec_as_dict, write_parts
from lacunet.prediction._engine import Networks
from lacunet.prediction._exact import Node
from lacunet.prediction._fit import Fit, Held, Training
from lacunet.prediction._outcome import KINDS, QUANTILES, Outcome
from lacunet.prediction._path import descent_path
from lacunet.prediction._plot_loss import plot_history
from lacunet.prediction._rows import read_rows
from lacunet.report._summary import Summary, setting_rows
from lacunet.table import Schema


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FittedMlp:
    """A fitted network, or a node solved exactly; made by ``Mlp.fit``, never by hand.

    Attributes
    ----------
    spec
        The specification that was fitted.
    seed
        The seed of the fit.
    target
        Formula or outcome, as given.
    fit
        Outcome, inputs, weights, what was held out, and the rows of the fit, which a file does not carry.
    schema
        Input columns with their kinds, levels and codes.
    versions
        Package to version, at the time of the fit.

    References
    ----------
    Rumelhart, D. E., G. E. Hinton, and R. J. Williams. 1986. Learning representations by back-propagating errors.
    Nature 323: 533-536.
    """

    spec: Any
    seed: int
    target: str
    fit: Fit
    schema: Schema
    versions: dict[str, str] = field(default_factory=package_versions)

    @property
    def outcome(self) -> Outcome:
        """What is predicted."""
        return self.fit.outcome

    @property
    def levels(self) -> tuple[Any, ...]:
        """Levels of the outcome in order; none where it is a number."""
        return self.outcome.levels

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs as the network reads them."""
        return self.fit.reader.names

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided for the user, one sentence each."""
        return tuple(self.fit.notes)

    @property
    def history(self) -> list[dict[str, Any]]:
        """One row a check of the loss: step, epoch, train_loss, held_out_loss; losses are of the outcome as learnt."""
        return [dict(row) for row in self.fit.history]

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
        said = self.members_predict(frame).mean(axis=1)
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
        return self.members_predict(frame).mean(axis=1)

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
        columns = self._columns(frame)
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
        columns, k = self._columns(frame), len(engine.members)
        draws = [engine.say_of_one(i % k, columns, stream(seed, "mc dropout", i)) for i in range(n)]
        return self.outcome.in_unit(np.stack(draws, axis=1))

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row a coefficient of a node that was solved exactly.

        Parameters
        ----------
        level
            Coverage of the intervals, a probability.

        Returns
        -------
        pandas.DataFrame
            Columns term, estimate, std_error, statistic (estimate / std_error), df, p_value (two-sided, Student's t),
            conf_low, conf_high.

        Raises
        ------
        SpecError
            When there are hidden layers, or ``level`` is not between 0 and 1.
        """
        return self._node("table").table(level)

    def path(self, steps: int = 1000, rate: float = 0.5) -> pd.DataFrame:
        """How gradient descent walks to the exact solution of this node.

        Every step moves the weights of a node over standardised columns down the gradient of all rows
        (`lacunet.net.Network.step`), from a start at zero.

        Parameters
        ----------
        steps
            Number of steps.
        rate
            Length of a step as a share of the gradient; it is halved where the loss rises.

        Returns
        -------
        pandas.DataFrame
            One row a step: step, loss (mean over the rows), and each coefficient in the user's columns.

        Raises
        ------
        SpecError
            When there are hidden layers or weights, the outcome is ordered, or the rows of the fit are gone.
        """
        node = self._node("path")
        training = self._training()
        if training.weights is not None:
            raise SpecError(
                "path() counts every row the same, and this fit has weights. Fit without weights to follow it."
            )
        design = self.fit.reader.columns(training.table.take(training.rows))
        return descent_path(node, self.outcome, design, training.y, steps=steps, rate=rate)

    def plot_loss(self) -> Any:
        """Draw the training and the held-out loss.

        Returns
        -------
        matplotlib.figure.Figure
            Loss over epochs; a line marks the weights that were kept.

        Raises
        ------
        SpecError
            When the node was solved exactly, so that nothing was trained.
        """
        if not self.fit.history:
            raise SpecError(
                "A node without hidden layers is solved, not trained, so that there is no loss to draw. See path() for "
                "gradient descent on it, or fit hidden layers."
            )
        return plot_history(self.fit.history)

    def summary(self) -> Summary:
        """Say what was fitted, in a few sentences and a table of settings, or of coefficients."""
        engine, outcome = self.fit.engine, self.outcome
        lines = [f"Mlp for {outcome.name!r}: {KINDS[outcome.kind].words}; {len(self.names)} inputs, seed {self.seed}."]
        if isinstance(engine, Node):
            lines.append(f"One node, solved exactly over {engine.solution.n_obs:,} rows; covariance: {engine.cov}.")
            return Summary(lines=(*lines, *self.notes), rows=engine.table(0.95))
        assert isinstance(engine, Networks)
        held = [row["held_out_loss"] for row in self.fit.history if "held_out_loss" in row]
        lines.append(
            f"Trained on {engine.n_rows:,} rows for {self.fit.history[-1]['epoch']:.0f} epochs"
            + (f"; held-out loss from {held[0]:.4g} to {min(held):.4g}." if held else ", without rows held out.")
        )
        settings = asdict(engine.architecture) | asdict(engine.settings) | {"learning_rate": engine.learning_rate}
        return Summary(lines=(*lines, *self.notes), rows=setting_rows(list(settings.items())))

    def cite(self) -> str:
        """Works to cite when results rest on this network, one a line."""
        works = CITE_NODE if isinstance(self.fit.engine, Node) else CITE_NETWORK
        own = f"lacunet {self.versions.get('lacunet', '')}: neural networks for social-science research (software)."
        return "\n".join([*works, own])

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Save to one file (a zip of safetensors and JSON) that ``lacunet.load`` reads.

        Weights, levels, settings, history and notes are kept, and of the rows held out their outcomes, weights and
        predictions, since intervals need them. The inputs are not kept.

        Parameters
        ----------
        path
            Where to write; ``.lacunet`` is a good ending.
        force
            Whether to replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        SpecError
            When the file exists and ``force`` is not given.
        DataError
            When the formula uses a function that a file cannot keep.
        """
        fit = self.fit
        meta = {
            "spec": spec_as_dict(self.spec),
            "schema": self.schema.as_dict(),
            "seed": self.seed,
            "target": self.target,
            "versions": self.versions,
            "outcome": fit.outcome.as_dict(),
            "reader": fit.reader.as_meta(),
            "engine": fit.engine.as_meta(),
            "history": fit.history,
            "notes": fit.notes,
        }
        arrays = {"engine": fit.engine.as_arrays()}
        if fit.held is not None:
            arrays["held"] = {name: getattr(fit.held, name) for name in ("y", "said", "weights", "rows", "member")}
        write_parts(path, Parts(kind="FittedMlp", meta=meta, arrays=arrays), force)
        return Path(path)

    def _columns(self, frame: Any) -> Floats:
        return self.fit.reader.columns(self._training().table if frame is None else read_rows(self.schema, frame))

    def _training(self) -> Training:
        if self.fit.training is None:
            raise SpecError(
                "This network was loaded from a file, which does not carry the rows of the fit. Hand a frame over: "
                "fitted.predict(frame)."
            )
        return self.fit.training

    def _node(self, who: str) -> Node:
        if not isinstance(self.fit.engine, Node):
            raise SpecError(
                f"{who}() is of a node that is solved exactly, and this network has hidden layers, whose weights mean "
                "nothing one by one. Fit with hidden=(), or ask for importance and effects."
            )
        return self.fit.engine

    def __repr__(self) -> str:
        kind = "one node" if isinstance(self.fit.engine, Node) else f"hidden layers {self._widths}"
        return f"FittedMlp({self.outcome.name!r}, {self.outcome.kind}, {len(self.names)} inputs, {kind})"

    @property
    def _widths(self) -> tuple[int, ...]:
        assert isinstance(self.fit.engine, Networks)
        return self.fit.engine.net.hidden


CITE_NODE = (
    "McCullagh, P., and J. A. Nelder. 1989. Generalized Linear Models, 2nd ed. Chapman and Hall.",
    "White, H. 1982. Maximum likelihood estimation of misspecified models. Econometrica 50(1): 1-25.",
)
CITE_NETWORK = (
    "Rumelhart, D. E., G. E. Hinton, and R. J. Williams. 1986. Learning representations by back-propagating errors. "
    "Nature 323: 533-536.",
    "Loshchilov, I., and F. Hutter. 2019. Decoupled weight decay regularization. ICLR.",
    "Gorishniy, Y., I. Rubachev, and A. Babenko. 2022. On embeddings for numerical features in tabular deep learning. "
    "NeurIPS.",
)
