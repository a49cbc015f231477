"""Vectors as lines of text, as word2vec (with a header) and GloVe (without one) write them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import PathLike
from lacunet.embedding.space._files import as_word, check_writable, opened, read_limit
from lacunet.errors import DataError
from lacunet.table import replacing

LINES = 4096
"""Lines worked on at once."""
Vectors = tuple[list[str], NDArray[np.float32]]


def write_text(
    path: PathLike, words: Sequence[str], vectors: NDArray[np.float32], *, header: bool, force: bool
) -> None:
    """Write lines of a word and its numbers, with the digits that give the same float32 back."""
    check_writable(words, "word2vec and GloVe")
    n, d = vectors.shape
    template = "%s" + " %.9g" * d + "\n"
    with replacing(path, force=force) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        if header:
            file.write(f"{n} {d}\n")
        for start in range(0, n, LINES):
            rows = vectors[start : start + LINES].tolist()
            file.writelines(
                template % (word, *row) for word, row in zip(words[start : start + LINES], rows, strict=True)
            )


def read_text(path: PathLike, limit: int | None, *, header: bool) -> Vectors:
    """Read what `write_text` or a like program wrote.

    Raises
    ------
    DataError
        When the header lies, or a line has too few or too many numbers.
    """
    most = read_limit(limit)
    with opened(path) as file:
        if not header:
            return _read_lines(file, path, first=1, d=None, most=most)
        n, d = read_header(file, path)
        wanted = min(most or n, n)
        words, vectors = _read_lines(file, path, first=2, d=d, most=wanted)
        surplus = file.readline() if wanted == n else b""
    _check_number(path, len(words), wanted, n, surplus)
    return words, vectors


def read_header(file: BinaryIO, path: PathLike) -> tuple[int, int]:
    """Numbers of words and dimensions, as the first line of a word2vec file says them."""
    line = file.readline(200)
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields) or 0 in map(int, fields):
        raise DataError(
            f"Line 1 of '{path}' is {line[:60]!r}. A word2vec file begins with its numbers of words and of dimensions, "
            "such as '20000 300'. If it has no such line, it is of another form: try from_glove or from_fasttext."
        )
    return int(fields[0]), int(fields[1])


def _check_number(path: PathLike, found: int, wanted: int, expected: int, surplus: bytes) -> None:
    if found < wanted:
        raise DataError(
            f"'{path}' says in line 1 that it has {expected:,} words, and ends after {found:,}. All of them are "
            f"needed: it was cut off. Get the file again, or read what is there with limit={found}."
        )
    if surplus.strip():
        raise DataError(
            f"'{path}' says in line 1 that it has {expected:,} words, and goes on in line {expected + 2} with "
            f"{surplus[:40]!r}. As many lines as it says are needed. Correct line 1, or read with limit={expected}."
        )


def _read_lines(file: BinaryIO, path: PathLike, first: int, d: int | None, most: int | None) -> Vectors:
    words: list[str] = []
    numbers = bytearray()  # grows in place, where blocks put together at the end would stand in memory twice
    for lines in _blocks(file, most):
        number = first + len(words)
        if d is None:
            d = _count_numbers(lines[0], path)
        found, block = _parse(lines, d, path, number)
        words += found
        numbers += block.tobytes()
    if not words:
        raise DataError(f"'{path}' holds no vectors. A line a word is needed. Check that it is the right file.")
    return words, np.frombuffer(numbers, dtype=np.float32).reshape(len(words), -1)


def _blocks(file: BinaryIO, most: int | None) -> Iterator[list[bytes]]:
    """Lines by the thousands, up to an empty one at the end; only a line feed ends a line, as the writers mean it."""
    lines = islice(file, most)
    while block := [line.rstrip(b"\r\n") for line in islice(lines, LINES)]:
        while block and not block[-1].strip():
            block.pop()
        if block:
            yield block


def _count_numbers(line: bytes, path: PathLike) -> int:
    """Dimensions of a file without a header: the numbers that end its first line."""
    fields = line.split()
    d = len(fields) - 1
    if d == 1 and all(field.isdigit() for field in fields):
        raise DataError(
            f"Line 1 of '{path}' is {line[:60]!r}, the header of a word2vec file. A GloVe file has none. "
            "Read it with from_word2vec."
        )
    while d > 0 and not all(is_number(field) for field in fields[-d:]):
        d -= 1
    if d < 1:
        raise DataError(f"Line 1 of '{path}' is {line[:60]!r}. A word and its numbers are needed. Check the file.")
    return d


def _parse(lines: list[bytes], d: int, path: PathLike, number: int) -> Vectors:
    """Words and numbers of some lines; line by line where they are not all alike."""
    pairs = [line.replace(b"\t", b" ").partition(b" ") for line in lines]
    block = np.empty((0, 0), dtype=np.float32)
    if all(rest for _, _, rest in pairs):
        with suppress(ValueError):
            block = np.loadtxt([rest.decode("ascii") for _, _, rest in pairs], dtype=np.float32, comments=None, ndmin=2)
    if block.shape != (len(lines), d):
        rows = [_parse_line(line, d, path, number + i) for i, line in enumerate(lines)]
        return [word for word, _ in rows], np.array([row for _, row in rows], dtype=np.float32)
    return [as_word(word, path, f"Line {number + i}") for i, (word, _, _) in enumerate(pairs)], block


def _parse_line(line: bytes, d: int, path: PathLike, number: int) -> tuple[str, list[float]]:
    """One line, whose word may hold spaces, as a few words of the large GloVe files do."""
    fields = line.replace(b"\t", b" ").rstrip(b" ").split(b" ")
    numbers, surplus = fields[-d:], fields[1:-d]
    n_numbers = sum(map(is_number, fields[1:]))
    is_wrong = len(fields) < d + 1 or not all(map(is_number, numbers)) or any(map(is_number, surplus))
    if is_wrong:
        raise DataError(
            f"Line {number} of '{path}' ({line[:40]!r}...) has {n_numbers} numbers after its word. {d} are needed, as "
            "in line 1. Correct or remove the line."
        )
    return as_word(b" ".join(fields[:-d]), path, f"Line {number}"), [float(field) for field in numbers]


def is_number(field: bytes) -> bool:
    """Whether bytes are a number as people write it."""
    try:
        float(field)
    except ValueError:
        return False
    return True
