"""Axes of meaning between two poles of words, and where words and documents lie on them."""

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from lacunet._typing import Floats, PathLike
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Tokens
from lacunet.errors import DataError, SpecError
from lacunet.measures._spaces import read_spaces
from lacunet.measures.axes._documents import By, Weights, score_along
from lacunet.measures.axes._poles import check_pairs, find_directions
from lacunet.measures.axes._scores import Scores
from lacunet.measures.axes._words import ARORA_2017, AXES, works_to_cite
from lacunet.measures.lists import resolve_each
from lacunet.measures.lists._cosines import cosines_with, words_in_all
from lacunet.measures.lists._read import read_pairs

How = Literal["centroids", "pairs", "words"]


@dataclass(frozen=True)
class Axis:
    r"""An axis of meaning from a negative to a positive pole of words: a specification, asked of any embeddings.

    With u(w) a vector at length 1, the direction is

    - "centroids" (SemAxis): the mean of u over the positive words, less that over the negative ones. The usual choice;
    - "pairs" (Kozlowski, Taddy & Evans): the mean over antonym pairs of :math:`u(u(a) - u(b))`, so that every pair
      counts alike. For cultural dimensions that many pairs of opposites span (rich and poor, affluent and destitute);
    - "words" (Latent Semantic Scaling): as "centroids", but every entry of the list counts alike, the matches of a
      wildcard sharing its weight, and words keep the scale of Watanabe's polarity,
      :math:`\beta_w = \sum_s \text{weight}_s \cos(w, s)` with weights 1/n for each of n positive seeds and -1/n for
      the negative ones.

    An axis is as good as its words. Look at ``.words(space)``, at the same axis from other words, and ask people
    (`rating_sheet`, `compare_ratings`) before a mean score is called what the axis is called.

    Parameters
    ----------
    positive
        Words of one pole; ``*`` and ``?`` are wildcards.
    negative
        Words of the other; none makes scores cosines with the positive words.
    name
        What the axis measures, for tables and figures.
    how
        As above.

    Raises
    ------
    SpecError
        When there is no positive word, ``how`` is not known, or pairs are none.

    References
    ----------
    An, J., Kwak, H., & Ahn, Y.-Y. (2018). SemAxis: A lightweight framework to characterize domain-specific word
    semantics beyond sentiment. *Proceedings of ACL*, 2450-2461.
    Differs: words enter at length 1, so that no pole is its longest vector.
    Kozlowski, A. C., Taddy, M., & Evans, J. A. (2019). The geometry of culture: Analyzing the meanings of class through
    word embeddings. *American Sociological Review, 84*(5), 905-949.
    Watanabe, K. (2021). Latent semantic scaling: A semisupervised text analysis technique for new domains and
    languages. *Communication Methods and Measures, 15*(2), 81-102.
    Differs: the vectors are those of any embeddings, not only of a singular value decomposition of sentences.

    Examples
    --------
    >>> space = Embeddings(["good", "bad", "fine", "poor"], [[1, 0.1], [-1, 0.1], [0.9, 0.4], [-0.8, 0.6]])
    >>> Axis(["good"], ["bad"]).words(space, ["fine", "poor"])["projection"].round(2).tolist()
    [0.91, -0.8]
    """

    positive: Any
    negative: Any = ()
    _: KW_ONLY
    name: str = ""
    how: How = "centroids"

    def __post_init__(self) -> None:
        for pole in ("positive", "negative"):
            object.__setattr__(self, pole, _read_pole(getattr(self, pole), pole))
        if self.how not in get_args(How):
            raise SpecError(
                f"how={self.how!r} is not known. An axis is made by 'centroids', 'pairs' or 'words': choose one."
            )
        if not self.positive:
            raise SpecError("The positive pole is empty. One word at least is needed: Axis(positive=['good']).")
        if self.how == "pairs":
            check_pairs(self.positive, self.negative)

    @classmethod
    def from_pairs(cls, pairs: PathLike | Iterable[Sequence[str]], *, name: str = "") -> "Axis":
        """An axis from pairs of opposites, by Kozlowski, Taddy and Evans (2019).

        Parameters
        ----------
        pairs
            A positive word and its opposite each, such as ``[("rich", "poor"), ("affluent", "destitute")]``; a word may
            stand in several pairs. Or a ``.csv`` file with one pair a line, and no line of names above.
        name
            As in `Axis`.

        Returns
        -------
        Axis
            With ``how="pairs"``.

        Raises
        ------
        SpecError
            When something else than a pair of different words is among them.
        """
        pairs = read_pairs(pairs) if isinstance(pairs, str | Path) else pairs
        found = [(pair,) if isinstance(pair, str) else tuple(pair) for pair in pairs]
        wrong = next((pair for pair in found if len(pair) != 2), None)
        if wrong is not None:
            raise SpecError(f"{wrong!r} is no pair. Two words are needed, such as ('rich', 'poor'). Correct it.")
        return cls([high for high, _ in found], [low for _, low in found], name=name, how="pairs")

    def direction(self, space: Embeddings) -> Floats:
        """The axis as a vector at length 1.

        Parameters
        ----------
        space
            One embedding: the directions of two fits have nothing to do with each other.

        Returns
        -------
        numpy.ndarray
            Floats (d,), for ``space.nearest`` among others.

        Raises
        ------
        SpecError
            When several fits are handed over.
        DataError
            When a pole has no known word, the poles share one, or they coincide.
        """
        spaces = read_spaces(space)
        if len(spaces) > 1:
            raise SpecError(
                f"There are {len(spaces)} fits. A direction is one of a single fit. Ask for that of each: "
                "[axis.direction(one) for one in fits]."
            )
        return find_directions(spaces, self.positive, self.negative, self.how).each[0].unit

    def words(self, space: Any, words: Any = None) -> pd.DataFrame:
        """Where words lie on the axis.

        Parameters
        ----------
        space
            Embeddings, or several fits, over which projections are averaged.
        words
            Words in the order wanted, wildcards allowed; None for all, the most positive first.

        Returns
        -------
        pandas.DataFrame
            word, projection (cosine of the word with the axis, from -1 to 1; with ``how="words"`` the polarity),
            sd_seeds (standard deviation over fits; NaN for one) and count (in the first fit, where it is known).

        Raises
        ------
        DataError
            As in `direction`, and when no word is known.

        Warns
        -----
        DataWarning
            When words are not known.
        """
        spaces = read_spaces(space)
        found = find_directions(spaces, self.positive, self.negative, self.how)
        asked = words_in_all(spaces) if words is None else resolve_each(spaces, words, "asked")[0].words
        each = []
        for one, direction in zip(spaces, found.each, strict=True):
            scale = direction.length if self.how == "words" else 1.0
            each.append(scale * cosines_with(one, one.rows(asked), direction.unit[None])[:, 0])
        values, counts = np.stack(each), spaces[0].counts
        table = pd.DataFrame(
            {
                "word": list(asked),
                "projection": values.mean(axis=0),
                "sd_seeds": values.std(axis=0, ddof=1) if len(values) > 1 else np.full(len(asked), np.nan),
                **({} if counts is None else {"count": counts[spaces[0].rows(asked)]}),
            }
        )
        if words is not None:
            return table
        return table.sort_values("projection", ascending=False, kind="stable", ignore_index=True)

    def score(
        self,
        space: Any,
        texts: Any,
        *,
        text: str | None = None,
        tokens: Tokens | None = None,
        documents: By = "vector",
        weights: Weights = "mean",
        a: float = 1e-3,
    ) -> Scores:
        r"""Where documents lie on the axis.

        "vector" is the cosine of the axis with the mean vector of the document's words; it asks where the document as a
        whole lies, and is the usual choice for embeddings. "words" is the mean over the document's words of their own
        projections, :math:`\sum_w f_w \beta_w / n`, as in Latent Semantic Scaling; it is more robust in documents of a
        few words. ``weights="sif"`` weighs words down by how frequent they are, a / (a + p(w)), in both.

        Parameters
        ----------
        space
            Embeddings, or several fits: seeds become a second source of uncertainty.
        texts, text, tokens
            A `Corpus`, or what `read_corpus` takes. Read the texts as those that the embeddings were trained on.
        documents
            "vector" or "words".
        weights
            "mean" or "sif".
        a
            Parameter of "sif".

        Returns
        -------
        Scores
            ``.frame()``, one row a document, and ``.by("year", cluster="country")``, means with intervals.

        Raises
        ------
        SpecError
            When an option is wrong.
        DataError
            As in `direction`, and when no word of the texts is known.

        Warns
        -----
        DataWarning
            When words of the axis are not known, or documents have no known word (their score is NaN).

        References
        ----------
        Arora, S., Liang, Y., & Ma, T. (2017). A simple but tough-to-beat baseline for sentence embeddings.
        *International Conference on Learning Representations*.
        Differs: the component that all documents share is not taken away, so that a score does not depend on the other
        documents.
        """
        spaces = read_spaces(space)
        found = find_directions(spaces, self.positive, self.negative, self.how)
        scales = [direction.length if self.how == "words" else 1.0 for direction in found.each]
        return score_along(
            spaces,
            texts,
            (text, tokens),
            directions=[direction.unit for direction in found.each],
            scales=scales,
            documents=documents,
            weights=weights,
            a=a,
            name=self.name or "score",
            notes=found.notes,
            works=(AXES[self.how], *([ARORA_2017] if weights == "sif" else [])),
        )

    def cite(self) -> str:
        """Works to cite, one a line."""
        return works_to_cite(AXES[self.how])


def _read_pole(words: Any, pole: str) -> tuple[str, ...]:
    given = [words] if isinstance(words, str) else list(words) if isinstance(words, Iterable) else [words]
    wrong = [word for word in given if not isinstance(word, str)]
    if wrong:
        raise SpecError(
            f"The {pole} pole holds {wrong[0]!r}, a {type(wrong[0]).__name__}. Words are needed. "
            "Hand over a list of texts."
        )
    if any(not word.strip() for word in given):
        raise DataError(f"The {pole} pole holds a word without letters. Words are needed. Leave it out.")
    return tuple(given)
