"""One Newton's method for every likelihood, with what keeps it from going astray."""

import warnings
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Protocol, Self

import numpy as np
from scipy.linalg.lapack import dpotrf

from lacunet._typing import Floats
from lacunet.errors import ConvergenceWarning
from lacunet.solve._blocks import blocks_of_rows, invert_upper

MAX_STEPS = 100
TOLERANCE = 1e-14
"""Newton decrement (twice the gain in log-likelihood) below which the maximum is found: the step before was then 1e-7
standard errors long, and by quadratic convergence the one just taken lands within rounding."""
ROUNDING = 1e-8
"""Decrement below which a step that gains nothing on the one before it is stopped by rounding, not by the model."""
STILL_MOVING = 1e-3
"""Change of a row's predictor by one more step, once the likelihood stands still, that betrays separation: then steps
go on for ever (by about 1 in log odds), while a finite maximum leaves nothing to go."""
SLACK = 1e-13
"""Share of the log-likelihood that is rounding: a fall by less is none."""
FLAT = 1e-14
"""Smallest curvature, as a share of the largest, that a step divides by."""
MAX_HALVINGS = 40
UNITS = dict.fromkeys(("logit", "ordered logit", "multinomial logit"), " in log odds")


@dataclass(frozen=True, kw_only=True, slots=True)
class Expansion:
    """A log-likelihood near one point.

    Attributes
    ----------
    value
        The log-likelihood.
    gradient
        Its first derivatives, shape ``(p,)``.
    information
        Minus its second derivatives, shape ``(p, p)``.
    """

    value: float
    gradient: Floats
    information: Floats

    def __add__(self, other: Self) -> Self:
        return type(self)(
            value=self.value + other.value,
            gradient=self.gradient + other.gradient,
            information=self.information + other.information,
        )


class Objective(Protocol):
    """What can be maximised."""

    def expand(self, theta: Floats) -> Expansion:
        """Log-likelihood with its first two derivatives (not a number, where it has none)."""

    def reach(self, direction: Floats) -> float:
        """Largest change of a row's predictor along a direction."""


class Likelihood(Objective, Protocol):
    """What a model answers, so that it can be maximised and its estimates given a covariance."""

    def start(self) -> Floats:
        """Parameters to start from, shape ``(p,)``."""

    def value(self, theta: Floats) -> float:
        """Log-likelihood."""

    def scores(self, theta: Floats) -> Floats:
        """Derivatives of each row's weighted log-likelihood, shape ``(n, p)``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Maximum:
    """Where Newton's method ended.

    Attributes
    ----------
    theta
        Parameters, shape ``(p,)``.
    value
        Log-likelihood there.
    covariance
        Inverse of the information there, shape ``(p, p)``.
    settled
        Whether the last step gained nothing.
    moving
        Change of a row's predictor by one more step.
    """

    theta: Floats
    value: float
    covariance: Floats
    settled: bool
    moving: float


def maximise(likelihood: Objective, start: Floats, *, tolerance: float = TOLERANCE) -> Maximum:
    """Climb from ``start`` to the maximum by Newton's method.

    Steps are halved until the likelihood does not fall; where the information is not positive definite, the absolute
    values of its eigenvalues take their place, so that the step still climbs.

    Parameters
    ----------
    likelihood
        What to maximise.
    start
        Where to start, shape ``(p,)``.
    tolerance
        Newton decrement below which the step just taken is the last; larger where rounding's precision is not needed.

    Returns
    -------
    Maximum
        With the inverse information at the end.

    References
    ----------
    Nocedal, J., and S. J. Wright. 2006. Numerical Optimization, 2nd ed., 3.4. Springer.
    """
    theta, at = start, likelihood.expand(start)
    inverse, last, settled = invert_information(at.information), np.inf, False
    for _ in range(MAX_STEPS):
        direction = inverse @ at.gradient
        decrement = float(at.gradient @ direction)
        before = theta
        theta, at = _climb(likelihood, theta, at, direction)
        if theta is before:
            break
        inverse = invert_information(at.information)
        settled = decrement <= tolerance or (decrement <= ROUNDING and decrement > 0.5 * last)
        if settled:
            break
        last = decrement
    moving = likelihood.reach(inverse @ at.gradient)
    return Maximum(theta=theta, value=at.value, covariance=inverse, settled=settled, moving=moving)


class Divisible(Protocol):
    """A likelihood of rows that can be taken apart into blocks of rows."""

    def part(self, rows: slice) -> Self:
        """The likelihood of these rows."""

    def expand_part(self, theta: Floats) -> Expansion:
        """Log-likelihood with its first two derivatives, all rows at once."""


def expand_by_blocks(likelihood: Divisible, theta: Floats, n: int, n_products: int) -> Expansion:
    """Sum of the expansions of blocks of the n rows, each of which makes so many products."""
    with np.errstate(all="ignore"):
        parts = [likelihood.part(rows).expand_part(theta) for rows in blocks_of_rows(n, n_products)]
    return reduce(add, parts)


def invert_information(information: Floats) -> Floats:
    """Inverse by Cholesky; where the matrix is not positive definite, of its absolute eigenvalues."""
    unit = np.sqrt(np.abs(np.diag(information)))
    unit[~(unit > 0)] = 1.0
    scaled = information / np.outer(unit, unit)
    factor, failed = dpotrf(scaled)
    if failed:
        values, axes = np.linalg.eigh(scaled)
        values = np.abs(values)
        inverse = (axes / np.maximum(values, FLAT * max(values.max(), 1.0))) @ axes.T
    else:
        half = invert_upper(np.triu(factor))
        inverse = half @ half.T
    return inverse / np.outer(unit, unit)


def warn_unless_settled(model: str, maximum: Maximum, largest: float) -> None:
    """Say that a maximum was not found, with the likely reason.

    Parameters
    ----------
    model
        Name of the model, for the message.
    maximum
        Where Newton's method ended.
    largest
        Largest predictor of a row, in absolute value.
    """
    if maximum.moving > STILL_MOVING:
        message = (
            f"The {model} did not settle: its largest linear predictor is {largest:.0f}{UNITS.get(model, '')} and "
            "still growing. A combination of terms probably predicts the outcome perfectly (separation), so that no "
            "finite estimate exists and the standard errors mean nothing. Take out or join rare levels."
        )
    elif not maximum.settled:
        message = (
            f"The {model} did not settle: Newton's method came to no end in {MAX_STEPS} steps. Its estimates may be "
            "off the maximum. Use fewer terms, or take the logarithm of very skewed ones."
        )
    else:
        return
    warnings.warn(message, ConvergenceWarning, stacklevel=4)


def _climb(likelihood: Objective, theta: Floats, at: Expansion, direction: Floats) -> tuple[Floats, Expansion]:
    """One step, halved until the likelihood does not fall; no step at all if no share of it climbs."""
    lowest = at.value - SLACK * abs(at.value)
    if at.gradient @ direction <= ROUNDING:
        lowest = at.value - ROUNDING * max(1.0, SLACK / ROUNDING * abs(at.value))
    for halving in range(MAX_HALVINGS):
        candidate = theta + direction * 0.5**halving
        new = likelihood.expand(candidate)
        if new.value >= lowest:
            return candidate, new
    return theta, at
