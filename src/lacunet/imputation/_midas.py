"""MIDAS: multiple imputation with a masked denoising autoencoder (the specification and the one-line door)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from numpy.typing import NDArray

from lacunet._check import check_count, check_number, check_seed
from lacunet._layout import Kind
from lacunet._rng import draw_seed
from lacunet._typing import Floats, Frame, PathLike, States
from lacunet.imputation._classic import ClassicMidas
from lacunet.imputation._engine_face import Engine
from lacunet.imputation._fitted import FittedMidas
from lacunet.imputation._hidden_cells import hide_cells, score_hidden
from lacunet.imputation._imputations import Imputations
from lacunet.imputation._linear_engine import LinearEngine, fit_linear
from lacunet.imputation._masked_engine import MaskedEngine
from lacunet.imputation._masked_fit import Progress, choose_settings, fit_masked
from lacunet.table import Table, read_table

FEW_ROWS, SOME_ROWS, FEW_COLUMNS = 100, 1000, 60
"""Below FEW_ROWS the linear model is used unless hidden units are asked for; from there to SOME_ROWS whichever draws
hidden cells better. Both hold up to so many columns."""
TRIAL = 0.15
"""Share of the known cells hidden for that comparison."""


@dataclass(frozen=True, kw_only=True)
class Midas:
    """Multiple imputation with a masked denoising autoencoder: real draws, for mixed survey data.

    One network learns to predict any hidden part of a row from any visible part, as a full distribution for every
    variable. Missing cells are drawn variable by variable, each given what is visible and already drawn, and drawn anew
    in further rounds. The ``members`` of a network differ in a linear skip from facts to scores, solved for under
    random weights of the rows: they carry the uncertainty about the model itself. Training length is chosen on held-out
    cells. Use it when values are missing at random given what the file holds; it does not undo silence that depends on
    the answer itself.

    With H the hidden and V the visible cells of a row, training minimises the mean of -log p(x_j | x_V) over j in H; an
    imputation is a draw from p(x_j | x_V), j running through the missing cells.

    Parameters
    ----------
    hidden
        Units of each hidden block; the first is also the width of the network. None chooses by the number of rows,
        and with few rows may take the linear model instead; ``()`` is the linear model.
    members
        Versions of the network that carry the uncertainty about it; imputation i is drawn from version i modulo
        ``members``. None takes 10, and 4 from 20,000 rows on.
    dropout
        Probability that training drops a hidden unit.
    weight_decay
        Decoupled decay of the weights, per unit of learning rate; None chooses.
    learning_rate
        Largest step size of AdamW; None chooses.
    n_levels
        Levels into which a number with many values is cut (within a level it is drawn continuously); None chooses by
        the number of rows.
    max_steps
        Most steps of training before the finish; the held-out loss nearly always stops it sooner.

    Raises
    ------
    SpecError
        When an option is out of its range.

    References
    ----------
    Lall, R., and T. Robinson. 2022. The MIDAS touch: accurate and scalable missing-data imputation with deep learning.
    Political Analysis 30(2): 179-196.
    **Differs:** the paper corrupts at one rate, fills numbers with the network's mean under dropout and categories with
    the most probable level, and stops after a number of epochs that the user gives. For its algorithm as published see
    `Midas.classic`.

    Examples
    --------
    >>> Midas(hidden=(64, 64)).hidden
    (64, 64)
    """

    hidden: tuple[int, ...] | None = None
    members: int | None = None
    dropout: float = 0.1
    weight_decay: float | None = None
    learning_rate: float | None = None
    n_levels: int | None = None
    max_steps: int | None = None

    def __post_init__(self) -> None:
        """Check every option once."""
        if self.hidden is not None:
            object.__setattr__(self, "hidden", tuple(check_count(k, "hidden units") for k in self.hidden))
        for name, low, high in (("dropout", 0, 0.95), ("weight_decay", 0, 100), ("learning_rate", 1e-7, 1)):
            if getattr(self, name) is not None:
                check_number(getattr(self, name), name, low, high)
        for name, least in (("members", 1), ("n_levels", 2), ("max_steps", 1)):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), name, least)

    @staticmethod
    def classic(**settings: Any) -> ClassicMidas:
        """The published algorithm as is, to replicate published work and to see the difference.

        Parameters
        ----------
        **settings
            Fields of ``ClassicMidas``.

        Returns
        -------
        ClassicMidas
            The specification.
        """
        return ClassicMidas(**settings)

    def fit(
        self,
        frame: Frame | PathLike,
        *,
        seed: int | None = None,
        kinds: Mapping[str, Kind] | None = None,
        missing_codes: Mapping[str, Any] | Sequence[Any] | None = None,
        not_applicable: Mapping[str, Any] | Sequence[Any] | None = None,
        impute_not_applicable: bool | Sequence[str] = False,
        leave_out: Sequence[str] = (),
        encoding: str | None = None,
        progress: Progress | None = None,
    ) -> FittedMidas:
        """Train on a frame or a file.

        Parameters
        ----------
        frame
            pandas, polars or pyarrow frame, or path of a CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file.
        seed
            Where all randomness comes from; None draws one from the system and records it.
        kinds, missing_codes, not_applicable, impute_not_applicable, leave_out, encoding
            See `lacunet.read_table`.
        progress
            Called with the stage, the work done and the most work there may be.

        Returns
        -------
        FittedMidas
            Ready to impute this table or new rows.

        Raises
        ------
        DataError
            When the data cannot be used.
        TrainingError
            When the loss is not finite.
        """
        table = read_table(
            frame,
            kinds=kinds,
            missing_codes=missing_codes,
            not_applicable=not_applicable,
            impute_not_applicable=impute_not_applicable,
            leave_out=leave_out,
            encoding=encoding,
        )
        return self.fit_table(table, seed=seed, progress=progress)

    def fit_table(self, table: Table, *, seed: int | None = None, progress: Progress | None = None) -> FittedMidas:
        """Train on a table already read.

        Parameters
        ----------
        table
            What `lacunet.read_table` returned.
        seed, progress
            As in `fit`.

        Returns
        -------
        FittedMidas
            Ready to impute.
        """
        seed = draw_seed() if seed is None else check_seed(seed)
        engine = self._train(table, seed, progress) if len(table.layout) > 0 and table.n_rows > 0 else None
        return FittedMidas(spec=self, engine=engine, schema=table.schema, seed=seed, table=table)

    def _train(self, table: Table, seed: int, progress: Progress | None) -> Engine:
        def linear(values: Floats, state: States) -> LinearEngine:
            return fit_linear(values, state, table.layout, seed=seed)

        def network(values: Floats, state: States, progress: Progress | None = None) -> MaskedEngine:
            settings = choose_settings(table.n_rows, table.layout, **asdict(self))
            return fit_masked(values, state, table.layout, settings, seed=seed, progress=progress)

        is_open = self.hidden is None and len(table.layout) <= FEW_COLUMNS
        if self.hidden == () or (is_open and table.n_rows < FEW_ROWS):
            return linear(table.values, table.state)
        # Among categories the linear model has never been clearly better, and takes long to try.
        n_numbers = sum(not variable.is_category for variable in table.layout.variables)
        is_tried = is_open and table.n_rows < SOME_ROWS and 2 * n_numbers >= len(table.layout)
        if not (is_tried and (hide := hide_cells(table.state, TRIAL, seed)).any()):
            return network(table.values, table.state, progress)
        tried = [
            float(score_hidden(fit, table.values, table.state, table.layout, hide=hide, seed=seed).mean())
            for fit in (linear, network)
        ]
        is_linear = tried[0] < tried[1]
        engine = linear(table.values, table.state) if is_linear else network(table.values, table.state, progress)
        names = ("score_of_linear_model_on_hidden_cells", "score_of_network_on_hidden_cells")
        engine.settings |= {name: round(score, 4) for name, score in zip(names, tried, strict=True)}
        return engine

    @classmethod
    def engine_from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Engine:
        """Rebuild a saved engine.

        Parameters
        ----------
        arrays, meta
            What ``as_arrays`` and ``as_meta`` of the engine gave.

        Returns
        -------
        Engine
            The same engine.
        """
        return ENGINES[meta["engine"]].from_parts(arrays, meta)


ENGINES: dict[str, Any] = {"masked": MaskedEngine, "linear": LinearEngine}
"""Name in a saved file -> engine."""


def impute(
    source: Frame | PathLike,
    *,
    m: int = 10,
    seed: int | None = None,
    kinds: Mapping[str, Kind] | None = None,
    missing_codes: Mapping[str, Any] | Sequence[Any] | None = None,
    not_applicable: Mapping[str, Any] | Sequence[Any] | None = None,
    impute_not_applicable: bool | Sequence[str] = False,
    leave_out: Sequence[str] = (),
    encoding: str | None = None,
    progress: Progress | None = None,
) -> Imputations:
    """Impute a survey in one line: read, guess kinds, fit, draw.

    Parameters
    ----------
    source
        pandas, polars or pyarrow frame, or path of a CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file.
    m
        Number of completed data sets, at least 1; 20 or more for published intervals.
    seed
        Where all randomness comes from; None draws one from the system and records it.
    kinds
        Kinds by column name, where the guess is wrong.
    missing_codes
        Values that stand for a missing answer, for all columns or by column name.
    not_applicable
        Values that stand for a question that did not apply, for all columns or by column name.
    impute_not_applicable
        Whether such cells are imputed too, for all columns or those named.
    leave_out
        Columns to keep as they are and out of the model.
    encoding
        Of a text file; None detects.
    progress
        Called with the stage, the work done and the most work there may be.

    Returns
    -------
    Imputations
        The m completed tables.

    Raises
    ------
    SpecError
        When an option is wrong, such as m = 0.
    DataError
        When the data cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> imp = impute(pd.DataFrame({"age": [20, 30, None, 50], "vote": ["a", "b", "a", None]}), m=2, seed=1)
    >>> len(imp)
    2
    """
    m = check_count(m)
    fitted = Midas().fit(
        source,
        seed=seed,
        kinds=kinds,
        missing_codes=missing_codes,
        not_applicable=not_applicable,
        impute_not_applicable=impute_not_applicable,
        leave_out=leave_out,
        encoding=encoding,
        progress=progress,
    )
    return fitted.impute(m=m)
