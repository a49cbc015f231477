"""Putting saved parts together again."""

from collections.abc import Mapping
from typing import Any

from lacunet._typing import PathLike
from lacunet.errors import DataError
from lacunet.imputation._fitted import FittedMidas
from lacunet.imputation._imputations import Imputations
from lacunet.imputation.sensitivity import Adjustment
from lacunet.keep import Parts, read_parts, spec_from_dict
from lacunet.table import Schema, Table


def load_known(path: PathLike, classes: Mapping[str, type]) -> FittedMidas | Imputations:
    """Read a file whose specification is one of ``classes``."""
    return restore_known(read_parts(path), classes)


def restore_known(parts: Parts, classes: Mapping[str, type]) -> FittedMidas | Imputations:
    """Put parts together whose specification is one of ``classes``."""
    if parts.kind not in ("FittedMidas", "Imputations"):
        raise DataError(
            f"The file holds a '{parts.kind}', and an imputer or imputations are needed here. Read it with "
            "lacunet.load, or update lacunet."
        )
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
