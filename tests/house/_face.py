"""The public face as it stands: every promised name whose room has been built."""

import inspect
from typing import Any

import lacunet


def promised() -> dict[str, str]:
    """Public name -> module that holds it."""
    return dict(lacunet._HOME)


def public_names() -> dict[str, Any]:
    """Public name -> object, for those that are there (``test_face`` asks for the others)."""
    missing = object()
    found = {name: _load(name, missing) for name in promised()}
    return {name: item for name, item in found.items() if item is not missing}


def public_classes() -> dict[str, type]:
    """Public classes that a user may construct (errors apart)."""
    return {
        name: item for name, item in public_names().items() if inspect.isclass(item) and not issubclass(item, Exception)
    }


def public_callables() -> dict[str, Any]:
    """Public functions, classes, and the public methods that our classes define themselves."""
    found = {name: item for name, item in public_names().items() if not _is_error(item)}
    for name, item in public_classes().items():
        for method, value in inspect.getmembers(item):
            if not method.startswith("_") and callable(value) and _is_ours(value):
                found[f"{name}.{method}"] = value
    return found


def _load(name: str, missing: Any) -> Any:
    try:
        return getattr(lacunet, name, missing)
    except ModuleNotFoundError:
        return missing


def _is_error(item: Any) -> bool:
    return inspect.isclass(item) and issubclass(item, Exception)


def _is_ours(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).startswith("lacunet")
