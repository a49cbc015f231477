"""A variable as columns of a regression: numbers on a scale, categories as contrasts, curves, products."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtri

from lacunet._layout import INAPPLICABLE, OBSERVED, Variable
from lacunet._typing import Floats, States

MAX_LEVELS = 30
"""Levels with a column of their own; rarer ones share the average row."""
SPIKE_SHARE = 0.2
"""A number with a value this frequent is not transformed: its spike would move against its tail."""
SKEW, SKEW_LEFT = 1.0, 0.6
"""A number more skewed than the first is seen as its logarithm when that leaves less than the second share of it."""
BEYOND = 1.0
"""Standard deviations by which a logarithm may leave the observed range."""
KNOT, REACH = 0.7, 3.0
"""Place of the bends, and where squares and products stop growing, in standard deviations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Standardised value or logarithm of a number.

    Attributes
    ----------
    is_log
        Whether log(value - low + shift) stands for the value.
    low, shift
        Origin of the logarithm.
    mean, sd
        Of the (transformed) observed values.
    least, most
        Range of the standardised logarithm that is trusted.
    """

    is_log: bool
    low: float
    shift: float
    mean: float
    sd: float
    least: float = -np.inf
    most: float = np.inf

    def forward(self, values: Floats) -> Floats:
        """Values to standard units."""
        if not self.is_log:
            return (values - self.mean) / self.sd
        logs = np.log(np.maximum(values - self.low + self.shift, 1e-300))
        return np.clip((logs - self.mean) / self.sd, self.least, self.most)

    def backward(self, standard: Floats) -> Floats:
        """Standard units to values."""
        if not self.is_log:
            return self.mean + self.sd * standard
        return np.exp(self.mean + self.sd * np.clip(standard, self.least, self.most)) + self.low - self.shift


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """How a variable enters regressions.

    Attributes
    ----------
    scale
        Of a number; None for a category.
    contrasts
        Row of each level of a category, shape (c, columns); empty for a number.
    apart
        Share of rows to which the variable does not apply; they get a column of their own when there are any.
    """

    scale: Scale | None
    contrasts: Floats
    apart: float

    def encode(self, column: Floats, state: States) -> Floats:
        """Columns of the variable, shape (n, columns); 0, the average, where it does not apply."""
        away = state == INAPPLICABLE
        if self.scale is not None:
            filled = np.where(away, self.scale.mean if not self.scale.is_log else self.scale.low + 1.0, column)
            block = self.scale.forward(filled)[:, None]
        else:
            block = self.contrasts[np.where(away, 0.0, column).astype(np.intp)]
        block = np.where(away[:, None], 0.0, block)
        if not self.apart:
            return block
        return np.column_stack([block, (away - self.apart) / np.sqrt(self.apart * (1.0 - self.apart))])


def build_code(variable: Variable, column: Floats, state: States) -> Code:
    """Learn how a variable enters regressions from its observed cells."""
    observed = column[state == OBSERVED]
    apart = float(np.mean(state == INAPPLICABLE))
    apart = apart if apart < 1.0 else 0.0
    if variable.is_category:
        return Code(scale=None, contrasts=_contrasts(variable, observed), apart=apart)
    return Code(scale=build_scale(observed), contrasts=np.zeros((0, 0)), apart=apart)


def build_scale(observed: Floats) -> Scale:
    """Standard units of a number, of its logarithm where it is much less skewed and nothing is heaped."""
    if not len(observed):
        return Scale(is_log=False, low=0.0, shift=0.0, mean=0.0, sd=1.0)
    with np.errstate(over="ignore"):  # beyond 1e154 the spread is infinite: the number predicts nothing, and is matched
        plain = Scale(is_log=False, low=0.0, shift=0.0, mean=float(observed.mean()), sd=float(observed.std()) or 1.0)
    values, counts = np.unique(observed, return_counts=True)
    if len(values) <= 10 or counts.max() > SPIKE_SHARE * len(observed) or abs(skewness(observed)) <= SKEW:
        return plain
    least = float(observed.min())
    low, shift = (0.0, 0.0) if least > 0 else (least, 0.1 * (float(np.median(observed)) - least))
    if shift <= 0 and least <= 0:
        return plain
    logs = np.log(observed - low + shift)
    if abs(skewness(logs)) >= SKEW_LEFT * abs(skewness(observed)):
        return plain
    mean, sd = float(logs.mean()), float(logs.std())
    ends = (float(logs.min()) - mean) / sd - BEYOND, (float(logs.max()) - mean) / sd + BEYOND
    return Scale(is_log=True, low=low, shift=shift, mean=mean, sd=sd, least=ends[0], most=ends[1])


def skewness(values: Floats) -> float:
    """Third standardised moment; 0 for a constant."""
    with np.errstate(over="ignore"):
        spread = values.std()
    return float(np.mean(((values - values.mean()) / spread) ** 3)) if spread > 0 else 0.0


def _contrasts(variable: Variable, observed: Floats) -> Floats:
    """Normal scores of ordered levels; centred indicators of the most frequent levels otherwise."""
    counts = np.bincount(observed.astype(np.intp), minlength=variable.n_levels).astype(np.float64)
    share = counts / max(counts.sum(), 1.0)
    if variable.kind == "ordinal":
        place = ndtri(np.clip(np.cumsum(share) - 0.5 * share, 1e-3, 1.0 - 1e-3))
        spread = np.sqrt(max(float((place**2 * share).sum() - (place * share).sum() ** 2), 1e-6))
        return ((place - (place * share).sum()) / spread)[:, None]
    frequent = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
    frequent = np.sort(frequent[counts[frequent] > 0])
    if len(frequent) == (counts > 0).sum() and len(frequent) > 0:
        frequent = frequent[1:] if len(frequent) == 2 else frequent
    spread = np.sqrt(max(float((share[frequent] * (1.0 - share[frequent])).sum()), 1e-3))
    return (np.eye(variable.n_levels)[:, frequent] - share[frequent]) / spread


def add_terms(linear: Floats, numbers: Floats, terms: str, gain: float) -> Floats:
    """Design with the terms asked for, shape (n, columns).

    Parameters
    ----------
    linear
        Columns of all predictors, shape (n, k).
    numbers
        Standardised numbers among them, shape (n, q).
    terms
        "lines"; "curves" adds a square and two bends of each number; "products" adds squares and pairwise products.
    gain
        Size of the added columns: what they explain costs more than what lines explain when below 1.
    """
    if terms == "lines" or not numbers.shape[1]:
        return linear
    bounded = np.clip(numbers, -REACH, REACH)
    added = [(bounded**2 - 1.0) / 1.4]
    if terms == "curves":
        added += [np.maximum(numbers - KNOT, 0.0) - 0.14, np.maximum(-numbers - KNOT, 0.0) - 0.14]
    elif numbers.shape[1] > 1:
        left, right = np.array(list(combinations(range(numbers.shape[1]), 2))).T
        added.append(bounded[:, left] * bounded[:, right])
    return np.column_stack([linear, gain * np.concatenate(added, axis=1)])
