"""Rows of the simulations of measures: a share with its Monte Carlo error, beside the bar that it has to reach."""

import numpy as np
from numpy.typing import ArrayLike

BARS = {"coverage": (0.93, 0.97), "size": (0.04, 0.06)}
"""Of 95 % intervals, and of tests at 5 %."""
TWO_ERRORS = 2.0
KEYS = ("design", "what", "seed")
Row = dict[str, object]


def share_row(design: str, what: str, kind: str, hits: ArrayLike, *, seed: int, **more: object) -> Row:
    """One share over samples.

    Parameters
    ----------
    design, what
        The simulated world, and the number or interval asked about.
    kind
        "coverage" or "size".
    hits
        1 where an interval holds the truth (a test rejects), 0 where not, NaN where there is none; one row a sample.
        Numbers of one sample go together, so that the Monte Carlo error is that of means over samples.
    seed
        Of the simulation.
    **more
        Further columns; ``met`` among them takes the place of what the bar says.
    """
    table = np.asarray(hits, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table.reshape(len(table), -1)
    there = np.isfinite(table)
    n = there.sum(axis=1)
    filled = np.where(there, table, 0.0)
    share = float(filled.sum() / n.sum())
    # a ratio of sums over samples, linearised; where all hit or none does, one miss in as many says how far it may be
    moves = (filled.sum(axis=1) - share * n) / n.mean()
    error = float(moves.std(ddof=1) / np.sqrt(len(moves))) or 1 / len(moves)
    low, high = BARS[kind]
    far = max(low - share, share - high, 0.0)
    met = "yes" if far == 0 else "within error" if far <= TWO_ERRORS * error else "no"
    return {
        "design": design,
        "what": what,
        "kind": kind,
        "share": share,
        "mc_error": error,
        "met": met,
        "samples": len(table),
        "n": int(n.sum()),
        "missing": float(1 - there.mean()),
        "seed": seed,
        **more,
    }


def covers(low: ArrayLike, high: ArrayLike, truth: ArrayLike) -> np.ndarray:
    """1 where an interval holds the truth, 0 where not, NaN where there is none."""
    below, above = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    hit = (below <= truth) & (truth <= above)
    return np.where(np.isfinite(below) & np.isfinite(above), hit, np.nan)
