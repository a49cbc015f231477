"""device="gpu": the same call, JAX loaded only there, and what it refuses."""

import subprocess
import sys

import jax
import numpy as np
import pytest

from lacunet.embedding import SkipGram
from lacunet.embedding.text import read_corpus
from lacunet.errors import SpecError

TEXTS = ["the senate passed the bill and the house passed the other bill"] * 60
SPEC = SkipGram(dim=8, window=2, epochs=2, min_count=1, held_out=0.1)


@pytest.fixture
def a_gpu(monkeypatch):
    """The processor in the place of a graphics processor."""
    processor = jax.devices("cpu")
    monkeypatch.setattr(jax, "devices", lambda kind=None: processor)


def test_the_same_call_trains_there(a_gpu):
    corpus = read_corpus(TEXTS)
    first, again = (SPEC.fit(corpus, seed=1, device="gpu") for _ in range(2))
    here = SPEC.fit(corpus, seed=1, device="cpu")
    np.testing.assert_array_equal(first.vectors, again.vectors)
    assert first.words == here.words
    assert first.vectors.any() and not np.array_equal(first.vectors, here.vectors)
    assert [row["epoch"] for row in first.history] == [1, 2]
    assert all(np.isfinite(row["held_out_loss"]) for row in first.history)
    assert any("GPU" in note for note in first.notes)
    assert not any("GPU" in note for note in here.notes)


def test_interrupted_there_it_goes_on(a_gpu):
    corpus = read_corpus(TEXTS)

    def stop(stage, done, total):
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.warns(match="Interrupted"):
        half = SPEC.fit(corpus, seed=1, device="gpu", progress=stop)
    whole = half.resume(corpus, device="gpu")
    np.testing.assert_array_equal(whole.vectors, SPEC.fit(corpus, seed=1, device="gpu").vectors)


@pytest.mark.skipif(any(device.platform == "gpu" for device in jax.devices()), reason="there is a GPU")
def test_without_one_it_says_so():
    with pytest.raises(SpecError, match=r"JAX finds no GPU.*leave device out"):
        SPEC.fit(TEXTS, seed=1, device="gpu")


@pytest.mark.parametrize("options", [{"cbow": True}, {"negative": 0}, {"subwords": (3, 4)}])
def test_other_models_stay_on_the_processor(options):
    with pytest.raises(SpecError, match="only skip-gram with negative sampling"):
        SkipGram(dim=8, min_count=1, **options).fit(TEXTS, seed=1, device="gpu")


def test_an_unknown_device_is_refused():
    with pytest.raises(SpecError, match="'tpu' is unknown"):
        SPEC.fit(TEXTS, seed=1, device="tpu")


def test_jax_is_loaded_only_there():
    code = "import sys; from lacunet.embedding import SkipGram; "
    code += "SkipGram(dim=8, min_count=1, epochs=1).fit(['a b c a b'] * 9, seed=1); print('jax' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
