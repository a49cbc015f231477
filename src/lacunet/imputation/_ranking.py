"""Which imputer to use: scores of all of them on the same hidden cells, in tables, sentences and a plot."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from lacunet.diagnosis import Finding, IScore, rank_scores
from lacunet.diagnosis._plot_ranking import plot_ranking
from lacunet.errors import ColumnError, suggest
from lacunet.report import _words
from lacunet.report._summary import as_text

LEVEL = 0.95
"""Of intervals, and of the tests of whether one imputer is behind another."""
CAVEAT = (
    "Scores rest on known cells: they say nothing of values that are missing for reasons the data do not show. "
    "Standard errors hold for these fits; a new seed would move scores a little more."
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Ranking:
    """Imputers ranked on one data set; made by ``rank_imputers``.

    Attributes
    ----------
    scores
        Name of an imputer to its energy I-score, with its parts.
    seconds
        Name of an imputer to what its fits and draws took.
    failures
        Name of an imputer that failed, and why.
    left_out
        Variable with holes that was not scored, and why.
    n_draws, rounds, seed
        Draws of each hidden cell, fits of each imputer, and where chance began.

    References
    ----------
    Näf, J., K. Grzesiak, and E. Scornet. 2025. How to rank imputation methods? arXiv:2507.11297.
    """

    scores: Mapping[str, IScore]
    seconds: Mapping[str, float]
    failures: Mapping[str, str]
    left_out: Mapping[str, str]
    n_draws: int
    rounds: int
    seed: int

    @property
    def best(self) -> str:
        """Name of the imputer with the highest score."""
        return str(rank_scores(self.scores)["imputer"].iloc[0])

    @property
    def names(self) -> tuple[str, ...]:
        """Variables that were scored, those that weigh most first."""
        return tuple(next(iter(self.scores.values())).table["variable"])

    def table(self) -> pd.DataFrame:
        """One row per imputer, best first.

        Returns
        -------
        pandas.DataFrame
            rank, imputer, score (higher is better; numbers in standard deviations), behind (score of the best minus
            this one), std_error (of ``behind``, from differences cell by cell), seconds; an imputer that failed stands
            last, with nothing in its row.
        """
        table = rank_scores(self.scores)
        table["seconds"] = [self.seconds[name] for name in table["imputer"]]
        names = [*table["imputer"], *self.failures]
        whole = table.set_index("imputer").reindex(names).reset_index()[table.columns]
        return whole.astype({"rank": "Int64"})

    def variables(self) -> pd.DataFrame:
        """One row per variable and imputer.

        Returns
        -------
        pandas.DataFrame
            variable, n_scored, weight (its share of the score), then rank, imputer, score, behind and std_error as in
            `table`, but among the imputers of this variable.
        """
        table = next(iter(self.scores.values())).table
        parts = []
        for place, row in table.iterrows():
            part = self._rank_variable(int(place))  # type: ignore[call-overload]
            part.insert(0, "weight", row["weight"] / table["weight"].sum())
            part.insert(0, "n_scored", row["n_scored"])
            part.insert(0, "variable", row["variable"])
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def plot(self, variable: str | None = None) -> Any:
        """Draw how far each imputer is behind the best, with 95 % intervals.

        Parameters
        ----------
        variable
            One of `names`, for the ranking on it alone; None for all together.

        Returns
        -------
        matplotlib.figure.Figure
            To be shown by a notebook, or saved with ``savefig``.

        Raises
        ------
        ColumnError
            When the variable was not scored.
        """
        if variable is None:
            return plot_ranking(rank_scores(self.scores), "all variables")
        if variable not in self.names:
            raise ColumnError(
                f"There is no score of a variable {variable!r}. "
                f"{suggest(variable, self.names) or 'Scored were ' + ', '.join(self.names) + '.'}"
            )
        return plot_ranking(self._rank_variable(self.names.index(variable)), variable)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What to use, whether the difference is larger than chance, and what else to know."""
        found = [
            *_find_best(rank_scores(self.scores), self.seconds),
            *self._find_exceptions(),
        ]
        if self.failures:
            told = " ".join(f"{name}: {why}" for name, why in self.failures.items())
            found.append(
                Finding(topic="failures", severity="act", sentence=f"Not ranked, since imputing failed. {told}")
            )
        if self.left_out:
            told = "; ".join(f"{name} ({why})" for name, why in self.left_out.items())
            found.append(Finding(topic="left out", severity="look", sentence=f"Not scored: {told}."))
        return tuple(found)

    def _rank_variable(self, place: int) -> pd.DataFrame:
        return rank_scores({name: score.of(place) for name, score in self.scores.items()})

    def _find_exceptions(self) -> list[Finding]:
        """Variables at which the best is clearly behind another."""
        best = self.best
        n_tests = max(len(self.names) * (len(self.scores) - 1), 1)
        found = []
        for place, variable in enumerate(self.names):
            ranks = self._rank_variable(place).set_index("imputer")
            first = str(ranks.index[0])
            if first != best and _is_clear(ranks["behind"][best], ranks["std_error"][best], n_tests):
                found.append(f"{variable} ({first}, by {ranks['behind'][best]:.2g})")
        if not found:
            return []
        sentence = (
            f"Another imputer draws better than {best}, by more than chance, at {_words.join(found)}. "
            "Where one of these carries your analysis, compare results under both."
        )
        return [Finding(topic="variables", severity="look", sentence=sentence)]

    def __repr__(self) -> str:
        n_cells = sum(len(cells) for cells in next(iter(self.scores.values())).cells)
        head = (
            f"Ranking of {_words.count(len(self.scores), 'imputer')} on {_words.count(n_cells, 'hidden cell')} of "
            f"{_words.count(len(self.names), 'variable')}, {self.n_draws} draws of each cell, "
            f"{_words.count(self.rounds, 'fit')} of each imputer, seed {self.seed}"
        )
        table = as_text(self.table(), na_rep="")
        said = "\n".join(f"[{one.severity}] {one.sentence}" for one in self.findings)
        return f"{head}\n\n{table}\n\n{said}\n{CAVEAT}"


def _is_clear(behind: float, error: float, n_tests: int) -> bool:
    """Whether a difference is larger than chance would make the largest of so many (Bonferroni)."""
    return bool(behind > NormalDist().inv_cdf(1 - (1 - LEVEL) / (2 * n_tests)) * np.nan_to_num(error))


def _find_best(ranks: pd.DataFrame, seconds: Mapping[str, float]) -> list[Finding]:
    """Say which imputer to use, and which others may as well be or had better not."""
    best, others = ranks.iloc[0], ranks.iloc[1:]
    name = best["imputer"]
    if others.empty:
        words = (
            f"{name} is the only imputer that was scored ({best['score']:.3g}): there is nothing to compare it with."
        )
        return [Finding(topic="best", severity="look", sentence=words)]
    is_clear = [_is_clear(row.behind, row.std_error, len(others)) for row in others.itertuples()]
    if all(is_clear):
        second = others.iloc[0]
        nearest = f"{second['imputer']} is behind by {second['behind']:.2g} (standard error {second['std_error']:.2g})"
        more = f"; the {len(others) - 1} after it are further behind" if len(others) > 1 else ""
        words = f"Use {name}: it draws hidden cells best, by more than chance. {nearest}{more}."
        return [Finding(topic="best", severity="ok", sentence=words)]
    alike = [name, *(row.imputer for row, clear in zip(others.itertuples(), is_clear, strict=True) if not clear)]
    fastest = min(alike, key=lambda one: seconds[one])
    words = (
        f"Use any of {_words.join(alike)}: {name} draws hidden cells best, but no further ahead than chance could put "
        f"it. {fastest} was the fastest of them. More rounds may tell them apart."
    )
    found = [Finding(topic="best", severity="look", sentence=words)]
    worse = [f"{row.imputer} (by {row.behind:.2g})" for row in others.itertuples() if row.imputer not in alike]
    if worse:
        words = f"Behind {name} by more than chance: {_words.join(worse)}."
        found.append(Finding(topic="worse", severity="ok", sentence=words))
    return found
