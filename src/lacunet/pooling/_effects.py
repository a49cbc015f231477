"""What a model says in the unit of its outcome: predictions of rows, and average marginal effects."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, stdtrit

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.pooling._design import check_names, make_terms
from lacunet.pooling._source import Source
from lacunet.solve import combine_each, mean_gradient, predict_mean

STEP = 1e-4
"""Half the distance of the two points between which a slope is taken, as a share of the variable's range."""
RESPONSES: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "ols": (lambda eta: eta, np.ones_like),
    "logit": (expit, lambda eta: expit(eta) * expit(-eta)),
    "probit": (ndtr, lambda eta: np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)),
    "poisson": (np.exp, np.exp),
    "negbin": (np.exp, np.exp),
}
"""From the linear predictor to the mean and its slope, for models that have one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contrast:
    """Two values that a variable is given in all rows, and what their difference is divided by.

    Attributes
    ----------
    name
        Name of the effect.
    variable
        The variable.
    low, high
        Its two values; what is added to it where the effect is a slope.
    is_slope
        Whether the variable is moved a little rather than set.
    """

    name: str
    variable: str
    low: object
    high: object
    is_slope: bool = False

    @property
    def distance(self) -> float:
        """What the difference is divided by: 1 for levels."""
        return float(self.high) - float(self.low) if self.is_slope else 1.0  # type: ignore[arg-type]

    def give(self, frame: pd.DataFrame, value: object) -> pd.DataFrame:
        """The frame with one of the two values in all rows."""
        column = frame[self.variable]
        if self.is_slope:
            return frame.assign(**{self.variable: column + value})
        return frame.assign(**{self.variable: pd.Series(value, index=frame.index, dtype=column.dtype)})


def list_contrasts(source: Source, variables: Sequence[str] | None) -> list[Contrast]:
    """Effects of the variables on the right side: a slope for a number, a difference from the first level otherwise.

    Levels and the step of a slope come from the first completed frame and hold for all.
    """
    frame = next(source.frames())
    known = sorted(map(str, source.parsed.rhs.required_variables))
    if variables is not None:
        check_names(variables, frame, "effects()")
        foreign = [name for name in variables if name not in known]
        if foreign:
            raise SpecError(
                f"effects() names '{foreign[0]}', which is not in the formula. Its variables are: {', '.join(known)}."
            )
    return [
        contrast
        for name in (known if variables is None else variables)
        if name in frame.columns
        for contrast in _contrasts_of(name, frame.loc[source.first.rows, name], source)
    ]


def _contrasts_of(name: str, column: pd.Series, source: Source) -> Iterator[Contrast]:
    if _is_level(name, column, source):
        levels = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else np.unique(column)
        levels = [level for level in levels if (column == level).any()]
        for level in levels[1:]:
            yield Contrast(name=f"{name}: {level} - {levels[0]}", variable=name, low=levels[0], high=level)
        return
    step = STEP * (float(column.max() - column.min()) or 1.0)
    yield Contrast(name=name, variable=name, low=-step, high=step, is_slope=True)


def _is_level(name: str, column: pd.Series, source: Source) -> bool:
    """Whether the model takes a variable as a category: text, categories, true/false, 0/1, or wrapped in ``C()``."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return True
    marked = re.compile(rf"\bC\(\s*{re.escape(name)}\s*[,)]")
    return any(marked.search(str(term)) for term in source.parsed.rhs) or bool(column.isin([0, 1]).all())


def average_effects(
    source: Source, estimates: Floats, covariances: Floats, variables: Sequence[str] | None
) -> tuple[list[str], Floats, Floats]:
    r"""Average marginal effects in every completed data set, with covariances by the delta method.

    .. math:: \hat\tau = \frac1n \sum_i \frac{\mu(x_i^{+}, \hat\theta) - \mu(x_i^{-}, \hat\theta)}{\delta}, \quad
              Var(\hat\tau) = J V J', \quad J = \partial \hat\tau / \partial \theta

    Returns
    -------
    tuple
        Names, effects of shape ``(m, q)`` and covariances ``(m, q, q)``.
    """
    contrasts = list_contrasts(source, variables)
    levels = source.first.levels
    names = [
        f"{level}: {contrast.name}" if levels else contrast.name for contrast in contrasts for level in levels or ("",)
    ]
    effects, spreads = [], []
    for frame, theta, covariance in zip(source.frames(), estimates, covariances, strict=True):
        parts = [_effect(source, frame, contrast, theta) for contrast in contrasts]
        jacobian = np.concatenate([part[1] for part in parts])
        effects.append(np.concatenate([part[0] for part in parts]))
        spreads.append(jacobian @ covariance @ jacobian.T)
    return names, np.stack(effects), np.stack(spreads)


def _effect(source: Source, frame: pd.DataFrame, contrast: Contrast, theta: Floats) -> tuple[Floats, Floats]:
    """One contrast: its average over rows, shape ``(1,)`` or one per level, and the gradient of that."""
    sides = []
    for value in (contrast.high, contrast.low):
        design = source.design(contrast.give(frame, value))
        mean = np.atleast_2d(predict_mean(source.request.model, design.terms, theta).T)
        sides.append(
            (
                np.average(mean, axis=1, weights=design.weights),
                mean_gradient(source.request.model, design.terms, theta, weights=design.weights),
            )
        )
    (high, high_slope), (low, low_slope) = sides
    return (high - low) / contrast.distance, (high_slope - low_slope) / contrast.distance


def predict_rows(
    source: Source, frame: pd.DataFrame | None, estimates: Floats, covariances: Floats, dof: float, level: float
) -> pd.DataFrame:
    """Pooled predictions of the rows of one frame, or of every row of the completed data.

    Models with one linear predictor are pooled on its scale, where estimates are nearest to normal, and carried over
    to the outcome; standard errors are those of the outcome (delta method). Probabilities of levels are pooled as they
    are, and their intervals kept within 0 and 1.
    """
    is_index = source.request.model in RESPONSES
    model, read = source.request.model, _read_index if is_index else _read_shares
    if frame is None:
        parts = [(design.terms, design.rows) for design in source.designs()]
    else:
        parts = [make_terms(source.first, frame)] * len(estimates)
    rows = parts[0][1]
    if any(not np.array_equal(part[1], rows) for part in parts):
        raise SpecError(
            "Other rows can be predicted in one completed data set than in another, since a variable of the formula "
            "is empty in some. Hand over a frame with the rows wanted: predict(frame)."
        )
    sides = [read(model, part[0], q, u) for part, q, u in zip(parts, estimates, covariances, strict=True)]
    centre, variance, nu = combine_each(np.stack([s[0] for s in sides]), np.stack([s[1] for s in sides]), dof)
    error = np.sqrt(variance)
    half = stdtrit(nu, 0.5 + level / 2) * error
    low, high = centre - half, centre + half
    if not is_index:
        n_levels = len(source.first.levels)
        return pd.DataFrame(
            {
                "row": np.repeat(rows, n_levels),
                "level": np.tile(np.array(source.first.levels, dtype=object), len(rows)),
                "estimate": centre,
                "std_error": error,
                "conf_low": np.maximum(low, 0.0),
                "conf_high": np.minimum(high, 1.0),
            }
        )
    respond, slope = RESPONSES[model]
    return pd.DataFrame(
        {
            "row": rows,
            "estimate": respond(centre),
            "std_error": slope(centre) * error,
            "conf_low": respond(low),
            "conf_high": respond(high),
        }
    )


def _read_index(model: str, terms: Floats, theta: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Linear predictor of each row and its variance."""
    k = terms.shape[1]
    return terms @ theta[:k], ((terms @ covariance[:k, :k]) * terms).sum(axis=1)


def _read_shares(model: str, terms: Floats, theta: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Probability of each level in each row and its variance, row by row."""
    shares = predict_mean(model, terms, theta)
    slopes = np.stack([mean_gradient(model, row[None], theta) for row in terms])
    return shares.ravel(), np.einsum("njk,kl,njl->nj", slopes, covariance, slopes, optimize=True).ravel()
