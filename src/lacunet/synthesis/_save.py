"""A fitted synthesizer as words and arrays."""

from typing import Any

from lacunet.keep import Parts, spec_as_dict


def parts_of(fitted: Any) -> Parts:
    """Everything of a fitted synthesizer but the real rows."""
    arrays, meta = fitted.outline.as_parts()
    words = {
        "spec": spec_as_dict(fitted.spec),
        "outline": meta,
        "constraints": list(fitted.constraints.texts),
        "seed": fitted.seed,
        "n_real": fitted.n_real,
        "notes": list(fitted.notes),
        "versions": dict(fitted.versions),
        "engine": fitted.engine.as_meta(),
    }
    groups = {"outline": arrays, "engine": fitted.engine.as_arrays()}
    return Parts(kind=type(fitted).__name__, meta=words, arrays={name: part for name, part in groups.items() if part})
