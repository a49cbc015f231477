"""Calibration of probabilities as a table, a plot and a sentence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet.errors import DataError
from lacunet.report import _canvas
from lacunet.report._colours import MUTED, OBSERVED_INK
from lacunet.report._summary import as_text
from lacunet.report._words import in_digits
from lacunet.solve import Reliability, measure_reliability


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Calibration:
    """How probabilities compare with what happened.

    Made by `measure_calibration`.

    Attributes
    ----------
    bins
        Bins, Brier score and its parts, and the calibration error.
    n
        Rows.
    level
        Coverage of the intervals.
    """

    bins: Reliability
    n: int
    level: float

    @property
    def brier(self) -> float:
        """Mean squared error of the probabilities."""
        return self.bins.brier

    @property
    def calibration_error(self) -> float:
        """Expected calibration error."""
        return self.bins.calibration_error

    def table(self) -> pd.DataFrame:
        """One row per bin.

        Returns
        -------
        pandas.DataFrame
            lower, upper, predicted (mean probability), observed (share where it happened), conf_low, conf_high
            (Wilson's interval of the share), n (effective where weighted), share (of all rows).
        """
        names = ("lower", "upper", "predicted", "observed", "conf_low", "conf_high", "n", "share")
        return pd.DataFrame({name: getattr(self.bins, name) for name in names})

    def plot(self) -> Any:
        """Shares against probabilities: on the dotted line they mean what they say.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("calibration.png")`` keeps it.
        """
        figure, axes = _canvas.make_figure(4.6, 4.2)
        bins = self.bins
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=":")
        axes.vlines(bins.predicted, bins.conf_low, bins.conf_high, color=OBSERVED_INK, linewidth=1.3)
        sizes = 14 + 60 * np.sqrt(bins.share / bins.share.max())
        axes.scatter(bins.predicted, bins.observed, s=sizes, color=OBSERVED_INK, zorder=3)
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        title = f"Brier {in_digits(bins.brier)}, calibration error {in_digits(bins.calibration_error)}"
        _canvas.label(axes, "probability said", f"share where it happened, {100 * self.level:g} % intervals", title)
        return figure

    def __str__(self) -> str:
        bins = self.bins
        outside = (bins.predicted < bins.conf_low) | (bins.predicted > bins.conf_high)
        gap = float(bins.share @ (bins.predicted - bins.observed))
        lean = "as often as said" if abs(gap) < 5e-3 else f"{'less' if gap > 0 else 'more'} often than said"
        said = (
            f"On {self.n:,} rows it happened {lean} (mean probability {in_digits(float(bins.share @ bins.predicted))}, "
            f"share {in_digits(float(bins.share @ bins.observed))}). In {int(outside.sum())} of {len(outside)} bins "
            f"the probability lies outside the {100 * self.level:g} % interval of the share. The Brier score is "
            f"{in_digits(bins.brier)}; always saying the share would give {in_digits(bins.uncertainty)}"
        )
        if bins.uncertainty == 0:
            return said + "."
        return f"{said}, so the probabilities explain {100 * (1 - bins.brier / bins.uncertainty):.0f} % of it."

    def __repr__(self) -> str:
        return f"{self}\n\n{as_text(self.table())}"


def measure_calibration(
    probabilities: ArrayLike,
    outcome: ArrayLike,
    *,
    n_bins: int = 10,
    equal_width: bool = False,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> Calibration:
    """Compare the probabilities of one level with how often it occurred.

    ``solve.measure_reliability`` as something to look at; formulas and references stand there.

    Parameters
    ----------
    probabilities
        Of one level, shape ``(n,)``, for rows that the predictor was not fitted to.
    outcome
        1 or true where the row has the level, shape ``(n,)``.
    n_bins
        Bins. Fewer when they hold few rows.
    equal_width
        Whether bins are equally wide rather than equally full; True to compare with papers on networks.
    weights
        Survey weights, shape ``(n,)``.
    level
        Coverage of the intervals, a probability.

    Returns
    -------
    Calibration
        ``.table()``, ``.plot()``, and a sentence.

    Raises
    ------
    DataError
        When arrays do not fit, a probability lies outside 0 and 1, or the outcome is neither 0 nor 1.
    SpecError
        When an option is out of range.

    References
    ----------
    Murphy, A. H. 1973. A new vector partition of the probability score. Journal of Applied Meteorology 12(4): 595-600.

    Examples
    --------
    >>> found = measure_calibration([0.2, 0.2, 0.2, 0.2, 0.2], [0, 0, 1, 0, 0])
    >>> round(found.calibration_error, 12), found.table()["observed"].tolist()
    (0.0, [0.2])
    """
    try:
        arrays = [np.asarray(values, dtype=np.float64) for values in (probabilities, outcome)]
    except (TypeError, ValueError) as error:
        raise DataError(
            "Probabilities or outcome hold values that are not numbers. The outcome must be 1 where the row has the "
            "level and 0 elsewhere: write (outcome == level)."
        ) from error
    w = None if weights is None else np.asarray(weights, dtype=np.float64)
    bins = measure_reliability(*arrays, n_bins=n_bins, equal_width=equal_width, weights=w, level=level)
    return Calibration(bins=bins, n=len(arrays[0]), level=level)
