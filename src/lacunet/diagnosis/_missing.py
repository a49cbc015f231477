"""Which cells are missing together, and how well what is known reaches what is not."""

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Floats


def count_patterns(names: tuple[str, ...], is_missing: Bools) -> pd.DataFrame:
    """Count which variables are missing together.

    Parameters
    ----------
    names
        Names of the p variables.
    is_missing
        Shape (n, p).

    Returns
    -------
    pandas.DataFrame
        One row a pattern, most frequent first: n_rows, share (of all rows), n_missing (variables missing in it),
        missing (their names; empty for complete rows).
    """
    packed = np.packbits(is_missing, axis=1)
    _, first, counts = np.unique(packed, axis=0, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    shown = is_missing[first[order]]
    return pd.DataFrame(
        {
            "n_rows": counts[order],
            "share": counts[order] / max(len(is_missing), 1),
            "n_missing": shown.sum(axis=1),
            "missing": [", ".join(names[j] for j in np.flatnonzero(row)) for row in shown],
        }
    )


def measure_flux(names: tuple[str, ...], is_missing: Bools) -> pd.DataFrame:
    r"""Measure how each variable connects to the others through their missing cells.

    Influx says how much of what is known elsewhere can help to impute the variable; outflux how much the variable can
    help to impute the others. A variable with low outflux adds little to an imputation model, and one with high influx
    depends on it most. With :math:`r_{ij} = 1` where cell (i, j) is known:

    .. math::

        I_j = \frac{\sum_k \sum_i (1 - r_{ij}) r_{ik}}{\sum_k \sum_i r_{ik}}, \quad
        O_j = \frac{\sum_k \sum_i r_{ij} (1 - r_{ik})}{\sum_k \sum_i (1 - r_{ik})}

        ainb_j = \frac{\sum_{k \ne j} \sum_i (1 - r_{ij}) r_{ik}}{(p - 1) \sum_i (1 - r_{ij})}, \quad
        aout_j = \frac{\sum_{k \ne j} \sum_i r_{ij} (1 - r_{ik})}{(p - 1) \sum_i r_{ij}}, \quad
        fico_j = \frac{\#\{i: r_{ij} = 1, \textstyle\prod_k r_{ik} = 0\}}{\sum_i r_{ij}}

    Parameters
    ----------
    names
        Names of the p variables.
    is_missing
        Shape (n, p). A cell to which the question did not apply counts as known.

    Returns
    -------
    pandas.DataFrame
        One row a variable: variable, pobs (share known), influx, outflux, ainb, aout, fico; 0 where the sum below the
        fraction is empty, but fico is NaN for a variable that is never known.

    References
    ----------
    van Buuren, S. 2018. Flexible Imputation of Missing Data, 2nd ed., 4.1.3. CRC Press.

    Examples
    --------
    >>> import numpy as np
    >>> measure_flux(("a", "b"), np.array([[False, True], [False, False]]))["outflux"].tolist()
    [1.0, 0.0]
    """
    missing = is_missing.astype(np.float64)
    known = 1.0 - missing
    n_missing, n_known = missing.sum(axis=0), known.sum(axis=0)
    others = max(is_missing.shape[1] - 1, 1)
    inbound = (missing.T @ known).sum(axis=1)
    outbound = (known.T @ missing).sum(axis=1)
    is_incomplete = missing.any(axis=1).astype(np.float64)
    return pd.DataFrame(
        {
            "variable": list(names),
            "pobs": known.mean(axis=0) if len(known) else np.ones(len(names)),
            "influx": _ratio(inbound, known.sum()),
            "outflux": _ratio(outbound, missing.sum()),
            "ainb": _ratio(inbound, others * n_missing),
            "aout": _ratio(outbound, others * n_known),
            "fico": np.where(n_known > 0, _ratio(known.T @ is_incomplete, n_known), np.nan),
        }
    )


def _ratio(part: Floats, whole: Floats | float) -> Floats:
    whole = np.broadcast_to(np.asarray(whole, dtype=np.float64), part.shape)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
