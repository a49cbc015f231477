"""The same seed gives the same bits: on any number of threads, after an interruption, from a file, on another day."""

import ast
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from lacunet import load
from lacunet.embedding import SkipGram, training
from lacunet.embedding.text import read_corpus
from lacunet.embedding.training._plan import STRETCH, cut_stretches
from lacunet.errors import ConvergenceWarning

ROOM = Path(training.__file__).parent
COMPILED_FROM = {
    "_chance.py": ("_rows.py", "_vectors.py"),
    "_gate.py": ("_rows.py", "_vectors.py"),
    "_plan.py": ("_chance.py", "_rows.py", "_vectors.py"),
    "_strata.py": ("_chance.py", "_gate.py", "_plan.py", "_rows.py", "_vectors.py"),
    "_bags.py": ("_chance.py", "_gate.py", "_plan.py", "_rows.py", "_strata.py", "_vectors.py"),
}
"""Files whose compiled functions, options and constants a file's machine code holds, those of these files included."""
TIMED = ("words_per_second", "seconds")
"""What of a history is not decided by the seed."""
MODELS = {
    "skip-gram": {},
    "wide": {"dim": 65, "window": 8, "negative": 7, "fixed_window": True, "exponent": 1.0},
    "cbow": {"cbow": True},
    "tree": {"negative": 0},
    "subwords": {"subwords": (3, 4)},
}


def texts_of(n=40_000, v=300, seed=5):
    """Words by Zipf's law in documents of all lengths, one of them longer than a stretch."""
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, v + 1)
    words = np.array([f"w{i:03d}" for i in range(v)])[rng.choice(v, n, p=share / share.sum())]
    ends = np.cumsum(rng.integers(1, 200, 40))
    return [" ".join(part) for part in np.split(words, ends)]


@pytest.fixture(scope="module")
def texts():
    texts = texts_of()
    assert max(len(text.split()) for text in texts) > STRETCH
    return texts


@pytest.fixture(scope="module")
def corpus(texts):
    return read_corpus(texts)


@pytest.fixture(scope="module")
def fitted(corpus):
    """One fit of every model, on one thread."""
    return {model: spec_of(model).fit(corpus, seed=3, threads=1) for model in MODELS}


def spec_of(model, **more):
    return SkipGram(**{"dim": 20, "window": 4, "epochs": 3, "held_out": 0.1} | MODELS[model] | more)


def bits_of(fitted):
    """All that a seed decides."""
    rows = [{key: value for key, value in row.items() if key not in TIMED} for row in fitted.history]
    arrays = [fitted.vectors, fitted._outputs, fitted.input_rows]
    return (
        [None if array is None else (array.shape, array.tobytes()) for array in arrays],
        [[(key, float(value).hex()) for key, value in row.items()] for row in rows],
        fitted.words,
        fitted.notes,
    )


def interrupt_after(share):
    """A progress function that stops everything after a share of the work."""

    def progress(stage, done, total):
        if done > share * total:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize(("model", "threads"), [*product(MODELS, (2, 4)), ("skip-gram", None), ("skip-gram", 99)])
def test_bits_do_not_depend_on_threads(corpus, fitted, model, threads):
    assert bits_of(spec_of(model).fit(corpus, seed=3, threads=threads)) == bits_of(fitted[model])


@pytest.mark.parametrize("model", MODELS)
def test_a_resumed_fit_is_as_if_never_interrupted(corpus, fitted, model, tmp_path):
    with pytest.warns(ConvergenceWarning, match=r"Interrupted in epoch 3 of 3.*resume\(\)"):
        half = spec_of(model).fit(corpus, seed=3, threads=2, progress=interrupt_after(0.8))
    assert [row["epoch"] for row in half.history] == [1, 2]
    assert bits_of(half) != bits_of(fitted[model])
    assert bits_of(half.resume(corpus, threads=1)) == bits_of(fitted[model])
    loaded = load(half.save(tmp_path / "half.lacunet"))
    assert bits_of(loaded.resume(corpus, threads=4)) == bits_of(fitted[model])
    assert bits_of(half)[0] == bits_of(loaded)[0]


def test_two_interruptions_are_as_good_as_none(corpus, fitted):
    with pytest.warns(ConvergenceWarning, match="epoch 2 of 3"):
        first = spec_of("skip-gram").fit(corpus, seed=3, progress=interrupt_after(0.4))
    with pytest.warns(ConvergenceWarning, match="epoch 3 of 3"):
        second = first.resume(corpus, progress=interrupt_after(0.9))
    assert len(second.history) == 2
    assert bits_of(second.resume(corpus)) == bits_of(fitted["skip-gram"])


@pytest.mark.parametrize("model", MODELS)
def test_bits_survive_a_file(fitted, model, tmp_path):
    loaded = load(fitted[model].save(tmp_path / "a.lacunet"))
    assert bits_of(loaded) == bits_of(fitted[model])
    assert loaded.history == fitted[model].history
    assert (loaded.spec, loaded.seed, loaded.versions) == tuple(
        getattr(fitted[model], name) for name in ("spec", "seed", "versions")
    )
    assert loaded.subwords == fitted[model].subwords
    np.testing.assert_array_equal(loaded.counts, fitted[model].counts)


def test_the_same_text_gives_the_same_bits_wherever_it_comes_from(texts, corpus, fitted, tmp_path):
    (tmp_path / "a.txt").write_text("\n".join(texts))
    sources = [texts, tmp_path / "a.txt", [text.split() for text in texts], (text for text in texts)]
    sources.append(corpus.recount(np.arange(corpus.n_documents)))
    for source in sources:
        assert bits_of(spec_of("skip-gram").fit(source, seed=3)) == bits_of(fitted["skip-gram"])


def test_a_recounted_corpus_is_that_of_its_documents(texts, corpus):
    chosen = [3, 3, 0, 41 % corpus.n_documents, 17]
    one = spec_of("skip-gram", held_out=0).fit(corpus.recount(chosen), seed=3)
    other = spec_of("skip-gram", held_out=0).fit([texts[i] for i in chosen], seed=3)
    of_words = {word: vector.tobytes() for word, vector in zip(other.words, other.vectors)}
    assert set(one.words) == set(other.words)
    if one.words == other.words:  # else words of equal count have changed places, and with them their start
        assert {word: vector.tobytes() for word, vector in zip(one.words, one.vectors)} == of_words


def test_another_seed_gives_other_bits(corpus, fitted):
    other = spec_of("skip-gram").fit(corpus, seed=4)
    assert (other.vectors != fitted["skip-gram"].vectors).mean() > 0.99
    assert other.history[0]["train_loss"] != fitted["skip-gram"].history[0]["train_loss"]


def test_a_seed_that_was_drawn_is_recorded(corpus):
    one = spec_of("skip-gram", epochs=1).fit(corpus)
    assert bits_of(spec_of("skip-gram", epochs=1).fit(corpus, seed=one.seed)) == bits_of(one)


@pytest.mark.parametrize("size", [1000, STRETCH, STRETCH + 1])
def test_stretches_do_not_depend_on_pieces(size):
    # A corpus comes in pieces of about a million words, whose ends depend on how its documents are read.
    tokens = np.arange(3 * STRETCH + 5, dtype=np.int32)
    whole = list(cut_stretches([tokens]))
    cut = list(cut_stretches([tokens[at : at + size] for at in range(0, len(tokens), size)]))
    assert [len(one) for one in cut] == [len(one) for one in whole]
    np.testing.assert_array_equal(np.concatenate(cut), np.concatenate(whole))


def imported_by(file):
    """Files of the room that a file imports, at any remove."""
    found, ask = set(), [file]
    while ask:
        for node in ast.walk(ast.parse((ROOM / ask.pop()).read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(training.__name__ + "."):
                name = node.module.rpartition(".")[2] + ".py"
                ask += [] if name in found else [name]
                found.add(name)
    return found


def test_every_compiled_file_is_listed_with_what_it_calls():
    compiled = {file.name for file in ROOM.glob("*.py") if "@njit(**KERNEL)" in file.read_text("utf-8")}
    assert set(COMPILED_FROM) == compiled
    for file, calls in COMPILED_FROM.items():
        assert calls == tuple(sorted(imported_by(file))), file


@pytest.mark.parametrize("file", COMPILED_FROM)
def test_compiled_files_know_what_they_call(file):
    # Numba caches what it compiled until the file that holds it changes; it does not look at files it calls.
    content = b"".join((ROOM / name).read_bytes() for name in COMPILED_FROM[file])
    stamp = f"# Compiled from: {sha256(content).hexdigest()[:12]}"
    assert stamp in (ROOM / file).read_text("utf-8"), f"a file that {file} calls has changed: put there {stamp!r}"
