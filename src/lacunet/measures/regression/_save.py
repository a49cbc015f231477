"""Taking an embedding regression apart for a file."""

from typing import Any

from lacunet.embedding.space._save import pack_words
from lacunet.keep import Parts
from lacunet.measures.regression._fit import Answers, Fit
from lacunet.pooling._formula_text import check_expressions

PLAIN = ("formula", "target", "cluster", "weights", "window", "n_permutations", "seed", "notes")


def parts_of(result: Any) -> Parts:
    """What the file holds; `lacunet.measures.regression._load` puts it together again."""
    fit: Fit = result.fit
    answers: Answers = result.answers
    check_expressions(fit.terms.right)
    solution = fit.solution
    arrays = {
        "solution": {
            name: getattr(solution, name)
            for name in ("coefficients", "contrasts", "columns", "residuals", "weights", "meat", "clusters")
            if getattr(solution, name) is not None
        },
        "fit": {"centre": fit.centre, "filler": fit.filler, "level": fit.level},
        "answers": {"errors": answers.errors, "dof": answers.dof, "p_values": answers.p_values},
    }
    for i, space in enumerate(fit.spaces):
        arrays[f"vectors{i}"] = {"vectors": space.vectors}
        arrays[f"words{i}"] = pack_words(space.words)
        if space.counts is not None:
            arrays[f"counts{i}"] = {"counts": space.counts}
    meta = {
        "plain": {name: getattr(result, name) for name in PLAIN},
        "right": fit.terms.right,
        "has_intercept": "Intercept" in fit.terms.names,
        "joint": dict(answers.joint),
        "n_documents": answers.n_documents,
        "n_absorbed": solution.n_absorbed,
        "n_embeddings": len(fit.spaces),
    }
    frames = {"variables": fit.terms.frame} if fit.terms.frame.shape[1] else {}
    mapped = tuple(f"vectors{i}" for i in range(len(fit.spaces)))
    return Parts(kind="EmbeddingRegression", meta=meta, arrays=arrays, frames=frames, mapped=mapped)
