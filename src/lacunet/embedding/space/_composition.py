"""Vectors made of words: sums, means, documents."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.embedding.space._documents import count_known, document_vectors
from lacunet.embedding.space._similarity import Similarity
from lacunet.errors import SpecError


class Composition(Similarity):
    """Words with the vectors that can be made of several. See `Embeddings`, which is what users meet."""

    def combine(self, positive: Sequence[str] = (), negative: Sequence[str] = ()) -> Floats:
        """Sum of vectors at length 1: ``combine(["king", "woman"], ["man"])`` is king - man + woman.

        Parameters
        ----------
        positive, negative
            Known words whose vectors are added, and taken away.

        Returns
        -------
        numpy.ndarray
            Floats (d,), for `nearest`.

        Raises
        ------
        SpecError
            When there are no words.
        DataError
            When a word is unknown.
        """
        added, taken = self.rows(positive), self.rows(negative)
        if not len(added) + len(taken):
            raise SpecError("There are no words to combine. Name one at least: combine(['king', 'woman'], ['man']).")
        return self._directions(added).sum(axis=0) - self._directions(taken).sum(axis=0)

    def mean(self, words: Sequence[str], weights: Sequence[float] | None = None) -> Floats:
        """Mean of the vectors of words, as long as they are: longer vectors count for more.

        Parameters
        ----------
        words
            Known words; one named twice counts twice.
        weights
            A number from 0 a word; None for equal ones.

        Returns
        -------
        numpy.ndarray
            Floats (d,).

        Raises
        ------
        SpecError
            When there are no words, or the weights do not fit them.
        DataError
            When a word is unknown.
        """
        rows = self.rows(words)
        weight = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
        fits = weight.shape == rows.shape and bool((weight >= 0).all()) and 0 < weight.sum() < np.inf
        if not fits:
            raise SpecError(
                f"The weights {weights!r} do not fit {len(rows)} words. A mean needs a word at least, and one number "
                "from 0 a word, not all 0. Hand them over so."
            )
        return weight @ self.vectors[rows].astype(np.float64) / weight.sum()

    def documents(
        self,
        texts: Iterable[Any],
        method: str = "mean",
        *,
        a: float = 1e-3,
        remove_component: bool = True,
        tokenize: Callable[[str], Sequence[str]] | None = None,
    ) -> Floats:
        r"""One vector a document: the mean of its words' vectors, or their smooth inverse frequency mean.

        "mean" is the plain mean over the known tokens; frequent words rule it. "sif" weighs each down by how frequent
        it is, and takes away what all documents share:

        .. math:: v_s = \frac{1}{|s|} \sum_{w \in s} \frac{a}{a + p(w)}\, v_w, \qquad v_s \leftarrow v_s - u u^\top v_s,

        with p(w) the word's share of the corpus and u the first singular vector of the documents handed over. So "sif"
        vectors depend on the other documents of the same call: hand all of them over at once.

        Parameters
        ----------
        texts
            One document an item: a text, or a list of tokens taken as they are.
        method
            "mean" or "sif".
        a
            Weight parameter of "sif", in shares of the corpus; the paper takes from 1e-4 to 1e-3.
        remove_component
            Whether "sif" takes the common component away.
        tokenize
            Text to tokens; None finds runs of letters and digits, and tries a token that is not known in lower case.

        Returns
        -------
        numpy.ndarray
            Floats (n, d), NaN in the row of a document without a known word; see `coverage`.

        Raises
        ------
        SpecError
            When an option is wrong, or "sif" is asked of embeddings without counts.

        Warns
        -----
        DataWarning
            When documents have no known word.

        References
        ----------
        Arora, S., Liang, Y., & Ma, T. (2017). A simple but tough-to-beat baseline for sentence embeddings.
        *International Conference on Learning Representations*.
        """
        return document_vectors(self, texts, method=method, a=a, remove_component=remove_component, tokenize=tokenize)

    def coverage(self, texts: Iterable[Any], *, tokenize: Callable[[str], Sequence[str]] | None = None) -> pd.DataFrame:
        """How much of each document its vector rests on.

        Parameters
        ----------
        texts, tokenize
            As in `documents`.

        Returns
        -------
        pandas.DataFrame
            One row a document: ``n_tokens``, ``n_known`` and ``share``, NaN of a document without tokens.
        """
        return count_known(self, texts, tokenize)
