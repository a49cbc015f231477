"""Putting a saved synthesizer together again."""

from typing import Any

from lacunet.keep import Parts, spec_from_dict
from lacunet.synthesis._fitted import FittedSynthesizer
from lacunet.synthesis._gan import FittedGan, Gan
from lacunet.synthesis._gan_engine import GanEngine
from lacunet.synthesis._sequential import FittedSequential, Sequential
from lacunet.synthesis._sequential_engine import SequentialEngine
from lacunet.synthesis.conditions import parse_constraints
from lacunet.table import Outline

KINDS: dict[str, tuple[type[FittedSynthesizer], type, Any]] = {
    "FittedSequential": (FittedSequential, Sequential, SequentialEngine),
    "FittedGan": (FittedGan, Gan, GanEngine),
}
"""Kind of a saved thing -> what it is, its specification and its engine."""


def restore(parts: Parts) -> FittedSynthesizer:
    """Put parts together."""
    fitted, spec, engine = KINDS[parts.kind]
    meta = parts.meta
    outline = Outline.from_parts(parts.arrays.get("outline", {}), meta["outline"])
    return fitted(
        spec=spec_from_dict(meta["spec"], {spec.__name__: spec}),
        engine=engine.from_parts(parts.arrays["engine"], meta["engine"]),
        outline=outline,
        constraints=parse_constraints(tuple(meta["constraints"]), outline.schema),
        seed=meta["seed"],
        n_real=meta["n_real"],
        notes=tuple(meta["notes"]),
        versions=dict(meta["versions"]),
    )
