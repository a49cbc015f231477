"""The same seed gives the same bits: on any number of threads, and from a file."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.errors import DataError, SpecError
from lacunet.keep import read_parts
from lacunet.measures.alacarte import AlaCarte, alacarte
from lacunet.measures.alacarte._load import restore

WORDS = [f"w{i}" for i in range(30)]


def make_space(seed=1, counts=True):
    vectors = np.random.default_rng(seed).normal(size=(30, 4))
    return Embeddings(WORDS, vectors + [3, 0, 0, 0], np.arange(30, 0, -1) if counts else None)


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(2)
    texts = [" ".join([*rng.choice(WORDS, 9), "tax", *rng.choice(WORDS, 9)] * 2) for _ in range(40)]
    return read_corpus(pd.DataFrame({"text": texts, "party": ["L", "R"] * 20}), text="text")


def estimate(space, source):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Words that the transform was not fitted to")
        return alacarte(space, source, min_count=1, seed=3)


@pytest.fixture(scope="module")
def made(corpus):
    return estimate(make_space(), corpus)


THREADS = """
import hashlib
import warnings
import numpy as np
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.measures.alacarte import alacarte
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
words = [f"w{i}" for i in range(400)]
texts = [rng.choice(words, 60).tolist() for _ in range(200)]
made = alacarte(Embeddings(words, rng.normal(size=(400, 120))), texts, min_count=1, seed=1)
found = made.embed("w1").similarity(["w2", "w3"], n_boot=20).table()
arrays = made.transform, made.recovery["cosine"], found[["estimate", "std_error"]], made.documents()
print(hashlib.sha256(b"".join(np.asarray(one).tobytes() for one in arrays)).hexdigest())
"""


def test_threads_change_nothing():
    found = set()
    for threads in ("1", "2"):
        limits = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        done = subprocess.run([sys.executable, "-c", THREADS], env=os.environ | limits, capture_output=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1


def test_it_is_saved_whole_but_for_the_corpus(tmp_path, corpus, made):
    made.save(tmp_path / "made.lacunet")
    with pytest.raises(SpecError, match="exists"):
        made.save(tmp_path / "made.lacunet")
    again = restore(read_parts(tmp_path / "made.lacunet"))
    assert isinstance(again, AlaCarte)
    np.testing.assert_array_equal(again.transform, made.transform)
    pd.testing.assert_frame_equal(again.recovery, made.recovery)
    assert (again.settings, again.seed, again.notes) == (made.settings, made.seed, made.notes)
    with pytest.raises(DataError, match="texts="):
        again.embed("tax")
    one, other = (some.embed("tax", texts=corpus, by="party") for some in (again, made))
    np.testing.assert_array_equal(one.vectors, other.vectors)
    pd.testing.assert_frame_equal(one.nearest(n_boot=9).table(), other.nearest(n_boot=9).table())


def test_several_fits_are_saved(tmp_path, corpus):
    made = estimate([make_space(1), make_space(2, counts=False)], corpus)
    made.save(tmp_path / "fits.lacunet")
    again = restore(read_parts(tmp_path / "fits.lacunet"))
    assert len(again) == 2
    np.testing.assert_array_equal(again[1].transform, made.transforms[1])
    assert again.spaces[1].counts is None
    assert set(again.recovery["fit"]) == {0, 1}
