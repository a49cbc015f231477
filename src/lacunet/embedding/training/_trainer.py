"""Epoch after epoch: rates, losses, and what to go back to."""

import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet.embedding.text import Corpus, Vocabulary
from lacunet.embedding.training._bags import Bags
from lacunet.embedding.training._chance import make_key
from lacunet.embedding.training._passes import Examples, Kernel, Pass, Rates, Strata, Totals, part_words
from lacunet.embedding.training._plan import PARTS
from lacunet.embedding.training._snapshot import Snapshot
from lacunet.embedding.training._weights import Weights
from lacunet.errors import ConvergenceWarning, TrainingError

LEAST_RATE = 1e-4
"""Part of the learning rate that is left at the end, as in word2vec.c."""
ALWAYS = np.float32(2.0)
"""Above every probability."""
ON_GPU = "lacunet.embedding.training._device"
"""Loaded where it is asked for, and JAX with it."""


@dataclass(frozen=True)
class Course:
    """How a corpus is trained on; the arguments of `SkipGram`, with nothing left open.

    Attributes
    ----------
    window, negative, epochs, sample, learning_rate, exponent, cbow, fixed_window, early_stop
        As in `SkipGram`.
    on_gpu
        Whether to train on a graphics processor.
    seed
        Decides everything that is drawn.
    threads
        Workers; no number depends on it.
    documents, held_out
        Documents to train on, and those held out; None and () for all and none.
    """

    window: int
    negative: int
    epochs: int
    sample: float
    learning_rate: float
    exponent: float
    cbow: bool
    fixed_window: bool
    early_stop: bool
    on_gpu: bool
    seed: int
    threads: int
    documents: NDArray[np.int64] | None = None
    held_out: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


def count_threads(threads: int | None) -> int:
    """Workers to use: as many as asked for or as there are cores, and no more than find work."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(PARTS, cores if threads is None else threads)


def make_keep(counts: NDArray[np.int64], sample: float) -> NDArray[np.float32]:
    r"""Probability :math:`\sqrt{t/f} + t/f` of keeping a word of relative frequency f, as in word2vec.c.

    Differs: the paper has :math:`\sqrt{t/f}`. Values above 1 keep always, and so does t = 0.
    """
    if sample <= 0:
        return np.full(len(counts), ALWAYS)
    ratio = sample * counts.sum() / np.maximum(counts, 1)
    return np.minimum(np.sqrt(ratio) + ratio, ALWAYS).astype(np.float32)


def rate_at(learning_rate: float, done: int, total: int) -> float:
    """Learning rate after some of all words: linear to 0, but never below `LEAST_RATE` of its beginning."""
    return learning_rate * max(1.0 - done / (total + 1), LEAST_RATE)


@dataclass(frozen=True, eq=False)
class Text:
    """Some documents of a corpus, to be gone through again and again as rows of a vocabulary."""

    corpus: Corpus
    vocabulary: Vocabulary
    documents: NDArray[np.int64] | None

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return self.corpus.pieces(self.vocabulary, documents=self.documents)


def make_pass(course: Course, vocabulary: Vocabulary, weights: Weights, bags: Bags) -> Any:
    """What goes through a text: threads, or a graphics processor."""
    noise = vocabulary.counts.astype(np.float64) ** course.exponent
    keep, part = make_keep(vocabulary.counts, course.sample), part_words(len(vocabulary))
    if course.on_gpu:
        n_kept = float((vocabulary.counts * np.minimum(keep, 1)).sum() * course.epochs)
        settings = course.window, course.fixed_window, course.negative, n_kept
        return import_module(ON_GPU).open_gpu(weights, keep, noise, settings)
    plain = course.negative > 0 and not course.cbow and len(bags.rows) == len(vocabulary)
    kernel: Kernel = (
        Strata(weights, noise, part, course.window, course.negative, course.threads)
        if plain
        else Examples(weights, noise, bags, course.window, course.negative, course.cbow)
    )
    return Pass(keep, part, course.window, course.fixed_window, kernel)


class Trainer:
    """Trains weights on a corpus and remembers how it went."""

    def __init__(self, course: Course, corpus: Corpus, vocabulary: Vocabulary, weights: Weights, bags: Bags) -> None:
        self.course, self.weights = course, weights
        self.stopped = False
        self._trained = Text(corpus, vocabulary, course.documents)
        self._held_out = Text(corpus, vocabulary, course.held_out)
        self._n_words = vocabulary.n_tokens if course.documents is None else _count_words(self._trained)
        self._pass = make_pass(course, vocabulary, weights, bags)

    def run(self, first: int, history: Sequence[dict[str, Any]], progress: Callable[..., None] | None) -> list[Any]:
        """Train from epoch ``first`` on; the history, longer by the epochs that were finished.

        An interruption or, with early stopping, a rise of the held-out loss goes back to the end of the last epoch that
        counts; the weights are those of the last entry of the history.
        """
        found = list(history)
        snapshot = Snapshot()
        if first and self.course.early_stop:
            snapshot.save(self.weights, first - 1)
        try:
            with ThreadPoolExecutor(self.course.threads) as pool:
                for epoch in range(first, self.course.epochs):
                    entry = self._epoch(pool, epoch, progress)
                    if self.course.early_stop and found and entry["held_out_loss"] >= found[-1]["held_out_loss"]:
                        if snapshot.epoch >= 0:
                            snapshot.restore(self.weights)
                        else:
                            found.append(entry)
                        self.stopped = True
                        break
                    snapshot.save(self.weights, epoch)
                    found.append(entry)
        except KeyboardInterrupt:
            if snapshot.epoch < 0:
                raise
            snapshot.restore(self.weights)
            warnings.warn(
                f"Interrupted in epoch {len(found) + 1} of {self.course.epochs}: the vectors are those at the end of "
                f"epoch {len(found)}. resume() goes on from there.",
                ConvergenceWarning,
                stacklevel=3,
            )
        finally:
            snapshot.close()
        return found

    def _epoch(self, pool: ThreadPoolExecutor, epoch: int, progress: Callable[..., None] | None) -> dict[str, Any]:
        course, start = self.course, time.perf_counter()
        total, read = self._n_words * course.epochs, epoch * self._n_words

        def tell(n: int) -> None:
            nonlocal read
            read += n
            if progress is not None:
                progress("training", min(read, total), total)

        rates = (
            rate_at(course.learning_rate, read, total),
            course.learning_rate / (total + 1),
            course.learning_rate * LEAST_RATE,
        )
        loss = _mean(self._go_through(pool, self._trained, epoch, rates, tell))
        seconds = time.perf_counter() - start
        self._check(epoch)
        entry = {
            "epoch": epoch + 1,
            "train_loss": loss,
            "learning_rate": rate_at(course.learning_rate, (epoch + 1) * self._n_words, total),
            "words_per_second": self._n_words / max(seconds, 1e-9),
            "seconds": seconds,
        }
        if len(course.held_out):
            silent = self._go_through(pool, self._held_out, -1, (0.0, 0.0, 0.0), lambda n: None)
            entry["held_out_loss"] = _mean(silent)
        return entry

    def _go_through(
        self,
        pool: ThreadPoolExecutor,
        text: Text,
        epoch: int,
        rates: Rates,
        tell: Callable[[int], None],
    ) -> Totals:
        """One pass; the held-out documents meet the same chances after every epoch."""
        seed, number = self.course.seed, epoch + 1
        keys = make_key(seed, "skip-gram windows", number), make_key(seed, "skip-gram negatives", number)
        return self._pass.run(pool, text, keys, rates, tell)

    def _check(self, epoch: int) -> None:
        """Stop where numbers are none any more."""
        if not all(np.isfinite(flat.sum(dtype=np.float64)) for flat in self.weights[:2]):
            raise TrainingError(
                f"In epoch {epoch + 1} vectors stopped being finite numbers, at learning_rate="
                f"{self.course.learning_rate:g}. Training needs steps small enough to settle. Take a lower "
                "learning_rate, such as 0.025."
            )


def _count_words(text: Text) -> int:
    """Words of a text that the vocabulary has."""
    return sum(int(np.count_nonzero(piece >= 0)) for piece in text)


def _mean(totals: Totals) -> float:
    loss, n = totals
    return loss / n if n else float("nan")
