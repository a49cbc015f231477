"""scikit-learn estimators: a thin face of ``Midas``, ``Mlp`` and ``Autoencoder`` for pipelines and grid search.

Import it by name, ``from lacunet.sklearn import MlpClassifier``: lacunet itself does without scikit-learn.
"""

try:
    from lacunet.sklearn._mlp import MlpClassifier, MlpRegressor
    from lacunet.sklearn._transformers import AutoencoderTransformer, MidasImputer
except ImportError as error:
    if (error.name or "").split(".")[0] != "sklearn":
        raise
    raise ImportError(
        f"scikit-learn 1.6 or later was not found ({error}). lacunet.sklearn needs it: "
        "pip install 'lacunet[sklearn]'. The rest of lacunet works without.",
        name=error.name,
    ) from error

__all__ = ["AutoencoderTransformer", "MidasImputer", "MlpClassifier", "MlpRegressor"]
