"""What cannot be trained on is refused in plain words, and a disk without room costs no training."""

import errno
import resource
import tempfile
from contextlib import contextmanager

import numpy as np
import pytest

from lacunet.embedding import SkipGram
from lacunet.embedding.text import Tokens, read_corpus
from lacunet.errors import ConvergenceWarning, DataError, SpecError, TrainingError

SMALL = {"dim": 8, "window": 2, "epochs": 2, "min_count": 1, "held_out": 0.0}
TEXTS = ["one two three four", "two one four three five", "five one two one"] * 20


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(TEXTS)


@pytest.fixture(scope="module")
def fitted(corpus):
    return SkipGram(**SMALL).fit(corpus, seed=1)


@pytest.fixture(scope="module")
def half(corpus):
    """One epoch of two."""

    def progress(stage, done, total):
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.warns(ConvergenceWarning, match="Interrupted in epoch 2 of 2"):
        return SkipGram(**SMALL).fit(corpus, seed=1, progress=progress)


@contextmanager
def little_room():
    """A disk on which no file grows past a few hundred bytes; the system itself says so, in the middle of writing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    try:
        yield
    finally:  # at once: what pytest writes to a file counts too
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("source", [[], [""], ["...", ""]])
def test_an_empty_corpus(source):
    with pytest.raises(DataError, match=r"no word|no document"):
        SkipGram(**SMALL).fit(source, seed=1)


def test_one_word():
    with pytest.raises(DataError, match=r"1 of 1 distinct words.*'word', 9 times.*two words.*lower min_count"):
        SkipGram(**SMALL).fit(["word " * 9], seed=1)


def test_all_words_are_rare():
    with pytest.raises(DataError, match=r"0 of 5 distinct words have 100 occurrences.*'one', 80 times.*min_count"):
        SkipGram(**SMALL | {"min_count": 100}).fit(TEXTS, seed=1)


@pytest.mark.parametrize("name", ["dim", "window", "epochs", "min_count"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "5", True, None])
def test_counts_below_one_or_none_at_all(name, value):
    with pytest.raises(SpecError, match=f"{name}=.*whole number of at least 1"):
        SkipGram(**{name: value})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"negative": -1}, "negative=-1.*at least 0"),
        ({"negative": 1001}, "negative=1001.*up to 1000"),
        ({"window": 5000}, "window=5000.*up to 1000"),
        ({"learning_rate": 0}, "learning_rate=0 is out of range.*from"),
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate=nan"),
        ({"learning_rate": "fast"}, "learning_rate='fast'"),
        ({"sample": -1e-3}, "sample=-0.001.*from 0 to 1"),
        ({"sample": 2}, "sample=2"),
        ({"exponent": 3}, "exponent=3"),
        ({"exponent": float("inf")}, "exponent=inf"),
        ({"held_out": 0.9}, "held_out=0.9.*to 0.5"),
        ({"early_stop": True, "held_out": 0}, "early_stop.*held_out=0 leaves none.*held_out=0.01"),
    ],
)
def test_options_out_of_range(options, words):
    with pytest.raises(SpecError, match=words):
        SkipGram(**options)


@pytest.mark.parametrize("subwords", [(), (3,), (6, 3), (0, 3), (3, 6, 9), ("a", "b"), (2.0, 3.0)])
def test_subwords_that_are_no_two_lengths(subwords):
    with pytest.raises(SpecError, match=r"subwords=.*two whole numbers.*\(3, 6\)"):
        SkipGram(subwords=subwords)


@pytest.mark.parametrize("subwords", [3, True, "36", 2.5])
def test_subwords_that_are_no_pair(subwords):
    with pytest.raises(SpecError, match=r"subwords=.*two whole numbers"):
        SkipGram(subwords=subwords)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "two"])
def test_threads_that_are_no_number(corpus, threads):
    with pytest.raises(SpecError, match=r"threads=.*whole number of at least 1"):
        SkipGram(**SMALL).fit(corpus, seed=1, threads=threads)


@pytest.mark.parametrize("seed", [-1, 1.5, "one"])
def test_a_seed_that_is_none(corpus, seed):
    with pytest.raises(SpecError, match=r"seed=.*whole number from 0"):
        SkipGram(**SMALL).fit(corpus, seed=seed)


@pytest.mark.parametrize("start", ["vectors.bin", np.zeros((5, 8)), {"one": [0.0] * 8}])
def test_a_start_that_is_no_embeddings(corpus, start):
    with pytest.raises(SpecError, match=r"start.*Embeddings"):
        SkipGram(**SMALL).fit(corpus, seed=1, start=start)


@pytest.mark.parametrize("model", [{}, {"cbow": True}])
def test_steps_so_large_that_numbers_overflow(corpus, model):
    spec = SkipGram(**SMALL | model | {"learning_rate": 1e6, "sample": 0, "epochs": 40})
    with pytest.raises(TrainingError, match=r"stopped being finite.*1e\+06.*lower learning_rate, such as 0.025"):
        spec.fit(corpus, seed=1)


def test_a_corpus_that_changed_since_the_interruption(half):
    changed = [*TEXTS[:-1], "five one two two"]
    with pytest.raises(DataError, match=r"corpus changed.*same text is needed.*start=fitted"):
        half.resume(changed)
    with pytest.raises(DataError, match="corpus changed"):
        half.resume(TEXTS[::-1])
    with pytest.raises(DataError, match="corpus changed"):
        half.resume([text.upper() for text in TEXTS], tokens=Tokens(lower=False))
    assert len(half.resume([text.upper() for text in TEXTS]).history) == 2


def test_nothing_to_resume(fitted, corpus):
    with pytest.raises(SpecError, match=r"All 2 epochs are done.*start=fitted"):
        fitted.resume(corpus)


def test_a_corpus_has_tokens_of_its_own(corpus, half):
    with pytest.raises(SpecError, match="Corpus was read with tokens of its own"):
        SkipGram(**SMALL).fit(corpus, seed=1, tokens=Tokens())
    with pytest.raises(SpecError, match="Corpus was read with tokens of its own"):
        half.resume(corpus, tokens=Tokens())


def test_an_interruption_before_the_first_epoch_ends_is_one(corpus, half):
    def progress(stage, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SkipGram(**SMALL).fit(corpus, seed=1, progress=progress)
    with pytest.raises(KeyboardInterrupt):
        half.resume(corpus, progress=progress)
    assert len(half.history) == 1


def test_an_error_of_the_progress_function_is_no_interruption(corpus):
    def progress(stage, done, total):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        SkipGram(**SMALL).fit(corpus, seed=1, progress=progress)


def test_a_word_that_cannot_be_guessed(fitted, corpus):
    with pytest.raises(SpecError, match=r"'six' is unknown.*no subwords.*subwords=\(3, 6\)"):
        fitted.guess("six")
    with_subwords = SkipGram(**SMALL, subwords=(3, 4)).fit(corpus, seed=1)
    with pytest.raises(DataError, match=r"No run of letters of 'слово' is known.*script"):
        with_subwords.guess("слово")
    with pytest.raises(DataError, match="No run of letters of ''"):
        with_subwords.guess("")


def test_a_full_disk_while_saving(fitted, tmp_path):
    with pytest.raises(DataError, match=r"(?i)could not be written.*(room|Free)"), little_room():
        fitted.save(tmp_path / "a.lacunet")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(fitted, tmp_path):
    fitted.save(tmp_path / "a.lacunet")
    with pytest.raises(SpecError, match="force"):
        fitted.save(tmp_path / "a.lacunet")
    fitted.save(tmp_path / "a.lacunet", force=True)


class FullDisk:
    """A file on a disk without room."""

    def seek(self, place):
        return place

    def write(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self):
        return None


def test_a_full_disk_while_an_epoch_is_kept(corpus, fitted, monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", FullDisk)
    with pytest.warns(ConvergenceWarning, match=r"could not be kept on disk \(No space left.*goes on") as told:
        found = SkipGram(**SMALL).fit(corpus, seed=1)
    assert ["epoch 1" in str(one.message) for one in told] == [True, False]
    assert len(found.history) == 2
    np.testing.assert_array_equal(found.vectors, fitted.vectors)


def test_a_full_disk_and_an_interruption_lose_the_fit_in_so_many_words(corpus, monkeypatch):
    def progress(stage, done, total):
        if done > total / 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(tempfile, "TemporaryFile", FullDisk)
    with (
        pytest.warns(ConvergenceWarning, match="an interruption would lose it"),
        pytest.raises(KeyboardInterrupt),
    ):
        SkipGram(**SMALL).fit(corpus, seed=1, progress=progress)


def test_early_stop_without_a_disk_says_which_vectors_it_gives(monkeypatch):
    # Without the end of the better epoch there is nothing to go back to: the history must be that of the vectors.
    rng = np.random.default_rng(3)
    texts = [" ".join(f"w{i}" for i in rng.integers(0, 40, 30)) for _ in range(25)]
    monkeypatch.setattr(tempfile, "TemporaryFile", FullDisk)
    spec = {"dim": 30, "window": 3, "epochs": 12, "min_count": 1, "sample": 0, "held_out": 0.2, "learning_rate": 0.3}
    with pytest.warns(ConvergenceWarning):
        stopped = SkipGram(**spec, early_stop=True).fit(texts, seed=2)
    monkeypatch.undo()
    n, ended = len(stopped.history), []

    def progress(stage, done, total):
        if done > n * total / 12 and not ended:
            ended.append(done)
            raise KeyboardInterrupt

    with pytest.warns(ConvergenceWarning):
        same = SkipGram(**spec).fit(texts, seed=2, progress=progress)
    assert len(same.history) == n
    np.testing.assert_array_equal(stopped.vectors, same.vectors)
