"""Targets as a user writes them: words, wildcards, terms of several words, under one name or many."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from itertools import product
from typing import Any

from lacunet.embedding.text import Corpus
from lacunet.errors import DataError, SpecError, nearest

MOST_TERMS = 100_000
WILD = frozenset("*?")


@dataclass(frozen=True)
class Terms:
    """Targets with their spellings.

    Attributes
    ----------
    names
        Name of each target (k,).
    spellings
        Of each, as given: words, wildcards, several words with spaces between.
    """

    names: tuple[str, ...]
    spellings: tuple[tuple[str, ...], ...]


def read_terms(terms: Any) -> Terms:
    """Read targets.

    Parameters
    ----------
    terms
        ``"immigration"``; ``["immigration", "immigrants"]``, one target in two spellings, named by the first; or
        ``{"name": spellings}`` for several targets.

    Returns
    -------
    Terms
        Names and spellings; capital letters do not matter where the corpus was read in lower case.

    Raises
    ------
    SpecError
        When these are no words.
    """
    if not isinstance(terms, Mapping):
        spellings = _spellings(terms, "The target")
        terms = {spellings[0]: spellings}
    if not terms:
        raise SpecError("There is no target. A word is needed, or names with their spellings. Name one at least.")
    names = tuple(str(name) for name in terms)
    return Terms(names, tuple(_spellings(given, f"{name!r}") for name, given in terms.items()))


def _spellings(given: Any, who: str) -> tuple[str, ...]:
    found = (
        (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Sequence | set | frozenset) else ()
    )
    found = tuple(sorted(found)) if isinstance(given, set | frozenset) else found
    if not found or not all(isinstance(one, str) and one.strip() for one in found):
        raise SpecError(f"{who} is {given!r}. A word is needed, or a list of words: its spellings.")
    return tuple(dict.fromkeys(found))


def number_terms(terms: Terms, corpus: Corpus) -> tuple[list[tuple[int, ...]], list[int]]:
    """Every way to write a target in this corpus as numbers of words, and the target that it means.

    Raises
    ------
    SpecError
        When two targets share a spelling.
    DataError
        When a target does not occur; the message names the nearest word.
    """
    wanted = [(k, spelling) for k, some in enumerate(terms.spellings) for spelling in some]
    parts = {part for _, spelling in wanted for part in (*spelling.split(), "_".join(spelling.split()))}
    numbers = _numbers_of_parts(parts | {part.lower() for part in parts}, corpus)
    if corpus.tokens.lower:  # "EPA" is meant where only "epa" can stand
        numbers = {part: numbers.get(part) or numbers.get(part.lower(), []) for part in parts}
    meaning: dict[tuple[int, ...], int] = {}
    for k, spelling in wanted:
        for written in _ways(spelling, numbers):
            if meaning.setdefault(written, k) != k:
                _raise_shared(terms, k, meaning[written], corpus, written)
    absent = [name for k, name in enumerate(terms.names) if k not in set(meaning.values())]
    if len(absent) == len(terms.names):
        _raise_absent(terms, corpus)
    return list(meaning), list(meaning.values())


def _numbers_of_parts(parts: set[str], corpus: Corpus) -> dict[str, list[int]]:
    """Numbers of the words that each word or wildcard stands for."""
    plain = {part for part in parts if not WILD & set(part)}
    patterns = {part: re.compile(translate(part.replace("[", "[[]"))) for part in parts - plain}
    found: dict[str, list[int]] = {}
    for number, word in corpus.numbered():
        if word in plain:
            found.setdefault(word, []).append(number)
        for part, pattern in patterns.items():
            if pattern.match(word):
                found.setdefault(part, []).append(number)
    return found


def _ways(spelling: str, numbers: Mapping[str, list[int]]) -> list[tuple[int, ...]]:
    words = spelling.split()
    each = [numbers.get(word, []) for word in words]
    ways = 1
    for some in each:
        ways *= len(some)
    if ways > MOST_TERMS:
        raise SpecError(
            f"{spelling!r} may be written in {ways:,} ways in this corpus. At most {MOST_TERMS:,} are looked for. "
            "Write more letters before the wildcard."
        )
    joined = [(number,) for number in numbers.get("_".join(words), [])] if len(words) > 1 else []
    return [*product(*each), *joined]


def _raise_shared(terms: Terms, one: int, other: int, corpus: Corpus, written: tuple[int, ...]) -> None:
    shared = " ".join(corpus.spell(list(written)))  # type: ignore[arg-type]
    raise SpecError(
        f"{shared!r} is a spelling of {terms.names[other]!r} and of {terms.names[one]!r}. A mention needs to belong to "
        "one target: take the spelling from one of them."
    )


def _raise_absent(terms: Terms, corpus: Corpus) -> None:
    spelling = terms.spellings[0][0]
    words = [word for _, word in corpus.numbered()]
    near = next((hit for part in spelling.split() if part not in words and (hit := nearest(part, words))), "")
    advice = f"Did you mean {near!r}?" if near else "Check its spelling and case against corpus.report()."
    what = f"{spelling!r} does" if len(terms.names) == 1 else f"None of the {len(terms.names)} targets does"
    raise DataError(f"{what} not occur in the {corpus.n_documents:,} documents. A mention at least is needed. {advice}")
