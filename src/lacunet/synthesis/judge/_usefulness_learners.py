"""Learn from synthetic rows, try on real ones."""

from dataclasses import dataclass

import numpy as np

from lacunet._rng import generator
from lacunet._typing import Bools, Floats
from lacunet.diagnosis._propensity import area_under_curve
from lacunet.synthesis.judge._coded import Coded, Codes
from lacunet.synthesis.judge._fidelity_propensity import MOST_TREE_LEVELS, has_values

TEST_SHARE = 0.25
"""Of the real rows, where none were held out."""
MOST_TRAINING_ROWS = 50_000
FEWEST_TRAINING_ROWS = 50
FEWEST_TEST_ROWS = 20


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """Real rows to learn from, and others to be tried on, the target known in all of them.

    Attributes
    ----------
    target
        Position of the target.
    train, test
        Rows.
    """

    target: int
    train: Coded
    test: Coded

    @property
    def is_number(self) -> bool:
        """Whether the score is R² rather than an area under the curve."""
        return self.train.columns[self.target].is_number


def make_trial(real: Coded, held_out: Coded | None, target: str, seed: int) -> Trial | None:
    """Split the real rows, or take those held out to be tried on; None where there are too few, or one level only."""
    place = real.place(target)
    rows = _with_target(real, place)
    if held_out is None:
        order = generator(seed, "judge split").permutation(rows.n)
        cut = round(TEST_SHARE * rows.n)
        train, test = rows.take(np.sort(order[cut:])), rows.take(np.sort(order[:cut]))
    else:
        train, test = rows, _with_target(held_out, place)
    trial = Trial(target=place, train=train, test=test)
    has_enough = train.n >= FEWEST_TRAINING_ROWS and test.n >= FEWEST_TEST_ROWS
    return trial if has_enough and len(np.unique(test.cells[:, place])) > 1 else None


def _with_target(coded: Coded, place: int) -> Coded:
    return coded.take(coded.codes[:, place] < coded.columns[place].n_answers)


def score_learner(trial: Trial, rows: Coded, seed: int) -> float:
    r"""Score of boosted trees that learnt from some rows, on the real rows kept aside.

    .. math:: R^2 = 1 - \frac{\sum (y - \hat y)^2}{\sum (y - \bar y)^2} \text{ of a number;} \quad
              AUC \text{ of two levels; } \sum_l \pi_l AUC_l \text{ of more, each against the others}

    Parameters
    ----------
    trial
        The target and the real rows.
    rows
        To learn from (``trial.train`` itself for the real score); as many as the real ones at most.
    seed
        Of the judgement.

    Returns
    -------
    float
        NaN where the rows hold too little of the target to learn from.

    References
    ----------
    Esteban, C., S. L. Hyland, and G. Rätsch. 2017. Real-valued (medical) time series generation with recurrent
    conditional GANs. arXiv:1706.02633 (train on synthetic, test on real).
    """
    rows = _with_target(rows, trial.target)
    most = min(trial.train.n, MOST_TRAINING_ROWS)
    if rows.n > most:
        rows = rows.take(np.sort(generator(seed, "judge learner").choice(rows.n, most, replace=False)))
    if rows.n < FEWEST_TRAINING_ROWS:
        return float("nan")
    (x, is_category), (x_test, _) = (_predictors(part, trial.target) for part in (rows, trial.test))
    can = has_values(x)
    if not can.any():
        return float("nan")
    x, x_test, is_category = x[:, can], x_test[:, can], is_category[can]
    if trial.is_number:
        return _score_number(x, rows.values[:, trial.target], x_test, trial.test.values[:, trial.target], is_category)
    return _score_levels(x, rows.codes[:, trial.target], x_test, trial.test.codes[:, trial.target], is_category)


def _predictors(coded: Coded, target: int) -> tuple[Floats, Bools]:
    x, is_category = coded.select([name for j, name in enumerate(coded.names) if j != target]).features()
    x[:, is_category] = np.minimum(x[:, is_category], MOST_TREE_LEVELS)
    return x, is_category


def _score_number(x: Floats, y: Floats, x_test: Floats, truth: Floats, is_category: Bools) -> float:
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415

    model = HistGradientBoostingRegressor(categorical_features=is_category, early_stopping=False, random_state=0)
    left = truth - model.fit(x, y).predict(x_test)
    return float(1 - (left**2).sum() / ((truth - truth.mean()) ** 2).sum())


def _score_levels(x: Floats, y: Codes, x_test: Floats, truth: Codes, is_category: Bools) -> float:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    if len(np.unique(y)) < 2:
        return 0.5
    model = HistGradientBoostingClassifier(categorical_features=is_category, early_stopping=False, random_state=0)
    guesses = model.fit(x, y).predict_proba(x_test)
    levels, counts = np.unique(truth, return_counts=True)
    aucs = []
    for level in levels.tolist():
        place = np.flatnonzero(model.classes_ == level)
        aucs.append(area_under_curve(guesses[:, place[0]], truth == level) if len(place) else 0.5)
    return float(np.average(aucs, weights=counts)) if len(levels) > 2 else aucs[-1]
