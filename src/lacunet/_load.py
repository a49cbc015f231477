"""Reading back what any method saved: the file says what it holds, and only that method is loaded."""

from importlib import import_module
from typing import Any

from lacunet._typing import PathLike
from lacunet.errors import DataError
from lacunet.keep import read_parts

HOMES = {
    "FittedMidas": "lacunet.imputation._load",
    "Imputations": "lacunet.imputation._load",
    "FittedMlp": "lacunet.prediction._load",
    "FittedAutoencoder": "lacunet.encoding._load",
    "FittedSkipGram": "lacunet.embedding._load",
    "Embeddings": "lacunet.embedding.space._load",
    "AlaCarte": "lacunet.measures.alacarte._load",
    "EmbeddingRegression": "lacunet.measures.regression._load",
    "FittedSequential": "lacunet.synthesis._load",
    "FittedGan": "lacunet.synthesis._load",
}
"""Kind of a saved thing -> module whose ``restore`` puts its parts together."""


def load(path: PathLike) -> Any:
    """Read what ``save`` wrote, with the same numbers.

    Parameters
    ----------
    path
        A file written by the ``save`` of something fitted or of imputations. It is read as data only: nothing in it is
        run, and a formula in it may use known functions alone.

    Returns
    -------
    FittedMidas, Imputations, FittedMlp, FittedAutoencoder, FittedSkipGram, Embeddings, AlaCarte, EmbeddingRegression,
    FittedSequential or FittedGan
        As saved. What was fitted comes back without its training table.

    Raises
    ------
    DataError
        When the file is missing, damaged, not ours, or written by a newer lacunet.
    """
    parts = read_parts(path)
    if parts.kind not in HOMES:
        raise DataError(f"'{path}' holds a '{parts.kind}', which this lacunet does not know. Update lacunet.")
    return import_module(HOMES[parts.kind]).restore(parts)
