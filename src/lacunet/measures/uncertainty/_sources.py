"""Two sources of uncertainty, apart and together."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from lacunet._typing import Floats
from lacunet.errors import SpecError


def bootstrap_errors(replicates: Any) -> Floats:
    """Standard deviation over resamples (B, q) of each number (q,); resamples that lack the number are left out.

    NaN where fewer than two resamples have it.
    """
    values = np.asarray(replicates, dtype=np.float64)
    there = np.isfinite(values)
    count = there.sum(axis=0)
    filled = np.where(there, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    squares = np.where(there, (values - mean) ** 2, 0.0).sum(axis=0)
    return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def combine_sources(estimates: Any, errors: Any, dof: Any = np.inf, level: float = 0.95) -> pd.DataFrame:
    r"""Estimates from S fits of the embedding, each with its standard error over documents, as one table.

    .. math:: \bar q = \frac1S \sum_s q_s, \quad W = \frac1S \sum_s u_s^2, \quad
              B = \frac{1}{S - 1} \sum_s (q_s - \bar q)^2, \quad T = W + B / S .

    W is what other documents would have changed, B what another seed of training changes. Both are in T, since the mean
    over S fits is what is reported: with more fits its second part vanishes, the first does not. With one fit B is not
    known, and T = W says nothing of the seed.

    Parameters
    ----------
    estimates, errors
        Of each fit, shape (S, q) or (q,).
    dof
        Degrees of freedom of W, a number or (q,): clusters (or documents) less one.
    level
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``estimate, std_error`` (root of T), ``se_documents`` (root of W), ``sd_seeds`` (root of B; NaN for one fit),
        ``df`` (Satterthwaite), ``conf_low, conf_high``; NaN where an error is not known.

    Raises
    ------
    SpecError
        When the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not between 0 and 1. Write 0.95 for 95 % intervals.")
    q, u = (np.atleast_2d(np.asarray(values, dtype=np.float64)) for values in (estimates, errors))
    n_fits = len(q)
    mean, within = q.mean(axis=0), (u**2).mean(axis=0)
    between = q.var(axis=0, ddof=1) if n_fits > 1 else np.zeros(q.shape[1])
    total = within + between / n_fits
    nu = np.broadcast_to(np.asarray(dof, dtype=np.float64), mean.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = within**2 / nu + ((between / n_fits) ** 2 / (n_fits - 1) if n_fits > 1 else 0.0)
        df = np.where(share > 0, total**2 / share, nu if n_fits == 1 else np.inf)
        df = np.where(np.isnan(total), np.nan, df)
        half = np.where(np.isfinite(df), stdtrit(np.where(np.isfinite(df), df, 1.0), 0.5 + level / 2), _normal(level))
    error = np.sqrt(total)
    return pd.DataFrame(
        {
            "estimate": mean,
            "std_error": error,
            "se_documents": np.sqrt(within),
            "sd_seeds": np.sqrt(between) if n_fits > 1 else np.full(len(mean), np.nan),
            "df": df,
            "conf_low": mean - half * error,
            "conf_high": mean + half * error,
        }
    )


def _normal(level: float) -> float:
    return float(stdtrit(1e10, 0.5 + level / 2))
