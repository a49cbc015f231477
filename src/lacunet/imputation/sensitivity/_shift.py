"""Delta adjustment: imputed values moved by a known amount, observed ones never."""

import warnings
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from lacunet._rng import generator
from lacunet._typing import Bools, Floats
from lacunet.errors import DataWarning, SpecError
from lacunet.imputation.sensitivity._face import Adjusted, Adjustment, Imputed, adjustments_of
from lacunet.imputation.sensitivity._odds import level_candidates, shift_odds
from lacunet.imputation.sensitivity._target import Target, Where, find_level, find_target, selected_rows
from lacunet.report._words import in_digits

Scale = Literal["unit", "sd", "odds", "factor"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Shift:
    """The imputed cells of one variable, ready to be shifted by any amount.

    Attributes
    ----------
    target
        The variable.
    drawn
        Its imputed values, shape ``(m, cells)``.
    chosen
        Which of them are shifted, shape ``(m, cells)``.
    scale
        What the amount means.
    sd
        Standard deviation of the observed values (off the spike of a semicontinuous variable); NaN for categories.
    clip
        Whether shifted numbers stay within the observed range.
    level
        Position of the level whose odds are shifted; None for cumulative odds.
    chance
        A uniform number a cell, above 0 and at most 1, the same for every amount, shape ``(m, cells)``.
    candidates
        Further draws of each cell, shape ``(m, n, cells)``; None for numbers.
    """

    target: Target
    drawn: Floats
    chosen: Bools
    scale: Scale
    sd: float
    clip: bool
    level: int | None
    chance: Floats
    candidates: Floats | None

    @property
    def neutral(self) -> float:
        """The amount that changes nothing."""
        return 1.0 if self.scale == "factor" else 0.0

    def apply(self, by: float) -> Floats:
        """Values after a shift, shape ``(m, cells)``."""
        if by == self.neutral:
            return self.drawn.copy()
        return np.where(self.chosen, self._moved(by), self.drawn)

    def _moved(self, by: float) -> Floats:
        if self.candidates is not None:
            return shift_odds(self.drawn, self.candidates, by, self.level, self.chance)
        moved = self.drawn * by if self.scale == "factor" else self.drawn + by * (self.sd if self.scale == "sd" else 1)
        if is_whole(self.target):
            # Up or down by chance, so that the mean moves by the amount and not by the nearest whole number.
            moved = np.floor(moved + 1.0 - self.chance)
        if self.clip:
            moved = np.clip(moved, self.target.observed.min(), self.target.observed.max())
        return moved


def shift_cells(
    imputed: Imputed,
    variable: str,
    by: float,
    *,
    scale: Scale = "unit",
    where: Where = None,
    level: Any = None,
    clip: bool = False,
) -> Adjusted:
    r"""Shift the imputed values of one variable by a known amount (delta adjustment).

    Imputations suppose that those who did not answer are like those who did, given all other answers. Shifting their
    values says by how much they may differ; an analysis repeated over several shifts says whether that matters
    (see ``find_tipping_point``). Observed cells are never touched. Other imputed variables of a row are not drawn anew:
    the shift is not passed on to them (as in a not-at-random fully conditional specification, which is not built
    here), so that it speaks for analyses in which the shifted variable is the one in doubt.

    Numbers become :math:`x + \delta`, :math:`x + \delta s` with s the standard deviation of the observed values, or
    :math:`x \delta`. Variables of whole numbers, and dates of whole days, stay whole: they are rounded up or down by
    chance so that the mean moves by the amount. Of a semicontinuous variable only values off the spike move (someone
    without income still has none); how many sit on the spike is for ``transform_cells``.

    Levels have their odds multiplied by :math:`e^\delta`, given all else in the completed row (the intercept of a logit
    moves, and no slope):

    .. math:: p' = \frac{p e^\delta}{1 - p + p e^\delta}

    Since draws hold levels and not probabilities, each cell is drawn a random number of further times, given the same,
    by the fit behind its imputation, and moves to the highest of these levels, or the lowest: that shifts the odds
    exactly, and as few cells change as can. Drawing takes 8 to 64 times the work of imputing the rows concerned, once.

    Parameters
    ----------
    imputed
        The imputations.
    variable
        Name of the variable.
    by
        The amount δ: in the variable's unit (days for dates) for "unit", in standard deviations for "sd", a multiplier
        above 0 for "factor", the logarithm of an odds ratio for "odds" (0.69 doubles the odds).
    scale
        "unit", "sd" or "factor" for numbers, "unit" or "sd" for dates, "odds" for categories.
    where
        Rows in which to shift: truth values ``(n,)``, a query such as ``"age > 65"``, or a function of a completed
        frame that returns truth values. The latter two are asked of every completed frame, by pandas, with rows
        counted from 0. None shifts all imputed cells of the variable.
    level
        Level whose odds are meant, by value or label. Needed for nominal variables. Left out, it is the second level
        of a binary variable; for an ordinal one the cumulative odds of all higher levels are shifted together.
    clip
        Whether shifted numbers are kept within the observed range.

    Returns
    -------
    Adjusted
        New draws and the sentence that says what was done.

    Raises
    ------
    ColumnError
        When the variable is not a column or was not imputed.
    SpecError
        When the amount is not finite, the scale does not fit the kind, the level is unknown, ``where`` is not one
        truth value per row or selects no imputed cell, or odds are shifted after cells were changed otherwise.

    Warns
    -----
    DataWarning
        When shifted numbers fall below 0 and no observed one does.

    References
    ----------
    van Buuren, S. 2018. Flexible Imputation of Missing Data, 2nd ed., 3.8 and 9.2. CRC Press.
    Rubin, D. B. 1987. Multiple Imputation for Nonresponse in Surveys, ch. 6. Wiley.

    Differs: the shift is made after imputation, not within it; odds are shifted by
    a geometric number of further draws.
    """
    check_amount(by, scale)
    shift = prepare_shift(imputed, variable, scale=scale, where=where, level=level, clip=clip)
    moved = shift.apply(float(by))
    _warn_below_zero(shift, moved)
    draws = imputed.draws.copy()
    draws[:, shift.target.cells] = moved
    sentence = _sentence(shift, float(by), where)
    return Adjusted(draws=draws, adjustment=Adjustment(kind="shift", variables=(variable,), sentence=sentence))


def check_amount(by: Any, scale: str) -> None:
    """Raise unless an amount is a finite number, above 0 where it multiplies.

    Raises
    ------
    SpecError
        When it is not.
    """
    is_number = isinstance(by, int | float | np.integer | np.floating) and not isinstance(by, bool)
    if not is_number or not np.isfinite(by):
        raise SpecError(f"by={by!r} is not an amount to shift by. Give a finite number, such as by=-0.1, scale='sd'.")
    if scale == "factor" and by <= 0:
        raise SpecError(f"by={by!r} cannot multiply. scale='factor' needs a number above 0, such as 0.9 for 10 % less.")


def prepare_shift(
    imputed: Imputed, variable: str, *, scale: Scale, where: Where, level: Any = None, clip: bool = False
) -> Shift:
    """Check everything but the amount, and compute what does not depend on it.

    Raises
    ------
    ColumnError, SpecError
        As `shift_cells`.
    """
    target = find_target(imputed.table, variable)
    _check_scale(target, scale, level)
    position = None if level is None else find_level(target, level)
    chosen = selected_rows(imputed, where)[:, target.rows]
    if not chosen.any():
        raise SpecError(
            f"where selects none of the {len(target.rows):,} rows in which {variable!r} was imputed. Nothing would "
            "change. Select rows with imputed values."
        )
    if target.variable.kind == "binary" and position is None:
        position = target.variable.n_levels - 1
    drawn = imputed.draws[:, target.cells]
    if is_whole(target):
        drawn = np.rint(drawn)
    if target.variable.kind == "semicontinuous":
        chosen = chosen & (drawn != spike_of(target))
    return Shift(
        target=target,
        drawn=drawn,
        chosen=chosen,
        scale=scale,
        sd=_sd_of(target, scale),
        clip=clip,
        level=position,
        chance=_chances(imputed, target),
        candidates=_candidates(imputed, target),
    )


def is_whole(target: Target) -> bool:
    """Whether values of a number or date must be whole."""
    if target.variable.kind == "date":
        return bool((target.observed == np.floor(target.observed)).all())
    return target.variable.is_integer


def spike_of(target: Target) -> float:
    """The most frequent observed value."""
    values, counts = np.unique(target.observed, return_counts=True)
    return float(values[counts.argmax()]) if len(values) else 0.0


def _sd_of(target: Target, scale: Scale) -> float:
    if target.variable.is_category:
        return float("nan")
    kept = target.observed
    if target.variable.kind == "semicontinuous":
        kept = kept[kept != spike_of(target)]
    sd = float(kept.std(ddof=1)) if len(kept) > 1 else 0.0
    if scale == "sd" and sd == 0:
        raise SpecError(
            f"The observed values of {target.column.name!r} do not vary, so that they have no standard deviation to "
            "shift by. Use scale='unit'."
        )
    return sd


def _check_scale(target: Target, scale: str, level: Any) -> None:
    name, kind = target.column.name, target.variable.kind
    if scale not in get_args(Scale):
        raise SpecError(f"scale={scale!r} is not known here. Use one of: {', '.join(get_args(Scale))}.")
    fits = {"date": ("unit", "sd")}.get(kind, ("odds",) if target.variable.is_category else ("unit", "sd", "factor"))
    if scale not in fits:
        raise SpecError(
            f"scale={scale!r} does not fit {name!r}, which is {kind}. For such a variable use "
            f"{' or '.join(f'scale={fit!r}' for fit in fits)}."
        )
    if target.column.storage == "category" and not target.variable.is_category:
        raise SpecError(
            f"The numbers of {name!r} are stored as categories, which have no place for others. A column of numbers is "
            "needed. Convert it before imputing, for example with frame[name].astype(float)."
        )
    if kind == "nominal" and level is None:
        raise SpecError(
            f"{name!r} is nominal, and no level was named. The odds of one level against all others can be shifted. "
            f"Say which, for example level={target.column.level_labels()[0]!r}."
        )
    if level is not None and not target.variable.is_category:
        raise SpecError(f"level={level!r} was given, but {name!r} is {kind} and has no levels. Leave level out.")


def _chances(imputed: Imputed, target: Target) -> Floats:
    """Uniform numbers above 0 and at most 1, a stream for each imputation and variable."""
    rngs = [generator(imputed.seed, "shift", i, target.j) for i in range(len(imputed.draws))]
    return np.stack([1.0 - rng.random(len(target.cells)) for rng in rngs])


def _candidates(imputed: Imputed, target: Target) -> Floats | None:
    if not target.variable.is_category:
        return None
    name = target.column.name
    if any(name in adjustment.variables for adjustment in adjustments_of(imputed)):
        raise SpecError(
            f"Imputed cells of {name!r} were changed before, so that the imputer no longer knows their odds. Shift "
            "the odds of imputations as they were drawn, all at once or each level in a copy of its own."
        )
    return level_candidates(imputed, target)


def _warn_below_zero(shift: Shift, moved: Floats) -> None:
    if shift.target.variable.is_category or shift.target.variable.kind == "date":
        return
    n_below = int((moved < 0).sum())
    if n_below and not (shift.drawn < 0).any() and (shift.target.observed >= 0).all():
        warnings.warn(
            f"{n_below:,} of {moved.size:,} imputed values of {shift.target.column.name!r} fall below 0, and no "
            "observed value does. Say clip=True to keep them within the observed range, or shift by a factor.",
            DataWarning,
            stacklevel=4,
        )


def _sentence(shift: Shift, by: float, where: Where) -> str:
    name = shift.target.column.name
    which = "" if where is None else f" where {where}" if isinstance(where, str) else " in selected rows"
    if shift.scale == "odds":
        labels = shift.target.column.level_labels()
        of = "of higher levels" if shift.level is None else f"of {labels[shift.level]!r}"
        done = f"had the odds {of} multiplied by {in_digits(float(np.exp(by)))} (log odds {in_digits(by)})"
    elif shift.scale == "factor":
        done = f"were multiplied by {in_digits(by)}"
    else:
        step = f"{in_digits(abs(by))} sd ({in_digits(abs(by) * shift.sd)})" if shift.scale == "sd" else None
        days = " days" if shift.target.variable.kind == "date" else ""
        done = f"were {'raised' if by >= 0 else 'lowered'} by {step or in_digits(abs(by))}{days}"
    return f"Imputed values of {name!r}{which} {done}; other imputed variables were not drawn anew."
