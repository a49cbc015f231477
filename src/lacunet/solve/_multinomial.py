"""The multinomial logit with a ridge: posterior mode, and draws by weighting the likelihood at random."""

import numpy as np

from lacunet._typing import Floats

MAX_STEPS = 15
"""Newton steps; from a warm start two or three are usual."""
SETTLED = 1e-3
"""Newton decrement (twice the gain in log posterior) below which the mode is found: far below a posterior sd."""
INNER_STEPS, INNER_TOLERANCE = 25, 0.01
"""Steps of conjugate gradients per Newton step, and the share of squared residual that ends them."""
SMALLEST_STEP = 1e-3


def fit_multinomial(design: Floats, target: Floats, *, precision: Floats, weights: Floats, start: Floats) -> Floats:
    r"""Maximise the weighted log-likelihood of a multinomial logit minus a ridge.

    .. math:: \sum_i w_i \log\frac{e^{x_i'\beta_{y_i}}}{\sum_l e^{x_i'\beta_l}}
              - \tfrac12 \sum_{jl} \lambda_j \beta_{jl}^2

    All levels have coefficients; the ridge makes them unique, and keeps them finite when a combination of predictors
    separates the levels. Newton's method, each step solved by conjugate gradients, so that no matrix of
    (columns times levels) squared is ever made.

    Parameters
    ----------
    design
        X with a column of ones, shape ``(n, k)``; best with orthogonal columns (`rotate`).
    target
        One-hot levels, shape ``(n, c)``.
    precision
        Prior precision of each column's coefficients, shape ``(k, 1)``, positive.
    weights
        Weight of each row, shape ``(n, 1)``; ones for the posterior mode.
    start
        Coefficients to start from, shape ``(k, c)``.

    Returns
    -------
    Floats
        Coefficients, shape ``(k, c)``.

    References
    ----------
    Krishnapuram, B., L. Carin, M. A. T. Figueiredo, and A. J. Hartemink. 2005. Sparse multinomial logistic regression.
    IEEE Transactions on Pattern Analysis and Machine Intelligence 27(6): 957-968.
    """
    beta, loss = start, _loss(design, target, precision, weights, start)
    for _ in range(MAX_STEPS):
        share = probabilities(design, beta)
        gradient = design.T @ (weights * (target - share)) - precision * beta
        step = _newton_step(design, share, precision, weights, gradient)
        decrement = float((gradient * step).sum())
        if decrement < SETTLED:
            return beta + step
        beta, loss = _descend(design, target, precision, weights, (beta, loss, step, decrement))
    return beta


def probabilities(design: Floats, beta: Floats) -> Floats:
    """Probability of each level in each row, shape ``(n, c)``."""
    score = design @ beta
    share = np.exp(score - score.max(axis=1, keepdims=True))
    return share / share.sum(axis=1, keepdims=True)


def draw_multinomial(
    design: Floats, target: Floats, *, precision: Floats, start: Floats, rng: np.random.Generator
) -> Floats:
    """Draw coefficients of a multinomial logit: the mode under random exponential weights of the rows.

    The weighted likelihood bootstrap approximates the posterior without its curvature. Where levels are nearly
    separated, the normal approximation around the mode is far too wide; this one stays where the data are.

    Parameters
    ----------
    design, target, precision, start
        As in `fit_multinomial`.
    rng
        Source of chance.

    Returns
    -------
    Floats
        Coefficients, shape ``(k, c)``.

    References
    ----------
    Newton, M. A., and A. E. Raftery. 1994. Approximate Bayesian inference with the weighted likelihood bootstrap.
    Journal of the Royal Statistical Society B 56(1): 3-48.

    Differs: no importance resampling, and the prior enters as a ridge that is not reweighted.
    """
    weights = rng.standard_exponential((len(design), 1))
    return fit_multinomial(design, target, precision=precision, weights=weights / weights.mean(), start=start)


def rotate(design: Floats) -> tuple[Floats, Floats]:
    """Centre of a design and an orthonormal basis of the directions in which it varies, shapes ``(k,)``, ``(k, r)``."""
    centre = design.mean(axis=0)
    s, axes = np.linalg.eigh((design - centre).T @ (design - centre))
    return centre, axes[:, s > 1e-8 * s.max(initial=0.0)]


def _loss(design: Floats, target: Floats, precision: Floats, weights: Floats, beta: Floats) -> float:
    score = design @ beta
    top = score.max(axis=1, keepdims=True)
    log_total = np.log(np.exp(score - top).sum(axis=1, keepdims=True)) + top
    misfit = log_total - (score * target).sum(axis=1, keepdims=True)
    return float((weights * misfit).sum() + 0.5 * (precision * beta**2).sum())


def _newton_step(design: Floats, share: Floats, precision: Floats, weights: Floats, gradient: Floats) -> Floats:
    """Solve H step = gradient by conjugate gradients with the diagonal of H as preconditioner."""

    def times(step: Floats) -> Floats:
        score = design @ step
        return design.T @ (weights * share * (score - (share * score).sum(axis=1, keepdims=True))) + precision * step

    diagonal = (design * design).T @ (weights * share * (1.0 - share)) + precision
    solution = np.zeros_like(gradient)
    residual = gradient.copy()
    scaled = residual / diagonal
    direction, size = scaled, float((residual * scaled).sum())
    enough = INNER_TOLERANCE * size
    for _ in range(INNER_STEPS):
        if size <= enough:
            break
        change = times(direction)
        length = size / float((direction * change).sum())
        solution = solution + length * direction
        residual = residual - length * change
        scaled = residual / diagonal
        old, size = size, float((residual * scaled).sum())
        direction = scaled + size / old * direction
    return solution


def _descend(
    design: Floats, target: Floats, precision: Floats, weights: Floats, at: tuple[Floats, float, Floats, float]
) -> tuple[Floats, float]:
    """Take the step, halved until the loss falls."""
    beta, loss, step, decrement = at
    length = 1.0
    while True:
        new = _loss(design, target, precision, weights, beta + length * step)
        if new <= loss - 1e-4 * length * decrement or length < SMALLEST_STEP:
            return beta + length * step, new
        length /= 2
