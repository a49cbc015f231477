"""Filled sheets and their key: read, checked row by row, and turned into numbers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError, nearest, warn_user
from lacunet.report._words import count
from lacunet.table._file import read_file
from lacunet.table._frame import as_pandas, is_frame

COMMON = ["row", "rater", "item", "is_repeat"]
KEYS = {
    "pairs": [*COMMON, "left", "right", "score_left", "score_right"],
    "single": [*COMMON, "document", "score", "scale"],
}
"""Columns of the key of each design."""
SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}


def design_of(key: pd.DataFrame) -> Literal["pairs", "single"]:
    """Which design a key is of."""
    return "pairs" if "left" in key.columns else "single"


def check_key(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A key as `RatingSheet.save` wrote it.

    Raises
    ------
    DataError
        When a column is missing or holds something else than numbers.
    """
    columns = KEYS[design_of(frame)]
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DataError(
            f"The file {name!r} has no column {missing[0]!r}. The key needs {', '.join(columns)}: name the file that "
            "save wrote beside the sheets, which ends in -key.csv."
        )
    scores = [column for column in columns if column.startswith("score")]
    try:
        whole = {column: frame[column].astype(np.int64) for column in columns if column not in scores}
        return frame[columns].assign(**whole, **{column: frame[column].astype(np.float64) for column in scores})
    except (TypeError, ValueError) as error:
        raise DataError(
            f"The file {name!r} holds something else than numbers ({error}). The key is needed as save wrote it: take "
            "the file from before it was edited."
        ) from error


def read_answers(given: Sequence[Any], key: pd.DataFrame) -> Floats:
    """One number a row of the key (n,), NaN where the answer is missing.

    Of pairs 1 where the text that the item names first (the one with the higher score) was chosen, else 0; of single
    texts the rating.

    Raises
    ------
    DataError
        When a column is missing, a row is unknown or answered twice in two ways, or an answer is not allowed.
    """
    column = "choice" if design_of(key) == "pairs" else "rating"
    filled = pd.concat([_read_sheet(one, column) for one in given], ignore_index=True)
    rows = pd.to_numeric(filled["row"], errors="coerce")
    unknown = ~rows.isin(key["row"]).to_numpy()
    if unknown.any():
        found = filled["row"].iloc[int(np.argmax(unknown))]
        raise DataError(
            f"The sheets answer row {found!r}. There are rows 1 to {len(key):,}: check that the key belongs to these "
            "sheets."
        )
    written = filled[column].map(lambda cell: "" if pd.isna(cell) else str(cell).strip().lower())
    answered = pd.DataFrame({"row": rows.astype(np.int64), "answer": written})
    answered = answered[answered["answer"] != ""].drop_duplicates()
    double = answered["row"].duplicated()
    if double.any():
        raise DataError(
            f"Row {int(answered['row'][double].iloc[0])} is answered twice, in two ways. One answer a row is needed: "
            "leave the other out."
        )
    if answered.empty:
        raise DataError(f"No row of the sheets is answered. The column {column!r} needs answers: fill it in.")
    asked = key.set_index("row").loc[answered["row"]].reset_index()
    read = _read_choices if column == "choice" else _read_numbers
    numbers = pd.Series(np.nan, index=key["row"])
    numbers[answered["row"].to_numpy()] = read(answered["answer"].tolist(), asked)
    n_missing = int(numbers.isna().sum())
    if n_missing:
        warn_user(
            f"{count(n_missing, 'row')} of {len(key):,} have no answer. All are needed for the figures as planned: "
            "they rest on the others."
        )
    return numbers.to_numpy()


def _read_sheet(given: Any, column: str) -> pd.DataFrame:
    if not (isinstance(given, str | Path) or is_frame(given)):
        raise SpecError(
            f"A filled sheet is a {type(given).__name__}. A frame or a file is needed, or a list of them."
            " Hand them over."
        )
    frame = as_pandas(read_file(Path(given))[0] if isinstance(given, str | Path) else given)
    for name in ("row", column):
        if name not in frame.columns:
            near = nearest(name, frame.columns) or "the one that holds it"
            raise DataError(
                f"The sheet has no column {name!r}; it has {', '.join(map(repr, frame.columns))}. A column with this "
                f"name is needed: rename {near}."
            )
    return frame[["row", column]].astype(object)


def _read_choices(answers: list[str], asked: pd.DataFrame) -> list[float]:
    wrong = next((i for i, answer in enumerate(answers) if answer not in SIDES), None)
    if wrong is not None:
        raise DataError(
            f"Row {asked['row'][wrong]} has the choice {answers[wrong]!r}. It needs 'left' or 'right': correct it, or "
            "leave it empty."
        )
    first = first_of(asked)
    chosen = [asked[SIDES[answer]][i] for i, answer in enumerate(answers)]
    return [float(one == other) for one, other in zip(chosen, first, strict=True)]


def first_of(key: pd.DataFrame) -> list[int]:
    """Of each pair the text that its answers are counted for: the higher score, or the lower number without scores."""
    is_left = np.where(
        key["score_left"].isna(), key["left"] < key["right"], key["score_left"] > key["score_right"]
    ).astype(bool)
    return np.where(is_left, key["left"], key["right"]).tolist()


def _read_numbers(answers: list[str], asked: pd.DataFrame) -> list[float]:
    numbers = pd.to_numeric(pd.Series(answers), errors="coerce")
    is_right = numbers.between(1, asked["scale"]) & (numbers % 1 == 0)
    if not is_right.all():
        wrong = int(np.argmin(is_right.to_numpy()))
        raise DataError(
            f"Row {asked['row'][wrong]} has the rating {answers[wrong]!r}. It needs a whole number from 1 to "
            f"{asked['scale'][wrong]}: correct it, or leave it empty."
        )
    return numbers.tolist()
