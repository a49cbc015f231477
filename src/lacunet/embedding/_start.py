"""Where training begins: rows for words, subwords and nodes of the tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Vocabulary
from lacunet.embedding.training._bags import Bags
from lacunet.embedding.training._subwords import number_subwords
from lacunet.embedding.training._tree import list_ways
from lacunet.embedding.training._weights import Weights, make_weights, match_words, set_rows
from lacunet.errors import SpecError


@dataclass(frozen=True)
class State:
    """Weights, and which rows stand for what.

    Attributes
    ----------
    weights
        The two matrices.
    bags
        Input rows of every word, and its way through the tree.
    subwords
        Subwords in the order of their rows, from row v on.
    """

    weights: Weights
    bags: Bags
    subwords: tuple[str, ...]


def begin(spec: Any, vocabulary: Vocabulary, seed: int) -> State:
    """Rows of a vocabulary, inputs random and outputs 0."""
    starts, rows, subwords = number_subwords(vocabulary.words, spec.subwords)
    ways = list_ways(vocabulary.counts) if spec.negative == 0 else _no_ways(len(vocabulary))
    n = len(vocabulary)
    weights = make_weights(n + len(subwords), n, spec.dim, seed)
    return State(weights, Bags(starts, rows, *ways), subwords)


def start_from(start: Embeddings, state: State, vocabulary: Vocabulary, spec: Any) -> int:
    """Write the vectors of earlier embeddings over the random ones; for how many words."""
    if not isinstance(start, Embeddings):
        raise SpecError(f"start is a {type(start).__name__}. It needs to be Embeddings. Read a file with ln.load.")
    if start.dim != spec.dim:
        raise SpecError(
            f"start has vectors of {start.dim} dimensions, the specification asks for {spec.dim}. They must agree. "
            f"Say dim={start.dim}."
        )
    places, rows = match_words(start.words, vocabulary.index)
    n_known, width = len(rows), state.weights.width
    set_rows(state.weights.inputs, width, rows, _own_rows(start)[places])
    context = getattr(start, "context_vectors", None)
    if context is not None and spec.negative > 0:
        set_rows(state.weights.outputs, width, rows, context[places])
    pieces = getattr(start, "subwords", ())
    if pieces and state.subwords:
        number = {piece: row for row, piece in enumerate(state.subwords, len(vocabulary))}
        places, rows = match_words(pieces, number)
        set_rows(state.weights.inputs, width, rows, start.input_rows[len(start) :][places])  # type: ignore[attr-defined]
    return n_known


def _own_rows(start: Embeddings) -> Any:
    """Input rows of the words themselves: with subwords, the vectors are means over more than these."""
    rows = getattr(start, "input_rows", None)
    return start.vectors if rows is None else rows[: len(start)]


def _no_ways(n: int) -> Sequence[Any]:
    return np.zeros(n + 1, np.int64), np.zeros(1, np.int32), np.zeros(1, np.int8)
