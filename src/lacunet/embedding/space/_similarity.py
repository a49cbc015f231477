"""Which words are alike: cosines, neighbours and analogies."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._check import check_count
from lacunet._typing import Floats, Integers
from lacunet.embedding.space._lookup import Lookup
from lacunet.errors import DataError, SpecError

MULTIPLY_EPSILON = 0.001
"""What Levy and Goldberg (2014) add to the denominator so that nothing is divided by 0."""
MARGIN = 1e-4
"""How far a float32 score may lie below the n-th best and still be looked at in float64, by which rows are ranked."""


class Similarity(Lookup):
    """Words with the questions of likeness that can be put to them. See `Embeddings`, which is what users meet."""

    def similarity(self, a: str, b: str) -> float:
        r"""Cosine of the angle between the vectors of two words.

        .. math:: \cos(a, b) = a \cdot b / (\lVert a \rVert \lVert b \rVert)

        Parameters
        ----------
        a, b
            Known words.

        Returns
        -------
        float
            From -1 to 1; NaN where a vector is all zeros.

        Raises
        ------
        DataError
            When a word is unknown.
        """
        one, other = self.units(self.rows([a, b]))
        return float(one @ other)

    def similarities(self, words: Sequence[str], others: Sequence[str] | None = None) -> pd.DataFrame:
        """Cosines of words with words.

        Parameters
        ----------
        words
            Known words, one row each.
        others
            Known words, one column each; None for the same words.

        Returns
        -------
        pandas.DataFrame
            Cosines, indexed by word both ways.

        Raises
        ------
        DataError
            When a word is unknown.
        """
        rows = self.rows(words)
        columns = rows if others is None else self.rows(others)
        cosines = self.units(rows) @ self.units(columns).T
        return pd.DataFrame(cosines, index=[self.words[i] for i in rows], columns=[self.words[i] for i in columns])

    def nearest(
        self, what: Any, n: int = 10, *, among: Iterable[str] | None = None, without: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Words of highest cosine with a word, with several words, or with a vector.

        Do not read much into ranks that lie close together: ``lacunet.stability`` shows how far they would move with
        another seed or another sample of documents.

        Parameters
        ----------
        what
            A known word; a list of known words, which stand for the mean of their vectors at length 1; or a vector of
            d numbers, such as ``combine`` gives. Words asked for are never in the answer.
        n
            How many neighbours; fewer come back where there are fewer.
        among
            Known words of which to choose; None for all.
        without
            Known words that shall not be in the answer.

        Returns
        -------
        pandas.DataFrame
            ``word`` and ``similarity``, the highest first; ties in the order of the words.

        Raises
        ------
        DataError
            When a word is unknown, or the vector has another length, is not finite or is all zeros.
        """
        n = check_count(n, "n")
        query, own = self._query(what)
        scores = self._cosines(query[None])[0]
        self._leave(scores, among, np.concatenate([own, self.rows(without)]))
        rows, values = best(scores, n, lambda found: np.einsum("nd,d->n", self.units(found), query))
        return pd.DataFrame({"word": [self.words[i] for i in rows], "similarity": values})

    def analogy(self, a: str, b: str, c: str, n: int = 10, *, method: str = "add") -> pd.DataFrame:
        r"""Words that are to c as a is to b: ``analogy("king", "man", "woman")`` asks for queen.

        With all vectors at length 1, "add" ranks words x by 3CosAdd,

        .. math:: \cos(x, a - b + c),

        and "multiply" by 3CosMul, which lets no single large cosine decide:

        .. math:: \frac{\cos'(x, a)\,\cos'(x, c)}{\cos'(x, b) + \varepsilon}, \quad
            \cos' = (\cos + 1) / 2,\; \varepsilon = .001.

        The three words are left out; without that the answer would mostly be one of them, so an analogy says less about
        a space than its picture suggests.

        Parameters
        ----------
        a, b, c
            Known words.
        n
            How many answers.
        method
            "add" or "multiply".

        Returns
        -------
        pandas.DataFrame
            ``word`` and ``score``, the highest first.

        Raises
        ------
        SpecError
            When the method is neither.
        DataError
            When a word is unknown.

        References
        ----------
        Mikolov, T., Yih, W., & Zweig, G. (2013). Linguistic regularities in continuous space word representations.
        *Proceedings of NAACL-HLT*, 746-751.
        Levy, O., & Goldberg, Y. (2014). Linguistic regularities in sparse and explicit word representations.
        *Proceedings of CoNLL*, 171-180. The .001 is theirs; gensim adds .000001 instead, so that its scores differ.
        """
        if method not in ("add", "multiply"):
            raise SpecError(f"method={method!r} is not known. Analogies go by 'add' or by 'multiply': choose one.")
        n, rows = check_count(n, "n"), self.rows([a, b, c])
        units = self._directions(rows)
        if method == "add":
            units = _unit(units[0] - units[1] + units[2])[None]
        rule = multiply if method == "multiply" else _first
        scores = rule(self._cosines(units))
        self._leave(scores, None, rows)
        found, values = best(scores, n, lambda some: rule(np.einsum("kd,nd->kn", units, self.units(some))))
        return pd.DataFrame({"word": [self.words[i] for i in found], "score": values})

    def _query(self, what: Any) -> tuple[Floats, Integers]:
        """Direction asked for, and the rows it was made of."""
        if isinstance(what, str) or _has_words(what):
            rows = self.rows(what)
            return _unit(self._directions(rows).mean(axis=0)), rows
        try:
            vector = np.asarray(what, dtype=np.float64)
        except (TypeError, ValueError):
            vector = np.empty(0)
        if vector.shape != (self.dim,) or not np.isfinite(vector).all():
            raise DataError(
                f"A {type(what).__name__} ({str(what)[:40]}) is neither words nor a vector of these embeddings. "
                f"A word, a list of words, or {self.dim} finite numbers are needed. Hand over one of them."
            )
        return _unit(vector), np.empty(0, dtype=np.intp)

    def _directions(self, rows: Integers) -> Floats:
        """Vectors at length 1, or why one has no direction."""
        units = self.units(rows)
        is_zero = np.isnan(units).any(axis=1)
        if is_zero.any():
            raise DataError(
                f"The vector of {self.words[rows[np.argmax(is_zero)]]!r} is all zeros. A direction is needed. "
                "Ask for another word."
            )
        return units

    def _cosines(self, units: Floats) -> NDArray[np.float32]:
        """Cosines (k, v) of directions with every word, without a copy of the matrix."""
        products = np.ascontiguousarray((self.vectors @ units.T.astype(np.float32)).T)
        products /= self.norms
        return products

    def _leave(self, scores: NDArray[np.float32], among: Iterable[str] | None, without: Integers) -> None:
        """Mark the words that may not be chosen."""
        scores[np.isnan(scores)] = -np.inf
        scores[without] = -np.inf
        if among is not None:
            is_out = np.ones(len(scores), dtype=bool)
            is_out[self.rows(list(among))] = False
            scores[is_out] = -np.inf


def best(scores: NDArray[np.float32], n: int, exact: Callable[[Integers], Floats]) -> tuple[Integers, Floats]:
    """Rows of the n highest scores: chosen in float32, ranked in float64, ties by row; minus infinity is never chosen.

    Parameters
    ----------
    scores
        Approximate scores (v,).
    n
        How many.
    exact
        The scores of some rows in float64.

    Returns
    -------
    tuple
        Rows and their exact scores, both (n,) at most.
    """
    n = min(n, int((scores > -np.inf).sum()))
    if not n:
        return np.empty(0, dtype=np.intp), np.empty(0)
    bar = float(np.partition(scores, -n)[-n])
    rows = np.flatnonzero(scores >= bar - MARGIN * max(1.0, abs(bar)))
    values = exact(rows)
    order = np.lexsort((rows, -values))[:n]
    return rows[order], values[order]


def multiply(cosines: Any) -> Any:
    """3CosMul of the cosines with a, b and c of ``analogy``, from -1 to 1."""
    one, other, third = ((cosine + 1) / 2 for cosine in cosines)
    return one * third / (other + MULTIPLY_EPSILON)


def _has_words(what: Any) -> bool:
    """Whether these are several words, and at least one."""
    items = list(what) if isinstance(what, Iterable) else []
    return bool(items) and all(isinstance(word, str) for word in items)


def _first(cosines: Any) -> Any:
    return cosines[0]


def _unit(vector: Floats) -> Floats:
    length = float(np.sqrt(vector @ vector))
    if length == 0:
        raise DataError("The vector asked for is all zeros. A direction is needed. Take other words.")
    return vector / length
