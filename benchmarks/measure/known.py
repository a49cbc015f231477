"""Known groups simulated: do intervals of areas, standardised differences and correlations hold the truth?

Scores are normal with a planted difference (or correlation with a label), their spread unequal in one design. Clusters
have from 1 to 10 documents, which share a third of the variance; they lie in one group each, or in both.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from benchmarks.measure.rows import Row, covers, share_row
from lacunet.errors import DataWarning
from lacunet.measures.validation import known_groups

SAMPLES = 4000
GAP, CORRELATION, WITHIN = 0.6, 0.4, 1 / 3


@dataclass(frozen=True)
class Design:
    """Documents of either group, or clusters; standard deviation of the second group's scores."""

    n: tuple[int, int]
    clusters: str = "none"
    sd: float = 1.0


DESIGNS = {
    **{f"{a} and {b} documents": Design((a, b)) for a, b in ((15, 15), (40, 40), (200, 50))},
    "60 and 20 documents, unequal variances": Design((60, 20), sd=2.0),
    "15 and 15 clusters": Design((15, 15), "nested"),
    "40 and 40 clusters": Design((40, 40), "nested"),
    "30 clusters in both groups": Design((30, 30), "crossing"),
}


def draw(design: Design, gap: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores, group, cluster, and a label that goes with the scores."""
    clustered = design.clusters != "none"
    sizes = [rng.integers(1, 11, n) if clustered else np.ones(n, dtype=int) for n in design.n]
    cluster = [np.repeat(np.arange(n), size) for n, size in zip(design.n, sizes, strict=True)]
    cluster[1] = cluster[1] + (0 if design.clusters == "crossing" else design.n[0])
    group = np.repeat([0, 1], [len(some) for some in cluster])
    codes = np.concatenate(cluster)
    share = WITHIN if clustered else 0.0
    common = rng.normal(size=(2, sum(design.n)))[:, codes]
    noise, other = np.sqrt(share) * common + np.sqrt(1 - share) * rng.normal(size=(2, len(codes)))
    scores = noise * np.where(group == 1, design.sd, 1.0) + gap * group
    label = CORRELATION * noise + np.sqrt(1 - CORRELATION**2) * other
    return scores, group, codes, np.column_stack([noise, label])


def truths(design: Design, gap: float) -> dict[str, float]:
    """Parameters of endlessly many documents."""
    weights = np.array(design.n) / sum(design.n)
    pooled = np.sqrt(weights @ np.array([1.0, design.sd**2]))
    return {
        "AUC": float(norm.cdf(gap / np.sqrt(1 + design.sd**2))),
        "standardised difference": gap / pooled,
        "Pearson": CORRELATION,
        "Spearman": 6 / np.pi * np.arcsin(CORRELATION / 2),
    }


def rows_of(name: str, samples: int, seed: int) -> Iterator[Row]:
    """Rows of one design, with a difference and without."""
    design = DESIGNS[name]
    for gap in (GAP, 0.0):
        rng = np.random.default_rng([seed, *design.n, len(design.clusters), int(10 * gap)])
        true, hits, rejects = truths(design, gap), [], []
        for _ in range(samples):
            scores, group, codes, pair = draw(design, gap, rng)
            cluster = None if design.clusters == "none" else codes
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DataWarning)
                tables = [known_groups(scores, group.astype(bool), cluster=cluster).table()]
                if gap:
                    tables.append(known_groups(pair[:, 0], pair[:, 1], cluster=cluster).table())
            table = pd.concat(tables).set_index("statistic")
            hits.append(covers(table["conf_low"], table["conf_high"], [true[key] for key in table.index]))
            rejects.append(table["p_value"].to_numpy() <= 0.05)
        for i, statistic in enumerate(table.index):
            what = f"{statistic}, {'planted' if gap else 'null'}"
            yield share_row(name, what, "coverage", np.array(hits)[:, i], seed=seed)
            if not gap:
                yield share_row(name, f"p-value of {statistic}", "size", np.array(rejects)[:, i], seed=seed)
