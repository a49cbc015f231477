"""What no real row meets, and the nearest that some row does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lacunet._typing import Bools, Floats, States
from lacunet.report._words import count, join
from lacunet.synthesis.conditions._wanted import Wanted, reason_word, say_value, say_wanted
from lacunet.table import Outline

OTHER_LEVEL = 1.0
"""Standard deviations that another level without an order, or a value in place of a reason, counts as."""


@dataclass(frozen=True, kw_only=True)
class _Way:
    """One condition given up, and the nearest value that rows then have."""

    wanted: Wanted
    said: str
    distance: float
    n_rows: int


def say_nearest(wanted: Sequence[Wanted], outline: Outline, values: Floats, reason: States) -> str:
    """Name the smallest set of conditions that no row meets, and the nearest combination that occurs.

    One condition after another is given up while the others are kept; the value that is then nearest (in standard
    deviations; another level without an order counts as one) is named.

    Parameters
    ----------
    wanted
        Conditions that no row meets together.
    outline
        The columns there are.
    values, reason
        The real rows, shape (n, p).

    Returns
    -------
    str
        Two sentences.
    """
    if not len(values):
        return "There are no rows."
    met = np.stack([one.matches(values, reason) for one in wanted])
    core = _smallest(met)
    ways = [_give_up(wanted[i], met[[j for j in core if j != i]], outline, values, reason) for i in core]
    best = min(ways, key=lambda way: (way.distance, -way.n_rows))
    kept = [_say(wanted[i], outline) for i in core if wanted[i] is not best.wanted]
    together = " together" if len(core) > 1 else ""
    return (
        f"No row of the data has {join([_say(wanted[i], outline) for i in core])}{together}. The nearest that occurs: "
        f"{join([*kept, best.said])} ({count(best.n_rows, 'row')})."
    )


def _smallest(met: Bools) -> list[int]:
    """Conditions that exclude each other, none of which could be spared."""
    core = list(range(len(met)))
    for i in range(len(met)):
        others = [j for j in core if j != i]
        if others and not met[others].all(axis=0).any():
            core = others
    return core


def _give_up(one: Wanted, others: Bools, outline: Outline, values: Floats, reason: States) -> _Way:
    rows = np.flatnonzero(others.all(axis=0)) if len(others) else np.arange(len(values))
    column = outline.schema.modelled[one.position]
    cells, why = values[rows, one.position], reason[rows, one.position]
    is_value = why == 0
    if not is_value.any():
        code = outline.reasons[one.position][int(np.bincount(why).argmax()) - 1]
        n = int((why == np.bincount(why).argmax()).sum())
        return _Way(wanted=one, said=f"{column.name} {reason_word(column, code)}", distance=OTHER_LEVEL, n_rows=n)
    found = cells[is_value]
    gaps = one.distance(found)
    if column.kind == "nominal" or not np.isfinite(gaps).any():
        levels, counts = np.unique(found, return_counts=True)
        chosen, distance = levels[counts.argmax()], OTHER_LEVEL
    else:
        whole = values[reason[:, one.position] == 0, one.position]
        chosen = found[gaps.argmin()]
        distance = float(gaps.min()) / (float(whole.std()) or 1.0)
    said = f"{column.name} {say_value(column, float(chosen))}"
    return _Way(wanted=one, said=said, distance=distance, n_rows=int((found == chosen).sum()))


def _say(one: Wanted, outline: Outline) -> str:
    return say_wanted(one, outline.schema.modelled[one.position], outline.reasons[one.position])
