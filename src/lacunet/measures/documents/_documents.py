"""Texts that were read for the words of an embedding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus, Tokens, as_corpus
from lacunet.errors import ColumnError, DataError, SpecError, suggest, warn_user
from lacunet.measures.documents._count import count_words


@dataclass(frozen=True, eq=False, kw_only=True)
class Documents:
    """Documents as counts of known words, beside their variables.

    Attributes
    ----------
    corpus
        The text.
    counts
        Occurrences of each word of the space in each document, sparse float32 (n, v).
    n_words, n_known
        Words of each document, and those that the space knows (n,).
    variables
        Document variables, one row a document; without columns where the source had no more than text.
    """

    corpus: Corpus
    counts: csr_array
    n_words: NDArray[np.int64]
    n_known: NDArray[np.int64]
    variables: pd.DataFrame

    def __len__(self) -> int:
        return len(self.n_words)

    @property
    def share_known(self) -> float:
        """Share of all words that the space knows."""
        return float(self.n_known.sum() / max(int(self.n_words.sum()), 1))

    def column(self, name: str) -> pd.Series:
        """A document variable.

        Raises
        ------
        ColumnError
            When there is none of that name.
        """
        return variable_of(self.variables, name)


def variable_of(variables: pd.DataFrame | None, name: str) -> pd.Series:
    """A document variable, or why there is none."""
    known = [] if variables is None else [str(column) for column in variables.columns]
    if variables is None or name not in variables.columns:
        hint = suggest(name, known) or (
            f"They are: {', '.join(known[:20])}." if known else "The texts came without any: hand over a data frame."
        )
        raise ColumnError(f"{name!r} is no document variable. One of them is needed. {hint}")
    return variables[name]


def as_names(by: str | Sequence[str] | None, what: str) -> tuple[str, ...]:
    """Names of document variables, each once.

    Raises
    ------
    SpecError
        When something else than a name is among them.
    """
    given = (by,) if isinstance(by, str) else () if by is None else tuple(by) if isinstance(by, Sequence) else (by,)
    wrong = next((name for name in given if not isinstance(name, str)), None)
    if wrong is not None:
        raise SpecError(f"{what} holds {wrong!r}. Names of document variables are needed. Write {what}=['year'].")
    return tuple(dict.fromkeys(given))


def write_value(value: Any) -> str:
    """A value of a document variable as a reader writes it: years that went through floats are whole, days are days."""
    if isinstance(value, pd.Timestamp):
        return str(value.date()) if value == value.normalize() else str(value)
    is_whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if is_whole else str(value)


def open_documents(
    space: Embeddings, texts: Any, *, text: str | None = None, tokens: Tokens | None = None
) -> Documents:
    """Read texts and count the words that a space knows.

    Parameters
    ----------
    space
        Whose words are counted.
    texts, text, tokens
        A `Corpus`, or what `read_corpus` takes, in its words.

    Returns
    -------
    Documents
        One row a document.

    Raises
    ------
    DataError
        When the space knows no word of the texts.

    Warns
    -----
    DataWarning
        When some documents have no known word.
    """
    corpus = as_corpus(texts, text, tokens)
    counts, n_words = count_words(space, corpus)
    n_known = np.asarray(counts.sum(axis=1), dtype=np.int64)
    if not n_known.any():
        raise DataError(
            f"The embeddings know none of the {int(n_words.sum()):,} words of these texts. Words in common are needed: "
            "read the texts as those that the embeddings were trained on (same language, case, stemming)."
        )
    n_empty = int((n_known == 0).sum())
    if n_empty:
        first = ", ".join(str(i) for i in np.flatnonzero(n_known == 0)[:5])
        warn_user(
            f"{n_empty:,} of {len(n_known):,} documents have no known word (first: {first}). A score needs one at "
            "least: theirs are NaN."
        )
    variables = corpus.variables
    if variables is None:
        variables = pd.DataFrame(index=pd.RangeIndex(len(n_words)))
    return Documents(corpus=corpus, counts=counts, n_words=n_words, n_known=n_known, variables=variables)
