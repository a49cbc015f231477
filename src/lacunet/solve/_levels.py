"""Outcomes with several levels: the ordered logit and the multinomial logit."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError
from lacunet.solve._blocks import times, weighted_gram
from lacunet.solve._newton import Expansion, expand_by_blocks
from lacunet.solve._one_index import IN_SPAN, logistic, total


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderedLogit:
    """Log-likelihood of the ordered logit, in β and the cut points c: Pr(y <= j) = F(c_j - x'β).

    Attributes
    ----------
    design
        Z, shape ``(n, k)``, without an intercept.
    levels
        y, shape ``(n,)``, of 0 to J - 1.
    n_levels
        J.
    weights
        Weight of each row, shape ``(n,)``, or none.
    """

    design: Floats
    levels: Integers
    n_levels: int
    weights: Floats | None

    def start(self) -> Floats:
        """No effects, and the cut points of the shares."""
        held = np.bincount(self.levels, weights=self.weights, minlength=self.n_levels)
        below = np.cumsum(held)[:-1] / held.sum()
        return np.concatenate([np.zeros(self.design.shape[1]), np.log(below / (1 - below))])

    def value(self, theta: Floats) -> float:
        """Log-likelihood."""
        return total(self._rows(theta)[0], self.weights)

    def expand(self, theta: Floats) -> Expansion:
        """Log-likelihood with its first two derivatives."""
        n, k = self.design.shape
        return expand_by_blocks(self, theta, n, max(k * max(k, self.n_levels), 100))

    def part(self, rows: slice) -> Self:
        """The likelihood of these rows."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, design=self.design[rows], levels=self.levels[rows], weights=weights)

    def expand_part(self, theta: Floats) -> Expansion:
        """Log-likelihood with its first two derivatives, all rows at once."""
        k, n_cuts = self.design.shape[1], self.n_levels - 1
        rows, upper, lower, bend = self._rows(theta)
        weights = 1.0 if self.weights is None else self.weights
        density_up, density_low = weights * upper[1], weights * lower[1]
        slopes = self._by_cut(weights * upper[0], weights * lower[0])
        densities = self._by_cut(density_up, density_low)
        information = np.empty((k + n_cuts, k + n_cuts))
        information[:k, :k] = (self.design * (density_up + density_low)[:, None]).T @ self.design
        information[:k, k:] = -(self.design.T @ densities)
        information[k:, :k] = information[:k, k:].T
        held = np.bincount(self.levels, weights=self.weights, minlength=self.n_levels)
        shared = bend[1:-1] * held[1:-1]
        between = np.append(shared, 0.0) + np.append(0.0, shared)
        information[k:, k:] = np.diag(densities.sum(axis=0) + between) - np.diag(shared, 1) - np.diag(shared, -1)
        gradient = np.concatenate([-(self.design.T @ (weights * (upper[0] + lower[0]))), slopes.sum(axis=0)])
        return Expansion(value=total(rows, self.weights), gradient=gradient, information=information)

    def scores(self, theta: Floats) -> Floats:
        """Derivatives of each row's weighted log-likelihood, shape ``(n, k + J - 1)``."""
        _, upper, lower, _ = self._rows(theta)
        scores = np.hstack([self.design * -(upper[0] + lower[0])[:, None], self._by_cut(upper[0], lower[0])])
        return scores if self.weights is None else scores * self.weights[:, None]

    def reach(self, direction: Floats) -> float:
        """Largest change of a row's predictor along a direction, or of a cut point."""
        k = self.design.shape[1]
        return float(np.abs(np.concatenate([times(self.design, direction[:k]), direction[k:]])).max())

    def _rows(self, theta: Floats) -> tuple[Floats, tuple[Floats, Floats], tuple[Floats, Floats], Floats]:
        """Each row's log-likelihood; its derivative by the upper and by the lower cut, each with the density there.

        Also r(1 + r) of each level, the curvature that its two cuts share, with r = 1 / (exp(width) - 1), from
        F(a) - F(b) = F(a) F(-b) (1 - exp(b - a)), which has no difference of almost equal numbers.
        """
        k = self.design.shape[1]
        eta = times(self.design, theta[:k])
        cuts = np.concatenate([[-np.inf], theta[k:], [np.inf]])
        width = np.diff(cuts)
        ratio = 1.0 / np.expm1(np.minimum(width, 700.0))
        ratio[[0, -1]] = 0.0
        log_up, beyond_up, density_up = logistic(cuts[self.levels + 1] - eta)
        log_low, beyond_low, density_low = logistic(eta - cuts[self.levels])
        rows = log_up + log_low + np.log(-np.expm1(-width))[self.levels]
        r = ratio[self.levels]
        return rows, (beyond_up + r, density_up), (-beyond_low - r, density_low), ratio * (1.0 + ratio)

    def _by_cut(self, upper: Floats, lower: Floats) -> Floats:
        """Values of each row's two cuts in the columns of the cuts, shape ``(n, J - 1)``."""
        placed = np.zeros((len(upper), self.n_levels + 1))
        rows = np.arange(len(upper))
        placed[rows, self.levels + 1] = upper
        placed[rows, self.levels] = lower
        return placed[:, 1:-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class MultinomialLogit:
    """Log-likelihood of the multinomial logit; the first level is the base, β goes level by level.

    Attributes
    ----------
    design
        Z, shape ``(n, k)``.
    levels
        y, shape ``(n,)``, of 0 to J - 1.
    n_levels
        J.
    weights
        Weight of each row, shape ``(n,)``, or none.
    """

    design: Floats
    levels: Integers
    n_levels: int
    weights: Floats | None

    def start(self) -> Floats:
        """Constant log odds, where the design holds a constant; else no effects."""
        ones = weighted_gram(self.design, self.weights, np.ones(len(self.design))) / len(self.design)
        if 1.0 - ones @ ones > IN_SPAN:
            return np.zeros(len(ones) * (self.n_levels - 1))
        held = np.bincount(self.levels, weights=self.weights, minlength=self.n_levels)
        return np.outer(np.log(held[1:] / held[0]), ones).ravel()

    def value(self, theta: Floats) -> float:
        """Log-likelihood."""
        return total(self._rows(theta)[0], self.weights)

    def expand(self, theta: Floats) -> Expansion:
        """Log-likelihood with its first two derivatives."""
        return expand_by_blocks(self, theta, len(self.design), 12 * len(theta))

    def part(self, rows: slice) -> Self:
        """The likelihood of these rows."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, design=self.design[rows], levels=self.levels[rows], weights=weights)

    def expand_part(self, theta: Floats) -> Expansion:
        """Log-likelihood with its first two derivatives, all rows at once."""
        rows, share = self._rows(theta)
        gradient = (self._residuals(share).T @ self.design).ravel()
        return Expansion(value=total(rows, self.weights), gradient=gradient, information=self._information(share))

    def scores(self, theta: Floats) -> Floats:
        """Derivatives of each row's weighted log-likelihood, shape ``(n, k (J - 1))``."""
        residuals = self._residuals(self._rows(theta)[1])
        return (residuals[:, :, None] * self.design[:, None, :]).reshape(len(residuals), -1)

    def reach(self, direction: Floats) -> float:
        """Largest change of a row's predictor along a direction."""
        return float(np.abs(times(self.design, direction.reshape(self.n_levels - 1, -1).T)).max(initial=0.0))

    def _rows(self, theta: Floats) -> tuple[Floats, Floats]:
        """Each row's log-likelihood, and the probabilities of the levels but the first, shape ``(n, J - 1)``."""
        eta = times(self.design, theta.reshape(self.n_levels - 1, -1).T)
        top = np.maximum(eta.max(axis=1), 0.0)
        share = np.exp(eta - top[:, None])
        whole = share.sum(axis=1) + np.exp(-top)
        share /= whole[:, None]
        own = np.where(self.levels == 0, 0.0, eta[np.arange(len(eta)), self.levels - 1])
        return own - top - np.log(whole), share

    def _residuals(self, share: Floats) -> Floats:
        """Weighted differences between what is and what is expected, shape ``(n, J - 1)``."""
        residuals = -share
        inside = np.flatnonzero(self.levels)
        residuals[inside, self.levels[inside] - 1] += 1.0
        return residuals if self.weights is None else residuals * self.weights[:, None]

    def _information(self, share: Floats) -> Floats:
        """Sum of (diag(π) - π π') ⊗ z z'."""
        k = self.design.shape[1]
        scaled = (share[:, :, None] * self.design[:, None, :]).reshape(len(share), -1)
        information = -weighted_gram(scaled, self.weights)
        own = weighted_gram(scaled, self.weights, self.design)
        for level in range(self.n_levels - 1):
            block = slice(level * k, (level + 1) * k)
            information[block, block] += own[block]
        return information


def check_levels(outcome: Floats, model: str, fewest: int) -> int:
    """Refuse outcomes that are no levels; returns their number J.

    Raises
    ------
    DataError
        When y holds anything but 0 to J - 1, a level without a row, or fewer levels than the model needs.
    """
    wrong = outcome[(outcome < 0) | (outcome != np.floor(outcome))]
    if len(wrong):
        shown = ", ".join(f"{value:g}" for value in np.unique(wrong)[:4])
        raise DataError(
            f"The outcome of the {model} holds {shown}. It needs levels, coded 0, 1, 2 and so on: make it a category."
        )
    found = np.unique(outcome.astype(np.intp))
    if len(found) < fewest:
        advice = "use model='logit' for two levels" if len(found) == 2 else "check which rows are used"
        raise DataError(
            f"The outcome of the {model} has {len(found)} level{'s' if len(found) == 2 else ''} among the rows used. "
            f"It needs at least {fewest}: {advice}."
        )
    skipped = np.flatnonzero(found != np.arange(len(found)))
    if len(skipped):
        raise DataError(
            f"The outcome of the {model} has no row at level {skipped[0]} (counted from 0), though there are some at "
            f"level {found[-1]}. Every level needs a row, or it has no estimate: take empty levels out, or join rare "
            "ones."
        )
    return len(found)
