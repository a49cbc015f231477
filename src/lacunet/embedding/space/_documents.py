"""Documents as means of their words' vectors."""

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Integers
from lacunet.embedding.space._lookup import Lookup
from lacunet.errors import DataError, DataWarning, SpecError

TOKEN = re.compile(r"\w+(?:['’\-]\w+)*")
"""Runs of letters and digits, with an apostrophe or hyphen inside."""
Tokenize = Callable[[str], Sequence[str]]


def document_vectors(
    space: Lookup, texts: Iterable[Any], *, method: str, a: float, remove_component: bool, tokenize: Tokenize | None
) -> Floats:
    """One vector a document (n, d); NaN where no word is known."""
    weights = _weights(space, method, a)
    known = [rows for rows, _ in _look_up(space, texts, tokenize)]
    vectors = np.full((len(known), space.dim), np.nan)
    for i, rows in enumerate(known):
        if len(rows):
            vectors[i] = weights[rows] @ space.vectors[rows].astype(np.float64) / len(rows)
    is_known = ~np.isnan(vectors[:, 0]) if len(known) else np.zeros(0, dtype=bool)
    n_empty = int((~is_known).sum())
    if n_empty:
        warnings.warn(
            f"{n_empty} of {len(known)} documents have no known word. A vector needs one at least: their rows are NaN. "
            "See coverage().",
            DataWarning,
            stacklevel=3,
        )
    if method == "sif" and remove_component and is_known.any():
        vectors[is_known] = _without_component(vectors[is_known])
    return vectors


def count_known(space: Lookup, texts: Iterable[Any], tokenize: Tokenize | None) -> pd.DataFrame:
    """Tokens and known tokens of each document."""
    counts = [(n, len(rows)) for rows, n in _look_up(space, texts, tokenize)]
    frame = pd.DataFrame(counts, columns=["n_tokens", "n_known"], dtype=np.int64)
    return frame.assign(share=(frame["n_known"] / frame["n_tokens"].where(frame["n_tokens"] > 0)).astype(np.float64))


def _weights(space: Lookup, method: str, a: float) -> Floats:
    """Weight of each word (v,)."""
    if method == "mean":
        return np.ones(len(space))
    if method != "sif":
        raise SpecError(f"method={method!r} is not known. Documents are made by 'mean' or by 'sif': choose one.")
    if not (isinstance(a, int | float) and 0 < a < np.inf):
        raise SpecError(f"a={a!r} is no weight parameter. A number above 0 is needed, such as .001. Give one.")
    if space.counts is None or not space.counts.sum():
        raise SpecError(
            "method='sif' weighs words by how frequent they are, and these embeddings hold no counts. Counts are "
            "needed: hand them over, Embeddings(words, vectors, counts), or take method='mean'."
        )
    return a / (a + space.counts / space.counts.sum())


def _look_up(space: Lookup, texts: Iterable[Any], tokenize: Tokenize | None) -> list[tuple[Integers, int]]:
    """Rows of the known tokens of each document, and its number of tokens."""
    if isinstance(texts, str):
        raise SpecError(f"texts={texts[:40]!r} is one text. A list of documents is needed. Put it in a list.")
    return [_look_up_one(space, text, i, tokenize) for i, text in enumerate(texts)]


def _look_up_one(space: Lookup, text: Any, i: int, tokenize: Tokenize | None) -> tuple[Integers, int]:
    if isinstance(text, str):
        tokens = list(tokenize(text)) if tokenize else TOKEN.findall(text)
        if tokenize is None:
            tokens = [word if word in space else word.lower() for word in tokens]
    elif isinstance(text, Iterable):
        tokens = list(text)
    elif text is None or text != text:  # NaN and NA of frames
        tokens = []
    else:
        raise DataError(
            f"Document {i} is a {type(text).__name__} ({text!r}). A text or a list of tokens is needed. "
            "Turn it into text."
        )
    known = [word for word in tokens if word in space]
    return space.rows(known), len(tokens)


def _without_component(vectors: Floats) -> Floats:
    """Take away the first right singular vector u: v - u u'v."""
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    u = directions[:, -1]
    return vectors - np.outer(vectors @ u, u)
