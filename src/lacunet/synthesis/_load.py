"""Putting a saved synthesizer together again."""

from typing import Any

from lacunet.keep import Parts, spec_from_dict
from lacunet.synthesis._fitted import FittedSynthesizer
from lacunet.synthesis.conditions import parse_constraints
from lacunet.synthesis.gan._engine import GanEngine
from lacunet.synthesis.gan._gan import FittedGan, Gan
from lacunet.synthesis.privacy._engine import PrivateEngine
from lacunet.synthesis.privacy._privacy import Privacy
from lacunet.synthesis.sequential._engine import SequentialEngine
from lacunet.synthesis.sequential._sequential import FittedSequential, Sequential
from lacunet.table import Outline

ENGINES: dict[str, Any] = {"sequential": SequentialEngine, "gan": GanEngine, "tables": PrivateEngine}
"""What an engine calls itself -> its class."""
KINDS: dict[str, tuple[type[FittedSynthesizer], type]] = {
    "FittedSequential": (FittedSequential, Sequential),
    "FittedGan": (FittedGan, Gan),
}
"""Kind of a saved thing -> what it is and its specification."""


def restore(parts: Parts) -> FittedSynthesizer:
    """Put parts together."""
    (fitted, spec), meta = KINDS[parts.kind], parts.meta
    engine = ENGINES[meta["engine"]["engine"]]
    outline = Outline.from_parts(parts.arrays.get("outline", {}), meta["outline"])
    return fitted(
        spec=spec_from_dict(meta["spec"], {spec.__name__: spec, "Privacy": Privacy}),
        engine=engine.from_parts(parts.arrays["engine"], meta["engine"]),
        outline=outline,
        constraints=parse_constraints(tuple(meta["constraints"]), outline.schema),
        seed=meta["seed"],
        n_real=meta["n_real"],
        notes=tuple(meta["notes"]),
        versions=dict(meta["versions"]),
    )
