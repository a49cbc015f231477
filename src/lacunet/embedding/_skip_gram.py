"""Skip-gram: words that keep the same company get vectors that point the same way (the specification)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed
from lacunet.embedding._fitted import FittedSkipGram, start_of, train
from lacunet.embedding._start import begin, start_from
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus, Tokens, Vocabulary, as_corpus
from lacunet.errors import DataError, SpecError

RANGES = {"sample": (0.0, 1.0), "learning_rate": (1e-9, 1e9), "exponent": (-2.0, 2.0), "held_out": (0.0, 0.5)}
LONGEST = 1_000
"""Widest window, most negatives: beyond it something was mistyped."""


@dataclass(frozen=True, kw_only=True)
class SkipGram:
    r"""Word embeddings by skip-gram: every word learns to tell in whose neighbourhood it stands.

    A window moves over the text. For each word in it and the word c at its centre, with u the input vector of the one
    and v the output vectors, training lowers

    .. math:: -\log\sigma(u \cdot v_c) - \sum_{j=1}^{k} E_{w_j \sim P}\,\log\sigma(-u \cdot v_{w_j}), \quad
              P(w) \propto n_w^{exponent}.

    The same seed gives the same bits on any number of threads. Use it where a corpus has a million words or more: from
    less, vectors of rare words say little, and `stability_of` shows which. Vectors describe the corpus they come from,
    its prejudices included.

    Parameters
    ----------
    dim
        Dimensions d of a vector. 300 with ``window=6`` is what Rodriguez and Spirling (2022) advise for politics.
    window
        Largest number of words on either side of the centre; each centre draws its own, uniformly from 1 to it.
    negative
        Negatives k for every pair; 0 takes hierarchical softmax (Huffman's tree) in place of negative sampling.
    epochs
        Passes over the text.
    min_count
        Words with fewer occurrences are left out, and windows close over them.
    sample
        Threshold t of subsampling: a word of relative frequency f is kept with probability
        :math:`\sqrt{t/f} + t/f`, anew in every epoch; 0 keeps all.
    learning_rate
        Step size at the beginning; it falls to 0 linearly over all epochs. None takes 0.025, and 0.05 for CBOW.
    exponent
        Power of the word counts in the noise distribution.
    cbow
        Continuous bag of words: the mean of a window's input vectors leads to its centre. On one thread.
    subwords
        Shortest and longest run of letters that words share vectors by, such as ``(3, 6)``; None for none. For rare
        words and languages with many endings. A word's vector is then the mean over itself and its runs. On one thread.
    fixed_window
        Whether all windows have the full width.
    held_out
        Share of the documents that are not trained on, for the held-out loss; words in them count for the vocabulary.
    early_stop
        Whether to stop after an epoch that did not lower the held-out loss, and to go back to the one before. For
        trainings planned far too long: with the falling rate most of the gain comes in the last epochs.

    Raises
    ------
    SpecError
        When an option is out of its range.

    References
    ----------
    Mikolov, T., I. Sutskever, K. Chen, G. Corrado, and J. Dean. 2013. Distributed representations of words and phrases
    and their compositionality. Advances in Neural Information Processing Systems 26.
    Rodriguez, P. L., and A. Spirling. 2022. Word embeddings: what works, what doesn't, and how to tell the difference
    for applied research. Journal of Politics 84(1): 101-115.
    **Differs:** eight words at a time share 32 negatives (for k = 5), each with the weight that keeps the expected
    sum as above, and are updated together; pairs of one stretch of 32,768 tokens are taken in the order of 16 strata of
    the vocabulary, which is what lets threads work without meeting. The sigmoid is no table. As in word2vec.c, and
    unlike the paper, the word in the window is the input and the centre the target, subsampling comes before windows,
    and it keeps a little more. Nothing is cut off: a unit may be of any length.

    Examples
    --------
    >>> SkipGram(dim=100, window=5).negative
    5
    """

    dim: int = 300
    window: int = 6
    negative: int = 5
    epochs: int = 5
    min_count: int = 5
    sample: float = 1e-3
    learning_rate: float | None = None
    exponent: float = 0.75
    cbow: bool = False
    subwords: tuple[int, int] | None = None
    fixed_window: bool = False
    held_out: float = 0.01
    early_stop: bool = False

    def __post_init__(self) -> None:
        """Check every option once."""
        for name, least in (("dim", 1), ("window", 1), ("negative", 0), ("epochs", 1), ("min_count", 1)):
            check_count(getattr(self, name), name, least)
        for name in ("window", "negative"):
            if getattr(self, name) > LONGEST:
                raise SpecError(f"{name}={getattr(self, name)} is beyond use. Give a whole number up to {LONGEST}.")
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int | float) and low <= value <= high):
                raise SpecError(f"{name}={value!r} is out of range. Give a number from {low:g} to {high:g}.")
        if self.subwords is not None:
            self._check_subwords()
        if self.early_stop and self.held_out == 0:
            raise SpecError("early_stop goes by the held-out loss, and held_out=0 leaves none. Give held_out=0.01.")

    def _check_subwords(self) -> None:
        sizes = tuple(self.subwords) if isinstance(self.subwords, tuple | list) else ()
        if len(sizes) != 2 or not all(isinstance(n, int) and n > 0 for n in sizes) or sizes[0] > sizes[1]:
            raise SpecError(
                f"subwords={self.subwords!r} is not a shortest and a longest run of letters. Give two whole numbers, "
                "such as (3, 6)."
            )
        object.__setattr__(self, "subwords", sizes)

    def fit(
        self,
        source: Any,
        *,
        text: str | None = None,
        tokens: Tokens | None = None,
        threads: int | None = None,
        seed: int | None = None,
        start: Embeddings | None = None,
        device: str | None = None,
        progress: Callable[..., None] | None = None,
    ) -> FittedSkipGram:
        """Read a corpus and train on it.

        Parameters
        ----------
        source
            A `Corpus`, or what `read_corpus` takes: files, a folder, a frame, texts, or lists of words.
        text
            Column or key of the text, where the source has several.
        tokens
            How texts become words; None takes ``Tokens()``.
        threads
            Workers, at most four find work; None takes as many as there are cores. No number depends on it.
        seed
            Decides everything that is drawn; drawn and recorded when None.
        start
            Vectors to begin from, for the words they share with the corpus: an earlier slice of time, or a model to
            train further. Those of a `FittedSkipGram` bring their context vectors.
        device
            "gpu" trains skip-gram with negative sampling on an NVIDIA graphics processor, through JAX: the same method
            in larger steps, the same bits for a seed there, others than on a processor. It was tested with JAX on
            processors only: no figures from a GPU are known yet. None and "cpu" train on processors.
        progress
            Function of stage, words done and words in all.

        Returns
        -------
        FittedSkipGram
            The embeddings, with how they came about.

        Raises
        ------
        DataError
            When fewer than two words reach ``min_count``, or the source cannot be read.
        SpecError
            When ``start`` has other dimensions.
        TrainingError
            When vectors stop being finite numbers: the learning rate is too high.

        Warns
        -----
        ConvergenceWarning
            When it is interrupted (Ctrl-C) after an epoch: the vectors are those at its end.
        """
        corpus = as_corpus(source, text, tokens)
        seed = draw_seed() if seed is None else check_seed(seed)
        vocabulary = corpus.vocabulary(self.min_count)
        _check_vocabulary(vocabulary, corpus)
        state, notes = begin(self, vocabulary, seed), []
        if start is not None:
            n_known = start_from(start, state, vocabulary, self)
            notes.append(f"Began from earlier vectors for {n_known:,} of {len(vocabulary):,} words.")
        return train(self, corpus, vocabulary, state, start_of(self, corpus, seed, notes), threads, progress, device)


def _check_vocabulary(vocabulary: Vocabulary, corpus: Corpus) -> None:
    if len(vocabulary) < 2:
        most = corpus.vocabulary(1, max_words=1)
        shown = f" (the most frequent, '{most.words[0]}', {most.counts[0]:,} times)" if len(most) else ""
        raise DataError(
            f"{len(vocabulary)} of {corpus.n_types:,} distinct words have {vocabulary.min_count} occurrences{shown}. "
            "Embeddings need two words at least, and a corpus of a million words to say much. Give more text, or a "
            "lower min_count."
        )
