"""What every autoencoder promises: same seed same bits, nothing given is changed, holes allowed, mistakes explained."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lacunet.encoding import Autoencoder
from lacunet.encoding._load import restore
from lacunet.encoding._save import parts_of
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.keep import read_parts

QUICK = Autoencoder(latent=2, hidden=(8,), noise=0.2, epochs=60)
HALF = 1e-6
"""Rounding of float32 in scores of order 1."""


def survey(n=160):
    rng = np.random.default_rng(5)
    trait = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "age": np.round(50 + 15 * rng.normal(size=n)),
            "trust": trait + rng.normal(size=n) / 2,
            "hope": -trait + rng.normal(size=n) / 2,
            "votes": np.where(trait + rng.logistic(size=n) / 2 > 0, "yes", "no"),
            "mood": pd.Categorical.from_codes(
                np.digitize(trait + rng.normal(size=n) / 2, [-1, 0, 1]), ["low", "fair", "good", "high"], ordered=True
            ),
            "party": np.array(["left", "centre", "right"])[np.digitize(trait + rng.normal(size=n), [-0.5, 0.5])],
        },
        index=np.arange(n) + 1000,
    )
    for j, name in enumerate(frame.columns):
        frame.loc[rng.choice(frame.index, 10, replace=False), name] = None if j > 2 else np.nan
    return frame


@pytest.fixture(scope="module")
def fitted():
    return QUICK.fit(survey(), seed=3, refits=2)


def test_same_seed_same_bits_and_input_untouched(fitted):
    frame = survey()
    again = QUICK.fit(frame, seed=3, refits=2)
    pd.testing.assert_frame_equal(frame, survey())
    for one, other in zip((fitted.main, fitted.refits[0]), (again.main, again.refits[0]), strict=True):
        for name, array in one.network.params.items():
            np.testing.assert_array_equal(array, other.network.params[name])
    pd.testing.assert_frame_equal(fitted.encode(), again.encode())
    assert not np.allclose(QUICK.fit(frame, seed=4).encode(), fitted.encode(), atol=HALF)


def test_scores_are_white_and_keep_the_index(fitted):
    scores = fitted.encode(survey())
    pd.testing.assert_index_equal(scores.index, survey().index)
    assert list(scores.columns) == ["latent_1", "latent_2"]
    np.testing.assert_allclose(np.cov(scores.T, ddof=0), np.eye(2), atol=1e-5)
    np.testing.assert_allclose(scores.mean(), 0, atol=1e-5)


@pytest.mark.parametrize(
    "convert",
    [pl.from_pandas, lambda frame: pa.Table.from_pandas(frame, preserve_index=False)],
    ids=["polars", "arrow"],
)
def test_frames_come_back_in_their_library(fitted, convert):
    frame = convert(survey())
    scores, again = fitted.encode(frame), fitted.reconstruct(frame)
    assert isinstance(scores, type(frame)) and isinstance(again, type(frame))
    np.testing.assert_array_equal(np.column_stack([scores[name] for name in fitted.names]), fitted.encode())
    moods = again["mood"].to_pylist() if isinstance(frame, pa.Table) else again["mood"].to_list()
    assert moods == fitted.reconstruct(survey())["mood"].tolist()


def test_order_of_columns_does_not_matter(fitted):
    frame = survey()[["party", "mood", "votes", "hope", "trust", "age"]]
    pd.testing.assert_frame_equal(fitted.encode(frame), fitted.encode())


def test_reconstruction_has_the_frames_form(fitted):
    frame, again = survey(), fitted.reconstruct()
    pd.testing.assert_index_equal(again.index, frame.index)
    assert list(again.dtypes) == list(frame.dtypes)
    assert not again.isna().any().any()
    assert (again["age"] == again["age"].round()).all()
    assert set(again["party"]) <= {"left", "centre", "right"}
    # Two numbers keep most of what five items have in common.
    assert np.corrcoef(again["trust"], frame["trust"].fillna(0))[0, 1] > 0.7


def test_decoding_scores_is_reconstructing(fitted):
    frame, decoded = fitted.reconstruct(), fitted.decode(fitted.encode())
    assert decoded.shape == (160, 6)
    for name in ("votes", "mood", "party"):
        assert decoded[name].tolist() == frame[name].tolist()
    np.testing.assert_allclose(decoded["trust"], frame["trust"], atol=1e-5)
    pd.testing.assert_frame_equal(fitted.decode(fitted.encode().to_numpy()[:3]), decoded.iloc[:3])


def test_error_of_a_row_is_the_mean_of_its_known_cells(fitted):
    cells = fitted.reconstruction_error(by="cell")
    np.testing.assert_array_equal(cells.isna(), survey().isna())
    np.testing.assert_allclose(fitted.reconstruction_error(), cells.mean(axis=1), atol=1e-12)


def test_a_row_against_the_pattern_has_the_highest_error(fitted):
    frame = survey()
    odd = frame.iloc[[0]].assign(trust=3.0, hope=3.0, votes="no", mood="high", party="left", age=95.0)
    assert fitted.reconstruction_error(odd)[0] > np.quantile(fitted.reconstruction_error(), 0.99)


def test_a_row_without_items_has_no_score(fitted):
    frame = survey().iloc[:3].copy()
    frame.iloc[1] = [np.nan, np.nan, np.nan, None, None, None]
    with pytest.warns(DataWarning, match="1 rows have no known item"):
        scores = fitted.encode(frame)
    assert scores.isna().all(axis=1).tolist() == [False, True, False]
    assert np.isnan(fitted.reconstruction_error(frame)[1])


def test_uncertainty_grows_with_missing_items(fitted):
    frame = survey()
    holed = frame.copy()
    holed[["trust", "mood", "party"]] = [np.nan, None, None]
    full, less = (fitted.encode(own, uncertainty=True) for own in (frame, holed))
    assert list(full.columns) == ["latent_1", "latent_2", "latent_1_sd", "latent_2_sd"]
    assert (less["latent_1_sd"] > full["latent_1_sd"]).mean() > 0.9
    complete = frame.notna().all(axis=1)
    aligned = np.array([refit.scores(_matrix(fitted)) for refit in fitted.refits])
    np.testing.assert_allclose(full.loc[complete, "latent_1_sd"], aligned[:, complete, 0].std(axis=0, ddof=1))


def _matrix(fitted):
    from lacunet.encoding._refits import matrix_of

    return matrix_of(fitted.table)


def test_anchors_turn_and_name_scores(fitted):
    anchored = fitted.anchor({"distrust": {"trust": -1, "mood": -1}})
    assert anchored.names == ("distrust", "latent_2") and fitted.names == ("latent_1", "latent_2")
    table = anchored.loadings().set_index("item")
    assert table.loc["trust", "distrust"] < -0.5 and table.loc["hope", "distrust"] > 0.3
    turn = np.linalg.lstsq(fitted.encode().to_numpy(), anchored.encode().to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(turn.T @ turn, np.eye(2), atol=1e-6)
    np.testing.assert_allclose(anchored.decode(anchored.encode())["trust"], fitted.reconstruct()["trust"], atol=1e-5)
    flat = fitted.anchor({"trust": -1, "mood": -1})
    np.testing.assert_allclose(flat.encode(), anchored.encode(), atol=HALF)


def test_one_anchor_takes_all_of_its_item(fitted):
    table = fitted.anchor({"age": {"age": 1}, "trust": {"trust": 1}}).loadings().set_index("item")
    whole = np.linalg.norm(fitted.loadings()[["latent_1", "latent_2"]].to_numpy()[1])
    assert fitted.anchor({"trust": 1}).loadings()["latent_1"][1] == pytest.approx(whole, abs=0.05)
    assert table.loc["age", "age"] > 0 and table.loc["trust", "trust"] > 0


def test_an_anchor_against_the_others_is_reported(fitted):
    with pytest.warns(DataWarning, match="'hope'"):
        fitted.anchor({"trust": 1, "mood": 1, "hope": 1})


def test_loadings_have_a_row_an_item_and_level(fitted):
    table = fitted.loadings()
    assert table["item"].tolist() == ["age", "trust", "hope", "votes", "mood", "party", "party", "party"]
    assert table["level"].tolist() == ["", "", "", "yes", "", "centre", "left", "right"]
    frame = survey()
    known = frame["trust"].notna()
    by_hand = np.corrcoef(frame.loc[known, "trust"], fitted.encode().loc[known, "latent_1"])[0, 1]
    assert table["latent_1"][1] == pytest.approx(by_hand, abs=1e-9)


def test_stability_compares_seeds_and_resamples(fitted):
    found = fitted.stability(2)
    table = found.table()
    assert table["over"].tolist() == ["seeds"] * 2 + ["resamples"] * 2
    assert table["n_refits"].eq(2).all() and table["mean_correlation"].between(-1, 1).all()
    # One trait makes five of the items.
    assert (table.loc[table["latent"] == "latent_1", "lowest"] > 0.8).all()
    by_hand = np.mean(
        [np.corrcoef(fitted.encode()["latent_1"], refit.scores(_matrix(fitted))[:, 0])[0, 1] for refit in fitted.refits]
    )
    assert table["mean_correlation"][2] == pytest.approx(by_hand, abs=1e-9)
    assert len(found.loadings()) == 2 * len(fitted.loadings())


def test_saved_and_read_back_it_gives_the_same(fitted, tmp_path):
    anchored = fitted.anchor({"trust": {"trust": 1}})
    path = anchored.save(tmp_path / "measure.lacunet")
    again = restore(read_parts(path))
    frame = survey()
    pd.testing.assert_frame_equal(again.encode(frame, uncertainty=True), anchored.encode(frame, uncertainty=True))
    pd.testing.assert_frame_equal(again.reconstruct(frame), anchored.reconstruct(frame))
    assert again.spec == QUICK and again.history == anchored.history and again.summary() == anchored.summary()
    assert set(parts_of(again).arrays) == {"member 0", "member 1", "member 2"}
    with pytest.raises(SpecError, match="does not carry the training table"):
        again.encode()
    with pytest.raises(SpecError, match="overwritten"):
        anchored.save(path)


def test_number_of_latents_is_chosen_and_told():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 1)) @ rng.normal(size=(1, 3)) + rng.normal(size=(200, 3)) / 2
    fitted = Autoencoder(latent=None, hidden=(), noise=0.2).fit(pd.DataFrame(x, columns=list("abc")), seed=1)
    assert fitted.latent == 1 and [row["latent"] for row in fitted.choice] == [1, 2]
    assert [row["chosen"] for row in fitted.choice] == [True, False]
    assert "1 latents were chosen" in fitted.summary()


def test_plots_words_and_citations(fitted):
    marks = fitted.plot_map(colour="party").axes[0]
    assert marks.get_xlabel() == "latent_1" and marks.get_legend().get_title().get_text() == "party"
    assert len(fitted.plot_loss().axes[0].lines) == 2
    assert "8 - 2 - 8" in fitted.summary() and "Vincent" in fitted.cite() and "Kingma" not in fitted.cite()
    assert fitted.history[0].keys() == {"step", "epoch", "held_out_loss"} and "jax" in fitted.versions


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"latent": 0}, "latent=0"),
        ({"hidden": (0,)}, "hidden nodes=0"),
        ({"noise": 1.5}, "noise=1.5"),
        ({"noise": float("nan")}, "noise=nan"),
        ({"corruption": "salt"}, "corruption='salt'"),
        ({"activation": "softmax"}, "node by node"),
        ({"learning_rate": 0}, "learning_rate=0"),
    ],
)
def test_options_out_of_range(options, said):
    with pytest.raises(SpecError, match=said):
        Autoencoder(**options)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame[["trust"]], "1 of 1 columns"),
        (lambda frame: frame[["trust"]].assign(same=1.0, none=np.nan), "'same'.*'none'"),
        (lambda frame: frame.iloc[:3], "3 rows"),
    ],
)
def test_tables_that_hold_too_little(change, said):
    kinds = {"trust": "continuous", "hope": "continuous", "age": "continuous", "votes": "nominal"}
    frame = change(survey().dropna())
    with pytest.raises(DataError, match=said):
        QUICK.fit(frame, seed=1, kinds={name: kind for name, kind in kinds.items() if name in frame})


def test_bottleneck_wider_than_the_table():
    with pytest.raises(SpecError, match="latent=3 is more than the 2 columns"):
        Autoencoder(latent=3).fit(survey()[["trust", "hope"]], seed=1)


def test_constant_columns_stand_aside():
    frame = survey()[["trust", "hope"]].assign(same=1.0)
    fitted = Autoencoder(latent=1, hidden=(), noise=0.1, epochs=1).fit(frame, seed=1)
    assert "Left out: 'same' (" in fitted.summary()
    assert (fitted.reconstruct()["same"] == 1.0).all()


def test_new_rows_that_do_not_fit(fitted):
    with pytest.raises(ColumnError, match="green"):
        fitted.encode(survey().assign(party="green"))
    with pytest.raises(ColumnError, match="absent"):
        fitted.encode(survey().drop(columns="age"))


@pytest.mark.parametrize(
    ("latents", "said"),
    [
        (np.zeros((4, 3)), r"shape \(4, 3\)"),
        (np.zeros(2), r"shape \(2,\)"),
        ([[np.nan, 1.0]], "1 values that are missing"),
        ([["a", "b"]], "no numbers"),
        (pd.DataFrame({"latent_1": [1.0]}), "no column 'latent_2'"),
    ],
)
def test_latents_of_the_wrong_form(fitted, latents, said):
    with pytest.raises(SpecError, match=said):
        fitted.decode(latents)


@pytest.mark.parametrize(
    ("anchors", "said"),
    [
        ({}, "cannot be read"),
        ({"trsut": 1}, "Did you mean 'trust'"),
        ({"party": 1}, "levels without order"),
        ({"trust": 2}, "sign 2"),
        ({"a": {"trust": 1}, "b": {"hope": 1}, "c": {"age": 1}}, "3 latents"),
        ({"a": {"trust": 1}, "b": {"trust": 1}}, "do not tell the latents apart"),
    ],
)
def test_anchors_that_do_not_hold(fitted, anchors, said):
    with pytest.raises(SpecError, match=said):
        fitted.anchor(anchors)


def test_requests_that_cannot_be_met(fitted):
    with pytest.raises(SpecError, match="by='column'"):
        fitted.reconstruction_error(by="column")
    with pytest.raises(SpecError, match="Did you mean 'party'"):
        fitted.plot_map(colour="prty")
    alone = Autoencoder(latent=1, hidden=(), noise=0.1, epochs=1).fit(survey()[["trust", "hope"]], seed=1)
    with pytest.raises(SpecError, match="refits=20"):
        alone.encode(uncertainty=True)
    with pytest.raises(SpecError, match="refits=1 cannot vary"):
        QUICK.fit(survey(), seed=1, refits=1)
    with pytest.raises(SpecError, match="A map needs two"):
        alone.plot_map()
