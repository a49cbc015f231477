"""From the words of two poles to a direction, in each fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, SpecError
from lacunet.measures.lists import Resolved, resolve_each

LEAST_LENGTH = 1e-6
"""Length of a difference below which float32 vectors coincide."""
PAIRS_SHOWN = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Direction:
    """An axis in one fit.

    Attributes
    ----------
    unit
        At length 1 (d,).
    length
        What it had before: the polarity of a word by Latent Semantic Scaling is its cosine times this.
    """

    unit: Floats
    length: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Directions:
    """An axis in several fits, with what was known of its words, in sentences."""

    each: tuple[Direction, ...]
    notes: tuple[str, ...]


def find_directions(spaces: Sequence[Embeddings], positive: Any, negative: Any, how: str) -> Directions:
    """The direction from the negative to the positive pole in each fit; only from words that all fits hold.

    Raises
    ------
    DataError
        When a pole has no known word, the poles share one, or they coincide.

    Warns
    -----
    DataWarning
        When some words are not known.
    """
    if how == "pairs":
        return _pairs_of(spaces, positive, negative)
    highs = resolve_each(spaces, positive, "positive")
    lows: Sequence[Resolved | None] = [None] * len(spaces)
    found = [highs[0]]
    if negative:
        lows = resolve_each(spaces, negative, "negative")
        found += [one for one in lows[:1] if one is not None]
        _refuse_shared(found[0], found[1])
    each = [
        _normalise(_centre(space, high, how) - (0.0 if low is None else _centre(space, low, how)), "poles")
        for space, high, low in zip(spaces, highs, lows, strict=True)
    ]
    return Directions(each=tuple(each), notes=tuple(f"{one.sentence}." for one in found))


def _centre(space: Embeddings, pole: Resolved, how: str) -> Floats:
    """Mean of the words of a pole at length 1: every word counts alike, or (Watanabe) every entry of the list."""
    units = space.units(pole.rows)
    return np.einsum("k,kd->d", pole.shares, units) if how == "words" else units.mean(axis=0)


def _pairs_of(spaces: Sequence[Embeddings], positive: Sequence[str], negative: Sequence[str]) -> Directions:
    """Mean of the differences of pairs, each at length 1."""
    known = resolve_each(spaces, [*positive, *negative], "pairs", least=2)[0]
    pairs = list(zip(positive, negative, strict=True))
    kept = [(high, low) for high, low in pairs if high in known.words and low in known.words]
    if not kept:
        shown = ", ".join(f"{high!r} and {low!r}" for high, low in pairs[:PAIRS_SHOWN])
        raise DataError(
            f"None of the {len(pairs)} pairs ({shown}) has both its words among those of the embeddings. One pair is "
            "needed, better several. Check the spelling, or take other pairs."
        )
    highs, lows = [high for high, _ in kept], [low for _, low in kept]
    each = []
    for space in spaces:
        rows: tuple[Integers, Integers] = space.rows(highs), space.rows(lows)
        steps = [_normalise(one, f"words {high!r} and {low!r}").unit for one, high, low in _steps(space, rows, kept)]
        each.append(_normalise(np.mean(steps, axis=0), "pairs, which point in opposite ways,"))
    notes = [f"{len(kept)} of {len(pairs)} pairs have both words among those of the embeddings."]
    return Directions(each=tuple(each), notes=tuple(notes + ([f"{known.sentence}."] if known.missing else [])))


def _steps(space: Embeddings, rows: tuple[Integers, Integers], pairs: list[tuple[str, str]]) -> Any:
    differences = space.units(rows[0]) - space.units(rows[1])
    return ((one, *pair) for one, pair in zip(differences, pairs, strict=True))


def _normalise(vector: Floats, what: str) -> Direction:
    length = float(np.sqrt(vector @ vector))
    if length < LEAST_LENGTH:
        raise DataError(
            f"The {what} coincide: their difference has length {length:.1g}. Two that differ are needed, so that there "
            "is a direction between them. Take other words."
        )
    return Direction(unit=vector / length, length=length)


def _refuse_shared(high: Resolved, low: Resolved) -> None:
    shared = [word for word in high.words if word in set(low.words)]
    if shared:
        raise DataError(
            f"{', '.join(map(repr, shared[:PAIRS_SHOWN]))} {'is' if len(shared) == 1 else 'are'} in both poles, where "
            "it says nothing. Poles without a word in common are needed. Take it out of one, or narrow a wildcard."
        )


def check_pairs(positive: Sequence[str], negative: Sequence[str]) -> None:
    """Refuse pairs that are none."""
    if len(positive) != len(negative):
        raise SpecError(
            f"There are {len(positive)} positive and {len(negative)} negative words. With how='pairs' each needs its "
            "opposite. Use Axis.from_pairs([(word, opposite), ...])."
        )
    same = next((high for high, low in zip(positive, negative, strict=True) if high == low), None)
    if same is not None:
        raise SpecError(f"The pair {same!r} and {same!r} coincides. Two different words are needed. Leave it out.")
    wild = next((word for word in [*positive, *negative] if "*" in word or "?" in word), None)
    if wild is not None:
        raise SpecError(
            f"The pairs hold {wild!r}. A pair needs two single words, since it is their difference that counts. "
            "Write the words out, or take how='centroids'."
        )
