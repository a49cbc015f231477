"""The standard error over fits against the spread of what other sets of fits give."""

import numpy as np

from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import stability

REPLICATIONS = 200
MONTE_CARLO = 0.2
"""Share by which the spread of 200 estimates may be off: four times 1 / sqrt(2 * 200)."""


def test_the_jackknife_over_fits_is_the_spread_over_sets_of_fits():
    rng = np.random.default_rng(0)
    words, signal = [f"w{i}" for i in range(80)], rng.normal(size=(80, 10))
    found = []
    for _ in range(REPLICATIONS):
        fits = [Embeddings(words, signal + rng.gamma(4, 0.2) * rng.normal(size=signal.shape)) for _ in range(5)]
        found.append(stability(fits, cues=words[:5], n_random=0, n_neighbours=5, seed=1).overall().iloc[0])
    for measure, error in (("correlation", "std_error"), ("overlap", "overlap_std_error")):
        spread = np.std([row[measure] for row in found], ddof=1)
        said = np.sqrt(np.mean([row[error] ** 2 for row in found]))
        np.testing.assert_allclose(said, spread, rtol=MONTE_CARLO)
