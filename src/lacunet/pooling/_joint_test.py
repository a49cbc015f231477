"""Tests of several coefficients at once: which coefficients are meant, and the model without them."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lacunet._typing import Bools, Floats
from lacunet.errors import ColumnError, SpecError, suggest
from lacunet.pooling._design import Design
from lacunet.pooling._source import Source, solve_design
from lacunet.solve import (
    JointTest,
    likelihood_ratio_d3,
    likelihood_ratio_d4,
    log_likelihood_at,
    pool_chi_squares_d2,
    wald_d1,
)

METHODS = ("D1", "D2", "D3", "D4")


def term_of(name: str) -> str:
    """Term of the formula to which a coefficient belongs: ``C(educ)[T.high]`` to ``C(educ)``.

    Coefficients of a multinomial logit carry the level of the outcome before a colon and a space.
    """
    return re.sub(r"\[[^\]]*\]", "", name.rpartition(": ")[2])


def select_terms(names: Sequence[str], wanted: str | Sequence[str]) -> Bools:
    """Which coefficients are meant: named themselves, or by their term."""
    terms = [term_of(name) for name in names]
    chosen = np.zeros(len(names), dtype=bool)
    for name in [wanted] if isinstance(wanted, str) else wanted:
        hit = np.array([name in (known, term) for known, term in zip(names, terms, strict=True)], dtype=bool)
        if not hit.any():
            hint = suggest(name, [*terms, *names]) or f"The terms are: {', '.join(dict.fromkeys(terms))}."
            raise ColumnError(f"'{name}' is not a term of the model. {hint}")
        chosen |= hit
    if not chosen.any():
        raise SpecError("No term is named. Name those whose coefficients are tested together: test('C(educ)').")
    return chosen


def wald_statistics(estimates: Floats, covariances: Floats) -> Floats:
    """Wald's chi-squared statistic of each completed data set, shape ``(m,)``."""
    return np.einsum("mk,mk->m", estimates, np.linalg.solve(covariances, estimates[..., None])[..., 0])


def test_terms(
    estimates: Floats, covariances: Floats, dof: float, chosen: Bools, method: str, source: Source | None
) -> JointTest:
    """Test that the chosen coefficients are 0 by one of the four methods."""
    q, u = estimates[:, chosen], covariances[:, chosen][:, :, chosen]
    if method == "D1":
        return wald_d1(q, u, dof)
    if method == "D2":
        return pool_chi_squares_d2(wald_statistics(q, u), q.shape[1])
    if method not in METHODS:
        raise SpecError(f"method={method!r} is not known here. Use one of: {', '.join(METHODS)}.")
    if source is None:
        raise SpecError(
            f"method={method!r} compares likelihoods, which are at hand only after imp.fit(...) with a model that "
            "lacunet solves itself. Use method='D1'."
        )
    request = source.request
    if request.cov != "classical" or request.weights is not None:
        raise SpecError(
            f"method={method!r} compares likelihoods, which know nothing of weights or of {request.cov} covariances. "
            "Use method='D1', or fit with the classical covariance."
        )
    keep = _columns_left(source.first, request.model, chosen)
    return (_compare_d3 if method == "D3" else _compare_d4)(source, keep, int(chosen.sum()))


def _columns_left(design: Design, model: str, chosen: Bools) -> Bools:
    """Columns of the design without the chosen coefficients."""
    k = len(design.names)
    slopes = chosen.reshape(-1, k) if model == "multinomial" else chosen[None, :k]
    if chosen.sum() != slopes.sum() or not (slopes == slopes[0]).all():
        raise SpecError(
            "The likelihood of a model without these coefficients alone is not at hand: name whole terms, and no cut "
            "point or dispersion. D1 tests any coefficients."
        )
    return ~slopes[0]


def _compare_d3(source: Source, keep: Bools, k: int) -> JointTest:
    designs, every = list(source.designs()), np.ones_like(keep)
    full = [_fit(source, design, every) for design in designs]
    null = [_fit(source, design, keep) for design in designs]
    at_estimates = [2 * (one[1] - other[1]) for one, other in zip(full, null, strict=True)]
    full_mean, null_mean = (np.mean([parameters for parameters, _ in fits], axis=0) for fits in (full, null))
    at_average = [
        2 * (_likelihood_at(source, design, every, full_mean) - _likelihood_at(source, design, keep, null_mean))
        for design in designs
    ]
    return likelihood_ratio_d3(at_estimates, at_average, k)


def _compare_d4(source: Source, keep: Bools, k: int) -> JointTest:
    designs, every = list(source.designs()), np.ones_like(keep)
    stacked = replace(
        designs[0],
        terms=np.concatenate([design.terms for design in designs]),
        outcome=np.concatenate([design.outcome for design in designs]),
    )
    ratios = [2 * (_fit(source, d, every)[1] - _fit(source, d, keep)[1]) for d in (*designs, stacked)]
    return likelihood_ratio_d4(float(np.mean(ratios[:-1])), ratios[-1] / len(designs), k, len(designs))


def _fit(source: Source, design: Design, keep: Bools) -> tuple[Floats, float]:
    """All parameters of the model with the columns ``keep``, a residual variance among them, and its log-likelihood."""
    solution = solve_design(source.request, design, keep)
    if source.request.model != "ols":
        return solution.estimates, solution.log_likelihood
    return np.append(solution.estimates, solution.scale * solution.dof / solution.n_obs), solution.log_likelihood


def _likelihood_at(source: Source, design: Design, keep: Bools, parameters: Floats) -> float:
    terms = design.terms[:, keep]
    if source.request.model != "ols":
        return log_likelihood_at(source.request.model, terms, design.outcome, parameters)
    left, variance = design.outcome - terms @ parameters[:-1], parameters[-1]
    return float(-0.5 * (len(left) * np.log(2 * np.pi * variance) + left @ left / variance))
