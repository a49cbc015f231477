"""Words and specifications as JSON can hold them, and back."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lacunet.errors import DataError


def spec_as_dict(spec: Any) -> dict[str, Any]:
    """Fields of a specification, nested ones too, as JSON can hold them."""
    return {
        "class": type(spec).__name__,
        "fields": {f.name: _spec_value(getattr(spec, f.name)) for f in dataclasses.fields(spec)},
    }


def spec_from_dict(plain: Mapping[str, Any], classes: Mapping[str, type]) -> Any:
    """Inverse of `spec_as_dict`, for the classes known to the caller."""
    name = plain["class"]
    if name not in classes:
        raise DataError(f"The file holds a '{name}', which this lacunet does not know. Update lacunet.")
    fields = {
        key: spec_from_dict(value, classes) if isinstance(value, Mapping) and {*value} == {"class", "fields"} else value
        for key, value in plain["fields"].items()
    }
    return classes[name](**fields)


def _spec_value(value: Any) -> Any:
    is_instance = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return spec_as_dict(value) if is_instance else value


def as_plain(value: Any) -> Any:
    """JSON keeps neither tuples, ranges, dates, nor keys that are not text; they are tagged."""
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: as_plain(item) for key, item in value.items()}
        return {"~map": [[as_plain(key), as_plain(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"~tuple": [as_plain(item) for item in value]}
    if isinstance(value, list | set | frozenset):
        return [as_plain(item) for item in value]
    if isinstance(value, range):
        return {"~range": [value.start, value.stop, value.step]}
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    for name, kind in SCALARS.items():
        if type(value) is kind:
            return {"~" + name: value.isoformat()}
    raise DataError(
        f"A {type(value).__name__} ({value!r}) cannot be saved. Use text, numbers, dates and tuples of them."
    )


def from_plain(value: Any) -> Any:
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = next(iter(value)) if len(value) == 1 else ""
    if tag == "~tuple":
        return tuple(from_plain(item) for item in value[tag])
    if tag == "~range":
        return range(*value[tag])
    if tag == "~map":
        return {from_plain(key): from_plain(item) for key, item in value[tag]}
    if tag[:1] == "~" and tag[1:] in SCALARS:
        return SCALARS[tag[1:]].fromisoformat(value[tag])
    return {key: from_plain(item) for key, item in value.items()}


SCALARS: dict[str, Any] = {"timestamp": pd.Timestamp, "datetime": dt.datetime, "date": dt.date, "time": dt.time}
