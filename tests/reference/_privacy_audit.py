"""Lower bounds of epsilon from many runs of a mechanism on two neighbouring tables."""

import math

from scipy.stats import beta

from lacunet.synthesis.privacy._accounting import trained_epsilon

DELTA = 1e-3
ALPHA = 0.001


def exact_gaussian_epsilon(noise: float) -> float:
    """Epsilon of one Gaussian mechanism at DELTA, by the library that training uses."""
    return trained_epsilon(0.0, noise, 1.0, 1, DELTA)


def lower_bound(without, with_row, thresholds) -> float:
    """Largest lower bound of epsilon over some thresholds, the error shared among them."""
    level, best = ALPHA / (4 * len(thresholds)), 0.0
    for wall in thresholds:
        for a, b in ((without > wall, with_row > wall), (without <= wall, with_row <= wall)):
            for few, many in ((a, b), (b, a)):
                hits, misses = int(many.sum()), int(few.sum())
                high = beta.ppf(1 - level, misses + 1, len(few) - misses)
                low = beta.ppf(level, hits, len(many) - hits + 1) if hits else 0.0
                if low > DELTA:
                    best = max(best, math.log((low - DELTA) / high))
    return best
