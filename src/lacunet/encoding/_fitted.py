"""A fitted autoencoder: scores, reconstructions, and what they rest on."""

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count, check_seed
from lacunet._layout import INAPPLICABLE, MISSING
from lacunet._typing import Floats, Frame, PathLike
from lacunet.encoding._anchors import Anchors, names_of, read_anchors, rotation_to
from lacunet.encoding._frames import frame_like, read_latents, spelled_frame
from lacunet.encoding._loadings import agreement_rows, loadings_table, spread_table
from lacunet.encoding._member import Member, covariances, deviations, has_cell, mean_known
from lacunet.encoding._plot_map import plot_map
from lacunet.encoding._refits import matrix_of, quiet, train_refits
from lacunet.encoding._save import parts_of
from lacunet.encoding._stability import Stability
from lacunet.encoding._training import Settings
from lacunet.encoding._words import describe, works_to_cite
from lacunet.errors import DataWarning, SpecError
from lacunet.keep import package_versions, write_parts
from lacunet.report._loss_plot import plot_losses
from lacunet.table import Schema, Table, apply_schema
from lacunet.train._stopping import Progress


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FittedAutoencoder:
    """A trained autoencoder; made by ``Autoencoder.fit``, never by hand.

    Scores are the latents in a fixed pose. Scores of the training rows have mean 0, variance 1 and no correlation; the
    first loads most on the items, in squares, then the second. Those of a variational autoencoder keep the scale of its
    prior N(0, I), so that they vary less the less the items say; the first varies most. Most signs are positive.
    Anchors turn them to where they mean something.

    Attributes
    ----------
    spec
        The specification that was fitted.
    settings
        The same with everything chosen, the number of latents among it.
    main, refits
        The trained network, and those on rows drawn anew, their scores turned to its own.
    schema
        Columns, kinds, levels and codes of the training table.
    seed
        The seed of the fit.
    names
        Names of the latents.
    choice
        Where ``latent=None``: one row a candidate, with its loss on hidden cells of held-out rows.
    versions
        Package to version, at the time of the fit.
    table
        The training table; None after `save` and ``load``, since the file does not carry the frame.
    """

    spec: Any
    settings: Settings
    main: Member
    refits: tuple[Member, ...]
    schema: Schema
    seed: int
    names: tuple[str, ...] = ()
    choice: tuple[dict[str, Any], ...] = ()
    versions: dict[str, str] = field(default_factory=package_versions)
    table: Table | None = None

    def __post_init__(self) -> None:
        """Give the latents their plain names unless they have others."""
        if not self.names:
            object.__setattr__(self, "names", names_of(self.settings.latent))

    @property
    def latent(self) -> int:
        """Number of latents."""
        return self.settings.latent

    @property
    def history(self) -> list[dict[str, Any]]:
        """One row per check of the losses."""
        return [dict(row) for row in self.main.network.history]

    def encode(self, frame: Frame | PathLike | None = None, *, uncertainty: bool = False) -> Frame:
        r"""Scores of rows, one column a latent.

        Missing items are allowed. A row without a single known item has no score (NaN, with a warning).

        The standard deviation beside each score is the root of a sum of two variances. *Within* the network: for a
        variational autoencoder the variance of the row's posterior, which is the uncertainty of measurement; for others
        the variance of the score over 20 draws of the row's missing items from what the network says of them (0 for a
        complete row: without a distribution of the latents there is no error of measurement). *Between* networks: the
        variance of the row's score over the ``refits``, each trained on rows drawn anew from a seed of its own and
        turned to the fit's scores by orthogonal Procrustes; this is the uncertainty of estimation.

        Parameters
        ----------
        frame
            New rows, a frame or a file with the columns of the training table; None for the training table itself.
        uncertainty
            Whether to add the standard deviation of every score, in columns that end in ``_sd``.

        Returns
        -------
        Frame
            In the library of the rows given, with their index.

        Raises
        ------
        SpecError
            When an uncertainty is asked for that the fit does not hold, or the training table is gone.
        ColumnError
            When columns are missing or hold a level that the training table did not.

        Warns
        -----
        DataWarning
            When rows have no known item.
        """
        table = self._table(frame)
        matrix = matrix_of(table)
        columns = dict(zip(self.names, self.main.scores(matrix).T, strict=True))
        n_empty = int((~has_cell(matrix)).sum())
        if n_empty:
            warnings.warn(
                f"{n_empty} rows have no known item. A score needs one at least: they have none (NaN). Leave them out.",
                DataWarning,
                stacklevel=2,
            )
        if uncertainty:
            if not (self.refits or self.settings.variational):
                raise SpecError(
                    "This autoencoder holds nothing that tells how sure its scores are. Refits or a variational "
                    "network are needed: fit(..., refits=20), or Autoencoder(variational=True)."
                )
            spread = deviations(self.main, self.refits, matrix, self.seed)
            columns |= {f"{name}_sd": spread[:, d] for d, name in enumerate(self.names)}
        return frame_like(table.native, columns)

    def decode(self, latents: Any) -> pd.DataFrame:
        """Rows that the decoder expects at given scores: means of numbers, most probable levels of categories.

        Parameters
        ----------
        latents
            Scores, an array (n, k) or a frame with a column for each latent, as `encode` gives them.

        Returns
        -------
        pandas.DataFrame
            The modelled columns, with values as the training table spells them.

        Raises
        ------
        SpecError
            When the latents have another shape or names, or are not finite.
        """
        scores = read_latents(latents, self.names)
        return spelled_frame(self.schema.modelled, self._bounded(self.main.network.decode(self.main.pose.undo(scores))))

    def reconstruct(self, frame: Frame | PathLike | None = None) -> Frame:
        """Rows as they come back through the bottleneck, missing cells filled in.

        Cells that do not apply, and columns that take no part, stay as they are. Do not use it to impute: filled cells
        are means and most probable levels, not draws.

        Parameters
        ----------
        frame
            As in `encode`.

        Returns
        -------
        Frame
            The frame with its modelled cells replaced: the same columns, order, dtypes and index. Numbers are rounded
            where every observed one is whole.

        Raises
        ------
        ColumnError
            When columns are missing or hold a level that the training table did not.
        """
        table = self._table(frame)
        network = self.main.network
        values = self._bounded(network.decode(network.encode(table.values, table.state)[0]))
        state = np.where(table.state == INAPPLICABLE, table.state, np.int8(MISSING))
        return replace(table, state=state).complete(values[state == MISSING])

    def reconstruction_error(self, frame: Frame | PathLike | None = None, *, by: str = "row") -> Any:
        """How badly rows come back: the mean loss of a row's known cells; the highest are unlike the others.

        The loss of a cell is the squared error of a number in standard deviations, or minus the logarithm of the
        probability that the network gives to the level. A variational network takes minus the log density of a number,
        which may be below 0.

        Parameters
        ----------
        frame
            As in `encode`.
        by
            "row" for one number a row, "cell" to see which cells are odd.

        Returns
        -------
        numpy.ndarray or pandas.DataFrame
            Floats (n,), NaN where no cell is known; or a frame of one column a modelled variable, NaN where a cell is
            not known.

        Raises
        ------
        SpecError
            When ``by`` is neither.
        """
        if by not in ("row", "cell"):
            raise SpecError(f"by={by!r} is not known. Errors are by 'row' or by 'cell': choose one.")
        table = self._table(frame)
        losses = self.main.network.losses(table.values, table.state)
        return pd.DataFrame(losses, columns=list(table.layout.names)) if by == "cell" else mean_known(losses)

    def anchor(self, anchors: Anchors, frame: Frame | PathLike | None = None) -> "FittedAutoencoder":
        """The same autoencoder with its latents turned to point where anchors say.

        A rotation changes what each score means, and nothing that the scores say together: reconstructions are the
        same. ``{"trust_police": 1}`` turns the first latent towards the loading of that item, and the others out of its
        way; ``{"left": {"tax": 1, "unions": 1}, "liberal": {"abortion": 1, "police": -1}}`` names two latents and
        turns them to the rotation nearest to both targets. With one latent, anchors fix its sign.

        Parameters
        ----------
        anchors
            Item to sign (1 or -1) for the first latent, or name of a latent to such items.
        frame
            Rows on which loadings are taken; None for the training table.

        Returns
        -------
        FittedAutoencoder
            A new one; this one stays as it is.

        Raises
        ------
        SpecError
            When an item is unknown or has no order, a sign is no sign, or anchors do not tell latents apart.

        Warns
        -----
        DataWarning
            When an anchor loads against its sign in the end.
        """
        matrix = matrix_of(self._table(frame))
        nested = read_anchors(anchors, matrix.layout, self.latent)
        network = self.main.network
        loadings = covariances(network, matrix, self.main.scores(matrix))
        rotation = rotation_to(nested, loadings, network.code, matrix.layout)
        return replace(
            self,
            main=self.main.rotated(rotation),
            refits=tuple(refit.rotated(rotation) for refit in self.refits),
            names=names_of(self.latent, nested),
        )

    def loadings(self, frame: Frame | PathLike | None = None) -> pd.DataFrame:
        """What each latent has to do with each item.

        Parameters
        ----------
        frame
            Rows on which they are taken; None for the training table.

        Returns
        -------
        pandas.DataFrame
            One row an item, and one a level of a nominal one: ``item``, ``level`` (the upper one of a binary item), the
            correlation with each score, and under ``<latent>_slope`` what the decoder adds to the item as the score
            rises by 1, averaged over the rows: standard deviations of a number, probability of a level, levels of an
            ordinal item.
        """
        return loadings_table(self.main, matrix_of(self._table(frame)), self.schema.modelled, self.names)

    def stability(self, n: int = 10, *, seed: int | None = None, progress: Progress | None = None) -> Stability:
        """Fit again and again, to see whether another seed or another sample gives the same scores and loadings.

        n refits start from other seeds on the same rows (what training leaves to chance), n more on rows drawn anew
        with replacement (what the sample leaves to chance). Each is turned to the fit by orthogonal Procrustes.
        Correlations well below 1 over seeds say that the measure is not one: take fewer latents, a simpler network, or
        more rows.

        Parameters
        ----------
        n
            Refits of each of the two kinds, at least 2.
        seed
            Where their randomness comes from; None takes the seed of the fit.
        progress
            Called with the stage, the work done and the most work there may be.

        Returns
        -------
        Stability
            Correlations of scores and intervals of loadings.

        Raises
        ------
        SpecError
            When n is below 2, or the training table is gone.
        """
        n, seed = check_count(n, "n", 2), self.seed if seed is None else check_seed(seed)
        matrix, say = matrix_of(self._table(None)), progress or quiet
        args = (matrix, self.settings, self.main)
        seeds = train_refits(*args, range(n), seed=seed, say=say, resample=False)
        resamples = train_refits(*args, range(n), seed=seed, say=say)
        target = self.main.scores(matrix)
        rows = [
            row
            for over, members in (("seeds", seeds), ("resamples", resamples))
            for row in agreement_rows(target, [it.scores(matrix) for it in members], self.names, over)
        ]
        items = spread_table(resamples, matrix, self.schema.modelled, self.names)
        return Stability(scores=pd.DataFrame(rows), items=items)

    def plot_loss(self) -> Any:
        """Loss in training and on the rows held out, as a matplotlib figure."""
        return plot_losses(self.history, "loss of a cell")

    def plot_map(self, frame: Frame | PathLike | None = None, *, colour: str | None = None) -> Any:
        """Map of the first two scores, coloured by a column.

        Parameters
        ----------
        frame
            As in `encode`.
        colour
            A column of the frame, whether it is modelled or not.

        Returns
        -------
        matplotlib.figure.Figure
            The map.

        Raises
        ------
        SpecError
            When there is one latent only, or no such column.
        """
        table = self._table(frame)
        scores = self.main.scores(matrix_of(table))
        return plot_map(scores, self.names, table.analysis_frame(), colour)

    def summary(self) -> str:
        """Say what was fitted, in a few sentences."""
        return describe(self)

    def cite(self) -> str:
        """Works to cite when results rest on this autoencoder, one a line."""
        return works_to_cite(self)

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Save to one file (a zip of safetensors and JSON) that ``lacunet.load`` reads; the table is not kept.

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

    def _table(self, frame: Frame | PathLike | None) -> Table:
        if frame is not None:
            return apply_schema(self.schema, frame)
        if self.table is None:
            raise SpecError(
                "This autoencoder was loaded from a file, which does not carry the training table. Hand the frame over."
            )
        return self.table

    def _bounded(self, values: Floats) -> Floats:
        """No count below 0, since there is none."""
        is_count = np.array([column.kind == "count" for column in self.schema.modelled])
        return np.where(is_count, np.maximum(values, 0.0), values)

    def __repr__(self) -> str:
        return f"FittedAutoencoder({len(self.schema.modelled)} columns, {self.latent} latents, seed {self.seed})"
