"""Other people's fitted models: estimates, covariance, degrees of freedom, whatever they are called."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.pooling._repeat import Answer

STATISTICS = {
    "r_squared": ("rsquared", "_r2"),
    "log_likelihood": ("llf", "loglik", "_loglik"),
    "aic": ("aic",),
    "bic": ("bic",),
}
"""Statistics that are kept where a fitted model has them, under the attributes that hold them."""


def read_fit(fitted: Any) -> Answer:
    """Read whatever an analysis returned.

    Understood are pairs ``(estimates, covariance)`` and triples with the degrees of freedom, and fitted models of
    statsmodels, linearmodels and pyfixest, or whatever has ``params`` with ``cov_params()`` or ``cov``, or ``coef()``
    with ``_vcov``.

    Raises
    ------
    SpecError
        When it is none of these, its shapes do not fit each other, or it has coefficients without a covariance.
    """
    if isinstance(fitted, tuple | list):
        return _read_tuple(fitted)
    if hasattr(fitted, "params") and (hasattr(fitted, "cov_params") or hasattr(fitted, "cov")):
        return _read_params(fitted)
    if hasattr(fitted, "_vcov") and callable(getattr(fitted, "coef", None)):
        return _read_pyfixest(fitted)
    if hasattr(fitted, "coef_"):
        raise SpecError(
            f"The analysis returned a {type(fitted).__name__}, which has coefficients and no covariance matrix. "
            "Rubin's rules need the uncertainty within each data set: say bootstrap=200 to get it by resampling rows, "
            "or use a model of statsmodels."
        )
    raise SpecError(
        f"The analysis returned {_describe(fitted)}. Return a fitted model (of statsmodels, linearmodels or pyfixest), "
        "or the pair (estimates, covariance), with the degrees of freedom as a third where they are known."
    )


def read_coefficients(fitted: Any) -> tuple[tuple[str, ...], Floats]:
    """Names and coefficients alone, for analyses whose uncertainty comes from resampling."""
    if hasattr(fitted, "coef_"):
        return _read_learner(fitted)
    if isinstance(fitted, tuple | list | dict) or hasattr(fitted, "params") or hasattr(fitted, "coef"):
        answer = None if _is_plain(fitted) else read_fit(fitted)
        if answer is not None:
            return answer.names, answer.estimates
    return _names_of(fitted), _as_vector(fitted)


def _is_plain(fitted: Any) -> bool:
    """Whether it is a row of numbers, rather than a pair of estimates and covariance."""
    if isinstance(fitted, dict):
        return True
    return isinstance(fitted, tuple | list) and all(np.ndim(value) == 0 for value in fitted)


def _read_tuple(fitted: Any) -> Answer:
    if len(fitted) not in (2, 3):
        raise SpecError(
            f"The analysis returned {len(fitted)} things. Return (estimates, covariance) or "
            "(estimates, covariance, degrees of freedom)."
        )
    estimates, covariance = _as_vector(fitted[0]), np.asarray(fitted[1], dtype=np.float64)
    dof = np.inf if len(fitted) == 2 or fitted[2] is None else float(fitted[2])
    return _checked(_names_of(fitted[0]), estimates, covariance, dof, None, {})


def _read_params(fitted: Any) -> Answer:
    params = fitted.params
    covariance = fitted.cov_params() if hasattr(fitted, "cov_params") else fitted.cov
    names = _names_of(params)
    if not hasattr(params, "index"):
        names = _names_of_model(fitted, np.size(params)) or names
    n_obs = getattr(fitted, "nobs", None)
    return _checked(
        names,
        _as_vector(params),
        np.asarray(covariance, dtype=np.float64),
        _dof_of(fitted),
        None if n_obs is None else int(n_obs),
        _statistics_of(fitted),
    )


def _dof_of(fitted: Any) -> float:
    """Degrees of freedom that the model itself would use for its t distributions."""
    for name in ("df_resid_inference", "df_resid"):
        found = getattr(fitted, name, None)
        if found is not None and np.isfinite(float(found)):
            return float(found)
    return np.inf


def _read_pyfixest(fitted: Any) -> Answer:
    coefficients = fitted.coef()
    dof, n_obs = getattr(fitted, "_df_t", np.inf), getattr(fitted, "_N", None)
    return _checked(
        _names_of(coefficients),
        _as_vector(coefficients),
        np.asarray(fitted._vcov, dtype=np.float64),
        float(np.min(dof)),
        None if n_obs is None else int(n_obs),
        _statistics_of(fitted),
    )


def _read_learner(fitted: Any) -> tuple[tuple[str, ...], Floats]:
    """Coefficients of an estimator in scikit-learn's manner, intercept first, classes one after the other."""
    slopes = np.atleast_2d(np.asarray(fitted.coef_, dtype=np.float64))
    inputs = [str(name) for name in getattr(fitted, "feature_names_in_", [f"x{j}" for j in range(slopes.shape[1])])]
    intercepts = np.broadcast_to(np.atleast_1d(np.asarray(getattr(fitted, "intercept_", 0.0))), len(slopes))
    heads = [""] if len(slopes) == 1 else [f"{label}: " for label in getattr(fitted, "classes_", range(len(slopes)))]
    names = tuple(f"{head}{name}" for head in heads for name in ("Intercept", *inputs))
    return names, np.column_stack([intercepts, slopes]).ravel()


def _as_vector(estimates: Any) -> Floats:
    """Estimates as one row; a matrix (a multinomial logit) column by column, as its covariance is ordered."""
    if isinstance(estimates, dict):
        estimates = list(estimates.values())
    try:
        return np.asarray(estimates, dtype=np.float64).ravel(order="F")
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"The analysis returned {_describe(estimates)} as estimates. Numbers are needed, one per coefficient."
        ) from error


def _names_of(estimates: Any) -> tuple[str, ...]:
    if isinstance(estimates, pd.DataFrame):
        return tuple(f"{level}: {name}" for level in estimates.columns for name in estimates.index)
    if isinstance(estimates, dict):
        return tuple(map(str, estimates))
    if isinstance(estimates, pd.Series):
        return tuple(map(str, estimates.index))
    return tuple(f"b{j}" for j in range(np.size(estimates)))


def _names_of_model(fitted: Any, k: int) -> tuple[str, ...]:
    names = getattr(getattr(fitted, "model", None), "exog_names", None) or ()
    return tuple(map(str, names)) if len(names) == k else ()


def _statistics_of(fitted: Any) -> dict[str, float]:
    found = {}
    for key, attributes in STATISTICS.items():
        for attribute in attributes:
            value = getattr(fitted, attribute, None)
            if isinstance(value, int | float | np.floating) and np.isfinite(value):
                found[key] = float(value)
                break
    return found


def _checked(
    names: tuple[str, ...],
    estimates: Floats,
    covariance: Floats,
    dof: float,
    n_obs: int | None,
    statistics: dict[str, float],
) -> Answer:
    covariance = covariance.reshape(1, 1) if covariance.size == 1 else covariance
    if covariance.shape != (len(estimates), len(estimates)):
        raise SpecError(
            f"The analysis returned {len(estimates)} estimates and a covariance of shape {covariance.shape}. "
            "A square matrix with one row per estimate is needed (a variance, not a standard error, for one estimate)."
        )
    if not (np.isfinite(estimates).all() and np.isfinite(covariance).all()):
        raise SpecError(
            "The analysis returned estimates or variances that are not finite. Its model was not estimated: look for "
            "redundant terms or empty levels."
        )
    if (np.diag(covariance) < 0).any():
        raise SpecError(
            "The analysis returned a negative variance. Its model did not converge, or the matrix is not a covariance."
        )
    return Answer(names=names, estimates=estimates, covariance=covariance, dof=dof, n_obs=n_obs, statistics=statistics)


def _describe(thing: Any) -> str:
    return "nothing" if thing is None else f"a {type(thing).__name__}"
