"""``ClassicMidas``: the published MIDAS algorithm, to replicate work that used it and to see the difference."""

import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import jax.numpy as jnp
from numpy.typing import NDArray

from lacunet._check import check_seed
from lacunet._keys import stream
from lacunet._layout import Kind, Layout
from lacunet._rng import draw_seed
from lacunet._typing import Frame, PathLike
from lacunet.errors import DataWarning, SpecError, TrainingError
from lacunet.family._book import as_device
from lacunet.family._flat import FlatCode, Scaling
from lacunet.imputation._classic_engine import ClassicEngine
from lacunet.imputation._fitted import FittedMidas
from lacunet.net._classic import ClassicNet, Denoising, start
from lacunet.table import Table, read_table
from lacunet.train._loop import Plan, advance, begin

STEPS = 500
"""Training steps per call of the compiled program."""
CAUTION = (
    "The published MIDAS fills in the mean of a number and the most probable level of a category, under dropout, and "
    "draws from no distribution: imputed values vary too little and intervals are too narrow. "
    "Use Midas() for inference; keep this one for replication and comparison."
)
"""What a user of the published algorithm must know; it stands in the summary and the report."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class ClassicMidas:
    r"""The published MIDAS algorithm; made by ``Midas.classic()``.

    One denoising autoencoder with ELU layers and the encoder's layers reversed as decoder. In training, each observed
    cell of the input is hidden (set to 0) with probability ``corrupt`` and each hidden unit dropped with probability
    ``dropout``; an imputation is one more pass with both left on. Use it to replicate published work, or to see what a
    draw from a distribution changes. For inference use ``Midas()``: standard errors from the classic imputations are
    too small, since :math:`\hat x` below is a mean and not a draw.

    With :math:`v_{ij} \sim \text{Bernoulli}(1 - \text{corrupt})`, network :math:`g` and :math:`\tilde x = x v`, over
    the cells C of a batch that are observed and hidden, the loss is a sum over variables j of

    .. math:: L_j = \Big[\tfrac1{|C_j|} \sum_{i \in C_j} (x_{ij} - \hat x_{ij})^2\Big]^{1/2} \text{ or }
              L_j = -\tfrac1{|C_j|} \sum_{i \in C_j} \log \hat x_{ij}[x_{ij}], \quad \hat x = g(\tilde x),

    the first for a number, the second for a category, each weighted by the share of the batch's cells observed.
    Numbers are scaled inside, and back.

    Parameters
    ----------
    hidden
        Units of the encoder's layers.
    corrupt
        Probability that an observed cell of the input is hidden, above 0 and below 1. MIDASpy's ``input_drop=0.8`` is
        the probability of *keeping* it: the same as ``corrupt=0.2`` here.
    dropout
        Probability that a hidden unit is dropped, from 0 to below 1.
    learning_rate
        Step of Adam, constant.
    batch
        Rows per step.
    epochs
        Rounds of n / ``batch`` steps. Nothing stops earlier.
    weight_decay
        Share of each weight that every step takes off, from 0 to below 1; None for 1/n, as in MIDASpy.
    scaling
        "minmax" for numbers between 0 and 1, as in the paper's Adult experiment and in rMIDAS; "standard" for mean 0
        and standard deviation 1, as in its simulations. A missing cell enters as 0, and nothing else tells the network
        that it is missing: with "minmax" it looks like the smallest value, with "standard" like the mean, which the
        network learns from far sooner.

    Raises
    ------
    SpecError
        When an option is out of its range.

    References
    ----------
    Lall, R., and T. Robinson. 2022. The MIDAS touch: accurate and scalable missing-data imputation with deep learning.
    Political Analysis 30(2): 179-196.
    Lall, R., and T. Robinson. 2023. Efficient multiple imputation for diverse data in Python and R: MIDASpy and rMIDAS.
    Journal of Statistical Software 107(9): 1-38.
    **Differs:** (1) the loss covers hidden observed cells only, the reading of the paper we follow, while MIDASpy and
    MIDAS2 take it over all observed cells, most of which the network can copy; (2) categories are the most probable
    level, as in the paper's experiments, while MIDASpy returns probabilities and rMIDAS draws by default; (3) rows of
    a batch are drawn at random, not from a shuffled list; (4) decay spares the biases, and Adam forgets squared slopes
    at .99 a step, not .999. Ordinal variables are nominal and dates are numbers here.

    Examples
    --------
    >>> ClassicMidas(hidden=(64, 64), epochs=20).corrupt
    0.2
    """

    hidden: tuple[int, ...] = (256, 256, 256)
    corrupt: float = 0.2
    dropout: float = 0.5
    learning_rate: float = 1e-4
    batch: int = 16
    epochs: int = 100
    weight_decay: float | None = None
    scaling: Scaling = "minmax"

    def __post_init__(self) -> None:
        """Check every option once."""
        object.__setattr__(self, "hidden", tuple(self.hidden) if isinstance(self.hidden, Iterable) else (self.hidden,))
        _check("hidden", self.hidden, bool(self.hidden) and all(map(_is_count, self.hidden)), UNITS)
        _check("corrupt", self.corrupt, _is_between(self.corrupt, 0, 1) and self.corrupt > 0, KEEP)
        _check("dropout", self.dropout, _is_between(self.dropout, 0, 1), "a probability from 0 to below 1, such as 0.5")
        is_rate = _is_between(self.learning_rate, 0, math.inf) and self.learning_rate > 0
        _check("learning_rate", self.learning_rate, is_rate, "a number above 0, such as 1e-4")
        _check("batch", self.batch, _is_count(self.batch), "a whole number of at least 1, such as 16")
        _check("epochs", self.epochs, _is_count(self.epochs), "a whole number of at least 1, such as 20")
        is_decay = self.weight_decay is None or _is_between(self.weight_decay, 0, 1)
        _check("weight_decay", self.weight_decay, is_decay, "a share from 0 to below 1, or None for 1/n")
        _check("scaling", self.scaling, self.scaling in get_args(Scaling), "'minmax' or 'standard'")

    def fit(
        self,
        frame: Frame | PathLike,
        *,
        seed: int | None = None,
        kinds: Mapping[str, Kind] | None = None,
        missing_codes: Any = None,
        not_applicable: Any = None,
        impute_not_applicable: bool | Iterable[str] = False,
        leave_out: Iterable[str] = (),
        encoding: str | None = None,
        progress: Progress | None = None,
    ) -> FittedMidas:
        """Learn from a frame or file; the options are those of ``Midas.fit``.

        Parameters
        ----------
        frame
            A pandas, polars or pyarrow frame, or a file.
        seed
            Where chance starts; None draws one and records it.
        kinds, missing_codes, not_applicable, impute_not_applicable, leave_out, encoding
            How to read the columns, see ``read_table``.
        progress
            Called with ("training", steps done, steps in all).

        Returns
        -------
        FittedMidas
            The trained network, ready to impute.

        Raises
        ------
        DataError
            When the data cannot be used as they are.
        TrainingError
            When the loss is no longer finite.

        Warns
        -----
        DataWarning
            Always: intervals from these imputations are too narrow.
        """
        table = read_table(
            frame,
            kinds=kinds,
            missing_codes=missing_codes,
            not_applicable=not_applicable,
            impute_not_applicable=impute_not_applicable,
            leave_out=leave_out,
            encoding=encoding,
        )
        warnings.warn(CAUTION, DataWarning, stacklevel=2)
        return self.fit_table(table, seed=seed, progress=progress)

    def fit_table(self, table: Table, *, seed: int | None = None, progress: Progress | None = None) -> FittedMidas:
        """Learn from a table that was read before.

        Parameters
        ----------
        table
            What ``read_table`` gives.
        seed
            Where chance starts; None draws one and records it.
        progress
            Called with ("training", steps done, steps in all).

        Returns
        -------
        FittedMidas
            The trained network, ready to impute.
        """
        seed = draw_seed() if seed is None else check_seed(seed)
        if CAUTION not in table.schema.notes:
            table = replace(table, schema=replace(table.schema, notes=(*table.schema.notes, CAUTION)))
        engine = _train(self, table, seed, progress) if len(table.layout) and table.n_rows else None
        return FittedMidas(spec=self, engine=engine, schema=table.schema, seed=seed, table=table)

    @classmethod
    def engine_from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> ClassicEngine:
        """Engine out of what a file holds.

        Parameters
        ----------
        arrays, meta
            What ``as_arrays`` and ``as_meta`` of the engine gave.

        Returns
        -------
        ClassicEngine
            The same engine.
        """
        return ClassicEngine.from_parts(arrays, meta)


def _train(spec: ClassicMidas, table: Table, seed: int, progress: Progress | None) -> ClassicEngine:
    """Train one network on the rows of a table for the length that the specification says."""
    n = table.n_rows
    code = FlatCode.learn(table.layout, table.values, table.state, spec.scaling)
    net = ClassicNet(shape=code.shape, hidden=spec.hidden, corrupt=spec.corrupt, dropout=spec.dropout)
    rows = as_device(code.encode(table.values, table.state, n))
    data = rows | {"pick": jnp.arange(n, dtype=jnp.int32), "n_pick": jnp.asarray(n)}
    decay = 1.0 / n if spec.weight_decay is None else spec.weight_decay
    # The loop multiplies decay by the rate; the published optimiser does not. No clipping, no average.
    plan = Plan(batch=spec.batch, steps=STEPS, weight_decay=decay / spec.learning_rate, clip=math.inf, average=0.0)
    # NOTE[DIFF]: the packages shuffle the rows anew for each epoch; the loop draws each batch's rows at random.
    per_epoch = max(n // spec.batch, 1)
    total = spec.epochs * per_epoch
    trained = begin(start(net, key=stream(seed, "classic start")), plan)
    history = []
    for done in range(0, total, STEPS):
        # Steps past the end have rate 0: they change no weight, and every call has one length.
        rates = jnp.where(done + jnp.arange(STEPS) < total, spec.learning_rate, 0.0)
        key = stream(seed, "classic training", done)
        trained, loss = advance(trained, data, rates, key, objective=Denoising(net=net), plan=plan)
        now = min(done + STEPS, total)
        history.append({"epoch": now / per_epoch, "train_loss": _finite(float(loss), now / per_epoch, table.layout)})
        if progress is not None:
            progress("training", now, total)
    return ClassicEngine(code=code, net=net, params=trained[0], history=history)


def _finite(loss: float, epoch: float, layout: Layout) -> float:
    if math.isfinite(loss):
        return loss
    shown = ", ".join(layout.names[:SHOWN]) + (", ..." if len(layout) > SHOWN else "")
    raise TrainingError(
        f"The loss is {loss} by epoch {epoch:.3g} (columns {shown}). Training needs a finite loss. "
        "Lower learning_rate, or look for extreme values in the numbers."
    )


SHOWN = 5
UNITS = "whole numbers of at least 1, one a layer, such as (256, 256)"
KEEP = "the probability that a cell is hidden, above 0 and below 1 (MIDASpy's input_drop=0.8 is corrupt=0.2)"


def _check(name: str, value: Any, is_good: bool, needed: str) -> None:
    if not is_good:
        raise SpecError(f"{name}={value!r} was given to Midas.classic(). It must be {needed}. Change {name}.")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_between(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value < high
