"""Works that several measures rest on, and how any of them is cited."""

from lacunet.keep import package_versions
from lacunet.report import cite_software

KHODAK_2018 = (
    "Khodak, M., Saunshi, N., Liang, Y., Ma, T., Stewart, B., & Arora, S. (2018). A la carte embedding: Cheap but "
    "effective induction of semantic feature vectors. Proceedings of ACL, 12-22."
)
RODRIGUEZ_2023 = (
    "Rodriguez, P. L., Spirling, A., & Stewart, B. M. (2023). Embedding regression: Models for context-specific "
    "description and inference. American Political Science Review, 117(4), 1255-1274."
)


def cite(*works: str) -> str:
    """The software and some works, each once, one a line."""
    return "\n".join([cite_software(package_versions()), *dict.fromkeys(works)])
