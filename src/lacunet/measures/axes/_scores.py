"""Scores of documents: one number a document, with the errors behind it, and the way to groups."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed
from lacunet._typing import Floats
from lacunet.errors import ColumnError, DataError, suggest
from lacunet.measures.axes._figure import draw_distribution
from lacunet.measures.axes._group_scores import GroupScores
from lacunet.measures.axes._groups import group_scores
from lacunet.measures.axes._words import works_to_cite
from lacunet.measures.uncertainty import combine_sources
from lacunet.report._words import count, in_digits

ENDS = ("low", "high")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Scores:
    """One score a document; made by `Axis.score` and `emotionality`.

    ``numpy.asarray(scores)`` gives the scores, ``scores["year"]`` a column of ``frame()``, ``len(scores)`` the number
    of documents.

    Attributes
    ----------
    name
        What is measured.
    method
        How, in words.
    values
        Scores of n documents in each of S fits (S, n); NaN where a document has no known word.
    errors
        Their standard errors within the document (S, n).
    n_words, n_known
        Words of each document, and those that the embeddings know (n,).
    variables
        Document variables, one row a document.
    notes
        What was decided or missing, in sentences.
    works
        Works to cite.
    """

    name: str
    method: str
    values: Floats
    errors: Floats
    n_words: NDArray[np.int64]
    n_known: NDArray[np.int64]
    variables: pd.DataFrame
    notes: tuple[str, ...]
    works: tuple[str, ...]

    def __len__(self) -> int:
        return self.values.shape[1]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.values.mean(axis=0).astype(dtype or np.float64, copy=False)

    def __getitem__(self, column: str) -> pd.Series:
        frame = self.frame()
        if column not in frame.columns:
            hint = suggest(column, frame.columns) or f"They are: {', '.join(map(str, frame.columns[:20]))}."
            raise ColumnError(f"{column!r} is no column of the scores. One of them is needed. {hint}")
        return frame[column]

    def frame(self) -> pd.DataFrame:
        """The documents with their variables and scores, ready for a regression.

        The standard error is that within a document: how far its score would move if its words were drawn anew, one by
        one, from what its author says. It helps to see which documents are too short to be read singly. It is not what
        a mean over documents needs, where documents differ by more than chance in their words: see `by`.

        Returns
        -------
        pandas.DataFrame
            The document variables (one named like a column of the scores gets ``_variable`` behind its name), then
            score (mean over fits), n_words, n_known, std_error (within the document) and, with several fits, sd_seeds
            (standard deviation of the score over fits).
        """
        found = {
            "score": np.asarray(self),
            "n_words": self.n_words,
            "n_known": self.n_known,
            "std_error": np.sqrt((self.errors**2).mean(axis=0)),
        }
        if len(self.values) > 1:
            found["sd_seeds"] = self.values.std(axis=0, ddof=1)
        variables = self.variables.rename(columns={name: f"{name}_variable" for name in found})
        return pd.concat([variables, pd.DataFrame(found, index=variables.index)], axis=1)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """``frame()`` with conf_low and conf_high: intervals within documents, seeds included where there are several.

        Parameters
        ----------
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row a document.

        Raises
        ------
        SpecError
            When the level is no probability.
        """
        dof = np.maximum(self.n_known - 1, 1)
        found = combine_sources(self.values, self.errors, dof, level)
        return self.frame().assign(conf_low=found["conf_low"].to_numpy(), conf_high=found["conf_high"].to_numpy())

    def assign(self, **columns: Any) -> "Scores":
        """Scores with more document variables, to group by: ``scores.assign(decade=scores["year"] // 10 * 10)``.

        Parameters
        ----------
        **columns
            One value a document under each name, or one for all; a name that is there is replaced.

        Returns
        -------
        Scores
            New ones.

        Raises
        ------
        DataError
            When there is not one value a document.
        """
        variables = self.variables.copy()
        for name, values in columns.items():
            n = 1 if np.ndim(values) == 0 else len(values)
            if np.ndim(values) > 0 and n != len(self):
                raise DataError(
                    f"{name!r} has {n:,} values for {len(self):,} documents. One a document is needed, in their order: "
                    "line them up."
                )
            variables[name] = values.to_numpy() if isinstance(values, pd.Series) else values
        return replace(self, variables=variables)

    def where(self, mask: Any) -> "Scores":
        """Scores of a part of the documents: ``scores.where(scores["country"].isin(["FRA", "GBR"]))``.

        Parameters
        ----------
        mask
            True for each document to keep (n,).

        Returns
        -------
        Scores
            New ones.

        Raises
        ------
        DataError
            When there is not one truth value a document, or none is True.
        """
        kept = np.asarray(mask)
        if kept.shape != (len(self),) or kept.dtype != np.bool_ or not kept.any():
            raise DataError(
                f"The mask has shape {kept.shape} and holds {kept.dtype}. One True or False for each of the "
                f"{len(self):,} documents is needed, one of them True. Compare a column: scores['year'] > 1990."
            )
        return replace(
            self,
            values=self.values[:, kept],
            errors=self.errors[:, kept],
            n_words=self.n_words[kept],
            n_known=self.n_known[kept],
            variables=self.variables[kept].reset_index(drop=True),
            notes=(*self.notes, f"Of {len(self):,} documents {int(kept.sum()):,} are kept."),
        )

    def standardised(self) -> "Scores":
        """Scores less their mean over documents, over their standard deviation, in each fit (as LSX prints them).

        Returns
        -------
        Scores
            New ones.

        Raises
        ------
        DataError
            When all documents have the same score.
        """
        sd = np.nanstd(self.values, axis=1, ddof=1, keepdims=True) if len(self) > 1 else np.zeros((1, 1))
        if not (sd > 0).all():
            raise DataError(
                f"The {len(self)} documents have one score. Scores that differ are needed. Leave standardised() out."
            )
        values = (self.values - np.nanmean(self.values, axis=1, keepdims=True)) / sd
        return replace(self, values=values, errors=self.errors / sd, method=f"{self.method}, standardised")

    def by(
        self, *variables: str, cluster: str | None = None, n_boot: int = 1000, seed: int | None = None
    ) -> GroupScores:
        """Mean score of groups of documents, with what other documents and other seeds would have changed.

        Documents are drawn anew, all groups at once; with ``cluster``, all documents of a speaker or country together,
        which is what evidence from few speakers needs: their documents are no independent evidence. Every document
        counts alike, whatever its length.

        Parameters
        ----------
        *variables
            Document variables: ``by("year")``, ``by("year", "party")``; none for the mean of all documents.
        cluster
            Document variable whose values are drawn with replacement; None draws documents.
        n_boot
            Number of resamples.
        seed
            Decides the resamples; drawn and recorded when None.

        Returns
        -------
        GroupScores
            ``.table()``, ``.plot()``, ``.contrast(a, b)``.

        Raises
        ------
        ColumnError
            When a variable is not there.
        DataError
            When no document has a group and a score, or all are in one cluster.

        Warns
        -----
        DataWarning
            When groups have no document with a score, or fewer than two documents or clusters, so that they have no
            standard error.
        """
        check_count(n_boot, "n_boot", 2)
        seed = draw_seed() if seed is None else check_seed(seed)
        return group_scores(
            self.values,
            self.n_words,
            self.variables,
            list(dict.fromkeys(variables)),
            cluster,
            n_boot,
            seed,
            name=self.name,
            notes=self.notes,
            works=self.works,
        )

    def extremes(self, n: int = 5) -> pd.DataFrame:
        """The documents at both ends, to be read: a score that its extremes do not bear out measures something else.

        Parameters
        ----------
        n
            Documents at each end.

        Returns
        -------
        pandas.DataFrame
            end ("low" or "high"), document (number from 0), then the columns of ``frame()``; the most extreme first.
        """
        n = check_count(n, "n")
        score = np.asarray(self)
        order = np.argsort(score, kind="stable")[: int(np.isfinite(score).sum())]
        n = min(n, len(order))
        rows = np.concatenate([order[:n], order[::-1][:n]])
        found = self.frame().iloc[rows].reset_index(drop=True)
        found.insert(0, "document", rows)
        found.insert(0, "end", np.repeat(ENDS, n))
        return found

    def plot(self) -> Any:
        """How the scores are spread.

        Returns
        -------
        matplotlib.figure.Figure
            A histogram.
        """
        return draw_distribution(np.asarray(self), self.name)

    def summary(self) -> str:
        """What was measured, and how scores are spread."""
        score = np.asarray(self)
        known = score[np.isfinite(score)]
        fits = f", mean over {len(self.values)} fits" if len(self.values) > 1 else ""
        low, middle, high = (in_digits(float(q)) for q in np.quantile(known, [0.05, 0.5, 0.95]))
        lines = [
            f"{self.name}: {self.method}{fits}.",
            f"{count(len(known), 'document')} with a score (median {middle}, 5th to 95th percentile {low} to {high}), "
            f"{len(score) - len(known)} without.",
            *self.notes,
        ]
        return "\n".join(lines)

    def cite(self) -> str:
        """Works to cite, one a line."""
        return works_to_cite(*self.works)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"Scores({self.name!r}, {count(len(self), 'document')}, {count(len(self.values), 'fit')})"
