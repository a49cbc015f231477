"""Covariances that do not take the model's word for the variance: sandwiches, for rows or for clusters."""

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError
from lacunet.solve._blocks import weighted_gram

COVARIANCES = ("classical", "HC0", "HC1", "HC2", "HC3")
WITH_LEVERAGES = ("HC2", "HC3")
NO_LEVERAGE_LEFT = 1e-10
"""A row of leverage closer to 1 is fitted exactly: its residual says nothing, and HC2 and HC3 divide by nothing."""


def sandwich(inverse: Floats, scores: Floats) -> Floats:
    r"""Covariance of estimates whose scores vary as they do.

    .. math:: A^{-1} \Bigl(\sum_i s_i s_i'\Bigr) A^{-1}

    Parameters
    ----------
    inverse
        A^-1, the inverse information (for least squares: of X'WX), shape ``(p, p)``.
    scores
        s, derivatives of the weighted log-likelihood of each row or cluster, shape ``(n, p)``.

    Returns
    -------
    Floats
        Covariance, shape ``(p, p)``.

    References
    ----------
    Huber, P. J. 1967. The behavior of maximum likelihood estimates under nonstandard conditions. Proceedings of the
    Fifth Berkeley Symposium on Mathematical Statistics and Probability 1: 221-233.
    White, H. 1980. A heteroskedasticity-consistent covariance matrix estimator and a direct test for
    heteroskedasticity. Econometrica 48(4): 817-838.
    """
    return inverse @ weighted_gram(scores, None) @ inverse


def robust_covariance(kind: str, inverse: Floats, scores: Floats, dof: float, leverages: Floats | None) -> Floats:
    """Covariance that lets each row have its own variance.

    HC1 is HC0 times n / (n - k). HC2 and HC3 divide the score of a row by the root of 1 - h, or by 1 - h, where h is
    its leverage.

    Parameters
    ----------
    kind
        One of HC0 to HC3.
    inverse
        A^-1, shape ``(p, p)``.
    scores
        Scores of the rows, shape ``(n, p)``.
    dof
        n - k.
    leverages
        h, shape ``(n,)``, for HC2 and HC3.

    Returns
    -------
    Floats
        Covariance, shape ``(p, p)``.

    Raises
    ------
    DataError
        With HC2 or HC3, when a row has leverage 1.

    References
    ----------
    MacKinnon, J. G., and H. White. 1985. Some heteroskedasticity-consistent covariance matrix estimators with improved
    finite sample properties. Journal of Econometrics 29(3): 305-325.
    Differs: HC3 leaves out the small terms of the jackknife, as Davidson and MacKinnon (1993, 16.3) do.
    """
    if leverages is None:
        return sandwich(inverse, scores) * (len(scores) / dof if kind == "HC1" else 1.0)
    left = 1.0 - leverages
    alone = int((left < NO_LEVERAGE_LEFT).sum())
    if alone:
        raise DataError(
            f"{alone} rows have leverage 1: each is the only one at some level, and fitted exactly. {kind} divides by "
            "1 minus the leverage. Use cov='HC1', or join rare levels."
        )
    return sandwich(inverse, scores / (np.sqrt(left) if kind == "HC2" else left)[:, None])


def cluster_covariance(inverse: Floats, scores: Floats, dof: float, clusters: Integers) -> tuple[Floats, int]:
    r"""Covariance that lets the rows of a cluster depend on each other.

    .. math:: \frac{G}{G - 1} \frac{n - 1}{n - k} A^{-1} \Bigl(\sum_g s_g s_g'\Bigr) A^{-1}, \quad
              s_g = \sum_{i \in g} s_i

    Parameters
    ----------
    inverse
        A^-1, shape ``(p, p)``.
    scores
        Scores of the rows, shape ``(n, p)``.
    dof
        n - k.
    clusters
        Cluster of each row, whole numbers, shape ``(n,)``.

    Returns
    -------
    tuple of Floats and int
        Covariance, shape ``(p, p)``, and the number of clusters G.

    Raises
    ------
    DataError
        With fewer than two clusters.

    References
    ----------
    Liang, K.-Y., and S. L. Zeger. 1986. Longitudinal data analysis using generalized linear models. Biometrika 73(1):
    13-22.
    Cameron, A. C., and D. L. Miller. 2015. A practitioner's guide to cluster-robust inference. Journal of Human
    Resources 50(2): 317-372.
    """
    found, codes = np.unique(clusters, return_inverse=True)
    n_clusters = len(found)
    if n_clusters < 2:
        raise DataError(
            f"There is {n_clusters} cluster among the rows used. Standard errors by cluster need at least 2, and are "
            "good from about 40: choose another variable, or leave cluster= away."
        )
    sums: Floats = np.column_stack([np.bincount(codes, weights=column) for column in scores.T]).astype(np.float64)
    factor = n_clusters / (n_clusters - 1) * (len(scores) - 1) / dof
    return factor * sandwich(inverse, sums), n_clusters


def check_covariance(model: str, kind: str, *, has_leverages: bool, has_clusters: bool) -> None:
    """Refuse covariances that are not known, or not for this model.

    Raises
    ------
    SpecError
        When the covariance is unknown, is not defined for the model, or is asked for beside clusters.
    """
    if kind not in COVARIANCES:
        raise SpecError(f"cov={kind!r} is not known here. Use one of: {', '.join(COVARIANCES)}.")
    if kind in WITH_LEVERAGES and not has_leverages:
        raise SpecError(
            f"cov={kind!r} is not defined for model={model!r}, whose rows have no single leverage. "
            "Use cov='HC0' or cov='HC1'."
        )
    if has_clusters and kind != "classical":
        raise SpecError(
            f"cov={kind!r} and clusters are both asked for. Standard errors by cluster already allow each row its own "
            "variance: leave cov= away, or the clusters."
        )
