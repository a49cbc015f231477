"""One node, solved exactly: the regression that a network without hidden layers is."""

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import jax
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._typing import Floats, Integers
from lacunet.errors import ConvergenceWarning, DataError, DataWarning, SpecError
from lacunet.pooling._result import tabulate_terms
from lacunet.solve import Solution, predict_mean, solve_model

COVARIANCES = ("classical", "HC0", "HC1", "HC2", "HC3")
STRAYED = 0.05
"""A term is named as part of a separation when its standard error, per standard deviation of the term, reaches this
share of the largest."""
MOST_NAMED = 5
LEFT_OVER = 1e-9
"""Share of a column's length below which nothing is left of it beside the columns before."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A regression as a network: weights, bias, and the link of its outcome.

    Attributes
    ----------
    model
        As `lacunet.solve.solve_model` calls it.
    names
        Columns of the design, shape ``(k,)``.
    kept
        Which of them are not combinations of those before.
    terms
        Names of the estimates.
    solution
        Estimates, covariance, degrees of freedom.
    cov
        Covariance in words.
    """

    model: str
    names: tuple[str, ...]
    kept: NDArray[np.bool_]
    terms: tuple[str, ...]
    solution: Solution
    cov: str

    def say(self, columns: Floats, key: jax.Array | None = None) -> Floats:
        """Mean or probabilities of rows, (n, 1) or (n, 1, c); NaN where a column is missing."""
        del key  # a node has nothing to drop
        is_complete = ~np.isnan(columns).any(axis=1)
        said = predict_mean(self.model, columns[is_complete][:, self.kept], self.solution.estimates)
        filled = np.full((len(columns), *said.shape[1:]), np.nan)
        filled[is_complete] = said
        return filled[:, None]

    def table(self, level: float) -> pd.DataFrame:
        """One row a coefficient."""
        solved = self.solution
        std_error = np.sqrt(np.diag(solved.covariance))
        dof = np.full(len(std_error), solved.dof)
        return tabulate_terms(self.terms, solved.estimates, std_error, dof, level)

    def as_meta(self) -> dict[str, Any]:
        """Words for a file."""
        solved = self.solution
        return {
            "engine": "node",
            "model": self.model,
            "names": self.names,
            "terms": self.terms,
            "cov": self.cov,
            **{name: getattr(solved, name) for name in ("dof", "n_obs", "scale", "log_likelihood")},
        }

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays for a file."""
        return {"kept": self.kept, "estimates": self.solution.estimates, "covariance": self.solution.covariance}

    @classmethod
    def from_parts(cls, meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """Inverse of `as_meta` and `as_arrays`."""
        solution = Solution(
            estimates=arrays["estimates"],
            covariance=arrays["covariance"],
            **{name: meta[name] for name in ("dof", "n_obs", "scale", "log_likelihood")},
        )
        own = {name: meta[name] for name in ("model", "names", "terms", "cov")}
        return cls(**own, kept=arrays["kept"], solution=solution)


def choose_cov(cov: str | None, cluster: str | None, has_weights: bool) -> str:
    """Covariance in words: as asked for, else classical, and HC1 where there are weights."""
    if cov is not None and cov not in COVARIANCES:
        raise SpecError(
            f"cov={cov!r} is not known here. Use one of: {', '.join(COVARIANCES)}; for clusters name their column, "
            "cluster='state'."
        )
    if cluster is not None and cov is not None:
        raise SpecError(f"cov={cov!r} and cluster={cluster!r} ask for two different covariances. Give cluster= alone.")
    if cluster is not None:
        return f"clustered by {cluster}"
    return cov or ("HC1" if has_weights else "classical")


def solve_node(
    model: str,
    design: Floats,
    outcome: Floats,
    names: tuple[str, ...],
    *,
    levels: tuple[Any, ...],
    cov: str,
    weights: Floats | None,
    clusters: Integers | None,
) -> tuple[Node, list[str]]:
    """Solve the node and say what was done on the way.

    Parameters
    ----------
    model
        As in `lacunet.solve.solve_model`.
    design, outcome, names
        X (n, k), y (n,), and the names of the columns.
    levels
        Labels of the outcome's levels.
    cov, weights, clusters
        See `choose_cov`; arrays (n,), or None.

    Raises
    ------
    DataError
        When there are more coefficients than rows, or the outcome does not suit the model.
    """

    def solve(kept: NDArray[np.bool_]) -> Solution:
        return solve_model(
            model,
            design if kept.all() else np.ascontiguousarray(design[:, kept]),
            outcome,
            tuple(np.array(names, dtype=object)[kept]),
            weights=weights,
            cov="classical" if clusters is not None else cov,
            clusters=clusters,
        )

    kept, notes = np.ones(len(names), dtype=bool), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            solution = solve(kept)
        except DataError:
            kept = _independent(design, has_cuts=model == "ordered")
            if kept.all():
                raise
            notes.append(_collinear(names, kept))
            solution = solve(kept)
    terms = _terms(model, tuple(np.array(names, dtype=object)[kept]), levels)
    if notes:
        warnings.warn(notes[0], DataWarning, stacklevel=4)
    for warning in caught:
        message = str(warning.message)
        if issubclass(warning.category, ConvergenceWarning):
            message += _strayed(model, design[:, kept], solution, terms)
            notes.append(message)
        warnings.warn(message, warning.category, stacklevel=4)
    return Node(model=model, names=names, kept=kept, terms=terms, solution=solution, cov=cov), notes


def _independent(design: Floats, *, has_cuts: bool) -> NDArray[np.bool_]:
    """Columns that are no combination of those before them; all, where there are too few rows to tell.

    Cut points take the place of an intercept, which then stands before all columns.
    """
    n, k = design.shape
    if n <= k or not np.isfinite(design).all():
        return np.ones(k, dtype=bool)
    full = np.column_stack([np.ones(n), design]) if has_cuts else design
    length = np.linalg.norm(full, axis=0)
    length[length == 0] = 1.0
    full = full / length
    basis = np.empty((n, 0))
    kept = np.zeros(full.shape[1], dtype=bool)
    for j in range(full.shape[1]):
        left = full[:, j]
        for _ in range(2):  # a second time, since the first leaves rounding behind
            left = left - basis @ (basis.T @ left)
        rest = float(np.linalg.norm(left))
        kept[j] = rest > LEFT_OVER
        if kept[j]:
            basis = np.column_stack([basis, left / rest])
    return kept[1:] if has_cuts else kept


def _collinear(names: tuple[str, ...], kept: NDArray[np.bool_]) -> str:
    found = ", ".join(f"'{name}'" for name, is_kept in zip(names, kept, strict=True) if not is_kept)
    return (
        f"The terms {found} are linear combinations of the terms before them, so their coefficients cannot be told "
        "apart. They were left out, as if their coefficients were 0; predictions are the same whichever of them stays. "
        "Take out those you do not need."
    )


def _strayed(model: str, design: Floats, solution: Solution, terms: tuple[str, ...]) -> str:
    """Which coefficients run away, by their standard errors in standard deviations of their columns."""
    spread = np.resize(design.std(axis=0), len(terms))
    if model != "multinomial":
        spread[design.shape[1] :] = 0.0  # cut points, ln(alpha)
    size = np.sqrt(np.abs(np.diag(solution.covariance))) * spread
    order = [j for j in np.argsort(-size) if spread[j] > 0 and size[j] >= STRAYED * size.max()]
    if not order:
        return ""
    shown = ", ".join(f"'{terms[j]}'" for j in order[:MOST_NAMED])
    return (
        f" The coefficients that run away: {shown}. What is reported is where the log-likelihood stood still; a "
        "network with weight decay, hidden=(8,), has finite weights."
    )


def _terms(model: str, names: tuple[str, ...], levels: tuple[Any, ...]) -> tuple[str, ...]:
    """Names of the estimates, in the order in which they are solved for."""
    if model == "multinomial":
        return tuple(f"{level}: {name}" for level in levels[1:] for name in names)
    if model == "ordered":
        return (*names, *(f"{low}|{high}" for low, high in pairwise(levels)))
    return (*names, "ln(alpha)") if model == "negbin" else names
