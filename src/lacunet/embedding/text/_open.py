"""Files as chunks of bytes, unpacked, and bytes as valid UTF-8; every failure in plain words."""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import zstandard

from lacunet.errors import DataError, SpecError

CHUNK = 1 << 20
"""Bytes read at once."""

_REPLACEMENT = "\ufffd".encode()
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MOST_NULS = 8


def read_chunks(path: Path) -> Iterator[bytes]:
    """Contents of a file, unpacked if its name ends in .gz or .zst."""
    n_read = 0
    try:
        with open(path, "rb") as file:
            for chunk in PACKED.get(path.suffix.lower(), _as_is)(file):
                n_read += len(chunk)
                yield chunk
    except FileNotFoundError as error:
        raise DataError(
            f"There is no file {str(path)!r}. A file that exists is needed. Check the name and the folder."
        ) from error
    except PermissionError as error:
        raise DataError(
            f"The file {path.name!r} may not be read. Reading it needs permission. Ask its owner."
        ) from error
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise DataError(
            f"The file {path.name!r} is damaged, cut off, or no {path.suffix[1:]} file: {error} (after {n_read:,} "
            "bytes of text). A whole file is needed. Copy or download it again."
        ) from error


def _as_is(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _from_gz(file: IO[bytes]) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as unpacked:
        while chunk := unpacked.read(CHUNK):
            yield chunk


def _from_zst(file: IO[bytes]) -> Iterator[bytes]:
    """Frame by frame, as the library's own reader takes a file that was cut off for a whole one."""
    frame = None
    while packed := file.read(CHUNK >> 3 or 1):
        while packed:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(packed)
            packed = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame is not None:
        raise EOFError("the last part is not complete")


PACKED: dict[str, Callable[[IO[bytes]], Iterator[bytes]]] = {".gz": _from_gz, ".zst": _from_zst}
"""How packed files are unpacked, by the end of their names."""


class Decoder:
    """Bytes of one file to valid UTF-8, cut after a line or a space, with a count of what had to be replaced.

    Parameters
    ----------
    path
        The file, for messages.
    encoding
        Its encoding; None is UTF-8.
    cut
        Bytes after any of which a piece may end.
    """

    def __init__(self, path: Path, encoding: str | None, cut: bytes = b"\n ") -> None:
        self._path, self._cut = path, cut
        self._is_utf8 = encoding is None or _codec(encoding).name in ("utf-8", "utf-8-sig")
        self._decoder = None if self._is_utf8 else _codec(str(encoding)).incrementaldecoder("replace")
        self._is_given = encoding is not None
        self.n_replaced = 0
        self.first_line = 0
        self._lines = 1

    def pieces(self) -> Iterator[bytes]:
        """Valid UTF-8, piece by piece."""
        waiting: list[bytes] = []
        is_first = True
        for chunk in read_chunks(self._path):
            if is_first:
                chunk = self._check_first(chunk)
                is_first = False
            if self._decoder is not None:
                chunk = self._decode(self._decoder.decode(chunk))
            end = max(chunk.rfind(self._cut[k : k + 1]) for k in range(len(self._cut))) + 1
            if end == 0:
                waiting.append(chunk)
                continue
            yield self._valid(b"".join([*waiting, chunk[:end]]))
            waiting = [chunk[end:]]
        if self._decoder is not None:
            waiting.append(self._decode(self._decoder.decode(b"", True)))
        rest = b"".join(waiting)
        if rest:
            yield self._valid(rest)

    def _check_first(self, chunk: bytes) -> bytes:
        if not self._is_given and chunk.startswith(_UTF16):
            raise DataError(
                f"The file {self._path.name!r} is UTF-16. The default is UTF-8. Say encoding='utf-16', or save it as "
                "UTF-8."
            )
        if self._is_utf8 and chunk[:4096].count(b"\0") > _MOST_NULS:
            raise DataError(
                f"The file {self._path.name!r} holds binary data. Text is needed. If it is UTF-16, say "
                "encoding='utf-16'; convert Word and PDF files to text first."
            )
        return chunk.removeprefix(codecs.BOM_UTF8) if self._is_utf8 else chunk

    def _decode(self, text: str) -> bytes:
        bad = text.count("\ufffd")
        if bad:
            self._note(bad, text.count("\n", 0, text.index("\ufffd")))
        self._lines += text.count("\n")
        return clean(text)

    def _valid(self, piece: bytes) -> bytes:
        if self._decoder is not None:
            return piece
        try:
            if not piece.isascii():
                piece.decode()
        except UnicodeDecodeError as error:
            before = piece.count(b"\n", 0, error.start)
            already = piece.count(_REPLACEMENT)
            n_lines = piece.count(b"\n")
            piece = piece.decode(errors="replace").encode()
            self._note(piece.count(_REPLACEMENT) - already, before)
            self._lines += n_lines
        else:
            self._lines += piece.count(b"\n") if not self.n_replaced else 0
        return piece.replace(b"\0", b" ") if b"\0" in piece else piece

    def _note(self, bad: int, lines_before: int) -> None:
        self.first_line = self.first_line or self._lines + lines_before
        self.n_replaced += bad


def clean(text: str) -> bytes:
    """A text in UTF-8 without NUL; halves of characters are put together, or replaced."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        encoded = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    return encoded.replace(b"\0", b" ") if b"\0" in encoded else encoded


def _codec(encoding: str) -> codecs.CodecInfo:
    try:
        return codecs.lookup(encoding)
    except (LookupError, TypeError) as error:
        raise SpecError(f"encoding={encoding!r} is unknown. A name such as 'utf-8' or 'latin-1' is needed.") from error
