"""What another seed, or another sample, would have given."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Stability:
    """How the scores and loadings of a fit hold up; made by ``FittedAutoencoder.stability``.

    Attributes
    ----------
    scores
        One row a latent and kind of refit (``over``: "seeds" on the same rows, "resamples" on rows drawn anew): the
        correlation of the fit's scores with those of each refit on the same rows, its mean, 2.5 and 97.5 % quantiles
        and lowest.
    items
        One row an item and latent: mean, standard deviation and the same quantiles of its loading over the resamples.
    """

    scores: pd.DataFrame
    items: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Correlations of scores, as a frame of its own."""
        return self.scores.copy()

    def loadings(self) -> pd.DataFrame:
        """Loadings over the resamples, as a frame of its own."""
        return self.items.copy()

    def __repr__(self) -> str:
        return self.scores.to_string(index=False, float_format=lambda value: f"{value:.3f}")
