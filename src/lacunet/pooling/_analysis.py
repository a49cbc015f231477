"""Any analysis of a frame, applied to every completed data set."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from lacunet._rng import generator
from lacunet._typing import Frame
from lacunet.errors import SpecError
from lacunet.pooling._design import as_pandas
from lacunet.pooling._pooled import Pooled
from lacunet.pooling._read_fit import read_coefficients, read_fit
from lacunet.pooling._repeat import COMPLETED, Answer, Sets, answer_each, pool_answers


def pool_analysis(
    frames: Iterable[Frame], analysis: Callable[[pd.DataFrame], Any], *, bootstrap: int = 0, seed: int = 0
) -> Pooled:
    """Apply an analysis to every completed frame and pool the answers by Rubin's rules.

    Parameters
    ----------
    frames
        Completed frames, at least two.
    analysis
        Takes a pandas frame; returns a fitted model (statsmodels, linearmodels, pyfixest), or (estimates, covariance),
        or (estimates, covariance, degrees of freedom). With ``bootstrap`` coefficients alone are enough: an estimator
        in scikit-learn's manner, a dictionary, or a row of numbers.
    bootstrap
        How often the rows of each completed data set are resampled to get the covariance of the coefficients within
        it; 0 to take it from the model. 200 or more.
    seed
        Decides the resampling.

    Returns
    -------
    Pooled
        With the complete-data degrees of freedom that the model itself reports.

    Raises
    ------
    SpecError
        When the analysis returns what cannot be pooled, or there are fewer than two frames.
    DataError
        When it fails on some data sets, or the terms differ between them.
    """
    return pool_answers(answer_analysis(frames, analysis, bootstrap=bootstrap, seed=seed))


def answer_analysis(
    frames: Iterable[Frame],
    analysis: Callable[[pd.DataFrame], Any],
    *,
    bootstrap: int = 0,
    seed: int = 0,
    sets: Sets = COMPLETED,
) -> list[Answer]:
    """Apply an analysis to every data set; see `pool_analysis`."""
    if not callable(analysis):
        raise SpecError(
            f"pool() was handed a {type(analysis).__name__}. It needs a function of one frame: "
            "pool(lambda frame: smf.ols('income ~ age', frame).fit())."
        )
    if bootstrap and bootstrap < 20:
        raise SpecError(f"bootstrap={bootstrap!r} is too few to estimate a covariance. Say 200 or more, or 0 for none.")

    def answer(numbered: tuple[int, Frame]) -> Answer:
        i, frame = numbered[0], as_pandas(numbered[1])
        if not bootstrap:
            return read_fit(analysis(frame))
        return _resample(frame, analysis, bootstrap, generator(seed, "bootstrap of an analysis", i))

    return answer_each(answer, enumerate(frames), "The analysis", sets)


def _resample(
    frame: pd.DataFrame, analysis: Callable[[pd.DataFrame], Any], bootstrap: int, rng: np.random.Generator
) -> Answer:
    """Coefficients of one data set, with the covariance of those of its bootstrap samples."""
    names, estimates = read_coefficients(analysis(frame))
    again = []
    for sample in _samples(frame, bootstrap, rng):
        theirs, coefficients = read_coefficients(analysis(sample))
        if theirs != names:
            raise SpecError(
                "A bootstrap sample lacks terms that the data have, since a rare level is not in it. "
                "Join rare levels first."
            )
        again.append(coefficients)
    covariance = np.atleast_2d(np.cov(np.stack(again), rowvar=False))
    return Answer(names=names, estimates=estimates, covariance=covariance, n_obs=len(frame))


def _samples(frame: pd.DataFrame, bootstrap: int, rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    n = len(frame)
    return (frame.iloc[rng.integers(0, n, n)].reset_index(drop=True) for _ in range(bootstrap))
