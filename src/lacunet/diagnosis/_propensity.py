"""Whether a value is missing, predicted from everything else in its row."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from lacunet._layout import INAPPLICABLE
from lacunet._typing import Bools, Floats, Integers
from lacunet.diagnosis._columns import Column, fill_columns, plan_columns
from lacunet.diagnosis._evidence import Evidence
from lacunet.solve import fit_ridge_logit

MIN_CELLS = 20
"""Missing and known cells below which nothing is fitted."""
MAX_ROWS = 2000
"""Missing, and known, rows used for one variable; a logit's slopes do not mind being fitted to such a sample."""
MAX_COLUMNS = 40
N_DRAWS, N_FOLDS = 3, 5
MAX_VARIABLES = 40
RIDGE = 10.0
"""Enough to keep 40 columns from learning some 60 rows by heart, little against thousands."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Propensity:
    """What predicts that one variable is missing.

    Attributes
    ----------
    variable
        Its position.
    rows
        Rows used, shape (r,).
    is_missing
        Whether it is missing there, shape (r,).
    eta
        Log odds of being missing, each row predicted by fits that did not see it, shape (r,).
    auc
        Probability that a row where it is missing is ranked above one where it is known.
    auc_error
        Standard error of ``auc`` were there nothing to predict.
    pseudo_r2
        McFadden's, on rows not seen by the fit, in the proportions of the whole table; may fall below 0.
    terms
        One row a term: predictor, term, log_odds (for one standard deviation of the term), std_diff (mean where the
        variable is missing minus mean where it is known, in standard deviations), importance (standard deviation of
        what all terms of the predictor add to the log odds).
    """

    variable: int
    rows: Integers
    is_missing: Bools
    eta: Floats
    auc: float
    auc_error: float
    pseudo_r2: float
    terms: pd.DataFrame


def fit_propensities(evidence: Evidence, rng: np.random.Generator) -> dict[int, Propensity]:
    r"""Fit one logit a variable: whether it is missing, given all the others.

    For every variable with at least 20 missing and 20 known cells, up to the 40 with most missing. The others are
    completed by each of the first 3 draws in turn and enter with dummies for levels and a square for numbers; a small
    ridge keeps separation finite. Rows are predicted by the fits to the other four fifths, so that chance is not taken
    for a pattern: without any, the area under the curve is one half on average.

    .. math:: logit \Pr(M_j = 1 | x_{-j}) = \alpha + x_{-j}'\beta, \quad
              AUC = \Pr(\hat\eta_i > \hat\eta_k | M_{ij} = 1, M_{kj} = 0)

    Parameters
    ----------
    evidence
        Data and draws.
    rng
        Chooses rows and folds.

    Returns
    -------
    dict
        Position of a variable to its fit.

    References
    ----------
    Rosenbaum, P. R., and D. B. Rubin. 1983. The central role of the propensity score in observational studies for
    causal effects. Biometrika 70(1): 41-55.
    Prentice, R. L., and R. Pyke. 1979. Logistic disease incidence models and case-control studies. Biometrika 66(3):
    403-411 (rows may be sampled by the outcome).
    Differs: the log odds of three completed data sets are averaged; no variance is claimed for them.
    """
    wanted = [j for j in evidence.incomplete if min(evidence.n_missing[j], evidence.n_observed[j]) >= MIN_CELLS]
    if len(evidence.layout) < 2 or not wanted or not evidence.m:
        return {}
    filled = [evidence.complete(i) for i in range(min(N_DRAWS, evidence.m))]
    return {j: _fit_one(evidence, filled, j, rng) for j in wanted[:MAX_VARIABLES]}


def _fit_one(evidence: Evidence, filled: list[Floats], j: int, rng: np.random.Generator) -> Propensity:
    missing = np.flatnonzero(evidence.is_missing[:, j])
    known = np.flatnonzero(~evidence.is_missing[:, j] & (evidence.state[:, j] != INAPPLICABLE))
    odds = len(missing) / len(known)
    missing, known = _sample(missing, rng), _sample(known, rng)
    rows = np.concatenate([missing, known])
    y = np.repeat([1.0, 0.0], [len(missing), len(known)])
    folds = np.concatenate([rng.permutation(len(part)) % N_FOLDS for part in (missing, known)])
    columns = plan_columns(evidence, filled[0][rows], y, skip=j)
    designs = [fill_columns(columns, one[rows]) for one in filled]
    eta, slopes = _cross_fit(designs, y, folds)
    offset = np.log(odds) - np.log(len(missing) / len(known))
    return Propensity(
        variable=j,
        rows=rows,
        is_missing=y == 1,
        eta=eta + offset,
        auc=_fold_auc(eta, y, folds),
        auc_error=float(np.sqrt((len(y) + 1) / (12 * len(missing) * len(known)))),
        pseudo_r2=_mcfadden(eta + offset, y, odds),
        terms=_describe_terms(evidence, columns, designs, slopes, y),
    )


def _sample(rows: Integers, rng: np.random.Generator) -> Integers:
    return rows if len(rows) <= MAX_ROWS else np.sort(rng.choice(rows, MAX_ROWS, replace=False))


def _cross_fit(designs: list[Floats], y: Floats, folds: Integers) -> tuple[Floats, Floats]:
    """Log odds of each row from the fits without its fold, and the average slopes."""
    eta, slopes = np.zeros(len(y)), np.zeros(designs[0].shape[1])
    fits: list[Floats | None] = [None] * N_FOLDS
    for design in designs:
        for fold in range(N_FOLDS):
            train = folds != fold
            # The same fold of the last design is nearest, then the fold before: a near start saves steps.
            near = fits[fold] if fits[fold] is not None else fits[fold - 1]
            beta = fits[fold] = _fit_best(design[train], y[train], near)
            eta[~train] += (beta[0] + design[~train] @ beta[1:]) / len(designs)
            slopes += beta[1:] / (len(designs) * N_FOLDS)
    return eta, slopes


def _fit_best(design: Floats, y: Floats, near: Floats | None) -> Floats:
    """Slopes of the columns most associated with the outcome, 0 for the others; starts from those of a fit nearby."""
    association = np.abs((y - y.mean()) @ design)
    best = np.sort(np.argsort(-association, kind="stable")[:MAX_COLUMNS])
    used = np.concatenate([[0], best + 1])
    beta = np.zeros(design.shape[1] + 1)
    beta[used] = fit_ridge_logit(design[:, best], y, RIDGE, start=None if near is None else near[used])
    return beta


def area_under_curve(score: Floats, outcome: Floats) -> float:
    """Probability that a row of outcome 1 scores above one of outcome 0, ties counting half.

    Parameters
    ----------
    score
        Shape (n,).
    outcome
        0 and 1, shape (n,).

    Returns
    -------
    float
        The Mann-Whitney statistic over the number of pairs; not a number where one outcome is absent.

    Examples
    --------
    >>> import numpy as np
    >>> area_under_curve(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 1.0]))
    1.0
    """
    n_one = int(outcome.sum())
    n_zero = len(outcome) - n_one
    if not n_one or not n_zero:
        return float("nan")
    ranks = rankdata(score)[outcome == 1].sum()
    return float((ranks - n_one * (n_one + 1) / 2) / (n_one * n_zero))


def _fold_auc(eta: Floats, y: Floats, folds: Integers) -> float:
    """Mean over the folds: log odds of different fits are not compared."""
    return float(np.mean([area_under_curve(eta[folds == fold], y[folds == fold]) for fold in range(N_FOLDS)]))


def _mcfadden(eta: Floats, y: Floats, odds: float) -> float:
    share = odds / (1 + odds)
    weights = np.where(y == 1, share / y.mean(), (1 - share) / (1 - y.mean()))
    fitted = weights @ (y * eta - np.logaddexp(0.0, eta))
    null = len(y) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    return float(1 - fitted / null)


def _describe_terms(
    evidence: Evidence, columns: list[Column], designs: list[Floats], slopes: Floats, y: Floats
) -> pd.DataFrame:
    average = np.mean(designs, axis=0)
    groups = np.array([column.variable for column in columns], dtype=np.intp)
    strength = {k: float(np.std(average[:, groups == k] @ slopes[groups == k])) for k in np.unique(groups).tolist()}
    difference = average[y == 1].mean(axis=0) - average[y == 0].mean(axis=0)
    table = pd.DataFrame(
        {
            "predictor": [evidence.names[column.variable] for column in columns],
            "term": [column.words for column in columns],
            "log_odds": slopes,
            "std_diff": difference,
            "importance": [strength[column.variable] for column in columns],
        }
    )
    return table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)
