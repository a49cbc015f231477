"""What drift gives back: how far words moved, slice by slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lacunet._check import check_count
from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError, nearest
from lacunet.measures._works import KHODAK_2018, RODRIGUEZ_2023, cite
from lacunet.measures.change._cut import Cut
from lacunet.measures.change._trajectory import Trajectory
from lacunet.measures.change._words import DUBOSSARSKY_2017, HAMILTON_2016, KIM_2014, RODMAN_2020
from lacunet.measures.uncertainty import combine_sources
from lacunet.report._bands import draw_bands
from lacunet.report._words import count

WORKS = {
    "alacarte": (KHODAK_2018, RODRIGUEZ_2023),
    "procrustes": (HAMILTON_2016,),
    "chained": (KIM_2014, RODMAN_2020),
}


class Source(Protocol):
    """Where the vectors of a word by slice are from."""

    def cosines(self, word: str, others: Sequence[str]) -> tuple[Floats, Floats, Floats]: ...

    def neighbours(self, word: str, n: int) -> list[list[tuple[str, float]]]: ...


@dataclass(frozen=True, kw_only=True)
class How:
    """The settings of a `Drift`: what was compared with what, and how often chance was asked."""

    method: str
    reference: str
    n_boot: int
    n_permutations: int
    cluster: str | None
    seed: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Drift:
    """How far words moved from their reference slice; made by `drift`.

    Attributes
    ----------
    trajectories
        One a word.
    cut
        The slices.
    source
        The vectors that lie behind.
    how
        The settings.
    notes
        What was decided or left out, as sentences.
    """

    trajectories: tuple[Trajectory, ...]
    cut: Cut
    source: Source
    how: How
    notes: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words asked about."""
        return tuple(one.word for one in self.trajectories)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the slices, in order."""
        return self.cut.labels

    @property
    def seed(self) -> int:
        """Seed of the resamples."""
        return self.how.seed

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row for every word and slice.

        Parameters
        ----------
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            word, slice, reference, n_mentions, n_documents; ``drift``, the cosine distance as it stands, ``null_mean``,
            what it is on average when documents are permuted, and ``excess``, the one less the other; ``estimate``, the
            distance without what noise adds (which may fall below 0), std_error, conf_low, conf_high; ``chance_low``
            and ``chance_high``, the middle of the estimate under permutation; p_value; with several fits also
            se_documents and sd_seeds, which std_error and the interval combine. What nobody knows of ready embeddings
            is NaN.

        Raises
        ------
        SpecError
            When the level is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise SpecError(f"level={level!r} is not between 0 and 1. Write 0.95 for 95 % intervals.")
        return pd.concat([self._rows(one, level) for one in self.trajectories], ignore_index=True)

    def similarity(self, word: str, others: str | Sequence[str], level: float = 0.95) -> pd.DataFrame:
        """How near a word is to others, slice by slice: what it moved towards, and away from.

        The other words stay where the whole corpus puts them, where there is one space (a la carte); else they have a
        vector in each slice as well.

        Parameters
        ----------
        word
            A word that was asked about.
        others
            Known words.
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            word, slice, other, estimate (cosine, its length without what noise adds), std_error, se_documents,
            sd_seeds, df, conf_low, conf_high.

        Raises
        ------
        DataError
            When a word is unknown.
        """
        self._find(word)
        names = [others] if isinstance(others, str) else list(others)
        with threadpool_limits(limits=1):  # the same bits on any number of threads
            estimates, errors, dof = self.source.cosines(word, names)
        n_fits, n_slices, k = estimates.shape
        flat = (n_fits, n_slices * k)
        found = combine_sources(estimates.reshape(flat), errors.reshape(flat), np.repeat(dof, k), level)
        found.insert(0, "other", names * n_slices)
        found.insert(0, "slice", np.repeat(np.array(self.labels, dtype=object), k))
        found.insert(0, "word", word)
        return found

    def neighbours(self, word: str, n: int = 10) -> pd.DataFrame:
        """Nearest words in each slice.

        Parameters
        ----------
        word
            A word that was asked about.
        n
            How many.

        Returns
        -------
        pandas.DataFrame
            slice, rank, word, similarity.

        Raises
        ------
        DataError
            When the word was not asked about.
        """
        self._find(word)
        with threadpool_limits(limits=1):
            near = self.source.neighbours(word, check_count(n, "n"))
        rows = [
            (label, rank, other, cosine)
            for label, found in zip(self.labels, near, strict=True)
            for rank, (other, cosine) in enumerate(found, 1)
        ]
        return pd.DataFrame(rows, columns=["slice", "rank", "word", "similarity"])

    def plot(self, words: str | Sequence[str] | None = None, level: float = 0.95) -> Any:
        """Draw the trajectory of each word with its interval, before the band of what chance alone would give.

        Parameters
        ----------
        words
            Words to draw; None for all.
        level
            Level of the intervals.

        Returns
        -------
        matplotlib.figure.Figure
            A panel a word.

        Raises
        ------
        DataError
            When a word was not asked about.
        """
        asked = self.words if words is None else [words] if isinstance(words, str) else list(words)
        series, null = {}, {}
        for one in map(self._find, asked):
            _, _, low, high = one.errors(level)
            _, below, above = one.chance(level)
            series[one.word] = (self.cut.at, one.estimate, low, high)
            is_there = np.isfinite(one.estimate)
            below, above = np.where(is_there, below, np.nan), np.where(is_there, above, np.nan)
            if np.isfinite(below).any():
                null[one.word] = (self.cut.at, below, above)
        known = {"previous": "the slice before", "first": "the first slice"}
        against = known.get(self.how.reference, self.how.reference)
        return draw_bands(
            series, x_label=self.cut.by, y_label=f"cosine distance from {against}", reference=0.0, null=null or None
        )

    def summary(self) -> str:
        """Say which words moved, by how much, and whether chance would have moved them as far."""
        lines = [f"{count(len(self.words), 'word')} in {len(self.cut)} slices by {self.cut.by!r}."]
        for one in self.trajectories:
            if not np.isfinite(one.estimate).any():
                lines.append(f"{one.word!r}: too few mentions to say.")
                continue
            t = one.farthest
            _, _, low, high = one.errors(0.95)[:, t]
            band = f" (95 % interval {low:.3f} to {high:.3f})" if np.isfinite(low) else ""
            p = one.p_values[t]
            chance = f", p = {p:.3g} by permutation" if np.isfinite(p) else ""
            below = " (below 0: no change beyond noise)" if one.estimate[t] < 0 else ""
            lines.append(
                f"{one.word!r} is farthest from {self.labels[one.reference[t]]!r} in {self.labels[t]!r}: cosine "
                f"distance {one.estimate[t]:.3f}{below}{band}{chance}."
            )
        return "\n".join([*lines, *self.notes])

    def cite(self) -> str:
        """Works to cite, one a line."""
        return cite(*WORKS[self.how.method], DUBOSSARSKY_2017)

    def __repr__(self) -> str:
        return (
            f"Drift({count(len(self.words), 'word')} in {len(self.cut)} slices by {self.cut.by!r}, {self.how.method})"
        )

    def _find(self, word: str) -> Trajectory:
        found = next((one for one in self.trajectories if one.word == word), None)
        if found is None:
            near = nearest(word, self.words)
            hint = f"Did you mean {near!r}?" if near else f"They are: {', '.join(self.words[:10])}."
            raise DataError(f"{word!r} was not asked about. One of the {len(self.words)} words is needed. {hint}")
        return found

    def _rows(self, one: Trajectory, level: float) -> pd.DataFrame:
        within, error, low, high = one.errors(level)
        null_mean, chance_low, chance_high = one.chance(level)
        columns = {
            "word": one.word,
            "slice": list(self.labels),
            "reference": [self.labels[r] if r >= 0 else None for r in one.reference],
            "n_mentions": one.n_mentions,
            "n_documents": one.n_documents,
            "drift": one.plain,
            "null_mean": null_mean,
            "excess": one.plain - null_mean,
            "estimate": one.estimate,
            "std_error": error,
            "conf_low": low,
            "conf_high": high,
            "chance_low": chance_low,
            "chance_high": chance_high,
            "p_value": one.p_values,
        }
        if one.n_documents is None:
            del columns["n_documents"]
        if len(one.estimates) > 1:
            columns |= {"se_documents": within, "sd_seeds": one.sd_seeds}
        return pd.DataFrame(columns)
