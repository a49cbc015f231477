"""Decide once, from a completed pilot, how each variable is regressed on the others."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np

from lacunet._layout import Variable
from lacunet._typing import Floats
from lacunet.draw._predictors import add_terms, skewness
from lacunet.solve._multinomial import fit_multinomial, probabilities, rotate
from lacunet.solve._posterior import decompose, fit_regression, log_evidence

Terms = Literal["lines", "curves", "products"]
GAINS: dict[Terms, tuple[float, ...]] = {"lines": (1.0,), "curves": (0.1, 0.3, 1.0), "products": (0.1, 0.3, 1.0)}
WORTH = 3.0
"""Log evidence by which curves or products must beat lines: the pilot's own imputations speak for what it assumed."""
MAX_TERMS = 600
"""Designs with more columns are not tried."""
PRECISIONS = (0.3, 1.0, 3.0, 10.0, 30.0)
FIRST_PRECISION = 3.0
INTERCEPT_PRECISION = 0.1
FOLDS = 5
HEAPED = 0.5
"""A number with fewer distinct values than this share of its observed cells is matched, not drawn."""
SPIKED = 0.5
"""A value held by more than this share of the observed cells is drawn apart from the rest."""
DEPARTURE = 3.3
"""z of skewness, excess or uneven spread of residuals beyond which they are not taken as normal (p = .001)."""
PLENTY = 10
"""Observed rows per column from which a regression does without shrinkage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How a variable is regressed.

    Attributes
    ----------
    terms, gain
        What the design holds beyond lines, and how freely (see `add_terms`).
    precision
        Ridge of a category's multinomial logit.
    matched
        Whether a number is filled by predictive mean matching; otherwise by a normal draw.
    spike
        Value of a number that is drawn apart (a logit of being there), the rest being matched; None where none is.
    """

    terms: Terms = "lines"
    gain: float = 1.0
    precision: float = FIRST_PRECISION
    matched: bool = True
    spike: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Self:
        """Inverse of ``as_dict``."""
        return cls(**row)


def plan_number(variable: Variable, outcome: Floats, values: Floats, linear: Floats, numbers: Floats) -> Plan:
    """Choose the terms of a number's regression by their evidence, and how its cells are filled.

    Parameters
    ----------
    variable
        Kind of the number.
    outcome, values
        Observed cells in standard units and in their own, shape (n,).
    linear, numbers
        Predictors of the same rows (see `add_terms`).
    """
    best, plan = -np.inf, Plan()
    for terms, gains in GAINS.items():
        for gain in gains:
            design = add_terms(linear, numbers, terms, gain)
            if design.shape[1] > MAX_TERMS:
                continue
            evidence = log_evidence(decompose(design, outcome)) - (0.0 if terms == "lines" else WORTH)
            if evidence > best:
                best, plan = evidence, Plan(terms=terms, gain=gain)
    heaped = len(np.unique(values)) < HEAPED * len(values) or variable.kind in {"count", "semicontinuous"}
    matched = heaped or not _is_normal(add_terms(linear, numbers, plan.terms, plan.gain), outcome)
    return Plan(terms=plan.terms, gain=plan.gain, matched=matched)


def find_spike(values: Floats) -> float | None:
    """Value held by most observed cells, if there is one, and if the others are more than a handful."""
    distinct, counts = np.unique(values, return_counts=True)
    top = int(counts.argmax())
    rest = len(values) - int(counts[top])
    return float(distinct[top]) if counts[top] > SPIKED * len(values) and len(distinct) > 2 and rest >= FOLDS else None


def _is_normal(design: Floats, outcome: Floats) -> bool:
    """Whether residuals look normal and evenly spread; rough on purpose, since n is small."""
    data = decompose(design, outcome)
    flat = is_plenty(len(outcome), design.shape[1])
    mean = data.mean + (design - data.centre) @ fit_regression(data, flat=flat)
    rest = outcome - mean
    spread, n = rest.std(), len(rest)
    if spread <= 1e-9:
        return False
    rest = (rest - rest.mean()) / spread
    uneven = float(np.corrcoef(np.abs(rest), mean)[0, 1]) * np.sqrt(n) if mean.std() > 1e-9 else 0.0
    found = skewness(rest) * np.sqrt(n / 6), (float(np.mean(rest**4)) - 3.0) * np.sqrt(n / 24), uneven
    return max(abs(z) for z in found) <= DEPARTURE


def plan_category(target: Floats, linear: Floats, *, rng: np.random.Generator) -> Plan:
    """Choose the ridge of a category's multinomial logit by cross-validated log loss.

    Parameters
    ----------
    target
        One-hot levels of the observed cells, shape (n, c).
    linear
        Predictors of the same rows, shape (n, k).
    rng
        Source of chance, for the folds.
    """
    design = rotated_design(linear, linear)[0]
    fold = rng.permutation(len(target)) % FOLDS
    best, plan = np.inf, Plan()
    for candidate in PRECISIONS:
        precision = ridge(design.shape[1], candidate)
        loss = 0.0
        for k in range(FOLDS):
            held = fold == k
            if not held.any() or held.all():
                continue
            start = np.zeros((design.shape[1], target.shape[1]))
            weights = np.ones((int((~held).sum()), 1))
            beta = fit_multinomial(design[~held], target[~held], precision=precision, weights=weights, start=start)
            loss -= float(
                np.log(np.maximum((probabilities(design[held], beta) * target[held]).sum(axis=1), 1e-9)).sum()
            )
        if loss < best:
            best, plan = loss, Plan(precision=candidate)
    return plan


def rotated_design(fitted: Floats, wanted: Floats) -> tuple[Floats, Floats, Floats]:
    """Design of the rows to fit and of the rows wanted in the former's principal directions, with a column of ones.

    Returns
    -------
    tuple
        Shapes (n, 1 + r), (q, 1 + r), and the directions, (k, r).
    """
    centre, axes = rotate(fitted)
    parts = [np.column_stack([np.ones(len(x)), (x - centre) @ axes]) for x in (fitted, wanted)]
    return parts[0], parts[1], axes


def ridge(n_columns: int, precision: float) -> Floats:
    """Prior precision of each column, a weak one for the intercept, shape (k, 1)."""
    return np.concatenate([[INTERCEPT_PRECISION], np.full(n_columns - 1, precision)])[:, None]


def is_plenty(n_rows: int, n_columns: int) -> bool:
    """Whether a regression does without shrinkage."""
    return n_rows >= PLENTY * n_columns
