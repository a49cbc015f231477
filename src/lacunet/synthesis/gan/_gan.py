"""The generative adversarial network: its specification, for tables and for plain arrays of numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lacunet._check import check_count, check_number, check_seed
from lacunet._layout import Kind
from lacunet._rng import draw_seed
from lacunet._typing import Frame, PathLike
from lacunet.errors import SpecError
from lacunet.net._adversary import find_adversary
from lacunet.synthesis._fitted import FittedSynthesizer
from lacunet.synthesis._prepare import prepare
from lacunet.synthesis.gan._array import FittedArrayGan, choose_array_settings, fit_array
from lacunet.synthesis.gan._fit import choose_settings, fit_gan
from lacunet.train._stopping import Progress


class FittedGan(FittedSynthesizer):
    """A trained generator and discriminator; made by ``Gan.fit``, never by hand. See `FittedSynthesizer`."""


@dataclass(frozen=True, kw_only=True)
class Gan:
    r"""Synthetic data from two players: a generator makes rows, a discriminator tells them from real ones.

    Of a table, a row is drawn in K stages. Columns of a stage are drawn at once, given the stages before and noise, by
    the imputer's masked network; levels are hard choices whose slopes pass straight through to it. The network first
    learns by likelihood, and then from the discriminator, while likelihood and the moments of all pairs of columns hold
    it in place. Rows held out say when to stop and which finish helps: no loss curve has to be read. Use it to show how
    the game works, and where dependence that likelihood leaves out shows; for release, compare with `Sequential`, which
    is simpler and as a rule closer to the data. It gives no formal guarantee of privacy: judge what it makes.

    .. math::

        p(x) = \int \prod_{k=1}^{K} \prod_{j \in S_k} p(x_j \mid x_{S_1}, \ldots, x_{S_{k-1}}, \xi_k) \, dN(\xi)

    Of a plain array of numbers, the rows (pictures, for instance) come from noise alone, through a residual network.

    Parameters
    ----------
    loss
        "relativistic" (R3GAN); for teaching "wasserstein" (WGAN-GP), "minimax" (the first GAN) and "saturating".
    gamma
        Weight of the penalties on the discriminator's slopes; None chooses.
    stages
        K. 1 draws all columns at once; as many as columns draws one after the other. None chooses.
    warm_start
        Whether the generator learns by likelihood first, and is held by it later; without, all it knows comes from the
        game (the classic GAN with ``stages=1``). Tables only.
    pairs
        Weight of the squared error of the moments of all pairs of columns; None chooses. Tables only.
    candidates
        Rows drawn for each one that is kept, by the odds of being real that the discriminator gives; kept only if the
        rows held out approve. 1 keeps all. Tables only.
    hidden
        Units of each block of the generator; None chooses.
    rate
        Learning rate of the generator in the game; None chooses.
    steps
        Most steps of the game; None chooses.

    Raises
    ------
    SpecError
        When an option is out of its range.

    References
    ----------
    Goodfellow, I., J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair, A. Courville, and Y. Bengio. 2014.
    Generative adversarial nets. NeurIPS.
    Huang, Y., A. Gokaslan, V. Kuleshov, and J. Tompkin. 2024. The GAN is dead; long live the GAN! A modern GAN
    baseline. NeurIPS.
    Xu, L., M. Skoularidou, A. Cuesta-Infante, and K. Veeramachaneni. 2019. Modeling tabular data using conditional GAN.
    NeurIPS.
    Li, J., Z. Zhao, K. Yee, U. Javaid, and B. Sikdar. 2024. TAEGAN: Generating synthetic tabular data for data
    augmentation. arXiv:2410.01933.
    Differs: rows are drawn in stages, without a condition vector; likelihood and pairwise moments stay in the loss;
    weights are chosen by rows held out, and so are a linear skip and a choice by the discriminator at the end.

    Examples
    --------
    >>> Gan(loss="minimax", stages=1, warm_start=False).loss
    'minimax'
    """

    loss: str = "relativistic"
    gamma: float | None = None
    stages: int | None = None
    warm_start: bool = True
    pairs: float | None = None
    candidates: int | None = None
    hidden: tuple[int, ...] | None = None
    rate: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        """Check every option once."""
        find_adversary(self.loss, gamma=1.0)
        if self.hidden is not None:
            object.__setattr__(self, "hidden", tuple(check_count(k, "hidden units") for k in self.hidden))
        for name, low, high in (("gamma", 0, 1e6), ("pairs", 0, 1e6), ("rate", 1e-8, 1)):
            if getattr(self, name) is not None:
                check_number(getattr(self, name), name, low, high)
        for name in ("stages", "candidates", "steps"):
            if getattr(self, name) is not None:
                check_count(getattr(self, name), name)
        if not isinstance(self.warm_start, bool):
            raise SpecError(f"warm_start={self.warm_start!r} is neither True nor False. Give one of them.")

    @property
    def works(self) -> tuple[str, ...]:
        """Works to cite."""
        return (
            "Goodfellow, I., J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair, A. Courville, and Y. "
            "Bengio. 2014. Generative adversarial nets. NeurIPS.",
            "Huang, Y., A. Gokaslan, V. Kuleshov, and J. Tompkin. 2024. The GAN is dead; long live the GAN! A modern "
            "GAN baseline. NeurIPS.",
        )

    def fit(
        self,
        frame: Frame | PathLike | np.ndarray,
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
    ) -> Any:
        """Train on a frame, a file, or an array of numbers.

        Parameters
        ----------
        frame
            pandas, polars or pyarrow frame, or path of a CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file. Or an
            array, (n, p) or of more dimensions (n pictures), of finite numbers; columns of like spread are taken to
            share a unit. The options below but seed and progress are for tables.
        seed
            Where all randomness comes from; None draws one from the system and records it.
        constraints
            What must be true of every row, such as ``"start <= end"`` or ``"total == wage + other"``.
        weights, strata, clusters
            Columns of the survey's design. Synthetic rows then stand for the population as a simple random sample
            does, and these columns are left empty.
        kinds, missing_codes, not_applicable, leave_out, encoding
            See `lacunet.read_table`.
        progress
            Called with the stage, the work done and the most work there may be.

        Returns
        -------
        FittedGan or FittedArrayGan
            Ready to make rows.

        Raises
        ------
        DataError
            When the data cannot be used.
        SpecError
            When constraints contradict each other.
        TrainingError
            When the game collapses however slowly it is played.
        """
        if isinstance(frame, np.ndarray):
            _refuse_options(constraints, weights, strata, clusters, kinds, missing_codes, not_applicable, leave_out)
            return self._fit_array(frame, seed, progress)
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
        engine = fit_gan(
            prepared.source,
            prepared.layout,
            choose_settings(prepared.n_rows, **self._settings()),
            weight=prepared.design.weights,
            seed=prepared.seed,
            progress=progress,
        )
        fields = prepared.as_fields(engine.coding)
        return FittedGan(spec=self, engine=engine, **(fields | {"notes": (*fields["notes"], *engine.notes)}))

    def _settings(self) -> dict[str, Any]:
        given = asdict(self)
        is_warm = given.pop("warm_start")
        return given | {
            "n_candidates": given.pop("candidates"),
            **({} if is_warm else {"warm_chunks": 0, "likelihood": 0.0, "skip": False}),
        }

    def _fit_array(self, rows: np.ndarray, seed: int | None, progress: Progress | None) -> FittedArrayGan:
        seed = draw_seed() if seed is None else check_seed(seed)
        settings = choose_array_settings(
            loss=self.loss, gamma=self.gamma, hidden=self.hidden, rate=self.rate, steps=self.steps
        )
        return fit_array(rows, settings, spec=self, seed=seed, say=progress or (lambda stage, done, total: None))


def _refuse_options(*options: Any) -> None:
    """An array has no columns to name."""
    if any(option not in (None, ()) and len(option) for option in options):
        raise SpecError(
            "The data are an array, and an option names columns or codes. Columns with names are needed for that. Hand "
            "over a frame, or leave constraints, weights, strata, clusters, kinds, codes and leave_out out."
        )
