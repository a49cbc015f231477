"""Word lists meet a vocabulary: wildcards expand, unknown words are named, and a list without a word is refused."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, SpecError, list_some, nearest, warn_user
from lacunet.measures._spaces import read_spaces

SEARCHED = 20_000
"""Most frequent words among which the nearest spelling of an unknown one is looked for; more would take seconds."""
SHOWN, NEAR = 8, 3
"""Unknown words that a message names, and how many of them with their nearest spelling."""
LAST_LETTER = "\U0010ffff"
"""Comes after every letter, so that it ends the run of words with one beginning."""
ADVICE = "Check the spelling, or take embeddings of a corpus that holds the words often enough."


@dataclass(frozen=True, kw_only=True, eq=False)
class Resolved:
    """The words of a list that a space knows.

    Attributes
    ----------
    words
        k different words, in the order of the list; the matches of a wildcard in the order of the vocabulary.
    rows
        Their rows in the space (k,).
    entries
        Which known entry of the list each word stands for (k,): the matches of one wildcard share a number.
    missing
        Entries of the list that match no word with a direction.
    sentence
        How much of the list is known, as a sentence says it (without a full stop).
    """

    words: tuple[str, ...]
    rows: Integers
    entries: Integers
    missing: tuple[str, ...]
    sentence: str

    @property
    def shares(self) -> Floats:
        """Weight of each word (k,): each known entry counts 1 over their number, split evenly over its matches."""
        sizes = np.bincount(self.entries)
        return 1.0 / (len(sizes) * sizes[self.entries])


def resolve(space: Embeddings, words: Any, what: str, *, least: int = 1) -> Resolved:
    """Look up a word list in a space.

    Parameters
    ----------
    space
        Embeddings.
    words
        A word or several. ``*`` stands for any letters and ``?`` for one (``polit*``), looked up in the whole
        vocabulary; a word of several parts (``"prime minister"``) is also looked for joined by ``_``, as `Tokens`
        joins phrases. What stands there twice counts once. Case matters, as it does in the vocabulary.
    what
        Name of the list in messages, such as "positive".
    least
        Fewest words that have to be known.

    Returns
    -------
    Resolved
        Known words, their rows, and what is missing.

    Raises
    ------
    SpecError
        When these are no words.
    DataError
        When fewer than ``least`` words are known.

    Warns
    -----
    DataWarning
        When entries of the list are not known.
    """
    return resolve_each((space,), words, what, least=least)[0]


def resolve_each(spaces: Sequence[Embeddings], words: Any, what: str, *, least: int = 1) -> tuple[Resolved, ...]:
    """Look up a word list in several fits: the words that all of them hold, said once. As `resolve` otherwise."""
    asked = _read_entries(words, what)
    matched = _match(spaces[0], asked)
    found: dict[str, int] = {}
    missing: list[str] = []
    n_known = 0
    for entry, matches in zip(asked, matched, strict=True):
        usable = [word for word in matches if all(_has_direction(space, word) for space in spaces)]
        new = [word for word in usable if word not in found]
        found |= dict.fromkeys(new, n_known)
        n_known += bool(new)
        if not usable:
            missing.append(entry)
    sentence = _say_coverage(what, len(asked), missing, len(found))
    if len(found) < least:
        raise DataError(_say_too_few(spaces[0], what, len(found), least, missing))
    if missing:
        warn_user(_say_missing(spaces[0], sentence, missing))
    entries = np.fromiter(found.values(), dtype=np.intp, count=len(found))
    known = tuple(found)
    return tuple(
        Resolved(words=known, rows=space.rows(known), entries=entries, missing=tuple(missing), sentence=sentence)
        for space in spaces
    )


def match_words(space: Any, words: Any) -> pd.DataFrame:
    """Show which words of a vocabulary each entry of a list stands for, to be read before the list is used.

    A wildcard takes what begins alike: ``success*`` takes "successor" with "successful", ``terri*`` "territory".

    Parameters
    ----------
    space
        An `Embeddings`, or a list of fits: words that all of them hold.
    words
        A word or several, with ``*`` and ``?``, as every measure takes them.

    Returns
    -------
    pandas.DataFrame
        One row a match: ``entry``, ``word`` and ``count`` (occurrences in the corpus, where they are known); an entry
        that stands for nothing has one row, without a word.

    Raises
    ------
    SpecError
        When these are no words.
    DataError
        When the list is empty.

    Examples
    --------
    >>> space = Embeddings(["success", "successor"], [[1.0, 0.0], [0.0, 1.0]], [9, 5])
    >>> match_words(space, ["success*"])["word"].tolist()
    ['success', 'successor']
    """
    spaces = read_spaces(space)
    asked = _read_entries(words, "word")
    rows: list[tuple[str, str | None]] = []
    for entry, matches in zip(asked, _match(spaces[0], asked), strict=True):
        known = [word for word in matches if all(_has_direction(one, word) for one in spaces)]
        rows += [(entry, word) for word in known] or [(entry, None)]
    table = pd.DataFrame(rows, columns=["entry", "word"])
    if spaces[0].counts is not None:
        count = dict(zip(spaces[0].words, spaces[0].counts.tolist(), strict=True))
        table["count"] = [count.get(word, 0) for word in table["word"]]
    return table


def as_pattern(entry: str) -> re.Pattern[str]:
    """The expression that an entry with wildcards stands for: ``*`` any letters, ``?`` one, all else itself."""
    return re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in entry), re.DOTALL)


def has_wildcard(entry: str) -> bool:
    """Whether an entry stands for several words."""
    return "*" in entry or "?" in entry


def _read_entries(words: Any, what: str) -> list[str]:
    """Different entries of a list, in order."""
    given = [words] if isinstance(words, str) else list(words) if isinstance(words, Iterable) else [words]
    wrong = [word for word in given if not isinstance(word, str)]
    if wrong:
        raise SpecError(
            f"The {what} list holds {wrong[0]!r}, a {type(wrong[0]).__name__}. Words are needed. "
            "Hand over a list of texts."
        )
    asked = list(dict.fromkeys(word.strip() for word in given if word.strip()))
    if not asked:
        raise DataError(f"The {what} list is empty. One word at least is needed. Name words, or leave the list out.")
    return asked


def _match(space: Embeddings, asked: list[str]) -> Iterator[list[str]]:
    """Words of the vocabulary that each entry stands for."""
    patterns = [entry for entry in asked if has_wildcard(entry) and entry not in space]
    ordered = sorted(range(len(space)), key=space.words.__getitem__) if patterns else []
    spellings = [space.words[row] for row in ordered]
    for entry in asked:
        if entry in space:
            yield [entry]
        elif has_wildcard(entry):
            start = re.split(r"[*?]", entry, maxsplit=1)[0]
            first, last = bisect_left(spellings, start), bisect_left(spellings, start + LAST_LETTER)
            pattern = as_pattern(entry)
            yield [space.words[row] for row in sorted(ordered[first:last]) if pattern.fullmatch(space.words[row])]
        else:
            joined = "_".join(entry.split())
            yield [joined] if joined in space else []


def _has_direction(space: Embeddings, word: str) -> bool:
    return word in space and bool(space[word].any())


def _say_coverage(what: str, n_asked: int, missing: Sequence[str], n_words: int) -> str:
    n_known = n_asked - len(missing)
    more = [f"{n_words:,} with the matches of wildcards"] if n_words > n_known else []
    more += [f"missing: {list_some(map(repr, missing), SHOWN)}"] if missing else []
    beside = f" ({'; '.join(more)})" if more else ""
    return f"{n_known} of {n_asked} words of the {what} list are known{beside}"


def _say_missing(space: Embeddings, sentence: str, missing: Sequence[str]) -> str:
    return (
        f"{sentence}. The others are left out; all are needed for the list that was meant. {_say_near(space, missing)}"
    )


def _say_too_few(space: Embeddings, what: str, n_found: int, least: int, missing: Sequence[str]) -> str:
    shown = f" (missing: {list_some(map(repr, missing), SHOWN)})" if missing else ""
    return (
        f"The {what} list has {n_found or 'no'} word{'s' * (n_found > 1)} among the {len(space):,} of the embeddings"
        f"{shown}. At least {least} {'is' if least == 1 else 'are'} needed. {_say_near(space, missing)}"
    )


def _say_near(space: Embeddings, missing: Sequence[str]) -> str:
    near = [(word, _nearest_known(space, word)) for word in missing[:NEAR] if not has_wildcard(word)]
    named = ", ".join(f"{known!r} for {word!r}" for word, known in near if known)
    return f"Did you mean {named}?" if named else ADVICE


def _nearest_known(space: Embeddings, word: str) -> str:
    return nearest(
        word, [known for known in space.words[:SEARCHED] if known != word and abs(len(known) - len(word)) <= 2]
    )
