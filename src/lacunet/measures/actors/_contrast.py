"""Differences between cells of a panel, with what the cells share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import stdtr

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError, suggest
from lacunet.measures.actors._fit import Fit
from lacunet.measures.documents._documents import as_names
from lacunet.measures.uncertainty import combine_sources


def contrast_cells(
    cells: pd.DataFrame,
    fits: Sequence[Fit],
    variable: str,
    values: tuple[Any, Any],
    over: str | Sequence[str],
    level: float,
    least: int,
) -> pd.DataFrame:
    """See `Panel.contrast`."""
    names = [str(name) for name in cells.columns]
    averaged = as_names(over, "over")
    for name in (variable, *averaged):
        if name not in names:
            hint = suggest(name, names) or f"They are: {', '.join(names)}."
            raise SpecError(f"{name!r} is no variable of the panel. One of its own is needed. {hint}")
    if variable in averaged:
        raise SpecError(f"over= names {variable!r}, of which two values are compared. Leave it out of over=.")
    scored = np.all([np.isfinite(fit.std_error) & (fit.n_mentions >= least) for fit in fits], axis=0)
    one, other = _pair_cells(cells, variable, values, scored)
    kept = [name for name in names if name not in (variable, *averaged)]
    rows, labels = _number_rows(cells, kept, one)
    n, n_pairs = len(labels), np.bincount(rows)
    share = 1.0 / n_pairs[rows]
    weights = csr_array(
        (np.concatenate([share, -share]), (np.concatenate([rows, rows]), np.concatenate([one, other]))),
        shape=(n, len(cells)),
    )
    found = [_contrast(fit, weights) for fit in fits]
    estimates, errors, dof = (np.stack(some) for some in zip(*found, strict=True))
    table = combine_sources(estimates, errors, dof.mean(axis=0), level)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["p_value"] = 2 * stdtr(table["df"], -np.abs(table["estimate"] / table["std_error"]))
    table["n_pairs"] = n_pairs
    return labels.join(table)


def _pair_cells(cells: pd.DataFrame, variable: str, values: tuple[Any, Any], scored: Any) -> tuple[Integers, Integers]:
    """Cells of the first value and, alike in all else, of the second; both with a score."""
    known = cells[variable].drop_duplicates().tolist()
    wrong = next((value for value in values if value not in known), None)
    if wrong is not None or values[0] == values[1]:
        shown = ", ".join(map(repr, known[:20]))
        raise SpecError(
            f"{values[0]!r} and {values[1]!r} are not two values of {variable!r}. Two different ones are needed. They "
            f"are: {shown}."
        )
    rest = [name for name in cells.columns if name != variable]
    numbered = cells.assign(_cell=np.arange(len(cells)), _all=0)[scored]
    sides = [numbered.loc[numbered[variable] == value, [*rest, "_all", "_cell"]] for value in values]
    both = sides[0].merge(sides[1], on=[*rest, "_all"], suffixes=("", "_other"), how="inner")
    if both.empty:
        raise DataError(
            f"No cell of {variable!r} has a score for {values[0]!r} and for {values[1]!r} alike. A pair is needed. "
            "Take coarser cells, or other values."
        )
    return both["_cell"].to_numpy(dtype=np.intp), both["_cell_other"].to_numpy(dtype=np.intp)


def _number_rows(cells: pd.DataFrame, kept: list[str], one: Integers) -> tuple[Integers, pd.DataFrame]:
    """Row of the answer for each pair, and the values that name the rows."""
    if not kept:
        return np.zeros(len(one), dtype=np.intp), pd.DataFrame(index=[0])
    labels = cells.loc[one, kept].reset_index(drop=True)
    rows = labels.groupby(kept, sort=False, observed=True).ngroup().to_numpy(dtype=np.intp)
    return rows, labels[~pd.Series(rows).duplicated()].reset_index(drop=True)


def _contrast(fit: Fit, weights: csr_array) -> tuple[Floats, Floats, Floats]:
    r"""Estimates, standard errors and degrees of freedom of weighted sums of scores.

    The variance is that of independent cells, plus twice the products of what each document or cluster adds to two
    cells; degrees of freedom are Satterthwaite's for independent cells, and one less than the clusters where cells
    share any, since nothing else tells how much they have in common.
    """
    score, variance = np.nan_to_num(fit.score), np.nan_to_num(fit.std_error) ** 2
    alone = np.asarray((weights**2) @ variance)
    joint = fit.moves @ weights.T
    own = np.asarray((fit.moves**2).sum(axis=0)).ravel()
    shared = np.asarray((joint**2).sum(axis=0)).ravel() - np.asarray((weights**2) @ own)
    total = np.maximum(alone + shared, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.asarray((weights**4) @ np.nan_to_num(variance**2 / fit.dof))
        dof = np.where(parts > 0, alone**2 / parts, np.inf)
    # Cells borrow from one pool, whose degrees of freedom do not add up.
    dof = np.minimum(dof, np.nanmax(fit.dof[(weights.T @ np.ones(weights.shape[0])) != 0], initial=0.0))
    times = (fit.moves != 0).astype(np.int64) @ (weights != 0).astype(np.int64).T
    is_shared = np.asarray(times.max(axis=0).todense()).ravel() > 1
    n_clusters = np.asarray((times > 0).sum(axis=0)).ravel()
    dof = np.where(is_shared, np.minimum(dof, np.maximum(n_clusters - 1.0, 1.0)), dof)
    return np.asarray(weights @ score), np.sqrt(total), dof
