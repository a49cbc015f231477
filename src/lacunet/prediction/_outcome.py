"""The outcome: what kind it is, as numbers for a loss, and back in its own unit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from lacunet._layout import Kind
from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.net import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    NegativeBinomialLoss,
    NormalLoss,
    OrdinalLoss,
    PoissonLoss,
    QuantileLoss,
    SquaredError,
)
from lacunet.net._losses import Loss

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""What kind="quantiles" predicts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeKind:
    """What is known of an outcome by the name of its kind.

    Attributes
    ----------
    table_kind
        Kind of the column, as `lacunet.read_table` calls it.
    model
        Regression that solves its node exactly, "" where there is none.
    words
        What the network learns of it.
    """

    table_kind: Kind
    model: str
    words: str


KINDS: dict[str, OutcomeKind] = {
    "number": OutcomeKind(table_kind="continuous", model="ols", words="the mean of a number"),
    "normal": OutcomeKind(table_kind="continuous", model="", words="the mean and the spread of a number"),
    "quantiles": OutcomeKind(table_kind="continuous", model="", words="quantiles of a number"),
    "binary": OutcomeKind(table_kind="binary", model="logit", words="the probabilities of two levels"),
    "nominal": OutcomeKind(table_kind="nominal", model="multinomial", words="the probabilities of levels"),
    "ordinal": OutcomeKind(table_kind="ordinal", model="ordered", words="the probabilities of levels in order"),
    "count": OutcomeKind(table_kind="count", model="poisson", words="the mean of a count"),
    "negbin": OutcomeKind(table_kind="count", model="negbin", words="the mean and the spread of a count"),
}
LEVEL_KINDS = frozenset({"binary", "nominal", "ordinal"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What is predicted.

    Attributes
    ----------
    name
        As the user wrote it.
    column
        Column it is read from; None where a formula transforms it.
    kind
        A name in `KINDS`.
    levels
        Labels of its levels in order; none where it is a number.
    centre, scale
        A network learns (y - centre) / scale.
    """

    name: str
    column: str | None
    kind: str
    levels: tuple[Any, ...] = ()
    centre: float = 0.0
    scale: float = 1.0

    @property
    def has_levels(self) -> bool:
        """Whether it has levels rather than numbers."""
        return self.kind in LEVEL_KINDS

    @property
    def model(self) -> str:
        """Regression that solves its node exactly."""
        return KINDS[self.kind].model

    def loss(self) -> Loss:
        """What a network minimises."""
        makers: dict[str, Callable[[], Loss]] = {
            "number": SquaredError,
            "normal": NormalLoss,
            "quantiles": lambda: QuantileLoss(at=QUANTILES),
            "binary": BinaryCrossEntropy,
            "nominal": lambda: CategoricalCrossEntropy(n_levels=len(self.levels)),
            "ordinal": lambda: OrdinalLoss(n_levels=len(self.levels)),
            "count": PoissonLoss,
            "negbin": NegativeBinomialLoss,
        }
        return makers[self.kind]()

    def fitted_to(self, y: Floats, weights: Floats) -> Self:
        """The outcome with centre and scale of the rows that a network learns from.

        A count is divided by its mean: the Poisson likelihood has the same maximum, and training starts near it.
        """
        mean = float(np.average(y, weights=weights))
        if KINDS[self.kind].table_kind == "continuous":
            spread = float(np.sqrt(np.average((y - mean) ** 2, weights=weights)))
            return replace(self, centre=mean, scale=spread if spread > 0 else 1.0)
        return replace(self, scale=mean if mean > 0 else 1.0) if self.kind == "count" else self

    def for_loss(self, y: Floats) -> Floats:
        """Numbers as the loss wants them."""
        return (y - self.centre) / self.scale

    def in_unit(self, said: Floats) -> Floats:
        """What members said, (n, k) or (n, k, c), in the unit of the outcome; both probabilities of two levels."""
        if not self.has_levels:
            return self.centre + self.scale * said
        return said if said.ndim == 3 else np.stack([1.0 - said, said], axis=2)

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def keep_levels(outcome: Outcome, y: Floats) -> tuple[Outcome, Floats, list[str]]:
    """The outcome with the levels that the rows have, their positions, and what there is to say of it."""
    check_varies(outcome, y)
    if not outcome.has_levels:
        return outcome, y, []
    there = np.unique(y).astype(int)
    notes = []
    absent = [str(level) for i, level in enumerate(outcome.levels) if i not in there]
    if absent:
        notes.append(f"Levels of {outcome.name!r} that no row has are left out: {', '.join(absent)}.")
    levels = tuple(outcome.levels[i] for i in there)
    shown = ", ".join(str(level) for level in levels)
    if len(levels) == 2:
        notes.append(f"The outcome {outcome.name!r} has two levels, {shown}: the second is the event.")
    else:
        notes.append(f"Levels of the outcome {outcome.name!r}, in order: {shown}.")
    kind = "binary" if len(levels) == 2 else outcome.kind
    return replace(outcome, levels=levels, kind=kind), np.searchsorted(there, y).astype(np.float64), notes


def check_varies(outcome: Outcome, y: Floats) -> None:
    """Refuse an outcome that does not vary."""
    if len(y) == 0:
        raise DataError(
            f"The outcome {outcome.name!r} is known in no row that could be used. Some rows need it: check the column."
        )
    if (y == y[0]).all():
        value = outcome.levels[int(y[0])] if outcome.has_levels else f"{y[0]:g}"
        raise DataError(
            f"The outcome {outcome.name!r} is {value} in each of the {len(y):,} rows of use. It has to vary "
            "for anything to be learnt: check the column, the filter, and which rows are complete."
        )


def class_weight_of(outcome: Outcome, y: Floats, wish: Any, weights: Floats) -> Floats:
    """Weight of each row by its level, (n,); 1 where none was asked for."""
    if wish is None:
        return np.ones(len(y))
    if not outcome.has_levels:
        raise SpecError(
            f"class_weights= were given and the outcome {outcome.name!r} is a number. They suit levels: leave them "
            "out, or say kind='nominal'."
        )
    positions = y.astype(int)
    if wish == "balanced":
        held = np.bincount(positions, weights=weights, minlength=len(outcome.levels))
        return (weights.sum() / (len(held) * np.where(held > 0, held, 1.0)))[positions]
    return _named_weights(outcome, wish)[positions]


def _named_weights(outcome: Outcome, wish: Any) -> Floats:
    if not hasattr(wish, "get"):
        raise SpecError(
            f"class_weights={wish!r} is not understood. Say 'balanced', or {{level: weight}} for the levels."
        )
    by_word = {str(level): weight for level, weight in wish.items()}
    unknown = [level for level in by_word if level not in map(str, outcome.levels)]
    if unknown:
        shown = ", ".join(map(str, outcome.levels))
        raise SpecError(f"class_weights= names {unknown[0]!r}, which is no level of the outcome. It has: {shown}.")
    try:
        found = np.array([float(by_word.get(str(level), 1.0)) for level in outcome.levels])
    except (TypeError, ValueError) as error:
        raise SpecError("class_weights= holds what is no number. Give each level a number above 0.") from error
    if not (np.isfinite(found) & (found > 0)).all():
        raise SpecError(
            f"class_weights={wish!r} holds a weight that is not above 0. Give each level a positive number."
        )
    return found
