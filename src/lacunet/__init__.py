"""lacunet: neural networks for social-science research, beginning with honest multiple imputation.

>>> import lacunet as ln
>>> ln.__version__.count(".")
2

Names are loaded on first use (PEP 562), so that importing the package costs next to nothing. Nothing
inside the package imports from here.
"""

from importlib import import_module
from typing import Any

from lacunet._version import __version__ as __version__

_HOME = {
    "impute": "lacunet.imputation",
    "Midas": "lacunet.imputation",
    "FittedMidas": "lacunet.imputation",
    "Imputations": "lacunet.imputation",
    "Overimputation": "lacunet.imputation",
    "Prior": "lacunet.imputation",
    "Ranking": "lacunet.imputation",
    "TippingPoint": "lacunet.imputation",
    "rank_imputers": "lacunet.imputation",
    "load": "lacunet._load",
    "Mlp": "lacunet.prediction",
    "FittedMlp": "lacunet.prediction",
    "Autoencoder": "lacunet.encoding",
    "FittedAutoencoder": "lacunet.encoding",
    "SkipGram": "lacunet.embedding",
    "FittedSkipGram": "lacunet.embedding",
    "Embeddings": "lacunet.embedding.space",
    "Evaluation": "lacunet.embedding.space",
    "Tokens": "lacunet.embedding.text",
    "Phrases": "lacunet.embedding.text",
    "read_corpus": "lacunet.embedding.text",
    "Corpus": "lacunet.embedding.text",
    "Vocabulary": "lacunet.embedding.text",
    "VocabularyReport": "lacunet.embedding.text",
    "stability": "lacunet.embedding.stability",
    "stability_of": "lacunet.embedding.stability",
    "Stability": "lacunet.embedding.stability",
    "compare_specifications": "lacunet.embedding.stability",
    "Specifications": "lacunet.embedding.stability",
    "triads": "lacunet.embedding.stability",
    "Triads": "lacunet.embedding.stability",
    "TriadScore": "lacunet.embedding.stability",
    "align": "lacunet.measures.change",
    "Aligned": "lacunet.measures.change",
    "alacarte": "lacunet.measures.alacarte",
    "AlaCarte": "lacunet.measures.alacarte",
    "Axis": "lacunet.measures.axes",
    "Scores": "lacunet.measures.axes",
    "GroupScores": "lacunet.measures.axes",
    "compare_ratings": "lacunet.measures.validation",
    "RatingComparison": "lacunet.measures.validation",
    "drift": "lacunet.measures.change",
    "Drift": "lacunet.measures.change",
    "embedding_regression": "lacunet.measures.regression",
    "EmbeddingRegression": "lacunet.measures.regression",
    "emotionality": "lacunet.measures.axes",
    "expand": "lacunet.measures.lists",
    "Expansion": "lacunet.measures.lists",
    "fit_slices": "lacunet.measures.change",
    "Slices": "lacunet.measures.change",
    "known_groups": "lacunet.measures.validation",
    "KnownGroups": "lacunet.measures.validation",
    "kwic": "lacunet.measures.actors",
    "Kwic": "lacunet.measures.actors",
    "panel_scores": "lacunet.measures.actors",
    "match_words": "lacunet.measures.lists",
    "rating_sheet": "lacunet.measures.validation",
    "RatingSheet": "lacunet.measures.validation",
    "RatingAgreement": "lacunet.measures.validation",
    "read_words": "lacunet.measures.lists",
    "sc_weat": "lacunet.measures.association",
    "ScWeat": "lacunet.measures.association",
    "weat": "lacunet.measures.association",
    "Weat": "lacunet.measures.association",
    "Gan": "lacunet.synthesis",
    "FittedGan": "lacunet.synthesis",
    "FittedArrayGan": "lacunet.synthesis",
    "realism": "lacunet.synthesis",
    "Realism": "lacunet.synthesis",
    "judge": "lacunet.synthesis.judge",
    "Judgement": "lacunet.synthesis.judge",
    "Sequential": "lacunet.synthesis",
    "FittedSequential": "lacunet.synthesis",
    "Syntheses": "lacunet.synthesis",
    "Profiles": "lacunet.synthesis",
    "Privacy": "lacunet.synthesis",
    "pool_synthetic": "lacunet.pooling",
    "PooledSynthetic": "lacunet.pooling",
    "pool": "lacunet.pooling",
    "Pooled": "lacunet.pooling",
    "imputations_needed": "lacunet.pooling",
    "pool_bootstrap": "lacunet.pooling",
    "pool_correlation": "lacunet.pooling",
    "pool_mean": "lacunet.pooling",
    "pool_proportion": "lacunet.pooling",
    "pool_quantile": "lacunet.pooling",
    "pool_r_squared": "lacunet.pooling",
    "tabulate": "lacunet.pooling",
    "read_table": "lacunet.table",
    "LacunetError": "lacunet.errors",
    "SpecError": "lacunet.errors",
    "DataError": "lacunet.errors",
    "ColumnError": "lacunet.errors",
    "TrainingError": "lacunet.errors",
    "ConvergenceWarning": "lacunet.errors",
    "DataWarning": "lacunet.errors",
}
"""Public name -> the room that holds it."""

_ROOMS = frozenset({"data", "errors", "net", "simulate"})
"""Rooms that may be reached as attributes without an import of their own."""

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _ROOMS:
        value = import_module(f"lacunet.{name}")
    else:
        raise AttributeError(f"module 'lacunet' has no attribute {name!r}; it offers {', '.join(sorted(__all__))}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*__all__, *_ROOMS})
