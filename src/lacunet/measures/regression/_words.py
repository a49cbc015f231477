"""What an embedding regression says, in sentences, and whom to cite."""

from typing import Any

import pandas as pd

from lacunet.measures._works import KHODAK_2018, RODRIGUEZ_2023, cite
from lacunet.measures.regression._formula import thin_levels
from lacunet.report._words import count

GREEN_2025 = (
    "Green, B., Hobbs, W., Avila, S., Rodriguez, P. L., Spirling, A., & Stewart, B. M. (2025). Measuring distances in "
    "high dimensional spaces: Why average group vector comparisons exhibit bias, and what to do about it. Political "
    "Analysis."
)
FREEDMAN_LANE_1983 = (
    "Freedman, D., & Lane, D. (1983). A nonstochastic interpretation of reported significance levels. Journal of "
    "Business and Economic Statistics, 1(4), 292-298."
)
HEMERIK_2020 = (
    "Hemerik, J., Goeman, J. J., & Finos, L. (2020). Robust testing in generalized linear models by sign flipping "
    "score contributions. Journal of the Royal Statistical Society B, 82(3), 841-864."
)


def describe(result: Any, table: pd.DataFrame) -> tuple[str, ...]:
    """A few sentences on a result."""
    word = " | ".join(result.target)
    lines = [
        f"Embedding regression of {word!r}: {count(result.n_instances, 'instance')} in "
        f"{count(result.n_documents, 'document')}, {result.window} words to either side.",
        _errors_by(result),
    ]
    if result.n_permutations:
        how = "signs of clusters flipped" if result.n_clusters else "residuals without the term shuffled"
        lines.append(
            f"p_value: {result.n_permutations:,} permutations ({how}; seed {result.seed}), the others kept as they are."
        )
    thin = thin_levels(result.fit.terms.columns(), result.terms)
    told = table[~table["term"].isin(list(thin)) & table["conf_low"].notna()]
    if len(told) and len(table) > 1:
        largest, among = told.loc[told["estimate"].idxmax()], " of the terms with enough instances" if thin else ""
        lines.append(
            f"The largest{among} is {largest['term']!r}: {largest['estimate']:.3g}, 95 % interval from "
            f"{largest['conf_low']:.3g} to {largest['conf_high']:.3g}. Terms compare where they count in like units."
        )
    return (*lines, *result.notes)


def works_to_cite(*, has_clusters: bool) -> str:
    """Works to cite, one a line."""
    test = HEMERIK_2020 if has_clusters else FREEDMAN_LANE_1983
    return cite(RODRIGUEZ_2023, GREEN_2025, KHODAK_2018, test)


def _errors_by(result: Any) -> str:
    rows = f"{result.n_clusters:,} clusters of {result.cluster!r}" if result.n_clusters else "instances"
    each = "; each cluster weighs the same" if result.weights == "cluster" else ""
    seeds = f"; means over {result.n_embeddings} embeddings" if result.n_embeddings > 1 else ""
    return f"Squared norms are debiased; errors by leaving out {rows} one at a time{each}{seeds}."
