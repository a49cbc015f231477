"""Documents drawn anew: one by one, or all documents of a cluster together."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._check import check_count
from lacunet._rng import generator
from lacunet._typing import Integers
from lacunet.errors import ColumnError, DataError, suggest


def cluster_codes(variables: pd.DataFrame | None, cluster: str | None, n: int) -> Integers:
    """Cluster of every document, counted from 0.

    Parameters
    ----------
    variables
        Document variables, one row a document; None where there are none.
    cluster
        Name of the variable that says which documents belong together (speaker, country); None where each document is
        evidence of its own.
    n
        Number of documents.

    Returns
    -------
    numpy.ndarray
        Codes (n,); a document without a value is a cluster of its own.

    Raises
    ------
    ColumnError
        When there is no such variable.
    DataError
        When all documents are in one cluster.
    """
    if cluster is None:
        return np.arange(n)
    names = [] if variables is None else [str(name) for name in variables.columns]
    if variables is None or cluster not in variables.columns:
        hint = suggest(cluster, names) or (f"They are: {', '.join(names[:20])}." if names else "There are none.")
        raise ColumnError(f"cluster={cluster!r} is no document variable. One of them is needed. {hint}")
    codes = pd.factorize(variables[cluster])[0].astype(np.intp)
    missing = np.flatnonzero(codes < 0)
    codes[missing] = codes.max() + 1 + np.arange(len(missing))
    if n and codes.max() < 1:
        raise DataError(
            f"All {n:,} documents are in one cluster of {cluster!r}. Two or more clusters are needed, better dozens: "
            "choose another variable, or leave cluster= away."
        )
    return codes


def draw_multiplicities(
    groups: Integers, n_boot: int, seed: int, purpose: str = "bootstrap of documents", *, first: int = 0
) -> NDArray[np.float32]:
    """How often each document is drawn when clusters are drawn with replacement, as many as there are.

    Parameters
    ----------
    groups
        Cluster of each document (n,), from 0, as `cluster_codes` gives them.
    n_boot
        Number of resamples B. All of a million documents take 4 GB at B = 1,000: ask for some at a time.
    seed
        Resample b is the same whatever their number.
    purpose
        Name of the stream of chance.
    first
        Number of the first resample, for those who work in blocks.

    Returns
    -------
    numpy.ndarray
        Whole numbers as float32 (B, n): a replicate of a sum over documents is one row times the documents' parts.
    """
    check_count(n_boot, "n_boot", 1 if first else 2)
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    drawn = np.empty((n_boot, len(groups)), dtype=np.float32)
    for b in range(n_boot):
        times = np.bincount(generator(seed, purpose, first + b).integers(0, n_groups, n_groups), minlength=n_groups)
        drawn[b] = times[groups]
    return drawn
