"""From noise to (epsilon, delta) and back.

Counts and choices are accounted for in closed form (zero-concentrated differential privacy). Training on random samples
of the rows has no closed form that is tight; there the accountant is Google's ``dp-accounting``, an optional package.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_ndtr, ndtr

from lacunet.errors import SpecError

FINENESS = 5e-3
"""Relative precision to which a noise multiplier is sought; the noise used is always the upper end."""
MOST_NOISE = 1e6


def epsilon_of(rho: float, delta: float) -> float:
    r"""Epsilon at which ρ-zCDP implies (ε, δ).

    .. math::

        \varepsilon = \min_{\alpha > 1} \alpha\rho
        + \frac{\log(1/\delta) + (\alpha - 1)\log(1 - 1/\alpha) - \log\alpha}{\alpha - 1}

    Parameters
    ----------
    rho
        ρ, at least 0.
    delta
        δ, above 0.

    Returns
    -------
    float
        ε, at least 0.

    References
    ----------
    Canonne, C., G. Kamath, and T. Steinke. 2020. The discrete Gaussian for differential privacy. NeurIPS 33,
    Corollary 13.
    """
    if rho == 0:
        return 0.0

    def bound(log_order: float) -> float:
        extra = math.exp(log_order)
        order = 1 + extra
        gain = extra * math.log1p(-1 / order) - math.log(order)
        return order * rho + (gain - math.log(delta)) / extra

    # Any order gives a valid bound, so that a search that stops early is safe.
    return max(float(minimize_scalar(bound, bounds=(-12.0, 16.0), method="bounded").fun), 0.0)


def rho_of(epsilon: float, delta: float) -> float:
    """Largest ρ whose (ε, δ) stays within the budget; inverse of `epsilon_of`."""
    found = brentq(
        lambda log_rho: epsilon_of(math.exp(log_rho), delta) - epsilon, -46.0, math.log(epsilon) + 5, xtol=1e-9
    )
    return math.exp(found - 1e-8)


def gaussian_delta(noise: float, epsilon: float) -> float:
    r"""Exact δ of one Gaussian mechanism at ε.

    .. math::

        \delta = \Phi\bigl(\tfrac{1}{2\sigma} - \varepsilon\sigma\bigr)
        - e^{\varepsilon}\,\Phi\bigl(-\tfrac{1}{2\sigma} - \varepsilon\sigma\bigr)

    Parameters
    ----------
    noise
        σ, standard deviation of the noise over the sensitivity.
    epsilon
        ε, at least 0.

    Returns
    -------
    float
        δ.

    References
    ----------
    Balle, B., and Y.-X. Wang. 2018. Improving the Gaussian mechanism for differential privacy: analytical calibration
    and optimal denoising. ICML, Theorem 8.
    """
    half, shift = 0.5 / noise, epsilon * noise
    return float(max(ndtr(half - shift) - math.exp(epsilon + log_ndtr(-half - shift)), 0.0))


def trained_epsilon(rho: float, noise: float, rate: float, steps: int, delta: float) -> float:
    """Epsilon of Gaussian counts worth ρ together with steps of training on random samples of the rows.

    Parameters
    ----------
    rho
        ρ of all counts, each with Gaussian noise: together they are worth one Gaussian mechanism of noise 1/√(2ρ).
    noise
        Noise multiplier of a step: standard deviation of the noise over the clip.
    rate
        Probability with which each row, independently, is in the sample of a step.
    steps
        Number of steps.
    delta
        δ.

    Returns
    -------
    float
        ε by privacy-loss distributions (rounded upwards), for one row added or removed.

    Raises
    ------
    SpecError
        Where dp-accounting is not installed.

    References
    ----------
    Koskela, A., J. Jälkö, and A. Honkela. 2020. Computing tight differential privacy guarantees using FFT. AISTATS.
    Doroshenko, V., et al. 2022. Connect the dots: tighter discrete approximations of privacy loss distributions. PETS.
    """
    library = _accounting_library()
    accountant = library.pld.PLDAccountant(library.NeighboringRelation.ADD_OR_REMOVE_ONE)
    step = library.PoissonSampledDpEvent(rate, library.GaussianDpEvent(noise))
    accountant.compose(step, steps)
    if rho > 0:
        accountant.compose(library.GaussianDpEvent(1 / math.sqrt(2 * rho)))
    return float(accountant.get_epsilon(delta))


def least_noise(is_enough: Callable[[float], bool]) -> float:
    """Smallest noise multiplier with which something holds that holds with all larger ones.

    Parameters
    ----------
    is_enough
        Tells whether a noise multiplier keeps the budget.

    Returns
    -------
    float
        Never too small; at most half a hundredth too large.

    Raises
    ------
    SpecError
        Where no noise is enough.
    """
    high = 1.0
    while not is_enough(high):
        high *= 2
        if high > MOST_NOISE:
            raise SpecError(
                "No amount of noise in training keeps the budget: what was spent on coding fills it already. "
                "Raise epsilon or lower coding_share."
            )
    low = high / 2
    while high > 1e-2 and is_enough(low):
        high, low = low, low / 2
    while high / low > 1 + FINENESS:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _accounting_library() -> Any:
    try:
        import dp_accounting  # noqa: PLC0415
    except ImportError as missing:
        raise SpecError(
            "The cost of training on noisy gradients needs the package dp-accounting, which is not installed. "
            "Install it with: pip install 'lacunet[privacy]'; or use ln.Sequential(privacy=...), which can do without."
        ) from missing
    return dp_accounting
