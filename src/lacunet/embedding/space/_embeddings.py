"""Embeddings: words as points, with the questions that can be put to them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lacunet._typing import Frame, PathLike
from lacunet.embedding.space import _gensim
from lacunet.embedding.space._binary_form import is_binary, read_binary, write_binary
from lacunet.embedding.space._composition import Composition
from lacunet.embedding.space._evaluation import Evaluation, evaluate
from lacunet.embedding.space._fasttext_form import read_fasttext
from lacunet.embedding.space._files import without_repeats
from lacunet.embedding.space._map import plot_map
from lacunet.embedding.space._save import parts_of
from lacunet.embedding.space._text_form import read_text, write_text
from lacunet.embedding.space._words import describe, works_to_cite
from lacunet.errors import SpecError
from lacunet.keep import Parts, write_parts


class Embeddings(Composition):
    """Words as vectors: look-ups, likeness, analogies, documents, evaluation, maps and files.

    ``embeddings["freedom"]`` is the vector of a word, ``embeddings[["war", "peace"]]`` a matrix of two; ``in``, ``len``
    and iteration go by words. Nothing in it changes once it is made. The matrix is not copied where it is float32
    already: do not change it afterwards.

    Parameters
    ----------
    words
        Different texts, v of them, most frequent first where that is known: `evaluate` and messages go by it.
    vectors
        Finite numbers (v, d), kept as float32.
    counts
        Occurrences of each word in the corpus (v,), which `documents` needs for "sif"; None where nobody knows.

    Raises
    ------
    DataError
        When words repeat or are empty, a number is not finite, or lengths differ.

    Examples
    --------
    >>> space = Embeddings(["war", "battle", "peace"], [[1.0, 0.0], [3.0, 4.0], [0.0, 2.0]])
    >>> round(space.similarity("war", "battle"), 3)
    0.6
    >>> space.nearest("peace", n=1)["word"].tolist()
    ['battle']
    """

    @classmethod
    def from_word2vec(cls, path: PathLike, *, limit: int | None = None) -> "Embeddings":
        """Read a word2vec file, text or binary (the file itself tells), packed by gzip or not.

        Parameters
        ----------
        path
            A file of word2vec.c, gensim, fastText (``.vec``), or `save_word2vec`.
        limit
            Read so many words from the top, most often the most frequent; None for all.

        Returns
        -------
        Embeddings
            Words and vectors; such files hold no counts.

        Raises
        ------
        DataError
            When the header lies, a line is wrong or the file is cut off; the message says where.

        Warns
        -----
        DataWarning
            When words repeat: the first is kept.
        """
        read = read_binary if is_binary(path) else lambda path, limit: read_text(path, limit, header=True)
        return Embeddings(*without_repeats(*read(path, limit), path))

    def save_word2vec(self, path: PathLike, *, binary: bool | None = None, force: bool = False) -> Path:
        """Write a word2vec file; text keeps every digit, binary is smaller and faster.

        Parameters
        ----------
        path
            Where to write.
        binary
            Whether in binary; None goes by the name: binary if it ends in ``.bin``.
        force
            Whether to replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        DataError
            When a word holds a space, which ends a word in such files.
        SpecError
            When the file exists and ``force`` is not given, or its name ends in ``.gz``.
        """
        path = _unpacked(path)
        if path.suffix == ".bin" if binary is None else binary:
            write_binary(path, self.words, self.vectors, force=force)
        else:
            write_text(path, self.words, self.vectors, header=True, force=force)
        return path

    @classmethod
    def from_glove(cls, path: PathLike, *, limit: int | None = None) -> "Embeddings":
        """Read a GloVe file: lines of a word and its numbers, without a header, packed by gzip or not.

        Parameters
        ----------
        path
            A file of GloVe or `save_glove`. A few words of the large published files hold spaces; they are kept.
        limit
            Read so many words from the top; None for all.

        Returns
        -------
        Embeddings
            Words and vectors.

        Raises
        ------
        DataError
            When a line has too few or too many numbers; the message says which.

        Warns
        -----
        DataWarning
            When words repeat: the first is kept.
        """
        return Embeddings(*without_repeats(*read_text(path, limit, header=False), path))

    def save_glove(self, path: PathLike, *, force: bool = False) -> Path:
        """Write lines of a word and its numbers, as GloVe does.

        Parameters
        ----------
        path
            Where to write.
        force
            Whether to replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        DataError
            When a word holds a space.
        SpecError
            When the file exists and ``force`` is not given, or its name ends in ``.gz``.
        """
        path = _unpacked(path)
        write_text(path, self.words, self.vectors, header=False, force=force)
        return path

    @classmethod
    def from_fasttext(cls, path: PathLike, *, limit: int | None = None) -> "Embeddings":
        r"""Read a fastText model (``.bin``) or its vectors (``.vec``).

        Of a model the vector of a word is, as in fastText itself, the mean of its own row and the rows of its character
        n-grams,

        .. math:: v_w = \frac{1}{1 + |G_w|} \Big(z_w + \sum_{g \in G_w} z_g\Big).

        Parameters
        ----------
        path
            A file of fastText.
        limit
            Read so many words from the top; None for all.

        Returns
        -------
        Embeddings
            Words and vectors, with counts where the file is a model.

        Raises
        ------
        DataError
            When the file is cut off, of another form or version, or quantised (``.ftz``).

        References
        ----------
        Bojanowski, P., Grave, E., Joulin, A., & Mikolov, T. (2017). Enriching word vectors with subword information.
        *Transactions of the Association for Computational Linguistics*, 5, 135-146.
        Differs: vectors of words that the model does not know are not made up from their n-grams.
        """
        found = read_fasttext(path, limit)
        return cls.from_word2vec(path, limit=limit) if found is None else Embeddings(*found)

    @classmethod
    def from_gensim(cls, vectors: Any) -> "Embeddings":
        """Take over the vectors of a gensim model or of its ``KeyedVectors``.

        Parameters
        ----------
        vectors
            ``KeyedVectors`` of gensim 4, or a model that has them as ``wv``.

        Returns
        -------
        Embeddings
            Words and vectors, with counts where gensim knows them.

        Raises
        ------
        SpecError
            When it is neither.
        """
        return Embeddings(*_gensim.take(vectors))

    def to_gensim(self) -> Any:
        """Hand the vectors over to gensim, which needs to be installed.

        Returns
        -------
        gensim.models.KeyedVectors
            The same words, vectors and counts.
        """
        return _gensim.hand_over(self.words, self.vectors, self.counts)

    def evaluate(
        self, data: PathLike | Frame, *, restrict: int | None = 30_000, ignore_case: bool = True, level: float = 0.95
    ) -> Evaluation:
        r"""Compare with human judgements: pairs of words that people rated, or analogies.

        Pairs (WordSim-353, SimLex-999) give Spearman's correlation of ratings and cosines, with the interval of Bonett
        and Wright,

        .. math:: \tanh\!\Big(\operatorname{artanh} r \pm z \sqrt{(1 + r^2 / 2) / (n - 3)}\Big).

        Analogies (questions-words.txt: "a b c d", a is to b as c is to d) give the share of questions whose d is the
        first answer of `analogy`, by 3CosAdd and by 3CosMul. Questions with an unknown word are left out and counted,
        as in word2vec's compute-accuracy: figures of spaces with other coverage do not compare.

        Parameters
        ----------
        data
            A file or a frame: two words and a rating a row; or four words a row, under lines ": section" in a file or
            after a column of sections in a frame.
        restrict
            Analogies are asked among so many of the first words (30,000 in word2vec's own scripts); None for all.
        ignore_case
            Whether "Athens" may stand for "athens"; of words that differ in case the first stands for all.
        level
            Level of the interval.

        Returns
        -------
        Evaluation
            The score, its coverage, and a table.

        Raises
        ------
        DataError
            When the file is neither; the message says which line is wrong.
        SpecError
            When an option is wrong.

        References
        ----------
        Bonett, D. G., & Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman
        correlations. *Psychometrika*, 65(1), 23-28.
        Mikolov, T., Chen, K., Corrado, G., & Dean, J. (2013). Efficient estimation of word representations in vector
        space. arXiv:1301.3781.
        """
        return evaluate(self, data, restrict=restrict, ignore_case=ignore_case, level=level)

    def map(self, words: Sequence[str] | Mapping[str, Sequence[str]], *, labels: bool = True, title: str = "") -> Any:
        """Map of words by the first two principal components of their vectors at length 1.

        A map of a few dozen chosen words shows which groups they fall into. Two dimensions show a part of the distances
        only (the axes say how much): do not read single distances off it, ask `similarity`.

        Parameters
        ----------
        words
            Three known words or more; or a name of a group to its words, for a colour each.
        labels
            Whether to write the words. Labels do not cover each other or the points of others; what finds no place is
            left out, with a warning.
        title
            What to write above.

        Returns
        -------
        matplotlib.figure.Figure
            The map.

        Raises
        ------
        SpecError
            When there are fewer than three words, or more groups than colours.
        DataError
            When a word is unknown.

        Warns
        -----
        DataWarning
            When labels find no place.
        """
        return plot_map(self, words, labels=labels, title=title)

    def summary(self) -> str:
        """Say what this is, in a few sentences."""
        return describe(self)

    def cite(self) -> str:
        """Works to cite when results rest on these embeddings, one a line."""
        return works_to_cite()

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Save to one file (a zip of safetensors and JSON) that ``lacunet.load`` reads; any word is kept.

        What was trained here keeps all that `FittedSkipGram.resume` needs.

        Parameters
        ----------
        path
            Where to write; ``.lacunet`` is a good ending.
        force
            Whether to replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        SpecError
            When the file exists and ``force`` is not given.
        """
        write_parts(path, self._parts(), force)
        return Path(path)

    def _parts(self) -> Parts:
        """What the file holds."""
        return parts_of(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} words, {self.dim} dimensions)"


def _unpacked(path: PathLike) -> Path:
    if Path(path).suffix == ".gz":
        raise SpecError(f"'{path}' is the name of a packed file. Vectors are written unpacked. Leave .gz out.")
    return Path(path)
