"""From what a user hands over to the source that can read it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from lacunet.embedding.text._columns import Frames, TableFiles
from lacunet.embedding.text._files import JsonLines, TextFiles
from lacunet.embedding.text._iterables import Texts, peek
from lacunet.embedding.text._open import PACKED
from lacunet.embedding.text._source import Source
from lacunet.errors import DataError, SpecError, suggest
from lacunet.table._frame import is_frame

Documents = Literal["line", "file"]

PLAIN = (".txt", ".text", ".md")
JSON = (".jsonl", ".ndjson", ".json")
TABLES = (".csv", ".tsv", ".tab", ".parquet", ".feather", ".arrow", ".dta", ".sav", ".zsav", ".xlsx")
_NO_TEXT = (".pdf", ".doc", ".docx", ".odt", ".rtf", ".epub", ".html", ".xml", ".zip", ".tar", ".bz2", ".xz", ".7z")
_LONGEST_NAME = 1000
_PACKABLE = (*PLAIN, *JSON, ".csv", ".tsv", ".tab")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A source of text, or documents that are lists of words."""

    source: Source | None = None
    words: Iterable[Any] | None = None


def open_source(source: Any, *, text: str | None, documents: Documents | None, encoding: str | None) -> Opened:
    """Find out what the source is; nothing is read yet."""
    if documents is not None and documents not in get_args(Documents):
        raise SpecError(f"documents={documents!r} is unknown. documents is 'line' or 'file'. Choose one of these.")
    files = _as_files(source)
    if files is not None:
        return Opened(source=_open_files(files, text, documents, encoding))
    for name, value in (("documents", documents), ("encoding", encoding)):
        if value is not None:
            raise SpecError(f"{name}= is for files. The source is a {type(source).__name__}. Leave {name}= out.")
    return Opened(source=Frames(source, text)) if is_frame(source) else _open_iterable(source, text)


def _open_iterable(source: Any, text: str | None) -> Opened:
    found = type(source).__name__
    if isinstance(source, bytes) or not isinstance(source, Iterable):
        raise SpecError(
            f"The source is a {found}. A file, a folder, a data frame, or an iterable of texts is needed. Hand over "
            "one of these."
        )
    if text is not None:
        raise SpecError(f"text={text!r} names a column or key. The source is a {found} of documents. Leave it out.")
    first, every = peek(source)
    if first is None:
        raise DataError("The source has no document. At least one is needed. Check how it was made.")
    if isinstance(first, str) or not isinstance(first, Iterable):
        return Opened(source=Texts(every))
    return Opened(words=every)


def _as_files(source: Any) -> list[tuple[str, Path]] | None:
    """Names and paths, if the source is a file, a folder or a list of paths; else None."""
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if os.path.isdir(path):
            return _in_folder(path)
        if not os.path.exists(path):  # unlike Path.exists, it takes a text for a name that does not exist
            raise _no_file(path)
        return [(path.name, path)]
    if not isinstance(source, list | tuple) or not source or not all(map(_names_file, source)):
        return None
    missing = next((Path(one) for one in source if not os.path.isfile(one)), None)
    if missing is not None:
        raise _no_file(missing)
    return [(str(one), Path(one)) for one in source]


def _names_file(one: Any) -> bool:
    """Whether this is a path, or a string that can only be one."""
    if not isinstance(one, str):
        return isinstance(one, os.PathLike)
    return len(one) < _LONGEST_NAME and "\n" not in one and _ending(Path(one)) in (*PLAIN, *JSON, *TABLES)


def _no_file(path: Path) -> DataError:
    shown = str(path)
    if len(shown) > 200 or shown.count(" ") > 10:
        return DataError(
            f"There is no file {shown[:60] + '...'!r}. A text itself seems to have been handed over. Put it in a list: "
            "read_corpus([text])."
        )
    here = os.listdir(path.parent) if os.path.isdir(path.parent) else []
    advice = suggest(path.name, here) or "Check the name and the folder."
    return DataError(f"There is no file {shown!r}. A file that exists is needed. {advice}")


def _in_folder(folder: Path) -> list[tuple[str, Path]]:
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and _ending(path) in (*PLAIN, *JSON, *TABLES) and not _is_hidden(path.relative_to(folder))
    )
    if not found:
        raise DataError(
            f"The folder {str(folder)!r} has no file that can be read. Names that end in {', '.join((*PLAIN, *JSON))} "
            f"or {', '.join(TABLES)} are needed. Check the folder, or hand over a list of paths."
        )
    return [(path.relative_to(folder).as_posix(), path) for path in found]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _ending(path: Path) -> str:
    """What the name ends in, apart from .gz or .zst."""
    last = path.suffix.lower()
    return Path(path.stem).suffix.lower() if last in PACKED else last


def _open_files(
    files: list[tuple[str, Path]], text: str | None, documents: Documents | None, encoding: str | None
) -> Source:
    kinds = {_kind(path) for _, path in files}
    if len(kinds) > 1:
        raise SpecError(
            f"The files are of several kinds ({', '.join(sorted(kinds))}). Files of one kind are needed. Hand over a "
            "list of those that belong together."
        )
    kind = kinds.pop()
    if kind != "plain text" and documents is not None:
        raise SpecError(
            f"documents={documents!r} is for plain text. The source is {kind}, with a document a row. Leave it out."
        )
    if kind == "JSON lines":
        return JsonLines(files, text, encoding)
    if kind == "tables":
        return TableFiles(files, text, encoding)
    if text is not None:
        raise SpecError(f"text={text!r} names a column or key. Plain text has none. Leave it out.")
    by_line = len(files) == 1 if documents is None else documents == "line"
    return TextFiles(files, encoding, by_line)


def _kind(path: Path) -> str:
    ending = _ending(path)
    is_packed = path.suffix.lower() in PACKED
    if ending in JSON:
        return "JSON lines"
    if ending in TABLES:
        if is_packed and ending not in _PACKABLE:
            raise SpecError(
                f"The file {path.name!r} is packed. Of tables, only text files are read so. Unpack it first."
            )
        return "tables"
    if ending in _NO_TEXT:
        raise SpecError(
            f"The file {path.name!r} is no text file. Plain text, JSON lines or a table is needed. Convert or "
            "unpack it first."
        )
    return "plain text"
