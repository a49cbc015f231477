"""Priors on single cells, by sampling and importance resampling."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lacunet._rng import generator
from lacunet._typing import Floats, Integers
from lacunet.errors import DataWarning, SpecError, list_some
from lacunet.imputation.sensitivity._candidates import cells_of_rows, draw_candidates
from lacunet.imputation.sensitivity._face import Adjusted, Adjustment, Imputed, adjustments_of
from lacunet.imputation.sensitivity._prior import CellPrior, Prior, read_prior
from lacunet.imputation.sensitivity._target import find_target
from lacunet.report._words import count, in_digits

MOST_ROWS = 10_000
"""Rows handed to an engine in one go, as far as candidates are not too few."""
LEAST, MOST = 100, 400
"""Candidates of a row per imputation, unless said."""
FEW = 10
"""With fewer effective candidates, prior and imputations hardly overlap."""
FAR = 2.0
"""Nor do they where no candidate comes nearer to the prior's peak, in logarithms (two standard deviations)."""


def resample_cells(imputed: Imputed, priors: Prior | Sequence[Prior], *, candidates: int | None = None) -> Adjusted:
    r"""Combine what the imputer draws with what is known of single cells.

    For rows that a source outside the data speaks of: an expert's range for a country's growth, a register's average.
    For each imputation and each row concerned, many candidates are drawn by the fit behind that imputation, and one is
    taken with probability in proportion to its prior,

    .. math:: p^*(x) \propto p(x) \, \pi(x), \quad w_k = \frac{\pi(x_k)}{\sum_l \pi(x_l)}

    whole rows at a time, so that other missing cells of a row follow. Several priors on a row multiply. What the fit
    has learned is not revised, and other rows stay as they are. Candidates are values that the imputer can draw: where
    it hands out observed values, so do they, and a prior far from all of them cannot pull them beyond (a warning says
    so). Not for shifting whole variables: see ``shift_cells``.

    Parameters
    ----------
    imputed
        The imputations, not changed before.
    priors
        One or more `Prior`.
    candidates
        Candidates of each row per imputation, at least 2; None takes 100 to 400, the more the fewer rows there are.
        The work is that of so many imputations of these rows.

    Returns
    -------
    Adjusted
        New draws, the sentence that says what was done, and ``details``: row, variables, candidates, effective
        (median over imputations of :math:`1 / \sum_k w_k^2`), effective_least, and gap (how far below its peak the
        prior stays at the best candidate, in logarithms, median over imputations).

    Raises
    ------
    ColumnError
        When a prior names no column, or one that was not imputed.
    SpecError
        When a prior does not fit its variable or names no missing cell, imputations were changed before, or
        ``candidates`` is not a whole number of at least 2.

    Warns
    -----
    DataWarning
        When prior and imputations of a row hardly overlap.

    References
    ----------
    Honaker, J., and G. King. 2010. What to do about missing values in time-series cross-section data.
    American Journal of Political Science 54(2): 561-581.
    Rubin, D. B. 1987. The calculation of posterior distributions by data augmentation: Comment (sampling/importance
    resampling). Journal of the American Statistical Association 82(398): 543-546.

    Differs: Honaker and King put the prior into the EM algorithm, so that it moves the parameters as well.
    """
    cell_priors = _read_all(imputed, priors)
    rows = np.unique(np.concatenate([prior.target.rows[prior.chosen] for prior in cell_priors]))
    n = _check_candidates(candidates, len(rows))
    cells = cells_of_rows(imputed, rows)
    row_of_cell = np.searchsorted(rows, imputed.table.cells[0][cells])
    draws = imputed.draws.copy()
    effective, gap = np.empty((2, len(imputed.draws), len(rows)))
    for i, drawn in enumerate(draw_candidates(imputed, rows, n)):
        weights, gap[i] = _weigh(drawn, cell_priors, rows, cells)
        effective[i] = 1.0 / (weights**2).sum(axis=0)
        chance = generator(imputed.seed, "prior", i).random(imputed.table.n_rows)[rows]
        taken = np.minimum((np.cumsum(weights, axis=0) <= chance).sum(axis=0), n - 1)
        draws[i, cells] = drawn[taken[row_of_cell], np.arange(len(cells))]
    details = _details(cell_priors, rows, effective, gap, n)
    _warn_of_conflict(details)
    changed = np.unique(imputed.table.cells[1][cells])
    adjustment = Adjustment(
        kind="priors",
        variables=tuple(imputed.table.layout.names[j] for j in changed),
        sentence=_sentence(cell_priors, details),
    )
    return Adjusted(draws=draws, adjustment=adjustment, details=details)


def _read_all(imputed: Imputed, priors: Prior | Sequence[Prior]) -> list[CellPrior]:
    given = [priors] if isinstance(priors, Prior) else list(priors)
    if not given or not all(isinstance(prior, Prior) for prior in given):
        raise SpecError(
            f"priors={priors!r} holds something that is no prior, or nothing. Give a list, such as "
            "[Prior(variable='income', mean=300, sd=20, rows=[3])]."
        )
    before = adjustments_of(imputed)
    if before:
        raise SpecError(
            f"These imputations were changed before ({before[-1]}) Priors draw rows anew and would undo that. Give all "
            "priors in one list first, and shift afterwards."
        )
    return [read_prior(prior, find_target(imputed.table, prior.variable), imputed.table) for prior in given]


def _check_candidates(candidates: int | None, n_rows: int) -> int:
    if candidates is None:
        return int(np.clip(MOST_ROWS // n_rows, LEAST, MOST))
    if isinstance(candidates, bool) or not isinstance(candidates, int | np.integer) or candidates < 2:
        raise SpecError(f"candidates={candidates!r} is no number of candidates. Give a whole number from 2, or None.")
    return int(candidates)


def _weigh(drawn: Floats, priors: list[CellPrior], rows: Integers, cells: Integers) -> tuple[Floats, Floats]:
    """Weights of the candidates, shape ``(n, rows)``, columns summing to 1; and each row's widest gap, ``(rows,)``."""
    log_weights, gap = np.zeros((len(drawn), len(rows))), np.zeros(len(rows))
    for prior in priors:
        at = np.searchsorted(cells, prior.target.cells[prior.chosen])
        row = np.searchsorted(rows, prior.target.rows[prior.chosen])
        log_weights[:, row] += prior.log_density(drawn[:, at])
        gap[row] = np.maximum(gap[row], prior.gap(drawn[:, at]))
    weights = np.exp(log_weights - log_weights.max(axis=0))
    return weights / weights.sum(axis=0), gap


def _details(priors: list[CellPrior], rows: Integers, effective: Floats, gap: Floats, n: int) -> pd.DataFrame:
    named: dict[int, list[str]] = {int(row): [] for row in rows}
    for prior in priors:
        for row in prior.target.rows[prior.chosen].tolist():
            named[row].append(prior.target.column.name)
    return pd.DataFrame(
        {
            "row": rows,
            "variables": [", ".join(dict.fromkeys(named[int(row)])) for row in rows],
            "candidates": n,
            "effective": np.median(effective, axis=0),
            "effective_least": effective.min(axis=0),
            "gap": np.median(gap, axis=0),
        }
    )


def _warn_of_conflict(details: pd.DataFrame) -> None:
    bad = details[(details["effective"] < min(FEW, details["candidates"].iloc[0] / 2)) | (details["gap"] > FAR)]
    if len(bad):
        named = [f"{row.variables} in row {row.row}" for row in bad.itertuples()]
        warnings.warn(
            f"Prior and imputations hardly overlap in {len(bad):,} of {count(len(details), 'row')} "
            f"({list_some(named)}): as few as {in_digits(float(bad['effective'].min()))} of "
            f"{details['candidates'].iloc[0]} candidates carry the weight, or none comes near the prior. What was "
            "taken lies at the edge of what the imputer draws. Check the prior's unit, widen it, raise candidates, or "
            "shift the variable.",
            DataWarning,
            stacklevel=4,
        )


def _sentence(priors: list[CellPrior], details: pd.DataFrame) -> str:
    told = [f"{count(int(p.chosen.sum()), 'imputed cell')} of {p.target.column.name!r} ({p.words})" for p in priors]
    return (
        f"Priors were put on {list_some(told)}; all imputed cells of {count(len(details), 'row')} were drawn anew "
        f"(effective candidates: median {in_digits(float(details['effective'].median()))} of "
        f"{details['candidates'].iloc[0]}, least {in_digits(float(details['effective_least'].min()))})."
    )
