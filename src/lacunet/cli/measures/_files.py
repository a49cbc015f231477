"""Files that ``lacunet measure`` reads: vectors, texts with their variables, transforms kept earlier."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lacunet.cli._embed_files import read_vectors
from lacunet.cli._options import read_names
from lacunet.cli.measures._options import IDENTITY
from lacunet.errors import ColumnError, DataError, SpecError, list_some, suggest

COMPARED = 1000
"""Words by which embeddings are told apart."""
SAME = 1e-4
"""Most that files of text may have rounded off."""


def read_spaces(typed: str, limit: int | None = None) -> Any:
    """Read one file of vectors, or several with commas between, as the library takes them."""
    names = vector_names(typed)
    if not names:
        raise SpecError("VECTORS names no file. Vectors are needed: name a file that 'lacunet embed' wrote.")
    missing = next((name for name in names if not Path(name).exists()), None)
    if missing is not None:
        raise DataError(f"There is no file '{missing}'. Vectors are needed. Check the name and the folder.")
    spaces = [read_vectors(Path(name), limit) for name in names]
    return spaces[0] if len(spaces) == 1 else spaces


def vector_names(typed: str) -> tuple[str, ...]:
    """Names of the files in what is typed for VECTORS."""
    return (typed,) if Path(typed).exists() else read_names([typed])


def read_texts(
    path: Path,
    *,
    text: str | None,
    encoding: str | None,
    keep_case: bool = False,
    numbers: Sequence[str] = (),
    progress: Any = None,
) -> Any:
    """Read texts as a corpus, with the columns of ``numbers`` as numbers.

    Raises
    ------
    ColumnError
        When there is no such column, or a cell of it is no number.
    """
    from lacunet.embedding.text import Tokens, read_corpus

    corpus = read_corpus(path, text=text, tokens=Tokens(lower=not keep_case), encoding=encoding, progress=progress)
    variables: Any = corpus.variables
    for name in read_names(numbers):
        variables[name] = _as_numbers(variables, name)
    return corpus


def _as_numbers(variables: Any, name: str) -> Any:
    import pandas as pd

    if variables is None or name not in variables:
        columns = [] if variables is None else list(variables)
        hint = suggest(name, columns) or f"There are: {list_some(columns) or 'none'}."
        raise ColumnError(f"--numbers got '{name}', and the texts have no such column. {hint}")
    found = pd.to_numeric(variables[name], errors="coerce")
    wrong = variables[name][found.isna() & variables[name].notna() & (variables[name] != "")]
    if len(wrong):
        raise ColumnError(
            f"--numbers got '{name}', which holds {wrong.iloc[0]!r} in {len(wrong):,} of {len(found):,} rows. Numbers "
            "are needed. Leave it out of --numbers, or correct the file."
        )
    return found


def written_numbers(corpus: Any, names: Sequence[str]) -> list[str]:
    """Say which of some columns hold numbers that are written as text: their values count as names."""
    import pandas as pd

    variables = corpus.variables
    columns = [name for name in names if variables is not None and name in variables]
    found = [
        name
        for name in columns
        if not pd.api.types.is_numeric_dtype(variables[name])
        and pd.to_numeric(variables[name].dropna(), errors="coerce").notna().all()
    ]
    return [f"'{name}' holds numbers written as text, which count as names: add --numbers {name}." for name in found]


def read_documents(path: Path, text: str | None, encoding: str | None) -> list[str]:
    """Read texts as they are written, one string a document."""
    from lacunet.embedding.text._doors import open_source

    source = open_source(path, text=text, documents=None, encoding=encoding).source
    if source is None:
        raise SpecError(f"'{path}' holds no texts that people can read. Name a file of texts.")
    return b"".join(source.parts()).decode("utf-8").split("\0")[:-1]


def read_transform(typed: str | None, space: Any) -> Any:
    """Read what ``measure alacarte --save`` kept; None where nothing was typed.

    Raises
    ------
    SpecError
        When the file holds something else, or the transform of other vectors.
    """
    if typed is None or typed == IDENTITY:
        return typed
    from lacunet._load import load
    from lacunet.measures.alacarte import AlaCarte

    found = load(typed)
    if not isinstance(found, AlaCarte):
        raise SpecError(
            f"'{typed}' holds a {type(found).__name__}. --transform needs a file that 'measure alacarte --save' wrote, "
            f"or the word {IDENTITY}."
        )
    spaces = space if isinstance(space, list) else [space]
    if not all(_has_same_axes(own, other) for own, other in zip(found.spaces, spaces, strict=False)):
        raise SpecError(
            f"'{typed}' was estimated for other vectors. A transform is of use with its own alone, in the order in "
            "which they were named. Name those, or make another: lacunet measure alacarte VECTORS TEXTS --save FILE."
        )
    return found


def _has_same_axes(one: Any, other: Any) -> bool:
    """Whether two embeddings give the words that both have the same vectors."""
    import numpy as np

    places = {word: i for i, word in enumerate(one.words)}
    rows = [(places[word], i) for i, word in enumerate(other.words[:COMPARED]) if word in places]
    if not rows or one.vectors.shape[1] != other.vectors.shape[1]:
        return False
    own, others = np.array(rows).T
    return bool(np.allclose(one.vectors[own], other.vectors[others], atol=SAME))
