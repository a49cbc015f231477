"""What a judge says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import PathLike
from lacunet.report._summary import Summary
from lacunet.synthesis.judge._measure import Area, Measure
from lacunet.synthesis.judge._page import write_page
from lacunet.synthesis.judge._page_figures import plot_topic
from lacunet.synthesis.judge._verdict import give_verdict, grade


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Judgement:
    """How like the real rows synthetic ones are, how useful, and what they give away; made by `judge`.

    Every number stands beside its ``floor``, what real rows in the place of synthetic ones score by chance, and beside
    ``independent``, what the real columns score when each is shuffled by itself. A value near the floor cannot be
    bettered; far better than the floor is a sign of copying, not of quality. A number near ``independent`` says that
    relations between columns count for nothing in it, or were lost.

    Attributes
    ----------
    measures
        All numbers, in the order of the report.
    n_real
        Rows of the real file.
    sizes
        Rows of each synthetic set.
    columns
        Names of the columns compared.
    target, keys
        As given; None where not.
    has_held_out
        Whether real rows that no generator saw were given.
    frames
        Details by name: "columns", "pairs", "tables", "marginals", "coefficients", "models".
    seed
        Of everything drawn.
    notes
        What was decided for the user, a plain sentence each.
    """

    measures: tuple[Measure, ...]
    n_real: int
    sizes: tuple[int, ...]
    columns: tuple[str, ...]
    target: str | None
    keys: tuple[str, ...] | None
    has_held_out: bool
    seed: int
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def n_synthetic(self) -> int:
        """Rows of the first synthetic set."""
        return self.sizes[0]

    @property
    def m(self) -> int:
        """Synthetic sets handed over."""
        return len(self.sizes)

    def table(self) -> pd.DataFrame:
        """Every number, one a row.

        Returns
        -------
        pandas.DataFrame
            area, measure, value, floor, independent, verdict ("good", "fair", "poor" or ""), sentence.
        """
        rows = [
            {
                "area": one.area,
                "measure": one.name,
                "value": one.value,
                "floor": one.floor,
                "independent": one.independent,
                "verdict": grade(one),
                "sentence": one.sentence,
            }
            for one in self.measures
        ]
        return pd.DataFrame(rows)

    @property
    def fidelity(self) -> dict[str, Measure]:
        """Likeness to the real rows: name to measure."""
        return self._of("fidelity")

    @property
    def usefulness(self) -> dict[str, Measure]:
        """Results of analyses: name to measure."""
        return self._of("usefulness")

    @property
    def disclosure(self) -> dict[str, Measure]:
        """What is given away of the people in the real file: name to measure."""
        return self._of("disclosure")

    @property
    def verdict(self) -> str:
        """One plain paragraph with reasons; it never says that data are safe."""
        return give_verdict(
            self.measures,
            n_real=self.n_real,
            n_synthetic=self.n_synthetic,
            has_held_out=self.has_held_out,
            m=self.m,
        )

    def summary(self) -> Summary:
        """The verdict and every number, as text or table."""
        table = self.table().drop(columns="sentence").dropna(subset="value")
        return Summary(lines=(self.verdict, *self.notes), rows=table)

    def plot(self, topic: str = "columns") -> Any:
        """Draw one topic with matplotlib (see `report` for all of them on a page).

        Parameters
        ----------
        topic
            "columns", "pairs", "coefficients" or "disclosure".

        Returns
        -------
        matplotlib.figure.Figure
        """
        return plot_topic(self, topic)

    def report(self, path: PathLike, *, force: bool = False, data_name: str = "data") -> Path:
        """Write one self-contained HTML page: verdict, every number with its floor, figures, tables, notes.

        Parameters
        ----------
        path
            Where to write; its folder must exist.
        force
            Whether to replace a file that is there.
        data_name
            What the page calls the real file.

        Returns
        -------
        Path
            Where it is.
        """
        return write_page(self, path, force=force, data_name=data_name)

    def to_dict(self) -> dict[str, Any]:
        """Plain form for JSON: numbers that could not be had are None.

        Returns
        -------
        dict
            seed, n_real, n_synthetic, m, columns, verdict, notes, and measures as in `table`.
        """
        measures = self.table().astype(object)
        return {
            "seed": self.seed,
            "n_real": self.n_real,
            "n_synthetic": self.n_synthetic,
            "m": self.m,
            "columns": list(self.columns),
            "target": self.target,
            "keys": None if self.keys is None else list(self.keys),
            "has_held_out": self.has_held_out,
            "verdict": self.verdict,
            "notes": list(self.notes),
            "measures": [{name: _plain(cell) for name, cell in row.items()} for row in measures.to_dict("records")],
        }

    def _of(self, area: Area) -> dict[str, Measure]:
        return {one.name: one for one in self.measures if one.area == area}

    def __repr__(self) -> str:
        return repr(self.summary())


def _plain(cell: Any) -> Any:
    return None if isinstance(cell, float | np.floating) and not np.isfinite(cell) else cell
