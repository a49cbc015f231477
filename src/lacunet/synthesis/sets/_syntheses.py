"""The m synthetic data sets."""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import pandas as pd

from lacunet._typing import Frame, PathLike
from lacunet.keep import new_folder, package_versions
from lacunet.report._summary import Summary
from lacunet.synthesis.sets._combining import Combining, Draw
from lacunet.table import Outline, write_frame


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Syntheses(Combining):
    """The m synthetic versions of one data set; made by ``synthesize``, never by hand.

    Analyse all of them at once (`fit`, `pool`, `mean`, `proportion`): the answers are combined by the rule for the way
    the sets were made, which `rule` names and `why` explains. A set analysed alone as if it were real gives standard
    errors that are too small for statements about the population. ``syns[0]`` is the first set, ``for frame in syns``
    goes through all; each is a fresh frame of the library of the real one.

    Attributes
    ----------
    outline
        How rows are written.
    draws
        Values and reasons of each set.
    n_real
        Rows of the real data.
    is_partial
        Whether some columns are the real ones.
    is_proper
        Whether every set comes from its own draw of the model (a bootstrap sample, a posterior draw).
    is_weighted
        Whether those draws carry a survey's weights, strata or clusters.
    n_models
        Models that the sets were drawn from in turn, where fewer than the sets; None for one each.
    replaced
        Columns that were replaced; empty where all were.
    seed
        The seed of the draws.
    notes
        What was decided for the user.

    References
    ----------
    Raab, G. M., B. Nowok, and C. Dibben. 2017. Practical data synthesis for large samples. Journal of Privacy and
    Confidentiality 7(3): 67-97.
    Reiter, J. P. 2003. Inference for partially synthetic, public use microdata sets. Survey Methodology 29(2): 181-188.
    Raghunathan, T. E., J. P. Reiter, and D. B. Rubin. 2003. Multiple imputation for statistical disclosure limitation.
    Journal of Official Statistics 19(1): 1-16.
    """

    outline: Outline
    draws: tuple[Draw, ...]
    n_real: int
    is_partial: bool = False
    is_proper: bool = False
    is_weighted: bool = False
    n_models: int | None = None
    replaced: tuple[str, ...] = ()
    seed: int = 0
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.draws)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Frame, ...]: ...
    def __getitem__(self, index: int | slice) -> Frame | tuple[Frame, ...]:
        if isinstance(index, slice):
            return tuple(self.outline.frame(*draw) for draw in self.draws[index])
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(
                f"There is no synthetic set {position}: there are {len(self)}, numbered 0 to {len(self) - 1}."
            )
        return self.outline.frame(*self.draws[position])

    def __iter__(self) -> Iterator[Frame]:
        return (self.outline.frame(*draw) for draw in self.draws)

    def to_csv(self, folder: PathLike, *, force: bool = False) -> Path:
        """Write a folder with ``synthetic_1.csv`` to ``synthetic_m.csv``.

        Parameters
        ----------
        folder
            Folder to make.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The folder written; ``_lacunet.json`` in it names the rule, and not the seed: with the seed, who guesses the
            real file could confirm the guess by fitting again.
        """
        return self._write(folder, ".csv", force)

    def to_parquet(self, folder: PathLike, *, force: bool = False) -> Path:
        """Write a folder with ``synthetic_1.parquet`` to ``synthetic_m.parquet``.

        Parameters
        ----------
        folder
            Folder to make.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The folder written; ``_lacunet.json`` in it names the rule, and not the seed: with the seed, who guesses the
            real file could confirm the guess by fitting again.
        """
        return self._write(folder, ".parquet", force)

    def to_stata(self, folder: PathLike, *, force: bool = False) -> Path:
        """Write a folder with ``synthetic_1.dta`` to ``synthetic_m.dta``, labels and missing codes included.

        Parameters
        ----------
        folder
            Folder to make.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The folder written; ``_lacunet.json`` in it names the rule, and not the seed: with the seed, who guesses the
            real file could confirm the guess by fitting again.
        """
        return self._write(folder, ".dta", force)

    def summary(self) -> Summary:
        """Say what was made, and how answers are combined."""
        line = f"{len(self)} synthetic data sets of {self.n_rows:,} rows, seed {self.seed}."
        modelled = self.outline.schema.modelled
        rows = {
            "column": [column.name for column in modelled],
            "kind": [column.kind for column in modelled],
            "is_replaced": [not self.is_partial or column.name in self.replaced for column in modelled],
        }
        return Summary(lines=(line, self.why, *self.notes), rows=pd.DataFrame(rows))

    def _write(self, folder: PathLike, suffix: str, force: bool) -> Path:
        record: dict[str, object] = {
            "m": len(self),
            "rows": self.n_rows,
            "real_rows": self.n_real,
            "replaced": list(self.replaced),
            "rule": self.rule,
            "why": self.why,
            "versions": package_versions(),
        }
        with new_folder(folder, record, force) as temporary:
            for number, frame in enumerate(self, start=1):
                write_frame(frame, temporary / f"synthetic_{number}{suffix}", self.outline.schema)
        return Path(folder)

    def __repr__(self) -> str:
        return f"Syntheses(m = {len(self)}, {self.n_rows:,} rows, rule {self.rule!r}, seed {self.seed})"


class PrivateSyntheses(Syntheses):
    """Synthetic versions under differential privacy: all share its noise, which no combining rule counts."""

    is_private = True
