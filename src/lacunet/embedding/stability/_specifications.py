"""Several specifications side by side: whether each agrees with itself, and all of them with each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count
from lacunet._typing import Bools, Floats
from lacunet.embedding.stability._agreement import correlate, list_pairs, share_neighbours
from lacunet.embedding.stability._averages import average_sets
from lacunet.embedding.stability._figure import draw_matrices
from lacunet.embedding.stability._stability import Stability
from lacunet.embedding.stability._words import CHOSEN, NAMES, RANDOM, describe_specifications
from lacunet.errors import SpecError
from lacunet.report import _canvas
from lacunet.report._summary import Summary
from lacunet.report._words import count

MEASURES = ("correlation", "overlap")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Specifications:
    """How far specifications agree with themselves and with each other; made by `compare_specifications`.

    Attributes
    ----------
    fits
        Name to `Stability`, s of them.
    cues
        Words that all were asked about, c of them.
    is_chosen
        Which of them were named (the others were drawn), shape ``(c,)``.
    correlations
        Correlation of the average similarities of each cue, for each pair of specifications, shape ``(c, pairs)``.
    overlaps
        Jaccard index of the nearest words by average similarity, shape ``(c, pairs)``.
    n_neighbours
        How many nearest words.
    """

    fits: Mapping[str, Stability]
    cues: tuple[str, ...]
    is_chosen: Bools
    correlations: Floats
    overlaps: Floats
    n_neighbours: int

    @property
    def names(self) -> tuple[str, ...]:
        """The specifications."""
        return tuple(self.fits)

    def table(self) -> pd.DataFrame:
        """One row a specification and group of cues.

        Returns
        -------
        pandas.DataFrame
            specification, group, n_cues, n_fits; correlation, std_error and overlap between its own fits, as in
            ``Stability.overall``; of_averages, the correlation that two averages over so many fits each would have
            (Spearman and Brown); with_others, the mean correlation of its averages with those of the other
            specifications, to be held against of_averages.
        """
        one, other = list_pairs(len(self.fits))
        rows = []
        for i, (name, own) in enumerate(self.fits.items()):
            overall = own.overall(self.cues).set_index("group")
            for group, which in self._groups():
                r, k = overall.loc[group, "correlation"], len(own.fits)
                with_others = self.correlations[which][:, (one == i) | (other == i)].mean()
                found = overall.loc[group, ["n_cues", "n_fits", "correlation", "std_error", "overlap"]].to_dict()
                between = {"of_averages": k * r / (1 + (k - 1) * r), "with_others": with_others}
                rows.append({"specification": name, "group": group, **found, **between})
        return pd.DataFrame(rows).astype({"n_cues": int, "n_fits": int})

    def pairs(self) -> pd.DataFrame:
        """One row a pair of specifications and group of cues.

        Returns
        -------
        pandas.DataFrame
            one, other, group; correlation of the average similarities (mean over cues), sd and lowest over cues;
            overlap (mean Jaccard index of the nearest words).
        """
        rows = []
        for p, (i, j) in enumerate(zip(*list_pairs(len(self.fits)), strict=True)):
            for group, which in self._groups():
                r = self.correlations[which, p]
                sd = r.std(ddof=1) if len(r) > 1 else np.nan
                found = {
                    "correlation": r.mean(),
                    "sd": sd,
                    "lowest": r.min(),
                    "overlap": self.overlaps[which, p].mean(),
                }
                rows.append({"one": self.names[i], "other": self.names[j], "group": group, **found})
        return pd.DataFrame(rows)

    def matrix(self, group: str = CHOSEN, measure: str = "correlation") -> pd.DataFrame:
        """Correlation (or overlap) between specifications as a square, 1 on its diagonal.

        Parameters
        ----------
        group
            "chosen" or "random" cues.
        measure
            "correlation" or "overlap".

        Returns
        -------
        pandas.DataFrame
            Specifications by specifications.

        Raises
        ------
        SpecError
            When there is no such group or measure.
        """
        groups = dict(self._groups())
        for what, value, known in (("group", group, tuple(groups)), ("measure", measure, MEASURES)):
            if value not in known:
                raise SpecError(f"{what}={value!r} is not here. Say {' or '.join(map(repr, known))}.")
        values = (self.correlations if measure == "correlation" else self.overlaps)[groups[group]].mean(axis=0)
        square = np.eye(len(self.fits))
        one, other = list_pairs(len(self.fits))
        square[one, other] = square[other, one] = values
        return pd.DataFrame(square, index=self.names, columns=self.names)

    def nearest(self, word: str, n: int = 10) -> pd.DataFrame:
        """The nearest words by average similarity, a column for each specification.

        Parameters
        ----------
        word
            A word that all fits hold.
        n
            How many.

        Returns
        -------
        pandas.DataFrame
            n rows, the nearest word first.

        Raises
        ------
        DataError
            When the word is not in every fit.
        """
        return pd.DataFrame({name: own.nearest(word, n)["word"] for name, own in self.fits.items()})

    def average_similarity(
        self, words: str | Sequence[str], others: str | Sequence[str] | None = None, level: float = 0.95
    ) -> pd.DataFrame:
        """Average similarities of the same words under each specification.

        Parameters
        ----------
        words, others, level
            As in ``Stability.average_similarity``.

        Returns
        -------
        pandas.DataFrame
            specification, and the columns of ``Stability.average_similarity``.

        Raises
        ------
        DataError
            When a word is not in every fit.
        """
        found = [
            own.average_similarity(words, others, level).assign(specification=name) for name, own in self.fits.items()
        ]
        joint = pd.concat(found, ignore_index=True)
        return joint[["specification", *(column for column in joint if column != "specification")]]

    def summary(self) -> Summary:
        """A few sentences and the table of the named cues (of the random words where none is named)."""
        table = self.table()
        group = CHOSEN if self.is_chosen.any() else RANDOM
        rows = table[table["group"] == group].drop(columns=["group", "n_cues"])
        return Summary(lines=self._lines(), rows=rows)

    def plot(self) -> Any:
        """The correlation of each specification with each other, for the named cues and for the random words.

        Returns
        -------
        matplotlib.figure.Figure
            A square for each group; ``.savefig("specifications.png")`` keeps it.
        """
        return draw_matrices(
            {count(int(which.sum()), NAMES[group]): self.matrix(group) for group, which in self._groups()}
        )

    def svg(self) -> str:
        """The plot as one ``<svg>`` element for a page."""
        return _canvas.as_svg(self.plot(), " ".join(self._lines()), "agreement of specifications")

    def __repr__(self) -> str:
        return str(self.summary())

    def _groups(self) -> Iterator[tuple[str, Bools]]:
        groups = ((CHOSEN, self.is_chosen), (RANDOM, ~self.is_chosen))
        return ((group, which) for group, which in groups if which.any())

    def _lines(self) -> tuple[str, ...]:
        return describe_specifications(len(self.fits), self.pairs(), dict(self._groups()))


def compare_specifications(fits: Mapping[str, Stability], *, n_neighbours: int = 10) -> Specifications:
    r"""Put specifications side by side: whether each agrees with itself, and whether they tell the same story.

    Use it before a result is reported from one window and one number of dimensions: where specifications agree the
    choice does not matter, and where they do not the result is one of the specification. Similarities are averaged over
    the fits of each first. What is left of chance in these averages keeps the correlation below 1 even between two
    sets of fits of one specification; ``table()`` says how far below (of_averages). No specification is right because
    others agree with it: see `triads` for whether readers do.

    For a cue w, specifications a and b with :math:`k_a` and :math:`k_b` fits, and the words V that all fits hold,

    .. math:: r_{ab}(w) = \mathrm{cor}_{u \in V \setminus w}\Big(\frac{1}{k_a} \sum_i \cos_{ai}(w, u),
              \frac{1}{k_b} \sum_j \cos_{bj}(w, u)\Big), \quad
              r_{averages} = \frac{k r}{1 + (k - 1) r}

    with r the correlation between single fits of one specification.

    Parameters
    ----------
    fits
        Name of each specification to its `Stability`, two or more, such as ``{"window 1": ..., "window 6": ...}``. The
        cues are those that all of them were asked about: give the same words, and the same seed for the random ones.
    n_neighbours
        Nearest words to compare.

    Returns
    -------
    Specifications
        ``.table()``, ``.pairs()``, ``.matrix()``, ``.nearest(word)``, ``.plot()``.

    Raises
    ------
    SpecError
        When there are fewer than two, or they share no cue.
    DataError
        When their fits have hardly a word in common, or a cue is not in all of them.

    References
    ----------
    Rodriguez, P. L., and A. Spirling. 2022. Word embeddings: what works, what doesn't, and how to tell the difference
    for applied research. Journal of Politics 84(1): 101-115. (There: query search ranking correlation.)
    Differs: the cue itself is left out of the correlation, which its cosine of 1 raises; nearest words in common and
    the correlation to expect of averages (Spearman 1910, Brown 1910) are ours.
    """
    n_neighbours = check_count(n_neighbours, "n_neighbours")
    _check_kinds(fits)
    sets = list(fits.values())
    cues = [cue for cue in sets[0].cues if all(cue in one.cues for one in sets[1:])]
    if not cues:
        raise SpecError(
            "The specifications were asked about no word in common. They need the same cues: name them in cues, and "
            "give stability the same seed, which decides the random ones."
        )
    pairs, correlations, overlaps = list_pairs(len(sets)), [], []
    for own, cosines in average_sets([one.fits for one in sets], cues):
        correlations.append(correlate(cosines, own, pairs))
        overlaps.append(share_neighbours(cosines, own, pairs, n_neighbours))
    chosen = dict(zip(sets[0].cues, sets[0].is_chosen, strict=True))
    return Specifications(
        fits=dict(fits),
        cues=tuple(cues),
        is_chosen=np.array([bool(chosen[cue]) for cue in cues]),
        correlations=np.array(correlations),
        overlaps=np.array(overlaps),
        n_neighbours=n_neighbours,
    )


def _check_kinds(fits: Any) -> None:
    if not isinstance(fits, Mapping) or len(fits) < 2:
        found = f"holds {len(fits)}" if isinstance(fits, Mapping) else f"is a {type(fits).__name__}"
        raise SpecError(f"fits {found}. A dictionary of two or more is needed: name of a specification to Stability.")
    for name, one in fits.items():
        if not isinstance(one, Stability):
            raise SpecError(
                f"fits[{name!r}] is a {type(one).__name__}. Each has to be a Stability: stability(fits) makes one of a "
                "list of fits, and stability_of fits first."
            )
