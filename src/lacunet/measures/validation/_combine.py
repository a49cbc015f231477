"""One statistic over several fits: an estimate with an interval, made on the scale where it is nearly normal."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit, logit, ndtr, stdtr

from lacunet._typing import Floats
from lacunet.measures.validation._separation import quantile

Scale = tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]
SCALES: dict[str, Scale] = {
    "logit": (logit, expit, lambda value: value * (1 - value)),
    "artanh": (np.arctanh, np.tanh, lambda value: 1 - value**2),
    "itself": (lambda value: value, lambda value: value, lambda value: 1.0),
}
"""Name of a scale to the way there, the way back, and the slope of the way back at a value."""


def combine_fits(
    name: str, estimates: Any, errors: Any, *, scale: str, df: float, null: float, level: float
) -> dict[str, Any]:
    r"""One row of a table from S fits: what documents and what seeds contribute stands apart.

    On the scale z the variance is :math:`\frac1S \sum_s u_s^2 + \frac{1}{S} \operatorname{var}_s z_s`.

    Parameters
    ----------
    name
        Of the statistic.
    estimates, errors
        Of each fit (S,), the errors on the scale of the estimates.
    scale
        "logit", "artanh" or "itself".
    df
        Degrees of freedom of the errors, infinite for the normal.
    null
        Value that the p-value is about.
    level
        Level of the interval.

    Returns
    -------
    dict
        statistic, estimate, std_error, se_documents, sd_seeds, df, p_value, conf_low, conf_high. At the end of a scale
        (an area or a correlation of 1), and where errors are 0, they are not known, and the interval is NaN.
    """
    values, u = np.atleast_1d(np.asarray(estimates, dtype=np.float64)), np.atleast_1d(np.asarray(errors, np.float64))
    there, back, slope = SCALES[scale]
    n_fits, mean = len(values), float(values.mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        z, own = there(values), u / slope(values)
        within = float((own**2).mean())
        total = float(np.sqrt(within + (z.var(ddof=1) / n_fits if n_fits > 1 else 0.0)))
        at, half = float(z.mean()), quantile(df, level) * total
        # An error of 0 says that the data cannot show it (a group in one cluster), not that there is none.
        total = total if total > 0 else np.nan
        far = abs(at - there(null)) / total
        p = float(2 * (stdtr(df, -far) if np.isfinite(df) else ndtr(-far)))
        low, high = float(back(at - half)), float(back(at + half))
    if not np.isfinite([at, total]).all():
        total = within = p = low = high = np.nan
    factor = slope(mean)
    return {
        "statistic": name,
        "estimate": mean,
        "std_error": total * factor,
        "se_documents": float(np.sqrt(within)) * factor,
        "sd_seeds": sd_over(values),
        "df": df,
        "p_value": p,
        "conf_low": low,
        "conf_high": high,
    }


def sd_over(values: Floats) -> float:
    """Standard deviation over fits; NaN for one."""
    return float(values.std(ddof=1)) if len(values) > 1 else np.nan
