"""Words and arrays of a fitted imputer, for the file."""

from typing import Any

from lacunet.keep import Arrays, spec_as_dict


def fitted_parts(fitted: Any) -> tuple[dict[str, Any], dict[str, Arrays]]:
    """Words and arrays of a fitted imputer, without its frame; a linear engine's arrays are the training rows."""
    meta: dict[str, Any] = {
        "spec": spec_as_dict(fitted.spec),
        "schema": fitted.schema.as_dict(),
        "seed": fitted.seed,
        "versions": dict(fitted.versions),
        "engine": None,
    }
    if fitted.engine is None:
        return meta, {}
    meta["engine"] = fitted.engine.as_meta()
    return meta, {"engine": dict(fitted.engine.as_arrays())}
