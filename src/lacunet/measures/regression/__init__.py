"""Embedding regression: how covariates move the meaning of a word."""

from lacunet.measures.regression._regression import embedding_regression
from lacunet.measures.regression._result import EmbeddingRegression

__all__ = ["EmbeddingRegression", "embedding_regression"]
