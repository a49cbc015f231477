"""Vectors as word2vec.c writes them in binary: a header, then each word, a space, d float32 and a line feed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import PathLike
from lacunet.embedding.space._files import as_word, check_writable, opened, read_limit
from lacunet.embedding.space._text_form import Vectors, is_number, read_header
from lacunet.errors import DataError
from lacunet.table import replacing

CHUNK = 1 << 24
"""Bytes read at once."""
LONGEST = 10_000
"""Bytes of a word beyond which there is no word, but something else."""
PEEKED, SURE = 8, 32
"""Fields, and letters without a mark of control, that tell text from float32."""
LITTLE = np.dtype("<f4")


def write_binary(path: PathLike, words: Sequence[str], vectors: NDArray[np.float32], *, force: bool) -> None:
    """Write words and vectors as word2vec.c does, least significant byte first."""
    check_writable(words, "word2vec")
    n, d = vectors.shape
    with replacing(path, force=force) as temporary, temporary.open("wb") as file:
        file.write(f"{n} {d}\n".encode())
        for word, row in zip(words, vectors, strict=True):
            file.write(word.encode() + b" " + row.astype(LITTLE, copy=False).tobytes() + b"\n")


def read_binary(path: PathLike, limit: int | None) -> Vectors:
    """Read what `write_binary`, word2vec.c or gensim wrote (the last without line feeds).

    Raises
    ------
    DataError
        When the file ends early, goes on after its last word, or what stands there is no word.
    """
    most = read_limit(limit)
    with opened(path) as file:
        n, d = read_header(file, path)
        wanted = min(most or n, n)
        width = d * LITTLE.itemsize
        words, numbers, rest, at = [], bytearray(), b"", 0
        for i in range(wanted):
            while (space := rest.find(b" ", at)) < 0 or space + 1 + width > len(rest):
                more = file.read(CHUNK)
                if not more or (space < 0 and len(rest) - at > LONGEST):
                    raise DataError(
                        f"'{path}' says that it has {n:,} words of {d} numbers, and ends, or holds something else, in "
                        f"word {i + 1:,}. It was cut off or is no word2vec file. Get it again, or read what is there "
                        f"with limit={i}."
                    )
                rest, at = rest[at:] + more, 0
            words.append(as_word(rest[at:space].lstrip(b"\n"), path, f"Word {i + 1}"))
            at = space + 1 + width
            numbers += rest[space + 1 : at]
        if wanted == n and (rest[at:] + file.read(LONGEST)).strip(b"\n"):
            raise DataError(
                f"'{path}' says that it has {n:,} words of {d} numbers, and goes on after them. As much as it says is "
                f"needed: the header lies, or this is no word2vec file. Read what it says with limit={n - 1 or 1}."
            )
    return words, np.frombuffer(numbers, dtype=LITTLE).reshape(-1, d).astype(np.float32, copy=False)


def is_binary(path: PathLike) -> bool:
    """Whether a word2vec file is binary: what follows its first word is neither written numbers nor text."""
    with opened(path) as file:
        _, d = read_header(file, path)
        _, _, rest = file.read(LONGEST).replace(b"\t", b" ").partition(b" ")
    line = rest.partition(b"\n")[0].rstrip(b"\r ")
    fields = line.split(b" ")[:PEEKED]
    has_numbers = len(fields) >= min(d, 2) and all(map(is_number, fields))
    has_text = len(line) >= SURE and line[:SURE].isascii() and line[:SURE].decode("ascii").isprintable()
    return not (has_numbers or has_text)
