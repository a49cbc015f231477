"""Counts: what they may be, and the negative binomial for those that vary more than Poisson's."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag
from scipy.special import gammaln

from lacunet._typing import Floats
from lacunet.errors import ConvergenceWarning, DataError
from lacunet.solve._blocks import dot, times, weighted_gram
from lacunet.solve._newton import Expansion, Maximum, maximise
from lacunet.solve._one_index import POISSON, OneIndex, total

LARGEST_COUNT = 10_000_000
"""A table has one row for each number below the largest count, and must fit in memory."""
ALPHA_OF_NONE = 1e-8
"""α that stands for 0: so small that no mean, variance or likelihood differs from Poisson's, yet with a logarithm."""
START_ALPHA = (1e-7, 10.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class NegativeBinomial:
    """Log-likelihood of the negative binomial with variance μ + α μ² (NB2), in β and τ = ln(α).

    The sum log Γ(y + 1/α) - log Γ(1/α) + y log α is taken over the rungs j = 0, ..., y - 1 as log(1 + α j), which is
    exact however small α is.

    Attributes
    ----------
    design
        Z, shape ``(n, k)``.
    outcome
        y, shape ``(n,)``: whole, not negative.
    weights
        Weight of each row, shape ``(n,)``.
    rungs
        j, shape ``(max y,)``.
    above
        Weight of the rows with y > j, shape ``(max y,)``.
    """

    design: Floats
    outcome: Floats
    weights: Floats
    rungs: Floats
    above: Floats

    def start(self) -> Floats:
        """Poisson's estimates, and α from how far the squared residuals exceed them."""
        return self.start_from(maximise(self.poisson(), self.poisson().start()).theta)

    def start_from(self, theta: Floats) -> Floats:
        """Poisson's estimates, given, and α by moments."""
        mu = np.exp(times(self.design, theta))
        return np.append(theta, np.log(np.clip(self.excess(theta) / dot(self.weights, mu**2), *START_ALPHA)))

    def poisson(self) -> OneIndex:
        """Likelihood of the same data without overdispersion."""
        return OneIndex(index=POISSON, design=self.design, outcome=self.outcome, weights=self.weights)

    def excess(self, theta: Floats) -> float:
        """Twice the derivative of the log-likelihood by α at Poisson's estimates: unless positive, α is 0."""
        return dot(self.weights, (self.outcome - np.exp(times(self.design, theta))) ** 2 - self.outcome)

    def value(self, theta: Floats) -> float:
        """Log-likelihood."""
        return self.expand(theta).value - total(gammaln(self.outcome + 1.0), self.weights)

    @np.errstate(all="ignore")  # a step too far overflows, and is halved
    def expand(self, theta: Floats) -> Expansion:
        """Log-likelihood (less its constant) with its first two derivatives."""
        k, alpha, y = len(theta) - 1, float(np.exp(theta[-1])), self.outcome
        eta = times(self.design, theta[:-1])
        mu = np.exp(eta)
        one = 1.0 + alpha * mu
        log_one = np.log1p(alpha * mu)
        rung = alpha * self.rungs
        value = dot(self.weights, y * eta - (y + 1.0 / alpha) * log_one) + dot(self.above, np.log1p(rung))
        if not np.isfinite(value):
            return Expansion(value=np.nan, gradient=theta, information=np.eye(k + 1))
        share = rung / (1.0 + rung)
        by_eta = (y - mu) / one
        by_tau = log_one / alpha - mu * (1.0 + alpha * y) / one
        tau_tau = log_one / alpha - mu / one + alpha * mu * by_eta / one
        information = np.empty((k + 1, k + 1))
        information[:k, :k] = weighted_gram(self.design, self.weights * mu * (1.0 + alpha * y) / one**2)
        information[:k, k] = weighted_gram(self.design, None, self.weights * by_eta * alpha * mu / one)
        information[k, :k] = information[:k, k]
        information[k, k] = dot(self.weights, tau_tau) - dot(self.above, share / (1.0 + rung))
        gradient = np.append(
            weighted_gram(self.design, None, self.weights * by_eta), dot(self.weights, by_tau) + dot(self.above, share)
        )
        return Expansion(value=float(value), gradient=gradient, information=information)

    def scores(self, theta: Floats) -> Floats:
        """Derivatives of each row's weighted log-likelihood, shape ``(n, k + 1)``."""
        alpha, y = float(np.exp(theta[-1])), self.outcome
        mu = np.exp(times(self.design, theta[:-1]))
        by_eta = (y - mu) / (1.0 + alpha * mu)
        rung = alpha * self.rungs
        climbed = np.concatenate([[0.0], np.cumsum(rung / (1.0 + rung))])[y.astype(np.intp)]
        by_tau = climbed + np.log1p(alpha * mu) / alpha - mu * (1.0 + alpha * y) / (1.0 + alpha * mu)
        return np.column_stack([self.design * by_eta[:, None], by_tau]) * self.weights[:, None]

    def reach(self, direction: Floats) -> float:
        """Largest change of a row's predictor along a direction, or of ln(α)."""
        return float(np.abs(np.append(times(self.design, direction[:-1]), direction[-1])).max())


def negative_binomial(design: Floats, outcome: Floats, weights: Floats | None) -> NegativeBinomial:
    """Likelihood of counts, with its table of rungs."""
    weights = np.ones(len(outcome)) if weights is None else weights
    held = np.bincount(outcome.astype(np.intp), weights=weights)
    above = np.cumsum(held[::-1], dtype=np.float64)[::-1][1:]
    rungs = np.arange(len(above), dtype=np.float64)
    return NegativeBinomial(design=design, outcome=outcome, weights=weights, rungs=rungs, above=above)


def maximise_negative_binomial(likelihood: NegativeBinomial) -> Maximum:
    """Maximum in β and ln(α), or Poisson's estimates, said so, when the data vary no more than Poisson's.

    Parameters
    ----------
    likelihood
        Counts and their design.

    Returns
    -------
    Maximum
        Without overdispersion: Poisson's, with ln(α) held at that of `ALPHA_OF_NONE`, of variance 0.

    References
    ----------
    Cameron, A. C., and P. K. Trivedi. 2013. Regression Analysis of Count Data, 2nd ed., 3.3-3.4. Cambridge
    University Press.
    """
    poisson = likelihood.poisson()
    none = maximise(poisson, poisson.start())
    if likelihood.excess(none.theta) > 0:
        return maximise(likelihood, likelihood.start_from(none.theta))
    warnings.warn(
        "The counts vary no more than Poisson's around their means, so that the negative binomial's alpha is 0 and "
        f"its logarithm has no finite estimate. Poisson's estimates are given, with ln(alpha) held at "
        f"{np.log(ALPHA_OF_NONE):.1f}. Use model='poisson'.",
        ConvergenceWarning,
        stacklevel=4,
    )
    return Maximum(
        theta=np.append(none.theta, np.log(ALPHA_OF_NONE)),
        value=none.value,
        covariance=block_diag(none.covariance, 0.0),
        settled=none.settled,
        moving=none.moving,
    )


def check_counts(outcome: Floats, model: str) -> None:
    """Refuse outcomes that are no counts.

    Raises
    ------
    DataError
        When y holds a number that is negative or not whole, is zero in every row, or is too large for a table.
    """
    wrong = outcome[(outcome < 0) | (outcome != np.floor(outcome))]
    if len(wrong):
        shown = ", ".join(f"{value:g}" for value in np.unique(wrong)[:4])
        raise DataError(
            f"The outcome of the {model} holds {shown}. It needs counts: whole numbers from 0. Round them if they are "
            "counts that were averaged or imputed as numbers, or use model='ols'."
        )
    if not outcome.any():
        raise DataError(f"The outcome of the {model} is 0 in every row. It needs a count above 0 in some rows used.")
    if model == "negative binomial" and outcome.max() > LARGEST_COUNT:
        raise DataError(
            f"The outcome of the {model} goes up to {outcome.max():.0f}. It can count to {LARGEST_COUNT:,}: "
            "use model='poisson', or model='ols' for its logarithm."
        )
