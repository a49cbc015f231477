"""How far the mean vector of a cell would move with other documents."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.measures.actors._sums import Sums

LEAST_DOF = 5.0
"""Degrees of freedom from which on the mentions of an actor alone say how much they scatter."""


class Noise(NamedTuple):
    """Cells and their scatter. C cells, r rows of `Sums`, a actors.

    Attributes
    ----------
    times, clusters
        Mentions, and documents or clusters, of each cell (C,).
    means
        Mean vectors of the mentions (C, d).
    residuals
        Of each row, its sum less what its number of mentions times the mean of its cell would be (r, d).
    alike
        Correlation of mentions of one document or cluster, beyond that of their cell, 0 to 1.
    unit
        Variance of a cell's mean, in units of the variance of one mention (C,).
    expected
        Expected sum of squared residuals of a cell in the same units (C,), 0 where it has one document.
    dof
        Degrees of freedom of that sum (C,).
    """

    times: Floats
    clusters: Integers
    means: Floats
    residuals: Floats
    alike: float
    unit: Floats
    expected: Floats
    dof: Floats


def measure_noise(sums: Sums, n_cells: int) -> Noise:
    r"""Scatter of mentions within cells.

    Mentions of one document are alike. With :math:`k_j` mentions in document j of a cell and K in the cell,

    .. math:: \operatorname{var} s_j = \sigma^2 w_j, \quad w_j = (1 - \rho) k_j + \rho k_j^2, \quad
              \operatorname{var} m = \sigma^2 \sum_j w_j / K^2 ,

    where :math:`s_j` is the sum over the mentions of document j. :math:`\rho` is one number for all cells: mentions
    within documents against documents within cells. The residuals :math:`s_j - k_j m` have the covariance
    :math:`\sigma^2 G`, :math:`G = W - (k w' + w k') / K + k k' \sum_j w_j / K^2`, which takes the place of the factor
    n / (n - 1) where documents differ in size; their degrees of freedom are :math:`(\operatorname{tr} G)^2 /
    \operatorname{tr} G^2`.

    Parameters
    ----------
    sums
        Of mentions.
    n_cells
        C; every cell has a row.

    Returns
    -------
    Noise
        Of each cell.

    References
    ----------
    Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage
    samples. *Survey Methodology*, 28(2), 169-181. (The degrees of freedom.)
    """
    cell, k = sums.cell, sums.times

    def add(values: Floats) -> Floats:
        return np.asarray(np.bincount(cell, values, minlength=n_cells), dtype=np.float64)

    times, clusters = add(k), np.bincount(cell, minlength=n_cells)
    means = np.empty((n_cells, sums.vectors.shape[1]))
    starts = np.searchsorted(cell, np.arange(n_cells))
    np.divide(np.add.reduceat(sums.vectors, starts, axis=0), times[:, None], out=means)
    residuals = sums.vectors - k[:, None] * means[cell]
    residuals[clusters[cell] == 1] = 0.0
    alike = _measure_likeness(sums, residuals, add, times)
    w = (1 - alike) * k + alike * k**2
    ww, wk, kk = add(w), add(w * k), add(k**2)
    expected = ww - 2 * wk / times + kk * ww / times**2
    squared = (
        add(w**2)
        + 2 * (wk**2 + kk * add(w**2)) / times**2
        + (ww * kk / times**2) ** 2
        - 4 * add(w**2 * k) / times
        + 2 * ww * add(w * k**2) / times**2
        - 4 * ww * wk * kk / times**3
    )
    several = clusters > 1
    dof = np.zeros(n_cells)
    np.divide(expected**2, squared, out=dof, where=several)
    return Noise(times, clusters, means, residuals, alike, ww / times**2, np.where(several, expected, 0.0), dof)


def _measure_likeness(sums: Sums, residuals: Floats, add: Callable[[Floats], Floats], times: Floats) -> float:
    """The correlation of mentions of one document, by moments; 1 where no document has two, as it does not matter."""
    k = sums.times
    spare = (k - 1).sum()
    if spare <= 0:
        return 1.0
    lengths = np.einsum("ij,ij->i", sums.vectors, sums.vectors)
    within = max(0.0, float((sums.squares - lengths / k).sum() / spare))
    kk = add(k**2)
    scatter = float((residuals**2).sum())
    from_within = float((times - kk / times).sum())
    from_between = float((kk - 2 * add(k**3) / times + kk**2 / times**2).sum())
    if from_between <= 0:
        return 1.0
    between = max(0.0, (scatter - within * from_within) / from_between)
    return between / (between + within) if between + within > 0 else 1.0


class Scatter:
    """Covariance of one mention, asked for actor by actor: there may be hundreds, and each is a matrix (d, d).

    Attributes
    ----------
    dof
        Degrees of freedom behind the covariance of each actor (a,); 0 where nothing is known.
    """

    def __init__(self, noise: Noise, actor: Integers, n_actors: int) -> None:
        dof = np.bincount(actor, noise.dof, minlength=n_actors)
        self._noise, self._few = noise, dof < LEAST_DOF
        self.dof = np.where(self._few, dof.sum(), dof)
        every = slice(0, len(noise.residuals)), slice(0, len(noise.expected))
        self._all = self._measure(*every) if self._few.any() and dof.any() else None

    def of(self, a: int, rows: slice, cells: slice) -> Floats | None:
        """Of an actor by its own rows and cells; of all together where its own say too little; None if those do."""
        return self._all if self._few[a] else self._measure(rows, cells)

    def _measure(self, rows: slice, cells: slice) -> Floats:
        residuals = self._noise.residuals[rows]
        return residuals.T @ residuals / self._noise.expected[cells].sum()
