"""Emotion against reason in language, by Gennaro and Ash (2022)."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from scipy.sparse import csr_array

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Tokens
from lacunet.errors import DataError, SpecError, list_some, warn_user
from lacunet.measures._spaces import read_spaces
from lacunet.measures.axes._documents import check_sif, score_all
from lacunet.measures.axes._kernel import score_rows
from lacunet.measures.axes._poles import LEAST_LENGTH
from lacunet.measures.axes._scores import Scores
from lacunet.measures.axes._words import ARORA_2017, GENNARO_ASH_2022
from lacunet.measures.documents import sif_weights
from lacunet.measures.lists import Resolved, resolve, resolve_each
from lacunet.report._words import count

Form = Literal["ratio", "difference"]


def emotionality(
    space: Any,
    texts: Any,
    affect: Any,
    cognition: Any,
    *,
    text: str | None = None,
    tokens: Tokens | None = None,
    a: float = 1e-3,
    form: Form = "ratio",
) -> Scores:
    r"""Score documents by whether their words lie nearer to words of emotion than to words of reason.

    .. math:: Y_d = \frac{1 + \cos(d, A)}{1 + \cos(d, C)}, \quad d = \frac1n \sum_i \omega_{w_i} v_{w_i}, \quad
              \omega_w = \frac{a}{a + p(w)},

    with A and C the means of weight times vector over the words of the two lists, and p(w) the word's share of the
    corpus behind the embeddings (of the documents, where the embeddings hold no counts). A score of 1 is a balance,
    above it the affective list is nearer. The level depends on the lists and the embeddings: compare documents of one
    call, not calls.

    The lists of the paper come from LIWC, which is sold: hand over your own (`read_words`), or lists of your making
    (`expand`). In the paper the affect and cognition lists have no word in common; here words in both are left out.

    Parameters
    ----------
    space
        Embeddings, or several fits: seeds become a second source of uncertainty.
    texts, text, tokens
        A `Corpus`, or what `read_corpus` takes. Read the texts as those that the embeddings were trained on.
    affect, cognition
        Words; ``*`` and ``?`` are wildcards.
    a
        Parameter of the weights, in shares of the corpus.
    form
        "ratio" as above, or "difference": cos(d, A - C), the variant of the paper's appendix.

    Returns
    -------
    Scores
        ``.frame()``, one row a document, and ``.by("year", cluster="country")``, means with intervals.

    Raises
    ------
    SpecError
        When an option is wrong.
    DataError
        When a list has no known word of its own, the two means coincide, or no word of the texts is known.

    Warns
    -----
    DataWarning
        When words are not known or in both lists, or documents have no known word (their score is NaN).

    References
    ----------
    Gennaro, G., & Ash, E. (2022). Emotion and reason in political language. *The Economic Journal, 132*(643),
    1037-1059.
    Arora, S., Liang, Y., & Ma, T. (2017). A simple but tough-to-beat baseline for sentence embeddings.
    *International Conference on Learning Representations*.
    Differs: with Gennaro and Ash, no common component is taken away.

    Examples
    --------
    >>> space = Embeddings(["love", "think", "tax"], [[1, 0], [0, 1], [1, 1]], [1, 1, 1])
    >>> scores = emotionality(space, [["love", "tax"], ["think", "tax"]], ["love"], ["think"])
    >>> scores["score"].round(3).tolist()
    [1.309, 0.764]
    """
    spaces = read_spaces(space)
    check_sif(a)
    if form not in get_args(Form):
        raise SpecError(f"form={form!r} is not known. 'ratio' or 'difference' is needed: choose one.")
    feeling, reason, notes = _read_lists(spaces, affect, cognition)

    def measure(i: int, counts: csr_array) -> tuple[Floats, Floats]:
        weights = sif_weights(spaces[i], counts, a)
        one, other = (_centre(spaces[i], which[i], weights) for which in (feeling, reason))
        if np.linalg.norm(one / np.linalg.norm(one) - other / np.linalg.norm(other)) < LEAST_LENGTH:
            raise DataError(
                "The means of the affect and the cognition list coincide. Two directions are needed. Take other words."
            )
        towards = [one, other] if form == "ratio" else [one - other]
        directions = np.stack([vector / np.linalg.norm(vector) for vector in towards])
        return score_rows(counts, spaces[i].vectors, weights, directions)

    formula = "(1 + cos(d, A)) / (1 + cos(d, C))" if form == "ratio" else "cos(d, A - C)"
    method = f"{formula}, words weighted by smooth inverse frequency with a = {a:g}"
    works = (GENNARO_ASH_2022, ARORA_2017)
    return score_all(
        spaces, texts, (text, tokens), measure, name="emotionality", method=method, notes=notes, works=works
    )


def _read_lists(
    spaces: Sequence[Embeddings], affect: Any, cognition: Any
) -> tuple[tuple[Resolved, ...], tuple[Resolved, ...], tuple[str, ...]]:
    """Both lists without what they share, in each fit."""
    one, other = resolve_each(spaces, affect, "affect"), resolve_each(spaces, cognition, "cognition")
    notes = [f"{found[0].sentence}." for found in (one, other)]
    shared = [word for word in one[0].words if word in set(other[0].words)]
    if shared:
        said = (
            f"The affect and the cognition list share {count(len(shared), 'word')}: "
            f"{list_some(map(repr, shared))}. Lists without a word in common are needed: what they share "
            "is left out of both."
        )
        warn_user(said)
        notes.append(said)
        one, other = _without(spaces, one, shared, "affect"), _without(spaces, other, shared, "cognition")
    return one, other, tuple(notes)


def _without(
    spaces: Sequence[Embeddings], found: tuple[Resolved, ...], shared: Sequence[str], what: str
) -> tuple[Resolved, ...]:
    left = set(shared)
    kept = [word for word in found[0].words if word not in left]
    if not kept:
        raise DataError(
            f"The {what} list has no word that is not in the other list too. One at least is needed. Take other words."
        )
    return tuple(resolve(space, kept, what) for space in spaces)


def _centre(space: Embeddings, words: Resolved, weights: Floats) -> Floats:
    """Mean of weight times vector over the words of a list (d,)."""
    return np.einsum("k,kd->d", weights[words.rows], space.vectors[words.rows].astype(np.float64)) / len(words.rows)
