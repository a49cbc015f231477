"""Ratings that people gave to words or documents, whatever they are handed over as."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.errors import ColumnError, DataError, SpecError, suggest
from lacunet.measures.axes import Scores
from lacunet.table._file import read_file
from lacunet.table._frame import as_pandas, is_frame


def read_ratings(given: Any, word: str | None, rating: str | None) -> pd.Series:
    """Ratings by word: from a dictionary, a series, a frame or a file.

    Raises
    ------
    ColumnError
        When a column is not there, or it is not clear which one holds the ratings.
    DataError
        When a word stands twice, or no rating is a number.
    """
    if isinstance(given, Mapping):
        found = pd.Series(dict(given))
    elif isinstance(given, pd.Series):
        found = given
    else:
        found = _read_frame(given, word, rating)
    numbers = pd.to_numeric(found, errors="coerce").astype(np.float64)
    numbers.index = [str(name).strip() for name in found.index]
    wrong = numbers.isna() & found.notna().to_numpy()
    if wrong.any():
        name = numbers.index[int(np.argmax(wrong.to_numpy()))]
        raise DataError(f"The rating of {name!r} is {found[name]!r}. Ratings need to be numbers: correct it.")
    numbers = numbers[numbers.notna()]
    if numbers.empty:
        raise DataError("There is no rating. A word and its rating are needed, a few dozen better. Hand some over.")
    double = numbers.index[numbers.index.duplicated()]
    if len(double):
        raise DataError(
            f"The word {double[0]!r} is rated twice. One rating a word is needed: average those of several "
            "raters first."
        )
    return numbers


def _read_frame(given: Any, word: str | None, rating: str | None) -> pd.Series:
    if not (isinstance(given, str | Path) or is_frame(given)):
        raise SpecError(
            f"ratings is a {type(given).__name__}. A dictionary of word to rating, a series, a frame or a file is "
            "needed: hand over one of them."
        )
    frame = as_pandas(read_file(Path(given))[0] if isinstance(given, str | Path) else given)
    frame.columns = [str(name).strip().lstrip("\ufeff") for name in frame.columns]
    numbers = [name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    texts = [name for name in frame.columns if name not in numbers]
    words = frame[_choose(word, texts, frame, "word", "hold words")]
    return pd.Series(frame[_choose(rating, numbers, frame, "rating", "hold numbers")].to_numpy(), index=words)


def _choose(asked: str | None, fitting: list[str], frame: pd.DataFrame, option: str, what: str) -> str:
    if asked is not None:
        if asked not in frame.columns:
            shown = suggest(asked, frame.columns) or f"The columns are: {', '.join(map(repr, frame.columns))}."
            raise ColumnError(f"{option}={asked!r} is no column of the ratings. One of them is needed. {shown}")
        return asked
    if len(fitting) != 1:
        shown = ", ".join(map(repr, fitting)) or "none"
        raise ColumnError(
            f"{len(fitting)} columns of the ratings {what} ({shown}). It is not clear which one is meant: name it with "
            f"{option}=."
        )
    return fitting[0]


def read_numbers(given: Any, what: str) -> Floats:
    """One number a document (n,), NaN for none.

    Raises
    ------
    DataError
        When these are no numbers in a row.
    """
    try:
        found = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"The {what} are no numbers ({error}). One number a document is needed. Convert them."
        ) from error
    if found.ndim != 1:
        raise DataError(f"The {what} have shape {found.shape}. One number a document is needed. Hand over one column.")
    return found


def read_scores(given: Any) -> tuple[Floats, pd.DataFrame | None]:
    """Scores of documents in each fit (S, n), and the variables of the documents where they are known."""
    if isinstance(given, Scores):
        return np.atleast_2d(given.values), given.variables
    return read_numbers(given, "scores")[None], None
