"""Models with one linear predictor and nothing else: logit, probit, Poisson."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.special import gammaln, log_ndtr, ndtr, ndtri

from lacunet._typing import Floats
from lacunet.errors import DataError
from lacunet.solve._blocks import dot, times, weighted_gram
from lacunet.solve._newton import Expansion, expand_by_blocks, invert_information

IN_SPAN = 1e-8
"""Share of the constant that the design may leave unexplained and still count as holding an intercept."""
LOG_ROOT_2PI = 0.5 * float(np.log(2 * np.pi))


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """How an outcome depends on one linear predictor η.

    Attributes
    ----------
    rows
        From η and y to each row's log-likelihood (less what depends on y alone), its first derivative by η, and minus
        its second.
    mean
        From η to the expectation of y.
    slope
        From η to the derivative of that expectation.
    information
        From η to the expected value of minus the second derivative: the weights of the hat matrix.
    predictor
        From a mean to η.
    constant
        From y to what depends on y alone.
    """

    rows: Callable[[Floats, Floats], tuple[Floats, Floats, Floats]]
    mean: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    information: Callable[[Floats], Floats]
    predictor: Callable[[Floats], Floats]
    constant: Callable[[Floats], Floats]


@dataclass(frozen=True, kw_only=True, slots=True)
class OneIndex:
    """Log-likelihood of a model with one linear predictor.

    Attributes
    ----------
    index
        The model.
    design
        Z, shape ``(n, k)``.
    outcome
        y, shape ``(n,)``.
    weights
        Weight of each row, shape ``(n,)``, or none.
    """

    index: Index
    design: Floats
    outcome: Floats
    weights: Floats | None

    def start(self) -> Floats:
        """Constant predictor, as far as the design can make one."""
        return start_of_index(self.index, self.design, self.outcome, self.weights)

    def value(self, theta: Floats) -> float:
        """Log-likelihood."""
        rows = self.index.rows(times(self.design, theta), self.outcome)[0] + self.index.constant(self.outcome)
        return total(rows, self.weights)

    def expand(self, theta: Floats) -> Expansion:
        """Log-likelihood (less its constant) with its first two derivatives."""
        n, k = self.design.shape
        return expand_by_blocks(self, theta, n, k * k)

    def part(self, rows: slice) -> Self:
        """The likelihood of these rows."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, design=self.design[rows], outcome=self.outcome[rows], weights=weights)

    def expand_part(self, theta: Floats) -> Expansion:
        """Log-likelihood (less its constant) with its first two derivatives, all rows at once."""
        rows, slope, curvature = self.index.rows(self.design @ theta, self.outcome)
        if self.weights is not None:
            slope, curvature = self.weights * slope, self.weights * curvature
        information = (self.design * curvature[:, None]).T @ self.design
        return Expansion(value=total(rows, self.weights), gradient=slope @ self.design, information=information)

    def scores(self, theta: Floats) -> Floats:
        """Derivatives of each row's weighted log-likelihood, shape ``(n, k)``."""
        slope = self.index.rows(times(self.design, theta), self.outcome)[1]
        return self.design * (slope if self.weights is None else self.weights * slope)[:, None]

    def reach(self, direction: Floats) -> float:
        """Largest change of a row's predictor along a direction."""
        return float(np.abs(times(self.design, direction)).max(initial=0.0))

    def leverages(self, theta: Floats) -> Floats:
        """Diagonal of the hat matrix of the generalised linear model, shape ``(n,)``."""
        weight = self.index.information(times(self.design, theta))
        weight = weight if self.weights is None else self.weights * weight
        inverse = invert_information(weighted_gram(self.design, weight))
        return weight * np.einsum("ij,ij->i", times(self.design, inverse), self.design)


def total(rows: Floats, weights: Floats | None) -> float:
    """Sum of the rows, weighted if there are weights."""
    return float(rows.sum()) if weights is None else dot(weights, rows)


def start_of_index(index: Index, design: Floats, outcome: Floats, weights: Floats | None) -> Floats:
    """Coefficients of an orthogonal design that make the constant predictor, or come near the outcome's own."""
    n = len(design)
    ones = weighted_gram(design, weights, np.ones(n)) / n
    mean = total(outcome, weights) / n
    if 1.0 - ones @ ones <= IN_SPAN:
        return ones * index.predictor(np.asarray(mean))
    shrunk = (outcome + mean) / 2
    return weighted_gram(design, weights, index.predictor(shrunk)) / n


def check_binary(outcome: Floats, model: str) -> None:
    """Refuse outcomes that are not 0 and 1.

    Raises
    ------
    DataError
        When y holds anything else, or only one of them.
    """
    values = np.unique(outcome)
    if not np.isin(values, (0.0, 1.0)).all():
        shown = ", ".join(f"{value:g}" for value in values[:4])
        raise DataError(
            f"The outcome of the {model} holds {shown}. It needs 0 and 1, or a category with two levels: "
            "recode it, or write it as C(name) when its two values are codes."
        )
    if len(values) < 2:
        raise DataError(
            f"The outcome of the {model} is {values[0]:g} in every row. A {model} needs both 0 and 1 among the rows "
            "used."
        )


def logistic(eta: Floats) -> tuple[Floats, Floats, Floats]:
    """Log F(η), 1 - F(η) and the density f(η) of the logistic distribution, exact in both tails."""
    small = np.exp(-np.abs(eta))
    log_cdf = np.minimum(eta, 0.0) - np.log1p(small)
    inverse = 1.0 / (1.0 + small)
    return log_cdf, np.where(eta >= 0, small, 1.0) * inverse, small * inverse * inverse


def _logit_rows(eta: Floats, outcome: Floats) -> tuple[Floats, Floats, Floats]:
    log_cdf, miss, density = logistic(eta)
    return log_cdf - (1.0 - outcome) * eta, outcome - 1.0 + miss, density


def _logit_mean(eta: Floats) -> Floats:
    return logistic(-eta)[1]


def _logit_density(eta: Floats) -> Floats:
    return logistic(eta)[2]


def _probit_rows(eta: Floats, outcome: Floats) -> tuple[Floats, Floats, Floats]:
    sign = 2.0 * outcome - 1.0
    z = sign * eta
    log_cdf = log_ndtr(z)
    mills = np.exp(-0.5 * z * z - LOG_ROOT_2PI - log_cdf)
    return log_cdf, sign * mills, mills * (z + mills)


def _probit_density(eta: Floats) -> Floats:
    return np.exp(-0.5 * eta * eta - LOG_ROOT_2PI)


def _probit_information(eta: Floats) -> Floats:
    return np.exp(-eta * eta - 2 * LOG_ROOT_2PI - log_ndtr(eta) - log_ndtr(-eta))


def _poisson_rows(eta: Floats, outcome: Floats) -> tuple[Floats, Floats, Floats]:
    mu = np.exp(eta)
    return outcome * eta - mu, outcome - mu, mu


def _nothing(outcome: Floats) -> Floats:
    return np.zeros(len(outcome))


LOGIT = Index(
    rows=_logit_rows,
    mean=_logit_mean,
    slope=_logit_density,
    information=_logit_density,
    predictor=lambda mean: np.log(mean / (1 - mean)),
    constant=_nothing,
)
PROBIT = Index(
    rows=_probit_rows,
    mean=ndtr,
    slope=_probit_density,
    information=_probit_information,
    predictor=ndtri,
    constant=_nothing,
)
POISSON = Index(
    rows=_poisson_rows,
    mean=np.exp,
    slope=np.exp,
    information=np.exp,
    predictor=np.log,
    constant=lambda outcome: -gammaln(outcome + 1.0),
)
