"""``Autoencoder``: rows through a bottleneck and back (the specification)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from lacunet._check import check_count, check_number, check_seed
from lacunet._layout import Kind
from lacunet._rng import draw_seed
from lacunet._typing import Frame, PathLike
from lacunet.encoding._anchors import Anchors
from lacunet.encoding._choice import choose_latent
from lacunet.encoding._fitted import FittedAutoencoder
from lacunet.encoding._member import has_cell, place
from lacunet.encoding._refits import matrix_of, quiet, train_refits
from lacunet.encoding._training import Matrix, Settings, fit_network
from lacunet.errors import DataError, SpecError
from lacunet.net._activations import find_activation
from lacunet.net._autoencoder import Corruption
from lacunet.table import Table, read_table
from lacunet.train._stopping import Progress

LEAST_ROWS = 4
LINEAR_RATE, RATE = 1e-2, 3e-3
"""Learning rates where nothing bends, and where layers do."""


@dataclass(frozen=True, kw_only=True)
class Autoencoder:
    r"""Autoencoder: what few numbers say of many answers, classical, denoising or variational, for mixed variables.

    An encoder f takes a row to ``latent`` numbers, a decoder g takes them back. Use it for a map of rows, to find rows
    unlike the others, or, with anchors, as a measure of what the items have in common. With linear layers
    (``hidden=()``) it spans the subspace of principal components; with ``variational=True`` as well it is a factor
    analysis of numbers, a two-parameter logistic model of yes-or-no items and a graded-response model of ordinal ones,
    all at once. Do not read more latents than the data tell apart (``latent=None`` chooses), and do not compare latents
    of two fits by name unless anchors fix them.

    .. math:: \min_{f, g} \sum_i \sum_{j \in O_i} L_j(x_{ij}, g(f(\tilde x_i))_j)

    with O the observed cells of row i and :math:`\tilde x` the row, or a corrupted copy of it. L is the squared error
    of a standardised number and the cross-entropy of a category, ordered where it has an order. A missing cell enters
    as 0, the mean, with a flag, and has no loss. The variational encoder gives a mean and a variance, and the loss adds
    the divergence of that normal distribution from N(0, I).

    Parameters
    ----------
    latent
        Nodes of the bottleneck; None chooses, see ``FittedAutoencoder.choice``.
    hidden
        Nodes of the encoder's layers; the decoder has them in reverse. ``()`` for linear.
    noise
        Corruption of the input in training: the probability that a cell is hit, or for "gaussian" the standard
        deviation of the noise in those of the column. 0 for none (classical). With "masking" above 0, rows with missing
        items are read as well as the items allow: take 0.2 where rows to encode have holes. A variational network
        learns that from the holes in the training rows; noise makes its stated uncertainty too large.
    corruption
        "masking" (hide the cell), "gaussian" (add normal noise), "swap" (put another row's cell in its place).
    activation
        Of the hidden layers, as in `lacunet.net.ACTIVATIONS`.
    tied
        Whether the decoder's weights are the encoder's, transposed: half the weights, for small tables.
    variational
        Whether latents have a distribution: scores then come with the uncertainty of measurement.
    weight_decay
        Decoupled decay of the weights, per unit of learning rate.
    learning_rate
        Largest step of AdamW; None takes 0.01 where the network is linear and 0.003 elsewhere.
    epochs
        Most rounds through the rows; None takes up to 200 (more in small tables). The loss of a tenth of the rows, held
        out, nearly always stops training sooner. A finish on all rows, as long again, brings the learning rate to 0.

    Raises
    ------
    SpecError
        When an option is out of its range.

    References
    ----------
    Hinton, G. E., and R. R. Salakhutdinov. 2006. Reducing the dimensionality of data with neural networks. Science 313:
    504-507.
    Vincent, P., H. Larochelle, I. Lajoie, Y. Bengio, and P.-A. Manzagol. 2010. Stacked denoising autoencoders. Journal
    of Machine Learning Research 11: 3371-3408.
    Kingma, D. P., and M. Welling. 2014. Auto-encoding variational Bayes. ICLR.
    Baldi, P., and K. Hornik. 1989. Neural networks and principal component analysis. Neural Networks 2(1): 53-58.
    **Differs:** (1) masking noise sets the cell's flag, as for a missing answer; (2) layers are trained together, not
    stacked one by one; (3) the spread of a number's error in the variational case is a parameter of the column, as in
    factor analysis; (4) linear networks of numbers without noise go on to the minimum itself by BFGS in double
    precision.

    Examples
    --------
    >>> Autoencoder(latent=2, hidden=(64,), noise=0.2).hidden
    (64,)
    """

    latent: int | None = 2
    hidden: tuple[int, ...] = (64,)
    noise: float = 0.0
    corruption: Corruption = "masking"
    activation: str = "elu"
    tied: bool = False
    variational: bool = False
    weight_decay: float = 1e-4
    learning_rate: float | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        """Check every option once."""
        hidden = self.hidden if isinstance(self.hidden, Iterable) else (self.hidden,)
        object.__setattr__(self, "hidden", tuple(check_count(k, "hidden nodes") for k in hidden))
        for name in ("latent", "epochs"):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), name)
        if self.corruption not in get_args(Corruption):
            raise SpecError(f"corruption={self.corruption!r} is not known. Choose 'masking', 'gaussian' or 'swap'.")
        most = 10.0 if self.corruption == "gaussian" else 0.95
        for name, low, high in (("noise", 0, most), ("weight_decay", 0, 100), ("learning_rate", 1e-7, 1)):
            if getattr(self, name) is not None:
                check_number(getattr(self, name), name, low, high)
        if not find_activation(self.activation).is_elementwise:
            raise SpecError(
                f"activation={self.activation!r} mixes the nodes of a layer. Hidden layers need one that works node by "
                "node: take 'elu', 'tanh' or 'relu'."
            )

    def fit(
        self,
        frame: Frame | PathLike,
        *,
        seed: int | None = None,
        anchors: Anchors | None = None,
        refits: int = 0,
        kinds: Mapping[str, Kind] | None = None,
        missing_codes: Mapping[str, Any] | Sequence[Any] | None = None,
        not_applicable: Mapping[str, Any] | Sequence[Any] | None = None,
        leave_out: Sequence[str] = (),
        encoding: str | None = None,
        progress: Progress | None = None,
    ) -> FittedAutoencoder:
        """Train on a frame or a file.

        Parameters
        ----------
        frame
            pandas, polars or pyarrow frame, or path of a CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file. Every
            column that can be modelled is an item; leave others out.
        seed
            Where all randomness comes from; None draws one from the system and records it.
        anchors
            What latents mean: see ``FittedAutoencoder.anchor``.
        refits
            Networks trained besides, each on rows drawn anew with replacement, from which scores get their
            uncertainty; 20 will do, and each takes as long as the fit.
        kinds, missing_codes, not_applicable, leave_out, encoding
            See `lacunet.read_table`.
        progress
            Called with the stage, the work done and the most work there may be.

        Returns
        -------
        FittedAutoencoder
            Ready to encode, decode and reconstruct.

        Raises
        ------
        SpecError
            When an option is wrong, or there are more latents than columns.
        DataError
            When fewer than two columns vary, or there are too few rows.
        TrainingError
            When the loss explodes however low the learning rate.
        """
        table = read_table(
            frame,
            kinds=kinds,
            missing_codes=missing_codes,
            not_applicable=not_applicable,
            leave_out=leave_out,
            encoding=encoding,
        )
        return self.fit_table(table, seed=seed, anchors=anchors, refits=refits, progress=progress)

    def fit_table(
        self,
        table: Table,
        *,
        seed: int | None = None,
        anchors: Anchors | None = None,
        refits: int = 0,
        progress: Progress | None = None,
    ) -> FittedAutoencoder:
        """Train on a table already read.

        Parameters
        ----------
        table
            What `lacunet.read_table` returned.
        seed, anchors, refits, progress
            As in `fit`.

        Returns
        -------
        FittedAutoencoder
            Ready to encode, decode and reconstruct.

        Raises
        ------
        SpecError, DataError, TrainingError
            As in `fit`.
        """
        seed, refits = draw_seed() if seed is None else check_seed(seed), check_count(refits, "refits", 0)
        if refits == 1:
            raise SpecError("refits=1 cannot vary. Uncertainty needs 2 refits at least: take 20, or 0 for none.")
        say = progress or quiet
        matrix = matrix_of(table)
        _check_items(table, matrix, self.latent)
        settings = self._settings(1 if self.latent is None else self.latent)
        choice = choose_latent(matrix, settings, seed=seed, say=say) if self.latent is None else []
        chosen = [row["latent"] for row in choice if row["chosen"]]
        settings = replace(settings, latent=chosen[0] if chosen else settings.latent)
        main = place(fit_network(matrix, settings, seed=seed, say=say), matrix)
        fitted = FittedAutoencoder(
            spec=self,
            settings=settings,
            main=main,
            refits=train_refits(matrix, settings, main, range(refits), seed=seed, say=say),
            schema=table.schema,
            seed=seed,
            choice=tuple(choice),
            table=table,
        )
        return fitted if anchors is None else fitted.anchor(anchors)

    def _settings(self, latent: int) -> Settings:
        is_linear = not self.hidden or self.activation == "identity"
        rate = (LINEAR_RATE if is_linear else RATE) if self.learning_rate is None else self.learning_rate
        return Settings(
            latent=latent,
            hidden=self.hidden,
            noise=float(self.noise),
            corruption=self.corruption,
            activation=self.activation,
            tied=bool(self.tied),
            variational=bool(self.variational),
            weight_decay=float(self.weight_decay),
            learning_rate=float(rate),
            epochs=self.epochs,
        )


def _check_items(table: Table, matrix: Matrix, latent: int | None) -> None:
    """Refuse tables from which nothing common can be learned, and bottlenecks wider than the table."""
    p = len(matrix.layout)
    if p < 2:
        left = ", ".join(
            f"{column.name!r} ({column.reason})" for column in table.schema.columns if not column.is_modelled
        )
        raise DataError(
            f"{p} of {len(table.schema.columns)} columns can be modelled"
            + (f"; left out are {left}" if left else "")
            + ". An autoencoder needs two columns that vary at least: add columns, or correct their kinds with kinds=."
        )
    n = int(has_cell(matrix).sum())
    if n < LEAST_ROWS:
        raise DataError(
            f"{n} rows have a known cell. An autoencoder needs {LEAST_ROWS} at the very least, and some hundred to say "
            "anything: add rows, or check missing_codes."
        )
    columns = sum(
        max(variable.n_levels, 1) if variable.kind == "nominal" else 1 for variable in matrix.layout.variables
    )
    if latent is not None and latent > columns:
        raise SpecError(
            f"latent={latent} is more than the {columns} columns of the table. A bottleneck is narrower than what goes "
            f"through it: give a number from 1 to {columns - 1}, or None to have it chosen."
        )
