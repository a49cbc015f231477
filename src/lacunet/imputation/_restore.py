"""Putting saved parts together again."""

from collections.abc import Mapping
from typing import Any

from lacunet._typing import PathLike
from lacunet.errors import DataError
from lacunet.imputation._fitted import FittedMidas
from lacunet.imputation._imputations import Imputations
from lacunet.imputation._persist import Parts, read_parts, spec_from_dict
from lacunet.imputation.sensitivity import Adjustment
from lacunet.table import Schema, Table


def load_known(path: PathLike, classes: Mapping[str, type]) -> FittedMidas | Imputations:
    """Read a file whose specification is one of ``classes``."""
    parts = read_parts(path)
    if parts.kind not in ("FittedMidas", "Imputations"):
        raise DataError(f"'{path}' holds a '{parts.kind}', which this lacunet does not know. Update lacunet.")
    table = _table(parts) if parts.kind == "Imputations" else None
    fitted = _fitted(parts, classes, table if parts.meta.get("is_training_table") else None)
    if table is None:
        return fitted
    return Imputations(
        table=table,
        draws=parts.arrays["table"]["draws"],
        fitted=fitted,
        seed=parts.meta["draw_seed"],
        adjustments=tuple(map(Adjustment.from_dict, parts.meta.get("adjustments", ()))),
    )


def _fitted(parts: Parts, classes: Mapping[str, Any], table: Table | None) -> FittedMidas:
    meta = parts.meta
    spec = spec_from_dict(meta["spec"], classes)
    engine = meta["engine"]
    if engine is not None:
        engine = type(spec).engine_from_parts(parts.arrays.get("engine", {}), engine)
    return FittedMidas(
        spec=spec,
        engine=engine,
        schema=Schema.from_dict(meta["schema"]),
        seed=meta["seed"],
        versions=dict(meta["versions"]),
        table=table,
    )


def _table(parts: Parts) -> Table:
    arrays, schema = parts.arrays["table"], Schema.from_dict(parts.meta["table_schema"])
    return Table(
        native=parts.frames["original"],
        schema=schema,
        layout=schema.as_layout(),
        values=arrays["values"],
        state=arrays["state"],
    )
