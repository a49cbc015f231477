"""Conformal prediction for categories: sets of levels that hold the truth with a stated probability."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import DataError, SpecError
from lacunet.solve._conformal import conformal_quantile

SetMethod = Literal["adaptive", "least_ambiguous"]
NOT_ONE = 1e-3
"""How far the probabilities of a row may be from summing to 1: float32 rounds, percentages are not meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConformalSets:
    """Which levels of a category a prediction cannot rule out.

    Made by `conformal_sets`.

    Attributes
    ----------
    threshold
        Score up to which a level belongs to the set; infinite where the held-out rows are too few.
    method
        "adaptive" or "least_ambiguous".
    level
        Coverage, a probability.
    n
        Held-out rows.
    """

    threshold: float
    method: SetMethod
    level: float
    n: int

    def contains(self, probabilities: Floats, uniforms: Floats | None = None) -> Bools:
        """Whether each level belongs to the set of each new row; the most probable one always does.

        Parameters
        ----------
        probabilities
            Of each level, shape ``(n, c)``.
        uniforms
            As in `level_scores`, exactly when the threshold was found with some.

        Returns
        -------
        Bools
            Shape ``(n, c)``.
        """
        inside = level_scores(probabilities, self.method, uniforms) <= self.threshold
        # NOTE[DIFF]: no set is empty.
        inside[np.arange(len(inside)), probabilities.argmax(axis=1)] = True
        return inside


def level_scores(probabilities: Floats, method: SetMethod = "adaptive", uniforms: Floats | None = None) -> Floats:
    r"""Score of every level of every row: the larger, the worse the level fits the prediction.

    "least_ambiguous" gives the smallest sets on average; "adaptive" gives larger sets to rows that are harder, so that
    coverage is nearer to its level for each kind of row.

    .. math:: s_c = 1 - \hat p_c, \qquad s_c = \sum_{c': \hat p_{c'} > \hat p_c} \hat p_{c'} + u \hat p_c

    Parameters
    ----------
    probabilities
        Of each level, shape ``(n, c)``, rows summing to 1.
    method
        "least_ambiguous" (first formula) or "adaptive" (second).
    uniforms
        u, a random number between 0 and 1 a row, shape ``(n,)``, which makes adaptive sets cover exactly; 1 when None,
        which makes them a little larger and the same each time.

    Returns
    -------
    Floats
        Shape ``(n, c)``.

    Raises
    ------
    DataError
        When the probabilities are none.
    SpecError
        When the method is not known.

    References
    ----------
    Romano, Y., M. Sesia, and E. J. Candès. 2020. Classification with valid and adaptive coverage. Advances in Neural
    Information Processing Systems 33: 3581-3591.
    Sadinle, M., J. Lei, and L. Wasserman. 2019. Least ambiguous set-valued classifiers with bounded error levels.
    Journal of the American Statistical Association 114(525): 223-234.

    Examples
    --------
    >>> level_scores(np.array([[0.5, 0.25, 0.25]])).tolist()
    [[0.5, 0.75, 0.75]]
    """
    p = probabilities
    if p.ndim != 2 or not np.isfinite(p).all() or (p < 0).any() or np.abs(p.sum(axis=1) - 1).max(initial=0.0) > NOT_ONE:
        raise DataError(
            f"The probabilities have shape {p.shape}, or a row of them does not sum to 1. One column a level is "
            "needed: hand over what predict_proba gives."
        )
    if method == "least_ambiguous":
        return 1.0 - p
    if method != "adaptive":
        raise SpecError(f"method={method!r} is not known here. Use 'adaptive' or 'least_ambiguous'.")
    u = np.ones(len(p)) if uniforms is None else uniforms
    order = np.argsort(-p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1)
    above = np.cumsum(ranked, axis=1) - ranked
    # Levels that tie with the one before have the same ones above them.
    is_tied = np.zeros(p.shape, dtype=bool)
    is_tied[:, 1:] = ranked[:, 1:] == ranked[:, :-1]
    above = np.maximum.accumulate(np.where(is_tied, 0.0, above), axis=1)
    scores = np.empty_like(p)
    np.put_along_axis(scores, order, above + u[:, None] * ranked, axis=1)
    return scores


def conformal_sets(
    probabilities: Floats,
    truth: Integers,
    *,
    level: float = 0.95,
    method: SetMethod = "adaptive",
    uniforms: Floats | None = None,
    weights: Floats | None = None,
) -> ConformalSets:
    r"""Find the threshold at which sets of levels hold the truth with a stated probability.

    For outcomes with levels what `split_conformal` is for numbers, with the same conditions.

    .. math:: C(x) = \{c: s_c(x) \le \hat q\}, \quad \hat q = s_{(k)}(y_i), \quad k = \lceil (n + 1)(1 - \alpha) \rceil

    Parameters
    ----------
    probabilities
        Of the levels in held-out rows, shape ``(n, c)``.
    truth
        Position of the true level of each, shape ``(n,)``.
    level
        Coverage 1 - α, a probability.
    method, uniforms
        As in `level_scores`.
    weights
        Weights of the held-out rows, shape ``(n,)``.

    Returns
    -------
    ConformalSets
        ``.contains(probabilities)`` says which levels belong to the sets of new rows.

    Raises
    ------
    DataError
        When arrays do not fit each other.
    SpecError
        When an option is out of range.

    References
    ----------
    Romano, Y., M. Sesia, and E. J. Candès. 2020. Classification with valid and adaptive coverage. Advances in Neural
    Information Processing Systems 33: 3581-3591.
    Sadinle, M., J. Lei, and L. Wasserman. 2019. Least ambiguous set-valued classifiers with bounded error levels.
    Journal of the American Statistical Association 114(525): 223-234.
    Differs: the most probable level belongs to every set, so that none is empty.

    Examples
    --------
    >>> held_out = np.tile([0.7, 0.3], (9, 1))
    >>> sets = conformal_sets(held_out, np.array([0, 0, 0, 0, 0, 0, 0, 0, 1]), level=0.8)
    >>> sets.contains(np.array([[0.6, 0.4], [0.9, 0.1]])).tolist()
    [[True, False], [True, False]]
    """
    scores = level_scores(probabilities, method, uniforms)
    if truth.shape != (len(scores),) or (truth < 0).any() or (truth >= scores.shape[1]).any():
        raise DataError(
            f"The true levels have shape {truth.shape} for probabilities of shape {scores.shape}, or lie outside the "
            "columns. One position from 0 on is needed for each row."
        )
    threshold = conformal_quantile(scores[np.arange(len(scores)), truth], level, weights)
    return ConformalSets(threshold=threshold, method=method, level=level, n=len(scores))
