"""How one column of the real file spells its cells, and what another tool's spelling of them means."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import OBSERVED
from lacunet._typing import Floats, States
from lacunet.errors import list_some
from lacunet.table import Column
from lacunet.table._codec import EPOCH, day_of, looks_like_dates
from lacunet.table._codes import Cells, factorise
from lacunet.table._missing import as_number
from lacunet.table._raw import RawColumn

EMPTY = "(empty)"
EMPTY_WORDS = frozenset({"", "nan", "none", "null", "na", "n/a", "<na>", "nat"})
"""Words that tools write for an empty cell, where the real file knows no such level."""
MOST_REASONS = 100
"""Reasons that a column is given; further words share the last."""

Meaning = tuple[float, int]
"""Value (NaN where there is none) and reason (0 where there is a value)."""


class Spelling:
    """One column of the real file as a dictionary from spellings to meanings; what it meets and does not know, it adds.

    Parameters
    ----------
    column
        The schema's entry.
    raw, values, state
        The column's cells in the real file, as they stand and as read.
    """

    def __init__(self, column: Column, raw: RawColumn, values: Floats, state: States) -> None:
        self.column = column
        self.levels: list[str] = list(column.level_labels()) if column.is_category else []
        self.n_levels = len(self.levels)
        self.reasons: list[str] = []
        self.strange: Counter[str] = Counter()
        self.respelled: Counter[str] = Counter()
        self._levels_by_key = self._index_levels()
        self._reasons_by_key: dict[str, int] = {}
        cells = factorise(raw)
        is_out = state != OBSERVED
        words = _words_of(cells)
        spelled = Counter(words[code] for code in _places(cells)[is_out].tolist())
        for word, _ in spelled.most_common(MOST_REASONS):
            self._add_reason(word)
        by_word = np.array([self._reasons_by_key.get(word, 1) for word in words], dtype=np.int8)
        self.own_reason: NDArray[np.int8] = np.where(is_out, by_word[_places(cells)], 0).astype(np.int8)
        self.own_values: Floats = np.where(is_out, np.nan, values) + 0.0
        self.n_reasons = len(self.reasons)

    def read(self, raw: RawColumn) -> tuple[Floats, NDArray[np.int8]]:
        """Values and reasons of another file's cells, shape (n,) each."""
        cells = factorise(raw)
        words = _words_of(cells)
        places = _places(cells)
        counts = np.bincount(places, minlength=len(words))
        meanings = [
            self._mean(word, value, int(count)) if count else (np.nan, 0)
            for word, value, count in zip(
                words, [*cells.distinct, *[None] * (len(words) - len(cells.distinct))], counts
            )
        ]
        values = np.array([meaning[0] for meaning in meanings])
        reasons = np.array([meaning[1] for meaning in meanings], dtype=np.int8)
        return values[places], reasons[places]

    def notes(self) -> tuple[str, ...]:
        """What the real file never holds, in a sentence."""
        name = self.column.name
        notes = []
        if self.strange:
            shown = ", ".join(repr(word) for word, _ in self.strange.most_common(3))
            more = f" and {len(self.strange) - 3} more" if len(self.strange) > 3 else ""
            notes.append(
                f"{name}: {self.strange.total():,} synthetic cells hold {shown}{more}, which the real file never does; "
                "they count as categories of their own."
            )
        return tuple(notes)

    def _index_levels(self) -> dict[str, int]:
        """Spelling → position; the level itself before its number, its label, and its word in another case."""
        found: dict[str, int] = {}
        keys = [_text(level) for level in self.column.levels]
        forms = (
            keys,
            [_number_key(level) for level in self.column.levels],
            [str(self.column.value_labels.get(level, "")).strip() for level in self.column.levels],
            [key.casefold() for key in keys],
        )
        for form in forms:
            for position, key in enumerate(form):
                if key:
                    found.setdefault(key, position)
        return found

    def _add_reason(self, word: str) -> int:
        if len(self.reasons) < MOST_REASONS:
            self.reasons.append(word)
        reason = len(self.reasons)
        for key in (word, _number_key(word)):
            if key:
                self._reasons_by_key.setdefault(key, reason)
        return reason

    def _mean(self, word: str, value: Any, count: int) -> Meaning:
        reason = self._reasons_by_key.get(word) or self._reasons_by_key.get(_number_key(value) or word)
        if reason:
            return np.nan, reason
        if word != EMPTY and self.column.is_category:
            position = self._position(word, value)
            if position is not None:
                self._note_spelling(word, position, count)
                return float(position), 0
        elif word != EMPTY:
            number = _as_value(self.column, value)
            if number is not None and np.isfinite(number):
                return number, 0
        return self._unknown(word, count)

    def _position(self, word: str, value: Any) -> int | None:
        for key in (word, _number_key(value), _number_key(_as_value(self.column, value)), word.casefold()):
            if key and key in self._levels_by_key:
                return self._levels_by_key[key]
        return None

    def _note_spelling(self, word: str, position: int, count: int) -> None:
        own = _text(self.column.levels[position]) if position < self.n_levels else word
        if own != word:
            self.respelled[f"{word!r} as {own!r}"] += count

    def _unknown(self, word: str, count: int) -> Meaning:
        is_empty = word == EMPTY or word.casefold() in EMPTY_WORDS
        if is_empty and self.n_reasons == 1:
            self.respelled[f"an empty cell as {self.reasons[0]!r}"] += count
            return np.nan, 1
        if is_empty and EMPTY in self._reasons_by_key:
            return np.nan, self._reasons_by_key[EMPTY]
        self.strange[EMPTY if is_empty else word] += count
        if is_empty or not self.column.is_category:
            return np.nan, self._add_reason(EMPTY if is_empty else word)
        self.levels.append(word)
        self._levels_by_key[word] = len(self.levels) - 1
        return float(len(self.levels) - 1), 0


def note_respelled(spellings: Iterable[Spelling]) -> tuple[str, ...]:
    """What was understood although it is spelled otherwise, in one sentence for all columns; none if nothing was."""
    found = [spelling for spelling in spellings if spelling.respelled]
    if not found:
        return ()
    names = [spelling.column.name for spelling in found]
    examples = [f"{spelling.respelled.most_common(1)[0][0]} in {spelling.column.name}" for spelling in found[:2]]
    total = sum(spelling.respelled.total() for spelling in found)
    return (
        f"Spelled otherwise than in the real file, and understood: {total:,} cells of {list_some(names)} "
        f"(for example {', '.join(examples)}).",
    )


def _places(cells: Cells) -> NDArray[np.int64]:
    """Position of each cell's word in `_words_of`."""
    places = np.where(cells.codes < 0, len(cells.distinct), cells.codes)
    if len(cells.tags):
        letters = np.unique(cells.tags[cells.tags > 0])
        for i, letter in enumerate(letters):
            places = np.where((cells.codes < 0) & (cells.tags == letter), len(cells.distinct) + 1 + i, places)
    return places


def _words_of(cells: Cells) -> list[str]:
    """Spelling of each distinct value, of an empty cell, and of each of Stata's letters."""
    letters = [f".{chr(letter)}" for letter in np.unique(cells.tags) if letter]
    values: Iterable[Any] = cells.distinct
    if cells.is_date:
        values = [EPOCH + dt.timedelta(days=day) for day in cells.distinct]
    return [*(_text(value) for value in values), EMPTY, *letters]


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return _write_number(value)
    return str(value).strip()


def _number_key(value: Any) -> str:
    """The number that a value is or spells, as text; "" where it is none. 1, 1.0, "1.0" and True are the same."""
    if isinstance(value, str) and value.strip().casefold() in ("true", "false"):
        return str(int(value.strip().casefold() == "true"))
    number = None if value is None else as_number(value)
    return "" if number is None else _write_number(number)


def _write_number(number: float | np.floating) -> str:
    """As text; rounding makes a minus zero of a small number, which is no other code than 0."""
    return f"{number + 0.0:.15g}"


def _as_value(column: Column, value: Any) -> float | None:
    """The number, or day, that a value is or spells."""
    if column.kind == "date" or column.origin.spelling == "dates" or column.storage == "date":
        if isinstance(value, str) and looks_like_dates([value[:10]]):
            return day_of(value[:10])
        if isinstance(value, dt.date):
            return day_of(value)
    key = _number_key(value)
    return float(key) if key else None
