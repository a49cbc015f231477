"""Pooled models as one regression table, and each in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lacunet.errors import SpecError
from lacunet.pooling import Pooled, tabulate
from lacunet.report import PageModels

NEEDED = "The report shows models pooled by imp.fit(...), imp.pool(...) or ln.pool(...)"


def gather_models(models: Sequence[Any] | Mapping[str, Any]) -> PageModels | None:
    """Set pooled models side by side; None where there are none."""
    results = list_models(models)
    if not results:
        return None
    titles = tuple(map(str, models)) if isinstance(models, Mapping) else ()
    names = titles or tuple(f"({place + 1})" for place in range(len(results)))
    table = replace(tabulate(*results, titles=names).content, largest_fmi=True)
    return PageModels(
        table=table,
        sentences=tuple(_say(name, result) for name, result in zip(names, results, strict=True)),
        formulas=tuple(result.formula for result in results),
    )


def list_models(models: Sequence[Any] | Mapping[str, Any]) -> list[Pooled]:
    """Pooled models in order, or a SpecError where something else was handed over."""
    if isinstance(models, Pooled):
        raise SpecError(f"models is one pooled model. {NEEDED}, in a list. Write models=[pooled].")
    results = list(models.values() if isinstance(models, Mapping) else models)
    for result in results:
        if not isinstance(result, Pooled):
            raise SpecError(
                f"models holds a {type(result).__name__}. {NEEDED}. Leave it out, or show it beside the report."
            )
    return results


def _say(name: str, result: Pooled) -> str:
    frame = result.table()
    dof, fmi = frame["df"].to_numpy(), frame["fmi"].to_numpy()
    size = f"{result.n_obs:,} rows, " if result.n_obs is not None else ""
    formula = f"{result.formula}; " if result.formula else ""
    covariance = f"covariance {result.cov} in each data set; " if result.cov else ""
    weights = f"weighted by {result.weights}; " if result.weights else ""
    notes = " ".join(result.notes)
    return (
        f"{name}: {formula}{covariance}{weights}{size}m = {result.m}; degrees of freedom {_span(dof, ',.0f')} (Barnard "
        f"and Rubin, 1999); fraction of missing information {_span(fmi, '.2f')}. {notes}"
    ).strip()


def _span(values: Any, form: str) -> str:
    known = values[~np.isnan(values)]
    if not len(known):
        return "unknown"
    low, high = (format(float(end), form) if np.isfinite(end) else "infinite" for end in (known.min(), known.max()))
    return low if low == high else f"{low} to {high}"
