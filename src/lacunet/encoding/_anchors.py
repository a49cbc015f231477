"""Anchors: items that a researcher knows the meaning of, which say where a latent points and what it is called."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lacunet._layout import Layout
from lacunet._typing import Floats
from lacunet.encoding._code import Code
from lacunet.encoding._pose import towards
from lacunet.errors import DataWarning, SpecError, suggest

Anchors = Mapping[str, Any]


def names_of(k: int, anchors: Mapping[str, Mapping[str, float]] | None = None) -> tuple[str, ...]:
    """Names of the latents: those of the anchors first, then latent_2, latent_3, ..."""
    known = list(anchors or ())
    return tuple(known[d] if d < len(known) else f"latent_{d + 1}" for d in range(k))


def read_anchors(anchors: Anchors, layout: Layout, k: int) -> dict[str, dict[str, float]]:
    """Latent -> item -> sign, from ``{"item": 1}`` (the first latent) or ``{"name": {"item": 1}}``.

    Raises
    ------
    SpecError
        When an item does not exist, has levels without order, or a sign is neither 1 nor -1; or when more latents are
        named than there are.
    """
    is_nested = [isinstance(value, Mapping) for value in anchors.values()] if isinstance(anchors, Mapping) else []
    if not is_nested or (any(is_nested) and not all(is_nested)):
        raise SpecError(
            f"anchors={anchors!r} cannot be read. Anchors are items with their signs, as in {{'item': 1}}, or latents "
            "with theirs, as in {'trust': {'item': 1, 'other': -1}}. Write one or the other."
        )
    nested = (
        {str(name): dict(items) for name, items in anchors.items()} if is_nested[0] else {"latent_1": dict(anchors)}
    )
    if len(nested) > k:
        raise SpecError(
            f"anchors name {len(nested)} latents ({', '.join(nested)}), and there are {k}. Name {k} at most, or fit "
            f"with latent={len(nested)}."
        )
    for name, items in nested.items():
        for item, sign in items.items():
            _check_anchor(name, item, sign, layout)
        if not items:
            raise SpecError(
                f"The latent {name!r} has no anchor. Name one item at least, as in {{{name!r}: {{'item': 1}}}}."
            )
    return nested


def _check_anchor(name: str, item: str, sign: Any, layout: Layout) -> None:
    if item not in layout.names:
        raise SpecError(
            f"The anchor {item!r} of {name!r} is no column of the model. "
            + (suggest(item, layout.names) or f"The columns are {', '.join(layout.names[:20])}.")
        )
    variable = layout.variables[layout.names.index(item)]
    if variable.is_category and variable.kind != "ordinal" and variable.n_levels > 2:
        raise SpecError(
            f"The anchor {item!r} has {variable.n_levels} levels without order, so it has no direction. An anchor is a "
            "number, a yes or no, or an ordered scale: take another item, or say kinds={...: 'ordinal'} in fit."
        )
    if isinstance(sign, bool) or sign not in (1, -1):
        raise SpecError(f"The anchor {item!r} has the sign {sign!r}. A sign is 1 or -1: write {{{item!r}: 1}}.")


def rotation_to(anchors: Mapping[str, Mapping[str, float]], loadings: Floats, code: Code, layout: Layout) -> Floats:
    """Rotation (k, k) after which each named latent points to its anchors, from loadings (q, k) before it.

    A latent's target is the sum of its anchors' loadings with their signs; the rotation is the one nearest to all
    targets at once, and leaves scores uncorrelated.

    Raises
    ------
    SpecError
        When the anchors of two latents point the same way, or those of one nowhere.

    Warns
    -----
    DataWarning
        When an anchor loads against its sign in the end.
    """
    column = {layout.names[j]: int(np.flatnonzero(code.owner == slot)[0]) for slot, j in enumerate(code.order)}
    targets = np.column_stack(
        [sum(sign * loadings[column[item]] for item, sign in items.items()) for items in anchors.values()]
    )
    rotation = towards(targets)
    if rotation is None:
        raise SpecError(
            f"The anchors of {', '.join(map(repr, anchors))} do not tell the latents apart: their loadings point the "
            "same way, or nowhere. Each named latent needs items of its own: look at loadings() and choose others."
        )
    turned = loadings @ rotation
    against = [
        item
        for d, items in enumerate(anchors.values())
        for item, sign in items.items()
        if sign * turned[column[item], d] < 0
    ]
    _warn_of_signs(against)
    return rotation


def _warn_of_signs(against: Sequence[str]) -> None:
    if against:
        warnings.warn(
            f"Anchors load against their sign: {', '.join(map(repr, against))}. The other anchors outweigh them. Look "
            "at loadings(), and turn the sign or leave them out.",
            DataWarning,
            stacklevel=4,
        )
