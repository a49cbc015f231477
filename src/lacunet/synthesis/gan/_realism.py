"""How real and how varied generated rows are: shares of neighbours, beside the floor of two real halves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count, check_seed
from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.errors import DataError

BLOCK = 1_000


@dataclass(frozen=True, kw_only=True)
class Realism:
    """Four shares of generated rows against real ones, and the same for a second real half.

    Attributes
    ----------
    precision
        Share of generated rows that lie among the real ones (realism).
    recall
        Share of real rows that lie among the generated ones (variety).
    density
        As precision, but counting how many real neighbourhoods hold a generated row; 1 is expected.
    coverage
        Share of real rows with a generated row in their own neighbourhood.
    floor
        The four values for real rows in the place of generated ones.
    n, k
        Rows of each side, and neighbours that make a neighbourhood.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    floor: dict[str, float]
    n: int
    k: int

    def table(self) -> pd.DataFrame:
        """Value and floor of each measure."""
        names = list(self.floor)
        return pd.DataFrame(
            {"value": [getattr(self, name) for name in names], "floor": list(self.floor.values())},
            index=pd.Index(names, name="measure"),
        )


def realism(
    real: Any,
    synthetic: Any,
    *,
    features: Callable[[Floats], Any] | None = None,
    k: int = 5,
    seed: int = 0,
) -> Realism:
    r"""Realism and variety of generated rows.

    For arrays such as pictures, where single columns mean little; for tables use `judge`. The real rows are cut into
    two halves: the generated rows are compared with the one, and so is the other, which gives the floor. A row lies
    among others when it is inside one of their neighbourhoods, the ball around a row that reaches its k-th neighbour.

    .. math::

        \text{precision} = \frac{1}{n} \sum_j 1[y_j \in \textstyle\bigcup_i B_k(x_i)], \quad
        \text{density} = \frac{1}{kn} \sum_j \sum_i 1[y_j \in B_k(x_i)], \quad
        \text{coverage} = \frac{1}{n} \sum_i 1[\exists j: y_j \in B_k(x_i)]

    with x real and y generated rows; recall is precision with the two exchanged.

    Parameters
    ----------
    real, synthetic
        Rows, (n, p) and (at least n // 2, p).
    features
        Carries rows to the space where distances are taken; None for the standardised columns.
    k
        Neighbours of a neighbourhood.
    seed
        Which rows make the halves.

    Returns
    -------
    Realism
        Shares and their floors.

    Raises
    ------
    DataError
        When the arrays do not fit each other or are too short.

    References
    ----------
    Kynkäänniemi, T., T. Karras, S. Laine, J. Lehtinen, and T. Aila. 2019. Improved precision and recall metric for
    assessing generative models. NeurIPS.
    Naeem, M. F., S. J. Oh, Y. Uh, Y. Choi, and J. Yoo. 2020. Reliable fidelity and diversity metrics for generative
    models. ICML.
    Differs: each share stands beside that of a second real half.
    """
    x, y = np.asarray(real, dtype=np.float64), np.asarray(synthetic, dtype=np.float64)
    n, k = len(x) // 2, check_count(k, "k")
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or len(y) < n or n <= k:
        raise DataError(
            f"real has shape {x.shape} and synthetic {y.shape}. Two-dimensional arrays with the same columns are "
            f"needed, with more than {2 * k + 1} real rows and at least half as many synthetic ones as real."
        )
    if features is None:
        spread = x.std(axis=0)
        centre, spread = x.mean(axis=0), np.where(spread > 0, spread, 1.0)
        x, y = (x - centre) / spread, (y - centre) / spread
    else:
        x, y = np.asarray(features(x), dtype=np.float64), np.asarray(features(y), dtype=np.float64)
    rng = generator(check_seed(seed), "halves")
    order = rng.permutation(len(x))
    one, other = x[order[:n]], x[order[n : 2 * n]]
    made = y[rng.permutation(len(y))[:n]]
    return Realism(**_shares(one, made, k), floor=_shares(one, other, k), n=n, k=k)


def _shares(real: Floats, made: Floats, k: int) -> dict[str, float]:
    reach, reach_made = _reach(real, k), _reach(made, k)
    inside, inside_made = np.zeros(len(made)), np.zeros(len(real), dtype=bool)
    covered = np.zeros(len(real), dtype=bool)
    for at in range(0, len(real), BLOCK):
        here = slice(at, at + BLOCK)
        gap = _distances(real[here], made)
        near = gap <= reach[here, None]
        inside += near.sum(axis=0)
        covered[here] = near.any(axis=1)
        inside_made[here] = (gap <= reach_made).any(axis=1)
    return {
        "precision": float(np.mean(inside > 0)),
        "recall": float(np.mean(inside_made)),
        "density": float(inside.mean() / k),
        "coverage": float(np.mean(covered)),
    }


def _reach(rows: Floats, k: int) -> Floats:
    """Distance of each row to its k-th neighbour."""
    parts = [np.partition(_distances(rows[i : i + BLOCK], rows), k, axis=1)[:, k] for i in range(0, len(rows), BLOCK)]
    return np.concatenate(parts)


def _distances(one: Floats, other: Floats) -> Floats:
    squared = np.sum(one**2, axis=1)[:, None] + np.sum(other**2, axis=1) - 2 * one @ other.T
    return np.sqrt(np.maximum(squared, 0.0))
