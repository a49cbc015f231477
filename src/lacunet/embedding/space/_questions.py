"""Sets of human judgements: rated pairs of words, and analogies, from files and frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lacunet._typing import Frame, PathLike
from lacunet.embedding.space._files import opened
from lacunet.errors import DataError

SEPARATORS = ("\t", ",", ";")
"""What parts fields, where it stands in the first line; else any space."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Pairs of words with the ratings that people gave them."""

    name: str
    words: tuple[tuple[str, str], ...]
    ratings: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Analogies:
    """Questions of four words, each with its section."""

    name: str
    words: tuple[tuple[str, str, str, str], ...]
    sections: tuple[str, ...]


def read_questions(data: PathLike | Frame) -> Pairs | Analogies:
    """Read a set of judgements, whichever of the two it is.

    Raises
    ------
    DataError
        When it is neither.
    """
    if isinstance(data, str | Path):
        return _read_file(data)
    frame = data if isinstance(data, pd.DataFrame) else data.to_pandas() if hasattr(data, "to_pandas") else None
    if frame is None or frame.shape[1] not in (3, 4, 5):
        raise DataError(
            f"A {type(data).__name__} of shape {getattr(data, 'shape', '?')} is no set of judgements. A file is "
            "needed, or a frame with two words and a rating, with four words, or with a section and four words. Pick "
            "columns."
        )
    rows = [(f"Row {i}", tuple(row)) for i, row in enumerate(frame.itertuples(index=False, name=None))]
    if frame.shape[1] == 3:
        return _as_pairs("frame", rows, score=2)
    sections = ["all"] * len(rows) if frame.shape[1] == 4 else [str(row[0]) for _, row in rows]
    return _as_analogies("frame", [(place, row[-4:]) for place, row in rows], sections)


def _read_file(path: PathLike) -> Pairs | Analogies:
    name = Path(path).name
    lines = list(_lines(path))
    if not lines:
        raise DataError(f"'{path}' is empty. Rated pairs of words or analogies are needed. Check the path.")
    is_four_words = len(lines[-1][1].split()) == 4 and not any(map(_is_number, lines[-1][1].split()))
    if is_four_words or any(line.startswith(":") for _, line in lines):
        return _read_analogies(name, lines)
    separator = next((mark for mark in SEPARATORS if mark in lines[0][1]), None)
    rows = [(place, tuple(field.strip() for field in line.split(separator))) for place, line in lines]
    score = next((i for i, field in enumerate(rows[-1][1]) if i > 1 and _is_number(field)), 2)
    if len(rows) > 1 and not _is_number(rows[0][1][score] if len(rows[0][1]) > score else ""):
        rows = rows[1:]  # names of columns
    return _as_pairs(name, rows, score)


def _read_analogies(name: str, lines: list[tuple[str, str]]) -> Analogies:
    rows, sections, section = [], [], "all"
    for place, line in lines:
        if line.startswith(":"):
            section = line[1:].strip()
        else:
            rows.append((place, tuple(line.split())))
            sections.append(section)
    return _as_analogies(name, rows, sections)


def _as_pairs(name: str, rows: list[tuple[str, tuple[Any, ...]]], score: int) -> Pairs:
    for place, row in rows:
        if len(row) <= score or not _is_number(row[score]):
            raise DataError(
                f"{place} of {name} is {row!r}. Two words and a rating are needed, the rating in place {score + 1}. "
                "Correct or remove it."
            )
    return Pairs(
        name=name,
        words=tuple((str(row[0]), str(row[1])) for _, row in rows),
        ratings=tuple(float(row[score]) for _, row in rows),
    )


def _as_analogies(name: str, rows: list[tuple[str, tuple[Any, ...]]], sections: list[str]) -> Analogies:
    for place, row in rows:
        if len(row) != 4:
            raise DataError(f"{place} of {name} is {row!r}. Four words are needed in an analogy. Correct or remove it.")
    a = tuple((str(a), str(b), str(c), str(d)) for _, (a, b, c, d) in rows)
    return Analogies(name=name, words=a, sections=tuple(sections))


def _lines(path: PathLike) -> Iterator[tuple[str, str]]:
    """Lines with something in them, but for comments, each with its place."""
    with opened(path) as file:
        for i, raw in enumerate(file, start=1):
            line = raw.decode("utf-8-sig", errors="replace").strip()
            if line and not line.startswith("#"):
                yield f"Line {i}", line


def _is_number(field: Any) -> bool:
    try:
        return float(field) == float(field)
    except (TypeError, ValueError):
        return False
