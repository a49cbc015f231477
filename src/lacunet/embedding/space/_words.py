"""What embeddings are, in sentences, and whom to cite."""

from lacunet.embedding.space._lookup import Lookup
from lacunet.keep import package_versions
from lacunet.report import cite_software

MIKOLOV_2013 = (
    "Mikolov, T., Sutskever, I., Chen, K., Corrado, G. S., & Dean, J. (2013). Distributed representations of words and "
    "phrases and their compositionality. Advances in Neural Information Processing Systems, 26, 3111-3119."
)
RODRIGUEZ_SPIRLING_2022 = (
    "Rodriguez, P. L., & Spirling, A. (2022). Word embeddings: What works, what doesn't, and how to tell the "
    "difference for applied research. Journal of Politics, 84(1), 101-115."
)


def describe(space: Lookup) -> str:
    """What this is, in a few sentences."""
    first = ", ".join(repr(word) for word in space.words[:3])
    known = (
        f"They occurred {int(space.counts.sum()):,} times in the corpus."
        if space.counts is not None
        else "How often they occurred in the corpus is not known."
    )
    return f"Embeddings of {len(space):,} words in {space.dim} dimensions; the first are {first}. {known}"


def works_to_cite() -> str:
    """Works to cite, one a line."""
    return "\n".join([cite_software(package_versions()), MIKOLOV_2013, RODRIGUEZ_SPIRLING_2022])
