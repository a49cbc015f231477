"""Similarities averaged over fits, with what another set of fits would have given."""

from collections.abc import Iterator, Sequence
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


def spread_over_fits(values: Floats, over: Over, level: float, whole: Floats | None = None) -> pd.DataFrame:
    r"""Mean over r fits, or what the fit to all documents says, with its standard error and interval.

    .. math:: se = s / \sqrt r \ \text{(seeds)}, \quad se = s \ \text{(resamples of documents)}

    The average over seeds gets better with every fit. Resamples of documents do not: each stands for another corpus
    of the same size, and their spread is the standard error that the bootstrap gives (it has the chance of one
    training in it, so it is rather too large than too small). Their mean is no estimate for the whole corpus: a
    resample has some 63 % of its documents, and similarities grow with the text. That is what ``whole`` is for.

    Parameters
    ----------
    values
        Shape ``(r, n)``.
    over
        What differs between the fits.
    level
        Coverage of the interval, by Student's t with r - 1 degrees of freedom.
    whole
        The same from one fit to all documents, shape ``(n,)``: then the estimate and the middle of the interval.

    Returns
    -------
    pandas.DataFrame
        n rows: similarity, std_error, conf_low, conf_high.
    """
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % intervals.")
    r = len(values)
    estimate, error = values.mean(axis=0) if whole is None else whole, values.std(axis=0, ddof=1)
    if over == "seeds":
        error = error / np.sqrt(r)
    half = stdtrit(r - 1, 0.5 + level / 2) * error
    interval = {"conf_low": estimate - half, "conf_high": estimate + half}
    return pd.DataFrame({"similarity": estimate, "std_error": error, **interval})


def list_nearest(
    fits: Fits, cue: Integers, n: int, over: Over, level: float, whole: Fits | None = None
) -> pd.DataFrame:
    """The n words with the highest similarity to a cue, on average or in the whole; shape of ``cue`` ``(1,)``."""
    cosines = fits.cosines(cue)[:, 0]
    own = int(cue[0])
    centre = None if whole is None else whole.cosines(cue)[0, 0]
    found = largest(cosines.mean(axis=0) if centre is None else centre, n, without=own)
    in_top = np.mean([np.isin(found, largest(row, n, without=own)) for row in cosines], axis=0)
    words = pd.DataFrame({"word": [fits.words[i] for i in found]})
    spread = spread_over_fits(cosines[:, found], over, level, None if centre is None else centre[found])
    return words.join(spread).assign(in_nearest=in_top)


def correlate_averages(one: Fits, other: Fits, cues: list[str]) -> Floats:
    """Correlation of average similarities between two sets of fits over their common words, one a cue."""
    return np.array([correlate(both, own, list_pairs(2))[0] for own, both in average_sets([one, other], cues)])


def average_sets(sets: Sequence[Fits], cues: Sequence[str]) -> Iterator[tuple[int, Floats]]:
    """For each cue its place among the words that all hold, and its cosines averaged within each set: ``(s, v)``."""
    joint = join_fits([one for fits in sets for one in fits.embeddings])
    ends = np.cumsum([len(fits) for fits in sets])
    for block, cosines in joint.cosines_in_blocks(joint.find(cues)):
        means = np.stack([part.mean(axis=0) for part in np.split(cosines, ends[:-1])])
        yield from ((int(own), means[:, i]) for i, own in enumerate(block))
