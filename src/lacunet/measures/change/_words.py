"""Whom to cite for measures of change."""

from lacunet.keep import package_versions
from lacunet.report import cite_software

HAMILTON_2016 = (
    "Hamilton, W. L., Leskovec, J., & Jurafsky, D. (2016). Diachronic word embeddings reveal statistical laws of "
    "semantic change. Proceedings of ACL, 1489-1501."
)
KIM_2014 = (
    "Kim, Y., Chiu, Y.-I., Hanaki, K., Hegde, D., & Petrov, S. (2014). Temporal analysis of language through neural "
    "language models. Proceedings of the ACL Workshop on Language Technologies, 61-65."
)
RODMAN_2020 = (
    "Rodman, E. (2020). A timely intervention: Tracking the changing meanings of political concepts with word vectors. "
    "Political Analysis, 28(1), 87-111."
)
DUBOSSARSKY_2017 = (
    "Dubossarsky, H., Weinshall, D., & Grossman, E. (2017). Outta control: Laws of semantic change and inherent biases "
    "in word representation models. Proceedings of EMNLP, 1136-1145."
)
KHODAK_2018 = (
    "Khodak, M., Saunshi, N., Liang, Y., Ma, T., Stewart, B., & Arora, S. (2018). A la carte embedding: Cheap but "
    "effective induction of semantic feature vectors. Proceedings of ACL, 12-22."
)
RODRIGUEZ_2023 = (
    "Rodriguez, P. L., Spirling, A., & Stewart, B. M. (2023). Embedding regression: Models for context-specific "
    "description and inference. American Political Science Review, 117(4), 1255-1274."
)


def cite(*works: str) -> str:
    """The software and some works, one a line."""
    return "\n".join([cite_software(package_versions()), *works])
