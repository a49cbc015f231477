"""What was decided about a table, in sentences."""

import warnings
from collections.abc import Sequence

from lacunet.errors import DataWarning, list_some
from lacunet.table._missing import NOT_APPLICABLE
from lacunet.table._read import Reading
from lacunet.table._schema import Column

Remarks = dict[str, list[tuple[str, str]]]
MOSTLY_EMPTY = 0.5
_ROLE_SENTENCES = {
    "identifier": "Left out as identifiers",
    "text": "Left out as free text",
    "constant": "Left out because they never vary",
    "empty": "Left out because they are empty",
    "left out": "Left out",
}


def take_notes(readings: Sequence[Reading]) -> tuple[str, ...]:
    """One sentence for each decision a reader should know of."""
    columns = [reading.column for reading in readings]
    notes = [*_roles(columns), *_kept(columns), *_reasons(columns), *_spelled(columns), *_mostly_empty(columns)]
    notes += [sentence for sentence in _remarks(readings) if sentence]
    return tuple(notes)


def warn_of(readings: Sequence[Reading]) -> None:
    """Warn where a decision may be wrong and matters."""
    for sentence in _remarks(readings, only_warnings=True):
        warnings.warn(sentence, DataWarning, stacklevel=3)


def _roles(columns: Sequence[Column]) -> list[str]:
    notes = []
    for role, words in _ROLE_SENTENCES.items():
        names = [_quote(column.name) for column in columns if column.role == role]
        if names:
            notes.append(f"{words}: {list_some(names)}. Their cells stay as they are, empty ones too.")
    return notes


def _kept(columns: Sequence[Column]) -> list[str]:
    kept = [f"{_quote(c.name)} ({c.n_inapplicable:,})" for c in columns if c.is_modelled and c.n_inapplicable]
    if not kept:
        return []
    return [
        f"Not applicable, so kept and not imputed: cells of {list_some(kept)}. "
        "To impute them all the same, say impute_not_applicable."
    ]


def _reasons(columns: Sequence[Column]) -> list[str]:
    told = []
    for column in columns:
        codes = {reason: n for reason, n in column.missing_by_reason.items() if reason in _imputed_reasons(column)}
        if column.is_modelled and codes:
            told.append(f"{_quote(column.name)} ({', '.join(f'{reason} {n:,}' for reason, n in codes.items())})")
    return [f"Codes taken for missing and imputed: {list_some(told)}."] if told else []


def _imputed_reasons(column: Column) -> set[str]:
    return set(column.missing_codes.values()) - {NOT_APPLICABLE}


def _spelled(columns: Sequence[Column]) -> list[str]:
    names = [
        _quote(column.name)
        for column in columns
        if column.is_modelled and column.storage == "text" and column.origin.spelling == "numbers"
    ]
    return [f"Stored as text but read as numbers, and written back as text: {list_some(names)}."] if names else []


def _mostly_empty(columns: Sequence[Column]) -> list[str]:
    names = []
    for column in columns:
        empty = column.missing_by_reason.get("no value", 0)
        total = column.n_missing + column.n_inapplicable
        if column.is_modelled and empty and column.n_known and empty > MOSTLY_EMPTY * (column.n_known + total):
            names.append(_quote(column.name))
    if not names:
        return []
    return [
        f"More than half of the cells are empty, and will be imputed: {list_some(names)}. If the question was not "
        f"put to those people, say not_applicable={{{names[0]}: [None]}} to keep the cells empty."
    ]


def gather_remarks(readings: Sequence[Reading]) -> Remarks:
    """Topic → columns, and what was found in each, in words."""
    found: Remarks = {}
    for reading in readings:
        for topic, words in reading.remarks.items():
            found.setdefault(topic, []).append((_quote(reading.column.name), words))
    return found


def _remarks(readings: Sequence[Reading], *, only_warnings: bool = False) -> list[str]:
    found = gather_remarks(readings)
    sentences = []
    for topic, (text, is_warning) in _TOPICS.items():
        if topic in found and (is_warning or not only_warnings):
            pairs = found[topic]
            listed = list_some([f"{name} {words}" for name, words in pairs])
            sentences.append(
                text.format(listed=listed, name=pairs[0][0], code=pairs[0][1].split(" (")[0].split(", ")[0])
            )
    return sentences


_TOPICS = {
    "odd code": (
        "Numbers except for a word: {listed}. Cells with the word are kept as they are, as if not applicable. "
        "Say not_applicable={{{name}: [{code}]}} if that is right, or missing_codes={{{name}: [{code}]}} to "
        "impute them.",
        True,
    ),
    "suspect code": (
        "Looks like a code among amounts: {listed}. It was read as an ordinary value. If it stands for missing, say "
        "missing_codes={{{name}: [{code}]}} to impute it, or not_applicable={{{name}: [{code}]}} to keep it.",
        True,
    ),
    "suspect words": (
        "Kept as answers, not taken for missing: {listed}. To impute them, say missing_codes={{{name}: [{code}]}}.",
        False,
    ),
    "absent code": (
        "Codes named in missing_codes or not_applicable that the column does not hold: {listed}. Check their spelling.",
        True,
    ),
}


def _quote(name: str) -> str:
    return repr(name) if name else "the column without a name"
