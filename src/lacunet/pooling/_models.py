"""The models that a formula can be fitted with, and what each asks of its outcome."""

from dataclasses import dataclass
from typing import Literal

from lacunet.errors import SpecError

Model = Literal["ols", "logit", "probit", "poisson", "negbin", "ordered", "multinomial", "fixed_effects", "cox"]
Outcome = Literal["number", "two levels", "count", "levels", "time"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What is known of a model by its name.

    Attributes
    ----------
    label
        Its name in a table.
    outcome
        What the left side of the formula must be.
    has_intercept
        Whether the constant belongs among the terms (cut points, fixed effects and baseline hazards take its place).
    is_own
        Whether lacunet solves it itself, so that likelihoods and predictions are at hand.
    """

    label: str
    outcome: Outcome
    has_intercept: bool = True
    is_own: bool = True


KINDS: dict[str, Kind] = {
    "ols": Kind(label="OLS", outcome="number"),
    "logit": Kind(label="Logit", outcome="two levels"),
    "probit": Kind(label="Probit", outcome="two levels"),
    "poisson": Kind(label="Poisson", outcome="count"),
    "negbin": Kind(label="Negative binomial", outcome="count"),
    "ordered": Kind(label="Ordered logit", outcome="levels", has_intercept=False),
    "multinomial": Kind(label="Multinomial logit", outcome="levels"),
    "fixed_effects": Kind(label="Fixed effects", outcome="number", has_intercept=False, is_own=False),
    "cox": Kind(label="Cox", outcome="time", has_intercept=False, is_own=False),
}


def kind_of(model: str) -> Kind:
    """Look a model up, or say which there are."""
    if model not in KINDS:
        raise SpecError(f"model={model!r} is not known here. Use one of: {', '.join(KINDS)}.")
    return KINDS[model]
