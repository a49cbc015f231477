"""Chained equations: each variable in turn regressed on all others and drawn anew where it is missing.

Rows are the training rows followed by new rows. Regressions learn from the training rows alone, and the two parts
take their chance from different streams, so that new rows never move what is drawn for the training rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from lacunet._layout import MISSING, OBSERVED, Layout
from lacunet._typing import Floats, Integers, States
from lacunet.draw._donor import hand_out, nearest_donors
from lacunet.draw._plan import Plan, find_spike, is_plenty, plan_category, plan_number, ridge, rotated_design
from lacunet.draw._predictors import MAX_LEVELS, add_terms, build_code
from lacunet.solve._multinomial import draw_multinomial, probabilities
from lacunet.solve._posterior import RegressionDraw, decompose, draw_regression

FEW = 3
"""With fewer observed cells, or one distinct value, cells are drawn from the observed ones."""
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
"""For the mean of a logarithm's exponential."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Margin:
    """What a variable's imputed values must respect.

    Attributes
    ----------
    low, high
        Bounds that normal draws keep.
    decimals
        Digits after the point; None when the observed values have too many to tell.
    """

    low: float
    high: float
    decimals: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Rows of one variable: observed in training, missing in training, missing in new rows; and its levels."""

    observed: Integers
    missing: Integers
    n_old: int
    levels: Floats
    margin: Margin


class Chain:
    """One imputation in the making: values that improve with every sweep.

    Parameters
    ----------
    values, state
        Training rows, then new rows, shape (n, p).
    layout
        The variables.
    n_train
        Training rows.
    rngs
        Sources of chance of the training rows and of the new rows.
    """

    def __init__(
        self,
        values: Floats,
        state: States,
        layout: Layout,
        *,
        n_train: int,
        rngs: tuple[np.random.Generator, np.random.Generator],
    ) -> None:
        self.values, self.state, self.layout = values.copy(), state, layout
        self.rngs = rngs
        self.coefficients: dict[int, tuple[Floats, Floats]] = {}
        self.targets = [_target(values, state, layout, j, n_train) for j in range(len(layout))]
        train = slice(0, n_train)
        self.codes = [
            build_code(variable, values[train, j], state[train, j]) for j, variable in enumerate(layout.variables)
        ]
        for j, target in enumerate(self.targets):
            self.values[target.missing, j] = self._from_observed(j, target)
        self.blocks = [self._encode(j) for j in range(len(layout))]

    def sweep(self, plans: Mapping[int, Plan], means: dict[int, Floats] | None = None) -> None:
        """Draw every variable with holes once, the one with the fewest holes first.

        Parameters
        ----------
        plans
            How each variable is regressed; a missing one is regressed on lines and matched.
        means
            When given, conditional means of numbers and probabilities of levels, shape (cells, c), are added up here.
        """
        order = sorted((j for j, target in enumerate(self.targets) if len(target.missing)), key=self._n_missing)
        for j in order:
            target, plan = self.targets[j], plans.get(j, Plan())
            if len(target.observed) < FEW or len(target.levels) < 2:
                drawn, mean = self._from_observed(j, target), self._flat_mean(j, target)
            elif self.layout.variables[j].is_category:
                drawn, mean = self._draw_category(j, target, plan)
            elif plan.spike is not None:
                drawn, mean = self._draw_spiked(j, target, plan, plan.spike)
            else:
                drawn, mean = self._draw_number(j, target, plan)
            self.values[target.missing, j] = drawn
            self.blocks[j] = self._encode(j)
            if means is not None:
                means[j] = means.get(j, 0.0) + mean

    def plan(self, rng: np.random.Generator) -> dict[int, Plan]:
        """Choose how each variable is regressed, from the data as completed now."""
        return {j: self._plan(j, target, rng) for j, target in enumerate(self.targets)}

    def _plan(self, j: int, target: Target, rng: np.random.Generator) -> Plan:
        variable, rows = self.layout.variables[j], target.observed
        if len(rows) < FEW or len(target.levels) < 2:
            return Plan()
        linear, numbers = self._others(j)
        values = self.values[rows, j]
        spike = None if variable.is_category else find_spike(values)
        if variable.is_category or spike is not None:
            hot = _one_hot(values, _classes(values)[0]) if spike is None else _is_apart(values, spike)
            return replace(plan_category(hot, linear[rows], rng=rng), spike=spike)
        return plan_number(variable, self._standard(j, values), values, linear[rows], numbers[rows])

    def _draw_number(self, j: int, target: Target, plan: Plan) -> tuple[Floats, Floats]:
        """Draws and conditional means of the missing cells."""
        linear, numbers = self._others(j)
        design = add_terms(linear, numbers, plan.terms, plan.gain)
        values = self.values[target.observed, j]
        fitted, wanted = design[target.observed], design[target.missing]
        data = decompose(fitted, self._standard(j, values))
        fit = draw_regression(data, flat=is_plenty(len(values), design.shape[1]), rng=self._rng_of(target))
        means = fit.predict(wanted)
        if not plan.matched:
            return self._normal(j, target, means, fit), self._mean_of(j, means, fit.sigma)
        return self._match(values, fit.expect(fitted), means, target.n_old)

    def _match(self, values: Floats, line: Floats, wanted: Floats, n_old: int) -> tuple[Floats, Floats]:
        """Values and mean values of the donors nearest to the predictions wanted."""
        drawn, mean = [], []
        for part, rng in zip(np.split(wanted, [n_old]), self.rngs, strict=True):
            donors = nearest_donors(line, part, rng=rng)
            drawn.append(hand_out(values, donors, rng=rng))
            mean.append(values[donors].mean(axis=1))
        return np.concatenate(drawn), np.concatenate(mean)

    def _draw_spiked(self, j: int, target: Target, plan: Plan, spike: float) -> tuple[Floats, Floats]:
        """Draw whether a cell sits on the spike; match the others among observed cells off it."""
        linear, _ = self._others(j)
        values = self.values[target.observed, j]
        hot = _is_apart(values, spike)
        away = self._probabilities(j, hot, target, plan)[:, 1]
        off = hot[:, 1] > 0
        fitted, wanted = linear[target.observed][off], linear[target.missing]
        data = decompose(fitted, self._standard(j, values[off]))
        fit = draw_regression(data, flat=is_plenty(len(fitted), fitted.shape[1]), rng=self._rng_of(target))
        drawn, mean = self._match(values[off], fit.expect(fitted), fit.predict(wanted), target.n_old)
        return np.where(self._chances(target) < away, drawn, spike), away * mean + (1.0 - away) * spike

    def _normal(self, j: int, target: Target, means: Floats, fit: RegressionDraw) -> Floats:
        """Normal draws between the bounds, in as many decimals as were observed."""
        scale, margin = self.codes[j].scale, target.margin
        assert scale is not None
        chance = self._chances(target)
        if not scale.is_log and np.isfinite([margin.low, margin.high]).any():
            low, high = (ndtr((scale.forward(np.array(b)) - means) / fit.sigma) for b in (margin.low, margin.high))
            chance = low + chance * (high - low)
        drawn = scale.backward(means + fit.sigma * ndtri(np.clip(chance, 1e-12, 1.0 - 1e-12)))
        drawn = np.clip(drawn, margin.low, margin.high)
        return drawn if margin.decimals is None else np.round(drawn, margin.decimals)

    def _mean_of(self, j: int, means: Floats, sigma: float) -> Floats:
        """Expected value of normal draws, in the variable's unit."""
        scale, margin = self.codes[j].scale, self.targets[j].margin
        assert scale is not None
        values = scale.backward(means[:, None] + sigma * NODES) @ (NODE_WEIGHTS / NODE_WEIGHTS.sum())
        return np.clip(values, margin.low, margin.high)

    def _draw_category(self, j: int, target: Target, plan: Plan) -> tuple[Floats, Floats]:
        """Draws and probabilities of all levels, shape (cells, c)."""
        values = self.values[target.observed, j]
        classes, share_within = _classes(values)
        probability = np.zeros((len(target.missing), self.layout.variables[j].n_levels))
        found = self._probabilities(j, _one_hot(values, classes), target, plan)
        probability[:, : share_within.shape[1]] = found @ share_within
        edges = np.cumsum(probability, axis=1)
        drawn = (self._chances(target)[:, None] * edges[:, -1:] >= edges).sum(axis=1).astype(np.float64)
        return drawn, probability

    def _probabilities(self, j: int, hot: Floats, target: Target, plan: Plan) -> Floats:
        """Probability of each class in the missing cells, at drawn coefficients."""
        linear, _ = self._others(j)
        design, wanted, axes = rotated_design(linear[target.observed], linear[target.missing])
        start = np.zeros((design.shape[1], hot.shape[1]))
        if j in self.coefficients:
            start[0], start[1:] = self.coefficients[j][0], axes.T @ self.coefficients[j][1]
        precision = ridge(design.shape[1], plan.precision)
        beta = draw_multinomial(design, hot, precision=precision, start=start, rng=self._rng_of(target))
        self.coefficients[j] = beta[0], axes @ beta[1:]
        return probabilities(wanted, beta)

    def _chances(self, target: Target) -> Floats:
        """A uniform number for each missing cell."""
        return np.concatenate([rng.random(n) for rng, n in zip(self.rngs, self._sizes(target), strict=True)])

    def _others(self, j: int) -> tuple[Floats, Floats]:
        """Columns of all other variables, and the standardised numbers among them."""
        rest = [k for k in range(len(self.blocks)) if k != j]
        empty = np.zeros((len(self.values), 0))
        numbers = [self.blocks[k][:, :1] for k in rest if self.codes[k].scale is not None]
        return np.concatenate([empty, *(self.blocks[k] for k in rest)], axis=1), np.concatenate(
            [empty, *numbers], axis=1
        )

    def _encode(self, j: int) -> Floats:
        return self.codes[j].encode(self.values[:, j], self.state[:, j])

    def _standard(self, j: int, values: Floats) -> Floats:
        scale = self.codes[j].scale
        assert scale is not None
        return scale.forward(values)

    def _from_observed(self, j: int, target: Target) -> Floats:
        """Any observed value of the variable; 0, or the first level, where nothing was ever observed."""
        donors = self.values[target.observed, j] if len(target.observed) else np.zeros(1)
        sizes = zip(self.rngs, self._sizes(target), strict=True)
        return np.concatenate([rng.choice(donors, size=n) for rng, n in sizes])

    def _flat_mean(self, j: int, target: Target) -> Floats:
        values = self.values[target.observed, j] if len(target.observed) else np.zeros(1)
        if not self.layout.variables[j].is_category:
            return np.full(len(target.missing), values.mean())
        counts = np.bincount(values.astype(np.intp), minlength=self.layout.variables[j].n_levels)
        return np.tile(counts / counts.sum(), (len(target.missing), 1))

    def _rng_of(self, target: Target) -> np.random.Generator:
        """Source of coefficients: that of the training rows where these have holes, else that of the new rows."""
        return self.rngs[0] if target.n_old else self.rngs[1]

    def _sizes(self, target: Target) -> tuple[int, int]:
        return target.n_old, len(target.missing) - target.n_old

    def _n_missing(self, j: int) -> int:
        # Counted in training rows, so that new rows do not change the order of the sweep.
        return self.targets[j].n_old


def _target(values: Floats, state: States, layout: Layout, j: int, n_train: int) -> Target:
    observed = np.flatnonzero(state[:n_train, j] == OBSERVED)
    missing = np.flatnonzero(state[:, j] == MISSING)
    seen = values[observed, j]
    return Target(
        observed=observed,
        missing=missing,
        n_old=int(np.searchsorted(missing, n_train)),
        levels=np.unique(seen),
        margin=_margin(seen) if not layout.variables[j].is_category else Margin(low=0.0, high=0.0, decimals=0),
    )


def _margin(seen: Floats) -> Margin:
    """Bounds at 0 and, for shares, at 1, where no observed value lies beyond; decimals of the observed values."""
    low = 0.0 if len(seen) and seen.min() >= 0 else -np.inf
    high = 1.0 if low == 0.0 and seen.max() <= 1 else np.inf
    decimals = next((k for k in range(7) if np.allclose(np.round(seen, k), seen, rtol=1e-12, atol=1e-9)), None)
    return Margin(low=low, high=high, decimals=decimals)


def _classes(values: Floats) -> tuple[Integers, Floats]:
    """Class of each level, rare levels in one class, and the share of each level in its class, shape (classes, c)."""
    counts = np.bincount(values.astype(np.intp))
    frequent = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
    frequent = np.sort(frequent[counts[frequent] > 0])
    classes = np.full(len(counts), len(frequent))
    classes[frequent] = np.arange(len(frequent))
    share = np.zeros((len(frequent) + 1, len(counts)))
    share[classes, np.arange(len(counts))] = counts
    share = share[share.sum(axis=1) > 0]
    return classes, share / share.sum(axis=1, keepdims=True)


def _one_hot(values: Floats, classes: Integers) -> Floats:
    mine = classes[values.astype(np.intp)]
    return (mine[:, None] == np.arange(mine.max() + 1)).astype(np.float64)


def _is_apart(values: Floats, spike: float) -> Floats:
    """On the spike, off it: one-hot, shape (n, 2)."""
    return np.column_stack([values == spike, values != spike]).astype(np.float64)
