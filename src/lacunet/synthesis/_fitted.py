"""A fitted synthesizer: what training left behind, ready to make rows."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._check import check_count, check_seed
from lacunet._typing import Frame, PathLike
from lacunet.errors import ColumnError, DataWarning, SpecError, suggest
from lacunet.keep import package_versions, write_parts
from lacunet.report import cite_software
from lacunet.report._loss_plot import plot_losses
from lacunet.report._players_plot import plot_players
from lacunet.report._summary import Summary, setting_rows
from lacunet.synthesis._asked import as_asked, given_slots
from lacunet.synthesis._design import Design
from lacunet.synthesis._engine_face import Engine, Source
from lacunet.synthesis._rows import Made, Maker, derive_seed
from lacunet.synthesis._save import parts_of
from lacunet.synthesis.coding._coding import Reasons
from lacunet.synthesis.conditions import (
    Constraints,
    Given,
    Profiles,
    draw_profiles,
    parse_given,
    refuse_conflicts,
)
from lacunet.synthesis.sets._syntheses import PrivateSyntheses, Syntheses
from lacunet.table import Outline, Schema, Table

Asked = Mapping[str, Any] | Frame | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Real:
    """The real rows, kept while the fitted thing lives and never saved.

    Attributes
    ----------
    table
        As it was read.
    reason
        Why a cell has no value, shape (n, p).
    design
        Weights, strata and clusters.
    """

    table: Table
    reason: Reasons
    design: Design


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FittedSynthesizer:
    """A trained synthesizer; made by ``Sequential.fit`` or ``Gan.fit``, never by hand.

    `sample` makes rows, `synthesize` m data sets with the rule that combines their answers. A saved file holds no real
    row: networks, levels, codes, and values that three rows or more share.

    Attributes
    ----------
    spec
        The specification that was fitted.
    engine
        The trained network.
    outline
        Columns, kinds, levels and codes, and how rows are written.
    constraints
        What must be true of every row.
    seed
        The seed of the fit.
    n_real
        Rows of the real data.
    notes
        What was decided for the user, one plain sentence each.
    versions
        Package to version, at the time of the fit.
    real
        The real rows; None after `save` and ``load``, and with ``privacy``.
    """

    spec: Any
    engine: Engine
    outline: Outline
    constraints: Constraints
    seed: int
    n_real: int
    notes: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=package_versions)
    real: Real | None = None

    @property
    def schema(self) -> Schema:
        """Columns, kinds, levels and codes."""
        return self.outline.schema

    @property
    def history(self) -> list[dict[str, Any]]:
        """One row per check of training."""
        return [dict(row) for row in self.engine.history]

    def sample(self, n: int, *, given: Asked = None, seed: int | None = None) -> Frame:
        """Make rows.

        Parameters
        ----------
        n
            Rows to make; 0 gives an empty frame with the right columns.
        given
            What rows must be: column -> a value, a range ``(low, high)`` with both ends in it and None for an open
            one, a list of values, or a reason for having no value. Or a frame with some of the columns: each of its
            rows is completed (n may be as many, or a multiple). Conditions are met by drawing from the conditional
            distribution, not by throwing rows away. While the real rows are at hand (before `save`), what is asked for
            is first learned as what comes first.
        seed
            Where the rows come from; None takes the seed of the fit.

        Returns
        -------
        pandas, polars or pyarrow frame
            The library, columns, order and types of the real one.

        Raises
        ------
        SpecError
            When n is negative, a range is reversed, or a condition contradicts a constraint.
        ColumnError
            When a condition names a column or level that does not exist.
        DataError
            When no such rows can be made.

        Warns
        -----
        DataWarning
            When no real row meets the conditions, with the nearest that does.
        """
        seed = self.seed if seed is None else check_seed(seed)
        asked = self._read_given(given)
        if asked.rows is not None and (n < len(asked.rows[0]) or n % len(asked.rows[0])):
            raise SpecError(
                f"n={n} rows were asked for, and {len(asked.rows[0])} rows are given to be completed. n must be their "
                "number or a multiple of it. Change n."
            )
        if self.real is not None and asked.positions:
            # The best fit again, in the order in which these rows are drawn: what is asked for comes first.
            self.engine.learn(0, self._first_slots(asked), self._source(self.real))
        return self.outline.frame(*self._make(check_count(n, "n", 0), asked, 0, seed))

    def synthesize(
        self, m: int = 5, *, n: int | None = None, columns: Sequence[str] | None = None, seed: int | None = None
    ) -> Syntheses:
        """Make m synthetic data sets, and remember how answers from them are to be combined.

        Each set comes from a version of the model of its own, learned under random weights of the real rows (the
        Bayesian bootstrap), so that the sets differ by as much as the data leave open. After ``load`` the real rows are
        gone: sets then come from the versions that were saved, in turn, or where there are none from the best fit, for
        which another rule holds; ``syns.rule`` names it.

        Parameters
        ----------
        m
            Number of data sets.
        n
            Rows of each; None for as many as the real data have.
        columns
            Columns to replace, the others stay real: partially synthetic data. None replaces all.
        seed
            Where the rows come from; None takes the seed of the fit. Set i is the same whatever m is.

        Returns
        -------
        Syntheses
            The m data sets; ``.fit("y ~ x")`` analyses and combines them.

        Raises
        ------
        SpecError
            When m or n is below 1, or columns are to be kept and the real rows are gone.
        ColumnError
            When a column does not exist or takes no part in the model.
        """
        m, seed = check_count(m), self.seed if seed is None else check_seed(seed)
        asked = Given(outline=self.outline) if columns is None else self._keep_others(columns)
        n = self.n_real if n is None else check_count(n, "n")
        if columns is not None and n != self.n_real:
            raise SpecError(f"n={n} and columns= contradict each other: real columns have {self.n_real} rows.")
        first = self._first_slots(asked)
        members = self._members(m, first)
        is_weighted = self.real is not None and not self.real.design.is_plain
        kind = Syntheses if getattr(self.spec, "privacy", None) is None else PrivateSyntheses
        return kind(
            outline=self.outline,
            draws=tuple(self._make(n, asked, member, derive_seed(seed, "set", i)) for i, member in enumerate(members)),
            n_real=self.n_real,
            is_partial=columns is not None,
            is_proper=0 not in members,
            n_models=len(set(members)) if 0 not in members and len(set(members)) < m else None,
            is_weighted=is_weighted,
            replaced=tuple(columns or ()),
            seed=seed,
            notes=self.notes,
        )

    def profiles(
        self,
        n_respondents: int,
        *,
        attributes: Sequence[str],
        n_tasks: int = 5,
        n_profiles: int = 2,
        given: Mapping[str, Any] | None = None,
        constraints: str | Iterable[str] = (),
        draw: Any = "population",
        seed: int | None = None,
    ) -> Profiles:
        """Draw profiles for a conjoint or vignette experiment; see `lacunet.synthesis.conditions.draw_profiles`.

        Parameters
        ----------
        n_respondents
            Respondents to draw tasks for.
        attributes
            Columns that a profile shows.
        n_tasks, n_profiles
            Tasks of each respondent, and profiles of each task.
        given
            Conditions on all profiles, as in `sample`.
        constraints
            What must be true of every profile.
        draw
            "population": as attributes occur together; "uniform": every allowed combination alike.
        seed
            Where the profiles come from; None takes the seed of the fit.

        Returns
        -------
        Profiles
            ``.frame()`` and ``.text(template)``.
        """
        return draw_profiles(
            self,
            n_respondents,
            attributes=attributes,
            n_tasks=n_tasks,
            n_profiles=n_profiles,
            given=given,
            constraints=constraints,
            draw=draw,
            seed=self.seed if seed is None else seed,
        )

    def _read_given(self, given: Asked) -> Given:
        asked = parse_given(given, self.outline)
        refuse_conflicts(asked, self.constraints)
        if self.real is not None and asked.positions:
            nearest = asked.nearest(self.real.table.values, self.real.reason)
            if nearest:
                warnings.warn(f"{nearest} Such rows are made all the same.", DataWarning, stacklevel=3)
        return asked

    def _make(self, n: int, asked: Given, member: int, seed: int) -> Made:
        maker = Maker(engine=self.engine, outline=self.outline, constraints=self.constraints, member=member, seed=seed)
        return maker.make(n, asked)

    def _keep_others(self, columns: Sequence[str]) -> Given:
        """The real rows without the columns to be replaced, as rows to be completed."""
        names = [column.name for column in self.schema.modelled]
        for name in columns:
            if name not in names:
                hint = suggest(name, names)
                raise ColumnError(
                    f"columns names {name!r}, which takes no part in the model. Modelled columns can be replaced. "
                    f"{hint or 'Check it.'}"
                )
        real = self._real_rows("keep the other columns real")
        kept = tuple(j for j, name in enumerate(names) if name not in columns)
        return Given(outline=self.outline, rows=(real.table.values, real.reason, kept))

    def _real_rows(self, purpose: str) -> Real:
        if self.real is None:
            raise SpecError(
                f"This synthesizer holds no real row: it was loaded from a file, or fitted with privacy. To {purpose} "
                "they are needed. Fit again without privacy, or do it before saving."
            )
        return self.real

    def _first_slots(self, asked: Given) -> NDArray[np.intp]:
        coding = self.engine.coding
        if asked.rows is None:
            return as_asked(asked.wanted, coding, asked).first
        return np.array(given_slots(coding, asked.rows[2]), dtype=np.intp)

    def _members(self, m: int, first: NDArray[np.intp]) -> list[int]:
        """Versions of the model to draw from, learned now where the real rows are at hand; else 0, the best fit."""
        if self.real is not None:
            source = self._source(self.real)
            for i in range(1, m + 1):
                self.engine.learn(i, first, source)
        known = [i for i in range(1, m + 1) if self.engine.has_member(i, first)]
        return [known[i % len(known)] for i in range(m)] if known else [0] * m

    def _source(self, real: Real) -> Source:
        weigh = real.design.weigher(self.n_real, self.seed)
        return Source(values=real.table.values, reason=real.reason, weigh=weigh)

    def plot_loss(self) -> Any:
        """Loss in training and on held-out rows; of a GAN, the losses of both players and the held-out score.

        Returns
        -------
        matplotlib.figure.Figure
            The plot.
        """
        is_game = any("generator_loss" in row for row in self.engine.history)
        return plot_players(self.history) if is_game else plot_losses(self.history, "loss of a cell")

    def summary(self) -> Summary:
        """Say what was fitted, in a few sentences and a table of the settings that were given."""
        columns = self.schema.columns
        modelled = self.schema.modelled
        lines = [
            f"{type(self.spec).__name__}, fitted to {len(modelled)} of {len(columns)} columns and {self.n_real:,} rows "
            f"with seed {self.seed}.",
            *self.notes,
        ]
        # None stands for a choice by the data, which the specification does not know.
        settings = [(name, getattr(self.spec, name)) for name in self.spec.__dataclass_fields__]
        return Summary(lines=tuple(lines), rows=setting_rows([pair for pair in settings if pair[1] is not None]))

    def cite(self) -> str:
        """Works to cite when results rest on these data, one a line."""
        return "\n".join([*self.spec.works, cite_software(self.versions)])

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Save to one file (a zip of safetensors and JSON) that ``lacunet.load`` reads; it holds no real row.

        Versions of the model that `synthesize` has drawn from are kept, so call it first if the file is to make proper
        data sets.

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
        write_parts(path, parts_of(self), force)
        return Path(path)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.schema.columns)} columns, {self.n_real:,} rows, seed {self.seed})"
