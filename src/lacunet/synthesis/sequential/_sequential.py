"""The sequential sampler: rows drawn from nothing, variable by variable."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lacunet._check import check_count, check_number
from lacunet._layout import Kind
from lacunet._typing import Frame, PathLike
from lacunet.errors import SpecError
from lacunet.synthesis._fitted import FittedSynthesizer
from lacunet.synthesis._prepare import prepare
from lacunet.synthesis.privacy._fit import PRIVATE_WORKS, Wanted, fit_private, refuse_design
from lacunet.synthesis.privacy._privacy import Privacy
from lacunet.synthesis.sequential._fit import choose_settings, fit_sequential
from lacunet.train._stopping import Progress


class FittedSequential(FittedSynthesizer):
    """A trained sequential sampler; made by ``Sequential.fit``, never by hand. See `FittedSynthesizer`."""


@dataclass(frozen=True, kw_only=True)
class Sequential:
    r"""Synthetic data drawn variable by variable from a masked network.

    The imputer's network, asked for whole rows: each variable is drawn given those already drawn, as a full
    distribution. After training, a linear skip from facts about the row (places, squares, products, indicators) to the
    scores of every level is solved for exactly, so that the averages, main effects and interactions that regressions
    rest on are those of the data. Use it when the synthetic data must carry an analysis; it is closer to the data than
    a GAN, and quicker. Without ``privacy`` it gives no formal guarantee: judge what it makes with `lacunet.judge`.

    With columns in the order of the file, a row is drawn from

    .. math:: p(x) = \prod_j p(x_j \mid x_1, \ldots, x_{j-1}).

    Reasons for missing values are drawn like values, each its own. A column that another decides is reckoned from it,
    and a number that often equals another may be drawn to equal it. Values of numbers that fewer than three rows hold
    are never repeated: a number near them is drawn.

    Parameters
    ----------
    hidden
        Units of each hidden block; the first is also the width of the network. None chooses by the number of rows.
    dropout
        Probability that training drops a hidden unit; None chooses.
    weight_decay
        Decoupled decay of the weights, per unit of learning rate; None chooses.
    learning_rate
        Largest step size of AdamW.
    n_levels
        Levels into which a number with many values is cut (within a level it is drawn continuously); None chooses.
    max_steps
        Most steps of training before the finish; the held-out loss mostly stops it sooner. None chooses.
    privacy
        A budget of differential privacy. Rows are then drawn from noisy tables and not from a network, everything of
        a column is declared or paid for, and no real row is kept (see `Privacy`). None gives no formal guarantee.

    Raises
    ------
    SpecError
        When an option is out of its range.

    References
    ----------
    Raghunathan, T. E., J. P. Reiter, and D. B. Rubin. 2003. Multiple imputation for statistical disclosure limitation.
    Journal of Official Statistics 19(1): 1-16.
    Uria, B., I. Murray, and H. Larochelle. 2014. A deep and tractable density estimator. ICML.
    Nowok, B., G. M. Raab, and C. Dibben. 2016. synthpop: bespoke creation of synthetic data in R. Journal of
    Statistical Software 74(11).
    Differs: one network for all variables, where synthpop grows a tree for each; the linear skip is ours.

    Examples
    --------
    >>> Sequential(hidden=(64, 64)).hidden
    (64, 64)
    """

    hidden: tuple[int, ...] | None = None
    dropout: float | None = None
    weight_decay: float | None = None
    learning_rate: float | None = None
    n_levels: int | None = None
    max_steps: int | None = None
    privacy: Privacy | None = None

    def __post_init__(self) -> None:
        """Check every option once."""
        if self.hidden is not None:
            object.__setattr__(self, "hidden", tuple(check_count(k, "hidden units") for k in self.hidden))
        for name, low, high in (("dropout", 0, 0.95), ("weight_decay", 0, 100), ("learning_rate", 1e-7, 1)):
            if getattr(self, name) is not None:
                check_number(getattr(self, name), name, low, high)
        for name, least in (("n_levels", 2), ("max_steps", 1)):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), name, least)
        if self.privacy is not None:
            self._check_private()

    def _check_private(self) -> None:
        """Refuse what only a network has."""
        if not isinstance(self.privacy, Privacy):
            raise SpecError(
                f"privacy={self.privacy!r} is no budget. An ln.Privacy is needed: privacy=ln.Privacy(epsilon=1.0)."
            )
        network = ("hidden", "dropout", "weight_decay", "learning_rate", "max_steps")
        given = [name for name in network if getattr(self, name) is not None]
        if given:
            raise SpecError(
                f"{given[0]} is an option of the network, and with privacy= rows come from noisy tables. Leave it out."
            )

    @property
    def works(self) -> tuple[str, ...]:
        """Works to cite."""
        if self.privacy is not None:
            return PRIVATE_WORKS
        return (
            "Raghunathan, T. E., J. P. Reiter, and D. B. Rubin. 2003. Multiple imputation for statistical disclosure "
            "limitation. Journal of Official Statistics 19(1): 1-16.",
            "Uria, B., I. Murray, and H. Larochelle. 2014. A deep and tractable density estimator. ICML.",
        )

    def fit(
        self,
        frame: Frame | PathLike,
        *,
        seed: int | None = None,
        constraints: str | Sequence[str] = (),
        weights: str | None = None,
        strata: str | None = None,
        clusters: str | None = None,
        kinds: Mapping[str, Kind] | None = None,
        missing_codes: Mapping[str, Any] | Sequence[Any] | None = None,
        not_applicable: Mapping[str, Any] | Sequence[Any] | None = None,
        leave_out: Sequence[str] = (),
        encoding: str | None = None,
        progress: Progress | None = None,
    ) -> FittedSequential:
        """Train on a frame or a file.

        Parameters
        ----------
        frame
            pandas, polars or pyarrow frame, or path of a CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file.
        seed
            Where all randomness comes from; None draws one from the system and records it.
        constraints
            What must be true of every row, such as ``"start <= end"`` or ``"total == wage + other"``.
        weights, strata, clusters
            Columns of the survey's design. Synthetic rows then stand for the population as a simple random sample
            does, and these columns are left empty. Refused with ``privacy``.
        kinds, missing_codes, not_applicable, leave_out, encoding
            See `lacunet.read_table`.
        progress
            Called with the stage, the work done and the most work there may be.

        Returns
        -------
        FittedSequential
            Ready to make rows.

        Raises
        ------
        DataError
            When the data cannot be used.
        SpecError
            When constraints contradict each other; with ``privacy``, when nothing is said of a column.
        """
        if self.privacy is not None:
            refuse_design(weights, strata, clusters)
            wanted = Wanted(
                seed=seed,
                constraints=constraints,
                kinds=kinds,
                missing_codes=missing_codes,
                not_applicable=not_applicable,
                leave_out=leave_out,
                encoding=encoding,
                n_levels=self.n_levels,
            )
            return FittedSequential(spec=self, **fit_private(frame, self.privacy, wanted))
        prepared = prepare(
            frame,
            seed=seed,
            constraints=constraints,
            design=(weights, strata, clusters),
            kinds=kinds,
            missing_codes=missing_codes,
            not_applicable=not_applicable,
            leave_out=leave_out,
            encoding=encoding,
        )
        options = {name: value for name, value in asdict(self).items() if name != "privacy"}
        settings = choose_settings(prepared.n_rows, **options)
        engine = fit_sequential(
            prepared.source,
            prepared.layout,
            settings,
            weight=prepared.design.weights,
            seed=prepared.seed,
            progress=progress,
        )
        return FittedSequential(spec=self, engine=engine, **prepared.as_fields(engine.coding))
