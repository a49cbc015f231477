"""The text that every trainer of embeddings reads: plain lower-cased words, at most 1,000 on a line.

Lines are short because word2vec.c cuts sentences at 1,000 words and gensim drops what follows the 10,000th word of a
line: a longer line would be another corpus for each of them.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cache import CACHE
from benchmarks.problems import data_folder

LINE = 1_000
SIZES = {"7.1M": 7_100_000, "all": 0}
"""Words of each corpus, from its beginning; 0 means all of them."""
MIN_COUNT = 5
WORD = re.compile(r"[^\W_]+(?:(?<=[^\W\d_])'(?=[^\W\d_])[^\W_]+)*")


@dataclass(frozen=True)
class Text:
    """A corpus on disk.

    Attributes
    ----------
    path
        Plain text, words apart by one space.
    words
        Words in the vocabulary (those found at least ``MIN_COUNT`` times), which is what a trainer reads in an epoch.
    types
        Words of the vocabulary.
    """

    path: Path
    words: int
    types: int


def load_text(size: str) -> Text:
    """Give a corpus by its size (see :data:`SIZES`), writing it the first time."""
    path = CACHE / "embed" / f"ungdc-{size}.txt"
    facts = path.with_suffix(".json")
    if not facts.exists():
        facts.parent.mkdir(parents=True, exist_ok=True)
        facts.write_text(json.dumps(_write(path, SIZES[size])))
    return Text(path, **json.loads(facts.read_text()))


def _write(path: Path, most: int) -> dict[str, int]:
    """Write lines until there are ``most`` words, and count what is in the vocabulary."""
    counts: Counter[str] = Counter()
    room = most or float("inf")
    with path.open("w", encoding="utf-8") as file:
        for words in _lines():
            kept = words[: int(min(room, LINE))]
            room -= len(kept)
            counts.update(kept)
            file.write(" ".join(kept) + "\n")
            if room == 0:
                break
    known = [count for count in counts.values() if count >= MIN_COUNT]
    return {"words": sum(known), "types": len(known)}


def _lines() -> Iterator[list[str]]:
    """Words of the speeches, a speech at a time, in pieces of at most ``LINE`` words."""
    with gzip.open(data_folder() / "text" / "ungdc_1946_2024.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            words = WORD.findall(json.loads(line)["text"].lower().replace("\u2019", "'"))
            for first in range(0, len(words), LINE):
                yield words[first : first + LINE]
