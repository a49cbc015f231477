"""Word lists of users: from plain files, tables, JSON, and the dictionaries of LIWC."""

import csv
import json
import re
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from lacunet._typing import PathLike
from lacunet.errors import DataError, SpecError, list_some, suggest, warn_user

Lists = dict[str, tuple[str, ...]]
COMMENT = re.compile(r"(^|\s)#(\s.*)?$")
"""A # with a space after it; ``#metoo`` is a word."""
LIWC_MARK = "%"
FORMS = {".csv": ",", ".tsv": "\t"}
NEEDED = ("list", "word")


def read_words(source: PathLike | Mapping[str, Iterable[str]]) -> Lists:
    """Read word lists, each under its name.

    Wildcards stay as they are written: whoever measures with a list looks them up in the vocabulary at hand. Lists
    that are sold or licensed (LIWC) are not part of this package; hand over your copy.

    Parameters
    ----------
    source
        One of

        - a text file, one word (or phrase) a line: one list, named by the file. What follows a ``#`` and a space is a
          comment;
        - a dictionary of LIWC (``.dic``, or any text that begins with a ``%``): numbered categories between two lines
          of ``%``, then a word a line with the numbers of its categories, set apart by tabs;
        - a ``.json`` file that holds ``{"name": ["word", ...]}``, or one list;
        - a ``.csv`` or ``.tsv`` file with the columns ``list`` and ``word``;
        - a mapping from names to words.

    Returns
    -------
    dict
        Name to words, a tuple without repeats, in the order of the file.

    Raises
    ------
    SpecError
        When the source is none of these.
    DataError
        When a file cannot be read, or holds no words where they are needed.

    Warns
    -----
    DataWarning
        When a LIWC dictionary has categories that hold under a condition (``like`` in the one of 2007), or a list has
        no word; these are left out.

    References
    ----------
    Pennebaker, J. W., Boyd, R. L., Jordan, K., & Blackburn, K. (2015). *The development and psychometric properties of
    LIWC2015*. University of Texas at Austin.

    Examples
    --------
    >>> read_words({"affect": ["love", "hat*", "love"]})
    {'affect': ('love', 'hat*')}
    """
    if isinstance(source, Mapping):
        return _finish(source, "The mapping")
    if not isinstance(source, str | Path):
        raise SpecError(
            f"The word lists are a {type(source).__name__}. A file is needed, or a mapping from names to words. "
            "Hand over a path, or {'name': [words]}."
        )
    path = Path(source)
    return _finish(_parse(_read_text(path), path), f"'{path}'")


def read_pairs(path: PathLike) -> list[tuple[str, ...]]:
    """Rows of a ``.csv`` or ``.tsv`` file without names of columns, such as ``rich,poor``; empty lines are passed over.

    Raises
    ------
    DataError
        When the file cannot be read.
    """
    path = Path(path)
    rows = csv.reader(StringIO(_read_text(path)), delimiter=FORMS.get(path.suffix.lower(), ","))
    return [tuple(cell.strip() for cell in row) for row in rows if any(cell.strip() for cell in row)]


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"'{path}' cannot be read ({type(error).__name__}: {error}). A text file in UTF-8 is needed. "
            "Check the path, or save the file as UTF-8."
        ) from error


def _parse(text: str, path: Path) -> Mapping[str, Iterable[str]]:
    ending = path.suffix.lower()
    if ending == ".json":
        return _parse_json(text, path)
    if ending in FORMS:
        return _parse_table(text, path, FORMS[ending])
    if text.lstrip().startswith(LIWC_MARK):
        return _parse_liwc(text.splitlines(), path)
    return {path.stem: [COMMENT.sub("", line) for line in text.splitlines()]}


def _parse_json(text: str, path: Path) -> Mapping[str, Iterable[str]]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"'{path}' is no JSON ({error}). Names with lists of words are needed. Correct it.") from error
    found = {path.stem: found} if isinstance(found, list) else found
    if not isinstance(found, dict):
        raise DataError(
            f"'{path}' holds a {type(found).__name__}. Names with lists of words are needed. "
            'Write {"name": ["word", ...]}.'
        )
    return found


def _parse_table(text: str, path: Path, mark: str) -> Mapping[str, Iterable[str]]:
    rows = list(csv.DictReader(StringIO(text), delimiter=mark))
    columns = list(rows[0]) if rows else text.splitlines()[:1]
    missing = next((name for name in NEEDED if name not in columns), None)
    if missing:
        hint = suggest(missing, columns)
        raise DataError(
            f"'{path}' has no column {missing!r} (there are: {', '.join(map(str, columns[:8]))}). A row a word is "
            f"needed, with the columns 'list' and 'word'. {hint or 'Name them so in its first line.'}"
        )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault((row["list"] or "").strip(), []).append(row["word"] or "")
    return found


def _parse_liwc(lines: list[str], path: Path) -> Mapping[str, Iterable[str]]:
    """Categories by number, then words with numbers."""
    marks = [i for i, line in enumerate(lines) if line.strip() == LIWC_MARK]
    if len(marks) < 2:
        raise DataError(
            f"'{path}' has {len(marks)} line of {LIWC_MARK}. A dictionary of LIWC needs two, with the categories "
            "between them. Get the file again, or hand over the words as a table."
        )
    fields = [line.split(None, 1) for line in lines[marks[0] + 1 : marks[1]] if line.strip()]
    names = {number: name[0].split(" (")[0].strip() for number, *name in fields if name}
    found: dict[str, list[str]] = {name: [] for name in names.values()}
    n_left = 0
    for line in lines[marks[1] + 1 :]:
        word, *numbers = _split_liwc(line)
        for number in numbers:
            if not number.isdigit():
                n_left += 1
            elif number not in names:
                raise DataError(
                    f"'{path}' has {word!r} in category {number}, which has no name. A number between the lines of "
                    f"{LIWC_MARK} is needed. Add it there, or take it from the word."
                )
            else:
                found[names[number]].append(word)
    if n_left:
        warn_user(
            f"'{path}' has {n_left} categories of words that hold under a condition. Plain numbers are needed: these "
            "are left out. Add the words by hand where they matter."
        )
    return found


def _split_liwc(line: str) -> list[str]:
    """Word and numbers: by tabs where there are any, since a word may hold spaces."""
    fields = [field.strip() for field in (line.split("\t") if "\t" in line else line.split())]
    return [fields[0], *(number for field in fields[1:] for number in field.split())] if fields else [""]


def _finish(lists: Mapping[Any, Any], where: str) -> Lists:
    """Tuples without repeats, or why these are no lists."""
    found: Lists = {}
    for name, words in lists.items():
        given = [words] if isinstance(words, str) else list(words) if isinstance(words, Iterable) else [words]
        wrong = [one for one in (name, *given) if not isinstance(one, str)]
        if wrong:
            raise DataError(f"{where} has {wrong[0]!r} under {name!r}. Names and words need to be text. Write them so.")
        kept = tuple(dict.fromkeys(word.strip() for word in given if word.strip()))
        if kept:
            found[name] = kept
    if not found:
        raise DataError(f"{where} holds no word. One list with a word is needed at least. Check what it holds.")
    empty = [repr(name) for name in lists if name not in found]
    if empty:
        warn_user(f"{where} has no word under {list_some(empty)}. A list needs one at least: left out.")
    return found
