"""What another seed, or another sample of documents, would have said of a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Bools, Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability._agreement import correlate, jackknife, list_pairs, share_neighbours
from lacunet.embedding.stability._averages import (
    OVERS,
    Over,
    correlate_averages,
    list_nearest,
    spread_over_fits,
)
from lacunet.embedding.stability._figure import draw_agreement
from lacunet.embedding.stability._fits import Fits, join_around
from lacunet.embedding.stability._words import CHOSEN, RANDOM, describe_stability, note_left_out
from lacunet.errors import SpecError
from lacunet.report import _canvas
from lacunet.report._summary import Summary


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Stability:
    """How far fits of one specification agree, and similarities averaged over them.

    Made by `stability` and `stability_of`. One fit is one draw: report averages over fits, with their standard errors.
    Similarities are averaged, never vectors, since the axes of two fits have nothing to do with each other.

    Attributes
    ----------
    fits
        The embeddings and the words that all of them hold.
    cues
        Words that were asked about, c of them.
    is_chosen
        Which of them were named (the others were drawn), shape ``(c,)``.
    correlations
        Pearson correlation of the cosines of each cue, for each pair of fits, shape ``(c, pairs)``.
    overlaps
        Jaccard index of the nearest words, shape ``(c, pairs)``.
    n_neighbours
        How many nearest words.
    over
        What differs between the fits: "seeds" or "documents".
    seed
        Number that decided the random cues.
    notes
        What was left out, in sentences.
    centre
        The one fit to all documents, over the same words; None where there is none.
    """

    fits: Fits
    cues: tuple[str, ...]
    is_chosen: Bools
    correlations: Floats
    overlaps: Floats
    n_neighbours: int
    over: Over
    seed: int
    notes: tuple[str, ...]
    centre: Fits | None = None

    @property
    def embeddings(self) -> tuple[Embeddings, ...]:
        """The fits that are compared."""
        return self.fits.embeddings

    @property
    def whole(self) -> Embeddings | None:
        """The fit to all documents, which similarities are taken from; None where they are averages."""
        return None if self.centre is None else self.centre.embeddings[0]

    @property
    def words(self) -> tuple[str, ...]:
        """Words that all fits hold."""
        return self.fits.words

    def __contains__(self, word: object) -> bool:
        return word in self.fits

    def table(self) -> pd.DataFrame:
        """One row a cue, the named ones first.

        Returns
        -------
        pandas.DataFrame
            cue, group ("chosen" or "random"), count (in the first fit, where it is known), correlation (mean over the
            pairs of fits), sd and lowest over the pairs, overlap (mean Jaccard index) and overlap_sd.
        """
        counts = self._counts()
        several = self.correlations.shape[1] > 1
        return pd.DataFrame(
            {
                "cue": list(self.cues),
                "group": np.where(self.is_chosen, CHOSEN, RANDOM),
                **({} if counts is None else {"count": counts}),
                "correlation": self.correlations.mean(axis=1),
                "sd": self.correlations.std(axis=1, ddof=1) if several else np.nan,
                "lowest": self.correlations.min(axis=1),
                "overlap": self.overlaps.mean(axis=1),
                "overlap_sd": self.overlaps.std(axis=1, ddof=1) if several else np.nan,
            }
        )

    def overall(self, cues: Sequence[str] | None = None) -> pd.DataFrame:
        """One row a group of cues: the figures to report.

        Parameters
        ----------
        cues
            Those to count, of the cues that were asked about; None for all.

        Returns
        -------
        pandas.DataFrame
            group, n_cues, n_fits, correlation (mean over cues and pairs of fits), sd (over cues), std_error (jackknife
            over fits; not a number for two), and overlap, overlap_sd and overlap_std_error in the same way.
        """
        rows = []
        counted = np.array([cues is None or cue in cues for cue in self.cues])
        for group, members in ((CHOSEN, self.is_chosen), (RANDOM, ~self.is_chosen)):
            which = members & counted
            if which.any():
                r, overlap = (self._describe(values[which]) for values in (self.correlations, self.overlaps))
                found = {"correlation": r[0], "sd": r[1], "std_error": r[2]}
                found |= {"overlap": overlap[0], "overlap_sd": overlap[1], "overlap_std_error": overlap[2]}
                rows.append({"group": group, "n_cues": int(which.sum()), "n_fits": len(self.fits), **found})
        return pd.DataFrame(rows)

    def pairs(self) -> pd.DataFrame:
        """One row a pair of fits, numbered from 1: a fit unlike all others shows here.

        Returns
        -------
        pandas.DataFrame
            one, other, correlation and overlap (means over the cues).
        """
        one, other = list_pairs(len(self.fits))
        means = {"correlation": self.correlations.mean(axis=0), "overlap": self.overlaps.mean(axis=0)}
        return pd.DataFrame({"one": one + 1, "other": other + 1, **means})

    def average_similarity(
        self, words: str | Sequence[str], others: str | Sequence[str] | None = None, level: float = 0.95
    ) -> pd.DataFrame:
        """Cosine similarities averaged over the fits, or of the fit to all documents, each word with each other.

        Parameters
        ----------
        words
            A word, or several.
        others
            A word or several; None for each pair of ``words`` once.
        level
            Coverage of the intervals.

        Returns
        -------
        pandas.DataFrame
            word, other, similarity, std_error, conf_low, conf_high. Over seeds the standard error is that of the
            average (what other seeds would have given); over resamples of documents that of the bootstrap (what
            another corpus would have given), around the similarity in ``whole`` where that was fitted.

        Raises
        ------
        DataError
            When a word is not in every fit.
        SpecError
            When there is no pair, or the level is no probability.

        References
        ----------
        Antoniak, M., and D. Mimno. 2018. Evaluating the stability of embedding-based word similarities. Transactions
        of the Association for Computational Linguistics 6: 107-119.
        """
        left = self.fits.find(_as_list(words))
        if others is None:
            i, j = np.triu_indices(len(left), k=1)
            one, other = left[i], left[j]
        else:
            right = self.fits.find(_as_list(others))
            one, other = np.repeat(left, len(right)), np.tile(right, len(left))
        if not len(one):
            raise SpecError(f"words={words!r} makes no pair. Two words are needed: name another one in others.")
        names = {side: [self.words[k] for k in which] for side, which in (("word", one), ("other", other))}
        whole = None if self.centre is None else self.centre.cosines_of_pairs(one, other)[0]
        found = spread_over_fits(self.fits.cosines_of_pairs(one, other), self.over, level, whole)
        return pd.DataFrame(names).join(found)

    def nearest(self, word: str, n: int = 10, level: float = 0.95) -> pd.DataFrame:
        """The words with the highest similarity averaged over the fits, or in the fit to all documents.

        Parameters
        ----------
        word
            A word that all fits hold.
        n
            How many.
        level
            Coverage of the intervals.

        Returns
        -------
        pandas.DataFrame
            word, similarity, std_error, conf_low, conf_high as in `average_similarity`, and in_nearest: the share of
            fits that have the word among their own n nearest.

        Raises
        ------
        DataError
            When the word is not in every fit.
        """
        cue = self.fits.find([word])
        return list_nearest(self.fits, cue, check_count(n, "n"), self.over, level, self.centre)

    def compare(self, other: "Stability", cues: Sequence[str] | None = None) -> pd.DataFrame:
        """Whether another specification tells the same story: correlation of the average similarities, cue by cue.

        Parameters
        ----------
        other
            Fits of another specification (another window, another number of dimensions).
        cues
            Words to compare; None for the cues of this one that the other's fits hold.

        Returns
        -------
        pandas.DataFrame
            cue and correlation, over the words that the fits of both hold.

        Raises
        ------
        DataError
            When a cue is not in every fit of both.

        References
        ----------
        Rodriguez, P. L., and A. Spirling. 2022. Word embeddings: what works, what doesn't, and how to tell the
        difference for applied research. Journal of Politics 84(1): 101-115. (There: query search ranking correlation.)
        """
        asked = [cue for cue in self.cues if cue in other] if cues is None else _as_list(cues)
        return pd.DataFrame({"cue": asked, "correlation": correlate_averages(self.fits, other.fits, asked)})

    def summary(self) -> Summary:
        """A few sentences and the table of the named cues (of the random words where none is named)."""
        table = self.table()
        named = table[table["group"] == CHOSEN] if self.is_chosen.any() else table
        return Summary(lines=self._lines(), rows=named.drop(columns="group"))

    def plot(self) -> Any:
        """Correlation and neighbours in common: a row for each named cue, and one for the random words.

        Returns
        -------
        matplotlib.figure.Figure
            Means over the pairs of fits with bars of one standard deviation; ``.savefig("stability.png")`` keeps it.
        """
        return draw_agreement(self.table(), self.n_neighbours)

    def svg(self) -> str:
        """The plot as one ``<svg>`` element for a page."""
        return _canvas.as_svg(self.plot(), " ".join(self._lines()), "stability of embeddings")

    def __repr__(self) -> str:
        return str(self.summary())

    def _counts(self) -> list[int] | None:
        first = self.embeddings[0]
        if first.counts is None:
            return None
        return [int(first.counts[row]) for row in self.fits.rows[0][self.fits.find(self.cues)]]

    def _lines(self) -> tuple[str, ...]:
        facts = self.overall().to_dict("records")
        return describe_stability(self.fits, facts, self.n_neighbours, self.over, self.seed, self.notes)

    def _describe(self, values: Floats) -> tuple[float, float, float]:
        """Mean, standard deviation over cues, and standard error over fits."""
        by_cue = values.mean(axis=1)
        sd = float(by_cue.std(ddof=1)) if len(by_cue) > 1 else float("nan")
        return float(by_cue.mean()), sd, jackknife(values.mean(axis=0), len(self.fits))


def stability(
    embeddings: Sequence[Embeddings],
    cues: Sequence[str] | None = None,
    n_random: int = 100,
    *,
    n_neighbours: int = 10,
    over: Over = "seeds",
    whole: Embeddings | None = None,
    seed: int | None = None,
) -> Stability:
    r"""Compare fits of one specification, by whether words keep their neighbourhood when only chance differs.

    Training starts from random vectors, so that two fits to the same text differ. Report this beside any result from
    embeddings, and report averages over the fits in place of a single one. It says whether a result would come again,
    not whether it is right: see `triads` for that.

    For a cue w and the vocabulary V that fits i and j share,

    .. math:: r_{ij}(w) = \mathrm{cor}_{u \in V \setminus w} \big(\cos_i(w, u), \cos_j(w, u)\big), \quad
              J_{ij}(w) = \frac{|N_i(w) \cap N_j(w)|}{|N_i(w) \cup N_j(w)|}

    with N the nearest words; both are averaged over the pairs of fits, and over cues.

    Parameters
    ----------
    embeddings
        Two fits or more, say five or ten, that differ by their seed (or by resampled documents). Their dimensions may
        differ, the words should not.
    cues
        Words of the study, such as ``["freedom", "welfare"]``.
    n_random
        How many further words to draw from the words in common: what to expect of any word. Rare words are drawn as
        often as frequent ones.
    n_neighbours
        Size of N.
    over
        "seeds" when the fits differ by chance alone, "documents" when each was fitted to a bootstrap sample of the
        documents: decides the standard errors of averages.
    whole
        With ``over="documents"``, one more fit, to the documents as they are: similarities and neighbours are then
        taken from it and their standard errors from the resamples, whose own averages lie lower, since each of them
        has read fewer different documents.
    seed
        Decides the random words; drawn and recorded when None.

    Returns
    -------
    Stability
        ``.table()``, ``.overall()``, ``.plot()``, ``.average_similarity(...)``, ``.nearest(...)``.

    Raises
    ------
    SpecError
        When there are fewer than two fits, or no cue, or ``whole`` comes with fits over seeds.
    DataError
        When the fits have hardly a word in common, or a cue is not in all of them.

    References
    ----------
    Rodriguez, P. L., and A. Spirling. 2022. Word embeddings: what works, what doesn't, and how to tell the difference
    for applied research. Journal of Politics 84(1): 101-115.
    Differs: the cue itself is left out of the correlation, which its cosine of 1 raises; neighbours in common and the
    standard error over fits are ours.

    Examples
    --------
    >>> import numpy as np
    >>> words, vectors = ["a", "b", "c", "d"], np.array([[1, 0], [1, 1], [0, 1], [1, -1]], dtype=np.float32)
    >>> fits = [Embeddings(words, vectors), Embeddings(words, vectors[:, ::-1])]
    >>> stability(fits, cues=["a", "b"], n_random=0).table()["correlation"].round(6).tolist()
    [1.0, 1.0]
    """
    n_random, n_neighbours = check_count(n_random, "n_random", 0), check_count(n_neighbours, "n_neighbours")
    if over not in OVERS:
        raise SpecError(f"over={over!r} is not known here. Say 'seeds' or 'documents'.")
    fits, centre = join_around(embeddings, whole, over)
    seed = draw_seed() if seed is None else check_seed(seed)
    chosen = list(dict.fromkeys(_as_list(cues or [])))
    places = fits.find(chosen)
    drawn = generator(seed, "random cues").permutation(len(fits.words))
    places = np.concatenate([places, drawn[~np.isin(drawn, places)][:n_random]])
    if not len(places):
        raise SpecError("There is no cue: cues names none and n_random is 0. Name words, or draw some with n_random.")
    correlations, overlaps = [], []
    pairs = list_pairs(len(fits))
    for block, cosines in fits.cosines_in_blocks(places):
        for i, own in enumerate(block):
            correlations.append(correlate(cosines[:, i], int(own), pairs))
            overlaps.append(share_neighbours(cosines[:, i], int(own), pairs, n_neighbours))
    return Stability(
        fits=fits,
        cues=tuple(fits.words[i] for i in places),
        is_chosen=np.arange(len(places)) < len(chosen),
        correlations=np.array(correlations),
        overlaps=np.array(overlaps),
        n_neighbours=min(n_neighbours, len(fits.words) - 1),
        over=over,
        seed=seed,
        notes=note_left_out(fits),
        centre=centre,
    )


def _as_list(words: str | Sequence[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)
