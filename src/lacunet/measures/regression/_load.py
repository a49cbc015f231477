"""Putting a saved embedding regression together again."""

import pandas as pd

from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._save import unpack_words
from lacunet.keep import Parts
from lacunet.measures.regression._fit import Answers, Fit
from lacunet.measures.regression._formula import Terms
from lacunet.measures.regression._result import EmbeddingRegression
from lacunet.pooling._formula_text import check_expressions
from lacunet.solve import ManyOutcomes


def restore(parts: Parts) -> EmbeddingRegression:
    """The regression that ``EmbeddingRegression.save`` took apart."""
    meta, arrays = parts.meta, parts.arrays
    check_expressions(meta["right"])
    own = {name: array for name, array in arrays["solution"].items() if name != "clusters"}
    solution = ManyOutcomes(**own, clusters=arrays["solution"].get("clusters"), n_absorbed=meta["n_absorbed"])
    frame = parts.frames.get("variables", pd.DataFrame(index=range(solution.n_obs)))
    fit = Fit(
        spaces=tuple(_space(parts, i) for i in range(meta["n_embeddings"])),
        solution=solution,
        # levels and constants are learned again from the same instances
        terms=Terms.learn(meta["right"], frame, has_intercept=meta["has_intercept"]),
        **arrays["fit"],
    )
    return EmbeddingRegression(
        fit=fit,
        answers=Answers(**arrays["answers"], joint=meta["joint"], n_documents=meta["n_documents"]),
        **meta["plain"],
    )


def _space(parts: Parts, i: int) -> Embeddings:
    counts = parts.arrays.get(f"counts{i}", {"counts": None})["counts"]
    return Embeddings(unpack_words(parts.arrays[f"words{i}"]), parts.arrays[f"vectors{i}"]["vectors"], counts)
