"""One word through the slices, with what chance does to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lacunet._typing import Bools, Floats, Integers
from lacunet.measures.change._distance import Spread, average, spread
from lacunet.measures.change._permute import Null, permute
from lacunet.measures.change._pieces import Pieces
from lacunet.measures.uncertainty import combine_sources, draw_multiplicities

FEW = 20
"""Documents with a mention (or clusters) in a slice from which intervals can be trusted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectory:
    """Distances of one word from its reference slice, slice by slice.

    Attributes
    ----------
    word
        The word.
    n_mentions, n_documents
        In each slice (T,); documents are not known of ready embeddings.
    reference
        Reference slice of each slice, -1 where there is none (T,).
    plain
        Cosine distance as it stands, averaged over the fits (T,).
    estimates
        Distance without what noise adds, of each fit (S, T).
    spreads
        What drawing documents anew does to it; None where nobody knows (T,).
    nulls
        What permuting documents gives; None where nobody knows (T,).
    """

    word: str
    n_mentions: Integers
    n_documents: Integers | None
    reference: Integers
    plain: Floats
    estimates: Floats
    spreads: tuple[Spread | None, ...]
    nulls: tuple[Null | None, ...]

    @property
    def estimate(self) -> Floats:
        """Mean over the fits (T,)."""
        return np.asarray(self.estimates.mean(axis=0))

    @property
    def sd_seeds(self) -> Floats:
        """Standard deviation over the fits, NaN for one (T,)."""
        several = len(self.estimates) > 1
        return np.asarray(self.estimates.std(axis=0, ddof=1) if several else np.full(len(self.plain), np.nan))

    @property
    def farthest(self) -> int:
        """The slice of the highest estimate, among those with documents enough where there are any."""
        is_known = np.isfinite(self.estimate)
        good = is_known & (np.ones(len(is_known), bool) if self.n_documents is None else self.n_documents >= FEW)
        return int(np.argmax(np.where(good if good.any() else is_known, self.estimate, -np.inf)))

    def errors(self, level: float) -> Floats:
        """Standard error over documents, with the seeds in it, and the ends of the interval (4, T)."""
        found = np.full((4, len(self.plain)), np.nan)
        for t, one in enumerate(self.spreads):
            if one is not None:
                found[:, t] = one.std_error, one.std_error, *one.interval(level)
        n_fits = len(self.estimates)
        if n_fits > 1:
            both = combine_sources(self.estimates, np.tile(found[0], (n_fits, 1)), np.inf, level)
            alone = combine_sources(self.estimate, found[0], np.inf, level)
            wider = (both["conf_high"] - both["conf_low"]) / (alone["conf_high"] - alone["conf_low"])
            found[1] = both["std_error"]
            found[2:] = self.estimate + (found[2:] - self.estimate) * wider.to_numpy()
        return found

    def chance(self, level: float) -> Floats:
        """Mean of the plain distance under permutation, and the middle of the estimate under it (3, T)."""
        found = np.full((3, len(self.plain)), np.nan)
        tail = (1 - level) / 2
        for t, one in enumerate(self.nulls):
            if one is not None and np.isfinite(one.clean).any():
                found[:, t] = np.nanmean(one.plain), *np.nanquantile(one.clean, [tail, 1 - tail])
        return found

    @property
    def p_values(self) -> Floats:
        """By permutation (T,)."""
        return np.array([np.nan if one is None else one.p_value for one in self.nulls])


def follow(
    word: str,
    each: Sequence[Pieces],
    n_documents: Integers,
    reference: str | int,
    *,
    n_boot: int,
    n_permutations: int,
    seed: int,
) -> Trajectory:
    """Measure the change of one word.

    Parameters
    ----------
    word
        The word.
    each
        Its mentions in each of S fits of the embedding.
    n_documents
        Documents with a mention, by slice.
    reference
        As in `choose_references`.
    n_boot, n_permutations, seed
        Of the resamples.

    Returns
    -------
    Trajectory
        With spreads and nulls.
    """
    first = each[0]
    references = choose_references(first.count() >= 2, reference, n_documents >= FEW)
    means = [average(pieces) for pieces in each]
    drawn = draw_multiplicities(np.arange(int(first.units.max()) + 1), n_boot, seed, f"bootstrap of {word}")
    n_slices = first.n_slices
    plain = np.full(n_slices, np.nan)
    estimates = np.full((len(each), n_slices), np.nan)
    spreads: list[Spread | None] = [None] * n_slices
    nulls: list[Null | None] = [None] * n_slices
    for t in np.flatnonzero(references >= 0):
        r = int(references[t])
        plain[t] = np.mean([one.plain[r, t] for one in means])
        estimates[:, t] = [one.distances[r, t] for one in means]
        if np.isfinite(estimates[:, t]).all():
            spreads[t] = _join([spread(*pair, int(t), r, drawn) for pair in zip(each, means, strict=True)])
        pairs = [pieces.between(r, int(t)) for pieces in each]
        nulls[t] = permute(pairs, n_permutations, seed, f"permutation of {word}", int(t))
    return Trajectory(
        word=word,
        n_mentions=first.count(first.n).astype(np.intp),
        n_documents=n_documents,
        reference=references,
        plain=plain,
        estimates=estimates,
        spreads=tuple(spreads),
        nulls=tuple(nulls),
    )


def choose_references(is_there: Bools, reference: str | int, is_good: Bools | None = None) -> Integers:
    """The slice that each is compared with (T,), -1 for none.

    Parameters
    ----------
    is_there
        Whether the word is in each slice (T,).
    reference
        "first", the first slice that the word is in (well enough, where there is one); "previous", the slice before; or
        the number of a slice.
    is_good
        Whether there is enough of the word in each slice to compare others with (T,); None where nobody knows.
    """
    found = np.full(len(is_there), -1, dtype=np.intp)
    there = np.flatnonzero(is_there)
    if not len(there):
        return found
    if reference == "previous":
        later = there[np.isin(there - 1, there)]
        found[later] = later - 1
        return found
    good = there if is_good is None or not (is_there & is_good).any() else np.flatnonzero(is_there & is_good)
    at = int(good[0]) if reference == "first" else int(reference)
    if is_there[at]:
        found[there[there != at]] = at
    return found


def _join(each: Sequence[Spread]) -> Spread:
    """The spread of the mean over fits, of which all see the same documents drawn."""
    return Spread(
        square=float(np.mean([one.square for one in each])),
        bent=np.mean([one.bent for one in each], axis=0),
        straight=np.mean([one.straight for one in each], axis=0),
    )
