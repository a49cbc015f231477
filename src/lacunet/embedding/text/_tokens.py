"""What counts as a word: the options of the tokeniser, and of automatic phrases."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from lacunet._check import check_count
from lacunet.errors import SpecError, nearest

Numbers = Literal["keep", "drop", "mask"]
Hyphens = Literal["keep", "split"]
Keeping = Literal["drop", "keep"]
Units = Literal["document", "sentence", "line"]
PhraseScore = Literal["word2phrase", "npmi"]

NUMBER_MASK = "<number>"
"""The word that stands for every number where numbers are masked."""


@dataclass(frozen=True, kw_only=True)
class Phrases:
    r"""Pairs of words that stand together more often than chance, joined with ``_`` (Mikolov et al. 2013).

    Use them where names and fixed terms ("united nations", "climate change") should have a vector of their own. Leave
    them out where the corpus is small: a pair needs a few dozen occurrences before its vector says anything. For terms
    known beforehand, ``Tokens(expressions=...)`` is surer.

    Neighbouring words :math:`a, b` of one unit, each with at least ``min_count`` occurrences, are joined if

    .. math:: \frac{n_{ab} - \mathtt{min\_count}}{n_a n_b} N > \mathtt{threshold}
        \quad\text{or, with npmi,}\quad
        \frac{\ln\{p_{ab} / (p_a p_b)\}}{-\ln p_{ab}} > \mathtt{threshold}

    where :math:`N` counts the tokens, and :math:`p = n / N`. A word joined to its left neighbour is not joined to its
    right one in the same pass; a second pass makes phrases of up to four words.

    Parameters
    ----------
    passes
        How often the text is joined; each pass can double the length of a phrase.
    threshold
        Score from which on a pair is joined: 100 for word2phrase, 0.5 for npmi (from -1 to 1) if None.
    min_count
        Fewest occurrences of a word, and of the pair; word2phrase also takes it off the pair's count.
    score
        ``"word2phrase"`` or ``"npmi"`` (Bouma 2009), whose threshold does not depend on the size of the corpus.

    References
    ----------
    Mikolov, T., Sutskever, I., Chen, K., Corrado, G. S., and Dean, J. (2013). Distributed representations of words
    and phrases and their compositionality. Advances in Neural Information Processing Systems 26, section 4.
    Differs: counts are exact (word2phrase.c drops rare pairs while it counts), and every pass uses the same threshold
    unless you say otherwise.

    Bouma, G. (2009). Normalized (pointwise) mutual information in collocation extraction. Proceedings of GSCL.

    Examples
    --------
    >>> Phrases(score="npmi").limit
    0.5
    """

    passes: int = 2
    threshold: float | None = None
    min_count: int = 5
    score: PhraseScore = "word2phrase"

    def __post_init__(self) -> None:
        check_count(self.passes, "passes")
        check_count(self.min_count, "min_count")
        _check_option("score", self.score, PhraseScore)
        if self.threshold is None:
            return
        is_number = isinstance(self.threshold, int | float) and not isinstance(self.threshold, bool)
        if not is_number or not math.isfinite(self.threshold) or (self.score == "npmi" and abs(self.threshold) > 1):
            needed = "from -1 to 1" if self.score == "npmi" else "such as 100"
            raise SpecError(
                f"threshold={self.threshold!r} is no threshold for score={self.score!r}. A number {needed} is needed. "
                "Give one, or None for the usual one."
            )

    @property
    def limit(self) -> float:
        """The threshold in use."""
        if self.threshold is not None:
            return float(self.threshold)
        return 0.5 if self.score == "npmi" else 100.0


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """How text becomes words.

    Words are runs of letters (with their marks) and digits, as Unicode's rules for word boundaries have them:
    ``don't``, ``3,000.5`` and ``U.S.`` (as ``u.s``) stay whole, a curly apostrophe counts as a straight one, Chinese
    characters and hiragana stand singly. Accents written as separate marks are put together (NFC). Languages written
    without spaces (Chinese, Japanese, Thai, Khmer) need a segmenter first: hand ``read_corpus`` lists of words.

    Parameters
    ----------
    lower
        Whether letters are made lower case, one by one (no language's special rules).
    numbers
        ``"keep"`` them, ``"drop"`` them, or ``"mask"`` each as ``<number>``. A number has digits and no letter
        (``1,000``; not ``20th``).
    hyphens
        ``"keep"`` words such as ``well-being`` whole, or ``"split"`` them. Between two digits a hyphen always splits.
    punctuation
        ``"drop"`` it, or ``"keep"`` every mark and symbol as a word of its own.
    urls
        ``"drop"`` what begins with ``http://``, ``https://``, ``ftp://`` or ``www.``, or ``"keep"`` it as one word.
    units
        Where windows stop: at the end of a ``"document"``, of a ``"sentence"`` (``.``, ``!``, ``?`` before what does
        not begin in lower case, unless after an initial or a common abbreviation; blank lines), or of a ``"line"``.
    stop_words
        Words to leave out, spelt as the other options leave them (lower case, if ``lower``).
    transform
        Function from word to word, such as a stemmer's; ``""`` drops the word. It is called once for each distinct
        word, before stop words are looked up in what it gave and in what it got.
    expressions
        Terms of several words to read as one, joined with ``_``: ``"environmental protection agency"`` becomes
        ``environmental_protection_agency``. The longest that fits is taken; stop words and ``transform`` do not touch
        it.
    phrases
        ``Phrases(...)`` to find such terms; None finds none.

    References
    ----------
    Unicode Standard Annex 29, Unicode text segmentation. Differs: a full stop joins single letters only (``e.g``), so
    that "peace.The" is two words; hyphens join by default; a comma or full stop joins digits only.

    Examples
    --------
    >>> Tokens(numbers="mask", stop_words=["the", "of"]).stop_words
    ('the', 'of')
    """

    lower: bool = True
    numbers: Numbers = "keep"
    hyphens: Hyphens = "keep"
    punctuation: Keeping = "drop"
    urls: Keeping = "drop"
    units: Units = "document"
    stop_words: Iterable[str] = ()
    transform: Callable[[str], str] | None = None
    expressions: Iterable[str] = ()
    phrases: Phrases | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.lower, bool):
            raise SpecError(f"lower={self.lower!r} is neither True nor False. One of the two is needed.")
        for name, kind in _OPTIONS.items():
            _check_option(name, getattr(self, name), kind)
        for name in ("stop_words", "expressions"):
            object.__setattr__(self, name, _check_words(name, getattr(self, name)))
        if self.transform is not None and not callable(self.transform):
            raise SpecError(
                f"transform={self.transform!r} cannot be called. A function from word to word is needed, such as a "
                "stemmer's. Hand over the function itself."
            )
        if self.phrases is not None and not isinstance(self.phrases, Phrases):
            raise SpecError(f"phrases={self.phrases!r} is no Phrases. Phrases(...) is needed, or None for none.")


_OPTIONS: dict[str, Any] = {
    "numbers": Numbers,
    "hyphens": Hyphens,
    "punctuation": Keeping,
    "urls": Keeping,
    "units": Units,
}


def _check_option(name: str, value: Any, kind: Any) -> None:
    known = get_args(kind)
    if value not in known:
        near = nearest(value, known)
        advice = f"Did you mean {near!r}?" if near else f"Choose one of these: {', '.join(map(repr, known))}."
        raise SpecError(f"{name}={value!r} is unknown. {name} is {' or '.join(map(repr, known))}. {advice}")


def _check_words(name: str, words: Any) -> tuple[str, ...]:
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise SpecError(f"{name}={words!r} is no list of words. A list, tuple or set of texts is needed: give one.")
    found = tuple(sorted(words, key=str)) if isinstance(words, set | frozenset) else tuple(words)
    wrong = next((word for word in found if not isinstance(word, str) or not word.strip()), None)
    if wrong is not None or None in found:
        raise SpecError(f"{name} holds {wrong!r}. Only words are needed there. Take it out.")
    return found
