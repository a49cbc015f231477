"""The same specification again and again: with other seeds, or on documents drawn anew."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability._averages import Over
from lacunet.embedding.stability._stability import Stability, stability
from lacunet.embedding.text import Corpus, Tokens, as_corpus
from lacunet.errors import ColumnError, DataError, SpecError, suggest

DOCUMENTS = "documents"


def stability_of(
    spec: Any,
    source: Any,
    *,
    seeds: int = 5,
    resample: str | None = None,
    cues: Sequence[str] | None = None,
    n_random: int = 100,
    text: str | None = None,
    tokens: Tokens | None = None,
    threads: int | None = None,
    seed: int | None = None,
    progress: Any = None,
) -> Stability:
    """Fit a specification several times and compare the fits.

    Without resampling it says what the chance of training does. With it, what another sample of documents would have
    given as well, which is the standard error that a claim about the language behind the corpus needs. Where documents
    come in clusters (speeches of one speaker), draw the clusters: the documents of one are no independent evidence.
    For rare words such standard errors are too small: what a corpus never shows, no resample of it can show.

    A resample has some 63 % of the documents, a part of them twice, and so its similarities are lower than those of the
    corpus. With resampling, one more fit is therefore made to the documents as they are: similarities and neighbours
    come from it, and the resamples give the standard errors and intervals around them.

    Parameters
    ----------
    spec
        A `SkipGram`.
    source
        A `Corpus`, or what `read_corpus` takes: it is read once for all fits.
    seeds
        How many fits to compare: five for a first look, ten or more for standard errors over resamples.
    resample
        None for the same documents each time, "documents" for as many drawn with replacement, or the name of a document
        variable whose values are drawn with replacement, each with all of its documents (a document without a value
        stands for itself).
    cues, n_random
        As in `stability`.
    text, tokens
        As in `read_corpus`, where ``source`` is no `Corpus` yet.
    threads
        As in ``SkipGram.fit``; the numbers do not depend on it.
    seed
        Decides the seed of each fit, the resamples and the random cues; drawn and recorded when None. Fit i is the same
        whatever the number of fits.
    progress
        Function of stage, done and total.

    Returns
    -------
    Stability
        With the fits in ``.embeddings``, and the one to all documents in ``.whole`` (context vectors are let go).

    Raises
    ------
    SpecError
        When the specification cannot fit, or an option is wrong.
    ColumnError
        When ``resample`` names no document variable.
    DataError
        When there is one document, or one cluster, to draw from.

    References
    ----------
    Rodriguez, P. L., and A. Spirling. 2022. Word embeddings: what works, what doesn't, and how to tell the difference
    for applied research. Journal of Politics 84(1): 101-115.
    Antoniak, M., and D. Mimno. 2018. Evaluating the stability of embedding-based word similarities. Transactions of the
    Association for Computational Linguistics 6: 107-119.
    """
    if not callable(getattr(spec, "fit", None)):
        raise SpecError(f"spec is a {type(spec).__name__}. A specification with fit is needed, such as SkipGram().")
    seeds = check_count(seeds, "seeds", 2)
    seed = draw_seed() if seed is None else check_seed(seed)
    corpus = as_corpus(source, text, tokens)
    clusters = None if resample is None else list_clusters(corpus, resample)
    total = seeds if clusters is None else seeds + 1
    tell = (lambda *_: None) if progress is None else progress

    def fit(part: Corpus, stream: str, *number: int) -> Embeddings:
        fitted = spec.fit(part, seed=int(generator(seed, stream, *number).integers(2**31)), threads=threads)
        return Embeddings(fitted.words, fitted.vectors, fitted.counts)

    found = []
    for i in range(seeds):
        tell("fits", i, total)
        part = corpus if clusters is None else corpus.recount(draw_documents(clusters, seed, i))
        found.append(fit(part, "seed of a fit", i))
    whole = None
    if clusters is not None:
        tell("fits", seeds, total)
        whole = fit(corpus, "seed of the fit to all documents")
    tell("fits", total, total)
    over: Over = "seeds" if clusters is None else "documents"
    return stability(found, cues, n_random, over=over, whole=whole, seed=seed)


def list_clusters(corpus: Corpus, resample: str) -> list[Integers]:
    """Documents that are drawn together."""
    n, variables = corpus.n_documents, corpus.variables
    if resample == DOCUMENTS:
        clusters = list(np.arange(n)[:, None])
    elif variables is None or resample not in variables.columns:
        names = [] if variables is None else list(variables.columns)
        near = suggest(resample, [DOCUMENTS, *names])
        shown = f" or one of {', '.join(map(repr, names))}" if names else " (the corpus has no document variables)"
        raise ColumnError(
            f"resample={resample!r} is no document variable. Say {DOCUMENTS!r}{shown}." + (f" {near}" if near else "")
        )
    else:
        codes = pd.factorize(variables[resample])[0]
        missing = np.flatnonzero(codes < 0)
        codes[missing] = codes.max() + 1 + np.arange(len(missing))
        order = np.argsort(codes, kind="stable")
        clusters = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    if len(clusters) < 2:
        raise DataError(
            f"There is one unit to draw from, with resample={resample!r}. Two or more are needed, better hundreds: "
            "read the corpus with more documents (documents='line', for example), or leave resample out."
        )
    return clusters


def draw_documents(clusters: Sequence[Integers], seed: int, i: int) -> Integers:
    """Documents of as many clusters as there are, drawn with replacement, in the order of the corpus."""
    drawn = generator(seed, "resample of documents", i).integers(0, len(clusters), len(clusters))
    return np.sort(np.concatenate([clusters[k] for k in drawn]))
