"""The sets of words of an association test: looked up, kept apart, and their cosines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, SpecError, list_some
from lacunet.measures._works import cite
from lacunet.measures.lists._resolve import resolve_each

CALISKAN_2017 = (
    "Caliskan, A., Bryson, J. J., & Narayanan, A. (2017). Semantics derived automatically from language corpora "
    "contain human-like biases. Science, 356(6334), 183-186."
)
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class WordSet:
    """Known words of one set.

    Attributes
    ----------
    name
        What tables and plots call it.
    words
        Known words.
    missing
        Words that are not known, and left out.
    sentence
        How many are known.
    """

    name: str
    words: tuple[str, ...]
    missing: tuple[str, ...]
    sentence: str


def look_up_sets(spaces: Sequence[Embeddings], asked: Mapping[str, Any], least: Mapping[str, int]) -> list[WordSet]:
    """Look up the sets of a test in all fits.

    Raises
    ------
    DataError
        When a set has too few known words, or two sets share one.
    SpecError
        When two sets have one name, or a dictionary more than one entry.
    """
    named = {letter: _name(letter, given) for letter, given in asked.items()}
    names = [name for name, _ in named.values()]
    if len(set(names)) < len(names):
        raise SpecError(f"The sets are called {', '.join(map(repr, names))}. Each needs a name of its own: rename one.")
    found = []
    for letter, (name, words) in named.items():
        known = resolve_each(spaces, words, name, least=least[letter])[0]
        found.append(WordSet(name=name, words=known.words, missing=known.missing, sentence=known.sentence))
    for one, other in combinations(found, 2):
        common = [word for word in one.words if word in other.words]
        if common:
            raise DataError(
                f"The sets {one.name} and {other.name} share "
                f"{list_some(map(repr, common), SHOWN)}. A word needs to be in one set, since it is as like itself as "
                "can be: leave it out of the other."
            )
    return found


def _name(letter: str, given: Any) -> tuple[str, Any]:
    """Name and words of a set; a dictionary of one entry names it."""
    if not isinstance(given, Mapping):
        return letter, given
    if len(given) != 1:
        raise SpecError(
            f"The set {letter} is a dictionary of {len(given)} entries. One is needed, a name and its words, such as "
            "{'science': ['physics', 'chemistry']}. Give one, or a list of words."
        )
    name, words = next(iter(given.items()))
    return str(name), words


def cosines(spaces: Sequence[Embeddings], words: Sequence[str], others: Sequence[str]) -> Floats:
    """Cosines of words with others in each fit (S, k, l), in float64."""
    with threadpool_limits(limits=1):  # the same bits on any number of threads
        return np.stack([space.units(space.rows(words)) @ space.units(space.rows(others)).T for space in spaces])


def associate(matrix: Any, n_a: int) -> Floats:
    """s(w, A, B), the mean cosine with A less that with B, from cosines (..., k, l) whose first columns are A's."""
    found = np.asarray(matrix, dtype=np.float64)
    return found[..., :n_a].mean(axis=-1) - found[..., n_a:].mean(axis=-1)


def standardise(difference: Any, values: Any) -> Floats:
    """A difference over the standard deviation (ddof 1) of the values it is of (..., n); NaN where they are equal."""
    spread = np.std(values, axis=-1, ddof=1)
    # Equal numbers may differ by rounding: their spread is then no spread.
    is_none = spread <= 1e-12 * np.abs(values).max(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(is_none, np.nan, difference / spread)


def sd_over(values: Any) -> Floats:
    """Standard deviation over fits (the first axis); NaN for one."""
    found = np.asarray(values, dtype=np.float64)
    return found.std(axis=0, ddof=1) if len(found) > 1 else np.full(found.shape[1:], np.nan)


def works_to_cite() -> str:
    """Works to cite, one a line."""
    return cite(CALISKAN_2017)
