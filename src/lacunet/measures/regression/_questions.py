"""What can be asked of fitted vectors: which words are near them, and how that differs between covariate values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lacunet._check import check_count
from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.measures.alacarte._candidates import Candidates, choose_candidates
from lacunet.measures.alacarte._neighbours import rank_words
from lacunet.measures.regression._fit import Cosines, Fit, cosines_with
from lacunet.measures.uncertainty import combine_sources

BOTH, FIRST, SECOND = "both", "first", "second"


class Questions:
    """Fitted vectors and the questions that can be put to them. See `EmbeddingRegression`, which is what users meet."""

    fit: Fit

    def fitted(self, at: Any) -> Floats | list[Floats]:
        r"""Vectors that the regression expects at covariate values.

        .. math:: \hat y(x) = \hat B' x

        Parameters
        ----------
        at
            Values of the formula's variables: a mapping of names to values or lists, or a frame. Over a variable that
            is not named, the rows of the instances are averaged as they are. Effects behind the bar stay at their mean.

        Returns
        -------
        numpy.ndarray or list
            Shape (m, d), one row each; with several embeddings a list of such matrices.

        Raises
        ------
        ColumnError
            When a name is not of the formula.
        DataError
            When a level never occurred.
        """
        vectors = self.fit.vectors_at(self.fit.at(at)[1])
        return vectors[0] if len(vectors) == 1 else vectors

    def similarity(self, at: Any, words: str | Sequence[str], level: float = 0.95) -> pd.DataFrame:
        """Cosines of fitted vectors with words, such as at the 5th, 50th and 95th percentile of a covariate.

        Parameters
        ----------
        at
            As in `fitted`.
        words
            Known words.
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            The values asked for, ``word``, ``estimate, std_error, se_documents, sd_seeds, df, conf_low, conf_high``:
            by the delta method from the robust (or clustered) covariance of all coefficients. A cosine is pulled to 0
            by noise in the fitted vector; the interval does not correct that.

        Raises
        ------
        DataError
            When a word is unknown.
        """
        named = [words] if isinstance(words, str) else list(words)
        asked, along = self.fit.at(at)
        found = [self._near(row, named, level) for row in along]
        return _beside(asked, found)

    def nearest(
        self,
        at: Any,
        n: int = 10,
        level: float = 0.95,
        *,
        candidates: Sequence[str] | None = None,
        min_count: int | None = None,
    ) -> pd.DataFrame:
        """Words nearest to fitted vectors.

        Parameters
        ----------
        at
            As in `fitted`.
        n
            Words each.
        level
            Level of the intervals.
        candidates
            Words to choose among, wildcards allowed; None for those with at least ``min_count`` occurrences.
        min_count
            None for 100 occurrences or more (or for the 1,000 most frequent words, if those are more): vectors of rare
            words are mostly chance, and lie near anything. Which words that left is in the table's ``attrs["notes"]``.

        Returns
        -------
        pandas.DataFrame
            The columns of `similarity`, the nearest first. Which words are listed was chosen by the same data: of a
            word that got in by chance the interval lies too high.

        Raises
        ------
        DataError
            When no candidate is known.
        SpecError
            When an option is wrong.
        """
        n, among = check_count(n, "n"), choose_candidates(self.fit.spaces, candidates, min_count)
        asked, along = self.fit.at(at)
        found = [self._near(row, self._top(row, n, among), level) for row in along]
        return among.noted(_beside(asked, found))

    def contrast(self, at: Any, other: Any, words: str | Sequence[str], level: float = 0.95) -> pd.DataFrame:
        """Differences of cosines with words between two sets of covariate values.

        Parameters
        ----------
        at, other
            One set of values each, as in `fitted`.
        words
            Known words.
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            ``word``, ``first`` and ``second`` (the cosines), their difference as ``estimate``, and its error as in
            `similarity`; what the two have in common cancels.
        """
        named = [words] if isinstance(words, str) else list(words)
        (one, first), (two, second) = self._cosines(at, named), self._cosines(other, named)
        errors = self._errors([(one, first.gradient), (two, -second.gradient)])
        return self._tabulate(named, first, second, first.values - second.values, errors, level)

    def ratio(
        self,
        at: Any,
        other: Any,
        n: int = 10,
        level: float = 0.95,
        *,
        candidates: Sequence[str] | None = None,
        min_count: int | None = None,
    ) -> pd.DataFrame:
        r"""Which of the nearest words of two fitted vectors tell them apart.

        .. math:: \cos(\hat y(x_1), v) / \cos(\hat y(x_2), v)

        Parameters
        ----------
        at, other
            One set of values each, as in `fitted`.
        n
            Nearest words of each; their union is compared.
        level
            Level of the intervals.
        candidates, min_count
            As in `nearest`.

        Returns
        -------
        pandas.DataFrame
            ``word``, ``near`` ("both", "first" or "second" of the two vectors), ``first`` and ``second`` (the
            cosines), the ratio as ``estimate``, highest first, and its error as in `similarity`. A ratio means little
            where the second cosine is near 0.

        Raises
        ------
        DataError
            When no candidate is known.
        SpecError
            When an option is wrong, or one side holds several rows.
        """
        n, among = check_count(n, "n"), choose_candidates(self.fit.spaces, candidates, min_count)
        one, two = self._one(at), self._one(other)
        tops = self._top(one, n, among), self._top(two, n, among)
        named = list(dict.fromkeys([*tops[0], *tops[1]]))
        first, second = self._read(one, named), self._read(two, named)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = first.values / second.values
            # of the mean over embeddings of ratios: each gradient divided by its own second cosine
            by_first = _scale(self.fit, first.gradient, 1 / second.values)
            by_second = _scale(self.fit, second.gradient, ratio / second.values)
        errors = self._errors([(one, by_first), (two, -by_second)])
        table = self._tabulate(named, first, second, ratio, errors, level)
        where = [
            BOTH if word in tops[0] and word in tops[1] else FIRST if word in tops[0] else SECOND for word in named
        ]
        table.insert(1, "near", where)
        return among.noted(table.sort_values("estimate", ascending=False, kind="stable", ignore_index=True))

    def _near(self, along: Floats, words: list[str], level: float) -> pd.DataFrame:
        found = self._read(along, words)
        errors = self._errors([(along, found.gradient)])
        table = combine_sources(found.values, _same(errors, found.values), self.fit.solution.dof, level)
        table.insert(0, "word", words)
        return table

    def _errors(self, parts: list[tuple[Floats, Floats]]) -> Floats:
        with threadpool_limits(limits=1):  # the same bits on any number of threads
            return self.fit.solution.errors_along(parts)

    def _one(self, at: Any) -> Floats:
        asked, along = self.fit.at(at)
        if len(asked) != 1:
            raise SpecError(
                f"There are {len(asked)} rows of covariate values on one side. Two fitted vectors are compared: give "
                "one value each, at={'party': 'D'} and other={'party': 'R'}."
            )
        return along[0]

    def _cosines(self, at: Any, words: list[str]) -> tuple[Floats, Cosines]:
        along = self._one(at)
        return along, self._read(along, words)

    def _read(self, along: Floats, words: list[str]) -> Cosines:
        vectors = [one[0] for one in self.fit.vectors_at(along[None])]
        if not all(np.linalg.norm(vector) > 0 for vector in vectors):
            raise DataError("The fitted vector is all zeros. A direction is needed. Ask at other values.")
        return cosines_with(self.fit, vectors, words)

    def _top(self, along: Floats, n: int, among: Candidates) -> list[str]:
        """Words of highest mean cosine among those that every embedding knows."""
        vectors = [one[0] for one in self.fit.vectors_at(along[None])]
        return list(rank_words(self.fit.spaces, vectors, n, among.words))

    def _tabulate(
        self, words: list[str], first: Cosines, second: Cosines, values: Floats, errors: Floats, level: float
    ) -> pd.DataFrame:
        table = combine_sources(values, _same(errors, values), self.fit.solution.dof, level)
        table.insert(0, "word", words)
        table.insert(1, "first", first.values.mean(axis=0))
        table.insert(2, "second", second.values.mean(axis=0))
        return table


def _scale(fit: Fit, gradient: Floats, factors: Floats) -> Floats:
    """Gradient of each embedding times its own factor for each word."""
    parts = [gradient[cut] * factor for cut, factor in zip(fit.cuts, factors, strict=True)]
    return np.vstack(parts)


def _same(errors: Floats, values: Floats) -> Floats:
    """The error of the mean over embeddings, beside each: documents move all of them together."""
    return np.broadcast_to(errors, values.shape)


def _beside(asked: pd.DataFrame, found: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables under each other, each beside the values that it is for."""
    parts = []
    for i, table in enumerate(found):
        given = asked.iloc[[i] * len(table)].reset_index(drop=True)
        parts.append(pd.concat([given, table], axis=1))
    return pd.concat(parts, ignore_index=True)
