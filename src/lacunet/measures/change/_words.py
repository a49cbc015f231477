"""Whom to cite for measures of change."""

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
