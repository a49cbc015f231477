"""From a specification to a course of training: what is left open is chosen, documents are held out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._check import check_count
from lacunet._rng import generator
from lacunet.embedding.text import Corpus
from lacunet.embedding.training._trainer import Course, count_threads
from lacunet.errors import SpecError

RATE, RATE_OF_BAGS = 0.025, 0.05
"""Learning rates of word2vec.c for skip-gram and for CBOW."""
DEVICES = ("cpu", "gpu")


def plan_course(spec: Any, corpus: Corpus, seed: int, threads: int | None, device: str | None = None) -> Course:
    """What a `SkipGram` asks of the trainer."""
    check_count(1 if threads is None else threads, "threads")
    check_device(device, spec)
    kept, held = split_documents(corpus.n_documents, spec.held_out, seed)
    rate = RATE_OF_BAGS if spec.cbow else RATE
    return Course(
        window=spec.window,
        negative=spec.negative,
        epochs=spec.epochs,
        sample=spec.sample,
        learning_rate=rate if spec.learning_rate is None else spec.learning_rate,
        exponent=spec.exponent,
        cbow=spec.cbow,
        fixed_window=spec.fixed_window,
        early_stop=spec.early_stop and len(held) > 0,
        on_gpu=device == "gpu",
        seed=seed,
        threads=count_threads(threads),
        documents=kept,
        held_out=held,
    )


def check_device(device: str | None, spec: Any) -> None:
    """Refuse devices that are none, and models that a graphics processor does not train."""
    if device not in (None, *DEVICES):
        raise SpecError(f"device={device!r} is unknown. Devices are 'cpu' and 'gpu'. Give one, or leave it out.")
    if device == "gpu" and (spec.cbow or spec.subwords or spec.negative == 0):
        raise SpecError(
            "On a GPU only skip-gram with negative sampling and without subwords is trained. Leave out device, or "
            "else cbow, subwords and negative=0."
        )


def split_documents(n: int, share: float, seed: int) -> tuple[NDArray[np.int64] | None, NDArray[np.int64]]:
    """Documents to train on (None for all) and those held out, both in the order of the corpus."""
    n_held = int(n * share)
    if n_held == 0:
        return None, np.empty(0, np.int64)
    order = generator(seed, "documents held out").permutation(n)
    return np.sort(order[n_held:]), np.sort(order[:n_held])
