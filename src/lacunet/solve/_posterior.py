"""Draws from the posterior of a linear regression, with or without shrinkage chosen by the data."""

from dataclasses import dataclass

import numpy as np

from lacunet._typing import Floats

SHRINKAGE = 10.0 ** np.arange(-3, 5)
"""Grid of prior precisions (in units of 1 / residual variance) among which the evidence chooses."""
RANK_TOLERANCE = 1e-6
"""Directions whose sum of squares is below this share of the largest one carry no information."""
FLOOR = 1e-9
"""Least share of the outcome's sum of squares that counts as unexplained."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spectrum:
    r"""What a regression needs to know of its data: :math:`X'X = V diag(s) V'` of the centred design.

    Attributes
    ----------
    n
        Rows.
    s, axes
        Eigenvalues, shape ``(k,)``, and eigenvectors, shape ``(k, k)``.
    a
        V'X'y, shape ``(k,)``.
    total
        Sum of squares of the centred outcome.
    centre, mean
        Means of the columns of X, shape ``(k,)``, and of y.
    """

    n: int
    s: Floats
    axes: Floats
    a: Floats
    total: float
    centre: Floats
    mean: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RegressionDraw:
    """Centre of the posterior and one draw from it.

    Attributes
    ----------
    centre
        Means of the predictors, which predictions subtract, shape ``(k,)``.
    level_hat, beta_hat
        Posterior mean of intercept and coefficients.
    level, beta, sigma
        One draw of intercept, coefficients and residual standard deviation.
    """

    centre: Floats
    level_hat: float
    beta_hat: Floats
    level: float
    beta: Floats
    sigma: float

    def expect(self, design: Floats) -> Floats:
        """Predicted means at the centre of the posterior."""
        return self.level_hat + (design - self.centre) @ self.beta_hat

    def predict(self, design: Floats) -> Floats:
        """Predicted means at the drawn coefficients."""
        return self.level + (design - self.centre) @ self.beta


def decompose(design: Floats, outcome: Floats) -> Spectrum:
    """Centre a design and an outcome and take the spectrum of the former (no intercept column wanted)."""
    centre, mean = design.mean(axis=0), float(outcome.mean())
    x, y = design - centre, outcome - mean
    s, axes = np.linalg.eigh(x.T @ x)
    return Spectrum(
        n=len(y),
        s=np.maximum(s, 0.0),
        axes=axes,
        a=axes.T @ (x.T @ y),
        total=max(float(y @ y), FLOOR * len(y)),
        centre=centre,
        mean=mean,
    )


def log_evidences(data: Spectrum) -> Floats:
    r"""Log marginal likelihood of the outcome for every precision of ``SHRINKAGE``, up to a common constant.

    .. math:: \log p(y | \lambda) = \tfrac12 \sum_j \log\frac{\lambda}{s_j + \lambda}
              - \tfrac{n - 1}{2} \log RSS_\lambda, \quad
              RSS_\lambda = y'y - \sum_j \frac{a_j^2}{s_j + \lambda}

    for :math:`\beta | \sigma^2 \sim N(0, \sigma^2 / \lambda)` with flat priors on the intercept and on
    :math:`\log \sigma^2`, both integrated out.

    References
    ----------
    MacKay, D. J. C. 1992. Bayesian interpolation. Neural Computation 4(3): 415-447.
    """
    inverse = 1.0 / (data.s[:, None] + SHRINKAGE)
    rss = np.maximum(data.total - (data.a[:, None] ** 2 * inverse).sum(axis=0), FLOOR * data.total)
    return 0.5 * np.log(SHRINKAGE * inverse).sum(axis=0) - 0.5 * (data.n - 1) * np.log(rss)


def log_evidence(data: Spectrum) -> float:
    """Log marginal likelihood of the outcome, averaged over the grid of shrinkage."""
    values = log_evidences(data)
    return float(np.logaddexp.reduce(values) - np.log(len(values)))


def draw_regression(data: Spectrum, *, flat: bool, rng: np.random.Generator) -> RegressionDraw:
    r"""Draw residual variance and coefficients of a linear regression from their posterior.

    With ``flat`` the draw is the textbook's: :math:`\sigma^2 = RSS / \chi^2_{n - 1 - k}`,
    :math:`\beta \sim N(\hat\beta, \sigma^2 (X'X)^{-1})`, directions without information left out. Otherwise the
    coefficients have a normal prior of precision :math:`\lambda / \sigma^2`, and :math:`\lambda` is itself drawn from
    its posterior on a grid, so that the draws carry the uncertainty about the shrinkage as well.

    Parameters
    ----------
    data
        Spectrum of design and outcome.
    flat
        Whether to do without shrinkage; for many more rows than columns.
    rng
        Source of chance.

    Returns
    -------
    RegressionDraw
        Posterior mean and draw.

    References
    ----------
    van Buuren, S. 2018. Flexible Imputation of Missing Data, 2nd ed., algorithm 3.1. CRC Press.
    MacKay, D. J. C. 1992. Bayesian interpolation. Neural Computation 4(3): 415-447.

    Differs: the ridge constant of algorithm 3.1 is replaced by a rank cut (``flat``) or by a drawn precision.
    """
    if flat:
        inverse = _inverse_flat(data)
        dof = data.n - 1 - int(np.count_nonzero(inverse))
    else:
        evidence = log_evidences(data)
        share = np.exp(evidence - evidence.max())
        inverse = 1.0 / (data.s + rng.choice(SHRINKAGE, p=share / share.sum()))
        dof = data.n - 1
    rss = max(data.total - float((data.a**2 * inverse).sum()), FLOOR * data.total)
    sigma = float(np.sqrt(rss / rng.chisquare(max(dof, 1))))
    noise = sigma * np.sqrt(inverse) * rng.standard_normal(len(data.s))
    beta_hat = data.axes @ (data.a * inverse)
    return RegressionDraw(
        centre=data.centre,
        level_hat=data.mean,
        beta_hat=beta_hat,
        level=data.mean + sigma / np.sqrt(data.n) * float(rng.standard_normal()),
        beta=beta_hat + data.axes @ noise,
        sigma=sigma,
    )


def fit_regression(data: Spectrum, *, flat: bool) -> Floats:
    """Coefficients at the centre of the posterior, under the likeliest shrinkage unless ``flat``, shape ``(k,)``."""
    if flat:
        return data.axes @ (data.a * _inverse_flat(data))
    return data.axes @ (data.a / (data.s + SHRINKAGE[int(np.argmax(log_evidences(data)))]))


def _inverse_flat(data: Spectrum) -> Floats:
    """1 / s in the directions that carry information, 0 in the others."""
    kept = data.s > RANK_TOLERANCE * data.s.max(initial=0.0)
    return np.where(kept, 1.0 / np.where(kept, data.s, 1.0), 0.0)
