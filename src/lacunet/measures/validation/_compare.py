"""A measure beside what people said of the same words or documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.errors import DataError, list_some, nearest, warn_user
from lacunet.measures._spaces import read_spaces
from lacunet.measures._works import cite
from lacunet.measures.axes import Axis
from lacunet.measures.validation._combine import combine_fits
from lacunet.measures.validation._figures import draw_scatter
from lacunet.measures.validation._ratings import read_numbers, read_ratings, read_scores
from lacunet.pooling._result import check_level
from lacunet.report._words import count, percent
from lacunet.solve import both_correlations, correlation_errors

FEWEST = 4
"""Rated words or documents below which there is no interval, and nothing to compare."""
SHOWN, SEARCHED = 8, 20_000
"""Unknown words that a warning names, and words among which a near spelling is looked for."""
NAMES = ("Pearson", "Spearman")
BONETT_WRIGHT_2000 = (
    "Bonett, D. G., & Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman "
    "correlations. Psychometrika, 65(1), 23-28."
)
KOZLOWSKI_2019 = (
    "Kozlowski, A. C., Taddy, M., & Evans, J. A. (2019). The geometry of culture: Analyzing the meanings of class "
    "through word embeddings. American Sociological Review, 84(5), 905-949."
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RatingComparison:
    """How well a measure agrees with people's ratings; made by `compare_ratings`.

    Attributes
    ----------
    items
        One row a word or document that has both: item, rating, score (mean over fits), sd_seeds, and gap, the rank of
        its score less that of its rating, as a share of n.
    correlations
        Pearson's and Spearman's of each fit (S, 2).
    n_rated
        Rated in all.
    unknown
        Rated words that have no score.
    notes
        What to know before reporting.
    """

    items: pd.DataFrame
    correlations: Floats
    n_rated: int
    unknown: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def coverage(self) -> float:
        """Share of what was rated that has a score."""
        return len(self.items) / self.n_rated

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Pearson's and Spearman's correlation with intervals, one row each.

        Parameters
        ----------
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            statistic, estimate, std_error, se_documents (from the choice of words or documents), sd_seeds, df, p_value,
            conf_low, conf_high, n, n_rated, coverage.
        """
        check_level(level)
        errors = correlation_errors(self.correlations, len(self.items))
        rows = [
            combine_fits(name, self.correlations[:, i], errors[:, i], scale="artanh", df=np.inf, null=0.0, level=level)
            for i, name in enumerate(NAMES)
        ]
        return pd.DataFrame(rows).assign(n=len(self.items), n_rated=self.n_rated, coverage=self.coverage)

    def plot(self) -> Any:
        """Ratings and scores, one dot a word or document; those that fit worst are named.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("ratings.png")`` keeps it.
        """
        return draw_scatter(self.items)

    def summary(self) -> str:
        """Say what was found, in a few sentences."""
        rows = self.table().set_index("statistic")
        said = [
            f"{name}'s correlation {row['estimate']:.3f} [{row['conf_low']:.3f}, {row['conf_high']:.3f}]"
            for name, row in rows.iterrows()
        ]
        worst = self.items.reindex(self.items["gap"].abs().sort_values(ascending=False, kind="stable").index).head(3)
        far = ", ".join(
            f"{item} ({'higher' if gap > 0 else 'lower'} by score)" for item, gap in zip(worst["item"], worst["gap"])
        )
        return "\n".join(
            [
                f"{len(self.items):,} of {self.n_rated:,} rated items ({percent(self.coverage)}) have a score: "
                f"{' and '.join(said)}.",
                f"Farthest apart: {far}.",
                *self.notes,
            ]
        )

    def cite(self) -> str:
        """Works to cite, one a line."""
        return cite(KOZLOWSKI_2019, BONETT_WRIGHT_2000)

    def __repr__(self) -> str:
        r = self.correlations.mean(axis=0)
        return f"RatingComparison({len(self.items)} of {self.n_rated}: Pearson {r[0]:.3f}, Spearman {r[1]:.3f})"


def compare_ratings(
    space: Any, measure: Any, ratings: Any, *, word: str | None = None, rating: str | None = None
) -> RatingComparison:
    r"""Compare a measure with people's ratings of the same words, or of the same documents.

    With r the correlation of ratings and scores over n words, the intervals are

    .. math:: \tanh\!\Big(\operatorname{artanh} r \pm z \sqrt{\tfrac{1}{n - 3}}\Big) \text{ (Pearson)}, \qquad
        \tanh\!\Big(\operatorname{artanh} r \pm z \sqrt{\tfrac{1 + r^2 / 2}{n - 3}}\Big) \text{ (Spearman)}.

    They take the words for a sample of the words that might have been rated.

    To repeat the validation of Kozlowski, Taddy and Evans (2019): with their antonym pairs and survey means,
    ``compare_ratings(space, Axis.from_pairs(pairs), "survey.csv", rating="class_mean")``. They report the correlation
    with each dimension apart, over the words that the embedding knows; the axis points to where high means are (rich,
    man, black in their files).

    Parameters
    ----------
    space
        `Embeddings`, or a list of fits with other seeds, whose spread stands apart; None where ``measure`` needs none.
    measure
        An `Axis`, on which the rated words are projected; a dictionary or series of word to score (``sc_weat`` gives
        such); or scores of documents (`Scores` or numbers), ``ratings`` then being numbers in their order.
    ratings
        A dictionary or series of word to rating, a frame or a file with a column of words and one of numbers; for
        documents one number each, NaN for those not rated. Higher means more of what the axis's positive pole stands
        for: a negative correlation may only say that the scale runs the other way.
    word, rating
        Names of these columns, where there are several.

    Returns
    -------
    RatingComparison
        ``.table()``, ``.items``, ``.plot()``, ``.summary()``.

    Raises
    ------
    DataError
        When fewer than 4 of what is rated have a score, or all have the same.
    ColumnError
        When a column is not there, or it is not clear which is meant.
    SpecError
        When ``space`` or the ratings are something else.

    Warns
    -----
    DataWarning
        When rated words are not known; a word in capitals may stand in the space without them.

    References
    ----------
    Kozlowski, A. C., Taddy, M., & Evans, J. A. (2019). The geometry of culture: Analyzing the meanings of class through
    word embeddings. *American Sociological Review*, 84(5), 905-949.
    Bonett, D. G., & Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations. *Psychometrika*, 65(1), 23-28.
    """
    unknown: tuple[str, ...] = ()
    if isinstance(measure, Axis):
        rated = read_ratings(ratings, word, rating)
        spelled, unknown = _spell(space, rated)
        scores = np.stack(
            [measure.words(one, list(spelled))["projection"].to_numpy(np.float64) for one in read_spaces(space)]
        )
        names, values = list(spelled.values()), rated[list(spelled.values())].to_numpy()
    elif isinstance(measure, Mapping) or _is_by_word(measure):
        rated = read_ratings(ratings, word, rating)
        own = read_ratings(measure, None, None)
        names = [name for name in rated.index if name in own.index]
        unknown = tuple(name for name in rated.index if name not in own.index)
        _warn_of(unknown, len(rated), list(own.index))
        scores, values = own[names].to_numpy()[None], rated[names].to_numpy()
    else:
        scores, rated, names = _of_documents(measure, ratings)
        values = rated.to_numpy()
    scores, values, names = _complete(scores, values, names)
    correlations = np.stack([both_correlations(one, values) for one in scores])
    if np.isnan(correlations).any():
        raise DataError("All ratings, or all scores, are the same. They need to differ for a correlation: add others.")
    return RatingComparison(
        items=_list_items(names, values, scores),
        correlations=correlations,
        n_rated=len(rated),
        unknown=unknown,
        notes=(f"Without a score: {', '.join(unknown)}.",) if unknown else (),
    )


def _is_by_word(measure: Any) -> bool:
    return isinstance(measure, pd.Series) and all(isinstance(name, str) for name in measure.index)


def _spell(space: Any, rated: pd.Series) -> tuple[dict[str, str], tuple[str, ...]]:
    """Word as the space spells it -> word as it was rated, for those that all fits know; and the others."""
    spaces = read_spaces(space)
    spelled: dict[str, str] = {}
    unknown = []
    for name in rated.index:
        forms = [form for form in (name, name.lower()) if all(form in one and one[form].any() for one in spaces)]
        if forms and forms[0] not in spelled:
            spelled[forms[0]] = name
        else:
            unknown.append(name)
    _warn_of(tuple(unknown), len(rated), list(spaces[0].words[:SEARCHED]))
    if len(spelled) < FEWEST:
        raise DataError(_say_too_few(len(spelled), len(rated)))
    return spelled, tuple(unknown)


def _warn_of(unknown: tuple[str, ...], n: int, known: list[str]) -> None:
    if not unknown:
        return
    near = nearest(unknown[0], [one for one in known if abs(len(one) - len(unknown[0])) <= 2])
    hint = f"Did you mean {near!r} for {unknown[0]!r}?" if near else "The correlation is that of the others."
    warn_user(
        f"{count(len(unknown), 'word')} of {n} rated ones {'has' if len(unknown) == 1 else 'have'} no score "
        f"({list_some(map(repr, unknown), SHOWN)}). All are needed for the whole set. "
        f"{hint}"
    )


def _of_documents(measure: Any, ratings: Any) -> tuple[Floats, pd.Series, list[str]]:
    """Scores (S, n) and ratings of the documents that were rated."""
    scores, _ = read_scores(measure)
    numbers = read_numbers(ratings, "ratings")
    if scores.shape[1] != len(numbers):
        raise DataError(
            f"There are {scores.shape[1]:,} scores and {len(numbers):,} ratings. One rating a document is needed, in "
            "their order, NaN for those not rated: line them up. Documents without text are left out on "
            "reading: drop their rows first."
        )
    own = np.flatnonzero(~np.isnan(numbers))
    return scores[:, own], pd.Series(numbers[own]), [f"document {i}" for i in own]


def _complete(scores: Floats, values: Floats, names: list[str]) -> tuple[Floats, Floats, list[str]]:
    there = np.isfinite(scores).all(axis=0)
    if there.sum() < FEWEST:
        raise DataError(_say_too_few(int(there.sum()), len(names)))
    return scores[:, there], values[there], [names[i] for i in np.flatnonzero(there)]


def _say_too_few(n: int, n_rated: int) -> str:
    return (
        f"{n} of {n_rated} rated items have a score. {FEWEST} are needed at least, better dozens: rate others, or take "
        "embeddings that know them."
    )


def _list_items(names: list[str], values: Floats, scores: Floats) -> pd.DataFrame:
    frame = pd.DataFrame({"item": names, "rating": values, "score": scores.mean(axis=0)})
    frame["sd_seeds"] = scores.std(axis=0, ddof=1) if len(scores) > 1 else np.nan
    frame["gap"] = (frame["score"].rank() - frame["rating"].rank()) / len(frame)
    return frame
