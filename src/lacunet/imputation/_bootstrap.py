"""Bootstrap, then impute: standard errors that do not lean on Rubin's rules."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lacunet._check import check_count
from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.errors import DataError, LacunetError
from lacunet.imputation._completed import CompletedFrames
from lacunet.imputation._engine_face import Fitted, draw_cells
from lacunet.pooling import BootstrapPooled, Model, check_terms, fit_formula, pool_bootstrap, read_coefficients
from lacunet.table import Table


def bootstrap_analysis(
    fitted: Fitted,
    table: Table,
    analysis: str | Callable[..., Any],
    model: Model,
    *,
    n_samples: int,
    m: int,
    seed: int,
) -> BootstrapPooled:
    """See ``Imputations.bootstrap``."""
    n_samples, m = check_count(n_samples, "n_samples", least=2), check_count(m, least=2)
    names: tuple[str, ...] = ()
    estimates: list[Floats] = []
    for b in range(n_samples):
        rows = generator(seed, "bootstrap before imputation", b).integers(0, table.n_rows, table.n_rows)
        sample = table.take(rows)
        engine = fitted.spec.fit_table(sample, seed=seed + b).engine
        frames = CompletedFrames(sample, draw_cells(engine, sample, first=0, m=m, seed=seed + b))
        try:
            theirs, answers = _answers(frames, analysis, model)
        except LacunetError as error:
            raise DataError(
                f"The analysis failed on bootstrap sample {b}: {error} A rare level is probably not in that sample: "
                "join rare levels first."
            ) from error
        if names and theirs != names:
            raise DataError(
                f"Bootstrap sample {b} has other terms than the first ({', '.join(theirs[:5])}). Rare levels are not "
                "in every sample: join them, or declare the variable as a category with fixed levels."
            )
        names = theirs
        estimates.append(answers)
    return pool_bootstrap(np.stack(estimates), names)


def _answers(
    frames: CompletedFrames, analysis: str | Callable[..., Any], model: Model
) -> tuple[tuple[str, ...], Floats]:
    """Names and coefficients of the analysis of each frame, shape ``(m, k)``."""
    if isinstance(analysis, str):
        pooled = fit_formula(frames, analysis, model)
        return pooled.terms, pooled.estimates
    read = [read_coefficients(analysis(frame)) for frame in frames]
    return check_terms([names for names, _ in read]), np.stack([estimates for _, estimates in read])
