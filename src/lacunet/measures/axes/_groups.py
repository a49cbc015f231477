"""Means of scores over groups of documents, and the same in resamples of documents or clusters."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import DataError, list_some, warn_user
from lacunet.measures.axes._group_scores import GroupScores, write_group
from lacunet.measures.documents._documents import variable_of
from lacunet.measures.uncertainty import cluster_codes, draw_multiplicities
from lacunet.report._words import count

RESAMPLES = 128
"""Resamples worked on at once."""
SHOWN = 5


def group_scores(
    values: Floats,
    n_words: NDArray[np.int64],
    variables: pd.DataFrame,
    by: list[str],
    cluster: str | None,
    n_boot: int,
    seed: int,
    *,
    name: str,
    notes: tuple[str, ...],
    works: tuple[str, ...],
) -> GroupScores:
    """Group means with their resamples. See `Scores.by`."""
    codes, labels = _find_groups(variables, by, values.shape[1])
    units = cluster_codes(variables, cluster, values.shape[1])
    is_in = (codes >= 0) & np.isfinite(values).all(axis=0)
    if not is_in.any():
        raise DataError(
            f"None of the {len(codes):,} documents has a score{' and a value of ' if by else ''}"
            f"{' and '.join(map(repr, by))}. One is needed at least. Check the variables and the scores."
        )
    means, replicates = _resample(values[:, is_in], codes[is_in], units, is_in, len(labels), n_boot, seed)
    per_group = pd.DataFrame({"group": codes[is_in], "unit": units[is_in], "n_words": n_words[is_in]}).groupby("group")
    sizes = pd.DataFrame(
        {
            "n_documents": per_group.size(),
            "n_clusters": per_group["unit"].nunique(),
            "n_words": per_group["n_words"].sum(),
        }
    )
    sizes = sizes.reindex(range(len(labels)), fill_value=0)
    members = np.zeros((int(units.max()) + 1, len(labels)), dtype=bool)
    members[units[is_in], codes[is_in]] = True
    _warn_of(labels, sizes, by, cluster)
    return GroupScores(
        name=name,
        by=tuple(by),
        cluster=cluster,
        groups=labels.join(sizes),
        members=members,
        values=means,
        replicates=replicates,
        seed=seed,
        works=works,
        notes=(*notes, *_say_left_out(codes, is_in, by), *_say_alone(variables, cluster)),
    )


def _find_groups(variables: pd.DataFrame, by: Sequence[str], n: int) -> tuple[Integers, pd.DataFrame]:
    """Group of each document (n,), -1 where a variable has no value, and the values of each group, in order."""
    if not by:
        return np.zeros(n, dtype=np.intp), pd.DataFrame(index=pd.RangeIndex(1))
    chosen = pd.DataFrame({name: variable_of(variables, name) for name in by})
    groups = chosen.groupby(list(by), sort=True, observed=True, dropna=True)
    codes = groups.ngroup().to_numpy(dtype=np.float64, na_value=-1).astype(np.intp)
    firsts = pd.Series(np.arange(n)[codes >= 0]).groupby(codes[codes >= 0]).first()
    return codes, chosen.iloc[firsts.to_numpy()].reset_index(drop=True)


def _resample(
    values: Floats, codes: Integers, units: Integers, is_in: Bools, n_groups: int, n_boot: int, seed: int
) -> tuple[Floats, NDArray[np.float32]]:
    """Group means in each fit (S, q), and in each resample of all units (S, B, q); NaN where nobody was drawn."""
    n_units = int(units.max()) + 1
    where = (units[is_in], codes)
    shape = (n_units, n_groups)
    sizes = csr_array((np.ones(len(codes)), where), shape=shape)
    sums = [csr_array((one, where), shape=shape) for one in values]
    found = np.empty((len(values), n_boot, n_groups), dtype=np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        totals = np.asarray(sizes.sum(axis=0))
        means = np.stack([np.asarray(one.sum(axis=0)) / totals for one in sums])
        for first in range(0, n_boot, RESAMPLES):
            some = min(RESAMPLES, n_boot - first)
            times = draw_multiplicities(np.arange(n_units), some, seed, first=first).T.astype(np.float64)
            n = sizes.T @ times
            for fit, one in enumerate(sums):
                found[fit, first : first + RESAMPLES] = ((one.T @ times) / n).T
    return means, found


def _say_left_out(codes: Integers, is_in: Bools, by: Sequence[str]) -> tuple[str, ...]:
    n_without = int((codes < 0).sum())
    n_unscored = int((~is_in).sum()) - n_without
    said = []
    if n_without:
        said.append(f"Left out for want of a value of {' or '.join(map(repr, by))}: {count(n_without, 'document')}.")
    if n_unscored:
        said.append(f"Left out for want of a score: {count(n_unscored, 'document')}.")
    return tuple(said)


def _say_alone(variables: pd.DataFrame, cluster: str | None) -> tuple[str, ...]:
    n_alone = int(variables[cluster].isna().sum()) if cluster else 0
    if not n_alone:
        return ()
    return (f"Without a value of {cluster!r}, each a cluster of its own: {count(n_alone, 'document')}.",)


def _warn_of(labels: pd.DataFrame, sizes: pd.DataFrame, by: Sequence[str], cluster: str | None) -> None:
    """Say which groups have no mean, and which no standard error."""
    empty = np.flatnonzero(sizes["n_documents"] == 0)
    alone = np.flatnonzero(sizes["n_clusters"] == 1)
    unit = f"value of {cluster!r}" if cluster else "document"
    for some, what in (
        (empty, "have no document with a score. One is needed for a mean: theirs is NaN"),
        (alone, f"have one {unit}. Two are needed for a standard error, better dozens: theirs is NaN"),
    ):
        if len(some) and by:
            shown = list_some((write_group(tuple(labels.iloc[i])) for i in some), SHOWN)
            warn_user(
                f"{len(some):,} of {len(labels):,} groups of {', '.join(by)} ({shown}) {what}. "
                "Make larger groups, such as decades for years."
            )
