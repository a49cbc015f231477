"""Whether a model can tell synthetic rows from real ones."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy.linalg.lapack import dpstrf
from threadpoolctl import threadpool_limits

from lacunet._typing import Bools, Floats, Integers
from lacunet.diagnosis._propensity import area_under_curve
from lacunet.solve import fit_ridge_logit
from lacunet.synthesis.judge._coded import MOST_LEVELS, Coded

T = TypeVar("T")
R = TypeVar("R")

RIDGE = 1e-4
"""Keeps a level that only one file has from a slope without end; nothing beside the likelihood of a level that both
have."""
REDUNDANT = 1e-9
"""Share of a column's variance that the others must leave for it to count."""
MOST_TERMS = 400
TREE_DEPTH = 6
N_PERMUTATIONS = 5
N_FOLDS = 3
MOST_TREE_LEVELS = 250
"""Levels that the tree ensemble takes as categories; rarer ones share one."""
FEWEST_DETECTED = 30
"""Rows of each file below which nothing can be learnt and tried on others."""
MOST_TREE_ROWS, MOST_TREE_CELLS = 30_000, 1_500_000
"""Rows, and cells, of each file that trees are shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Propensity:
    """How well a model tells the files apart.

    Attributes
    ----------
    pmse
        Mean squared distance of the predicted probabilities from the share of synthetic rows.
    expected
        What it would be on average were nothing to be told apart (see the function for what that means).
    """

    pmse: float
    expected: float

    @property
    def ratio(self) -> float:
        """S_pMSE."""
        return self.pmse / self.expected if self.expected > 0 else float("nan")


def logit_propensity(real: Coded, synthetic: Coded) -> Propensity:
    r"""PMSE of a logit with the main effects of all columns, and squares of numbers.

    .. math:: pMSE = \frac1N \sum_i (\hat p_i - c)^2, \quad E_0 = df \, \frac{c (1 - c)^2}{N}, \quad
              S\_pMSE = \frac{pMSE}{E_0}

    with N rows of both files, c the share of synthetic ones, and df the terms of the logit without its constant. It
    sees margins, means and variances only: columns shuffled each by itself pass.

    Parameters
    ----------
    real, synthetic
        Coded alike.

    Returns
    -------
    Propensity
        ``expected`` is E0: synthetic rows drawn from a model that was fitted to the real ones and is right. Two
        independent samples of the same size give twice as much.

    References
    ----------
    Snoke, J., G. M. Raab, B. Nowok, C. Dibben, and A. Slavkovic. 2018. General and specific utility measures for
    synthetic data. Journal of the Royal Statistical Society A 181(3): 663-688.
    Differs: a ridge of N / 10,000 on the slopes of standardised terms; redundant columns are left out and not counted
    in df; the rarest levels of a category share one, so that there are at most 400 terms or so; of more than 100
    columns, 100 evenly apart are used.
    """
    design = _design(real, synthetic)
    y = np.repeat([0.0, 1.0], [real.n, synthetic.n])
    c = synthetic.n / len(y)
    expected = design.shape[1] * c * (1 - c) ** 2 / len(y)
    if not design.shape[1]:
        return Propensity(pmse=0.0, expected=0.0)
    theta = fit_ridge_logit(design, y, RIDGE * len(y))
    p = 1 / (1 + np.exp(-np.clip(theta[0] + design @ theta[1:], -700, 700)))
    return Propensity(pmse=float(np.mean((p - c) ** 2)), expected=expected)


def _design(real: Coded, synthetic: Coded) -> Floats:
    """Standardised terms of both files, without those that others make up."""
    shown = np.unique(np.linspace(0, real.p - 1, min(real.p, MOST_TERMS // 4)).astype(np.intp))
    names = [real.names[j] for j in shown]
    most = int(np.clip(MOST_TERMS // len(names), 2, MOST_LEVELS))
    parts = []
    for coded in _frequent_first(real.select(names), synthetic.select(names)):
        numbers = np.flatnonzero(coded.is_number)
        z = np.where(
            np.isnan(coded.values[:, numbers]),
            0.0,
            (coded.values[:, numbers] - [coded.columns[j].centre for j in numbers])
            / [coded.columns[j].spread for j in numbers],
        )
        parts.append(np.hstack([coded.scaled("spread", most), z**2]))
    both = np.vstack(parts)
    both -= both.mean(axis=0)
    spread = both.std(axis=0)
    both = both[:, spread > _FLAT] / spread[spread > _FLAT]
    return both[:, _independent(both.T @ both / len(both))]


def _frequent_first(real: Coded, synthetic: Coded) -> tuple[Coded, Coded]:
    """Codes of categories in the order of their number in the real file, so that it is the rare ones that share one."""
    codes = [real.codes.copy(), synthetic.codes.copy()]
    for j in np.flatnonzero(~real.is_number):
        rank = np.argsort(np.argsort(-np.bincount(codes[0][:, j], minlength=real.n_codes[j]), kind="stable"))
        for part in codes:
            part[:, j] = rank[part[:, j]]
    return replace(real, codes=codes[0]), replace(synthetic, codes=codes[1])


_FLAT = 1e-9
"""Standard deviation below which a column of the design is constant."""


def _independent(correlation: Floats) -> Integers:
    """Columns that are no combination of others, in order."""
    if not len(correlation):
        return np.zeros(0, dtype=np.intp)
    _, order, rank, _ = dpstrf(correlation, tol=REDUNDANT)
    return np.sort(order[:rank] - 1).astype(np.intp)


def tree_propensity(real: Coded, synthetic: Coded, rng: np.random.Generator) -> Propensity:
    r"""PMSE of one decision tree of depth 6, which also sees how columns go together.

    Parameters
    ----------
    real, synthetic
        Coded alike; at most 30,000 rows and 1.5 million cells of each are used.
    rng
        Draws rows and permutes the labels.

    Returns
    -------
    Propensity
        ``expected`` is the mean over 5 trees grown after permuting which rows are synthetic: both files drawn from one
        and the same law.

    References
    ----------
    Snoke, J., G. M. Raab, B. Nowok, C. Dibben, and A. Slavkovic. 2018. General and specific utility measures for
    synthetic data. Journal of the Royal Statistical Society A 181(3): 663-688 (null by permutation).
    National Institute of Standards and Technology. 2023. SDNist v2: deidentified data report tool (the tree).
    """
    parts = [_some(coded, rng) for coded in (real, synthetic)]
    x, _ = _features(*parts)
    y = np.repeat([0, 1], [part.n for part in parts])
    labels = [y, *(rng.permutation(y) for _ in range(N_PERMUTATIONS))]
    first, *null = in_threads(lambda given: _tree_pmse(x, given), labels)
    return Propensity(pmse=first, expected=float(np.mean(null)))


def _tree_pmse(x: Floats, y: Integers) -> float:
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415

    tree = DecisionTreeClassifier(max_depth=TREE_DEPTH, random_state=0).fit(x, y)
    return float(np.mean((tree.predict_proba(x)[:, 1] - y.mean()) ** 2))


@dataclass(frozen=True, kw_only=True, slots=True)
class Detection:
    """What an ensemble of trees makes of rows that it has not seen.

    Attributes
    ----------
    auc
        Probability that it ranks a synthetic row above a real one; one half where it cannot tell.
    specks
        Largest distance between the distribution functions of its probabilities in the two files.
    """

    auc: float
    specks: float


def detect(real: Coded, synthetic: Coded, rng: np.random.Generator) -> Detection:
    r"""Area under the curve of gradient-boosted trees that tell the files apart, out of fold.

    The hardest of the tests of fidelity, for trees see relations of any order.

    .. math:: AUC = \Pr(\hat p_i > \hat p_k \mid i \text{ synthetic}, k \text{ real}), \quad
              SPECKS = \sup_t |F_r(t) - F_s(t)| \text{ of } \hat p

    Parameters
    ----------
    real, synthetic
        Coded alike; at most 30,000 rows and 1.5 million cells of each are used, and with fewer than 30 rows the answer
        is not a number.
    rng
        Draws rows and folds; it must owe nothing to the order of the rows.

    Returns
    -------
    Detection

    References
    ----------
    Lopez-Paz, D., and M. Oquab. 2017. Revisiting classifier two-sample tests. ICLR.
    Bowen, C. M., F. Liu, and B. Su. 2021. Differentially private data release via statistical election to partition
    sequentially. Metron 79: 1-31 (SPECKS).
    Differs: SPECKS is taken out of fold too, so that it does not reward a model for learning rows by heart.
    """
    if min(real.n, synthetic.n) < FEWEST_DETECTED:
        return Detection(auc=float("nan"), specks=float("nan"))
    parts = [_some(coded, rng) for coded in (real, synthetic)]
    x, is_category = _features(*parts)
    y = np.repeat([0, 1], [parts[0].n, parts[1].n])
    folds = np.concatenate([rng.permutation(part.n) % N_FOLDS for part in parts])
    guesses = in_threads(lambda fold: _boost(x, y, folds != fold, is_category), range(N_FOLDS))
    aucs, gaps = [], []
    for fold, guess in enumerate(guesses):
        here = y[folds == fold]
        aucs.append(area_under_curve(guess, here))
        gaps.append(_curve_gap(guess[here == 0], guess[here == 1]))
    return Detection(auc=float(np.mean(aucs)), specks=float(np.mean(gaps)))


def _boost(x: Floats, y: Integers, is_training: Bools, is_category: Bools) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    can = has_values(x[is_training])
    model = HistGradientBoostingClassifier(categorical_features=is_category[can], early_stopping=False, random_state=0)
    model.fit(x[is_training][:, can], y[is_training])
    return model.predict_proba(x[~is_training][:, can])[:, 1]


def has_values(x: Floats) -> Bools:
    """Columns with a number in any row, shape (p,): boosted trees can cut no other."""
    return np.asarray(np.isfinite(x).any(axis=0))


def _some(coded: Coded, rng: np.random.Generator) -> Coded:
    """As many rows as trees are shown."""
    most = min(MOST_TREE_ROWS, max(MOST_TREE_CELLS // coded.p, FEWEST_DETECTED))
    return coded if coded.n <= most else coded.take(np.sort(rng.choice(coded.n, most, replace=False)))


def _features(real: Coded, synthetic: Coded) -> tuple[Floats, Bools]:
    (x_r, is_category), (x_s, _) = real.features(), synthetic.features()
    x = np.vstack([x_r, x_s])
    x[:, is_category] = np.minimum(x[:, is_category], MOST_TREE_LEVELS)
    return x, is_category


def _curve_gap(a: Floats, b: Floats) -> float:
    a, b = np.sort(a), np.sort(b)
    where = np.concatenate([a, b])
    gap = np.searchsorted(a, where, side="right") / len(a) - np.searchsorted(b, where, side="right") / len(b)
    return float(np.abs(gap).max())


def in_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Results of a fit for each item, side by side; each fit on one thread, so that no sum depends on their number."""

    def work_alone(item: T) -> R:
        with threadpool_limits(limits=1, user_api="openmp"):
            return work(item)

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(work_alone, items))
