"""Panels: actor by period by party, ready for a regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet.errors import SpecError
from lacunet.measures.actors._contrast import contrast_cells
from lacunet.measures.actors._figure import draw_panel
from lacunet.measures.actors._fit import Fit
from lacunet.measures.actors._sentences import describe_panel, works_to_cite
from lacunet.measures.uncertainty import combine_sources
from lacunet.report._words import count

ACTOR = "actor"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Panel:
    """Scores of actors in cells of document variables, made by `panel_scores`.

    Attributes
    ----------
    cells
        One row a cell, all groups of documents for every actor: actor, and the variables of ``by``.
    fits
        Scores in each fit of the embedding.
    actors, by
        Names of the actors, and of the document variables.
    axis
        The `Axis`.
    cluster
        Document variable of the clusters; None where documents are drawn.
    window
        Words to either side of a mention.
    least
        Fewest mentions for a score.
    notes
        What to know before reporting.
    """

    cells: pd.DataFrame
    fits: tuple[Fit, ...]
    actors: tuple[str, ...]
    by: tuple[str, ...]
    axis: Any
    cluster: str | None
    window: int
    least: int
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return int((self.fits[0].n_mentions > 0).sum())

    def __repr__(self) -> str:
        within = f" by {', '.join(self.by)}" if self.by else ""
        mentions = int(self.fits[0].n_mentions.sum())
        return f"Panel({count(len(self.actors), 'actor')}{within}, {count(len(self), 'cell')}, {mentions:,} mentions)"

    def frame(self, level: float = 0.95, *, balanced: bool = True) -> pd.DataFrame:
        """One row a cell, ready for a regression.

        Parameters
        ----------
        level
            Level of the intervals.
        balanced
            Whether cells without a mention have a row (NaN, 0 mentions).

        Returns
        -------
        pandas.DataFrame
            actor, the variables of ``by``, score (noise-corrected cosine), std_error, se_documents, sd_seeds (NaN for
            one fit), df, conf_low, conf_high; shrunken (pulled towards the mean of the actor: for figures, never for a
            regression), cosine (of the mean vector as it is: nearer 0 the fewer the mentions), difference (score as
            mean cosine with the positive less mean cosine with the negative words), n_mentions, n_documents, and
            n_clusters where there are clusters.

        Raises
        ------
        SpecError
            When the level is not between 0 and 1.
        """
        fits, first = self.fits, self.fits[0]
        score, error, dof = (np.stack([getattr(fit, name) for fit in fits]) for name in ("score", "std_error", "dof"))
        found = combine_sources(score, error, dof.mean(axis=0), level).rename(columns={"estimate": "score"})
        found["shrunken"] = np.mean([fit.shrunken for fit in fits], axis=0)
        found["cosine"] = np.mean([fit.cosine for fit in fits], axis=0)
        found["difference"] = np.mean([fit.score * fit.length for fit in fits], axis=0)
        found[first.n_mentions < self.least] = np.nan
        found["n_mentions"], found["n_documents"] = first.n_mentions, first.n_documents
        if self.cluster is not None:
            found["n_clusters"] = first.n_clusters
        table = self.cells.join(found)
        return table if balanced else table[table["n_mentions"] > 0].reset_index(drop=True)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """The cells that have mentions; see `frame`.

        Parameters
        ----------
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row a cell.
        """
        return self.frame(level, balanced=False)

    def contrast(
        self, variable: str, one: Any, other: Any, *, over: str | Sequence[str] = (), level: float = 0.95
    ) -> pd.DataFrame:
        r"""Differences between cells, such as between two parties for each actor and year.

        The standard error counts what the cells share: documents that mention both actors, or clusters (a speaker in
        two years) that are in both. Where few clusters are in two cells (three presidents, say), how much they share is
        hardly known: degrees of freedom are few then. Average ``over`` cells, or compare larger ones.

        Parameters
        ----------
        variable
            ``"actor"`` or a variable of ``by``.
        one, other
            Two of its values: the difference is that of the first less the second.
        over
            Variables over which differences are averaged, every pair of cells counting alike; the others are kept
            apart, a row each.
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            The columns kept apart, estimate, std_error, se_documents, sd_seeds, df, conf_low, conf_high, p_value
            (two-sided, by Student's t) and n_pairs (cells that both have a score).

        Raises
        ------
        SpecError
            When a variable or a value is not there, or both values are the same.
        DataError
            When no pair of cells has a score.
        """
        return contrast_cells(self.cells, self.fits, variable, (one, other), over, level, self.least)

    def plot(self, actors: str | Sequence[str] | None = None, level: float = 0.95) -> Any:
        """Trajectories with bands over the first ordered variable of ``by`` (numbers, dates, ordered categories).

        Without such a variable, a row for every cell. Where mentions are few, bands are wide; cells without a score
        leave a gap.

        Parameters
        ----------
        actors
            Which to draw; None for all.
        level
            Level of the intervals.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("panel.png")`` keeps it.

        Raises
        ------
        SpecError
            When an actor is unknown, or there is more to draw than a figure can hold.
        """
        chosen = self.actors if actors is None else (actors,) if isinstance(actors, str) else tuple(actors)
        wrong = next((name for name in chosen if name not in self.actors), None)
        if wrong is not None or not chosen:
            raise SpecError(
                f"actors={actors!r} names {wrong!r}, which is none of the panel's. Its actors are: "
                f"{', '.join(self.actors[:20])}."
            )
        table = self.table(level)
        return draw_panel(table[table[ACTOR].isin(chosen)], self.by, getattr(self.axis, "name", "") or "score")

    def summary(self) -> str:
        """How many cells, how sure they are, and what was left out, in sentences."""
        within = f" of {', '.join(self.by)}" if self.by else ""
        return "\n".join((*describe_panel(self.table(), len(self.actors), within, len(self.fits)), *self.notes))

    def cite(self) -> str:
        """Works to cite, one a line."""
        return works_to_cite(self.axis)
