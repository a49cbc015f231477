"""From a table to a tree that can be drawn from, within the budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import Layout
from lacunet._typing import Floats
from lacunet.keep import arrays_under
from lacunet.synthesis.privacy._coding import PrivateCoding, private_coding
from lacunet.synthesis.privacy._field import Field
from lacunet.synthesis.privacy._further import add_tables
from lacunet.synthesis.privacy._ledger import Ledger
from lacunet.synthesis.privacy._privacy import Privacy
from lacunet.synthesis.privacy._tree import fit_tree

FEW_LEVELS, MANY_LEVELS, STRICT = 16, 32, 3.0
"""Intervals of a number to aim at with an epsilon up to the third number, and beyond: small counts drown in noise."""
TREE_SHARE = 0.3
"""Share of what is not for single columns that goes into the tree; the rest into further tables."""
LARGE_DELTA = 0.1
"""Rows that delta may let be disclosed, on average, before that is said."""
SUM_GUARD = 1e-7
"""Share left unspent, since the sum of many costs is rounded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateSampler:
    """A tree and the coding of its columns: all that is kept of the rows.

    Attributes
    ----------
    coding
        From codes to cells.
    model
        Joint distribution of the codes.
    sentences
        What was looked at and what it cost.
    """

    coding: PrivateCoding
    model: Field
    sentences: tuple[str, ...]

    def draw(
        self, n_rows: int, rng: np.random.Generator, allowed: Mapping[int, NDArray[np.bool_]] | None = None
    ) -> tuple[Floats, NDArray[np.int8]]:
        """Values (k, p) and reasons (k, p) of new rows, exactly given that columns have allowed codes (`Tree.draw`)."""
        masks = self.coding.drawable()
        for column, mask in (allowed or {}).items():
            masks[column] = masks.get(column, True) & mask
        return self.coding.decode(self.model.draw(n_rows, rng, masks), rng)

    def as_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and plain values, to be saved."""
        arrays = {f"coding.{name}": array for name, array in self.coding.as_arrays().items()}
        arrays |= {f"model.{name}": array for name, array in self.model.as_arrays().items()}
        return arrays, {"coding": self.coding.as_meta(), "sentences": list(self.sentences)}

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_parts``."""
        return cls(
            coding=PrivateCoding.from_parts(arrays_under(arrays, "coding."), meta["coding"]),
            model=Field.from_arrays(arrays_under(arrays, "model.")),
            sentences=tuple(meta["sentences"]),
        )


def fit_private_tree(
    values: Floats,
    reason: NDArray[np.integer],
    layout: Layout,
    n_reasons: tuple[int, ...],
    privacy: Privacy,
    rng: np.random.Generator,
    *,
    n_levels: int | None = None,
) -> PrivateSampler:
    """Fit a tree of noisy tables to rows within a budget.

    Parameters
    ----------
    values, reason, layout, n_reasons
        As for `private_coding`.
    privacy
        The budget.
    rng
        Secret randomness: from the system, and not from a seed that anyone can know.
    n_levels
        Intervals of a number to aim at; None for 16 with an epsilon up to 3 and 32 beyond.

    Returns
    -------
    PrivateSampler
        What can be published.
    """
    ledger = Ledger(privacy)
    if n_levels is None:
        n_levels = FEW_LEVELS if privacy.epsilon <= STRICT else MANY_LEVELS
    total, share = ledger.rho, privacy.coding_share
    coding = private_coding(
        values, reason, layout, n_reasons, dict(privacy.domain), total * share, ledger, rng, n_levels=n_levels
    )
    codes = coding.encode(values, reason)
    joint = total * (1 - share) * (1 - SUM_GUARD)
    tree = fit_tree(codes, coding.marginals, joint * TREE_SHARE, ledger, rng)
    model = add_tables(codes, tree, coding.n_rows, joint * (1 - TREE_SHARE), ledger, rng)
    sentences = ledger.sentences()
    if privacy.delta * coding.n_rows > LARGE_DELTA:
        sentences += (
            f"delta={privacy.delta:g} is large for about {coding.n_rows} rows: it allows that one row in "
            f"{1 / privacy.delta:,.0f} is disclosed outright. Choose a delta below {LARGE_DELTA / coding.n_rows:.1g}.",
        )
    return PrivateSampler(coding=coding, model=model, sentences=sentences)
