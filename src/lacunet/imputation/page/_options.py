"""Which options of reading a schema cannot have come by on its own: what the user said, and never more than holds."""

from collections.abc import Mapping
from typing import Any

from lacunet.table import Column, Schema
from lacunet.table._missing import NOT_APPLICABLE, as_number, in_ranges, name_reason

SAID = "as you said"
LEFT_OUT = "left out on request"
ON_REQUEST = "imputed on request"


def find_options(schema: Schema) -> dict[str, Any]:
    """Options of ``read_table`` that make this schema of the same data; those that guessing needs not are left out.

    A code is named where nothing in the data says what it stands for: neither a flag of the file, nor its label, nor
    the word itself. Naming one that guessing would have found too changes nothing.
    """
    columns = schema.columns
    options: dict[str, Any] = {
        "kinds": {column.name: column.kind for column in columns if column.reason == SAID},
        "missing_codes": {},
        "not_applicable": {},
        "leave_out": [column.name for column in columns if column.reason == LEFT_OUT],
    }
    for column in columns:
        missing, kept = _codes(column)
        if missing or _is_cleared(column):
            options["missing_codes"][column.name] = missing
        if kept:
            options["not_applicable"][column.name] = kept
    asked = [column.name for column in columns if _is_asked(column)]
    options["impute_not_applicable"] = True if asked and not any(one.n_inapplicable for one in columns) else asked
    return {name: value for name, value in options.items() if value}


def _is_asked(column: Column) -> bool:
    return any(reason.endswith(ON_REQUEST) for reason in column.missing_codes.values())


def _codes(column: Column) -> tuple[Any, list[Any]]:
    """Codes that only the user can have named: to be imputed (with reasons, where they tell), and kept."""
    said = {code: reason for code, reason in column.missing_codes.items() if not reason.endswith(ON_REQUEST)}
    named = {_plain(code): reason for code, reason in said.items() if not _is_found(column, code, reason)}
    clear = _is_cleared(column)
    kept = [_plain(code) for code in column.not_applicable if clear or not _is_found(column, code, NOT_APPLICABLE)]
    kept += [
        _plain(code)
        for code, reason in column.missing_codes.items()
        if reason == f"{NOT_APPLICABLE}, {ON_REQUEST}" and not _is_found(column, code, NOT_APPLICABLE)
    ]
    told = {
        code: reason for code, reason in named.items() if reason not in ("declared missing", name_reason(str(code)))
    }
    return (named if told else list(named)), kept


def _is_found(column: Column, code: Any, reason: str) -> bool:
    """Whether file, label or word say the same of a code."""
    label = column.value_labels.get(code, "")
    if isinstance(code, str) and code.startswith(".") and len(code) == 2:
        return reason in (name_reason(label), label, f"missing {code}")
    if code is not None and column.coding.ranges and in_ranges(code, column.coding.ranges):
        return reason in (name_reason(label), label, "user-missing")
    if column.value_labels:
        return False if name_reason(label) == "don't know" else name_reason(label) == reason
    return isinstance(code, str) and name_reason(code) == reason


def _is_cleared(column: Column) -> bool:
    """Whether words that guessing would have taken for missing are answers here: the user said that none is."""
    if not column.is_modelled or column.missing_codes or not column.is_category:
        return False
    labels: Mapping[Any, str] = column.value_labels or {
        level: level for level in column.levels if isinstance(level, str)
    }
    return any(name_reason(labels[level]) not in (None, "don't know") for level in column.levels if level in labels)


def _plain(code: Any) -> Any:
    number = None if isinstance(code, str) else as_number(code)
    return int(number) if number is not None and float(number).is_integer() else code
