"""Embedding regression: contexts of a word as outcomes, document variables as covariates."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Floats, Frame, Integers
from lacunet.embedding.text import Corpus, Tokens, as_corpus
from lacunet.errors import list_some, warn_user
from lacunet.measures._spaces import read_spaces
from lacunet.measures._transforms import find_transforms
from lacunet.measures._variables import note_lone_clusters
from lacunet.measures.contexts import read_terms
from lacunet.measures.regression._design import cluster_of, read_effects, weights_of, with_effects
from lacunet.measures.regression._fit import Answers, Fit
from lacunet.measures.regression._formula import (
    INTERCEPT,
    Asked,
    Terms,
    check_columns,
    choose_rows,
    note_levels,
    read_formula,
)
from lacunet.measures.regression._instances import Instances, find_instances
from lacunet.measures.regression._result import EmbeddingRegression
from lacunet.solve import (
    ManyOutcomes,
    fit_many,
    jackknife_error,
    leave_clusters_out,
    leave_rows_out,
    shuffle_test,
)

FEW_CLUSTERS = 30
"""Clusters below which intervals by the jackknife tend to be too short."""
Progress = Callable[[str, int, int], None]


def embedding_regression(
    space: Any,
    frame: Frame | Corpus,
    formula: str,
    *,
    target: str | Sequence[str] | None = None,
    text: str | None = None,
    tokens: Tokens | None = None,
    transform: Any = None,
    window: int = 6,
    cluster: str | None = None,
    weights: str | None = None,
    n_permutations: int = 999,
    seed: int | None = None,
    progress: Progress | None = None,
) -> EmbeddingRegression:
    r"""Regress the meaning of a word on who uses it and when: ``"immigration ~ party + year"``.

    Every mention of the word is an instance. Its vector is made à la carte from the words around it,

    .. math:: y_i = A u_i, \qquad Y = X B + E,

    u the mean vector of the known words in the window and A the transform, and one least squares fits all of its
    dimensions. How far a term moves the word is the squared norm of its row of B, less what chance alone makes of it;
    the result also answers which words lie near the fitted vectors. Use it to compare uses of a word between groups, or
    along a covariate. Norms compare between terms where these count in like units: standardise continuous covariates,
    ``scale(age)``. A mention that falls together with another in one document is hardly independent of it: cluster by
    speaker or document.

    Standard errors leave out each instance (or cluster) in turn, in closed form. P-values shuffle the residuals of the
    model without the term, or flip the signs of clusters (see `lacunet.solve.shuffle_test`).

    Parameters
    ----------
    space
        An `Embeddings`, or a list of them (fits with other seeds): estimates are means over them.
    frame
        Texts with document variables: a data frame, or a `Corpus` read from one; anything `read_corpus` takes.
    formula
        Left the word, or spellings with bars between, ``"immigration | immigrants ~ ..."``; right any formula over the
        document variables: ``party * year``, ``C(region)``, ``bs(age, df=4)``. Behind a bar stand effects whose levels
        are taken out, ``"~ party | speaker"``.
    target
        The word in place of the left side: spellings, wildcards (``"immigra*"``), terms of several words.
    text, tokens
        As in `read_corpus`, where ``frame`` is no `Corpus` yet.
    transform
        What `alacarte` gives for the same embeddings, a matrix A (d, d), or "identity" for plain means of context
        vectors; for several embeddings a list of matrices. None estimates it on the same texts, which suits large
        corpora only.
    window
        Words to either side.
    cluster
        Document variable whose values are independent of each other (speaker); "document" for the document itself.
    weights
        "equal" counts instances alike, "cluster" weighs them by one over the size of their cluster.
    n_permutations
        Shuffles for p-values; 0 for none.
    seed
        Decides the shuffles; drawn and recorded when None.
    progress
        Function of stage, done and total.

    Returns
    -------
    EmbeddingRegression
        ``table()``, ``joint_tests()``, ``fitted()``, ``nearest()``, ``similarity()``, ``contrast()``, ``ratio()``.

    Raises
    ------
    SpecError
        When the formula or an option is wrong.
    ColumnError
        When a variable does not exist.
    DataError
        When the target never occurs, there are fewer instances than terms or a single cluster, or terms are constant or
        combinations of others.

    Warns
    -----
    DataWarning
        When instances lack a covariate, a level has few instances, clusters are few, or the transform is estimated on a
        small corpus.

    References
    ----------
    Rodriguez, P. L., A. Spirling, and B. M. Stewart. 2023. Embedding regression: models for context-specific
    description and inference. American Political Science Review 117(4): 1255-1274.
    Green, B., W. Hobbs, S. Avila, P. L. Rodriguez, A. Spirling, and B. M. Stewart. 2025. Measuring distances in high
    dimensional spaces: why average group vector comparisons exhibit bias, and what to do about it. Political Analysis.
    Differs: p-values are never 0, and shuffle residuals of the model without the term rather than those of the whole
    model (conText) or rows of Y; formulas have interactions; the jackknife needs no refits.
    """
    spaces, asked = read_spaces(space), read_formula(formula, target)
    window, n_permutations = check_count(window, "window"), check_count(n_permutations, "n_permutations", 0)
    seed = draw_seed() if seed is None else check_seed(seed)
    corpus = as_corpus(frame, text, tokens)
    transforms, notes = find_transforms(transform, spaces, corpus, window, seed)
    instances = find_instances(spaces, corpus, asked.target, window, transforms)
    rows = choose_rows(asked, instances.variables, ())
    with threadpool_limits(limits=1):  # the same bits on any number of threads
        fit, told = _solve(spaces, asked, instances, np.flatnonzero(rows), cluster, weights)
        errors, dof, lost = _jackknife(fit, progress)
        single, joint = _test(fit, n_permutations, seed, progress)
    n_documents = len(np.unique(instances.documents[rows]))
    n_left_out, n_rows = int((~rows).sum()), int(rows.sum())
    if cluster is None and n_documents < n_rows:
        lost.append("Instances of one document count as independent; cluster='document' allows for their likeness.")
    return EmbeddingRegression(
        fit=fit,
        answers=Answers(errors=errors, dof=dof, p_values=single, joint=joint, n_documents=n_documents),
        formula=formula,
        target=read_terms(asked.target).spellings[0],
        cluster=cluster,
        weights=weights or "equal",
        window=window,
        n_permutations=n_permutations,
        seed=seed,
        notes=(
            *corpus.notes,
            *notes,
            *instances.notes,
            *([f"{n_left_out:,} instances lack a variable and are left out."] if n_left_out else []),
            *told,
            *lost,
        ),
    )


def _solve(
    spaces: Any, asked: Asked, instances: Instances, rows: Integers, cluster: str | None, weights: str | None
) -> tuple[Fit, list[str]]:
    """Design, effects, weights and clusters of the instances; least squares; and what was warned of."""
    frame = instances.variables.iloc[rows].reset_index(drop=True)
    clusters = cluster_of(frame, instances.documents[rows], cluster)
    share = weights_of(weights, clusters, len(rows))
    notes = note_lone_clusters(frame, cluster, instances.documents[rows])
    if clusters is not None and clusters.max() + 1 < FEW_CLUSTERS:
        notes.append(
            f"There are {clusters.max() + 1} clusters of {cluster!r}. Intervals and p-values by cluster are good from "
            "about 40 on. Take a finer variable, or read them as rough."
        )
        warn_user(notes[-1])
    notes += note_levels(asked, frame)
    terms = Terms.learn(asked.right, frame, has_intercept=not asked.absorbed)
    design = terms.columns()
    notes += check_columns(design, terms.names)
    within = read_effects(frame, asked.absorbed, clusters)
    columns, names = with_effects(terms, design, within, share)
    vectors = within.demean(instances.vectors[rows], share)
    solution = fit_many(
        columns,
        vectors,
        names=names,
        weights=None if weights != "cluster" else share,
        clusters=clusters,
        n_absorbed=within.n_absorbed,
    )
    own, is_demeaned = instances.vectors[rows], within.groups is not None
    return _centred(spaces, solution, terms, design, columns, own, share, is_demeaned), notes


def _centred(
    spaces: Any,
    solution: ManyOutcomes,
    terms: Terms,
    design: Floats,
    columns: Floats,
    vectors: Any,
    share: Floats,
    is_demeaned: bool,
) -> Fit:
    k, share = design.shape[1], share / share.sum()
    beside = columns[:, k:]
    return Fit(
        spaces=spaces,
        solution=solution,
        terms=terms,
        centre=share @ design if is_demeaned else np.zeros(k),
        filler=np.zeros(beside.shape[1]) if is_demeaned else share @ beside,
        level=np.asarray(share @ vectors, dtype=np.float64) if is_demeaned else np.zeros(vectors.shape[1]),
    )


def _jackknife(fit: Fit, progress: Progress | None) -> tuple[Floats, Floats, list[str]]:
    """Standard errors of the debiased squared norms, their degrees of freedom, and what could not be left out."""
    if progress is not None:
        progress("jackknife", 0, 1)
    solution, chosen = fit.solution, np.arange(len(fit.terms.names))
    has_clusters = solution.clusters is not None
    found = leave_clusters_out(solution, chosen) if has_clusters else leave_rows_out(solution, chosen)
    known = (~np.isnan(found.debiased)).sum(axis=0)
    unit = "clusters" if has_clusters else "instances"
    named = [f"{name} ({n:,})" for name, n in zip(fit.terms.names, found.n_lost.tolist(), strict=True) if n]
    note = f"Some {unit} are the only ones to tell of a term, and its jackknife goes without them: {list_some(named)}."
    if progress is not None:
        progress("jackknife", 1, 1)
    return jackknife_error(found.debiased), np.maximum(known - 1.0, 1.0), [note] if named else []


def _test(fit: Fit, n: int, seed: int, progress: Progress | None) -> tuple[Floats, dict[str, float]]:
    """P-values of each term, and of terms of several columns."""
    names, sets = fit.terms.names, fit.terms.sets
    single = np.full(len(names), np.nan)
    if n == 0:
        return single, {}
    tested = [j for j, name in enumerate(names) if name != INTERCEPT]
    chosen = [np.array([j]) for j in tested] + [np.array(places) for places in sets.values()]
    if not chosen:
        return single, {}
    tell = None if progress is None else lambda done, total: progress("permutations", done, total)
    found = shuffle_test(fit.solution, chosen, n, generator(seed, "permutations of a regression"), tell)
    single[tested] = found[: len(tested)]
    return single, dict(zip(sets, found[len(tested) :].tolist(), strict=True))
