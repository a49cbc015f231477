"""A stand-in for the imputer: draws from the observed values of each variable. Fast, and plainly right or wrong."""

from dataclasses import dataclass, field

import numpy as np

from lacunet._layout import OBSERVED
from lacunet._rng import generator
from lacunet.imputation._fitted import FittedMidas
from lacunet.table import read_table


@dataclass
class HotDeckEngine:
    donors: list
    modes: np.ndarray
    history: list = field(default_factory=lambda: [{"epoch": 1, "train_loss": 1.0, "held_out_loss": 1.5}])

    def draw(self, values, state, *, first, m, seed):
        rows, cols = np.nonzero(state == 1)
        assert np.isnan(values[rows, cols]).all()
        out = np.empty((m, rows.size))
        for i in range(m):
            rng = generator(seed, "hotdeck", first + i)
            for j in range(values.shape[1]):
                out[i, cols == j] = rng.choice(self.donors[j], size=int((cols == j).sum()))
        return out

    def expect(self, values, state):
        return self.modes[np.nonzero(state == 1)[1]]

    def as_arrays(self):
        return {f"donors{j}": donors for j, donors in enumerate(self.donors)} | {"modes": self.modes}

    def as_meta(self):
        return {"p": len(self.donors), "history": self.history}


@dataclass(frozen=True, kw_only=True)
class Tuning:
    depth: int = 2
    widths: tuple[int, ...] = (8, 4)


@dataclass(frozen=True, kw_only=True)
class HotDeck:
    """Has the face of ``Midas`` that results lean on."""

    kinds: dict = field(default_factory=dict)
    missing_codes: dict = field(default_factory=dict)
    not_applicable: tuple = ()
    tuning: Tuning = Tuning()

    def fit(self, frame, *, seed=1):
        wishes = {"kinds": self.kinds, "missing_codes": self.missing_codes}
        return self.fit_table(read_table(frame, **wishes, not_applicable=self.not_applicable or None), seed=seed)

    def fit_table(self, table, *, seed):
        variables = table.layout.variables
        donors = [table.values[table.state[:, j] == OBSERVED, j] for j in range(len(variables))]
        modes = np.array(
            [
                np.bincount(d.astype(int)).argmax() if v.is_category else (d.mean() if d.size else 0.0)
                for v, d in zip(variables, donors, strict=True)
            ]
        )
        engine = HotDeckEngine(donors, modes) if variables else None
        return FittedMidas(spec=self, engine=engine, schema=table.schema, seed=seed, table=table)

    @classmethod
    def engine_from_parts(cls, arrays, meta):
        return HotDeckEngine([arrays[f"donors{j}"] for j in range(meta["p"])], arrays["modes"], meta["history"])


KNOWN = {"HotDeck": HotDeck, "Tuning": Tuning}
