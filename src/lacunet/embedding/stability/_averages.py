"""Similarities averaged over fits, with what another set of fits would have given."""

from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from lacunet._typing import Floats, Integers
from lacunet.embedding.stability._agreement import correlate, largest, list_pairs
from lacunet.embedding.stability._fits import Fits, join_fits
from lacunet.errors import SpecError

Over = Literal["seeds", "documents"]
OVERS: tuple[Over, ...] = ("seeds", "documents")


def spread_over_fits(values: Floats, over: Over, level: float) -> pd.DataFrame:
    r"""Mean over r fits with its standard error and interval.

    .. math:: se = s / \sqrt r \ \text{(seeds)}, \quad se = s \ \text{(resamples of documents)}

    The average over seeds gets better with every fit. Resamples of documents do not: each stands for another corpus
    of the same size, and their spread is the standard error that the bootstrap gives (it has the chance of one
    training in it, so it is rather too large than too small).

    Parameters
    ----------
    values
        Shape ``(r, n)``.
    over
        What differs between the fits.
    level
        Coverage of the interval, by Student's t with r - 1 degrees of freedom.

    Returns
    -------
    pandas.DataFrame
        n rows: similarity, std_error, conf_low, conf_high.
    """
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % intervals.")
    r = len(values)
    mean, error = values.mean(axis=0), values.std(axis=0, ddof=1)
    if over == "seeds":
        error = error / np.sqrt(r)
    half = stdtrit(r - 1, 0.5 + level / 2) * error
    return pd.DataFrame({"similarity": mean, "std_error": error, "conf_low": mean - half, "conf_high": mean + half})


def list_nearest(fits: Fits, cue: Integers, n: int, over: Over, level: float) -> pd.DataFrame:
    """The n words with the highest average similarity to a cue, shape of ``cue`` ``(1,)``."""
    cosines = fits.cosines(cue)[:, 0]
    own = int(cue[0])
    found = largest(cosines.mean(axis=0), n, without=own)
    in_top = np.mean([np.isin(found, largest(row, n, without=own)) for row in cosines], axis=0)
    words = pd.DataFrame({"word": [fits.words[i] for i in found]})
    return words.join(spread_over_fits(cosines[:, found], over, level)).assign(in_nearest=in_top)


def correlate_averages(one: Fits, other: Fits, cues: list[str]) -> Floats:
    """Correlation of average similarities between two sets of fits over their common words, one a cue."""
    joint = join_fits([*one.embeddings, *other.embeddings])
    found, pair = [], list_pairs(2)
    for block, cosines in joint.cosines_in_blocks(joint.find(cues)):
        halves = np.stack([cosines[: len(one)].mean(axis=0), cosines[len(one) :].mean(axis=0)])
        found += [correlate(halves[:, i], int(own), pair)[0] for i, own in enumerate(block)]
    return np.array(found)
