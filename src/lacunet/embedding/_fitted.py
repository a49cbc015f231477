"""Embeddings that were trained here, and all it takes to defend, repeat and continue them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet.embedding._course import plan_course
from lacunet.embedding._start import State, begin
from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._save import pack_words
from lacunet.embedding.text import Corpus, Tokens, Vocabulary, as_corpus
from lacunet.embedding.training._subwords import list_subwords
from lacunet.embedding.training._trainer import Trainer
from lacunet.embedding.training._weights import pack_rows, set_rows
from lacunet.errors import DataError, SpecError
from lacunet.keep import Parts, package_versions, spec_as_dict
from lacunet.report._loss_plot import plot_losses

MEANS = 1 << 12
"""Words whose subwords are averaged at once."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How embeddings came about.

    Attributes
    ----------
    spec
        The `SkipGram`.
    seed
        The seed of the fit.
    history
        One row an epoch: epoch, train_loss and held_out_loss (mean over pairs: of the losses before each update, and
        after the epoch), learning_rate at its end, words_per_second, seconds.
    digest
        Hash of the corpus.
    corpus
        Documents, units, words and distinct words of it.
    notes
        What was decided, as sentences.
    versions
        Package to version, at the time of the fit.
    """

    spec: Any
    seed: int
    history: tuple[dict[str, Any], ...]
    digest: str
    corpus: Mapping[str, int]
    notes: tuple[str, ...]
    versions: Mapping[str, str]


class FittedSkipGram(Embeddings):
    """Embeddings that `SkipGram.fit` trained, with where they are from; never made by hand.

    They can do everything that `Embeddings` can.

    Parameters
    ----------
    words, vectors, counts
        As in `Embeddings`.
    origin
        How they came about.
    outputs
        Output rows (v, d).
    input_rows, subwords
        As below.

    Attributes
    ----------
    spec, seed, notes, versions
        The specification, the seed, what was decided on the way, and the packages' versions.
    context_vectors
        Output vectors of the words (v, d), read-only; None with hierarchical softmax, whose outputs are no words.
    subwords
        Runs of letters that have rows of their own; empty without subwords.
    input_rows
        Input rows (v + subwords, d) where words have subwords, else None: their vectors are the rows.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: Any,
        counts: Any,
        *,
        origin: Origin,
        outputs: NDArray[np.float32],
        input_rows: NDArray[np.float32] | None = None,
        subwords: Sequence[str] = (),
    ) -> None:
        super().__init__(words, vectors, counts)
        self._origin, self._outputs = origin, outputs
        self.input_rows, self.subwords = input_rows, tuple(subwords)
        for array in (outputs, input_rows):
            if array is not None:
                array.flags.writeable = False

    @property
    def spec(self) -> Any:
        return self._origin.spec

    @property
    def seed(self) -> int:
        return self._origin.seed

    @property
    def notes(self) -> tuple[str, ...]:
        return self._origin.notes

    @property
    def versions(self) -> dict[str, str]:
        return dict(self._origin.versions)

    @property
    def history(self) -> list[dict[str, Any]]:
        """One row an epoch: losses (means over pairs), learning rate at its end, words per second."""
        return [dict(row) for row in self._origin.history]

    @property
    def context_vectors(self) -> NDArray[np.float32] | None:
        return self._outputs if self.spec.negative > 0 else None

    def guess(self, word: str) -> NDArray[np.float32]:
        """Vector for a word that the corpus does not have, from its runs of letters.

        Parameters
        ----------
        word
            Any word; one that is known gives its own vector.

        Returns
        -------
        ndarray
            Mean of the rows of its known subwords (d,).

        Raises
        ------
        SpecError
            When the embeddings were trained without subwords.
        DataError
            When no run of its letters is known.

        References
        ----------
        Bojanowski, P., E. Grave, A. Joulin, and T. Mikolov. 2017. Enriching word vectors with subword information.
        Transactions of the Association for Computational Linguistics 5: 135-146.
        """
        if word in self:
            return self[word]
        if self.input_rows is None:
            raise SpecError(
                f"'{word}' is unknown, and these embeddings have no subwords to guess it by. Train with "
                "SkipGram(subwords=(3, 6))."
            )
        row = {part: i for i, part in enumerate(self.subwords, len(self))}
        known = [row[part] for part in list_subwords(word, self.spec.subwords) if part in row]
        if not known:
            raise DataError(
                f"No run of letters of '{word}' is known. At least one is needed. Is it in the same script?"
            )
        return np.asarray(self.input_rows[known].mean(axis=0))

    def resume(
        self,
        source: Any,
        *,
        text: str | None = None,
        tokens: Tokens | None = None,
        threads: int | None = None,
        device: str | None = None,
        progress: Callable[..., None] | None = None,
    ) -> "FittedSkipGram":
        """Go on after an interruption; the result has the same bits as if there had been none.

        Parameters
        ----------
        source, text, tokens, threads, device, progress
            As in `SkipGram.fit`; the corpus must be the same, and for the same bits the device.

        Returns
        -------
        FittedSkipGram
            With all epochs.

        Raises
        ------
        SpecError
            When no epoch is left.
        DataError
            When the corpus is another one.
        """
        done = len(self._origin.history)
        if done >= self.spec.epochs:
            raise SpecError(
                f"All {done} epochs are done. There is nothing to resume. To train further, say "
                "SkipGram(...).fit(corpus, start=fitted)."
            )
        corpus = as_corpus(source, text, tokens)
        if corpus.digest != self._origin.digest:
            raise DataError(
                f"The corpus changed: its hash is {corpus.digest}, that of the one trained on {self._origin.digest}. "
                "To resume, the same text is needed, read the same way. Else fit anew, with start=fitted."
            )
        vocabulary = corpus.vocabulary(self.spec.min_count)
        state = begin(self.spec, vocabulary, self.seed)
        rows = self.vectors if self.input_rows is None else self.input_rows
        set_rows(state.weights.inputs, state.weights.width, slice(None), rows)
        set_rows(state.weights.outputs, state.weights.width, slice(None), self._outputs)
        return train(self.spec, corpus, vocabulary, state, self._origin, threads, progress, device)

    def summary(self) -> str:
        """Say what this is and how training went, in a few sentences."""
        spec, corpus, history = self.spec, self._origin.corpus, self._origin.history
        how = "hierarchical softmax" if spec.negative == 0 else f"{spec.negative} negatives"
        last = history[-1]
        held = last.get("held_out_loss")
        lines = [
            super().summary(),
            f"Trained by {'CBOW' if spec.cbow else 'skip-gram'} with {how}, window {spec.window}, on "
            f"{corpus['n_tokens']:,} words in {corpus['n_documents']:,} documents; seed {self.seed}.",
            f"Epochs: {len(history)} of {spec.epochs}. Mean loss of a pair: {last['train_loss']:.4f}"
            + ("." if held is None else f" in training, {held:.4f} held out."),
            f"{last['words_per_second'] / 1e6:.2f} million words a second.",
        ]
        return "\n".join([*lines, *self.notes])

    def plot_loss(self) -> Any:
        """Losses over epochs, in training and held out.

        Returns
        -------
        matplotlib.figure.Figure
            The plot.
        """
        return plot_losses(self.history, "mean loss of a pair")

    def _parts(self) -> Parts:
        """What the file holds: more than that of other embeddings, so that training can go on."""
        plain, origin = super()._parts(), self._origin
        meta = {
            "spec": spec_as_dict(origin.spec),
            "seed": origin.seed,
            "history": list(origin.history),
            "digest": origin.digest,
            "corpus": dict(origin.corpus),
            "notes": origin.notes,
            "versions": dict(origin.versions),
        }
        arrays = {**plain.arrays, "outputs": {"outputs": self._outputs}}
        if self.input_rows is not None:
            arrays |= {"inputs": {"inputs": self.input_rows}, "subwords": pack_words(self.subwords)}
        return Parts(kind="FittedSkipGram", meta=meta, arrays=arrays, mapped=(*plain.mapped, "outputs"))


def train(
    spec: Any,
    corpus: Corpus,
    vocabulary: Vocabulary,
    state: State,
    origin: Origin,
    threads: int | None,
    progress: Callable[..., None] | None,
    device: str | None = None,
) -> FittedSkipGram:
    """Train from where ``origin`` ends, and pack up."""
    course = plan_course(spec, corpus, origin.seed, threads, device)
    trainer = Trainer(course, corpus, vocabulary, state.weights, state.bags)
    history = tuple(trainer.run(len(origin.history), origin.history, progress))
    notes = [*origin.notes]
    if spec.held_out > 0 and not len(course.held_out):
        notes.append(f"No document is held out: {spec.held_out:g} of {corpus.n_documents:,} is less than one.")
    if course.on_gpu:
        notes.append("Trained on a GPU: a processor gives other bits for the same seed.")
    if trainer.stopped:
        notes.append(f"Stopped after epoch {len(history)}: the next did not lower the held-out loss.")
    width, dim = state.weights.width, state.weights.dim
    inputs, outputs = (pack_rows(flat, width, dim) for flat in state.weights[:2])
    return FittedSkipGram(
        vocabulary.words,
        mean_rows(inputs, state) if state.subwords else inputs,
        vocabulary.counts,
        origin=replace(origin, history=history, notes=tuple(dict.fromkeys(notes)), versions=package_versions()),
        outputs=outputs,
        input_rows=inputs if state.subwords else None,
        subwords=state.subwords,
    )


def start_of(spec: Any, corpus: Corpus, seed: int, notes: Sequence[str]) -> Origin:
    """Origin of embeddings before their first epoch."""
    numbers = {name: getattr(corpus, name) for name in ("n_documents", "n_units", "n_tokens", "n_types")}
    return Origin(
        spec=spec,
        seed=seed,
        history=(),
        digest=corpus.digest,
        corpus=numbers,
        notes=(*corpus.notes, *notes),
        versions=package_versions(),
    )


def mean_rows(inputs: NDArray[np.float32], state: State) -> NDArray[np.float32]:
    """Mean over the rows of each word."""
    starts, rows = state.bags.starts, state.bags.rows
    n = len(starts) - 1
    found = np.empty((n, inputs.shape[1]), np.float32)
    for at in range(0, n, MEANS):
        ends = starts[at : min(at + MEANS, n) + 1]
        sums = np.add.reduceat(inputs[rows[ends[0] : ends[-1]]], ends[:-1] - ends[0], axis=0)
        found[at : at + MEANS] = sums / np.diff(ends)[:, None]
    return found
