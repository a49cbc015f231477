"""Whether synthetic rows look like real ones, beside what two real halves and shuffled columns score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lacunet._rng import generator
from lacunet._typing import Floats, Integers
from lacunet.synthesis.judge._coded import Coded
from lacunet.synthesis.judge._fidelity_margins import (
    choose_pairs,
    choose_triples,
    marginal_errors,
    shape_errors,
    table_ratios,
    trend_errors,
)
from lacunet.synthesis.judge._fidelity_propensity import (
    Detection,
    Propensity,
    detect,
    logit_propensity,
    tree_propensity,
)
from lacunet.synthesis.judge._floors import Baselines, scale_error
from lacunet.synthesis.judge._measure import Better, Measure

MOST_PAIRS = 2000
MOST_TRIPLES = 2000
MOST_TABLES = 20
"""Pairs of columns that the table of the worst shows."""
MOST_PICTURED = 12
"""Columns whose shares are kept for pictures."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Margins:
    """Errors of tables of few columns.

    Attributes
    ----------
    shape, trend, marginal
        From 0 to 1, of columns, pairs and triples; see `shape_errors`, `trend_errors`, `marginal_errors`.
    tables
        S_pMSE of the table of each pair.
    """

    shape: Floats
    trend: Floats
    marginal: Floats
    tables: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """Everything measured of one file against the real one.

    Attributes
    ----------
    margins
        Of columns, pairs and triples.
    logit, tree
        Propensity scores of a logit and of one tree.
    detection
        What boosted trees make of rows not seen.
    """

    margins: Margins
    logit: Propensity
    tree: Propensity
    detection: Detection


def score_margins(real: Coded, other: Coded, pairs: Integers, triples: Integers) -> Margins:
    """Measure columns, pairs and triples of one file against the real one.

    Parameters
    ----------
    real, other
        Coded alike.
    pairs, triples
        Positions of columns, shapes (pairs, 2) and (triples, 3).
    """
    return Margins(
        shape=shape_errors(real, other),
        trend=trend_errors(real, other, pairs),
        marginal=marginal_errors(real, other, triples),
        tables=table_ratios(real, other, pairs),
    )


def score_fidelity(real: Coded, other: Coded, pairs: Integers, triples: Integers, rng: np.random.Generator) -> Scores:
    """Measure one file against the real one in every way.

    Parameters
    ----------
    real, other, pairs, triples
        As in `score_margins`.
    rng
        For folds and permutations.
    """
    return Scores(
        margins=score_margins(real, other, pairs, triples),
        logit=logit_propensity(real, other),
        tree=tree_propensity(real, other, rng),
        detection=detect(real, other, rng),
    )


def average_margins(several: Sequence[Margins]) -> Margins:
    """Mean of each error over several files.

    Parameters
    ----------
    several
        Of the same columns, pairs and triples.
    """
    return Margins(
        shape=np.mean([one.shape for one in several], axis=0),
        trend=np.mean([one.trend for one in several], axis=0),
        marginal=np.mean([one.marginal for one in several], axis=0),
        tables=np.mean([one.tables for one in several], axis=0),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """How one number is read off the scores, and what it says; its floor is that of the halves unless said."""

    name: str
    title: str
    read: Callable[[Scores], float]
    better: Better
    sentence: str
    floor: Callable[["_Three"], float] | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Three:
    """Scores of the synthetic sets, of two real halves, of shuffled columns; and the factor from halves to files."""

    own: Sequence[Scores]
    halves: Scores
    shuffled: Scores
    shrink: float


def measure_fidelity(
    real: Coded, synthetic: Sequence[Coded], baselines: Baselines, seed: int
) -> tuple[list[Measure], dict[str, pd.DataFrame]]:
    """Measure the synthetic sets, and what chance and shuffled columns would get.

    Parameters
    ----------
    real, synthetic
        Coded alike; numbers are averaged over the sets.
    baselines
        Of this real file.
    seed
        Of the judgement.

    Returns
    -------
    list of Measure
        In the order of the report.
    dict of DataFrame
        "columns", "pairs", "tables" and "marginals", worst first.
    """
    pairs = choose_pairs(real.p, MOST_PAIRS, generator(seed, "judge pairs"))
    triples = choose_triples(real.p, MOST_TRIPLES, generator(seed, "judge triples"))

    def score(first: Coded, second: Coded, number: int) -> Scores:
        return score_fidelity(first, second, pairs, triples, generator(seed, "judge fidelity", number))

    halves = score(*baselines.halves[0], 0)
    others = [score_margins(*pair, pairs, triples) for pair in baselines.halves[1:]]
    three = _Three(
        own=[score(real, one, 2 + i) for i, one in enumerate(synthetic)],
        halves=replace(halves, margins=average_margins([halves.margins, *others])),
        shuffled=score(real, baselines.shuffled, 1),
        shrink=scale_error(real.n, synthetic[0].n),
    )
    details = _details(real, synthetic[0], pairs, three)
    return [_measure(line, three, details) for line in _LINES], details


def _mean(errors: Floats) -> float:
    return float(errors.mean()) if len(errors) else float("nan")


def _measure(line: _Line, three: _Three, details: dict[str, pd.DataFrame]) -> Measure:
    value = float(np.mean([line.read(scores) for scores in three.own]))
    sentence = line.sentence.format(value=value)
    if not np.isfinite(value):
        sentence = "Not measured: there are too few columns or rows for it."
    return Measure(
        area="fidelity",
        name=line.name,
        title=line.title,
        value=value,
        floor=line.read(three.halves) if line.floor is None else line.floor(three),
        independent=line.read(three.shuffled),
        better=line.better,
        unit=line.unit,
        sentence=sentence,
        details=details.get({"shape_error": "columns", "trend_error": "pairs"}.get(line.name, "")),
    )


def _shape(scores: Scores) -> float:
    return 100 * _mean(scores.margins.shape)


def _trend(scores: Scores) -> float:
    return 100 * _mean(scores.margins.trend)


def _marginal(scores: Scores) -> float:
    return 1000 * (1 - _mean(scores.margins.marginal))


_LINES = (
    _Line(
        name="shape_error",
        title="Shape error",
        read=_shape,
        floor=lambda three: three.shrink * _shape(three.halves),
        better="low",
        unit="%",
        sentence="The distributions of single columns are {value:.2f} % off on average "
        "(Kolmogorov-Smirnov distance of numbers, total variation distance of categories).",
    ),
    _Line(
        name="trend_error",
        title="Trend error",
        read=_trend,
        floor=lambda three: three.shrink * _trend(three.halves),
        better="low",
        unit="%",
        sentence="The relations of two columns are {value:.2f} % off on average "
        "(half the difference of correlations, total variation distance of tables).",
    ),
    _Line(
        name="k_marginal",
        title="k-marginal score",
        read=_marginal,
        floor=lambda three: 1000 - three.shrink * (1000 - _marginal(three.halves)),
        better="high",
        unit="of 1,000",
        sentence="Tables of three columns agree to {value:.0f} of 1,000.",
    ),
    _Line(
        name="pmse",
        title="pMSE of a logit",
        read=lambda scores: scores.logit.pmse,
        floor=lambda three: three.halves.logit.ratio * three.own[0].logit.expected,
        better="low",
        sentence="A logit on all columns predicts which rows are synthetic with a mean squared distance of {value:.5f} "
        "from knowing nothing.",
    ),
    _Line(
        name="s_pmse",
        title="S_pMSE of a logit",
        read=lambda scores: scores.logit.ratio,
        better="near 1",
        sentence="That is {value:.2f} times what a right model of the real rows would leave. Below 3 is good, above 10 "
        "is not. It sees margins only: shuffled columns pass.",
    ),
    _Line(
        name="pmse_tree",
        title="pMSE of a tree",
        read=lambda scores: scores.tree.pmse,
        floor=lambda three: float(np.mean([scores.tree.expected for scores in three.own])),
        better="low",
        sentence="A tree of depth 6, which sees how columns go together, gets {value:.5f}.",
    ),
    _Line(
        name="s_pmse_tree",
        title="S_pMSE of a tree",
        read=lambda scores: scores.tree.ratio,
        better="near 1",
        sentence="That is {value:.2f} times what it gets after permuting which rows are synthetic.",
    ),
    _Line(
        name="specks",
        title="SPECKS",
        read=lambda scores: scores.detection.specks,
        better="low",
        sentence="The probabilities of being synthetic, given by boosted trees, differ by {value:.3f} at most between "
        "the files (0 alike, 1 apart).",
    ),
    _Line(
        name="tree_auc",
        title="Area under the curve of a detector",
        read=lambda scores: scores.detection.auc,
        better="near 0.5",
        sentence="Boosted trees that were shown both files rank a new synthetic row above a new real one with "
        "probability {value:.3f}; 0.5 is a coin.",
    ),
)


def _details(real: Coded, first: Coded, pairs: Integers, three: _Three) -> dict[str, pd.DataFrame]:
    names = np.array(real.names, dtype=object)
    own = average_margins([scores.margins for scores in three.own])
    halves, shuffled = three.halves.margins, three.shuffled.margins
    columns = pd.DataFrame(
        {
            "column": names,
            "kind": np.where(real.is_number, "number", "category"),
            "error": 100 * own.shape,
            "floor": 100 * three.shrink * halves.shape,
            "independent": 100 * shuffled.shape,
        }
    )
    named = pd.DataFrame({"first": names[pairs[:, 0]], "second": names[pairs[:, 1]]})
    trend = named.assign(
        error=100 * own.trend,
        floor=100 * three.shrink * halves.trend,
        independent=100 * shuffled.trend,
    )
    tables = named.assign(
        pmse_ratio=own.tables,
        floor=halves.tables,
        error=trend["error"],
    )
    columns = columns.sort_values("error", ascending=False, kind="stable", ignore_index=True)
    return {
        "columns": columns,
        "pairs": trend.sort_values("error", ascending=False, kind="stable", ignore_index=True),
        "tables": tables.sort_values("pmse_ratio", ascending=False, kind="stable", ignore_index=True).head(MOST_TABLES),
        "marginals": _shares(real, first, columns["column"].head(MOST_PICTURED).tolist()),
    }


def _shares(real: Coded, synthetic: Coded, names: list[str]) -> pd.DataFrame:
    parts = []
    for name in names:
        j = real.place(name)
        column = real.columns[j]
        parts.append(
            pd.DataFrame(
                {
                    "column": name,
                    "code_label": column.labels,
                    "real": np.bincount(real.codes[:, j], minlength=column.n_codes) / real.n,
                    "synthetic": np.bincount(synthetic.codes[:, j], minlength=column.n_codes) / synthetic.n,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
