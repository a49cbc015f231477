"""Plain text and JSON lines, from files that may be packed."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from lacunet.embedding.text._open import Decoder, clean
from lacunet.embedding.text._source import END, Variables, choose_text, missing_note
from lacunet.errors import ColumnError, DataError, DataWarning


class TextFiles:
    """Plain text; a document is a file, or a line."""

    def __init__(self, files: list[tuple[str, Path]], encoding: str | None, by_line: bool) -> None:
        self._files, self._encoding, self.skip_empty = files, encoding, by_line
        self._notes: list[str] = []

    def parts(self) -> Iterator[bytes]:
        """See ``Source``."""
        for _, path in self._files:
            decoder = Decoder(path, self._encoding)
            for piece in decoder.pieces():
                yield piece.replace(b"\n", END) if self.skip_empty else piece
            yield END
            self._notes += replacement_note(decoder, path, self._encoding)

    def variables(self) -> pd.DataFrame | None:
        """The name of each file, where a file is a document and there are several."""
        if self.skip_empty or len(self._files) == 1:
            return None
        return pd.DataFrame({"file": [name for name, _ in self._files]})

    def notes(self) -> list[str]:
        """See ``Source``."""
        return self._notes


class JsonLines:
    """One JSON object a line, its text under one key; a line that holds nothing but a string is a text, too."""

    skip_empty = False

    def __init__(self, files: list[tuple[str, Path]], text: str | None, encoding: str | None) -> None:
        self._files, self._text, self._encoding = files, text, encoding
        self._variables = Variables()
        self._notes: list[str] = []
        self._n_missing = 0

    def parts(self) -> Iterator[bytes]:
        """See ``Source``."""
        for _, path in self._files:
            decoder = Decoder(path, self._encoding, cut=b"\n")
            line = 0
            for piece in decoder.pieces():
                for content in piece.split(b"\n"):
                    line += 1
                    if content and not content.isspace():
                        document = self._document(content, path, line)
                        if document is not None:
                            yield document
                line -= piece.endswith(b"\n")
            self._notes += replacement_note(decoder, path, self._encoding)

    def _document(self, content: bytes, path: Path, line: int) -> bytes | None:
        try:
            entry = json.loads(content)
        except (json.JSONDecodeError, RecursionError) as error:
            raise DataError(
                f"Line {line:,} of {path.name!r} is no JSON: {error}. Every line needs to be one object, such as "
                '{"text": "..."}. Correct the line; a file that is one long list needs to be saved as JSON lines.'
            ) from error
        where = f"Line {line:,} of {path.name!r}"
        if isinstance(entry, str):
            entry = {"text": entry}
        if not isinstance(entry, dict):
            raise DataError(f"{where} is a JSON {_kind(entry)}. An object with the text under a key is needed.")
        if self._text is None or self._text not in entry:
            texts = [name for name, value in entry.items() if isinstance(value, str)]
            self._text = choose_text(self._text, list(entry), texts, where)
        value = entry.pop(self._text)
        if value is None:
            self._n_missing += 1
            return None
        if not isinstance(value, str):
            raise ColumnError(
                f"{where} has a {_kind(value)} under {self._text!r}. A text is needed. Name the key of the text with "
                "text='...'."
            )
        self._variables.add({name: cell for name, cell in entry.items() if not isinstance(cell, list | dict)})
        return clean(value) + END

    def variables(self) -> pd.DataFrame | None:
        """Every other key whose value is a scalar."""
        return self._variables.frame()

    def notes(self) -> list[str]:
        """See ``Source``."""
        return self._notes + missing_note(self._n_missing)


def _kind(value: Any) -> str:
    names = {list: "list", dict: "object", bool: "truth value", int: "number", float: "number", type(None): "null"}
    return names.get(type(value), "string")


def replacement_note(decoder: Decoder, path: Path, encoding: str | None) -> list[str]:
    """Say what was not in the encoding, also as a warning."""
    if not decoder.n_replaced:
        return []
    note = (
        f"{decoder.n_replaced:,} places in {path.name!r} are not {(encoding or 'utf-8').upper()} (first in line "
        f"{decoder.first_line:,}) and were read as breaks between words. If words are cut there, say "
        "encoding='latin-1' (or 'cp1252')."
    )
    warnings.warn(note, DataWarning, stacklevel=2)
    return [note]
