"""How sure predictions are: intervals, sets of levels and calibration, from rows that a network held out."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from lacunet._rng import generator
from lacunet._typing import Floats, Frame, PathLike
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.prediction._exact import Node
from lacunet.prediction._fit import Held
from lacunet.prediction._held_out import Errors, contains, count_ends
from lacunet.prediction._outcome import KINDS
from lacunet.prediction._predicting import Predicting
from lacunet.prediction._subject import outcome_of, place_of
from lacunet.prediction.explain import Calibration, measure_calibration
from lacunet.table import Table


class Intervals(Predicting):
    """Uncertainty of a fit's predictions; a part of ``FittedMlp``."""

    def intervals(
        self, frame: Frame | PathLike | None = None, level: float = 0.95, *, plus: bool = False
    ) -> pd.DataFrame:
        r"""Intervals that hold the outcome of a row with a stated probability.

        Networks: conformal intervals from the rows that were held out, each by the network that never learnt from it.
        One network needs no distribution for them to hold; several cover a little more, since their mean errs less than
        each. Coverage is over rows like those of the fit taken together, not within each group of them. A node for a
        number: the exact interval by Student's t, for errors that are normal and vary alike everywhere.

        .. math:: \hat y \pm t_\nu \sqrt{s^2 + x' V x}, \qquad \hat f(x) \pm \hat q \, \sigma(x), \quad
                  R_i = \frac{|y_i - \hat f_{-k(i)}(x_i)|}{\sigma(x_i)}

        with :math:`\hat q` the :math:`\lceil (1 - \alpha)(n + 1) \rceil`-th smallest R and f the mean of the members;
        with ``plus`` instead

        .. math:: \bigl[ q^-\{\hat f_{-k(i)}(x) - R_i \sigma(x)\}, \; q^+\{\hat f_{-k(i)}(x) + R_i \sigma(x)\} \bigr]

        with σ the mean size of errors at predictions of that size where this makes intervals shorter, and 1 elsewhere.
        With kind="quantiles" the interval between the outermost quantiles is stretched instead.

        Parameters
        ----------
        frame
            As in `predict`.
        level
            Coverage, a probability.
        plus
            Whether to take CV+, which is guaranteed to cover with probability 1 - 2α - √(2/n) at least. It counts the
            spread between members twice, and covers more than ``level`` where they differ. Of no matter to one network.

        Returns
        -------
        pandas.DataFrame
            One row each: predicted, low, high; whole numbers for counts. Infinite where too few rows were held out.

        Raises
        ------
        SpecError
            When the outcome has levels, no rows were held out, or ``level`` is no probability.

        References
        ----------
        Barber, R. F., E. J. Candès, A. Ramdas, and R. J. Tibshirani. 2021. Predictive inference with the jackknife+.
        Annals of Statistics 49(1): 486-507.
        Lei, J., M. G'Sell, A. Rinaldo, R. J. Tibshirani, and L. Wasserman. 2018. Distribution-free predictive inference
        for regression. Journal of the American Statistical Association 113(523): 1094-1111.
        Kivaranovic, D., K. D. Johnson, and H. Leeb. 2020. Adaptive, distribution-free prediction intervals for deep
        networks. AISTATS (quantiles stretched).
        Differs: σ is a step function of the prediction, each held-out row's own error left out; the middle is the mean
        of the members, with weights also where ``plus`` is asked for; the same rows said when to stop training.
        """
        _check_level(level)
        if self.outcome.has_levels:
            raise SpecError(
                f"The outcome {self.outcome.name!r} has levels, and an interval is of numbers. Ask for "
                "prediction_sets(frame, level), the levels that cannot be ruled out."
            )
        table = self._table(frame)
        said = self._said(table)
        predicted = self._expected(said)
        engine = self.fit.engine
        if isinstance(engine, Node):
            low, high = self._by_student(engine, self.fit.reader.columns(table), predicted, level)
        else:
            errors = Errors.of(self._held("intervals"), is_quantiles=self.outcome.kind == "quantiles")
            _warn_few(errors.n, level)
            low, high = errors.ends(said, level, plus=plus)
        if KINDS[self.outcome.kind].table_kind == "count":
            low, high = count_ends(predicted, low, high)
        return pd.DataFrame({"predicted": predicted, "low": low, "high": high}, index=_index(table))

    def prediction_sets(
        self,
        frame: Frame | PathLike | None = None,
        level: float = 0.95,
        *,
        method: str = "adaptive",
        plus: bool = False,
        may_be_empty: bool = False,
        seed: int | None = None,
    ) -> pd.DataFrame:
        r"""Sets of levels that hold the outcome of a row with a stated probability.

        For outcomes with levels what `intervals` is for numbers.

        .. math:: C(x) = \{c: s(x, c) \le \hat q\}, \quad \text{or} \quad
                  \Bigl\{c: \sum_i 1\{s_i < s_{-k(i)}(x, c)\} < (1 - \alpha)(n + 1)\Bigr\}

        with s as in ``solve.level_scores``, :math:`s_i = s_{-k(i)}(x_i, y_i)` by the network that never saw row i, and
        :math:`\hat q` the :math:`\lceil (1 - \alpha)(n + 1) \rceil`-th smallest of them; the second with ``plus``.

        Parameters
        ----------
        frame
            As in `predict`.
        level
            Coverage, a probability.
        method
            "adaptive" for larger sets where a row is harder, "least_ambiguous" for the smallest sets on average.
        plus
            Whether to take CV+, as in `intervals`.
        may_be_empty
            Whether a set may hold no level. Where the most probable level is right more often than ``level``, sets that
            are never empty cover more than they say.
        seed
            Decides the random numbers of adaptive sets, one for each row by its place; that of the fit when None.

        Returns
        -------
        pandas.DataFrame
            One row each: predicted (the most probable level), levels (a tuple, the most probable first), size.

        Raises
        ------
        SpecError
            When the outcome is a number, no rows were held out, or an option is not known.

        References
        ----------
        Romano, Y., M. Sesia, and E. J. Candès. 2020. Classification with valid and adaptive coverage. Advances in
        Neural Information Processing Systems 33: 3581-3591.
        Differs: weights; sets are not empty unless asked for.
        """
        _check_level(level)
        if not self.outcome.has_levels:
            raise SpecError(
                f"The outcome {self.outcome.name!r} is a number and has no levels. Ask for intervals(frame, level)."
            )
        held = self._held("prediction_sets")
        _warn_few(len(held.y), level)
        table = self._table(frame)
        said = self._said(table)
        seed = self.seed if seed is None else seed
        uniforms = None
        if method == "adaptive":
            old, new = (generator(seed, "prediction sets", part) for part in range(2))
            uniforms = old.random(len(held.y)), new.random(len(said))
        mean = said.mean(axis=1)
        inside = contains(held, said if plus else mean[:, None], level, method, uniforms)
        best = mean.argmax(axis=1)
        if not may_be_empty:
            inside[np.arange(len(inside)), best] = True
        order = np.argsort(-mean, axis=1, kind="stable")
        sets = [tuple(self.levels[j] for j in places if own[j]) for places, own in zip(order, inside, strict=True)]
        predicted = [self.levels[j] for j in best]
        columns = {"predicted": predicted, "levels": sets, "size": inside.sum(axis=1)}
        return pd.DataFrame(columns, index=_index(table))

    def calibration(
        self,
        frame: Frame | PathLike | None = None,
        outcome: ArrayLike | None = None,
        *,
        of: Any = None,
        n_bins: int = 10,
        equal_width: bool = False,
        level: float = 0.95,
    ) -> Calibration:
        """How probabilities compare with what happened.

        Parameters
        ----------
        frame
            Rows that the network has not seen, with their outcomes; None for those it held out while training.
        outcome
            Outcomes of the rows as ``predict`` says them, shape ``(n,)``; None takes the column that the fit named.
        of
            Level whose probability is looked at; None for the event of two.
        n_bins, equal_width, level
            As in `lacunet.prediction.explain.measure_calibration`.

        Returns
        -------
        Calibration
            ``.table()``, ``.plot()``, and a sentence.

        Raises
        ------
        SpecError
            When the outcome is a number, no rows were held out, or a level is needed.
        """
        if not self.outcome.has_levels:
            raise SpecError(
                f"The outcome {self.outcome.name!r} is a number, and calibration is of probabilities. Its intervals "
                "hold what they say by construction: see intervals()."
            )
        place = place_of(self.outcome, of)
        if frame is None:
            if outcome is not None:
                raise SpecError("outcome= was given without rows. Rows held out have theirs: hand rows over as well.")
            held = self._held("calibration")
            said, y, weights = held.said, held.y, held.weights
        else:
            said, y, weights = self.predict_proba(frame), outcome_of(self.outcome, frame, outcome), None
            if len(y) != len(said):
                raise SpecError(f"There are {len(y):,} outcomes for {len(said):,} rows. One for each row is needed.")
            known = ~np.isnan(y) & ~np.isnan(said).any(axis=1)
            if not known.any():
                raise DataError("None of the rows has an outcome and a prediction. Both are needed to compare them.")
            said, y = said[known], y[known]
        return measure_calibration(
            said[:, place],
            y == place,
            n_bins=n_bins,
            equal_width=equal_width,
            weights=weights,
            level=level,
        )

    def _by_student(self, node: Node, columns: Floats, predicted: Floats, level: float) -> tuple[Floats, Floats]:
        if node.model != "ols":
            raise SpecError(
                f"The node of {self.outcome.name!r} is of kind={self.outcome.kind!r}, whose errors are not normal, so "
                "that no exact interval is known. Fit hidden layers, hidden=(16,), or take kind='number'."
            )
        design, solved = columns[:, node.kept], node.solution
        variance = solved.scale + np.einsum("nk,kl,nl->n", design, solved.covariance, design)
        half = stdtrit(solved.dof, 0.5 + level / 2) * np.sqrt(variance)
        return predicted - half, predicted + half

    def _held(self, who: str) -> Held:
        if self.fit.held is not None:
            return self.fit.held
        if isinstance(self.fit.engine, Node):
            raise SpecError(
                f"{who}() compares with rows that were held out, and a node solved exactly has learnt from all. Fit "
                "hidden layers, hidden=(16,)" + (", or hand unseen rows over." if who == "calibration" else ".")
            )
        raise SpecError(
            f"{who}() compares with rows that were held out, and this network has learnt from all (validation=0). Fit "
            "again with validation=0.15, or with several members."
        )


def _check_level(level: float) -> None:
    if isinstance(level, bool) or not isinstance(level, int | float | np.number) or not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % coverage.")


def _warn_few(n: int, level: float) -> None:
    needed = int(np.ceil(level / (1 - level) - 1e-9))
    if n < needed:
        warnings.warn(
            f"{n} rows were held out, and a level of {level:g} needs {needed}. Nothing can be ruled out at this level: "
            "add data, take several members, or a lower level.",
            DataWarning,
            stacklevel=3,
        )


def _index(table: Table) -> Any:
    return table.native.index if isinstance(table.native, pd.DataFrame) else None
