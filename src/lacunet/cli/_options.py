"""What is typed after an option, as the library takes it. Each says what it saw when it cannot be read."""

from collections.abc import Sequence
from typing import Any, cast

from lacunet._layout import KINDS, Kind
from lacunet.errors import SpecError

Codes = dict[str, list[str | None]] | list[str | None]
EMPTY = ":empty:"
"""Word for a cell that holds nothing, where a code is asked for."""

CHOOSE = "choose"
"""Word for a number that the data choose."""


def read_kinds(typed: Sequence[str]) -> dict[str, Kind] | None:
    """Read ``income=semicontinuous``, several with commas or by repeating the option.

    Examples
    --------
    >>> read_kinds(["income=semicontinuous,age=count", "sex=binary"])
    {'income': 'semicontinuous', 'age': 'count', 'sex': 'binary'}
    """
    kinds: dict[str, Kind] = {}
    for piece in (piece for words in typed for piece in words.split(",") if piece.strip()):
        name, sign, kind = piece.partition("=")
        if not (sign and name.strip() and kind.strip()):
            raise SpecError(f"--kinds got '{piece}'. It needs column=kind, for example --kinds income=semicontinuous.")
        if kind.strip() not in KINDS:
            raise SpecError(f"--kinds got '{piece}'. The kinds are {', '.join(KINDS)}.")
        kinds[name.strip()] = cast(Kind, kind.strip())
    return kinds or None


def read_codes(typed: Sequence[str], option: str) -> Codes | None:
    """Read ``income=refused,-8`` (one column) or ``-8,-9`` (every column); not both at once.

    ``:empty:`` stands for an empty cell.

    Examples
    --------
    >>> read_codes(["income=refused,-8", "age=-1"], "--missing-codes")
    {'income': ['refused', '-8'], 'age': ['-1']}
    >>> read_codes(["-8,-9"], "--missing-codes")
    ['-8', '-9']
    >>> read_codes(["job=:empty:"], "--not-applicable")
    {'job': [None]}
    """
    by_column: dict[str, list[str | None]] = {}
    everywhere: list[str | None] = []
    for words in typed:
        name, sign, codes = words.partition("=")
        pieces = (code.strip() for code in (codes if sign else words).split(","))
        found = [None if code == EMPTY else code for code in pieces if code]
        if not found or (sign and not name.strip()):
            raise SpecError(f"{option} got '{words}'. It needs column=code,code or code,code for every column.")
        if sign:
            by_column.setdefault(name.strip(), []).extend(found)
        else:
            everywhere.extend(found)
    if by_column and everywhere:
        raise SpecError(
            f"{option} got codes for every column ({', '.join(code or EMPTY for code in everywhere)}) and codes for "
            f"single ones ({', '.join(by_column)}). Name the columns for all of them, or for none."
        )
    return by_column or everywhere or None


def read_names(typed: Sequence[str]) -> tuple[str, ...]:
    """Read names of columns, several with commas or by repeating the option.

    Examples
    --------
    >>> read_names(["id,name", "note"])
    ('id', 'name', 'note')
    """
    return tuple(name.strip() for words in typed for name in words.split(",") if name.strip())


def read_layers(typed: str | None) -> tuple[int, ...] | None:
    """Read ``64,32``, or ``none`` for no hidden layer; None where nothing was typed.

    Examples
    --------
    >>> read_layers("64,32"), read_layers("none")
    ((64, 32), ())
    """
    if typed is None:
        return None
    if typed.strip().lower() == "none":
        return ()
    pieces = [piece.strip() for piece in typed.split(",") if piece.strip()]
    if not pieces or not all(piece.isascii() and piece.isdigit() and int(piece) for piece in pieces):
        raise SpecError(f"--hidden got '{typed}'. It needs whole numbers such as 64,64, or none.")
    return tuple(int(piece) for piece in pieces)


def read_latent(typed: str | None) -> int | str | None:
    """Read a number of latents, or ``choose``; None where nothing was typed.

    Examples
    --------
    >>> read_latent("3"), read_latent("choose")
    (3, 'choose')
    """
    if typed is None or typed == CHOOSE:
        return typed
    if not (typed.isascii() and typed.isdigit() and int(typed)):
        raise SpecError(f"--latent got '{typed}'. It needs a whole number of 1 or more, or the word {CHOOSE}.")
    return int(typed)


def read_given(typed: Sequence[str]) -> dict[str, str]:
    """Read conditions, one an option.

    Examples
    --------
    >>> read_given(["age=18:30", "sex=female"])
    {'age': '18:30', 'sex': 'female'}
    """
    found: dict[str, str] = {}
    for words in typed:
        name, sign, text = (part.strip() for part in words.partition("="))
        if not (sign and name and text):
            raise SpecError(f"--given got '{words}'. It needs column=value, column=low:high or column=value,value.")
        if name in found:
            raise SpecError(f"--given got two conditions on '{name}'. One is needed: list values as {name}=one,two.")
        found[name] = text
    return found


def as_condition(text: str, column: Any) -> Any:
    """A condition as the library takes it, for a column of the schema; None where there is no such column.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> age = SimpleNamespace(is_category=False, kind="count")
    >>> as_condition("18:30", age), as_condition("18:", age), as_condition("20,:empty:", age)
    ((18.0, 30.0), (18.0, None), [20.0, None])
    """
    if column is None or text == EMPTY:
        return None if text == EMPTY else text
    if column.is_category and text in column.level_labels():
        return text
    is_number = not column.is_category and column.kind != "date"
    is_range = not column.is_category or column.kind == "ordinal"
    if is_range and EMPTY not in text and text.count(":") == 1:
        low, high = (_as_value(end.strip(), is_number) if end.strip() else None for end in text.split(":"))
        return low, high
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    values = [None if piece == EMPTY else _as_value(piece, is_number) for piece in pieces]
    return values if len(values) > 1 else values[0]


def _as_value(text: str, is_number: bool) -> str | float:
    """A number where the column holds numbers and the text is one; a word (of a reason) otherwise."""
    try:
        return float(text) if is_number else text
    except ValueError:
        return text
