"""From a matrix of variables to the columns an autoencoder reads, and back."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Layout, Variable
from lacunet._typing import Floats, Integers, States
from lacunet.net._autoencoder import AutoencoderNet, Head
from lacunet.net._level_losses import BinaryCrossEntropy, CategoricalCrossEntropy, OrdinalLoss
from lacunet.net._losses import Loss
from lacunet.net._number_losses import NormalLoss, SquaredError


@dataclass(frozen=True, kw_only=True, eq=False)
class Code:
    """How variables become columns of mean 0 and, each variable's together, variance 1; a missing cell is 0.

    Attributes
    ----------
    order
        Variable of each slot, shape (p,): numbers first, then binary, ordinal and nominal variables.
    heads
        Slots that share a loss.
    centre, unit
        Mean and scale of each column, shape (q,): a number's in its own unit, an ordinal variable's in positions.
    """

    order: Integers
    heads: tuple[Head, ...]
    centre: Floats
    unit: Floats

    @classmethod
    def of(cls, layout: Layout, centre: Floats, unit: Floats, *, variational: bool) -> Self:
        """Order and heads from a layout, with centres and units already known."""
        losses = [_loss_of(variable, variational) for variable in layout.variables]
        order = np.array(sorted(range(len(losses)), key=lambda j: _rank(losses[j])), dtype=np.intp)
        kinds = dict.fromkeys(losses[j] for j in order)
        heads = tuple(Head(kind, losses.count(kind), _n_shared(kind)) for kind in kinds)
        return cls(order=order, heads=heads, centre=centre, unit=unit)

    @classmethod
    def learn(cls, layout: Layout, values: Floats, state: States, *, variational: bool) -> Self:
        """Mean and scale of every column from its observed cells."""
        plain = cls.of(layout, np.zeros(0), np.ones(0), variational=variational)
        raw = np.where(plain.known_columns(state), plain.indicators(values, state), np.nan)
        centre, variance = np.nanmean(raw, axis=0), np.nanvar(raw, axis=0)
        of_variable = np.bincount(plain.owner, weights=variance)[plain.owner]
        return replace(plain, centre=centre, unit=np.sqrt(np.where(of_variable > 0, of_variable, 1.0)))

    @property
    def owner(self) -> Integers:
        """Slot of each column, shape (q,)."""
        return AutoencoderNet(heads=self.heads, hidden=(), latent=1).owner

    def known_columns(self, state: States) -> NDArray[np.bool_]:
        """Which columns of each row are observed, shape (n, q)."""
        return (state[:, self.order] == OBSERVED)[:, self.owner]

    def indicators(self, values: Floats, state: States) -> Floats:
        """Columns before centring, shape (n, q): numbers, positions, an indicator a level of nominal variables."""
        slots = np.where(state[:, self.order] == OBSERVED, values[:, self.order], 0.0)
        parts, slot = [], 0
        for head in self.heads:
            own = slots[:, slot : slot + head.count]
            if head.width > 1:
                own = (own[:, :, None] == np.arange(head.width)).astype(np.float64).reshape(len(own), -1)
            parts.append(own)
            slot += head.count
        return np.concatenate(parts, axis=1)

    def encode(self, values: Floats, state: States, n_rows: int | None = None) -> dict[str, NDArray[Any]]:
        """Rows as the network reads them, padded to ``n_rows``: input, flags, what is observed, and the targets."""
        n, slots = len(values), state[:, self.order]
        seen = slots == OBSERVED
        x = np.where(self.known_columns(state), (self.indicators(values, state) - self.centre) / self.unit, 0.0)
        target = np.where(seen, values[:, self.order], 0.0)
        target[:, self._numbers] = x[:, self._numbers]
        rows = {
            "x": x.astype(np.float32),
            "flags": np.concatenate([slots == MISSING, slots == INAPPLICABLE], axis=1).astype(np.float32),
            "seen": seen,
            "target": target.astype(np.float32),
        }
        spare = 0 if n_rows is None else n_rows - n
        return {name: np.pad(array, ((0, spare), (0, 0))) for name, array in rows.items()}

    @property
    def _numbers(self) -> Integers:
        """Slots of numbers, which are also their columns, since they stand first."""
        first = sum(head.count for head in self.heads if isinstance(head.loss, SquaredError | NormalLoss))
        return np.arange(first)

    def values_of(self, said: tuple[NDArray[Any], ...]) -> Floats:
        """Values (n, p) in the order of the layout: numbers in their own unit, most probable levels."""
        parts = []
        for head, own in zip(self.heads, said, strict=True):
            if isinstance(head.loss, SquaredError | NormalLoss):
                parts.append(self.centre[self._numbers] + self.unit[self._numbers] * own.astype(np.float64))
            elif own.ndim == 2:
                parts.append((own > 0.5).astype(np.float64))
            else:
                parts.append(own.argmax(axis=2).astype(np.float64))
        out = np.empty((len(parts[0]), len(self.order)))
        out[:, self.order] = np.concatenate(parts, axis=1)
        return out

    def draw(self, said: tuple[NDArray[Any], ...], spread: Floats, rng: np.random.Generator) -> Floats:
        """Values (n, p) drawn around what the network says: normal with standard deviations ``spread``, or levels."""
        noisy: list[NDArray[Any]] = []
        for head, own in zip(self.heads, said, strict=True):
            if isinstance(head.loss, SquaredError | NormalLoss):
                noisy.append(own + spread * rng.normal(size=own.shape))
            elif own.ndim == 2:
                noisy.append((rng.random(own.shape) < own).astype(np.float64))
            else:
                past = rng.random((*own.shape[:2], 1)) >= np.cumsum(own, axis=2)[:, :, :-1]
                noisy.append(np.eye(own.shape[2])[past.sum(axis=2)])
        return self.values_of(tuple(noisy))


def _loss_of(variable: Variable, variational: bool) -> Loss:
    if not variable.is_category:
        return NormalLoss() if variational else SquaredError()
    if variable.n_levels <= 2:
        return BinaryCrossEntropy()
    return OrdinalLoss(variable.n_levels) if variable.kind == "ordinal" else CategoricalCrossEntropy(variable.n_levels)


def _rank(loss: Loss) -> tuple[int, int]:
    """Numbers, binary, ordinal, nominal; then by levels."""
    kinds = (SquaredError | NormalLoss, BinaryCrossEntropy, OrdinalLoss, CategoricalCrossEntropy)
    return next(i for i, kind in enumerate(kinds) if isinstance(loss, kind)), getattr(loss, "n_levels", 0)


def _n_shared(loss: Loss) -> int:
    """Cut points, and the spread of a number: one for all rows, as in factor analysis and graded-response models."""
    return 1 if isinstance(loss, NormalLoss) else loss.n_shared
