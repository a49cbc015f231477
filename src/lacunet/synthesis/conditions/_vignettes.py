"""Profiles as text."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lacunet.errors import ColumnError, SpecError, list_some, suggest
from lacunet.synthesis.conditions.constraints._levels import SHOWN

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def fill_template(template: str, frame: pd.DataFrame, wording: Mapping[str, Mapping[Any, str]]) -> list[str]:
    """One text for each row.

    Parameters
    ----------
    template
        Text with attributes in braces.
    frame
        The attributes.
    wording
        Attribute → level → the words for it.

    Raises
    ------
    ColumnError
        When a name is no attribute, or a level does not exist.
    SpecError
        When no attribute is named, or a brace is left open.
    """
    pieces = _split(template, tuple(frame.columns))
    for name in wording:
        _check_name(name, tuple(frame.columns), "The wording")
    named = {name for is_field, name in pieces if is_field}
    words = {name: _words(frame[name], wording.get(name, {}), name) for name in named}
    return ["".join(words[piece][i] if is_field else piece for is_field, piece in pieces) for i in range(len(frame))]


def _split(template: str, names: tuple[str, ...]) -> list[tuple[bool, str]]:
    """Pieces of plain text, and fields (True)."""
    pieces: list[tuple[bool, str]] = []
    end = 0
    for match in _FIELD.finditer(template):
        pieces.append((False, template[end : match.start()]))
        end = match.end()
        if match.group() in ("{{", "}}"):
            pieces.append((False, match.group()[0]))
        elif match.group(1) is None:
            raise SpecError(
                f"The template has a lone {match.group()!r} at character {match.start() + 1}. A name stands between "
                "two braces. Close it, or double it to write a brace."
            )
        else:
            pieces.append((True, _check_name(match.group(1).strip(), names, "The template")))
    pieces.append((False, template[end:]))
    if not any(is_field for is_field, _ in pieces):
        raise SpecError(
            f"The template {template[:40]!r} names no attribute. At least one is needed, in braces: {{{names[0]}}}. "
            "Write it in."
        )
    return pieces


def _check_name(name: str, names: tuple[str, ...], what: str) -> str:
    if name not in names:
        hint = suggest(name, names) or f"The attributes are: {list_some(names, SHOWN)}."
        raise ColumnError(f"{what} names {name!r}, which is no attribute. Name one that the profiles show. {hint}")
    return name


def _words(cells: pd.Series, wording: Mapping[Any, str], name: str) -> list[str]:
    plain = {_written(level): words for level, words in wording.items()}
    if isinstance(cells.dtype, pd.CategoricalDtype):
        known = [str(level) for level in cells.cat.categories]
        for level in plain:
            if level not in known:
                hint = suggest(level, known) or f"Its levels are: {list_some(map(repr, known), SHOWN)}."
                raise ColumnError(f"The wording of {name!r} names {level!r}, which is none of its levels. {hint}")
    written = [_written(cell) for cell in cells.tolist()]
    return [plain.get(word, word) for word in written]


def _written(cell: Any) -> str:
    if isinstance(cell, pd.Timestamp):
        return cell.date().isoformat() if cell == cell.normalize() else cell.isoformat(sep=" ")
    if isinstance(cell, bool | int | float | np.number | np.bool_):
        number = float(cell)
        return f"{number:.0f}" if number.is_integer() else f"{number:.10g}"
    return str(cell)
