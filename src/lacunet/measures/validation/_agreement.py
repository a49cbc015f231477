"""What filled sheets add up to: agreement among raters, and of the measure with them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from lacunet._typing import Floats
from lacunet.measures._works import cite
from lacunet.measures.validation._answers import design_of
from lacunet.measures.validation._combine import combine_fits
from lacunet.measures.validation._figures import draw_estimates
from lacunet.measures.validation._reliability import (
    METRICS,
    alpha_by,
    cohen_kappa,
    fleiss_kappa,
    mean_cohen_kappa,
    percent_agreement,
)
from lacunet.measures.validation._separation import quantile
from lacunet.pooling._result import check_level
from lacunet.report._words import count
from lacunet.solve import both_correlations, correlation_errors

FEWEST_ITEMS = 4
ALIKE = "measure orders pairs as raters do"
KRIPPENDORFF_2011 = (
    "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania, Annenberg School "
    "for Communication."
)
GENNARO_ASH_2022 = (
    "Gennaro, G., & Ash, E. (2022). Emotion and reason in political language. The Economic Journal, 132(643), "
    "1037-1059."
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RatingAgreement:
    """How far raters agree, and a measure with them; made by ``RatingSheet.score``.

    Attributes
    ----------
    ratings
        Items by raters, NaN where there is no answer. Of pairs 1 stands for the text with the higher score, 0 for the
        other; of single texts these are the ratings.
    scores
        Score of each item's text; of a pair the difference of scores. NaN where there were none.
    estimates, without
        Agreement among raters by statistic, and the same without one item after the other (statistics, items).
    repeated
        Items that one rater answered twice, and how many of them alike.
    n_missing
        Questions without an answer.
    notes
        What to know before reporting.
    is_pairs
        Whether pairs were asked about.
    """

    ratings: pd.DataFrame
    scores: Floats
    estimates: pd.Series
    without: Floats
    repeated: tuple[int, int]
    n_missing: int
    notes: tuple[str, ...]
    is_pairs: bool

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row a statistic: about ("raters" or "measure"), estimate, std_error, interval, items and answers.

        Parameters
        ----------
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            about, statistic, estimate, std_error, conf_low, conf_high, n_items, n_answers.
        """
        check_level(level)
        m = self.ratings.notna().sum(axis=1).to_numpy()
        there = {"n_items": int((m > 1).sum()), "n_answers": int(m[m > 1].sum())}
        rows = [
            {"about": "raters", "statistic": name, "estimate": value} | _jackknife(value, without, level) | there
            for (name, value), without in zip(self.estimates.items(), self.without, strict=True)
        ]
        n_twice, n_alike = self.repeated
        if n_twice:
            row = _share_row("rater answers a repeated item alike", np.ones(n_twice), n_alike, n_twice, level)
            rows.append({"about": "raters"} | row | {"n_items": n_twice, "n_answers": 2 * n_twice})
        return pd.DataFrame([*rows, *self._of_measure(level)])

    def _of_measure(self, level: float) -> list[dict[str, Any]]:
        own = np.isfinite(self.scores) & self.ratings.notna().any(axis=1).to_numpy()
        answers = self.ratings[own].to_numpy()
        size = {"n_items": int(own.sum()), "n_answers": int((~np.isnan(answers)).sum())}
        if size["n_items"] < FEWEST_ITEMS:
            return []
        if self.is_pairs:
            m, k = (~np.isnan(answers)).sum(axis=1), np.nansum(answers, axis=1)
            row = _share_row(ALIKE, m, k, int(m.sum()), level)
            return [{"about": "measure"} | row | size]
        r = both_correlations(self.scores[own], np.nanmean(answers, axis=1))
        errors = correlation_errors(r, size["n_items"])
        found = [
            combine_fits(
                f"{name}, scores and mean ratings", r[i], errors[i], scale="artanh", df=np.inf, null=0.0, level=level
            )
            for i, name in enumerate(("Pearson", "Spearman"))
        ]
        kept = ("statistic", "estimate", "std_error", "conf_low", "conf_high")
        return [{"about": "measure"} | {name: row[name] for name in kept} | size for row in found]

    def pairs(self) -> pd.DataFrame:
        """Cohen's kappa and share of same answers of each two raters, with the items that both rated."""
        rows = []
        for one, other in combinations(self.ratings.columns, 2):
            both = self.ratings[[one, other]].dropna()
            a, b = both[one].to_numpy(), both[other].to_numpy()
            same = float((a == b).mean()) if len(both) else np.nan
            if self.is_pairs:
                a, b = np.concatenate([a, 1 - a]), np.concatenate([b, 1 - b])
            kappa = float(cohen_kappa(a, b)) if len(both) else np.nan
            rows.append({"rater": one, "other": other, "n": len(both), "agreement": same, "kappa": kappa})
        return pd.DataFrame(rows, columns=["rater", "other", "n", "agreement", "kappa"])

    def plot(self) -> Any:
        """All statistics with their intervals.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("agreement.png")`` keeps it.
        """
        return draw_estimates(self.table(), "estimate and interval")

    def summary(self) -> str:
        """Say what was found, in a few sentences."""
        said = [
            f"{row['statistic']}: {row['estimate']:.3f} [{row['conf_low']:.3f}, {row['conf_high']:.3f}]"
            for _, row in self.table().dropna(subset=["estimate"]).iterrows()
        ]
        head = (
            f"{count(int(self.ratings.notna().sum().sum()), 'answer')} by {count(self.ratings.shape[1], 'rater')} to "
            f"{count(len(self.ratings), 'item')}."
        )
        return "\n".join([head, *said, *self.notes])

    def cite(self) -> str:
        """Works to cite, one a line."""
        works = [KRIPPENDORFF_2011, *([GENNARO_ASH_2022] if self.is_pairs else [])]
        return cite(*works)

    def __repr__(self) -> str:
        said = next((f"{name} {value:.3f}" for name, value in self.estimates.items()), "agreement not known")
        return f"RatingAgreement({count(self.ratings.shape[1], 'rater')}, {count(len(self.ratings), 'item')}: {said})"


def measure_agreement(key: pd.DataFrame, answers: Floats) -> RatingAgreement:
    """Agreement from the key and one number a row of it (see `read_answers`).

    Which text of a pair is called the first is arbitrary, so that each pair counts in both orders. Counted by the order
    of the scores alone, raters who all agree with a good measure would seem to agree by chance.
    """
    is_pairs = design_of(key) == "pairs"
    scores = (key["score_left"] - key["score_right"]).abs() if is_pairs else key["score"]
    given = key.assign(answer=answers, own=scores)
    first, again = given[given["is_repeat"] == 0], given[given["is_repeat"] == 1]
    ratings = first.pivot(index="item", columns="rater", values="answer")
    silent = [rater for rater in ratings.columns if ratings[rater].isna().all()]
    ratings = ratings.drop(columns=silent)
    notes = [f"Without any answer, and left out: rater {', '.join(map(str, silent))}."] if silent else []
    n_missing = int(np.isnan(answers).sum())
    if n_missing:
        notes.append(f"{count(n_missing, 'question')} of {len(key):,} without an answer.")
    twice = again.merge(first, on=["item", "rater"], suffixes=("", "_first")).dropna(subset=["answer", "answer_first"])
    statistics: dict[str, Callable[..., Floats]] = {}
    if ratings.shape[1] > 1 and (ratings.notna().sum(axis=1) > 1).any():
        statistics = _statistics(is_pairs)
    else:
        notes.append("No item has answers of two raters: how far raters agree is not known.")
    values = ratings[ratings.notna().sum(axis=1) > 1].to_numpy(dtype=np.float64)
    others = 1 - np.eye(len(values))
    if is_pairs:
        values, others = np.vstack([values, 1 - values]), np.hstack([others, others])
    return RatingAgreement(
        ratings=ratings,
        scores=first.groupby("item")["own"].first().loc[ratings.index].to_numpy(dtype=np.float64),
        estimates=pd.Series({name: float(measure(values)) for name, measure in statistics.items()}, dtype=np.float64),
        without=np.array([measure(values, weights=others) for measure in statistics.values()]),
        repeated=(len(twice), int((twice["answer"] == twice["answer_first"]).sum())),
        n_missing=n_missing,
        notes=tuple(notes),
        is_pairs=is_pairs,
    )


def _statistics(is_pairs: bool) -> dict[str, Callable[..., Floats]]:
    metrics = METRICS[:1] if is_pairs else METRICS[::-1]
    return {f"Krippendorff's alpha, {metric}": alpha_by(metric) for metric in metrics} | {
        "Fleiss' kappa": fleiss_kappa,
        "Cohen's kappa, mean over pairs of raters": mean_cohen_kappa,
        "same answers": percent_agreement,
    }


def _jackknife(estimate: float, without: Floats, level: float) -> dict[str, float]:
    """Standard error over items and interval by Student's t; none where leaving items out changes nothing."""
    n = len(without)
    spread = float(((without - without.mean()) ** 2).sum())
    if not spread > 0:
        return dict.fromkeys(("std_error", "conf_low", "conf_high"), np.nan)
    error = float(np.sqrt((n - 1) / n * spread))
    half = quantile(n - 1, level) * error
    return {"std_error": error, "conf_low": estimate - half, "conf_high": min(estimate + half, 1.0)}


def _share_row(name: str, m: Any, k: Any, n: int, level: float) -> dict[str, Any]:
    """A share of n answers, with Wilson's interval for as many independent ones as its variance over items has."""
    sizes = np.asarray(m, dtype=np.float64)
    hits = np.asarray(k, dtype=np.float64)
    p = float(hits.sum() / n)
    if hits.ndim:
        i = len(sizes)
        variance = i / (i - 1) * float(((hits - p * sizes) ** 2).sum()) / n**2
        # Where all answers are alike the variance says nothing: each item then counts once.
        effective = min(p * (1 - p) / variance, n) if variance > 0 else i
    else:
        effective, variance = n, p * (1 - p) / n
    z = float(ndtri(0.5 + level / 2))
    centre = (p + z**2 / (2 * effective)) / (1 + z**2 / effective)
    half = z / (1 + z**2 / effective) * np.sqrt(p * (1 - p) / effective + z**2 / (4 * effective**2))
    return {
        "statistic": name,
        "estimate": p,
        "std_error": float(np.sqrt(variance)),
        "conf_low": max(centre - half, 0.0),
        "conf_high": min(centre + half, 1.0),
    }
