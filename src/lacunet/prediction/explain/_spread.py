"""How sure an average over rows is: the rows are a sample, and members of an ensemble differ."""

import numpy as np
from scipy.special import stdtrit

from lacunet._typing import Floats
from lacunet.errors import SpecError


def add_members(within: Floats, members: Floats | None, dof: float) -> tuple[Floats, Floats]:
    r"""Standard errors and degrees of freedom of estimates whose members differ.

    Members count as draws of what the model could have been, as imputations do in Rubin's rules, with Satterthwaite's
    degrees of freedom for a sum of two variances (Barnard and Rubin's would be 0 where U is 0, as for a linear model):

    .. math:: T = U + (1 + \tfrac1k) B, \quad \frac1\nu = \frac{(1 - \lambda)^2}{\nu_U} + \frac{\lambda^2}{k - 1},
              \quad \lambda = \frac{(1 + 1/k) B}{T}

    Parameters
    ----------
    within
        U, variance of each estimate with the model taken as it is, shape ``(q,)``.
    members
        The estimates of k members, shape ``(k, q)``; None where there is one model.
    dof
        ν_U, degrees of freedom of U.

    Returns
    -------
    tuple
        Standard errors and degrees of freedom, shape ``(q,)`` each.
    """
    if members is None:
        return np.sqrt(within), np.full(within.shape, dof)
    k = len(members)
    added = (1 + 1 / k) * members.var(axis=0, ddof=1)
    total = within + added
    share = np.divide(added, total, out=np.zeros_like(total), where=total > 0)
    with np.errstate(divide="ignore"):
        return np.sqrt(total), 1 / ((1 - share) ** 2 / dof + share**2 / (k - 1))


def interval(estimate: Floats, std_error: Floats, dof: Floats | float, level: float) -> tuple[Floats, Floats]:
    """Both ends of an interval by Student's t."""
    half = stdtrit(dof, 0.5 + check_level(level) / 2) * std_error
    return estimate - half, estimate + half


def check_level(level: float) -> float:
    """Refuse what is not the coverage of an interval."""
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % intervals.")
    return level
