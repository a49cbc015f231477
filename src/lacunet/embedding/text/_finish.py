"""From spellings as read to words as wanted: one form of accents, numbers, stop words, the user's function, terms."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lacunet.embedding.text._content import Content
from lacunet.embedding.text._expressions import join_expressions
from lacunet.embedding.text._join import by_first_appearance
from lacunet.embedding.text._phrases import join_phrases
from lacunet.embedding.text._tokenise import Tokeniser
from lacunet.embedding.text._tokens import NUMBER_MASK, Tokens
from lacunet.embedding.text._types import Merger, Spellings
from lacunet.errors import DataError, SpecError

_SLICE = 1 << 16
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")


def finish_words(content: Content, tokens: Tokens, *, is_split: bool) -> Content:
    """Apply what the tokeniser leaves undone, once for each distinct word; ``is_split`` if words came as lists."""
    content = _normalise(content)
    n_read = len(content.spellings)
    if tokens.expressions:
        terms = [_split(term, tokens, is_split) for term in tokens.expressions]
        content = join_expressions(content, [term for term in terms if len(term) > 1])
    if (tokens.numbers != "keep" and not is_split) or tokens.stop_words or tokens.transform is not None:
        content = _settle(content, tokens, n_read, is_split)
    if tokens.phrases is not None:
        for _ in range(tokens.phrases.passes):
            content = join_phrases(content, tokens.phrases)
    if tokens.expressions or tokens.phrases:
        content = by_first_appearance(content)
    if not len(content.spellings):
        raise DataError(
            "No word is left: all are numbers, stop words, or dropped by transform. At least one is needed. Drop less."
        )
    return content


def _normalise(content: Content) -> Content:
    """Letters and their separate accents put together."""
    entries = np.flatnonzero(~content.spellings.are_plain())
    for start in range(0, len(entries), _SLICE):
        words = content.spellings.words(entries[start : start + _SLICE])
        if not all(unicodedata.is_normalized("NFC", word) for word in words):
            break
    else:
        return content
    merger = Merger()
    final = [merger.add([unicodedata.normalize("NFC", word) for word in words]) for words in _slices(content.spellings)]
    return replace(content, final=np.concatenate(final)[content.final], spellings=merger.finish())


def _settle(content: Content, tokens: Tokens, n_read: int, is_split: bool) -> Content:
    """Numbers, stop words and the user's function, for the first ``n_read`` words; the others are terms and stay."""
    stop = frozenset(unicodedata.normalize("NFC", word) for word in tokens.stop_words)
    merger = Merger()
    parts, at = [], 0
    for words in _slices(content.spellings):
        settled = [_settled(word, tokens, stop, is_split) if at + k < n_read else word for k, word in enumerate(words)]
        parts.append(merger.add(settled))
        at += len(words)
    meaning = np.concatenate(parts)
    return replace(content, final=compose(meaning, content.final), spellings=merger.finish())


def _settled(word: str, tokens: Tokens, stop: frozenset[str], is_split: bool) -> str:
    if word in stop:
        return ""
    if tokens.numbers != "keep" and not is_split and _DIGIT.search(word) and not _LETTER.search(word):
        return NUMBER_MASK if tokens.numbers == "mask" else ""
    if tokens.transform is None:
        return word
    new = tokens.transform(word)
    if not isinstance(new, str):
        raise SpecError(f"transform({word!r}) gave {new!r}. A word is needed, or '' to drop it. Correct the function.")
    return "" if new in stop else new


def compose(meaning: NDArray[np.int32], final: NDArray[np.int32]) -> NDArray[np.int32]:
    """What numbers mean when the words they stood for mean something else; -1 stays -1."""
    return np.append(meaning, np.int32(-1))[final]


def _slices(spellings: Spellings) -> Iterator[list[str]]:
    for start in range(0, len(spellings), _SLICE):
        yield spellings.words(np.arange(start, min(start + _SLICE, len(spellings))))


def _split(term: str, tokens: Tokens, is_split: bool) -> tuple[str, ...]:
    """Words of a term, as the text would have them."""
    if is_split:
        return tuple(term.split())
    tokeniser = Tokeniser(replace(tokens, units="document", punctuation="drop"))
    numbers = tokeniser.read(term.replace("\0", " ").encode(errors="replace"))[0].astype(np.intp)
    words = tuple(unicodedata.normalize("NFC", word) for word in tokeniser.finish().words(numbers))
    if not words:
        raise SpecError(f"expressions holds {term!r}, which has no word. Terms of words are needed. Take it out.")
    return words
