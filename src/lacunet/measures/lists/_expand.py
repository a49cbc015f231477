"""Word lists expanded by neighbours: candidates with what speaks for them, which a person accepts or rejects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from lacunet._check import check_count
from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._words import RODRIGUEZ_SPIRLING_2022
from lacunet.errors import DataError, SpecError, suggest
from lacunet.keep import package_versions
from lacunet.measures._spaces import read_spaces
from lacunet.measures.lists._cosines import cosines_with, words_in_all
from lacunet.measures.lists._resolve import Resolved, resolve, resolve_each
from lacunet.report import cite_software
from lacunet.report._interval_rows import MOST_ROWS, draw_rows
from lacunet.report._words import count

OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"
PRINTED = ("word", "similarity", "sd_seeds", "nearest_seed", "count", "decision")
MOST_PRINTED = 60
"""Candidates that ``print`` shows."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Expansion:
    """Candidates for a word list, each with a decision; made by `expand`. ``print`` shows the main columns.

    Attributes
    ----------
    seeds
        Words that the list began with.
    candidates
        One row a candidate, as `table` gives them.
    notes
        What was left out, in sentences.
    n_fits
        How many fits the similarities are averaged over.
    """

    seeds: tuple[str, ...]
    candidates: pd.DataFrame
    notes: tuple[str, ...]
    n_fits: int

    @property
    def words(self) -> tuple[str, ...]:
        """The list as it stands: the seeds, then what was accepted."""
        is_in = self.candidates["decision"] == ACCEPTED
        return (*self.seeds, *self.candidates.loc[is_in, "word"])

    def table(self) -> pd.DataFrame:
        """One row a candidate, the most similar first.

        Returns
        -------
        pandas.DataFrame
            word, similarity (cosine with the mean of the seeds at length 1, averaged over the fits), sd_seeds (its
            standard deviation over fits; NaN for one), nearest_seed with nearest_similarity, mean_similarity (with the
            seeds one by one), count and rank by frequency (in the first fit; count is left out where it is not known),
            and decision ("open", "accepted" or "rejected").
        """
        return self.candidates.copy()

    def accept(self, words: str | Iterable[str]) -> "Expansion":
        """Take candidates into the list.

        Parameters
        ----------
        words
            Candidates.

        Returns
        -------
        Expansion
            A new one.

        Raises
        ------
        DataError
            When a word is no candidate.
        """
        return self._decide(words, ACCEPTED)

    def reject(self, words: str | Iterable[str]) -> "Expansion":
        """Mark candidates as looked at and not taken.

        Parameters
        ----------
        words
            Candidates.

        Returns
        -------
        Expansion
            A new one.

        Raises
        ------
        DataError
            When a word is no candidate.
        """
        return self._decide(words, REJECTED)

    def summary(self) -> str:
        """What was asked, found and decided so far."""
        decided = self.candidates["decision"].value_counts()
        over = f", averaged over {self.n_fits} fits" if self.n_fits > 1 else ""
        best = self.candidates.iloc[0] if len(self.candidates) else None
        first = f", the first {best['word']!r} at {best['similarity']:.3f}" if best is not None else ""
        lines = [
            f"{count(len(self.candidates), 'candidate')} by cosine for {count(len(self.seeds), 'seed word')}"
            f"{over}{first}.",
            f"{decided.get(ACCEPTED, 0)} accepted, {decided.get(REJECTED, 0)} rejected, {decided.get(OPEN, 0)} open; "
            f"the list has {count(len(self.words), 'word')}.",
            "Neighbours are words used alike, which takes in opposites: read them before they measure anything.",
            *self.notes,
        ]
        return "\n".join(lines)

    def plot(self) -> Any:
        """Similarity of the candidates, by decision; with several fits, 95 % intervals of the mean over fits.

        Returns
        -------
        matplotlib.figure.Figure
            At most the first 80 candidates.
        """
        shown = self.candidates.head(MOST_ROWS)
        half = np.full(len(shown), np.nan)
        if self.n_fits > 1:
            half = stdtrit(self.n_fits - 1, 0.975) * shown["sd_seeds"].to_numpy() / np.sqrt(self.n_fits)
        mean = shown["similarity"].to_numpy()
        groups = shown["decision"].tolist()
        return draw_rows(
            shown["word"].tolist(),
            mean,
            mean - half,
            mean + half,
            x_label="cosine with the mean of the seeds",
            groups=groups if len(set(groups)) > 1 else None,
        )

    def cite(self) -> str:
        """Works to cite, one a line."""
        return "\n".join([cite_software(package_versions()), RODRIGUEZ_SPIRLING_2022])

    def __str__(self) -> str:
        shown = self.candidates[[name for name in PRINTED if name in self.candidates]].head(MOST_PRINTED)
        if self.n_fits == 1:
            shown = shown.drop(columns="sd_seeds")
        more = len(self.candidates) - len(shown)
        rows = f"\n\n{shown.round(3).to_string(index=False)}" if len(shown) else ""
        return self.summary() + rows + (f"\n... and {more:,} more: see .table()" if more else "")

    def __repr__(self) -> str:
        return f"Expansion({len(self.seeds)} seeds, {len(self.candidates)} candidates, {len(self.words)} words)"

    def _decide(self, words: str | Iterable[str], decision: str) -> "Expansion":
        asked = [words] if isinstance(words, str) else list(words)
        known = set(self.candidates["word"])
        unknown = next((word for word in asked if word not in known), None)
        if unknown is not None:
            hint = suggest(unknown, known) or "See .table()."
            raise DataError(f"{unknown!r} is no candidate. One of the {len(known)} candidates is needed. {hint}")
        changed = self.candidates["decision"].mask(self.candidates["word"].isin(asked), decision)
        return replace(self, candidates=self.candidates.assign(decision=changed))


def expand(
    space: Any,
    words: Any,
    n: int = 20,
    *,
    least_similarity: float | None = None,
    least_count: int | None = None,
    among: Iterable[str] | None = None,
) -> Expansion:
    """Look for words that a word list may lack: the nearest to the mean of its words, for a person to accept or reject.

    Nothing is added by itself: neighbours are words that stand in the same places, so that opposites are neighbours,
    and so is what a corpus happens to speak of in one breath. Report which were accepted; ``.table()`` is made for an
    appendix.

    Parameters
    ----------
    space
        Embeddings, or several fits, over which similarities are averaged.
    words
        Seed words; wildcards are looked up in the vocabulary.
    n
        How many candidates.
    least_similarity
        Cosine below which there is no candidate; None for no bound.
    least_count
        Occurrences (in the first fit) below which there is no candidate: the vectors of rare words lie close together,
        and crowd the nearest to any mean of many words. None for no bound.
    among
        Words of which to choose (words a second dictionary holds, for example), wildcards too; None for the whole
        vocabulary.

    Returns
    -------
    Expansion
        ``.table()``, ``.accept([...])``, ``.reject([...])`` and ``.words``.

    Raises
    ------
    DataError
        When no seed is known.
    SpecError
        When an option is wrong, or ``least_count`` is asked of embeddings without counts.

    Warns
    -----
    DataWarning
        When some seeds are not known.

    References
    ----------
    Rodriguez, P. L., & Spirling, A. (2022). Word embeddings: What works, what doesn't, and how to tell the difference
    for applied research. *Journal of Politics*, 84(1), 101-115. (Similarities are averaged over fits, never vectors.)

    Examples
    --------
    >>> space = Embeddings(["joy", "delight", "tax"], [[1, 0.1], [1, 0.2], [0.1, 1]])
    >>> found = expand(space, ["joy"], n=1)
    >>> found.table()["word"].tolist(), found.accept("delight").words
    (['delight'], ('joy', 'delight'))
    """
    spaces = read_spaces(space)
    n = check_count(n, "n")
    if least_similarity is not None and not -1 <= least_similarity <= 1:
        raise SpecError(
            f"least_similarity={least_similarity!r} is no cosine. A number from -1 to 1 is needed, such as 0.5."
        )
    seeds = resolve_each(spaces, words, "seed")
    chosen = None if among is None else resolve(spaces[0], among, "among").words
    candidates = _find_candidates(spaces, seeds[0].words, least_count, chosen)
    near = np.stack([_similarity(one, own, candidates)[:, 0] for one, own in zip(spaces, seeds, strict=True)])
    mean = np.nan_to_num(near.mean(axis=0), nan=-np.inf)
    order = np.argsort(-mean, kind="stable")[:n]
    bar = -1.0 if least_similarity is None else least_similarity
    kept = order[mean[order] >= bar - 1e-12]  # a cosine of -1 may come out a rounding below
    found = _describe(spaces, seeds, [candidates[i] for i in kept], near[:, kept])
    notes = (f"{seeds[0].sentence}.",) if seeds[0].missing else ()
    return Expansion(seeds=seeds[0].words, candidates=found, notes=notes, n_fits=len(spaces))


def _find_candidates(
    spaces: tuple[Embeddings, ...], seeds: Sequence[str], least_count: int | None, chosen: Sequence[str] | None
) -> list[str]:
    """Words of all fits that are no seeds, often enough, and among those asked for."""
    allowed = set(words_in_all(spaces)).difference(seeds)
    if least_count is not None:
        bar, counts = check_count(least_count, "least_count"), spaces[0].counts
        if counts is None:
            raise SpecError(
                f"least_count={least_count} cannot be held: these embeddings have no counts of their words. Leave it "
                "out, or name the words to choose from in among=."
            )
        allowed.intersection_update(word for word, n in zip(spaces[0].words, counts, strict=True) if n >= bar)
    if chosen is not None:
        allowed.intersection_update(chosen)
    return [word for word in spaces[0].words if word in allowed]


def _similarity(space: Embeddings, seeds: Resolved, words: Sequence[str]) -> Floats:
    """Cosines of words with the seeds' mean direction and with each seed, shape (n, 1 + k)."""
    units = space.units(seeds.rows)
    centre = units.mean(axis=0)
    length = np.sqrt(centre @ centre)
    if length == 0:
        raise DataError(
            f"The {len(units)} seed words have a mean of zero. A direction is needed. Take seeds of one meaning."
        )
    return cosines_with(space, space.rows(words), np.vstack([centre / length, units]))


def _describe(spaces: Sequence[Embeddings], seeds: Sequence[Resolved], words: list[str], near: Floats) -> pd.DataFrame:
    """What speaks for each candidate."""
    each = np.mean([_similarity(one, own, words)[:, 1:] for one, own in zip(spaces, seeds, strict=True)], axis=0)
    closest = each.argmax(axis=1)
    rows = spaces[0].rows(words)
    counts = spaces[0].counts
    rank = rows if counts is None else np.argsort(np.argsort(-counts, kind="stable"), kind="stable")[rows]
    return pd.DataFrame(
        {
            "word": words,
            "similarity": near.mean(axis=0),
            "sd_seeds": near.std(axis=0, ddof=1) if len(near) > 1 else np.full(len(words), np.nan),
            "nearest_seed": [seeds[0].words[i] for i in closest],
            "nearest_similarity": each[np.arange(len(words)), closest],
            "mean_similarity": each.mean(axis=1),
            **({} if counts is None else {"count": counts[rows]}),
            "rank": rank + 1,
            "decision": OPEN,
        }
    )
