"""Which texts are rated, by whom, and in what order."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from lacunet._rng import generator
from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import DataError, SpecError
from lacunet.report._words import count

FORMULA = ("=", "+", "-", "@")
"""First letters at which a spreadsheet would reckon instead of showing the text."""


def read_texts(texts: Any) -> list[str]:
    """Texts as raters shall see them: in one line, without control characters; empty where there is none."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise SpecError(
            f"texts is a {type(texts).__name__}. A list or a column of texts is needed, such as frame['speech']."
        )
    given = list(texts)
    wrong = next((one for one in given if not isinstance(one, str) and not pd.isna(one)), None)
    if wrong is not None:
        raise SpecError(
            f"texts holds {wrong!r}, a {type(wrong).__name__}. Texts are needed as raters shall read them: hand over a "
            "list or a column of them."
        )
    return [_as_line(one) if isinstance(one, str) else "" for one in given]


def _as_line(text: str) -> str:
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return f" {line}" if line.startswith(FORMULA) else line


def choose_items(
    texts: list[str], values: Floats | None, n: int, size: int, rng: np.random.Generator
) -> tuple[Integers, tuple[str, ...]]:
    """Documents of each item (n, size), of a pair the one that scores higher first; and what was left out.

    Raises
    ------
    DataError
        When there are too few texts, or too few whose scores differ.
    """
    usable = ~pd.Series(texts).duplicated().to_numpy() & np.array([bool(text) for text in texts], dtype=bool)
    if values is not None:
        usable &= np.isfinite(values)
    own = np.flatnonzero(usable)
    if len(own) < n * size:
        raise DataError(
            f"{len(own):,} of {len(texts):,} texts can be rated (the others are empty, repeat one, or have no score). "
            f"n={n} needs {n * size:,}, each in one question: lower n to {len(own) // size:,}, or hand over more texts."
        )
    drawn = _spread(own, None if values is None else values[own], n * size, rng)
    items = drawn.reshape(size, n).T
    notes = (f"{count(len(texts) - len(own), 'text')} empty, repeated or without a score left out.",)
    if size == 2 and values is not None:
        items = _part_ties(items, values)
        is_low = values[items[:, 0]] < values[items[:, 1]]
        items = np.where(is_low[:, None], items[:, ::-1], items)
    return items, notes if len(own) < len(texts) else ()


def _spread(own: Integers, values: Floats | None, n: int, rng: np.random.Generator) -> Integers:
    """Draw n documents in random order: one from each of n slices of the documents as sorted by score."""
    if values is None:
        return own[rng.permutation(len(own))[:n]]
    order = own[np.argsort(values, kind="stable")]
    edges = np.linspace(0, len(order), n + 1)
    first, last = np.floor(edges[:-1]).astype(np.intp), np.ceil(edges[1:]).astype(np.intp)
    drawn = np.empty(n, dtype=np.intp)
    least = 0
    for i, (low, high) in enumerate(zip(first, last, strict=True)):
        low = max(int(low), least)
        drawn[i] = int(rng.integers(low, max(int(high), low + 1)))
        least = int(drawn[i]) + 1
    return order[drawn][rng.permutation(n)]


def _part_ties(pairs: Integers, values: Floats) -> Integers:
    """Exchange texts between pairs until no pair ties."""
    pairs = pairs.copy()
    for i in np.flatnonzero(values[pairs[:, 0]] == values[pairs[:, 1]]):
        fits = (values[pairs[:, 1]] != values[pairs[i, 0]]) & (values[pairs[:, 0]] != values[pairs[i, 1]])
        if not fits.any():
            raise DataError(
                "So many scores are the same that texts cannot be paired with one that scores otherwise. A pair needs "
                "two scores: lower n, or use design='single'."
            )
        j = int(np.argmax(fits))
        pairs[i, 1], pairs[j, 1] = pairs[j, 1], pairs[i, 1]
    return pairs


def deal_items(n: int, raters: int, overlap: float, repeats: float, seed: int) -> list[tuple[Integers, Bools]]:
    """Items of each rater in order, and which of them come for the second time."""
    rng = generator(seed, "who rates what")
    mixed = rng.permutation(n)
    n_shared = round(overlap * n)
    dealt = []
    for rater in range(raters):
        own = np.concatenate([mixed[:n_shared], mixed[n_shared + rater :: raters]])
        own = own[rng.permutation(len(own))]
        # What was met early comes again: memory has had time to fade.
        again = own[: round(repeats * len(own))]
        again = again[rng.permutation(len(again))]
        order = np.concatenate([own, again])
        dealt.append((order, np.arange(len(order)) >= len(own)))
    return dealt


def write_rows(
    items: Integers, dealt: list[tuple[Integers, Bools]], values: Floats | None, scale: int, seed: int
) -> pd.DataFrame:
    """The key: one row a question, with all columns of either design that apply."""
    rng = generator(seed, "sides")
    scores = np.full(int(items.max()) + 1, np.nan) if values is None else values
    parts = []
    for rater, (order, is_repeat) in enumerate(dealt, 1):
        part = pd.DataFrame({"rater": rater, "item": order + 1, "is_repeat": is_repeat.astype(np.int64)})
        if items.shape[1] == 2:
            sides = np.zeros(len(items), dtype=bool)
            sides[rng.permutation(order[~is_repeat])[::2]] = True
            is_turned = sides[order] ^ is_repeat
            left, right = (np.where(is_turned == turned, items[order, 0], items[order, 1]) for turned in (False, True))
            part = part.assign(left=left, right=right, score_left=scores[left], score_right=scores[right])
        else:
            document = items[order, 0]
            part = part.assign(document=document, score=scores[document], scale=scale)
        parts.append(part)
    key = pd.concat(parts, ignore_index=True)
    key.insert(0, "row", np.arange(1, len(key) + 1))
    return key
