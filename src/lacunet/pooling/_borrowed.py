"""Models that other packages fit well: linear models with fixed effects, and Cox's."""

from dataclasses import replace
from importlib import util

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError
from lacunet.pooling._design import SURVIVAL, Design, Request, check_names, make_design, parse_formula
from lacunet.pooling._read_fit import read_fit
from lacunet.pooling._repeat import Answer


def fit_fixed_effects(request: Request, frame: pd.DataFrame) -> Answer:
    """Fit ``y ~ x | state + year`` by least squares with the effects absorbed.

    pyfixest does it where it is installed, else linearmodels; the corrections for small samples are those of pyfixest
    (and R's fixest) with both: effects nested in clusters cost no degrees of freedom.
    """
    left, bar, right = request.formula.partition("|")
    effects = tuple(name.strip() for name in right.split("+"))
    if not bar or not all(effects):
        raise SpecError(
            f"The formula {request.formula!r} names no fixed effects. Write them behind a bar: "
            "'income ~ age | state + year'."
        )
    check_names(effects, frame, "The formula")
    if request.cov in ("HC0", "HC2", "HC3"):
        raise SpecError(f"cov={request.cov!r} is not offered with fixed effects. Use 'classical', 'HC1' or cluster=.")
    frame = frame.dropna(subset=list(effects)).reset_index(drop=True)
    design = make_design(replace(request, formula=left), parse_formula(left), frame, None)
    if util.find_spec("pyfixest") is not None:
        return _through_pyfixest(request, design, frame.loc[design.rows, list(effects)])
    if util.find_spec("linearmodels") is not None:
        return _through_linearmodels(request, design, frame.loc[design.rows, list(effects)])
    raise SpecError(
        "model='fixed_effects' needs pyfixest or linearmodels, and neither is installed. "
        "Say: pip install 'lacunet[models]'."
    )


def fit_cox(request: Request, frame: pd.DataFrame) -> Answer:
    """Fit ``Surv(time, event) ~ x`` by partial likelihood (Efron's ties, as R does), through statsmodels."""
    parts = SURVIVAL.match(request.formula)
    if parts is None:
        raise SpecError(
            f"The formula {request.formula!r} is not one for durations. Write time and event on the left: "
            "'Surv(months, died) ~ age'."
        )
    if request.weights is not None or request.cov not in ("classical", "cluster"):
        raise SpecError(
            "model='cox' offers the classical covariance and cluster=, and no weights. Leave the others out."
        )
    if util.find_spec("statsmodels") is None:
        raise SpecError("model='cox' needs statsmodels, which is not installed. Say: pip install 'lacunet[models]'.")
    from statsmodels.duration.hazard_regression import PHReg  # noqa: PLC0415 - optional

    time, event, right = parts.groups()
    check_names((time, event), frame, "The formula")
    frame = frame.dropna(subset=[event]).reset_index(drop=True)
    formula = f"{time} ~ {right}"
    design = make_design(replace(request, formula=formula), parse_formula(formula), frame, None)
    status = _as_event(frame.loc[design.rows, event], event)
    if (design.outcome < 0).any():
        raise DataError(f"The durations '{time}' hold negative numbers. Time since entry is needed, from 0 on.")
    fitted = PHReg(design.outcome, design.terms, status=status, ties="efron").fit(groups=design.clusters)
    n_events, k = int(status.sum()), len(design.names)
    return Answer(
        names=design.names,
        estimates=np.asarray(fitted.params),
        covariance=np.asarray(fitted.cov_params()),
        dof=float(max(n_events - k, 1)) if design.clusters is None else float(design.clusters.max()),
        n_obs=len(design.outcome),
        statistics={"log_likelihood": float(fitted.llf), "n_events": float(n_events)},
    )


def _as_event(column: pd.Series, name: str) -> Floats:
    """Whether the event came: 0/1, true/false, or the second of two levels."""
    values = column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else column
    try:
        event = values.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        event = np.full(len(values), np.nan)
    if not np.isin(event, (0.0, 1.0)).all() or not event.any():
        raise DataError(
            f"The event '{name}' is not a column of 0 (not seen to the end) and 1 (the event came) with some events "
            "in it. Recode it."
        )
    return event


def _through_pyfixest(request: Request, design: Design, effects: pd.DataFrame) -> Answer:
    import pyfixest  # noqa: PLC0415 - optional

    frame = _as_frame(design, effects)
    columns = [f"x{j}" for j in range(len(design.names))]
    if design.clusters is not None:
        vcov: str | dict[str, str] = {"CRV1": "cluster"}
    else:
        vcov = "iid" if request.cov == "classical" else "HC1"
    fitted = pyfixest.feols(
        f"y ~ {' + '.join(columns)} | {' + '.join(f'e{j}' for j in range(effects.shape[1]))}",
        frame,
        vcov=vcov,
        weights=None if design.weights is None else "weight",
        fixef_rm="none",
    )
    answer = read_fit(fitted)
    if len(answer.names) < len(columns):
        lost = [design.names[j] for j, column in enumerate(columns) if column not in answer.names]
        _raise_absorbed(lost)
    return replace(answer, names=design.names)


def _through_linearmodels(request: Request, design: Design, effects: pd.DataFrame) -> Answer:
    from linearmodels.iv.absorbing import AbsorbingLS  # noqa: PLC0415 - optional
    from linearmodels.panel.utility import AbsorbingEffectError  # noqa: PLC0415 - optional

    frame = _as_frame(design, effects)
    model = AbsorbingLS(
        frame["y"],
        frame[[f"x{j}" for j in range(len(design.names))]],
        absorb=frame[[f"e{j}" for j in range(effects.shape[1])]].astype("category"),
        weights=None if design.weights is None else frame["weight"],
    )
    try:
        if design.clusters is None:
            kind = "unadjusted" if request.cov == "classical" else "robust"
            fitted = model.fit(cov_type=kind, debiased=True)
        else:
            fitted = model.fit(cov_type="clustered", clusters=frame["cluster"], debiased=False)
    except AbsorbingEffectError:
        _raise_absorbed(list(design.names))
    answer = replace(read_fit(fitted), names=design.names)
    if design.clusters is None:
        return answer
    n_clusters, n = int(design.clusters.max()) + 1, len(design.outcome)
    spent = (
        n
        - answer.dof
        - sum(
            effects.iloc[:, j].nunique() - 1
            for j in range(effects.shape[1])
            if _is_nested(effects.iloc[:, j], design.clusters)
        )
    )
    inflation = n_clusters / (n_clusters - 1) * (n - 1) / (n - spent)
    return replace(answer, covariance=answer.covariance * inflation, dof=float(n_clusters - 1))


def _as_frame(design: Design, effects: pd.DataFrame) -> pd.DataFrame:
    """Design as columns with plain names, which no formula can misread."""
    columns: dict[str, Floats | Integers] = {"y": design.outcome}
    columns |= {f"x{j}": design.terms[:, j] for j in range(len(design.names))}
    columns |= {f"e{j}": pd.factorize(effects.iloc[:, j])[0] for j in range(effects.shape[1])}
    if design.weights is not None:
        columns["weight"] = design.weights
    if design.clusters is not None:
        columns["cluster"] = design.clusters
    return pd.DataFrame(columns)


def _is_nested(effect: pd.Series, clusters: Integers) -> bool:
    """Whether every level of the effect lies in one cluster."""
    return bool((pd.Series(clusters).groupby(effect.to_numpy()).nunique() == 1).all())


def _raise_absorbed(names: list[str]) -> None:
    raise DataError(
        f"The terms {', '.join(names)} do not vary within the fixed effects (or are combinations of others), so that "
        "their coefficients cannot be told from them. Take them out of the formula."
    )
