"""A transform with the embeddings that it belongs to: what is made of contexts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lacunet._check import check_count, check_seed
from lacunet._typing import Floats, PathLike
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus, as_corpus
from lacunet.errors import DataError, SpecError
from lacunet.keep import write_parts
from lacunet.measures.alacarte._carte import Carte, Source
from lacunet.measures.alacarte._cells import add_up, group_mentions, mention_vectors, warn_of_small
from lacunet.measures.alacarte._cite import works_to_cite
from lacunet.measures.alacarte._instances import Instances
from lacunet.measures.alacarte._recovery import describe_recovery, draw_recovery, tabulate_recovery
from lacunet.measures.alacarte._same import contexts_in_all
from lacunet.measures.alacarte._save import parts_of
from lacunet.measures.contexts import find_contexts
from lacunet.measures.documents import mean_vectors, open_documents
from lacunet.measures.documents._documents import as_names
from lacunet.measures.uncertainty import cluster_codes
from lacunet.report._summary import Summary


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a transform came about.

    Attributes
    ----------
    window
        Words to either side of a mention.
    min_count
        Fewest occurrences of a word that the transform was estimated with.
    weighting
        "log", "threshold", "given" or "identity".
    threshold
        Fewest occurrences under "threshold".
    """

    window: int
    min_count: int
    weighting: str
    threshold: int


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class AlaCarte:
    r"""Vectors for anything that stands in a context: mentions, groups of mentions, documents. Made by `alacarte`.

    A vector is :math:`y = A u`, with u the mean vector of the known words around a mention.

    Attributes
    ----------
    spaces
        The embeddings, one or several fits.
    transforms
        A of each of them (d, d), float64.
    recoveries
        Of each fit one row a word: word, count, cosine of A u_w with v_w, held_out; empty where nothing was checked.
    settings
        How the transform came about.
    seed
        Number that decided the held-out words, and the seed of every `Carte` unless it gets its own.
    corpus
        What it was estimated on; None after loading.
    notes
        What was decided, as sentences.
    """

    spaces: tuple[Embeddings, ...]
    transforms: tuple[Floats, ...]
    recoveries: tuple[pd.DataFrame, ...]
    settings: Settings
    seed: int
    corpus: Corpus | None
    notes: tuple[str, ...]

    @property
    def space(self) -> Embeddings:
        """The embeddings; the first where there are several fits."""
        return self.spaces[0]

    @property
    def transform(self) -> Floats:
        """A (d, d), y = A u; of the first where there are several fits."""
        return self.transforms[0]

    @property
    def recovery(self) -> pd.DataFrame:
        """One row a word (and fit, where there are several): word, count, cosine, held_out."""
        if len(self.spaces) == 1:
            return self.recoveries[0].copy()
        return pd.concat([one.assign(fit=s) for s, one in enumerate(self.recoveries)], ignore_index=True)

    def __len__(self) -> int:
        return len(self.spaces)

    def __getitem__(self, s: int) -> "AlaCarte":
        """The same with one of several fits alone."""
        if not 0 <= s < len(self.spaces):
            raise IndexError(f"There is no fit {s}. The fits are 0 to {len(self.spaces) - 1}.")
        return replace(
            self, spaces=(self.spaces[s],), transforms=(self.transforms[s],), recoveries=(self.recoveries[s],)
        )

    def __repr__(self) -> str:
        fits = f", {len(self.spaces)} fits" if len(self.spaces) > 1 else ""
        how = f"transform {self.settings.weighting}, window {self.settings.window}"
        return f"AlaCarte({len(self.space):,} words, {self.space.dim} dimensions{fits}, {how})"

    def table(self) -> pd.DataFrame:
        """Recovery of fitted and of held-out words: n_words, median, share_above (.6), and lower quartile.

        Returns
        -------
        pandas.DataFrame
            One row for the fitted and one for the held-out words (of each fit, where there are several).
        """
        return tabulate_recovery(self.recoveries)

    def summary(self) -> Summary:
        """Whether words are found again from their contexts, in sentences, and the table."""
        table = self.table()
        lines = (repr(self) + f", seed {self.seed}.", *describe_recovery(table), *self.notes)
        return Summary(lines=lines, rows=table)

    def recovery_plot(self) -> Any:
        """Cosine of A u_w with v_w against how often a word occurs, fitted and held-out words apart.

        Returns
        -------
        matplotlib.figure.Figure
            Of the first fit where there are several.

        Raises
        ------
        DataError
            When nothing was checked.
        """
        return draw_recovery(self.recoveries[0])

    def plot(self) -> Any:
        """The same as `recovery_plot`."""
        return self.recovery_plot()

    def cite(self) -> str:
        """Works to cite, one a line."""
        return works_to_cite()

    def embed(
        self,
        targets: Any,
        *,
        texts: Any = None,
        text: str | None = None,
        by: str | Sequence[str] | None = None,
        cluster: str | None = None,
        window: int | None = None,
        seed: int | None = None,
    ) -> Carte:
        """Vectors of a target as each group of documents uses it.

        Parameters
        ----------
        targets
            A word; a list of spellings of one target; or names with their spellings, for several. ``*`` and ``?`` are
            wildcards, and spaces separate the words of a term.
        texts
            A `Corpus`, or what `read_corpus` takes, read with the tokens of the corpus that the transform was estimated
            on; None takes that corpus itself.
        text
            As in `read_corpus`.
        by
            Document variables whose values make the groups; None makes one group a target.
        cluster
            Document variable that says which documents are drawn together (speaker); None draws documents.
        window
            Words to either side; None takes that of the transform.
        seed
            Of resamples and permutations; None takes that of the transform.

        Returns
        -------
        Carte
            Vectors of the groups, and the questions that can be put to them.

        Raises
        ------
        DataError
            When no target occurs, or no group is left.
        ColumnError
            When ``by`` or ``cluster`` is no document variable.
        SpecError
            When an option is wrong.

        Warns
        -----
        DataWarning
            Of groups without a mention, which are left out, and of groups with fewer than 20 mentions or 5 documents.
        """
        corpus = self._corpus(texts, text)
        window = self.settings.window if window is None else check_count(window, "window")
        names = as_names(by, "by")
        codes = cluster_codes(corpus.variables, cluster, corpus.n_documents)
        found = contexts_in_all([find_contexts(space, corpus, targets, window=window) for space in self._distinct()])
        found = found * len(self.spaces) if len(found) == 1 else found
        groups = group_mentions(found[0], corpus.variables, names)
        cells = add_up(self.spaces, self.transforms, found, groups, codes)
        notes = (*corpus.notes, *groups.notes, *warn_of_small(groups, cells))
        return Carte(
            groups=groups,
            cells=cells,
            source=Source(
                spaces=self.spaces,
                transforms=self.transforms,
                corpus=corpus,
                terms=targets,
                found=found,
                by=names,
                cluster=cluster,
            ),
            seed=self.seed if seed is None else check_seed(seed),
            notes=notes,
        )

    def instances(
        self, targets: Any, *, texts: Any = None, text: str | None = None, window: int | None = None
    ) -> Instances:
        """One vector a mention.

        Parameters
        ----------
        targets, texts, text, window
            As in `embed`.

        Returns
        -------
        Instances
            Vectors, and a table of where the mentions stand.

        Raises
        ------
        DataError
            When no target occurs.
        SpecError
            When there are several fits, whose axes differ, or an option is wrong.
        """
        space = self._single("instances")
        corpus = self._corpus(texts, text)
        window = self.settings.window if window is None else check_count(window, "window")
        found = find_contexts(space, corpus, targets, window=window)
        return Instances(found=found, vectors=mention_vectors(space, self.transform, found), variables=corpus.variables)

    def documents(self, texts: Any = None, *, text: str | None = None) -> Floats:
        """One vector a document: A times the mean vector of its known words.

        Parameters
        ----------
        texts, text
            As in `embed`.

        Returns
        -------
        numpy.ndarray
            Floats (n, d), NaN in the row of a document without a known word.

        Raises
        ------
        DataError
            When no word is known.
        SpecError
            When there are several fits, whose axes differ.

        Warns
        -----
        DataWarning
            When documents have no known word.
        """
        space = self._single("documents")
        found = open_documents(space, self._corpus(texts, text))
        with threadpool_limits(limits=1):
            return np.asarray(mean_vectors(found.counts, space.vectors) @ self.transform.T)

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Save to one file, embeddings and transform and recovery, that ``lacunet.load`` reads. The corpus is not kept.

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
        facts = {**vars(self.settings), "seed": self.seed, "notes": self.notes}
        write_parts(path, parts_of(self.spaces, self.transforms, self.recoveries, facts), force)
        return Path(path)

    def _distinct(self) -> tuple[Embeddings, ...]:
        """One space where all fits have the same words in the same order, so that the text is searched once."""
        first = self.spaces[0].words
        return self.spaces[:1] if all(space.words == first for space in self.spaces) else self.spaces

    def _corpus(self, texts: Any, text: str | None) -> Corpus:
        if texts is None:
            if self.corpus is None:
                raise DataError(
                    "There are no texts: an AlaCarte that was loaded, or made without a corpus, has none. Texts are "
                    "needed. Hand them over in texts=."
                )
            return self.corpus
        tokens = None if self.corpus is None or isinstance(texts, Corpus) else self.corpus.tokens
        return as_corpus(texts, text, tokens)

    def _single(self, what: str) -> Embeddings:
        if len(self.spaces) > 1:
            raise SpecError(
                f"There are {len(self.spaces)} fits, whose axes differ, and {what} have the axes of one. Ask one of "
                f"them: alacarte[0].{what}(...)."
            )
        return self.spaces[0]
