"""From a matrix, its states and its draws to what the page compares: patterns and observed against imputed."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import MISSING, OBSERVED, Layout, Variable
from lacunet.report._content import CategoryComparison, NumberComparison, Patterns

MAX_PATTERN_VARIABLES = 24
MAX_PATTERNS = 20
MAX_COMPARISONS = 60


def find_patterns(
    names: Sequence[str],
    state: NDArray[np.int8],
    *,
    max_variables: int = MAX_PATTERN_VARIABLES,
    max_patterns: int = MAX_PATTERNS,
) -> Patterns | None:
    """Count which variables are missing together.

    Only variables with a missing cell take part, those with most missing cells first; patterns are counted over
    the variables shown, so that two rows differing elsewhere share a pattern.

    Parameters
    ----------
    names
        Names of the p variables.
    state
        int8 (n, p), codes of ``lacunet._layout``.
    max_variables, max_patterns
        How many variables and patterns to keep.

    Returns
    -------
    Patterns or None
        None where nothing is missing.
    """
    is_missing = state == MISSING
    n_missing = is_missing.sum(axis=0)
    n_variables = int(np.count_nonzero(n_missing))
    if n_variables == 0:
        return None
    order = np.argsort(-n_missing, kind="stable")[: min(n_variables, max_variables)]
    unique, counts = np.unique(state[:, order], axis=0, return_counts=True)
    keep = np.argsort(-counts, kind="stable")[:max_patterns]
    return Patterns(
        names=tuple(str(names[j]) for j in order),
        states=unique[keep],
        counts=counts[keep].astype(np.int64),
        n_patterns=len(counts),
        n_variables=n_variables,
        n_complete=int(np.count_nonzero(~is_missing.any(axis=1))),
    )


def compare_draws(
    layout: Layout,
    values: NDArray[np.float64],
    state: NDArray[np.int8],
    draws: NDArray[np.float64],
    *,
    labels: Mapping[str, str] | None = None,
    levels: Mapping[str, Sequence[str]] | None = None,
    limit: int = MAX_COMPARISONS,
) -> tuple[NumberComparison | CategoryComparison, ...]:
    """Set observed against imputed values, for the variables with most missing cells first.

    Parameters
    ----------
    layout
        The p variables.
    values, state
        float64 and int8 (n, p).
    draws
        float64 (m, n_cells): m imputations of the cells ``np.nonzero(state == MISSING)``, row by row.
    labels
        Variable name to a longer description.
    levels
        Variable name to the words for its level positions; "level 0", "level 1", ... where absent.
    limit
        How many variables to compare at most.

    Returns
    -------
    tuple of NumberComparison and CategoryComparison
        Those with most missing first; variables with nothing missing are not there.
    """
    columns = np.nonzero(state == MISSING)[1]
    n_missing = np.bincount(columns, minlength=len(layout))
    order = [j for j in np.argsort(-n_missing, kind="stable").tolist() if n_missing[j] > 0][:limit]
    result: list[NumberComparison | CategoryComparison] = []
    for j in order:
        variable = layout.variables[j]
        observed = values[state[:, j] == OBSERVED, j]
        imputed = draws[:, columns == j]
        label = (labels or {}).get(variable.name, "")
        if variable.is_category:
            words = (levels or {}).get(variable.name)
            result.append(_compare_category(variable, label, words, observed, imputed))
        else:
            result.append(
                NumberComparison(
                    name=variable.name,
                    label=label,
                    observed=observed,
                    imputed=imputed,
                    is_date=variable.kind == "date",
                    is_integer=variable.is_integer,
                )
            )
    return tuple(result)


def _compare_category(
    variable: Variable,
    label: str,
    words: Sequence[str] | None,
    observed: NDArray[np.float64],
    imputed: NDArray[np.float64],
) -> CategoryComparison:
    n_levels = max(variable.n_levels, 1)
    if words is None or len(words) != n_levels:
        words = [f"level {position}" for position in range(n_levels)]
    return CategoryComparison(
        name=variable.name,
        label=label,
        levels=tuple(str(word) for word in words),
        observed=_shares(observed, n_levels),
        imputed=np.stack([_shares(draw, n_levels) for draw in imputed]) if len(imputed) else np.zeros((0, n_levels)),
        n_observed=int(observed.size),
        n_missing=int(imputed.shape[1]),
    )


def _shares(positions: NDArray[np.float64], n_levels: int) -> NDArray[np.float64]:
    known = positions[np.isfinite(positions)].astype(np.int64)
    counts = np.bincount(known, minlength=n_levels).astype(np.float64)
    return counts / max(counts.sum(), 1.0)
