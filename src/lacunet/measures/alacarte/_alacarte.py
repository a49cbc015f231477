"""The transform that makes vectors from contexts, estimated from a user's own corpus."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed
from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus, Tokens, as_corpus
from lacunet.errors import DataError, SpecError, warn_user
from lacunet.measures._spaces import read_spaces
from lacunet.measures.alacarte._context_sums import ContextSums, Progress, count_occurrences, sum_contexts
from lacunet.measures.alacarte._fitted import AlaCarte, Settings
from lacunet.measures.alacarte._given import IDENTITY, read_transforms
from lacunet.measures.alacarte._recovery import GOOD_HELD_OUT, median_below
from lacunet.measures.alacarte._transform import WEIGHTINGS, Estimate, estimate_transform, recover


def alacarte(
    space: Any,
    corpus: Any = None,
    *,
    text: str | None = None,
    tokens: Tokens | None = None,
    transform: Any = None,
    window: int = 6,
    min_count: int = 20,
    weighting: str = "log",
    threshold: int = 500,
    held_out: float = 0.1,
    seed: int | None = None,
    progress: Progress | None = None,
) -> AlaCarte:
    r"""Estimate the matrix that turns contexts into vectors, and check it on words that it has not seen.

    Words that are used differently by different speakers, or that are too rare for a vector of their own, get one from
    the words around them. The plain mean of these is ruled by words that stand everywhere; the matrix A sets that
    right, since it is chosen so that words with a vector get that vector from their contexts:

    .. math:: \hat A = \arg\min_A \sum_w \alpha(n_w) \lVert v_w - A u_w \rVert^2, \qquad
        u_w = \frac{1}{|C_w|} \sum_{c \in C_w} \frac{1}{|c|} \sum_{w' \in c} v_{w'}

    with C_w the contexts of word w, n_w its occurrences, and :math:`\alpha = \log n_w` or
    :math:`\mathbb 1\{n_w \ge \text{threshold}\}`. For the check some words are left out of the fit; the final A is
    fitted to all. Estimate it on the corpus that the embeddings were trained on, read in the same way, or on one like
    it; for a handful of documents, hand over a transform of a larger corpus.

    Parameters
    ----------
    space
        An `Embeddings`; or a list of them, fits of one specification with other seeds: each gets its own transform.
    corpus
        A `Corpus`, or what `read_corpus` takes. None only where ``transform`` is given.
    text, tokens
        As in `read_corpus`, where ``corpus`` is no `Corpus` yet.
    transform
        None estimates it. A matrix (d, d) is taken as it is (y = A u, as files of conText have it, row by row), for
        several fits a list of them; an `AlaCarte` of the same embeddings lends its own; "identity" leaves mean context
        vectors as they are. With a corpus beside it, all words are held out and recovery is reported.
    window
        Words to either side. 6 and 12 give about the same; do not go below 5.
    min_count
        Fewest occurrences in the corpus of words that A is fitted to. Lower it for small corpora: the words have to be
        more than the dimensions. Raise it to 50 where targets are frequent. On 4 million words of UN speeches (100
        dimensions) held-out words came out with a median cosine of .89 for 5, .91 for 20, .90 for 100; those with 200
        occurrences or more with .83, .88 and .90.
    weighting
        "log", or "threshold" for large corpora, where frequent words suffice.
    threshold
        Fewest occurrences under "threshold".
    held_out
        Share of words, of all counts alike, that the check is made with; 0 for none.
    seed
        Decides which; when None, that of the `AlaCarte` lent, or drawn and recorded.
    progress
        Function of stage, done and total.

    Returns
    -------
    AlaCarte
        ``.embed(...)`` for groups, ``.instances(...)``, ``.documents(...)``, ``.recovery`` and ``.summary()``.

    Raises
    ------
    DataError
        When fewer words than dimensions can tell of A, or the transform has another shape or is not finite.
    SpecError
        When an option is wrong, or a transform belongs to other embeddings.

    Warns
    -----
    DataWarning
        When the median cosine of held-out words is below .6.

    References
    ----------
    Khodak, M., Saunshi, N., Liang, Y., Ma, T., Stewart, B., & Arora, S. (2018). A la carte embedding: Cheap but
    effective induction of semantic feature vectors. *Proceedings of ACL*, 12-22.
    Rodriguez, P. L., Spirling, A., & Stewart, B. M. (2023). Embedding regression: Models for context-specific
    description and inference. *American Political Science Review*, 117(4), 1255-1274.
    Differs: u_w is the mean over occurrences of the mean over the words around, as in Khodak et al.; conText takes the
    mean over all co-occurrences, in which short contexts count for less. The triangle of a QR decomposition is solved,
    in float64. Stop words are not treated apart.

    Examples
    --------
    >>> import numpy as np
    >>> words = ["tax", "cut", "raise", "school", "teacher"]
    >>> space = Embeddings(words, np.eye(5)[:, :2] + 0.1)
    >>> made = alacarte(space, transform="identity")
    >>> carte = made.embed("tax", texts=[["cut", "the", "tax"], ["raise", "the", "tax"]] * 10)
    >>> carte.nearest(n=1, corrected=False).table()["word"].tolist()
    ['cut']
    """
    spaces = read_spaces(space)
    if corpus is None and transform is None:
        raise SpecError("There is no corpus to estimate the transform on. Hand one over, or a transform=.")
    if isinstance(held_out, bool) or not isinstance(held_out, int | float) or not 0 <= held_out < 1:
        raise SpecError(f"held_out={held_out!r} is no share. A number from 0 to below 1 is needed, such as 0.1.")
    if weighting not in WEIGHTINGS:
        raise SpecError(
            f"weighting={weighting!r} is not known. Words are weighted by 'log' or by 'threshold': say one."
        )
    settings = Settings(
        window=check_count(window, "window"),
        min_count=check_count(min_count, "min_count"),
        weighting=weighting if transform is None else IDENTITY if isinstance(transform, str) else "given",
        threshold=check_count(threshold, "threshold"),
    )
    if seed is None:
        seed = transform.seed if isinstance(transform, AlaCarte) else draw_seed()
    seed = check_seed(seed)
    read = None if corpus is None else as_corpus(corpus, text, tokens)
    notes: tuple[str, ...] = ()
    if transform is not None:
        transforms = read_transforms(transform, spaces)
        checked = None if read is None else [_sum(one, read, settings, progress) for one in spaces]
        recoveries = _recover(spaces, transforms, checked)
    else:
        assert read is not None
        found = [
            estimate_transform(one, _sum(one, read, settings, progress), weighting, threshold, held_out, seed)
            for one in spaces
        ]
        transforms, recoveries = tuple(one.transform for one in found), tuple(one.recovery for one in found)
        notes = _note_rank(spaces, found)
    return AlaCarte(
        spaces=spaces,
        transforms=transforms,
        recoveries=recoveries,
        settings=settings,
        seed=seed,
        corpus=read,
        notes=(*notes, *(read.notes if read is not None else ()), *_warn_of_poor(recoveries)),
    )


def _sum(space: Embeddings, corpus: Corpus, settings: Settings, progress: Progress | None) -> ContextSums:
    """Context sums of the words that count."""
    counts = count_occurrences(space, corpus)
    least = max(settings.min_count, settings.threshold if settings.weighting == "threshold" else 1)
    chosen = np.flatnonzero(counts >= least)
    if not len(chosen):
        raise DataError(
            f"None of the {len(space):,} words of the embeddings occurs {least} times in this corpus. Words in common "
            "are needed: read it as the corpus that the embeddings were trained on, or lower min_count (or threshold)."
        )
    return sum_contexts(space, corpus, chosen, settings.window, progress)


def _recover(
    spaces: tuple[Embeddings, ...], transforms: tuple[Floats, ...], checked: list[ContextSums] | None
) -> tuple[pd.DataFrame, ...]:
    """Recovery under a transform from elsewhere; empty frames without a corpus to check it on."""
    if checked is None:
        return tuple(pd.DataFrame({"word": [], "count": [], "cosine": [], "held_out": []}) for _ in spaces)
    return tuple(recover(*some) for some in zip(spaces, checked, transforms, strict=True))


def _note_rank(spaces: tuple[Embeddings, ...], found: list[Estimate]) -> tuple[str, ...]:
    return tuple(
        f"The context vectors span {one.rank} of {space.dim} dimensions: of all transforms that fit alike, the "
        "smallest was taken."
        for space, one in zip(spaces, found, strict=True)
        if one.rank < space.dim
    )


def _warn_of_poor(recoveries: tuple[pd.DataFrame, ...]) -> tuple[str, ...]:
    """Warn where held-out words are not found; the sentence."""
    medians = [median for one in recoveries if (median := median_below(one)) is not None]
    if not medians:
        return ()
    note = (
        f"Words that the transform was not fitted to come out with a median cosine of {min(medians):.2f}. Above "
        f"{GOOD_HELD_OUT:g} is needed to trust vectors made with it. Take a larger corpus, or fewer dimensions, or "
        "read the corpus as the embeddings' own was read."
    )
    warn_user(note)
    return (note,)
