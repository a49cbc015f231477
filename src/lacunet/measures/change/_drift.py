"""How far words moved: the front door."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus, Tokens, as_corpus
from lacunet.errors import SpecError, list_some, suggest, warn_user
from lacunet.measures._spaces import read_spaces
from lacunet.measures.change._cut import Cut, cut_documents
from lacunet.measures.change._mentions import Mentions, find_mentions_by_slice
from lacunet.measures.change._refits import Fits, compare_fits, join_spaces
from lacunet.measures.change._result import Drift, How
from lacunet.measures.change._slices import Slices, fit_cut
from lacunet.measures.change._trajectory import FEW, Trajectory, follow

METHODS, REFERENCES = ("alacarte", "procrustes", "chained"), ("first", "previous")


def drift(
    space: Any,
    corpus: Any = None,
    words: Any = (),
    *,
    text: str | None = None,
    tokens: Tokens | None = None,
    by: str = "year",
    breaks: Sequence[Any] | None = None,
    method: str = "alacarte",
    transform: Any = None,
    window: int = 6,
    reference: str = "first",
    n_boot: int = 500,
    n_permutations: int = 499,
    n_refits: int = 0,
    cluster: str | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Any = None,
) -> Drift:
    r"""Measure how far words moved from slice to slice, and how far chance alone would have moved them.

    A word of few mentions drifts by chance, the more the fewer there are, so that a bare distance says little. With one
    space and a corpus (``method="alacarte"``), the vector of a word in a slice is the mean over its mentions there,
    which needs no fit and no alignment; the distance is freed from what noise adds to it, has an interval over
    documents (or clusters), and is set against documents permuted over the two slices.

    With :math:`\bar u_t` the mean of slice t, :math:`e_{gt}` what document or cluster g adds to its error, across the
    mean, and :math:`V_{ts} = \sum_g e_{gt} \cdot e_{gs}` (times G / (G - 1)),

    .. math:: D_t = 1 - \frac{\bar u_t \cdot \bar u_r - V_{tr}}
              {\sqrt{(\lVert \bar u_t \rVert^2 - V_{tt})(\lVert \bar u_r \rVert^2 - V_{rr})}} .

    Parameters
    ----------
    space
        Embeddings of the whole corpus (or from elsewhere); a list of them, fits with other seeds; the `Slices` of
        `fit_slices`; a mapping of labels to ready embeddings; or a `SkipGram` to fit slice by slice.
    corpus
        The text, with document variables, as a `Corpus` or a frame or file that `read_corpus` takes; other embeddings
        to compare ``space`` with; None with slices.
    words
        Words whose change is asked about, each by itself; or a name to its spellings, as in ``{"immigrants":
        ["immigrant", "immigrants"]}``.
    text, tokens
        As in `read_corpus`, where ``corpus`` is no `Corpus` yet.
    by, breaks
        Column by which to cut, and the edges of slices; see `fit_slices`.
    method
        "alacarte"; or "procrustes" or "chained", which fit every slice: hand over a `SkipGram`, or embeddings trained
        here, whose specification is taken.
    transform
        A of the a la carte embedding: a matrix (d, d), what `alacarte` gives, "identity", or None to estimate it.
    window
        Words to either side of a mention.
    reference
        "first" compares with the first slice in which 20 documents mention the word (where none has as many, with the
        first that has the word), "previous" with the slice before; or the name of a slice, such as "1990".
    n_boot, n_permutations
        Resamples of documents, and permutations; 0 permutations for none.
    n_refits
        Of the methods that fit every slice: how often to fit all of them again to permuted documents, for a null. Each
        costs as much as all slices did.
    cluster
        Column that says which documents belong together, such as the speaker: they are drawn and permuted together.
    seed
        Decides the resamples; drawn and recorded when None.
    threads, progress
        Of the fits, as in `fit_slices`.

    Returns
    -------
    Drift
        ``.table()``, ``.plot()``, ``.similarity(...)``, ``.neighbours(...)``, ``.summary()``.

    Raises
    ------
    SpecError
        When an option is wrong, or what is handed over does not go together.
    ColumnError
        When there is no such column.
    DataError
        When there is one slice only, or no word occurs.

    Warns
    -----
    DataWarning
        When slices hold few mentions of a word, or documents are in none.

    References
    ----------
    Dubossarsky, H., D. Weinshall, and E. Grossman. 2017. Outta control: laws of semantic change and inherent biases in
    word representation models. Proceedings of EMNLP: 1136-1145.
    Rodriguez, P. L., A. Spirling, and B. M. Stewart. 2023. Embedding regression: models for context-specific
    description and inference. American Political Science Review 117(4): 1255-1274.
    Differs: documents that mention the word are permuted over the two slices compared, not all text over all slices, so
    that neither frequency nor change elsewhere is in the null. Intervals are by inversion of the bootstrap: the plain
    percentile bootstrap of a distance hardly ever holds the truth where the change is small.
    """
    seed = draw_seed() if seed is None else check_seed(seed)
    _check_options(method, n_boot, n_permutations, n_refits)
    how = How(
        method=method,
        reference=reference,
        n_boot=n_boot,
        n_permutations=n_permutations,
        cluster=cluster,
        seed=seed,
    )
    if _is_ready(space, corpus):
        return _drift_of_fits(space, corpus, words, how, n_refits)
    corpus = _read_corpus(corpus, text, tokens)
    if method != "alacarte" or not isinstance(space, Embeddings | list | tuple):
        spec, cut = _read_spec(space, method), cut_documents(corpus, by, breaks)
        _number_reference(reference, cut)
        slices = fit_cut(spec, corpus, cut, chained=method == "chained", seed=seed, threads=threads, progress=progress)
        return _drift_of_fits(slices, None, words, how, n_refits)
    spaces, cut = read_spaces(space), cut_documents(corpus, by, breaks)
    _number_reference(reference, cut)
    with threadpool_limits(limits=1):  # the same bits on any number of threads
        mentions = find_mentions_by_slice(
            spaces,
            corpus,
            words,
            cut,
            window=window,
            transform=transform,
            cluster=cluster,
            seed=seed,
        )
        return _drift_of_mentions(mentions, how)


def _drift_of_mentions(mentions: Mentions, how: How) -> Drift:
    found = tuple(
        follow(
            word,
            mentions.pieces(word),
            mentions.count_documents(word),
            _number_reference(how.reference, mentions.cut),
            n_boot=how.n_boot,
            n_permutations=how.n_permutations,
            seed=how.seed,
        )
        for word in mentions.words
    )
    labels = mentions.cut.labels
    later = _say_later(found, labels) if how.reference == REFERENCES[0] else ()
    notes = (*mentions.notes, *later, *_warn_of_few(found, labels))
    return Drift(trajectories=found, cut=mentions.cut, source=mentions, how=how, notes=notes)


def _drift_of_fits(space: Any, other: Any, words: Any, how: How, n_refits: int) -> Drift:
    if isinstance(space, Slices):
        slices, fits, cut = space, Fits(spaces=space.spaces), space.cut
        method = "chained" if space.recipe.chained else "procrustes"
        notes = space.notes
    else:
        labels = list(space) if isinstance(space, Mapping) else ["first", "second"]
        spaces = list(space.values()) if isinstance(space, Mapping) else [space, other]
        fits, cut = join_spaces(spaces, labels)
        slices, method, notes = None, "procrustes", ("Each is rotated onto the one before.",)
    trajectories, more = compare_fits(fits, words, _number_reference(how.reference, cut), slices, n_refits, how.seed)
    none = "" if slices is not None and n_refits else " and no null"
    unknown = f"Distances between fits have no interval{none} here: chance moves words as well, rare ones most."
    how = How(method=method, reference=how.reference, n_boot=0, n_permutations=n_refits, cluster=None, seed=how.seed)
    return Drift(trajectories=trajectories, cut=cut, source=fits, how=how, notes=(*notes, *more, unknown))


def _read_corpus(corpus: Any, text: str | None, tokens: Tokens | None) -> Corpus:
    if corpus is None or isinstance(corpus, Embeddings | Mapping):
        raise SpecError(
            f"corpus is a {type(corpus).__name__}. With one space, a Corpus is needed whose documents are cut into "
            "slices: read it with read_corpus(frame), or hand over the Slices of fit_slices, or a second Embeddings."
        )
    return as_corpus(corpus, text, tokens)


def _number_reference(reference: str, cut: Cut) -> str | int:
    """The number of a slice that is named; what else there is as it is."""
    if reference in REFERENCES:
        return reference
    if str(reference) not in cut.labels:
        hint = suggest(reference, (*REFERENCES, *cut.labels)) or f"The slices are: {list_some(cut.labels, 20)}."
        raise SpecError(f"reference={reference!r} is not known. 'first', 'previous' or a slice is needed. {hint}")
    return cut.labels.index(str(reference))


def _say_later(found: Sequence[Trajectory], labels: Sequence[str]) -> tuple[str, ...]:
    """Words that begin later than they occur first, since their first slices say too little."""
    later = []
    for one in found:
        chosen = one.reference[one.reference >= 0]
        if len(chosen) and chosen[0] > np.flatnonzero(one.n_mentions)[0]:
            later.append(f"{one.word!r} with {labels[chosen[0]]}")
    if not later:
        return ()
    return (f"Compared with the first slice in which {FEW} documents mention the word: {list_some(later, 5)}.",)


def _is_ready(space: Any, corpus: Any) -> bool:
    """Whether the embeddings of all slices are handed over."""
    if isinstance(space, Mapping):
        if corpus is not None:
            raise SpecError("Slices come with a corpus of their own. Leave corpus out, and say words=[...].")
        return True
    return isinstance(space, Embeddings) and isinstance(corpus, Embeddings)


def _read_spec(space: Any, method: str) -> Any:
    spec = space if callable(getattr(space, "fit", None)) else getattr(space, "spec", None)
    if spec is None or method == "alacarte":
        raise SpecError(
            f"method={method!r} and space is a {type(space).__name__}. 'alacarte' needs Embeddings; 'procrustes' and "
            "'chained' need a SkipGram, or embeddings that one fitted. Hand over what the method needs."
        )
    return spec


def _check_options(method: str, n_boot: int, n_permutations: int, n_refits: int) -> None:
    if method not in METHODS:
        raise SpecError(f"method={method!r} is not known. It is one of {', '.join(map(repr, METHODS))}: choose one.")
    check_count(n_boot, "n_boot", 50)
    check_count(n_permutations, "n_permutations", 0)
    check_count(n_refits, "n_refits", 0)


def _warn_of_few(found: Sequence[Trajectory], labels: Sequence[str]) -> tuple[str, ...]:
    few = [
        f"{one.word!r} in {labels[t]} ({one.n_documents[t]})"
        for one in found
        if one.n_documents is not None
        for t in map(int, np.flatnonzero(one.n_documents < FEW))
    ]
    if not few:
        return ()
    note = (
        f"Slices with fewer than {FEW} documents that mention a word: {list_some(few, 5)}. Their intervals are rough, "
        "and missing below two. Join slices with breaks=[...]."
    )
    warn_user(note)
    return (note,)
