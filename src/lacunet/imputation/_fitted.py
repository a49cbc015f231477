"""A fitted imputer: what training left behind, ready to fill in tables."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lacunet._check import check_count, check_seed
from lacunet._typing import Frame, PathLike
from lacunet.errors import DataWarning, SpecError
from lacunet.imputation._engine_face import Engine, draw_cells
from lacunet.imputation._imputations import Imputations
from lacunet.imputation._persist import fitted_parts
from lacunet.imputation._record import fit_record, settings_in_use
from lacunet.keep import Parts, package_versions, write_parts
from lacunet.report import cite_software
from lacunet.report._summary import Summary, setting_rows
from lacunet.table import Schema, Table, apply_schema


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FittedMidas:
    """A trained imputer; made by ``Midas.fit``, never by hand.

    Use `impute` as often as you like: training is not repeated.

    **What it holds of the data.** A network (1,000 rows or more, or ``hidden`` given) holds donor values: single
    observed values of each number, from which imputations are taken. The linear model (``hidden=()``, below 100 rows,
    and up to 1,000 where it draws hidden cells better; `summary` names it) works on the training rows themselves, so it
    holds **every row** of the variables it models, and so does the file it is saved to. Treat a saved file with the
    care that the data need.

    Attributes
    ----------
    spec
        The specification that was fitted.
    engine
        The trained networks or the linear model; None when there was nothing to learn (no variable to model).
    schema
        Columns, kinds, levels and codes of the training table.
    seed
        The seed of the fit.
    versions
        Package to version, at the time of the fit.
    table
        The training table; None after `save` and ``load``, since the file does not carry the frame.

    References
    ----------
    Lall, R., and T. Robinson. 2022. The MIDAS touch: accurate and scalable missing-data imputation with deep learning.
    Political Analysis 30(2): 179-196.
    """

    spec: Any
    engine: Engine | None
    schema: Schema
    seed: int
    versions: dict[str, str] = field(default_factory=package_versions)
    table: Table | None = None

    @property
    def history(self) -> list[dict[str, Any]]:
        """One row per check of the training loss."""
        return [] if self.engine is None else [dict(row) for row in self.engine.history]

    def impute(self, frame: Frame | PathLike | None = None, *, m: int = 10, seed: int | None = None) -> Imputations:
        """Complete a table m times.

        Parameters
        ----------
        frame
            New rows, a frame or a file with the columns of the training table; None for the training table itself.
        m
            Number of imputations, at least 1; 20 or more for published intervals.
        seed
            Where the draws come from; None takes the seed of the fit. The same seed gives the same numbers, and
            draw i is the same whatever m is.

        Returns
        -------
        Imputations
            The m completed tables.

        Raises
        ------
        SpecError
            When m is not a whole number of at least 1, the seed is negative, or no frame is given and the training
            table is gone.
        ColumnError
            When columns are missing or hold a level that the training table did not.
        """
        m, seed = check_count(m), self.seed if seed is None else check_seed(seed)
        table = self._training_table() if frame is None else apply_schema(self.schema, frame)
        if table.cells[0].size == 0:
            warnings.warn(
                f"Nothing is missing that could be imputed: the {m} completed tables are copies of the data. "
                "Analyse the data as they are.",
                DataWarning,
                stacklevel=2,
            )
        draws = draw_cells(self.engine, table, first=0, m=m, seed=seed)
        return Imputations(table=table, draws=draws, fitted=self, seed=seed)

    def _training_table(self) -> Table:
        if self.table is None:
            raise SpecError(
                "This fitted imputer was loaded from a file, which does not carry the training table. "
                "Hand the frame over: fitted.impute(frame)."
            )
        return self.table

    def summary(self) -> Summary:
        """Say what was fitted, in a few sentences and a table of settings."""
        columns = self.schema.columns
        modelled = [column for column in columns if column.is_modelled]
        lines = [
            f"{type(self.spec).__name__}, fitted to {len(modelled)} of {len(columns)} columns with seed {self.seed}.",
            *self.schema.notes,
        ]
        if self.history:
            lines.append(f"Last check of training: {_in_words(self.history[-1])}.")
        return Summary(lines=tuple(lines), rows=setting_rows(list(settings_in_use(self.spec, self.engine).items())))

    def cite(self) -> str:
        """Works to cite when results rest on this imputer, one a line."""
        return "\n".join([*fit_record(self).citations, cite_software(self.versions)])

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Save to one file (a zip of safetensors and JSON) that ``lacunet.load`` reads.

        Networks, schema, settings, versions, history and donor values are kept. The frame is not, but where the linear
        model was used (`summary` says so; it may be below 1,000 rows) the file **holds the training rows** of all
        modelled variables: share it as you would share the data.

        Parameters
        ----------
        path
            Where to write; ``.lacunet`` is a good ending.
        force
            Whether to replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        SpecError
            When the file exists and ``force`` is not given.
        """
        meta, arrays = fitted_parts(self)
        write_parts(path, Parts(kind="FittedMidas", meta=meta, arrays=arrays), force)
        return Path(path)

    def __repr__(self) -> str:
        return f"FittedMidas({len(self.schema.columns)} columns, seed {self.seed})"


def _in_words(row: dict[str, Any]) -> str:
    shown = (f"{key.replace('_', ' ')} {value:.4g}" for key, value in row.items() if isinstance(value, int | float))
    return ", ".join(shown)
