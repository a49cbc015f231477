"""lacunet.sklearn: what scikit-learn asks of an estimator, and the same numbers as lacunet's own face."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import lacunet as ln
from lacunet.errors import DataError, DataWarning, SpecError

pytest.importorskip("sklearn", minversion="1.6")

from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from lacunet.sklearn import AutoencoderTransformer, MidasImputer, MlpClassifier, MlpRegressor

NET = {"hidden": (8,), "learning_rate": 0.05, "random_state": 0}
LINEAR = {"hidden": (), "epochs": 3, "random_state": 1}
BETTER_THAN_CHANCE = 0.6
"""Share of right answers where chance alone gives a half."""
ROUNDING = 1e-9
"""Fits of the same rows, weighted in another way."""


def expected_failures(estimator):
    """Checks that cannot hold, and why."""
    if not isinstance(estimator, MlpRegressor | MlpClassifier):
        return {}
    why = "more columns than rows, and a regression has no solution"
    if estimator.hidden != ():
        why = "rows are held out and drawn by chance, and a row twice is not a row of weight two (as in SGDClassifier)"
    return {"check_sample_weight_equivalence_on_dense_data": why}


@pytest.mark.filterwarnings("ignore::lacunet.errors.ConvergenceWarning")  # some of the data are separated
@parametrize_with_checks(
    [MidasImputer(hidden=()), MlpRegressor(hidden=()), MlpClassifier(hidden=())],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_is_content(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        MlpRegressor(**NET, epochs=40),
        MlpClassifier(**NET, epochs=60),
        AutoencoderTransformer(latent=1, hidden=(4,), epochs=5),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_is_content_with_networks(estimator, check):
    check(estimator)


def rows(n=120, gaps=True, seed=2):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    X[:, 2] += X[:, 0]
    y = X[:, 0] - X[:, 1] + 0.5 * rng.normal(size=n)
    if gaps:
        X[rng.random(X.shape) < 0.1] = np.nan
    return X, y


def as_frame(X, y=None, weight=None):
    frame = pd.DataFrame(X, columns=["x0", "x1", "x2"])
    extra = {"y": y, "weight": weight}
    return frame.assign(**{name: column for name, column in extra.items() if column is not None})


KINDS = dict.fromkeys(["x0", "x1", "x2"], "continuous")


def mixed(n=150):
    rng = np.random.default_rng(3)
    age, region = rng.uniform(18, 80, n), rng.choice(["east", "north", "west"], n)
    won = np.where(0.05 * (age - 50) + (region == "west") + rng.logistic(size=n) > 0.3, "yes", "no")
    frame = pd.DataFrame({"age": age, "region": pd.Categorical(region)}, index=np.arange(n) * 2)
    frame.iloc[rng.random(n) < 0.1, 0] = np.nan
    frame.iloc[rng.random(n) < 0.1, 1] = np.nan
    return frame, won


# ---------------------------------------------------------------- the perceptrons


@pytest.mark.parametrize("hidden", [(), pytest.param((4,), marks=pytest.mark.slow)])
def test_regressor_says_what_mlp_says(hidden):
    X, y = rows(gaps=bool(hidden))
    mine = MlpRegressor(hidden=hidden, epochs=3, random_state=5).fit(X, y)
    own = ln.Mlp(hidden=hidden, epochs=3).fit(as_frame(X, y), "y", kind="number", kinds=KINDS, seed=5)
    said = mine.predict(X)
    assert said.dtype == np.float64
    assert (said == own.predict(as_frame(X))).all()


def test_classifier_says_what_mlp_says():
    X, y = rows()
    labels = np.array(["a", "b", "c"])[np.digitize(y, [-0.5, 0.5])]
    mine = MlpClassifier(hidden=(4,), epochs=3, random_state=5).fit(X, labels)
    codes = pd.Categorical(labels).codes.astype(float)
    own = ln.Mlp(hidden=(4,), epochs=3).fit(as_frame(X, codes), "y", kind="nominal", kinds=KINDS, seed=5)
    assert mine.classes_.tolist() == ["a", "b", "c"]
    assert (mine.predict_proba(X) == own.predict_proba(as_frame(X))).all()
    assert (mine.predict(X) == np.array(["a", "b", "c"])[own.predict(as_frame(X)).astype(int)]).all()
    assert mine.n_iter_ == 3
    assert len(mine.loss_curve_) == sum("train_loss" in row for row in mine.history_) > 0


def test_weights_are_those_of_mlp():
    X, y = rows(gaps=False)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(y))
    mine = MlpRegressor(hidden=()).fit(X, y, sample_weight=weight)
    own = ln.Mlp(hidden=()).fit(
        as_frame(X, y, weight), "y", kind="number", weights="weight", kinds=KINDS | {"weight": "continuous"}
    )
    assert (mine.predict(X) == own.predict(as_frame(X))).all()
    assert not np.allclose(mine.predict(X), MlpRegressor(hidden=()).fit(X, y).predict(X))


def test_a_node_takes_weights_as_repetitions():
    X, y = rows(gaps=False)
    labels = np.where(y > 0, "yes", "no")
    labels[:10] = "other"
    times = np.random.default_rng(1).integers(0, 3, len(y))
    times[:10] = 0
    weighted = MlpClassifier(hidden=()).fit(X, labels, sample_weight=times)
    repeated = MlpClassifier(hidden=()).fit(np.repeat(X, times, axis=0), np.repeat(labels, times))
    assert weighted.classes_.tolist() == ["no", "yes"]
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=ROUNDING)
    line = MlpRegressor(hidden=()).fit(X, y, sample_weight=times)
    again = MlpRegressor(hidden=()).fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(line.predict(X), again.predict(X), rtol=ROUNDING)


def test_class_weights_go_by_the_names_of_classes():
    X, y = rows(gaps=False)
    labels = np.where(y > 1, "yes", "no")
    share = (labels == "yes").mean()
    balanced = MlpClassifier(hidden=(), class_weight="balanced").fit(X, labels)
    named = MlpClassifier(hidden=(), class_weight={"yes": 0.5 / share, "no": 0.5 / (1 - share)}).fit(X, labels)
    np.testing.assert_allclose(balanced.predict_proba(X), named.predict_proba(X), rtol=ROUNDING)
    assert (balanced.predict(X) == "yes").mean() > (MlpClassifier(hidden=()).fit(X, labels).predict(X) == "yes").mean()
    with pytest.raises(SpecError, match=r"names 'maybe', which is no class of y. The classes are: no, yes"):
        MlpClassifier(hidden=(), class_weight={"maybe": 2.0}).fit(X, labels)


def test_counts_and_kinds_that_are_none():
    X, y = rows(gaps=False)
    counts = np.random.default_rng(1).poisson(np.exp(0.5 * y))
    assert (MlpRegressor(hidden=(), kind="count").fit(X, counts).predict(X) > 0).all()
    for kind in ("binary", "no such"):
        with pytest.raises(SpecError, match=r"is no kind of number. Use one of: number, "):
            MlpRegressor(hidden=(), kind=kind).fit(X, y)


def test_one_class_is_refused():
    X, _ = rows()
    with pytest.raises(DataError, match=r"have one class, 'a'. Two classes are needed"):
        MlpClassifier().fit(X, ["a"] * len(X))


def test_columns_may_be_called_as_the_outcome_and_the_weights_are():
    X, y = rows(gaps=False)
    frame = pd.DataFrame(X, columns=["y", "weight", "_y"])
    weight = np.linspace(1, 2, len(y))
    named = MlpRegressor(hidden=()).fit(frame, y, sample_weight=weight)
    assert named.feature_names_in_.tolist() == ["y", "weight", "_y"]
    plain = MlpRegressor(hidden=()).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(named.predict(frame), plain.predict(X), rtol=ROUNDING)


def test_gaps_are_for_hidden_layers():
    X, y = rows()
    with pytest.raises(ValueError, match="Input X contains NaN"):
        MlpRegressor(hidden=()).fit(X, y)


# ---------------------------------------------------------------- the imputer


def test_imputer_gives_one_draw_of_midas():
    X, _ = rows()
    filled = MidasImputer(hidden=(), random_state=4).fit_transform(X)
    own = ln.Midas(hidden=()).fit(as_frame(X), kinds=KINDS, seed=4).impute(m=1)[0]
    assert (filled == own.to_numpy()).all()
    assert (filled == X)[~np.isnan(X)].all()
    assert not np.isnan(filled).any()
    other = MidasImputer(hidden=(), random_state=5).fit_transform(X)
    assert (filled != other)[np.isnan(X)].any()


def test_new_rows_are_filled_and_complete_ones_come_back():
    X, _ = rows()
    imputer = MidasImputer(hidden=(), random_state=4).fit(X[:100])
    filled = imputer.transform(X[100:])
    assert not np.isnan(filled).any()
    assert (imputer.transform(filled) == filled).all()
    assert (imputer.transform(X[100:]) == filled).all()


def test_columns_that_teach_nothing():
    X, _ = rows()
    X = np.column_stack([X, np.where(X[:, 0] > 0, 7.0, np.nan), np.full(len(X), np.nan)])
    with pytest.warns(DataWarning, match=r"1 columns have no known cell .first: 'x4'."):
        filled = MidasImputer(hidden=(), random_state=4).fit_transform(X)
    assert (filled[:, 3] == 7).all()
    assert np.isnan(filled[:, 4]).all()


def test_categories_pass_through_a_pipeline():
    frame, won = mixed()
    filled = MidasImputer(hidden=(), random_state=1).fit_transform(frame)
    assert filled.dtypes.to_dict() == frame.dtypes.to_dict()
    assert filled.index.equals(frame.index)
    assert not filled.isna().any(axis=None)
    steps = make_pipeline(MidasImputer(hidden=(), random_state=1), MlpClassifier(hidden=(), random_state=1))
    steps.fit(frame, won)
    assert list(steps[-1].fitted_.names) == ["Intercept", "age", "region[T.north]", "region[T.west]"]
    assert steps.score(frame, won) > BETTER_THAN_CHANCE


# ---------------------------------------------------------------- the autoencoder


def test_scores_are_those_of_the_autoencoder():
    X, _ = rows()
    mine = AutoencoderTransformer(latent=2, **LINEAR).fit(X)
    own = ln.Autoencoder(latent=2, hidden=(), epochs=3).fit(as_frame(X), kinds=KINDS, seed=1)
    assert (mine.transform(X) == own.encode(as_frame(X)).to_numpy()).all()
    assert mine.get_feature_names_out().tolist() == ["latent_1", "latent_2"]
    table = clone(mine).set_output(transform="pandas").fit_transform(as_frame(X))
    assert table.columns.tolist() == ["latent_1", "latent_2"]
    assert (table.dtypes == np.float64).all()
    assert len(mine.history_) > 0


# ---------------------------------------------------------------- all of them

ALL = (MidasImputer, MlpRegressor, MlpClassifier, AutoencoderTransformer)


def test_pipeline_grid_search_and_cross_validation():
    X, y = rows()
    labels = np.where(y > 0, "yes", "no")
    steps = make_pipeline(
        MidasImputer(hidden=(), random_state=1), StandardScaler(), MlpClassifier(hidden=(), random_state=1)
    )
    assert (cross_val_score(steps, X, labels, cv=3) > BETTER_THAN_CHANCE).all()
    search = GridSearchCV(steps, {"mlpclassifier__class_weight": [None, "balanced", {"yes": 50.0}]}, cv=3)
    search.fit(X, labels)
    assert search.best_params_["mlpclassifier__class_weight"] != {"yes": 50.0}
    assert search.score(X, labels) > BETTER_THAN_CHANCE


def test_output_as_pandas_keeps_names_and_index():
    X, _ = rows()
    frame = as_frame(X).set_index(np.arange(len(X)) + 5)
    filled = MidasImputer(hidden=(), random_state=1).set_output(transform="pandas").fit_transform(frame)
    assert filled.index.equals(frame.index)
    assert filled.columns.tolist() == ["x0", "x1", "x2"]
    assert MidasImputer(hidden=()).fit(frame).get_feature_names_out().tolist() == ["x0", "x1", "x2"]


@pytest.mark.parametrize("which", ALL)
def test_sparse_is_refused_in_scikit_learns_words(which):
    with pytest.raises(TypeError, match="Sparse data was passed"):
        which().fit(sparse.csr_matrix(np.eye(5)), [0, 1, 0, 1, 0])


@pytest.mark.parametrize("which", ALL)
def test_options_are_checked_by_the_method_itself(which):
    X, y = rows()
    with pytest.raises(SpecError, match="learning_rate=-1 is out of range"):
        which(learning_rate=-1).fit(X, y > 0)
    with pytest.raises(SpecError, match="seed=-1 is not a seed"):
        which(random_state=-1).fit(X, y > 0)


@pytest.mark.parametrize("which", ALL)
def test_before_the_fit_there_is_nothing(which):
    assert not hasattr(which(), "history_")
    with pytest.raises(NotFittedError):
        which().history_  # noqa: B018


def test_chance_comes_from_random_state():
    X, _ = rows()
    first, second = (MidasImputer(hidden=(), random_state=np.random.RandomState(7)).fit(X) for _ in range(2))
    assert first.seed_ == second.seed_
    assert (first.transform(X) == second.transform(X)).all()
    third, fourth = (MidasImputer(hidden=()).fit(X) for _ in range(2))
    assert third.seed_ != fourth.seed_


def test_the_rows_of_the_fit_are_not_kept():
    X, y = rows(gaps=False)
    X[17, 1] = 1234.5678
    fitted = MlpRegressor(hidden=()).fit(X, y)
    assert X[17, 1].tobytes() not in pickle.dumps(fitted)
    assert pickle.loads(pickle.dumps(fitted)).predict(X).tolist() == fitted.predict(X).tolist()


def test_without_scikit_learn_the_message_names_the_extra():
    code = "import sys; sys.modules['sklearn'] = None; import lacunet; lacunet.Mlp; import lacunet.sklearn"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "ImportError: scikit-learn 1.6 or later was not found" in answer.stderr
    assert "pip install 'lacunet[sklearn]'" in answer.stderr
