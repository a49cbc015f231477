"""How many partitions into two groups are as extreme as the one at hand: all of them counted, or some drawn."""

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Floats
from lacunet.errors import SpecError

ALTERNATIVES = ("greater", "less", "two-sided")
EXACT, MOST = 44, 50
"""Values up to which all partitions are counted unasked (about a second), and when asked (about 10 seconds, 1 GB)."""
WORK = 1 << 23
"""Sums of half the values that are made unasked, over all rows."""
TIES = 1e-11
"""Sums nearer than this to the observed one, as a share of n times the largest value, are as large as it: ten thousand
times what rounding moves them by, and a ten-thousandth of what float32 vectors know."""
BLOCK = 1 << 22
"""Random numbers held at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PartitionTest:
    """Shares of partitions that are as extreme as the observed one.

    Attributes
    ----------
    p_values
        One a row of values (r,).
    n_partitions
        Partitions looked at: all of them, or those drawn.
    is_exact
        Whether these are all.
    seed
        Number that decided which were drawn; None where all were counted.
    """

    p_values: Floats
    n_partitions: int
    is_exact: bool
    seed: int | None


def check_partitions(n: int, rows: int, exact: bool | None, alternative: str) -> bool:
    """Whether all partitions of n values are to be counted.

    Raises
    ------
    SpecError
        When the alternative is none of the three, or all are asked for and they are too many.
    """
    if alternative not in ALTERNATIVES:
        raise SpecError(
            f"alternative={alternative!r} is not known. It needs to be one of {', '.join(map(repr, ALTERNATIVES))}."
        )
    if exact not in (None, True, False):
        raise SpecError(f"exact={exact!r} is not True, False or None. Leave it out, and the number of words decides.")
    if exact and n > MOST:
        raise SpecError(
            f"exact=True asks for all partitions of {n} words. Up to {MOST} words can be counted: leave exact out, and "
            "partitions are drawn at random."
        )
    return n <= EXACT and rows << (n + 1) // 2 <= WORK if exact is None else bool(exact)


def compare_partitions(
    values: Any,
    size: int,
    *,
    alternative: str = "greater",
    n_permutations: int = 10_000,
    exact: bool | None = None,
    seed: int | None = None,
) -> PartitionTest:
    r"""Compare the difference of two groups' means with that of other partitions into groups of the same sizes.

    With the sizes fixed the difference of means rises with the sum over the first group, so sums are compared. Exact
    p-values count every partition without listing them: the values are cut in two halves, the sums of all subsets of
    each half are sorted, and for each sum of one half a search says how many of the other make up for it. That takes
    :math:`2^{n/2}` sums where there are :math:`\binom{n}{n/2}` partitions.

    Parameters
    ----------
    values
        The first ``size`` columns are the first group, the others the second (r, n); rows are tests of their own.
    size
        Values of the first group.
    alternative
        "greater": the first group's mean is higher; "less"; or "two-sided", by the absolute difference of means.
    n_permutations
        Partitions to draw where not all are counted.
    exact
        Whether to count all; None for all where that takes less than about a second.
    seed
        Decides the draws; drawn and recorded when None.

    Returns
    -------
    PartitionTest
        Exact: the other partitions that are as extreme, ties among them, over all partitions; where no other is, 1 over
        all. Drawn: (1 + those as extreme) / (1 + drawn). Neither is ever 0.

    Raises
    ------
    SpecError
        When an option is wrong, or all are asked for and they are too many.
    """
    rows = np.atleast_2d(np.asarray(values, dtype=np.float64))
    n = rows.shape[1]
    slack = TIES * n * np.abs(rows).max(axis=1)
    centred = rows - rows.mean(axis=1, keepdims=True)
    if alternative == "less":
        centred = -centred
    is_exact = check_partitions(n, len(rows), exact, alternative)
    n_permutations = check_count(n_permutations, "n_permutations")
    seed = None if seed is None else check_seed(seed)
    both = alternative == "two-sided"
    if is_exact:
        total = comb(n, size)
        counts = [_count_extreme(one, size, bar, both) for one, bar in zip(centred, slack, strict=True)]
        # The observed partition is one of those counted, and is not held against itself, as in the paper.
        p = np.array([max(found - 1, 1) / total for found in counts])
        return PartitionTest(p_values=p, n_partitions=total, is_exact=True, seed=None)
    seed = draw_seed() if seed is None else seed
    hits = _draw_extreme(centred, size, slack, both, n_permutations, seed)
    return PartitionTest(
        p_values=(1 + hits) / (1 + n_permutations), n_partitions=n_permutations, is_exact=False, seed=seed
    )


def _count_extreme(centred: Floats, size: int, slack: float, both: bool) -> int:
    observed = float(centred[:size].sum())
    if not both:
        return count_at_least(centred, size, observed - slack)
    bar = abs(observed) - slack
    if bar <= 0:
        return comb(len(centred), size)
    return count_at_least(centred, size, bar) + count_at_least(-centred, size, bar)


def count_at_least(values: Floats, size: int, bar: float) -> int:
    """Subsets of ``size`` values whose sum is ``bar`` or more."""
    half = len(values) // 2
    (left, n_left), (right, n_right) = _sum_subsets(values[:half]), _sum_subsets(values[half:])
    found = 0
    for k in range(max(0, size - (len(values) - half)), min(half, size) + 1):
        ours, theirs = np.sort(left[n_left == k]), np.sort(right[n_right == size - k])
        # Searched for in rising order, each place is near the one before: the processor's cache holds it.
        below = np.searchsorted(theirs, bar - ours[::-1], side="left")
        found += len(ours) * len(theirs) - int(below.sum())
    return found


def _sum_subsets(values: Floats) -> tuple[Floats, Any]:
    """Sum and size of every subset, 2^n of each."""
    sums, sizes = np.zeros(1), np.zeros(1, dtype=np.int8)
    for value in values:
        sums, sizes = np.concatenate([sums, sums + value]), np.concatenate([sizes, sizes + 1])
    return sums, sizes


def _draw_extreme(centred: Floats, size: int, slack: Floats, both: bool, n_permutations: int, seed: int) -> Floats:
    """How many of the partitions drawn are as extreme, of each row (r,)."""
    rng = generator(seed, "partitions of words")
    n = centred.shape[1]
    observed = centred[:, :size].sum(axis=1)
    bar = (np.abs(observed) if both else observed) - slack
    hits = np.zeros(len(centred))
    step = max(1, BLOCK // n)
    for start in range(0, n_permutations, step):
        drawn = rng.random((min(step, n_permutations - start), n)).argsort(axis=1)[:, :size]
        taken = np.zeros((len(drawn), n))
        np.put_along_axis(taken, drawn, 1.0, axis=1)
        sums = centred @ taken.T
        hits += ((np.abs(sums) if both else sums) >= bar[:, None]).sum(axis=1)
    return hits
