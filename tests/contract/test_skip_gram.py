"""What a fitted skip-gram promises: starts, documents held out, early stopping, its history and its story."""

import subprocess
import sys

import numpy as np
import pytest

import lacunet as ln
from lacunet.embedding import SkipGram
from lacunet.embedding._course import split_documents
from lacunet.embedding._start import begin
from lacunet.embedding.text import read_corpus
from lacunet.embedding.training._snapshot import Snapshot
from lacunet.errors import ConvergenceWarning, SpecError

SMALL = {"dim": 12, "window": 3, "epochs": 2, "min_count": 1, "held_out": 0.0}
STILL = 1e-9
"""A learning rate that moves nothing in single precision."""


def texts_of(n_documents=60, v=40, seed=1, length=60):
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, v + 1)
    drawn = rng.choice(v, (n_documents, length), p=share / share.sum())
    return [" ".join(f"w{i:02d}" for i in row) for row in drawn]


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(texts_of())


@pytest.fixture(scope="module")
def fitted(corpus):
    return SkipGram(**SMALL | {"held_out": 0.1}).fit(corpus, seed=1)


def test_history_says_how_every_epoch_went(corpus, fitted):
    keys = ["epoch", "train_loss", "learning_rate", "words_per_second", "seconds", "held_out_loss"]
    assert [list(row) for row in fitted.history] == [keys] * 2
    assert [row["epoch"] for row in fitted.history] == [1, 2]
    kept, held = split_documents(corpus.n_documents, 0.1, 1)
    n_words = 60 * len(kept)
    assert len(held) == 6
    assert [row["learning_rate"] for row in fitted.history] == pytest.approx(
        [0.025 * (1 - epoch * n_words / (2 * n_words + 1)) for epoch in (1, 2)]
    )
    assert all(row["words_per_second"] == pytest.approx(n_words / row["seconds"]) for row in fitted.history)
    assert "held_out_loss" not in SkipGram(**SMALL).fit(corpus, seed=1).history[0]


def test_history_and_arrays_cannot_be_changed(fitted):
    fitted.history[0]["train_loss"] = 0
    assert fitted.history[0]["train_loss"] > 0
    for array in (fitted.vectors, fitted.context_vectors):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_training_lowers_the_loss(corpus):
    history = SkipGram(**SMALL | {"epochs": 8, "learning_rate": 0.1}).fit(corpus, seed=1).history
    assert history[-1]["train_loss"] < history[0]["train_loss"] - 0.1


def test_a_summary_tells_the_story(fitted):
    found = fitted.summary()
    for words in ("skip-gram with 5 negatives", "window 3", "seed 1", "Epochs: 2 of 2", "held out"):
        assert words in found
    assert "CBOW" in SkipGram(**SMALL, cbow=True).fit(texts_of(5), seed=1).summary()
    assert "hierarchical softmax" in SkipGram(**SMALL | {"negative": 0}).fit(texts_of(5), seed=1).summary()


def test_it_is_embeddings(fitted):
    assert isinstance(fitted, ln.Embeddings)
    assert fitted.words[0] == "w00"
    assert fitted.vectors.dtype == fitted.context_vectors.dtype == np.float32
    assert fitted.vectors.shape == fitted.context_vectors.shape == (40, 12)
    assert len(fitted.nearest("w00", 3)) == 3


def test_documents_held_out_are_not_trained_on():
    texts, seed = texts_of(50), 4
    _, held = split_documents(50, 0.1, seed)
    texts[held[0]] = " ".join(["secret w00 w01"] * 20)
    corpus = read_corpus(texts)
    spec = SkipGram(**SMALL | {"held_out": 0.1, "sample": 0})
    fitted = spec.fit(corpus, seed=seed)
    start = begin(spec, corpus.vocabulary(1), seed).weights.inputs.reshape(len(fitted), -1)[:, :12]
    moved = [word for word, own, first in zip(fitted.words, fitted.vectors, start) if (own != first).any()]
    assert set(fitted.words) - set(moved) == {"secret"}
    # Trained on all documents, it moves.
    again = SkipGram(**SMALL | {"sample": 0}).fit(corpus, seed=seed)
    assert (again["secret"] != fitted["secret"]).any()


def test_no_document_can_be_held_out_of_few():
    fitted = SkipGram(**SMALL | {"held_out": 0.1}).fit(texts_of(5), seed=1)
    assert "held_out_loss" not in fitted.history[0]
    assert any("No document is held out" in note for note in fitted.notes)


def test_documents_held_out_depend_on_the_seed():
    kept, held = split_documents(100, 0.2, 1)
    assert len(held) == 20
    assert sorted([*kept, *held]) == list(range(100))
    assert held.tolist() != split_documents(100, 0.2, 2)[1].tolist()
    assert split_documents(100, 0.0, 1)[0] is None


def test_start_gives_the_words_shared_their_vectors(corpus, fitted):
    other = read_corpus([text.replace("w0", "x0") for text in texts_of()])
    spec = SkipGram(**SMALL | {"learning_rate": STILL, "epochs": 1, "sample": 0})
    found = spec.fit(other, seed=9, start=fitted)
    shared = [word for word in found.words if word in fitted]
    assert len(shared) == 30
    start = begin(spec, other.vocabulary(1), 9).weights.inputs.reshape(len(found), -1)[:, :12]
    for i, word in enumerate(found.words):
        expected = fitted[word] if word in fitted else start[i]
        np.testing.assert_allclose(found[word], expected, atol=1e-6)
        context = fitted.context_vectors[fitted.words.index(word)] if word in fitted else np.zeros(12)
        np.testing.assert_allclose(found.context_vectors[i], context, atol=1e-6)
    assert "Began from earlier vectors for 30 of 40 words." in found.notes


def test_start_takes_embeddings_without_context_vectors(fitted):
    plain = ln.Embeddings(fitted.words, fitted.vectors)
    spec = SkipGram(**SMALL | {"learning_rate": STILL, "epochs": 1})
    found = spec.fit(texts_of(), seed=9, start=plain)
    np.testing.assert_allclose(found["w05"], fitted["w05"], atol=1e-6)
    assert abs(found.context_vectors).max() < 1e-6


def test_start_brings_rows_of_subwords(corpus):
    spec = SkipGram(**SMALL | {"subwords": (2, 3), "learning_rate": 0.1})
    first = spec.fit(corpus, seed=1)
    still = SkipGram(**SMALL | {"subwords": (2, 3), "learning_rate": STILL})
    np.testing.assert_allclose(still.fit(corpus, seed=2, start=first).input_rows, first.input_rows, atol=1e-6)


def test_start_of_another_dimension_is_refused(corpus, fitted):
    with pytest.raises(SpecError, match=r"12 dimensions.*asks for 13.*dim=12"):
        SkipGram(**SMALL | {"dim": 13}).fit(corpus, seed=1, start=fitted)


OVERFITTING = {"dim": 30, "window": 3, "epochs": 12, "min_count": 1, "held_out": 0.2, "learning_rate": 0.1}


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(3)
    return read_corpus([" ".join(f"w{i}" for i in rng.integers(0, 40, 30)) for _ in range(25)])


@pytest.fixture(scope="module")
def stopped(small):
    return SkipGram(**OVERFITTING, early_stop=True, sample=0).fit(small, seed=2)


def interrupt_in(epoch, epochs):
    def progress(stage, done, total):
        if done > (epoch - 1) * total / epochs:
            raise KeyboardInterrupt

    return progress


def test_early_stop_goes_back_to_the_better_epoch(small, stopped):
    whole = SkipGram(**OVERFITTING, sample=0).fit(small, seed=2)
    losses = [row["held_out_loss"] for row in whole.history]
    best = next(i for i in range(1, 12) if losses[i] >= losses[i - 1])
    assert 1 < best < 11
    assert [row["held_out_loss"] for row in stopped.history] == losses[:best]
    with pytest.warns(ConvergenceWarning, match="Interrupted"):
        held = SkipGram(**OVERFITTING, sample=0).fit(small, seed=2, progress=interrupt_in(best + 1, 12))
    np.testing.assert_array_equal(stopped.vectors, held.vectors)
    np.testing.assert_array_equal(stopped.context_vectors, held.context_vectors)
    assert any(f"Stopped after epoch {best}" in note for note in stopped.notes)


def test_to_resume_what_stopped_early_changes_nothing(small, stopped):
    # There are epochs left in the specification, but the next was tried and lost.
    try:
        again = stopped.resume(small)
    except SpecError as error:
        assert "resume" in str(error)
        return
    np.testing.assert_array_equal(again.vectors, stopped.vectors)


def test_early_stop_after_an_interruption_is_as_without(small, stopped):
    n = len(stopped.history)
    with pytest.warns(ConvergenceWarning, match="Interrupted"):
        half = SkipGram(**OVERFITTING, early_stop=True, sample=0).fit(small, seed=2, progress=interrupt_in(n + 1, 12))
    assert len(half.history) == n
    assert not any("Stopped after" in note for note in half.notes)
    again = half.resume(small)
    assert [row["held_out_loss"] for row in again.history] == [row["held_out_loss"] for row in stopped.history]
    np.testing.assert_array_equal(again.vectors, stopped.vectors)
    assert again.notes == stopped.notes


def test_a_snapshot_gives_back_what_it_kept():
    rng = np.random.default_rng(1)
    spec = SkipGram(**SMALL)
    weights = begin(spec, read_corpus(texts_of(3)).vocabulary(1), 1).weights
    weights.outputs[:] = rng.normal(size=len(weights.outputs))
    held = [flat.copy() for flat in weights[:2]]
    snapshot = Snapshot()
    snapshot.save(weights, 0)
    snapshot.save(weights, 1)
    assert snapshot.epoch == 1
    for flat in weights[:2]:
        flat[:] = 7
    snapshot.restore(weights)
    snapshot.close()
    for flat, old in zip(weights[:2], held):
        np.testing.assert_array_equal(flat, old)


def test_progress_hears_of_every_word(corpus):
    heard = []
    SkipGram(**SMALL).fit(corpus, seed=1, progress=lambda *given: heard.append(given))
    assert {stage for stage, _, _ in heard} == {"training"}
    done = [n for _, n, _ in heard]
    assert done == sorted(done)
    assert done[-1] == heard[0][2] == 2 * corpus.n_tokens


FEW_WORDS = """
import math
from lacunet.embedding import SkipGram
for n_words in (2, 3, 4, 5):
    for model in ({}, {"cbow": True}, {"negative": 0}, {"subwords": (2, 3)}):
        words = [f"w{i}" for i in range(n_words)]
        spec = SkipGram(dim=12, window=3, epochs=2, min_count=1, held_out=0.0, sample=0, **model)
        fitted = spec.fit([words * 30, words[::-1] * 20], seed=1)
        assert fitted.vectors.shape == (n_words, 12)
        assert 0 < fitted.history[1]["train_loss"] < fitted.history[0]["train_loss"] < 5
        assert spec.fit([words * 30, words[::-1] * 20], seed=1, threads=1).vectors.tobytes() == fitted.vectors.tobytes()
"""


def test_few_words_are_enough():
    # Fewer than there are parts of the vocabulary. In a process of its own: where a kernel reads past the end of an
    # array, no test is left to say so.
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", FEW_WORDS], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr[-500:]) == (0, "")


def test_units_of_one_word_have_no_pairs_and_harm_nobody():
    texts = texts_of(20) + ["w00", "w01"] * 100
    fitted = SkipGram(**SMALL).fit(texts, seed=1)
    assert 0 < fitted.history[-1]["train_loss"] < 10


@pytest.mark.parametrize("options", [{"negative": 1000}, {"window": 1000, "fixed_window": True}])
def test_the_largest_options_allowed_give_a_loss(options):
    # Every product is 0 at first: log 2 for a pair and for each of its negatives.
    fitted = SkipGram(**SMALL | options | {"learning_rate": STILL, "sample": 0, "epochs": 1}).fit(
        texts_of(3, 40, 1, 1500), seed=1
    )
    negative = fitted.spec.negative
    assert 0.9 * np.log(2) * negative < fitted.history[0]["train_loss"] < np.log(2) * (1 + negative)
