"""Putting a saved network together again."""

from typing import Any

from lacunet.keep import Parts, spec_from_dict
from lacunet.prediction._column_reader import ColumnReader
from lacunet.prediction._engine import engine_from_parts
from lacunet.prediction._fit import Fit, Held
from lacunet.prediction._fitted import FittedMlp
from lacunet.prediction._formula_reader import FormulaReader
from lacunet.prediction._mlp import Mlp
from lacunet.prediction._outcome import Outcome
from lacunet.table import Schema

READERS: dict[str, Any] = {"formula": FormulaReader, "columns": ColumnReader}


def restore(parts: Parts) -> FittedMlp:
    """The network that a file holds, without the rows of its fit."""
    meta = parts.meta
    outcome = Outcome(**meta["outcome"])
    reader = {key: value for key, value in meta["reader"].items() if key != "reader"}
    is_node = meta["engine"]["engine"] == "node"
    fit = Fit(
        outcome=outcome,
        reader=READERS[meta["reader"]["reader"]].from_meta(reader),
        engine=engine_from_parts(meta["engine"], parts.arrays["engine"], None if is_node else outcome.loss()),
        training=None,
        held=Held(**parts.arrays["held"]) if "held" in parts.arrays else None,
        history=list(meta["history"]),
        notes=list(meta["notes"]),
    )
    return FittedMlp(
        spec=spec_from_dict(meta["spec"], {"Mlp": Mlp}),
        seed=meta["seed"],
        target=meta["target"],
        fit=fit,
        schema=Schema.from_dict(meta["schema"]),
        versions=dict(meta["versions"]),
    )
