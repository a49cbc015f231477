"""The user's word on how columns are to be read, checked once against the columns there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lacunet._layout import KINDS, Kind
from lacunet.errors import SpecError, list_some, suggest
from lacunet.table._missing import name_reason

Codes = Mapping[str, Any] | Iterable[Any] | None
"""Column → codes (a list, or a mapping code → reason), or codes for every column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What the user said of one column.

    ``missing`` and ``not_applicable`` hold codes for this column by name (``named``) or for every column. An empty list
    by name (``is_final``) says that no label or file code of the column stands for missing.
    """

    kind: Kind | None = None
    missing: Mapping[Any, str] = field(default_factory=dict)
    not_applicable: tuple[Any, ...] = ()
    named: tuple[Any, ...] = ()
    impute_not_applicable: bool = False
    leave_out: bool = False
    is_final: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """Options of ``read_table`` as the user gave them."""

    kinds: Mapping[str, Kind] | None = None
    missing_codes: Codes = None
    not_applicable: Codes = None
    impute_not_applicable: bool | Iterable[str] = False
    leave_out: Iterable[str] = ()

    def for_columns(self, names: list[str]) -> list[Wish]:
        """One wish per column; raises ``SpecError`` on names or kinds that do not exist and on contradictions."""
        kinds = dict(self.kinds or {})
        left_out = _as_names(self.leave_out, "leave_out")
        is_flag = isinstance(self.impute_not_applicable, bool)
        imputed = () if is_flag else _as_names(self.impute_not_applicable, "impute_not_applicable")
        missing = _Split(self.missing_codes, "missing_codes")
        kept = _Split(self.not_applicable, "not_applicable")
        for option, given in (
            ("kinds", kinds),
            ("leave_out", left_out),
            ("impute_not_applicable", imputed),
            ("missing_codes", missing.by_name),
            ("not_applicable", kept.by_name),
        ):
            _check_names(option, given, names)
        _check_kinds(kinds)
        _check_contradictions(kinds, left_out, missing, kept)
        return [
            Wish(
                kind=kinds.get(name),
                missing=missing.codes_of(name),
                not_applicable=tuple(kept.codes_of(name)),
                named=tuple(missing.by_name.get(name, ())) + tuple(kept.by_name.get(name, ())),
                impute_not_applicable=bool(self.impute_not_applicable) if is_flag else name in imputed,
                leave_out=name in left_out,
                is_final=missing.by_name.get(name) == {},
            )
            for name in names
        ]


class _Split:
    """Codes for every column and codes by name."""

    def __init__(self, codes: Codes, option: str) -> None:
        self.everywhere: dict[Any, str] = {}
        self.by_name: dict[str, dict[Any, str]] = {}
        if codes is None:
            return
        if isinstance(codes, Mapping):
            self.by_name = {name: _as_reasons(given, option) for name, given in codes.items()}
        else:
            self.everywhere = _as_reasons(codes, option)

    def codes_of(self, name: str) -> dict[Any, str]:
        """Code → reason for one column."""
        return self.everywhere | self.by_name.get(name, {})


def _as_reasons(codes: Any, option: str) -> dict[Any, str]:
    if isinstance(codes, Mapping):
        return {_as_code(code): str(reason) for code, reason in codes.items()}
    if isinstance(codes, str | int | float) or codes is None:
        codes = [codes]
    found: dict[Any, str] = {}
    for code in codes:
        plain = _as_code(code)
        if plain in found:
            raise SpecError(
                f"{option} names the code {code!r} twice. Every code is needed once. Remove the second {code!r}."
            )
        found[plain] = (name_reason(plain) if isinstance(plain, str) else None) or "declared missing"
    return found


def _as_code(code: Any) -> Any:
    is_nan = isinstance(code, float) and code != code
    return None if is_nan else code


def _as_names(names: Any, option: str) -> tuple[str, ...]:
    given = (names,) if isinstance(names, str) else () if names is None else tuple(names)
    doubled = [name for i, name in enumerate(given) if name in given[:i]]
    if doubled:
        raise SpecError(f"{option} names {doubled[0]!r} twice. Every column is needed once. Remove the second one.")
    return given


def _check_names(option: str, given: Iterable[str], names: list[str]) -> None:
    for name in given:
        if name not in names:
            hint = suggest(name, names) or f"The columns are {list_some(map(repr, names), 10)}."
            raise SpecError(
                f"{option} names a column {name!r} that the table does not have. It needs names of columns. {hint}"
            )


def _check_kinds(kinds: Mapping[str, str]) -> None:
    for name, kind in kinds.items():
        if kind not in KINDS:
            hint = suggest(kind, KINDS) or "Use one of these."
            raise SpecError(f"kinds={{{name!r}: {kind!r}}} is no kind. The kinds are {', '.join(KINDS)}. {hint}")


def _check_contradictions(kinds: Mapping[str, str], left_out: tuple[str, ...], missing: _Split, kept: _Split) -> None:
    for name in left_out:
        if name in kinds:
            raise SpecError(
                f"Column {name!r} stands both in leave_out and in kinds. It can be modelled or left out, not both. "
                "Remove it from one of them."
            )
    for name in ("", *missing.by_name, *kept.by_name):
        here = missing.by_name.get(name, {}) if name else missing.everywhere
        there = kept.by_name.get(name, {}) if name else kept.everywhere
        for code in here.keys() & there.keys():
            where = f" of column {name!r}" if name else ""
            raise SpecError(
                f"The code {code!r}{where} stands both in missing_codes and in not_applicable. It is either to be "
                "imputed or to be kept. Remove it from one of them."
            )
