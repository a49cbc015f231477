"""What an embedding regression holds: the fit, and the way from covariate values to vectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.measures.regression._formula import Terms
from lacunet.solve import ManyOutcomes


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """One regression of the vectors of instances in S embeddings.

    Attributes
    ----------
    spaces
        The embeddings.
    solution
        Least squares; outcomes are the vectors of all embeddings side by side, divided by the root of S.
    terms
        The formula's right side with what it learned.
    centre
        Column means that were taken out of the terms (k,); zeros where nothing was.
    filler
        Values of the columns beside the terms (dummies of effects): their means.
    level
        Vector at the centre (D,); zeros where nothing was taken out.
    """

    spaces: tuple[Embeddings, ...]
    solution: ManyOutcomes
    terms: Terms
    centre: Floats
    filler: Floats
    level: Floats

    @property
    def cuts(self) -> list[slice]:
        """Where each embedding's vectors stand."""
        ends = [0, *accumulate(space.dim for space in self.spaces)]
        return [slice(a, b) for a, b in pairwise(ends)]

    @property
    def root(self) -> float:
        """Root of the number of embeddings."""
        return float(np.sqrt(len(self.spaces)))

    def own_squares(self) -> Floats:
        """Debiased squared norms of the terms in each embedding, shape (S, k): their mean is the estimate."""
        fit, k = self.solution, len(self.terms.names)
        if len(self.spaces) == 1:
            return fit.debiased[None, :k]
        parts = [fit.within(cut).debiased[:k] for cut in self.cuts]
        return np.array(parts) * len(self.spaces)

    def along(self, rows: Floats) -> Floats:
        """Weights (m, columns) of the coefficients that rows of the terms stand for."""
        return np.hstack([rows - self.centre, np.broadcast_to(self.filler, (len(rows), len(self.filler)))])

    def vectors_at(self, along: Floats) -> list[Floats]:
        """Fitted vectors (m, d) in each embedding."""
        stacked = self.level + along @ self.solution.coefficients
        return [stacked[:, cut] * self.root for cut in self.cuts]

    def at(self, values: Any) -> tuple[pd.DataFrame, Floats]:
        """Covariate values as asked, and the weights of the coefficients for each."""
        asked, rows = self.terms.at(values, self.solution.weights)
        return asked, self.along(rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What was worked out once about the terms.

    Attributes
    ----------
    errors, dof
        Standard errors of the debiased squared norms, and their degrees of freedom (k,).
    p_values
        Of each term (k,), NaN where none was asked for.
    joint
        P-values of terms of several columns.
    n_documents
        Documents that the instances are in.
    """

    errors: Floats
    dof: Floats
    p_values: Floats
    joint: Mapping[str, float]
    n_documents: int


@dataclass(frozen=True, eq=False)
class Cosines:
    """Cosines of one fitted vector with words, in every embedding.

    Attributes
    ----------
    values
        Shape (S, W).
    gradient
        Of the mean over embeddings by the stacked vector, shape (D, W).
    """

    values: Floats
    gradient: Floats


def cosines_with(fit: Fit, vectors: list[Floats], words: list[str]) -> Cosines:
    r"""Cosines of a fitted vector (one row in each embedding) with words, and how they move with it.

    .. math:: \frac{\partial \cos(y, v)}{\partial y} =
        \frac{v / \lVert v \rVert - \cos(y, v)\, y / \lVert y \rVert}{\lVert y \rVert}
    """
    values, gradients = [], []
    for space, vector in zip(fit.spaces, vectors, strict=True):
        units = space.units(space.rows(words))
        length = float(np.linalg.norm(vector))
        own = units @ vector / length
        values.append(own)
        # outcomes are divided by the root of S, means by S
        gradients.append((units - own[:, None] * vector / length).T / length / fit.root)
    return Cosines(np.array(values), np.vstack(gradients))
