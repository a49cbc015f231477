"""fastText models: the settings, the dictionary and the matrix of rows that its ``.bin`` files hold."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Integers, PathLike
from lacunet.embedding.space._files import as_word, is_packed, opened, read_limit
from lacunet.embedding.space._ngrams import find_ngrams
from lacunet.errors import DataError

MAGIC = 793_712_314
VERSIONS = (11, 12)
NAMES = ("dim", "ws", "epoch", "min_count", "neg", "word_ngrams", "loss", "model", "bucket", "minn", "maxn", "lr_rate")
SETTINGS = np.dtype([(name, "<i4") for name in NAMES] + [("t", "<f8")])
SIZES = np.dtype([("size", "<i4"), ("n_words", "<i4"), ("n_labels", "<i4"), ("n_tokens", "<i8"), ("pruned", "<i8")])
SUPERVISED = 3
END = "</s>"
"""The end of a line, which fastText keeps as a word without n-grams."""
LONGEST = 1 << 20
CHUNK = 2048
"""Words whose rows are gathered at once."""


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """Words of a model, and how its n-grams are found.

    ``kept`` is the row of each bucket after the words, -1 where a pruned model dropped it; None where nothing was.
    """

    words: list[str]
    counts: list[int]
    minn: int
    maxn: int
    bucket: int
    kept: Integers | None


def read_fasttext(path: PathLike, limit: int | None) -> tuple[list[str], NDArray[np.float32], NDArray[np.int64]] | None:
    """Words, vectors and counts of a model; None where the file is none, and holds vectors as text instead.

    Raises
    ------
    DataError
        When the model is cut off, packed, quantised, or of a version that is not known.
    """
    most = read_limit(limit)
    with opened(path) as file:
        if file.read(4) != np.int32(MAGIC).astype("<i4").tobytes():
            if Path(path).suffix in (".bin", ".ftz"):
                raise DataError(
                    f"'{path}' does not begin as a fastText model does. A .bin file of fastText is needed. If it is a "
                    "binary file of word2vec, read it with from_word2vec."
                )
            return None
        if is_packed(path):
            raise DataError(f"'{path}' is a packed model. Its matrix is read in place, unpacked. Unpack it: gunzip.")
        settings = _read_settings(file, path)
        dictionary, n_words = _read_dictionary(file, path, settings)
        matrix = _map_matrix(file, path, int(settings["dim"]))
    n_buckets = dictionary.bucket if dictionary.kept is None else int(dictionary.kept.max()) + 1
    if len(matrix) < n_words + (n_buckets if dictionary.maxn > 0 else 0):
        raise _cut_off(path)
    words = dictionary.words[:most]
    vectors = _mean_rows(words, matrix, dictionary, n_words)
    return words, vectors, np.array(dictionary.counts[:most], dtype=np.int64)


def _read_settings(file: BinaryIO, path: PathLike) -> Any:
    version = int(_read(file, path, np.dtype("<i4")))
    if version not in VERSIONS:
        raise DataError(
            f"'{path}' is a fastText model of version {version}. Versions 11 and 12 are known. Write its vectors as "
            "text with fastText (.vec), and read these."
        )
    settings = _read(file, path, SETTINGS)
    if version == VERSIONS[0] and settings["model"] == SUPERVISED:
        settings["maxn"] = 0  # such models named n-grams that they did not use
    return settings


def _read_dictionary(file: BinaryIO, path: PathLike, settings: Any) -> tuple[Dictionary, int]:
    sizes = _read(file, path, SIZES)
    words: list[str] = []
    counts: list[int] = []
    for i in range(int(sizes["size"])):
        word = as_word(_read_name(file, path), path, f"Word {i + 1}")
        count, is_label = int(_read(file, path, np.dtype("<i8"))), file.read(1) != b"\0"
        if not is_label:
            words.append(word)
            counts.append(count)
    kept = None
    if sizes["pruned"] >= 0:
        kept = np.full(max(int(settings["bucket"]), 1), -1, dtype=np.intp)
        for _ in range(int(sizes["pruned"])):
            bucket, row = _read(file, path, np.dtype("<i4")), _read(file, path, np.dtype("<i4"))
            kept[bucket] = row
    dictionary = Dictionary(
        words=words,
        counts=counts,
        minn=int(settings["minn"]),
        maxn=int(settings["maxn"]),
        bucket=int(settings["bucket"]),
        kept=kept,
    )
    return dictionary, int(sizes["n_words"])


def _map_matrix(file: BinaryIO, path: PathLike, d: int) -> NDArray[np.float32]:
    """The matrix of rows, in the file: of most models it is larger than what is asked for."""
    if file.read(1) != b"\0":
        raise DataError(
            f"'{path}' is a quantised model, whose vectors are approximations. A model that is not is needed. Read the "
            ".bin file that it was made from."
        )
    m, n = int(_read(file, path, np.dtype("<i8"))), int(_read(file, path, np.dtype("<i8")))
    if n != d or m * n * 4 > Path(path).stat().st_size - file.tell():
        raise _cut_off(path)
    return np.memmap(path, dtype="<f4", mode="r", offset=file.tell(), shape=(m, n))


def _mean_rows(
    words: list[str], matrix: NDArray[np.float32], dictionary: Dictionary, n_words: int
) -> NDArray[np.float32]:
    """Mean of a word's own row and those of its n-grams."""
    vectors = np.empty((len(words), matrix.shape[1]), dtype=np.float32)
    for start in range(0, len(words), CHUNK):
        chunk = words[start : start + CHUNK]
        spelled = ["" if word == END else f"<{word}>" for word in chunk]
        owner, bucket = find_ngrams(spelled, dictionary.minn, dictionary.maxn, dictionary.bucket)
        if dictionary.kept is not None:
            bucket = dictionary.kept[bucket]
            owner, bucket = owner[bucket >= 0], bucket[bucket >= 0]
        rows = np.concatenate([np.arange(start, start + len(chunk)), n_words + bucket])
        owners = np.concatenate([np.arange(len(chunk)), owner])
        order = np.argsort(owners, kind="stable")
        firsts = np.searchsorted(owners[order], np.arange(len(chunk)))
        sums = np.add.reduceat(matrix[rows[order]], firsts, axis=0, dtype=np.float64)
        vectors[start : start + CHUNK] = sums / np.bincount(owners, minlength=len(chunk))[:, None]
    return vectors


def _read(file: BinaryIO, path: PathLike, dtype: Any) -> Any:
    raw = file.read(dtype.itemsize)
    if len(raw) < dtype.itemsize:
        raise _cut_off(path)
    return np.frombuffer(bytearray(raw), dtype=dtype)[0]


def _read_name(file: BinaryIO, path: PathLike) -> bytes:
    """Bytes up to a zero."""
    name = bytearray()
    while (byte := file.read(1)) != b"\0":
        if not byte or len(name) > LONGEST:
            raise _cut_off(path)
        name += byte
    return bytes(name)


def _cut_off(path: PathLike) -> DataError:
    return DataError(
        f"'{path}' ends before the model does, or says other dimensions twice. A whole model is needed. Get it again."
    )
