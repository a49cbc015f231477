"""One space of words rotated onto another, so that a word's vectors can be compared across the two."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, SpecError, warn_user
from lacunet.measures._works import cite
from lacunet.measures.change._words import HAMILTON_2016
from lacunet.measures.lists._resolve import resolve_each
from lacunet.solve import solve_procrustes


class Aligned(Embeddings):
    """Embeddings rotated onto others by `align`; never made by hand.

    They can do everything that `Embeddings` can. Cosines among their own words are those before the rotation. A file
    (``save``) keeps the rotated words alone, as `Embeddings`: keep ``rotation`` yourself where it is needed.

    Parameters
    ----------
    words, vectors, counts
        As in `Embeddings`.
    rotation, anchors, error, onto, notes
        As below.

    Attributes
    ----------
    rotation
        Q, shape ``(d, d)``: rows were rotated as ``vectors @ rotation``.
    anchors
        Words that Q was fitted to.
    error
        Relative residual of the anchors, 0 when they lie on each other.
    onto
        The embeddings that these were rotated onto.
    notes
        How it was done, as sentences.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: Any,
        counts: Any,
        *,
        rotation: Floats,
        anchors: tuple[str, ...],
        error: float,
        onto: Embeddings,
        notes: tuple[str, ...],
    ) -> None:
        super().__init__(words, vectors, counts)
        self.rotation, self.anchors, self.error, self.onto, self.notes = rotation, anchors, error, onto, notes

    def table(self) -> pd.DataFrame:
        """Each word that both hold with the cosine of its two vectors, the least alike first.

        One fit differs from another by chance as well, for rare words most of all: a low cosine is no change of meaning
        before `drift` has said what chance alone gives.

        Returns
        -------
        pandas.DataFrame
            word, similarity, is_anchor, and count and count_onto where the counts are known.
        """
        shared = [word for word in self.words if word in self.onto]
        rows, rows_onto = self.rows(shared), self.onto.rows(shared)
        cosines = np.einsum("nd,nd->n", self.units(rows), self.onto.units(rows_onto))
        anchors = set(self.anchors)
        found = pd.DataFrame({"word": shared, "similarity": cosines, "is_anchor": [word in anchors for word in shared]})
        for name, space, places in (("count", self, rows), ("count_onto", self.onto, rows_onto)):
            if space.counts is not None:
                found[name] = space.counts[places]
        return found.sort_values("similarity", kind="stable").reset_index(drop=True)

    def summary(self) -> str:
        """Say what was rotated onto what, and how near it came."""
        return f"{super().summary()} {' '.join(self.notes)}"

    def cite(self) -> str:
        """Works to cite, one a line."""
        return cite(HAMILTON_2016)


def align(
    space: Embeddings,
    onto: Embeddings,
    *,
    words: int | str | Sequence[str] | None = None,
    center: bool = False,
    normalise: bool = True,
) -> Aligned:
    r"""Rotate one space onto another by orthogonal Procrustes, on words that both hold.

    The axes of two fits have nothing to do with each other, and only a rotation brings them together without touching
    what either says about its own words. It is fitted to the anchors and applied to all words of ``space``. Words that
    changed pull at the rotation: where many did, name anchors that did not (function words, for example).

    .. math:: Q = \arg\min_{Q'Q = I} \lVert WQ - W_2 \rVert_F = UV', \quad W'W_2 = U \Sigma V'

    Parameters
    ----------
    space
        Embeddings to rotate.
    onto
        Embeddings that stay as they are.
    words
        Anchors: None for all words that both hold, a number for so many of the most frequent of them, or words.
    center
        Whether to take the mean of the anchors off both before the fit. The words themselves turn around the origin.
    normalise
        Whether to fit to vectors of length 1, so that long vectors do not decide the rotation.

    Returns
    -------
    Aligned
        Embeddings with ``.rotation``, ``.anchors``, ``.error`` and ``.table()``.

    Raises
    ------
    SpecError
        When their dimensions differ, or an option is wrong.
    DataError
        When they have no word in common, or no anchor is known to both.

    Warns
    -----
    DataWarning
        When there are fewer anchors than dimensions, which leaves part of the rotation to chance.

    References
    ----------
    Hamilton, W. L., J. Leskovec, and D. Jurafsky. 2016. Diachronic word embeddings reveal statistical laws of semantic
    change. Proceedings of ACL: 1489-1501.
    Differs: vectors keep their lengths after the rotation (cosines are the same). Their ``smart_procrustes_align``
    normalises and does not centre, as here; their ``procrustes_align`` centres, and hands the centred vectors back.

    Examples
    --------
    >>> one = Embeddings(["war", "peace", "king"], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> turned = Embeddings(["peace", "war"], [[-1.0, 0.0], [0.0, 1.0]])
    >>> align(one, turned)["king"].round(3).tolist()
    [-1.0, 1.0]
    """
    for name, one in (("space", space), ("onto", onto)):
        if not isinstance(one, Embeddings):
            raise SpecError(f"{name} is a {type(one).__name__}. It needs to be Embeddings. Fit or read them.")
    if space.dim != onto.dim:
        raise SpecError(
            f"space has {space.dim} dimensions, onto has {onto.dim}. A rotation needs the same number. Train both with "
            f"dim={onto.dim}."
        )
    anchors = _choose_anchors(space, onto, words)
    points, others = (_points(one, anchors, center, normalise) for one in (space, onto))
    with threadpool_limits(limits=1):  # the same bits on any number of threads
        found = solve_procrustes(points, others)
        vectors = space.vectors.astype(np.float64) @ found.matrix
    notes = _say_how(anchors, space.dim, center, normalise, found.error)
    return Aligned(
        space.words,
        vectors,
        space.counts,
        rotation=found.matrix,
        anchors=anchors,
        error=found.error,
        onto=onto,
        notes=notes,
    )


def _choose_anchors(space: Embeddings, onto: Embeddings, words: Any) -> tuple[str, ...]:
    if words is not None and not isinstance(words, int | np.integer):
        return resolve_each((space, onto), words, "anchor")[0].words
    shared = [word for word in onto.words if word in space]
    usable = np.isfinite(space.norms[space.rows(shared)]) & np.isfinite(onto.norms[onto.rows(shared)])
    anchors = [word for word, is_usable in zip(shared, usable, strict=True) if is_usable]
    if not anchors:
        raise DataError(
            f"The spaces of {len(space):,} and {len(onto):,} words have no word in common. Words that both hold are "
            "needed. Read both texts in the same way (case, stemming)."
        )
    if words is None:
        return tuple(anchors)
    if isinstance(words, bool) or words < 1:
        raise SpecError(f"words={words!r} is no number of anchors. Give a whole number from 1, words, or None.")
    if space.counts is not None and onto.counts is not None:
        total = space.counts[space.rows(anchors)] + onto.counts[onto.rows(anchors)]
        anchors = [anchors[i] for i in np.argsort(-total, kind="stable")]
    return tuple(anchors[:words])


def _points(space: Embeddings, anchors: tuple[str, ...], center: bool, normalise: bool) -> Floats:
    rows = space.rows(anchors)
    points = space.units(rows) if normalise else space.vectors[rows].astype(np.float64)
    return np.asarray(points - points.mean(axis=0) if center else points)


def _say_how(anchors: tuple[str, ...], dim: int, center: bool, normalise: bool, error: float) -> tuple[str, ...]:
    notes = [
        f"Rotated by orthogonal Procrustes on {len(anchors):,} anchor{'s' * (len(anchors) > 1)}, "
        f"{'at length 1' if normalise else 'at their own lengths'} and {'' if center else 'not '}centred; relative "
        f"residual {error:.3f}."
    ]
    if len(anchors) < dim:
        notes.append(
            f"{len(anchors):,} anchors leave part of a rotation in {dim} dimensions to chance. At least {dim} are "
            "needed, better several times as many. Take more words."
        )
        warn_user(notes[-1])
    return tuple(notes)
