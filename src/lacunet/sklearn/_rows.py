"""What scikit-learn hands over (arrays, lists, frames) as the frame that lacunet reads."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    assert_all_finite,
    check_array,
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from lacunet._check import check_seed
from lacunet._layout import Kind
from lacunet._rng import draw_seed
from lacunet.table._frame import as_pandas, is_frame

SEEDS = 2**31 - 1
"""Number of seeds among which a generator draws."""


def read_rows(estimator: Any, X: Any, *, reset: bool, least: tuple[int, int] = (1, 1)) -> pd.DataFrame:
    """Rows, checked as scikit-learn checks them, as a pandas frame under the estimator's column names.

    Numbers become float64. A frame that also holds other columns keeps those as they are.

    Parameters
    ----------
    estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set, or compared with.
    X
        Inputs, (n, p).
    reset
        Whether the estimator is being fitted.
    least
        Fewest rows and columns.
    """
    checks: dict[str, Any] = {
        "dtype": np.float64,
        "ensure_all_finite": "allow-nan" if estimator.__sklearn_tags__().input_tags.allow_nan else True,
        "ensure_min_samples": least[0],
        "ensure_min_features": least[1],
    }
    frame = as_pandas(X) if is_frame(X) else None
    if frame is None or len(number_columns(frame)) == frame.shape[1]:
        cells = validate_data(estimator, X, reset=reset, **checks)
        return pd.DataFrame(cells, columns=names_of(estimator))
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    frame = frame.set_axis(names_of(estimator), axis="columns")
    numbers = number_columns(frame)
    if not numbers:
        return frame
    cells = check_array(frame[numbers], estimator=estimator, input_name="X", **checks | {"ensure_min_features": 1})
    return frame.assign(**dict(zip(numbers, cells.T, strict=True)))


def read_pair(estimator: Any, X: Any, y: Any) -> tuple[pd.DataFrame, NDArray[Any]]:
    """Inputs and outcome of a fit, checked as scikit-learn checks them: a frame, and an array (n,)."""
    validate_data(estimator, X, y, skip_check_array=True)  # says what is wanted where y is None
    frame = read_rows(estimator, X, reset=True, least=(2, 1))
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    check_consistent_length(frame, y)
    return frame, y


def names_of(estimator: Any) -> list[str]:
    """Names of the columns: those of the frame of the fit, x0, x1, ... without one."""
    return list(getattr(estimator, "feature_names_in_", (f"x{i}" for i in range(estimator.n_features_in_))))


def number_columns(frame: pd.DataFrame) -> list[Any]:
    """Columns of numbers and truth values."""
    return [name for name, dtype in frame.dtypes.items() if pd.api.types.is_numeric_dtype(dtype)]


def kinds_of(frame: pd.DataFrame) -> dict[str, Kind]:
    """Numbers are numbers, with many values or with few; the other columns say what they are by their type."""
    return {name: "continuous" for name in number_columns(frame) if not pd.api.types.is_bool_dtype(frame[name].dtype)}


def free_name(wish: str, taken: Iterable[str]) -> str:
    """The name, with underscores before it while a column has it."""
    known = set(taken)
    while wish in known:
        wish = f"_{wish}"
    return wish


def seed_of(random_state: Any) -> int:
    """Seed of a ``random_state``: the whole number itself, one drawn from a generator, or for None from the system."""
    if random_state is None:
        return draw_seed()
    if isinstance(random_state, int | np.integer):
        return check_seed(random_state)
    return int(check_random_state(random_state).randint(SEEDS))
