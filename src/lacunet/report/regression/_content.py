"""What a regression table says, as plain data: names, arrays, and how the reader wants them set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import SpecError

Show = Literal["std_error", "interval", "statistic", "p", "df", "fmi"]
SHOWN = ("std_error", "interval", "statistic", "p", "df", "fmi")
LAYOUTS = ("stacked", "wide")
PLACES = ("model", "first", "last")
USUAL_STARS = (0.05, 0.01, 0.001)
MOST_DIGITS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelColumn:
    """One fitted model, as a column of the table.

    Attributes
    ----------
    terms
        Names of the k coefficients as the formula made them, ``"C(educ)[T.High school]"``; unique within a group.
    estimates, std_errors, statistics, p_values, conf_low, conf_high, fmi, df
        Shape ``(k,)``: pooled coefficients on the scale of the model, their standard errors, estimate over standard
        error, two-sided p-values, bounds of the interval, fraction of missing information and degrees of freedom.
        What was not computed is nan.
    groups
        For each coefficient the sub-heading it stands under ("" for none): cut points, or the level of a multinomial
        outcome. Empty when no coefficient has one.
    auxiliary
        For each coefficient whether it is no effect (cut point, ln(alpha)): it is never exponentiated and has no stars.
        Empty when none is.
    title, outcome, model_label
        Heading of the column ("(1)", "(2)" ... when empty), its outcome, and the model in words ("OLS").
    rows
        What stands below the coefficients: name to number, text, or None for blank. Whole numbers stay whole.
    m
        Number of imputations pooled; None where nothing was pooled.
    covariance
        How the covariance was estimated within each completed data set: "classical", "HC1", "clustered by school".
    exponentiate
        Whether to show exp(estimate) with exp of its interval; standard errors by the delta method, exp(b) se(b).
        Statistic and p-value remain those of b = 0.
    ratio
        What an exponentiated coefficient is called in the notes: "odds ratios".
    note
        One more sentence about this model, or "".
    """

    terms: tuple[str, ...]
    estimates: Floats
    std_errors: Floats
    statistics: Floats
    p_values: Floats
    conf_low: Floats
    conf_high: Floats
    fmi: Floats
    df: Floats
    groups: tuple[str, ...] = ()
    auxiliary: tuple[bool, ...] = ()
    title: str = ""
    outcome: str = ""
    model_label: str = ""
    rows: Mapping[str, float | int | str | None] = field(default_factory=dict)
    m: int | None = None
    covariance: str = ""
    exponentiate: bool = False
    ratio: str = "exponentiated coefficients"
    note: str = ""

    def __post_init__(self) -> None:
        """Check that there is one number and one name for each coefficient."""
        k = len(self.terms)
        for name in ("estimates", "std_errors", "statistics", "p_values", "conf_low", "conf_high", "fmi", "df"):
            shape = np.shape(getattr(self, name))
            if shape != (k,):
                raise SpecError(f"{name} has shape {shape} for {k} terms. Give one number per term, nan where unknown.")
        for name in ("groups", "auxiliary"):
            if len(getattr(self, name)) not in {0, k}:
                raise SpecError(f"{name} has {len(getattr(self, name))} entries for {k} terms. Give one each, or none.")
        if len(set(self.places)) != k:
            twice = next(place for place in self.places if self.places.count(place) > 1)
            raise SpecError(
                f"The term {twice[1]!r} occurs twice. A row needs one term. Name them apart, or use groups."
            )

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Sub-heading and name of each coefficient."""
        return tuple(zip(self.groups or ("",) * len(self.terms), self.terms, strict=True))


@dataclass(frozen=True, kw_only=True, eq=False)
class RegressionTable:
    """One or several models side by side, and how to print them.

    Attributes
    ----------
    columns
        The models, left to right. Rows are the union of their terms in order of first appearance.
    title
        Caption, without "Table 1".
    anchor
        Name for references to the table ("tab:income"): LaTeX's label and HTML's id. None when "".
    notes
        Sentences to add below the table.
    labels
        Term, or variable within a term, to what the reader shall see: ``{"educ": "Education"}`` makes
        ``C(educ)[T.High]`` read "Education: High".
    layout
        "stacked": one column per model, uncertainty below each estimate. "wide": one model, one row per term,
        each quantity in a column of its own.
    show
        What to show beside the estimate: "std_error", "interval", "statistic", "p", "df", "fmi". None: standard errors
        when stacked; standard error, interval, p-value and fraction of missing information (if known) when wide.
    stars
        Thresholds of the p-value. None: .05, .01 and .001, as most journals of the field expect, and none where
        p-values are shown, since stars then repeat them. ``()`` switches them off, as the American Statistical
        Association's statement on p-values suggests.
    digits
        Decimals. An estimate gets more where its standard error would show fewer than two digits, and fewer where
        the standard error is 10 or above.
    level
        Coverage of the intervals in ``columns``, for the heading; a probability.
    intercept
        Where the constant stands: "model" (as the model has it), "first", "last".
    largest_fmi
        Whether a row below says the largest fraction of missing information of each model.

    References
    ----------
    Wasserstein, R. L., and N. A. Lazar. 2016. The ASA statement on p-values. The American Statistician 70(2): 129-133.
    """

    columns: tuple[ModelColumn, ...]
    title: str = ""
    anchor: str = ""
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    layout: Literal["stacked", "wide"] = "stacked"
    show: tuple[Show, ...] | None = None
    stars: tuple[float, ...] | None = None
    digits: int = 3
    level: float = 0.95
    intercept: Literal["model", "first", "last"] = "model"
    largest_fmi: bool = False

    def __post_init__(self) -> None:
        """Check what the user chose."""
        if not self.columns:
            raise SpecError("There is no model to show. A table needs one or more. Fit one first.")
        self._check_words()
        if not 0 < self.level < 1:
            raise SpecError(f"level={self.level!r} is not a probability between 0 and 1. Write 0.95 for 95 %.")
        if not 0 <= self.digits <= MOST_DIGITS:
            raise SpecError(f"digits={self.digits!r} cannot be shown. Use a whole number from 0 to {MOST_DIGITS}.")
        if self.stars is not None and not all(0 < threshold < 1 for threshold in self.stars):
            raise SpecError(
                f"stars={self.stars!r} holds something that is no p-value. Thresholds lie between 0 and 1. "
                "Write (0.05, 0.01, 0.001), or () for none."
            )
        if self.layout == "wide" and len(self.columns) > 1:
            raise SpecError(
                f"layout='wide' was asked for {len(self.columns)} models. It has room for one. "
                "Use layout='stacked', or make one table per model."
            )

    def _check_words(self) -> None:
        """Refuse words that mean nothing here."""
        for name, given, known in (
            ("layout", (self.layout,), LAYOUTS),
            ("intercept", (self.intercept,), PLACES),
            ("show", self.show or (), SHOWN),
        ):
            unknown = [word for word in given if word not in known]
            if unknown:
                raise SpecError(f"{name}={unknown[0]!r} is not known here. Use one of: {', '.join(known)}.")

    @property
    def shown(self) -> tuple[Show, ...]:
        """What stands beside the estimate."""
        if self.show is not None:
            return self.show
        if self.layout == "stacked":
            return ("std_error",)
        has_fmi = any(np.isfinite(column.fmi).any() for column in self.columns)
        return ("std_error", "interval", "p", "fmi") if has_fmi else ("std_error", "interval", "p")

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Thresholds of the stars, largest first."""
        if self.stars is None:
            return () if "p" in self.shown else USUAL_STARS
        return tuple(sorted(set(self.stars), reverse=True))
