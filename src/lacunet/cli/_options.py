"""What is typed after an option, as the library takes it. Each says what it saw when it cannot be read."""

from collections.abc import Sequence
from typing import cast

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
