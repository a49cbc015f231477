"""A fitted network: it predicts, says how sure it is, and can be kept in a file."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from lacunet._typing import PathLike
from lacunet.errors import SpecError
from lacunet.keep import Parts, package_versions, spec_as_dict, write_parts
from lacunet.prediction._engine import Networks
from lacunet.prediction._exact import Node
from lacunet.prediction._explained import Explained
from lacunet.prediction._fit import Fit
from lacunet.prediction._intervals import Intervals
from lacunet.prediction._outcome import KINDS
from lacunet.prediction._path import descent_path
from lacunet.report import cite_software
from lacunet.report._loss_plot import plot_losses
from lacunet.report._summary import Summary, setting_rows
from lacunet.table import Schema


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FittedMlp(Explained, Intervals):
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
            Loss over epochs, a line a network; a point marks the weights that were kept.

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
        return plot_losses(self.fit.history, "mean loss", ("training rows (under dropout)", "held-out rows"))

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
        return "\n".join([*works, cite_software(self.versions)])

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
