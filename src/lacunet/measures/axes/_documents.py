"""Scores of documents in each fit: the texts are read once."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import numpy as np
from scipy.sparse import csr_array

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Tokens, as_corpus
from lacunet.errors import SpecError
from lacunet.measures.axes._kernel import score_rows
from lacunet.measures.axes._scores import Scores
from lacunet.measures.documents import open_documents, sif_weights
from lacunet.measures.lists._cosines import cosines_with
from lacunet.report._words import percent

By = Literal["vector", "words"]
Weights = Literal["mean", "sif"]
Measure = Callable[[int, csr_array], tuple[Floats, Floats]]


def score_along(
    spaces: Sequence[Embeddings],
    texts: Any,
    reading: tuple[str | None, Tokens | None],
    *,
    directions: Sequence[Floats],
    scales: Sequence[float],
    documents: By,
    weights: Weights,
    a: float,
    name: str,
    notes: tuple[str, ...],
    works: tuple[str, ...],
) -> Scores:
    """Scores of documents along one direction in each fit. See `Axis.score`."""
    for given, allowed, option in ((documents, By, "documents"), (weights, Weights, "weights")):
        if given not in get_args(allowed):
            one, other = get_args(allowed)
            raise SpecError(f"{option}={given!r} is not known. {one!r} or {other!r} is needed: choose one.")
    check_sif(a)

    def measure(i: int, counts: csr_array) -> tuple[Floats, Floats]:
        weight = sif_weights(spaces[i], counts, a) if weights == "sif" else None
        if documents == "vector":
            return score_rows(counts, spaces[i].vectors, weight, directions[i][None])
        rows = np.arange(len(spaces[i]))
        polarity = scales[i] * cosines_with(spaces[i], rows, directions[i][None])[:, 0]
        return average_words(counts, polarity, weight)

    how = "cosine of the mean vector with" if documents == "vector" else "mean projection of the words on"
    method = f"{how} the axis, words weighted by {'smooth inverse frequency' if weights == 'sif' else 'count'}"
    return score_all(spaces, texts, reading, measure, name=name, method=method, notes=notes, works=works)


def score_all(
    spaces: Sequence[Embeddings],
    texts: Any,
    reading: tuple[str | None, Tokens | None],
    measure: Measure,
    *,
    name: str,
    method: str,
    notes: tuple[str, ...],
    works: tuple[str, ...],
) -> Scores:
    """Read texts once and score them in each fit.

    Parameters
    ----------
    spaces, texts
        As users hand them over.
    reading
        ``text`` and ``tokens``.
    measure
        From the number of a fit and the counts of its words to scores and their errors within documents.
    name, method, notes, works
        Of the `Scores`.
    """
    corpus = as_corpus(texts, *reading)
    opened = open_documents(spaces[0], corpus)
    values, errors = [], []
    for i, space in enumerate(spaces):
        same = space.words == spaces[0].words
        found = measure(i, opened.counts if same else open_documents(space, corpus).counts)
        values.append(found[0])
        errors.append(found[1])
    said = (f"The embeddings know {percent(opened.share_known)} of the words of the documents.", *corpus.notes)
    return Scores(
        name=name,
        method=method,
        values=np.stack(values),
        errors=np.stack(errors),
        n_words=opened.n_words,
        n_known=opened.n_known,
        variables=opened.variables.reset_index(drop=True),
        notes=(*notes, *said),
        works=works,
    )


def average_words(counts: csr_array, polarity: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
    r"""Weighted mean over the words of each document of a number of each word, with its standard error (n,).

    .. math:: s = \sum_w f_w \omega_w \beta_w / \sum_w f_w \omega_w, \quad
              \widehat{se}^2 = \frac{n}{n - 1} \frac{\sum_w f_w \omega_w^2 (\beta_w - s)^2}{(\sum_w f_w \omega_w)^2}.

    Words without a number (NaN) are left out.
    """
    is_there = np.isfinite(polarity)
    beta = np.where(is_there, polarity, 0.0)
    omega = is_there * (np.ones(len(beta)) if weights is None else weights)
    squared = omega**2
    columns = [is_there, omega, omega * beta, squared, squared * beta, squared * beta**2]
    n, total, first, q0, q1, q2 = (counts @ np.column_stack(columns).astype(np.float64)).T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = first / total
        spread = np.maximum(q2 - 2 * mean * q1 + mean**2 * q0, 0.0)
        error = np.sqrt(spread * n / (n - 1)) / total
    return mean, np.where(n > 1, error, np.nan)


def check_sif(a: Any) -> None:
    """Refuse what is no parameter of smooth inverse frequency."""
    if not (isinstance(a, int | float) and 0 < a < np.inf):
        raise SpecError(f"a={a!r} is no weight parameter. A number above 0 is needed, such as .001. Give one.")
