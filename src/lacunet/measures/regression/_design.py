"""Vectors of instances and the design beside them: effects taken out, weights and clusters worked out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import qr

from lacunet._typing import Floats, Integers
from lacunet.errors import ColumnError, DataError, SpecError, suggest
from lacunet.measures.regression._formula import Terms

WEIGHTS = ("equal", "cluster")
DOCUMENT = "document"
MOST_DUMMIES = 2_000
INDEPENDENT = 1e-8
"""A dummy whose remainder is below this share of its length says nothing that the others do not."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Within:
    """What was taken out of vectors and terms.

    Attributes
    ----------
    groups
        Level of the demeaned effect of each instance, or None.
    dummies
        Columns (n, e) of the other effects.
    n_absorbed
        Terms that count among k besides.
    """

    groups: Integers | None
    dummies: Floats
    n_absorbed: int

    def demean(self, rows: NDArray[Any], weights: Floats) -> NDArray[Any]:
        """Rows less the weighted mean of their level."""
        if self.groups is None:
            return rows
        order = np.argsort(self.groups, kind="stable")
        starts = np.searchsorted(self.groups[order], np.arange(self.groups.max() + 1))
        totals = np.add.reduceat(weights[order], starts)
        means = np.add.reduceat(rows[order] * weights[order, None], starts, axis=0) / totals[:, None]
        return np.asarray((rows - means[self.groups]).astype(rows.dtype))


def cluster_of(frame: pd.DataFrame, documents: Integers, cluster: str | None) -> Integers | None:
    """Cluster of each instance, from 0 without gaps; "document" is the document unless a variable is so called."""
    if cluster is None:
        return None
    if cluster in frame.columns:
        codes = pd.factorize(frame[cluster])[0]
        codes = np.where(codes < 0, codes.max() + 1 + documents, codes)  # a document without a value stands for itself
    elif cluster == DOCUMENT:
        codes = documents
    else:
        names = [str(name) for name in frame.columns]
        hint = suggest(cluster, [DOCUMENT, *names]) or f"They are: {', '.join([DOCUMENT, *names][:20])}."
        raise ColumnError(f"cluster={cluster!r} is no document variable. One is needed, or {DOCUMENT!r}. {hint}")
    found = np.asarray(pd.factorize(codes)[0], dtype=np.intp)
    if found.max() < 1:
        raise DataError(
            f"All {len(found):,} instances are in one cluster of {cluster!r}. At least two are needed, better forty: "
            "choose another variable, or leave cluster= away."
        )
    return found


def weights_of(weights: str | None, clusters: Integers | None, n: int) -> Floats:
    """Weights of instances: all 1, or one over the size of the cluster."""
    if weights is not None and weights not in WEIGHTS:
        raise SpecError(f"weights={weights!r} is not known. 'equal' counts instances alike, 'cluster' clusters.")
    if weights != "cluster":
        return np.ones(n)
    if clusters is None:
        raise SpecError("weights='cluster' needs clusters. Say cluster= too, for example cluster='speaker'.")
    return 1.0 / np.bincount(clusters)[clusters]


def read_effects(frame: pd.DataFrame, absorbed: tuple[str, ...], clusters: Integers | None) -> Within:
    """Choose how each effect is taken out: the largest that is nested in the clusters by its means, others as dummies.

    Means of levels that lie within one cluster do not move when another cluster is left out, so that the jackknife
    stays exact; others do, and are terms like any other.
    """
    codes = {name: np.asarray(pd.factorize(frame[name])[0], dtype=np.intp) for name in absorbed}
    nested = [name for name in absorbed if clusters is not None and _is_nested(codes[name], clusters)]
    demeaned = max(nested, key=lambda name: int(codes[name].max()), default=None)
    rest = [codes[name] for name in absorbed if name != demeaned]
    n_dummies = sum(int(one.max()) for one in rest)
    if n_dummies > MOST_DUMMIES:
        raise DataError(
            f"The effects {', '.join(absorbed)} have {n_dummies:,} levels that lie across clusters. At most "
            f"{MOST_DUMMIES:,} can be taken out exactly, or any number within clusters: cluster by the effect."
        )
    columns = [(one[:, None] == np.arange(1, int(one.max()) + 1)).astype(np.float64) for one in rest]
    n = len(frame)
    if demeaned is None and absorbed:
        columns.insert(0, np.ones((n, 1)))
    return Within(
        groups=None if demeaned is None else codes[demeaned],
        dummies=np.hstack(columns) if columns else np.empty((n, 0)),
        n_absorbed=0 if demeaned is None else 1,
    )


def with_effects(terms: Terms, design: Floats, within: Within, weights: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Design with effects taken out, dummies that say something new after the terms; and the names of its columns."""
    if within.groups is None and within.dummies.shape[1] == 0:
        return design, terms.names
    both = within.demean(np.hstack([design, within.dummies]), weights)
    own, dummies = both[:, : design.shape[1]], both[:, design.shape[1] :]
    if dummies.shape[1]:
        _, triangle, order = qr(dummies, mode="economic", pivoting=True)
        sizes = np.abs(np.diag(triangle))
        dummies = dummies[:, np.sort(order[: np.count_nonzero(sizes > INDEPENDENT * sizes[0])])]
        rest = own - dummies @ np.linalg.lstsq(dummies, own, rcond=None)[0]
    else:
        rest = own
    left = np.linalg.norm(rest, axis=0) <= INDEPENDENT * np.linalg.norm(design, axis=0)
    if left.any():
        lost = ", ".join(repr(terms.names[j]) for j in np.flatnonzero(left))
        raise DataError(
            f"The terms {lost} do not vary within the effects that are taken out, so that their coefficients cannot be "
            "told from them. Take them out of the formula, or the effects."
        )
    return np.hstack([own, dummies]), (*terms.names, *(f"effect {j}" for j in range(dummies.shape[1])))


def _is_nested(codes: Integers, clusters: Integers) -> bool:
    pairs = pd.DataFrame({"level": codes, "cluster": clusters}).drop_duplicates()
    return len(pairs) == int(codes.max()) + 1
