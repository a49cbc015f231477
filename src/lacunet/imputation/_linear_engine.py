"""The linear model as an engine: chained regressions with posterior draws, for tables too small for a network."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import MISSING, Layout
from lacunet._rng import generator
from lacunet._typing import Floats, States
from lacunet.draw._chain import Chain
from lacunet.draw._plan import Plan

N_SWEEPS = 10
"""Rounds over all variables with holes per imputation."""
PILOT_SWEEPS = 3
"""Rounds before the plans are made, and again before they are made anew from cells drawn under the first."""
EXPECT_CHAINS, EXPECT_BURN = 4, 5
"""Chains averaged for conditional means, and sweeps of each that do not count."""


@dataclass(kw_only=True)
class LinearEngine:
    """Chained regressions, planned on the training rows.

    The training rows are kept: every imputation runs a chain of its own on them, and new rows are filled beside them
    by the same drawn coefficients and donors.

    Attributes
    ----------
    values, state
        Training rows, shape (n, p).
    layout
        The variables.
    plans
        How each variable is regressed, by position.
    seed
        Seed of the fit, for the conditional means.
    settings
        How the regressions were planned and are drawn.
    """

    values: Floats
    state: States
    layout: Layout
    plans: dict[int, Plan]
    seed: int
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "model": "chained regressions",
            "n_sweeps": N_SWEEPS,
            "pilot_sweeps": 2 * PILOT_SWEEPS,
        }
    )
    history: list[dict[str, Any]] = field(default_factory=list)

    def draw(self, values: Floats, state: States, *, first: int, m: int, seed: int) -> Floats:
        """Draws ``first`` to ``first + m - 1``, shape (m, cells); draw i depends on the seed and i only."""
        rows, cols = np.nonzero(state == MISSING)
        out = np.empty((m, len(rows)))
        for i in range(first, first + m):
            chain, offset = self._chain(values, state, seed, "linear chain", i)
            for _ in range(N_SWEEPS):
                chain.sweep(self.plans)
            out[i - first] = chain.values[offset + rows, cols]
        return out

    def expect(self, values: Floats, state: States) -> Floats:
        """Conditional mean of numbers and most probable level of categories, shape (cells,).

        Averages of each sweep's conditional means and probabilities over several chains, so that the uncertainty about
        coefficients and about other missing cells is averaged over rather than ignored.
        """
        means: dict[int, Floats] = {}
        offset, n = 0, EXPECT_CHAINS * (N_SWEEPS - EXPECT_BURN)
        for i in range(EXPECT_CHAINS):
            chain, offset = self._chain(values, state, self.seed, "linear expect", i)
            for k in range(N_SWEEPS):
                chain.sweep(self.plans, means if k >= EXPECT_BURN else None)
        filled = np.concatenate([self.values, values]) if offset else values.copy()
        holes = np.concatenate([self.state, state]) == MISSING if offset else state == MISSING
        for j, total in means.items():
            filled[holes[:, j], j] = total.argmax(axis=1) if total.ndim == 2 else total / n
        rows, cols = np.nonzero(state == MISSING)
        return filled[offset + rows, cols]

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """The training rows."""
        return {"values": self.values, "state": self.state}

    def as_meta(self) -> dict[str, Any]:
        """Layout, plans and seed, as JSON can hold them."""
        return {
            "engine": "linear",
            "layout": self.layout.as_list(),
            "plans": [[j, plan.as_dict()] for j, plan in self.plans.items()],
            "seed": self.seed,
            "history": self.history,
            "settings": self.settings,
        }

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""
        return cls(
            values=np.asarray(arrays["values"], dtype=np.float64),
            state=np.asarray(arrays["state"], dtype=np.int8),
            layout=Layout.from_list(meta["layout"]),
            plans={int(j): Plan.from_dict(row) for j, row in meta["plans"]},
            seed=meta["seed"],
            history=list(meta["history"]),
            settings=meta["settings"],
        )

    def _chain(self, values: Floats, state: States, seed: int, purpose: str, i: int) -> tuple[Chain, int]:
        """Fresh chain on the training rows, or on these and new rows; and the position of the first row asked for."""
        own = np.array_equal(state, self.state) and np.array_equal(values, self.values, equal_nan=True)
        n_train = len(self.values)
        chain = Chain(
            values if own else np.concatenate([self.values, values]),
            state if own else np.concatenate([self.state, state]),
            self.layout,
            n_train=n_train,
            rngs=(generator(seed, purpose, i), generator(seed, purpose + " of new rows", i)),
        )
        return chain, 0 if own else n_train


def fit_linear(values: Floats, state: States, layout: Layout, *, seed: int) -> LinearEngine:
    """Plan the regressions of a table: terms, shrinkage, and how each number is filled.

    Parameters
    ----------
    values, state
        Training rows, shape (n, p).
    layout
        The variables.
    seed
        Where all randomness of the fit comes from.

    Returns
    -------
    LinearEngine
        Ready to draw.

    References
    ----------
    van Buuren, S., and K. Groothuis-Oudshoorn. 2011. mice: multivariate imputation by chained equations in R.
    Journal of Statistical Software 45(3): 1-67.

    Differs: shrinkage, curves and products are chosen by the data; categories are drawn by a ridge multinomial logit
    under random weights; only numbers whose residuals are not normal, or heaped, are matched.
    """
    rngs = generator(seed, "linear pilot"), generator(seed, "linear pilot of new rows")
    pilot = Chain(values, state, layout, n_train=len(values), rngs=rngs)
    plans: dict[int, Plan] = {}
    for _ in range(2):
        for _ in range(PILOT_SWEEPS):
            pilot.sweep(plans)
        plans = pilot.plan(generator(seed, "linear folds"))
    return LinearEngine(values=values.copy(), state=state.copy(), layout=layout, plans=plans, seed=seed)
