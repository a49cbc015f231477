"""Whom to cite for which measure."""

from lacunet.keep import package_versions
from lacunet.report import cite_software

AN_2018 = (
    "An, J., Kwak, H., & Ahn, Y.-Y. (2018). SemAxis: A lightweight framework to characterize domain-specific word "
    "semantics beyond sentiment. Proceedings of ACL, 2450-2461."
)
ARORA_2017 = (
    "Arora, S., Liang, Y., & Ma, T. (2017). A simple but tough-to-beat baseline for sentence embeddings. "
    "International Conference on Learning Representations."
)
GENNARO_ASH_2022 = (
    "Gennaro, G., & Ash, E. (2022). Emotion and reason in political language. The Economic Journal, 132(643), "
    "1037-1059."
)
KOZLOWSKI_2019 = (
    "Kozlowski, A. C., Taddy, M., & Evans, J. A. (2019). The geometry of culture: Analyzing the meanings of class "
    "through word embeddings. American Sociological Review, 84(5), 905-949."
)
WATANABE_2021 = (
    "Watanabe, K. (2021). Latent semantic scaling: A semisupervised text analysis technique for new domains and "
    "languages. Communication Methods and Measures, 15(2), 81-102."
)
AXES = {"centroids": AN_2018, "pairs": KOZLOWSKI_2019, "words": WATANABE_2021}
"""How an axis is made to the work that made it so."""


def works_to_cite(*works: str) -> str:
    """Name this software and the works of a measure, one a line."""
    return "\n".join([cite_software(package_versions()), *dict.fromkeys(works)])
