"""From texts to a panel of scores of named actors."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count
from lacunet.embedding.text import Tokens, as_corpus
from lacunet.errors import SpecError
from lacunet.measures._spaces import read_spaces
from lacunet.measures.actors._fit import score_fit
from lacunet.measures.actors._groups import group_documents
from lacunet.measures.actors._panel import ACTOR, Panel
from lacunet.measures.actors._sentences import collect_notes, note_variables
from lacunet.measures.actors._turns import read_turns
from lacunet.measures.axes import Axis
from lacunet.measures.axes._poles import find_directions
from lacunet.measures.contexts import Terms, read_terms
from lacunet.measures.documents._documents import as_names
from lacunet.measures.uncertainty import cluster_codes

COLUMNS = frozenset(
    (ACTOR, "score", "std_error", "se_documents", "sd_seeds", "df", "conf_low", "conf_high", "shrunken", "cosine")
    + ("difference", "n_mentions", "n_documents", "n_clusters", "estimate", "p_value", "n_pairs")
)


def panel_scores(
    space: Any,
    texts: Any,
    actors: Any,
    axis: Axis,
    *,
    by: str | Sequence[str] = (),
    text: str | None = None,
    tokens: Tokens | None = None,
    transform: Any = None,
    window: int = 6,
    cluster: str | None = None,
    least: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Panel:
    r"""Score named actors on an axis, by period, party or any other variable of the documents that mention them.

    What the texts say around the mentions of an actor in a cell becomes a vector (à la carte: the transform times the
    mean vector of the words around each mention), and the score is where that vector lies on the axis. Use it for the
    reputation of agencies in the speeches of each party and year, say, or for how countries are spoken of. It measures
    words near a name, not what a speaker thinks: read mentions with `kwic`, and compare with human ratings.

    **The score is corrected for noise.** A mean over few mentions is a long and noisy vector, so that its cosine with
    any axis is too near 0, and the more so the fewer the mentions: plain cosines of rarely and of often named actors do
    not compare, and in a regression the number of mentions becomes a hidden cause. The score divides the projection on
    the axis by the length that the vector would have without noise,

    .. math:: \hat\theta = \frac{a'm}{\hat\lambda}, \quad
              \hat\lambda^2 = h (\lVert m \rVert^2 - \operatorname{tr} \hat V) + (1 - h) \bar\lambda^2 ,

    with the axis a, the mean vector m, its covariance V over documents, and the mean squared length
    :math:`\bar\lambda^2` of the actor's cells, towards which h pulls a cell with few mentions. In simulated texts
    (``benchmarks/measure/panels.py``) the slope of estimates on the truth is 0.39, 0.48, 0.64, 0.87 and 0.97 for the
    plain cosine in cells of 1, 2, 5, 20 and 100 documents, and 1.20, 1.16, 1.07, 1.05 and 1.02 for the score (1.0 where
    the true vectors of an actor's cells are of one length; in these texts cells far from 0 have longer ones). The
    price: a score from a few mentions is uncertain and may lie outside -1 to 1, as its interval says, and its squared
    error is larger than that of the plain cosine, which is near 0 whatever the truth. That one is in ``cosine``.

    **Standard errors** are those of documents (or clusters) drawn anew, linearised. The variance of a cell is pulled
    towards that of all mentions of its actor (Smyth's empirical Bayes), with the degrees of freedom that this gives:
    a bootstrap within the cell gives 0 for one document and much too little for five, which ruins weights by inverse
    variance. In the same texts intervals at 95 % cover the true score in 95 to 97 % of all cells, 94 to 98 % by number
    of documents, from one to a hundred; percentiles of the bootstrap of plain cosines in 0, 32, 55, 81 and 93 %.

    **In a regression** the scores are the outcome, measured with a known error each. With errors :math:`s_c` and the
    variance :math:`\sigma^2` of what the model leaves over, weights :math:`1 / (s_c^2 + \hat\sigma^2)` are efficient
    (Hanushek 1974); ordinary least squares with robust standard errors is valid too, and nearly as good unless cells
    differ much in size (Lewis & Linzer 2005). Weights :math:`1 / s_c^2` alone trust large cells too much.

    No chance is used, so that there is no seed: the same call gives the same numbers.

    Parameters
    ----------
    space
        `Embeddings`, or several fits with other seeds: their spread is a second source of uncertainty.
    texts
        A `Corpus`, or what `read_corpus` takes. Read the texts as those that the embeddings were trained on.
    actors
        Names to spellings, ``{"EPA": ["environmental protection agency", "epa"]}``, or a list of names. A spelling may
        hold several words and wildcards; the longest that fits is counted, and only that. Write them as the corpus
        writes words: in lower case, as a rule.
    axis
        What is asked, as an `Axis`: ``Axis(["effective", "fair"], ["corrupt", "wasteful"], name="reputation")``.
    by
        Document variables whose combinations of values are the cells; none makes one cell for each actor.
    text, tokens
        As in `read_corpus`, where ``texts`` is no `Corpus` yet.
    transform
        An `AlaCarte`, a matrix (d, d), or "identity" for plain means of context vectors, which all lie near the mean of
        the space and hardly differ; with several fits a list, one for each. None has `alacarte` estimate it.
    window
        Words to either side of a mention.
    cluster
        Document variable of what is drawn instead of documents: the speaker, where speakers have many speeches. In
        simulated texts with four speeches a speaker, intervals cover in 83 % of the cells without it, in 96 % with it.
    least
        Fewest mentions for a score; cells with fewer still tell how much mentions scatter.
    progress
        Function of stage, fits done and fits in all.

    Returns
    -------
    Panel
        ``.frame()`` for the regression, ``.contrast()``, ``.plot()``, ``.summary()``.

    Raises
    ------
    DataError
        When no actor is mentioned, none in a document with values of ``by``, or a pole of the axis is empty.
    ColumnError
        When ``by`` or ``cluster`` is no document variable.
    SpecError
        When two actors share a spelling, or an option is wrong.

    Warns
    -----
    DataWarning
        When actors are never mentioned, cannot be told from noise, or cells rest on one document; when the transform is
        estimated on a small corpus; and when ``by`` holds numbers that are written as text.

    References
    ----------
    Bellodi, L. (2022). A dynamic measure of bureaucratic reputation: New data for new theory. *American Journal of
    Political Science*. https://doi.org/10.1111/ajps.12695
    Differs: the design (actors, periods, parties, words of praise and blame) is that of the article's abstract; its
    pipeline is not known to us, and this is no replication of it.
    Khodak, M., Saunshi, N., Liang, Y., Ma, T., Stewart, B., & Arora, S. (2018). A la carte embedding: Cheap but
    effective induction of semantic feature vectors. *Proceedings of ACL*, 12-22.
    Smyth, G. K. (2004). Linear models and empirical Bayes methods for assessing differential expression in microarray
    experiments. *Statistical Applications in Genetics and Molecular Biology*, 3(1), 3.
    Hanushek, E. A. (1974). Efficient estimators for regressing regression coefficients. *The American Statistician*,
    28(2), 66-67.
    Lewis, J. B., & Linzer, D. A. (2005). Estimating regression models in which the dependent variable is based on
    estimates. *Political Analysis*, 13(4), 345-364.
    """
    spaces = read_spaces(space)
    window, least = check_count(window, "window"), check_count(least, "least")
    names, terms = _check_names(by), _read_actors(actors)
    if not isinstance(axis, Axis):
        raise SpecError(f"axis is a {type(axis).__name__}. An Axis is needed: Axis(['effective'], ['wasteful']).")
    corpus = as_corpus(texts, text, tokens)
    groups = group_documents(corpus, names)
    clusters = cluster_codes(corpus.variables, cluster, corpus.n_documents)
    directions = find_directions(spaces, axis.positive, axis.negative, axis.how)
    turns, how = read_turns(transform, spaces, corpus, window)
    told = note_variables(corpus, names, cluster)
    fits = []
    for i, (one, direction, turn) in enumerate(zip(spaces, directions.each, turns, strict=True)):
        if progress is not None:
            progress("fits", i, len(spaces))
        fits.append(score_fit(one, corpus, terms, groups, clusters, direction, turn, window))
    if progress is not None:
        progress("fits", len(spaces), len(spaces))
    n_actors, n_groups = len(terms.names), len(groups.values)
    cells = groups.values.iloc[np.tile(np.arange(n_groups), n_actors)].reset_index(drop=True)
    who = pd.Series(np.repeat(list(terms.names), n_groups), dtype=object)
    cells.insert(0, ACTOR, who)
    return Panel(
        cells=cells,
        fits=tuple(fits),
        actors=terms.names,
        by=names,
        axis=axis,
        cluster=cluster,
        window=window,
        least=least,
        notes=(*corpus.notes, *told, *collect_notes(terms, fits, how, names, cluster), *directions.notes),
    )


def _read_actors(actors: Any) -> Terms:
    """Actors as targets; of a list, each stands for itself."""
    if isinstance(actors, str):
        actors = [actors]
    if not isinstance(actors, Mapping):
        if not isinstance(actors, Sequence) or not all(isinstance(name, str) for name in actors):
            raise SpecError(
                f"actors is a {type(actors).__name__}. A list of names is needed, or names with their spellings: "
                "{'EPA': ['environmental protection agency', 'epa']}."
            )
        twice = next((name for k, name in enumerate(actors) if name in actors[:k]), None)
        if twice is not None:
            raise SpecError(f"The actor {twice!r} stands in the list twice. Different ones are needed. Leave one out.")
        actors = {name: [name] for name in actors}
    return read_terms(actors)


def _check_names(by: Any) -> tuple[str, ...]:
    names = as_names(by, "by")
    taken = next((name for name in names if name in COLUMNS), None)
    if taken is not None:
        raise SpecError(
            f"by= holds {taken!r}, which is a column of the panel itself. Another name is needed. Rename the document "
            "variable."
        )
    return names
