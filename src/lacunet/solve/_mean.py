"""What a model expects of the outcome, and how that changes with its estimates."""

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.solve._blocks import times, weighted_gram
from lacunet.solve._one_index import LOGIT, POISSON, PROBIT, logistic

MODELS = ("ols", "logit", "probit", "poisson", "negbin", "ordered", "multinomial")
"""Names of the models."""
INDICES = {"logit": LOGIT, "probit": PROBIT, "poisson": POISSON}
MEANS = {**INDICES, "negbin": POISSON}


def predict_mean(model: str, design: Floats, estimates: Floats) -> Floats:
    """Expectation of the outcome, or the probability of each of its levels.

    Parameters
    ----------
    model
        One of `MODELS`.
    design
        X, shape ``(n, k)``.
    estimates
        As `solve_model` returns them.

    Returns
    -------
    Floats
        Shape ``(n,)``; for "ordered" and "multinomial" probabilities, shape ``(n, J)``.

    Raises
    ------
    SpecError
        When the model is unknown, or the number of estimates does not suit it.
    """
    n_levels = check_estimates(model, design, estimates)
    k = design.shape[1]
    if model == "ordered":
        return _ordered_shares(design, estimates)
    if model == "multinomial":
        return _multinomial_shares(design, estimates, n_levels)
    eta = times(design, estimates[:k])
    return eta if model == "ols" else MEANS[model].mean(eta)


def mean_gradient(model: str, design: Floats, estimates: Floats, weights: Floats | None = None) -> Floats:
    r"""Derivative of the average prediction by the estimates, for standard errors by the delta method.

    .. math:: \frac{\partial}{\partial\theta'} \frac{\sum_i w_i E(y \mid x_i, \theta)}{\sum_i w_i}

    The average effect of a term is a difference of two average predictions, with that term changed in X; its gradient
    is the difference of their gradients.

    Parameters
    ----------
    model
        One of `MODELS`.
    design
        X, shape ``(n, k)``, as observed or as supposed.
    estimates
        θ, as `solve_model` returns them, shape ``(p,)``.
    weights
        Weight of each row, shape ``(n,)``, or none.

    Returns
    -------
    Floats
        Shape ``(1, p)``; for "ordered" and "multinomial" one row for each level, shape ``(J, p)``.

    Raises
    ------
    SpecError
        When the model is unknown, or the number of estimates does not suit it.
    """
    n_levels = check_estimates(model, design, estimates)
    n, k = design.shape
    share = np.full(n, 1.0 / n) if weights is None else weights / weights.sum()
    if model == "ordered":
        return _ordered_gradient(design, estimates, share)
    if model == "multinomial":
        return _multinomial_gradient(design, estimates, n_levels, share)
    if model == "ols":
        return weighted_gram(design, None, share)[None]
    by_index = weighted_gram(design, None, share * MEANS[model].slope(times(design, estimates[:k])))
    return np.append(by_index, np.zeros(len(estimates) - k))[None]


def check_model(model: str) -> None:
    """Refuse models that are not known.

    Raises
    ------
    SpecError
        When the model is unknown.
    """
    if model not in MODELS:
        raise SpecError(f"model={model!r} is not known here. Use one of: {', '.join(MODELS)}.")


def check_estimates(model: str, design: Floats, estimates: Floats) -> int:
    """Refuse estimates whose number does not suit model and design; returns the number of levels, 0 if none.

    Raises
    ------
    SpecError
        When the model is unknown or the number of estimates does not suit it.
    """
    check_model(model)
    k, p = design.shape[1], len(estimates)
    if model == "ordered" and p >= k + 2:
        return p - k + 1
    if model == "multinomial" and k and p and p % k == 0:
        return p // k + 1
    if model not in ("ordered", "multinomial") and p == k + (model == "negbin"):
        return 0
    needed = {
        "negbin": f"{k + 1} (the last is ln(alpha))",
        "ordered": f"at least {k + 2} (the last are the cut points)",
        "multinomial": f"a multiple of {k}",
    }.get(model, str(k))
    raise SpecError(
        f"There are {p} estimates for a design of {k} columns. model={model!r} needs {needed}: hand over the estimates "
        "and the columns of the same fit."
    )


def _ordered_tails(design: Floats, estimates: Floats) -> tuple[Floats, Floats, Floats]:
    """F(c_j - η), 1 - F(c_j - η) and f(c_j - η), with the cut points -∞ and ∞, shape ``(n, J + 1)`` each."""
    k = design.shape[1]
    cuts = np.concatenate([[-np.inf], estimates[k:], [np.inf]])
    log_below, above, density = logistic(cuts - times(design, estimates[:k])[:, None])
    return np.exp(log_below), above, density


def _ordered_shares(design: Floats, estimates: Floats) -> Floats:
    """F(a) - F(b) as F(a) (1 - F(b)) (1 - exp(b - a)), exact in the tails."""
    below, above, _ = _ordered_tails(design, estimates)
    width = np.diff(estimates[design.shape[1] :])
    return below[:, 1:] * above[:, :-1] * -np.expm1(-np.concatenate([[np.inf], width, [np.inf]]))


def _ordered_gradient(design: Floats, estimates: Floats, share: Floats) -> Floats:
    density = share[:, None] * _ordered_tails(design, estimates)[2]
    by_terms = weighted_gram(density[:, :-1] - density[:, 1:], None, design)
    at_cut = density.sum(axis=0)[1:-1]
    by_cuts = np.zeros((len(at_cut) + 1, len(at_cut)))
    each = np.arange(len(at_cut))
    by_cuts[each, each] = at_cut
    by_cuts[each + 1, each] = -at_cut
    return np.hstack([by_terms, by_cuts])


def _multinomial_shares(design: Floats, estimates: Floats, n_levels: int) -> Floats:
    score = np.column_stack([np.zeros(len(design)), times(design, estimates.reshape(n_levels - 1, -1).T)])
    share = np.exp(score - score.max(axis=1, keepdims=True))
    return share / share.sum(axis=1, keepdims=True)


def _multinomial_gradient(design: Floats, estimates: Floats, n_levels: int, share: Floats) -> Floats:
    """One row for each level j: the blocks of level l hold the average of π_j (1{j = l} - π_l) x'."""
    p = _multinomial_shares(design, estimates, n_levels)
    gradient = np.empty((n_levels, n_levels - 1, design.shape[1]))
    for level in range(1, n_levels):
        spread = -p * (share * p[:, level])[:, None]
        spread[:, level] += share * p[:, level]
        gradient[:, level - 1] = weighted_gram(spread, None, design)
    return gradient.reshape(n_levels, -1)
