"""Words that look misread: one edit away from a far more frequent word, or not like words at all."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

FAR_MORE = 100
"""A misspelling's model is this many times as frequent."""
_SHORTEST = 6
"""Letters from which on a word one edit away is more likely the same word than another."""
_MODELS, _RARE = 20_000, 100_000
"""Frequent words that are looked at as models, and rare words as misspellings."""
_LONGEST = 30

_ENDINGS = ("s", "d")
"""A word and the word with one of these are two forms of one."""
_SIGNS = (
    ("digits inside letters", re.compile(r"[^\W\d_]\d+[^\W\d_]")),
    ("one letter many times", re.compile(r"([^\W\d_])\1\1\1")),
    ("no vowel", re.compile(r"(?![^aeiouy]*[aeiouy])[a-z]{5,}", re.IGNORECASE)),
    ("very long", re.compile(rf"[^\W\d_]{{{_LONGEST},}}")),
)
_WHOLE = frozenset({"no vowel"})


def find_debris(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Places of words that look like remains of a bad scan, and why."""
    for place, word in enumerate(words):
        for reason, sign in _SIGNS:
            if sign.fullmatch(word) if reason in _WHOLE else sign.search(word):
                yield place, reason
                break


def find_misspellings(words: Sequence[str], counts: Sequence[int], rare: int) -> Iterator[tuple[int, int]]:
    """Places of likely misspellings and of the words likely meant.

    ``words`` come by falling count; those of at most ``rare`` occurrences are looked at, the first 100,000 of them.
    """
    models = _models(words, counts)
    candidates = (place for place in range(len(words)) if counts[place] <= rare and _is_long(words[place]))
    for place in islice(candidates, _RARE if models else 0):
        word = words[place]
        near = {model for key in _shortened(word) for model in models.get(key, ())}
        meant = [model for model in sorted(near) if _meant(word, counts[place], words[model], counts[model])]
        if meant:
            yield place, meant[0]


def _models(words: Sequence[str], counts: Sequence[int]) -> dict[str, list[int]]:
    """Places of frequent words, by all that is left of each without one letter."""
    models: dict[str, list[int]] = {}
    for place in range(min(len(words), _MODELS)):
        if counts[place] >= FAR_MORE and _is_long(words[place]):
            for key in _shortened(words[place]):
                models.setdefault(key, []).append(place)
    return models


def _is_long(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isalpha()


def _meant(word: str, count: int, model: str, model_count: int) -> bool:
    if model_count < FAR_MORE * count or word[0] != model[0] or _is_inflected(word, model):
        return False
    return is_one_edit(word, model)


def _is_inflected(word: str, model: str) -> bool:
    short, long = sorted((word, model), key=len)
    return long in {short + ending for ending in _ENDINGS}


def _shortened(word: str) -> set[str]:
    """The word, and the word without one letter: two words one edit apart share one of these."""
    return {word, *(word[:k] + word[k + 1 :] for k in range(len(word)))}


def is_one_edit(a: str, b: str) -> bool:
    """Whether one letter added, dropped or changed, or two neighbours exchanged, make one word the other.

    Examples
    --------
    >>> is_one_edit("goverment", "government"), is_one_edit("teh", "the"), is_one_edit("peace", "peace")
    (True, True, False)
    """
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    k = next((k for k, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    if len(a) != len(b):
        long, short = (a, b) if len(a) > len(b) else (b, a)
        return long[k + 1 :] == short[k:]
    return a[k + 1 :] == b[k + 1 :] or (a[k : k + 2] == b[k : k + 2][::-1] and a[k + 2 :] == b[k + 2 :])
