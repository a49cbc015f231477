"""One model fitted to m synthetic data sets, and the combining rule for the way they were made."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet._typing import Frame
from lacunet.errors import SpecError
from lacunet.pooling._analysis import answer_analysis
from lacunet.pooling._formula import answer_formula
from lacunet.pooling._models import Model
from lacunet.pooling._pool import read_estimates
from lacunet.pooling._pooled_synthetic import Making, PooledSynthetic, combine_sets
from lacunet.pooling._repeat import SYNTHETIC, stack_answers
from lacunet.solve import Rule


def pool_synthetic(
    estimates: ArrayLike,
    covariances: ArrayLike,
    dof: ArrayLike | None = None,
    *,
    rule: Rule,
    n_real: int,
    n_synthetic: int,
    n_models: int | None = None,
    why: str = "",
    terms: Sequence[str] | None = None,
) -> PooledSynthetic:
    """Combine estimates from m synthetic data sets that come from anywhere.

    Parameters
    ----------
    estimates
        Shape ``(m, q)``, or ``(m,)`` for one coefficient; a frame's column names become the terms.
    covariances
        Shape ``(m, q, q)``; ``(m,)`` variances, not standard errors, for one coefficient. Each as if its set were a
        real sample of k rows.
    dof
        Degrees of freedom within each set (k - q for OLS): one number, or one per coefficient. None means infinite.
    rule, n_real, n_synthetic, n_models
        See ``solve.combine_synthetic``, which says which rule belongs to which way of making the sets.
    why
        Why this rule, in a sentence.
    terms
        Names of the coefficients; "b0", "b1", ... when left out.

    Returns
    -------
    PooledSynthetic
        See `PooledSynthetic.table`.

    Raises
    ------
    SpecError
        When shapes do not fit each other, numbers are not finite, the rule is unknown or needs more sets.

    References
    ----------
    Raghunathan, T. E., J. P. Reiter, and D. B. Rubin. 2003. Journal of Official Statistics 19(1): 1-16.
    Reiter, J. P. 2003. Survey Methodology 29(2): 181-188.
    Raab, G. M., B. Nowok, and C. Dibben. 2017. Journal of Privacy and Confidentiality 7(3): 67-97.

    Examples
    --------
    >>> one = pool_synthetic([2.0], [1.0], rule="plug-in proper", n_real=50, n_synthetic=100)
    >>> float(one.solution.total[0, 0])
    5.0
    """
    names, q, v, complete = read_estimates(estimates, covariances, dof, terms)
    making = Making(rule=rule, n_real=n_real, n_synthetic=n_synthetic, n_models=n_models, why=why)
    return combine_sets(names, q, v, complete, making)


def fit_synthetic(
    frames: Iterable[Frame],
    formula: str,
    model: Model = "ols",
    *,
    rule: Rule,
    n_real: int,
    n_synthetic: int | None = None,
    n_models: int | None = None,
    why: str = "",
    cov: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> PooledSynthetic:
    """Fit one model to every synthetic frame and combine the answers.

    Parameters
    ----------
    frames
        Synthetic frames (pandas, polars or pyarrow), one or more.
    formula, model, cov, cluster, weights
        As in `fit_formula`.
    rule, n_real, n_models
        See ``solve.combine_synthetic``.
    n_synthetic
        k; None for the rows of the first frame.
    why
        Why this rule, in a sentence.

    Returns
    -------
    PooledSynthetic
        See `PooledSynthetic.table`.

    Raises
    ------
    SpecError, ColumnError, DataError
        As `fit_formula`; and when the rule is unknown or needs more sets than there are.
    """
    frames = tuple(frames) if isinstance(frames, Iterator) else frames
    size = n_synthetic or _rows_of(frames)
    making = Making(rule=rule, n_real=n_real, n_synthetic=size, n_models=n_models, why=why)
    done = answer_formula(frames, formula, model, cov=cov, cluster=cluster, weights=weights, sets=SYNTHETIC)
    one = stack_answers(done.answers, SYNTHETIC)
    pooled = combine_sets(one.names, one.estimates, one.covariances, np.full(len(one.names), one.dof), making)
    return replace(
        pooled,
        n_obs=one.n_obs,
        request=done.request,
        statistics=one.statistics,
        notes=(*done.notes, *pooled.notes),
    )


def analyse_synthetic(
    frames: Iterable[Frame],
    analysis: Callable[[pd.DataFrame], Any],
    *,
    rule: Rule,
    n_real: int,
    n_synthetic: int | None = None,
    n_models: int | None = None,
    why: str = "",
    bootstrap: int = 0,
    seed: int = 0,
) -> PooledSynthetic:
    """Apply any analysis to every synthetic frame and combine the answers.

    Parameters
    ----------
    frames
        Synthetic frames, one or more.
    analysis, bootstrap, seed
        As in `pool_analysis`.
    rule, n_real, n_synthetic, n_models, why
        As in `fit_synthetic`.

    Returns
    -------
    PooledSynthetic
        See `PooledSynthetic.table`.

    Raises
    ------
    SpecError, DataError
        As `pool_analysis`; and when the rule is unknown or needs more sets than there are.
    """
    frames = tuple(frames) if isinstance(frames, Iterator) else frames
    size = n_synthetic or _rows_of(frames)
    making = Making(rule=rule, n_real=n_real, n_synthetic=size, n_models=n_models, why=why)
    one = stack_answers(answer_analysis(frames, analysis, bootstrap=bootstrap, seed=seed, sets=SYNTHETIC), SYNTHETIC)
    pooled = combine_sets(one.names, one.estimates, one.covariances, np.full(len(one.names), one.dof), making)
    return replace(pooled, n_obs=one.n_obs, statistics=one.statistics)


def _rows_of(frames: Iterable[Frame]) -> int:
    """Rows of the first frame."""
    for frame in frames:
        return len(frame)
    raise SpecError("There are no synthetic data sets to analyse. One or more are needed: synthesize some first.")
