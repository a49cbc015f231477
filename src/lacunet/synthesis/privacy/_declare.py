"""What the user says of every column before a row is looked at, from all options together."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lacunet._layout import CATEGORY_KINDS, Kind
from lacunet.errors import SpecError, list_some, suggest
from lacunet.synthesis.privacy._privacy import Privacy, is_ends
from lacunet.table._declared import Declared
from lacunet.table._wish import Options, Wish


def declare(names: list[str], privacy: Privacy, options: Options) -> list[Declared]:
    """One for each column, in order; levels of a category that the domain does not name are left open.

    Parameters
    ----------
    names
        Columns of the frame.
    privacy
        Its ``domain`` says what is public.
    options
        Kinds, codes and columns left out, as for `lacunet.read_table`.

    Raises
    ------
    SpecError
        Where nothing is said of a column, or things that contradict each other.
    """
    for name in privacy.domain:
        if name not in names:
            hint = suggest(name, names) or "Name a column of the data."
            raise SpecError(f"domain names a column {name!r}, which the data do not have. {hint}")
    wishes = options.for_columns(names)
    silent = [
        name for name, wish in zip(names, wishes, strict=True)
        if name not in privacy.domain and wish.kind is None and not wish.leave_out
    ]  # fmt: skip
    if silent:
        raise SpecError(
            f"Nothing is said of {list_some(map(repr, silent))}. With privacy= kinds and levels are not guessed, since "
            "guessing looks at the rows. Name each column in Privacy(domain=...), in kinds (its levels or ends are "
            "then found with noise), or in leave_out."
        )
    return [_declare(name, wish, privacy.domain) for name, wish in zip(names, wishes, strict=True)]


def _declare(name: str, wish: Wish, domain: Mapping[str, Any]) -> Declared:
    if wish.leave_out:
        return Declared(name=name, kind=None)
    public = domain.get(name)
    kind = wish.kind or _kind_of(public)
    if kind == "date":
        raise SpecError(
            f"Column {name!r} is declared a date. With privacy= numbers and categories are needed. Turn dates into "
            "numbers (a year, days since a date), or leave the column out."
        )
    is_category = kind in CATEGORY_KINDS
    if not is_category and public is not None and not isinstance(public, range) and not is_ends(public):
        raise SpecError(
            f"Column {name!r} is declared {kind} and domain lists its levels. A number needs its ends, as (0, 99) or "
            "range(0, 100). Give these, or declare it nominal or ordinal."
        )
    levels = tuple(public) if is_category and public is not None else ()
    if is_category and public is not None and len(set(map(str, levels))) < max(len(levels), 2):
        raise SpecError(
            f"domain[{name!r}] has {len(set(map(str, levels)))} different levels in {len(levels)}. At least two are "
            "needed, each once. Correct the list, or leave the column out: a constant needs no model."
        )
    is_whole = kind == "count" or isinstance(public, range) or _are_whole(public)
    return Declared(
        name=name,
        kind=kind,
        levels=levels,
        is_whole=is_whole and not is_category,
        missing=tuple(wish.missing),
        not_applicable=wish.not_applicable,
    )


def _kind_of(public: Any) -> Kind:
    if isinstance(public, range) or _are_whole(public):
        return "count"
    return "continuous" if is_ends(public) else "nominal"


def _are_whole(public: Any) -> bool:
    return public is not None and is_ends(public) and all(isinstance(end, int) for end in public)


def public_levels(declared: Sequence[Declared], privacy: Privacy) -> dict[str, Any]:
    """The domain with levels as lists, so that two levels are not taken for ends, and whole ends of whole numbers."""
    out: dict[str, Any] = {}
    for one in declared:
        public = privacy.domain.get(one.name)
        if public is None or one.kind is None:
            continue
        if one.is_whole and is_ends(public):
            public = (math.floor(public[0]), math.ceil(public[1]))
        out[one.name] = list(one.levels) if one.is_category else public
    return out
