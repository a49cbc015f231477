"""The logit, by maximum likelihood."""

from lacunet._typing import Floats
from lacunet.solve._least_squares import Solution
from lacunet.solve._model import solve_model


def solve_logit(design: Floats, outcome: Floats, names: tuple[str, ...] | None = None) -> Solution:
    r"""Fit a logit by maximum likelihood (Newton's method, that is iteratively reweighted least squares).

    Use it for an outcome of 0 and 1. When some combination of terms predicts the outcome perfectly (separation),
    no finite estimate exists; this is noticed and said with a ``ConvergenceWarning``, since the standard errors are
    then meaningless.

    .. math:: \Pr(y_i = 1) = \pi_i = \frac{1}{1 + e^{-x_i'\beta}}, \quad
              \widehat{Var}(\hat\beta) = (X' W X)^{-1}, \quad W = diag\{\hat\pi_i (1 - \hat\pi_i)\}

    Parameters
    ----------
    design
        X, shape ``(n, k)``.
    outcome
        y, shape ``(n,)``, of 0 and 1.
    names
        Names of the columns of X, for messages.

    Returns
    -------
    Solution
        Estimates in log odds; ``dof = n - k`` as R's ``glm`` reports it, which `pool` uses.

    Raises
    ------
    DataError
        When y holds anything but 0 and 1, or only one of them, or X is short of rank.

    References
    ----------
    McCullagh, P., and J. A. Nelder. 1989. Generalized Linear Models, 2nd ed., 2.5. Chapman and Hall.
    Albert, A., and J. A. Anderson. 1984. On the existence of maximum likelihood estimates in logistic regression
    models. Biometrika 71(1): 1-10.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.column_stack([np.ones(4), [0.0, 0, 1, 1]])
    >>> solve_logit(x, np.array([0.0, 1, 0, 1])).estimates.round(12) + 0.0
    array([0., 0.])
    """
    return solve_model("logit", design, outcome, names)
