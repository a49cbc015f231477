"""Are there enough imputations: the part of a mean's standard error that is the chance of these m draws."""

import numpy as np
import pandas as pd

from lacunet._layout import INAPPLICABLE
from lacunet._typing import Floats
from lacunet.diagnosis._evidence import Evidence

WANTED = 0.10
"""Monte Carlo error that may stay, as a share of the standard error."""


def running_means(evidence: Evidence, j: int) -> tuple[Floats, Floats, int | None]:
    """Mean of one completed variable in each draw, its sampling variance in each, and the level it is the share of."""
    known, drawn = evidence.observed(j), evidence.imputed(j)
    level = None
    if evidence.layout.variables[j].is_category:
        level = int(np.bincount(known.astype(np.intp)).argmax())
        known, drawn = (known == level).astype(np.float64), (drawn == level).astype(np.float64)
    n = int(np.count_nonzero(evidence.state[:, j] != INAPPLICABLE))
    centre = known.mean()
    sums = (known - centre).sum() + (drawn - centre).sum(axis=1)
    squares = ((known - centre) ** 2).sum() + ((drawn - centre) ** 2).sum(axis=1)
    variance = (squares - sums**2 / n) / max(n - 1, 1)
    return centre + sums / n, variance / n, level


def tabulate_stability(evidence: Evidence) -> pd.DataFrame:
    r"""Say how much of each mean's standard error more imputations would take away.

    .. math::

        \bar Q = \tfrac1m \sum_i \hat Q_i, \quad T = \bar U + (1 + \tfrac1m) B, \quad
        MCSE = \sqrt{B / m}, \quad m^* = \lceil 100 \, B / T \rceil \text{ makes } MCSE \le 0.1 \sqrt T

    Parameters
    ----------
    evidence
        Data and draws, m at least 2.

    Returns
    -------
    pandas.DataFrame
        One row a variable with missing cells: variable, level (of a category: the share of this level is looked at),
        mean (pooled), std_error (root of T), mc_error, mc_share (mc_error / std_error), m_needed. An order of magnitude
        where m is small, since B is then poorly known.

    References
    ----------
    White, I. R., P. Royston, and A. M. Wood. 2011. Multiple imputation using chained equations. Statistics in Medicine
    30(4): 377-399 (7.3: Monte Carlo error at most 10 % of the standard error; about 100 FMI imputations).
    """
    rows = []
    for j in evidence.incomplete if evidence.m > 1 else []:
        q, u, level = running_means(evidence, j)
        between, within = float(q.var(ddof=1)), float(u.mean())
        total = within + (1 + 1 / evidence.m) * between
        rows.append(
            {
                "variable": evidence.names[j],
                "level": "" if level is None else evidence.words(j)[level],
                "mean": float(q.mean()),
                "std_error": float(np.sqrt(total)),
                "mc_error": float(np.sqrt(between / evidence.m)),
                "mc_share": float(np.sqrt(between / evidence.m / total)) if total > 0 else 0.0,
                "m_needed": int(np.ceil(between / total / WANTED**2)) if total > 0 else 0,
            }
        )
    columns = ["variable", "level", "mean", "std_error", "mc_error", "mc_share", "m_needed"]
    return pd.DataFrame(rows, columns=columns)
