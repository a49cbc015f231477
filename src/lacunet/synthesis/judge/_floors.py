"""What every number is held against: two real halves, and real columns shuffled each by itself."""

from dataclasses import dataclass

import numpy as np

from lacunet._rng import generator
from lacunet.synthesis.judge._coded import Coded

N_SPLITS = 5
"""Ways to halve the real rows, over which the floors of margins are averaged: one split is off by a tenth."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Baselines:
    """Real rows in the place of synthetic ones.

    Attributes
    ----------
    halves
        Two disjoint halves of the real rows, drawn at random, several times.
    shuffled
        The real rows with every column in an order of its own: each margin as it is, and no relation.
    """

    halves: tuple[tuple[Coded, Coded], ...]
    shuffled: Coded


def make_baselines(real: Coded, seed: int) -> Baselines:
    """Draw the baselines of one judgement.

    Parameters
    ----------
    real
        The real rows.
    seed
        Of the judgement.
    """
    half = real.n // 2
    orders = [generator(seed, "judge halves", i).permutation(real.n) for i in range(N_SPLITS)]
    return Baselines(
        halves=tuple((real.take(np.sort(o[:half])), real.take(np.sort(o[half : 2 * half]))) for o in orders),
        shuffled=real.shuffle(generator(seed, "judge shuffle")),
    )


def scale_error(n_real: int, n_synthetic: int) -> float:
    r"""What to multiply a distance between two halves by, to have it for samples of other sizes.

    .. math:: \sqrt{\frac{1 / n_r + 1 / n_s}{1 / h + 1 / h}}, \quad h = \lfloor n_r / 2 \rfloor

    for the distances between two samples of one law shrink with the root of their sizes.

    Parameters
    ----------
    n_real, n_synthetic
        Rows of the real file, from which the halves were drawn, and of the synthetic one.

    Returns
    -------
    float

    Examples
    --------
    >>> round(scale_error(1000, 1000), 4)
    0.7071
    """
    return float(np.sqrt((1 / n_real + 1 / n_synthetic) * (n_real // 2) / 2))
