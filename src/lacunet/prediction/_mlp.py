"""Networks that predict: the specification, from one node to many layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lacunet._check import check_count, check_number, check_seed
from lacunet._layout import Kind
from lacunet._rng import draw_seed
from lacunet._typing import Frame, PathLike
from lacunet.errors import SpecError
from lacunet.net._activations import find_activation
from lacunet.prediction._fit import Options, fit_networks, fit_node
from lacunet.prediction._fitted import FittedMlp
from lacunet.prediction._prepare import Request, prepare, unused_columns
from lacunet.table import read_table
from lacunet.train._stopping import Progress

SCHEDULES = ("constant", "cosine")
MOST_HELD = 0.9


@dataclass(frozen=True, kw_only=True)
class Mlp:
    r"""A multi-layer perceptron for numbers, categories and counts; without hidden layers, a regression.

    Use it to predict an outcome from inputs whose effects may bend and depend on each other. Numbers and categories,
    also with missing cells, go in as they are. Rows held out say when to stop. With ``hidden=()`` it is one node, which
    is solved exactly: OLS, logit, multinomial, ordered or Poisson regression, with their standard errors.

    .. math:: h^0 = x, \quad h^l = f(h^{l-1} W^l + b^l), \quad \hat y = g(h^L W + b)

    with f the activation and g the link of the outcome. Training minimises the mean loss, minus the log-likelihood, and
    shrinks W by the weight decay. What is None is chosen from the number of rows.

    Parameters
    ----------
    hidden
        Nodes of each hidden layer; ``()`` is one node.
    activation
        f, a name in ``lacunet.net.ACTIVATIONS``.
    dropout
        Probability that a hidden node is silenced in a step of training.
    weight_decay
        Decoupled decay of the weights, per unit of learning rate.
    learning_rate, schedule
        Largest step size of AdamW; "constant", or "cosine" down to 0.
    batch, epochs
        Rows a step; most passes over the rows, of which the one with the lowest held-out loss is kept.
    members
        Networks whose predictions are averaged. With several, each holds out another part of the rows, one in as many,
        to stop its training by: all rows are learnt from, and of each there is a prediction by a network that never
        saw it.
    pieces
        Pieces between quantiles into which each number is cut beside its standardised value; 0 for none.

    Raises
    ------
    SpecError
        When an option is out of its range.

    References
    ----------
    Rumelhart, D. E., G. E. Hinton, and R. J. Williams. 1986. Learning representations by back-propagating errors.
    Nature 323: 533-536.
    Loshchilov, I., and F. Hutter. 2019. Decoupled weight decay regularization. ICLR.
    Gorishniy, Y., I. Rubachev, and A. Babenko. 2022. On embeddings for numerical features in tabular deep learning.
    NeurIPS.
    Differs: weights are averaged over the last steps, gradients are clipped, and an exploding loss starts anew at a
    tenth of the rate.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"y": [1.0, 3.5, 5.0, 7.0], "x": [0.0, 1.0, 2.0, 3.0]})
    >>> Mlp(hidden=()).fit(frame, "y ~ x").table()["estimate"].round(2).tolist()
    [1.2, 1.95]
    """

    hidden: tuple[int, ...] | None = None
    activation: str = "relu"
    dropout: float | None = None
    weight_decay: float | None = None
    learning_rate: float | None = None
    schedule: str = "constant"
    batch: int | None = None
    epochs: int | None = None
    members: int | None = None
    pieces: int | None = None

    def __post_init__(self) -> None:
        """Check every option once."""
        if self.hidden is not None:
            object.__setattr__(self, "hidden", _check_hidden(self.hidden))
        find_activation(self.activation)
        if self.schedule not in SCHEDULES:
            raise SpecError(f"schedule={self.schedule!r} is not known. Use one of: {', '.join(SCHEDULES)}.")
        for name, low, high in (("dropout", 0, 0.95), ("weight_decay", 0, 100), ("learning_rate", 1e-7, 1e6)):
            if getattr(self, name) is not None:
                check_number(getattr(self, name), name, low, high)
        for name, least in (("batch", 1), ("epochs", 1), ("members", 1), ("pieces", 0)):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), name, least)

    def fit(
        self,
        frame: Frame | PathLike,
        outcome: str,
        *,
        inputs: Sequence[str] | None = None,
        kind: str | None = None,
        weights: str | None = None,
        class_weights: str | Mapping[Any, float] | None = None,
        validation: float = 0.15,
        cov: str | None = None,
        cluster: str | None = None,
        kinds: Mapping[str, Kind] | None = None,
        missing_codes: Mapping[str, Any] | Sequence[Any] | None = None,
        not_applicable: Mapping[str, Any] | Sequence[Any] | None = None,
        leave_out: Sequence[str] = (),
        encoding: str | None = None,
        seed: int | None = None,
        progress: Progress | None = None,
    ) -> FittedMlp:
        """Fit to a frame or a file.

        Parameters
        ----------
        frame
            pandas, polars or pyarrow frame, or path of a CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file.
        outcome
            A formula, ``"vote ~ age + C(region)"`` (``"vote ~ ."`` for all other columns), or the outcome's column.
        inputs
            Columns to predict from, where no formula names them; None for all others that can be used.
        kind
            "number", "binary", "nominal", "ordinal", "count" (Poisson), "negbin" (a count that varies more), "normal"
            (mean and spread of a number), or "quantiles"; None decides by the column, and says so in ``notes``.
        weights
            Column of survey weights.
        class_weights
            "balanced" for weights that make all levels count the same, or level → weight.
        validation
            Share of the rows that a single network (``members=1``) holds out to stop training, 0 to 0.9; with 0 every
            network learns from all rows, to the last of its epochs.
        cov, cluster
            For ``hidden=()``: "classical", "HC0" to "HC3", or the column of clusters; with weights "HC1" if not said.
        kinds, missing_codes, not_applicable, leave_out, encoding
            See `lacunet.read_table`.
        seed
            Where all randomness comes from; None draws one from the system and records it.
        progress
            Called with the stage, the work done and the most work there may be.

        Returns
        -------
        FittedMlp
            Ready to predict.

        Raises
        ------
        SpecError
            When an option is wrong, or the outcome is among the inputs.
        ColumnError
            When a column does not exist or cannot be used.
        DataError
            When the outcome does not vary, does not suit its kind, or there are too few rows.
        TrainingError
            When the loss explodes however low the learning rate.
        """
        seed = draw_seed() if seed is None else check_seed(seed)
        request = Request(target=outcome, inputs=inputs, kind=kind, weights=weights, cluster=cluster)
        options = Options(cov=cov, class_weights=class_weights, validation=_check_share(validation))
        said_of = [
            name for option in (kinds, missing_codes, not_applicable) if isinstance(option, Mapping) for name in option
        ]
        unused = unused_columns(frame, request, said_of)
        table = read_table(
            frame,
            kinds={**(kinds or {}), **request.column_kinds},
            missing_codes=missing_codes,
            not_applicable=not_applicable,
            leave_out=list(dict.fromkeys([*leave_out, *unused])),
            encoding=encoding,
        )
        prepared = prepare(table, request)
        if self.hidden == ():
            fit = fit_node(prepared, request, options)
        else:
            say = progress or _say_nothing
            fit = fit_networks(prepared, request, options, self, seed=seed, say=say)
        return FittedMlp(spec=self, seed=seed, target=outcome, fit=fit, schema=prepared.table.schema)


def _check_hidden(hidden: Any) -> tuple[int, ...]:
    if isinstance(hidden, int):
        raise SpecError(f"hidden={hidden} is one number. A tuple of layers is needed: hidden=({hidden},).")
    return tuple(check_count(nodes, "hidden nodes") for nodes in hidden)


def _check_share(share: Any) -> float:
    if not (_is_number(share) and 0 <= share <= MOST_HELD):
        raise SpecError(
            f"validation={share!r} is out of range. Give the share of rows to hold out, from 0 to {MOST_HELD}."
        )
    return float(share)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _say_nothing(stage: str, done: int, most: int) -> None:
    """Progress that nobody asked for."""
