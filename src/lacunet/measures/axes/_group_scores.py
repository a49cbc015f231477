"""Mean scores of groups of documents with their intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr

from lacunet._typing import Bools, Floats
from lacunet.errors import DataError, suggest
from lacunet.measures.axes._figure import draw_groups
from lacunet.measures.axes._words import works_to_cite
from lacunet.measures.uncertainty import bootstrap_errors, combine_sources
from lacunet.report._words import count, in_digits

SIZES = ("n_documents", "n_clusters", "n_words")
PRINTED = ("estimate", "std_error", "conf_low", "conf_high", "n_documents")
MOST_PRINTED = 100
"""Groups that ``print`` shows."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GroupScores:
    """Mean scores of q groups of documents; made by `Scores.by`.

    Attributes
    ----------
    name
        What is measured.
    by
        Document variables that make the groups.
    cluster
        Document variable whose values were drawn; None where documents were.
    groups
        One row a group: its values, n_documents, n_clusters (documents, where there are no clusters) and n_words.
    members
        Whether each document or cluster that was drawn has a score in each group (G, q).
    values
        Mean of each group in each of S fits (S, q).
    replicates
        Means in B resamples, the same for all groups and fits (S, B, q).
    seed
        Number that decided the resamples.
    notes
        What was left out, in sentences.
    works
        Works to cite.
    """

    name: str
    by: tuple[str, ...]
    cluster: str | None
    groups: pd.DataFrame
    members: Bools
    values: Floats
    replicates: NDArray[np.float32]
    seed: int
    notes: tuple[str, ...]
    works: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.groups)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        r"""One row a group.

        The bootstrap's standard deviation is raised by :math:`\sqrt{G / (G - 1)}` for the G documents or clusters that
        were drawn, and intervals are Student's with as many degrees of freedom as the group has documents or clusters,
        less one: for few of them, normal intervals would be too short. With several fits the bootstrap is that of the
        mean over fits, so that what a seed does to single documents counts once.

        Parameters
        ----------
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            The variables, then estimate, std_error, se_documents (other documents), sd_seeds (other seeds; NaN for one
            fit), df, conf_low, conf_high, n_documents, n_clusters (with clusters) and n_words.

        Raises
        ------
        SpecError
            When the level is no probability.
        """
        errors = np.broadcast_to(self._errors, self.values.shape)
        found = combine_sources(self.values, errors, self._dof, level)
        sizes = self.groups[[name for name in SIZES if self.cluster or name != "n_clusters"]]
        return pd.concat([self.groups[list(self.by)], found, sizes], axis=1)

    def contrast(self, a: Any, b: Any, level: float = 0.95) -> pd.DataFrame:
        """Difference of the means of two groups, from the same resamples: what they share drops out.

        Parameters
        ----------
        a, b
            Values of the variable, or tuples of the values of several: a less b.
        level
            Level of the interval.

        Returns
        -------
        pandas.DataFrame
            One row: contrast, estimate, std_error, se_documents, sd_seeds, statistic, df, p_value (two-sided), conf_low
            and conf_high.

        Raises
        ------
        DataError
            When there is no such group.
        SpecError
            When the level is no probability.
        """
        i, j = self._find(a), self._find(b)
        parts = self._errors[[i, j]] ** 2
        dof = parts.sum() ** 2 / (parts**2 / self._dof[[i, j]]).sum() if (parts > 0).any() else np.nan
        # Clusters that are in both groups are no evidence twice.
        dof = np.minimum(dof, max(int(self.members[:, [i, j]].any(axis=1).sum()) - 1, 1))
        differences = self._means[:, [i]] - self._means[:, [j]]
        error = np.nan if np.isnan(parts).any() else self._factor * bootstrap_errors(differences)
        values = self.values[:, [i]] - self.values[:, [j]]
        found = combine_sources(values, np.broadcast_to(error, values.shape), dof, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = found["estimate"] / found["std_error"]
        found.insert(4, "statistic", statistic)
        found.insert(6, "p_value", 2 * stdtr(found["df"], -np.abs(statistic)))
        found.insert(0, "contrast", [f"{write_group(a, str)} - {write_group(b, str)}"])
        return found

    def plot(self) -> Any:
        """Trajectories with bands where a variable is a number or has an order, else rows.

        Returns
        -------
        matplotlib.figure.Figure
            With 95 % intervals.

        Raises
        ------
        SpecError
            When there are more groups than a figure can hold.
        """
        return draw_groups(self.table(), self.by, self.name)

    def summary(self) -> str:
        """The lowest and the highest group, and where the standard errors come from."""
        table = self.table()
        drawn = (
            f"{count(self.n_units, 'value')} of {self.cluster!r}" if self.cluster else count(self.n_units, "document")
        )
        fits = f"; seeds from {len(self.values)} fits" if len(self.values) > 1 else "; one fit, so nothing of its seed"
        lines = [
            f"Mean {self.name}{f' by {self._by}' if self.by else ''}, {count(len(self), 'group')}.",
            *self._say_ends(table),
            f"Standard errors from {self.replicates.shape[1]:,} resamples of {drawn} (seed {self.seed}){fits}.",
            *self.notes,
        ]
        return "\n".join(lines)

    def cite(self) -> str:
        """Works to cite, one a line."""
        return works_to_cite(*self.works)

    def __str__(self) -> str:
        shown = self.table()[[*self.by, *PRINTED]].head(MOST_PRINTED).round(4)
        more = len(self) - len(shown)
        rest = f"\n... and {more:,} more: see .table()" if more else ""
        return f"{self.summary()}\n\n{shown.to_string(index=False)}{rest}"

    def __repr__(self) -> str:
        return f"GroupScores({self.name!r}, {count(len(self), 'group')}, {count(len(self.values), 'fit')})"

    @property
    def n_units(self) -> int:
        """Documents or clusters that were drawn."""
        return len(self.members)

    @property
    def _by(self) -> str:
        return " and ".join(map(repr, self.by))

    @property
    def _factor(self) -> float:
        """By how much the bootstrap of a mean falls short, where few are drawn."""
        return float(np.sqrt(self.n_units / (self.n_units - 1))) if self.n_units > 1 else float("nan")

    @property
    def _dof(self) -> Floats:
        return np.maximum(self.groups["n_clusters"].to_numpy(np.float64) - 1, 1.0)

    @cached_property
    def _means(self) -> Floats:
        """Resamples of the mean over fits (B, q), in which what a seed does to single documents is averaged out."""
        return np.asarray(self.replicates.mean(axis=0, dtype=np.float64))

    @cached_property
    def _errors(self) -> Floats:
        """Standard errors of the mean over fits, over documents or clusters (q,); NaN of a group with one."""
        errors = self._factor * bootstrap_errors(self._means)
        return np.where(self.groups["n_clusters"].to_numpy() < 2, np.nan, errors)

    def _find(self, group: Any) -> int:
        wanted = tuple(group) if isinstance(group, tuple | list) else (group,)
        keys = list(self.groups[list(self.by)].itertuples(index=False, name=None))
        if wanted in keys:
            return keys.index(wanted)
        hint = (
            suggest(write_group(group), map(write_group, keys))
            or f"The first are: {', '.join(map(write_group, keys[:5]))}."
        )
        raise DataError(f"{write_group(group)} is no group of {', '.join(map(repr, self.by))}. One is needed. {hint}")

    def _say_ends(self, table: pd.DataFrame) -> list[str]:
        known = table.dropna(subset="estimate").reset_index(drop=True)
        ends = dict.fromkeys((int(known["estimate"].argmin()), int(known["estimate"].argmax())))
        found = []
        for word, i in zip(("lowest", "highest") if len(ends) > 1 else ("mean",), ends, strict=True):
            row = known.iloc[i]
            numbers = [in_digits(float(row[name])) for name in ("estimate", "conf_low", "conf_high")]
            interval = "(no standard error)" if np.isnan(row["std_error"]) else f"[{numbers[1]}, {numbers[2]}]"
            where = f" in {write_group(next(known.loc[[i], list(self.by)].itertuples(index=False, name=None)))}"
            found.append(f"The {word} is {numbers[0]} {interval}{where if self.by else ''}.")
        return found


def write_group(group: Any, text: Callable[[str], str] = repr) -> str:
    """Values of a group as a sentence has them: texts in quotes, so that blanks show, and whole years as such."""
    values = group if isinstance(group, tuple | list) else (group,)
    return ", ".join(
        text(one) if isinstance(one, str) else f"{one:g}" if isinstance(one, float | np.floating) else str(one)
        for one in values
    )
