"""What is estimated under repeated sampling, and Rubin's rules, written apart from the package's own."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import t

Floats = NDArray[np.float64]
Term = str | tuple[str, tuple[str, ...]]
COMMON = 0.05
N_STEPS = 30


@dataclass(frozen=True)
class Model:
    """A regression: "ols" or "logit"; a term is a number, or (category, levels) for the indicator of the levels."""

    name: str
    kind: str
    outcome: Term
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Estimates:
    """Named estimates with their variances and complete-data degrees of freedom."""

    names: tuple[str, ...]
    values: Floats
    variances: Floats
    dof: Floats


ADULT_MODELS = (
    Model("hours", "ols", "hours_per_week", ("age", "education_num", ("sex", ("Female",)))),
    Model(
        "rich",
        "logit",
        ("class_labels", (">50K",)),
        ("age", "education_num", "hours_per_week", ("sex", ("Female",)), ("marital_status", ("Married-civ-spouse",))),
    ),
)
NIST_MODELS = (
    Model("poverty", "ols", "POVPIP", ("AGEP", ("SEX", ("2",)), ("MSP", ("1",)), ("EDU", ("10", "11", "12")))),
    Model("owner", "logit", ("OWN_RENT", ("1",)), ("AGEP", "POVPIP", ("MSP", ("1",)), ("RAC1P", ("1",)))),
)
MODELS = {"adult": ADULT_MODELS, "nist": NIST_MODELS}


def estimate_all(
    frame: pd.DataFrame,
    shares: list[tuple[str, str]],
    models: tuple[Model, ...],
    means: tuple[str, ...] | None = None,
) -> Estimates:
    """Means of the numbers (all, unless some are named), proportions of the given levels, coefficients of the models.

    Where cells are missing, each estimate is of the rows that have what it needs: listwise deletion, as software does.
    """
    names, values, variances, dof = [], [], [], []
    for name in frame.select_dtypes("number") if means is None else means:
        cells = frame[name].dropna().to_numpy()
        names.append(f"mean {name}")
        values.append(cells.mean())
        variances.append(cells.var(ddof=1) / len(cells))
        dof.append(len(cells) - 1.0)
    for name, level in shares:
        cells = frame[name].dropna()
        share = float((cells == level).mean())
        names.append(f"share {name}={level}")
        values.append(share)
        variances.append(share * (1 - share) / (len(cells) - 1))
        dof.append(len(cells) - 1.0)
    for model in models:
        used = frame[[_named(term) for term in (model.outcome, *model.terms)]].dropna()
        beta, variance = _fit(model, used)
        names += [f"coef {model.name} {_label(term)}".replace("  ", " ") for term in model.terms]
        values += list(beta[1:])
        variances += list(variance[1:])
        dof += [len(used) - float(len(beta))] * len(model.terms)
    return Estimates(tuple(names), np.array(values), np.array(variances), np.array(dof))


def common_levels(population: pd.DataFrame) -> list[tuple[str, str]]:
    """Levels with a share between 5 and 95 %, the first of a two-level category left out."""
    chosen = []
    for name in population.select_dtypes("category"):
        share = population[name].value_counts(normalize=True)
        levels = [level for level in population[name].cat.categories if COMMON <= share[level] <= 1 - COMMON]
        chosen += [(name, level) for level in (levels[1:] if len(share) == 2 else levels)]
    return chosen


def pool(fits: list[Estimates], level: float = 0.95) -> tuple[Floats, Floats]:
    """Rubin's rules with Barnard and Rubin's degrees of freedom: estimates and half-widths of intervals."""
    m = len(fits)
    values = np.stack([fit.values for fit in fits])
    within = np.mean([fit.variances for fit in fits], axis=0)
    dof_complete = fits[0].dof
    if m == 1:
        return values[0], t.ppf(0.5 + level / 2, dof_complete) * np.sqrt(within)
    between = values.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, (1 + 1 / m) * between / total, 0.0)
        dof_old = (m - 1) / share**2
        dof_observed = (dof_complete + 1) / (dof_complete + 3) * dof_complete * (1 - share)
        dof = 1 / (1 / dof_old + 1 / dof_observed)
    return values.mean(axis=0), t.ppf(0.5 + level / 2, np.maximum(dof, 1e-3)) * np.sqrt(total)


def _named(term: Term) -> str:
    return term if isinstance(term, str) else term[0]


def _label(term: Term) -> str:
    return term if isinstance(term, str) else f"{term[0]}={'|'.join(term[1])}"


def _column(frame: pd.DataFrame, term: Term) -> Floats:
    if isinstance(term, str):
        return frame[term].to_numpy(dtype=float)
    return frame[term[0]].isin(term[1]).to_numpy(dtype=float)


def _fit(model: Model, frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Coefficients and HC1 variances: no line is true of a real table, so the classical ones would be wrong."""
    y = _column(frame, model.outcome)
    x = np.column_stack([np.ones(len(y)), *(_column(frame, term) for term in model.terms)])
    beta, fitted, weight = _estimate(model.kind, y, x)
    bread = np.linalg.pinv((x * weight[:, None]).T @ x)
    scores = x * (y - fitted)[:, None]
    sandwich = bread @ (scores.T @ scores) @ bread
    return beta, np.diag(sandwich) * len(y) / (len(y) - x.shape[1])


def _estimate(kind: str, y: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients, fitted means and the weights of the information matrix."""
    if kind == "ols":
        beta = np.linalg.lstsq(x, y, rcond=None)[0]
        return beta, x @ beta, np.ones(len(y))
    beta = logit(y, x)
    p = expit(x @ beta)
    return beta, p, p * (1 - p)


def ols(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Least squares: coefficients and their variances."""
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ (x.T @ y)
    return beta, np.diag(inverse) * ((y - x @ beta) ** 2).sum() / (len(y) - x.shape[1])


def logit(y: Floats, x: Floats) -> Floats:
    """Logistic regression by Newton's method, on columns scaled to unit spread."""
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    z = x / scale
    beta = np.zeros(x.shape[1])
    for _ in range(N_STEPS):
        p = expit(z @ beta)
        step = np.linalg.lstsq((z * (p * (1 - p))[:, None]).T @ z, z.T @ (y - p), rcond=None)[0]
        beta += np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-10:
            break
    return beta / scale
