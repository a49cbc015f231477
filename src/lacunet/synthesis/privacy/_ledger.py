"""The book in which every look at the rows is entered before it is taken, and which refuses what the budget lacks."""

from dataclasses import dataclass

from lacunet.errors import SpecError
from lacunet.synthesis.privacy._accounting import epsilon_of, least_noise, rho_of, trained_epsilon
from lacunet.synthesis.privacy._privacy import Privacy

SLACK = 1e-9
"""Relative rounding error of sums that is let pass."""
FAILURE_SHARE = 0.1
"""Share of delta set aside for levels that are kept only where enough rows have them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One look at the rows.

    Attributes
    ----------
    what
        What was looked at, in words.
    rho
        Its cost where it is a count or a choice (zCDP), else 0.
    is_choice
        Whether it is a choice, which has no Gaussian noise.
    delta
        Probability with which it may fail outright, else 0.
    noise, rate, steps
        Noise multiplier, sampling rate and number of steps where it is training, else 0.
    """

    what: str
    rho: float = 0.0
    is_choice: bool = False
    delta: float = 0.0
    noise: float = 0.0
    rate: float = 0.0
    steps: int = 0


class Ledger:
    """All looks at the rows and what they cost together.

    How much noise a count or a choice gets may depend on what came out before it: a bound on the sum of ρ holds then
    too. Training has no such filter: its rate and its number of steps have to be fixed before the first look.

    Parameters
    ----------
    privacy
        The budget.

    References
    ----------
    Whitehouse, J., A. Ramdas, R. Rogers, and Z. S. Wu. 2023. Fully-adaptive composition in differential privacy. ICML.
    """

    def __init__(self, privacy: Privacy) -> None:
        self.privacy = privacy
        self.entries: tuple[Entry, ...] = ()

    @property
    def rho(self) -> float:
        """What counts and choices may cost together if there is nothing else, δ for levels set aside."""
        return rho_of(self.privacy.epsilon, self.privacy.delta * (1 - FAILURE_SHARE))

    @property
    def failure(self) -> float:
        """Part of delta that may be spent on keeping only frequent levels."""
        return self.privacy.delta * FAILURE_SHARE

    @property
    def epsilon(self) -> float:
        """What has been spent at the δ of the budget: no promise stronger than this has been broken so far."""
        return self._cost(self.entries)

    def counts(self, what: str, sigma: float, delta: float = 0.0) -> None:
        """Enter counts of which one row changes one by one, with Gaussian noise of standard deviation sigma."""
        self._enter(Entry(what=what, rho=0.5 / sigma**2, delta=delta))

    def choice(self, what: str, epsilon: float) -> None:
        """Enter a choice by the exponential mechanism: ε-bounded range, hence ε²/8-zCDP (Cesar & Rogers 2021)."""
        self._enter(Entry(what=what, rho=epsilon**2 / 8, is_choice=True))

    def steps(self, what: str, *, noise: float, rate: float, steps: int) -> None:
        """Enter steps of training on independent samples of the rows."""
        self._enter(Entry(what=what, noise=noise, rate=rate, steps=steps))

    def noise_for(self, *, rate: float, steps: int) -> float:
        """Noise multiplier with which so many steps use up what is left of the budget."""

        def is_enough(noise: float) -> bool:
            planned = Entry(what="", noise=noise, rate=rate, steps=steps)
            return self._cost((*self.entries, planned)) <= self.privacy.epsilon

        return least_noise(is_enough)

    def sentences(self) -> tuple[str, ...]:
        """Say what was looked at and what it came to."""
        privacy = self.privacy
        total = (
            f"Differential privacy: epsilon {self.epsilon:.4g} of {privacy.epsilon:g} spent, delta {privacy.delta:g}; "
            "tables that differ by one row added or removed can hardly be told apart by the result."
        )
        alike: dict[str, list[Entry]] = {}
        for entry in self.entries:
            alike.setdefault(" ".join(entry.what.split()[:2]), []).append(entry)
        return (total, *(_said(entries) for entries in alike.values()))

    def _enter(self, entry: Entry) -> None:
        entries = (*self.entries, entry)
        cost = self._cost(entries)
        if cost > self.privacy.epsilon * (1 + SLACK):
            raise SpecError(
                f"{entry.what} would bring epsilon to {cost:.4g}, and the budget is {self.privacy.epsilon:g} at delta "
                f"{self.privacy.delta:g}. Nothing was looked at. Add more noise, or raise epsilon."
            )
        self.entries = entries

    def _cost(self, entries: tuple[Entry, ...]) -> float:
        delta = self.privacy.delta - sum(entry.delta for entry in entries)
        if delta <= 0:
            return float("inf")
        rho = sum(entry.rho for entry in entries)
        training = [entry for entry in entries if entry.steps]
        if not training:
            return epsilon_of(rho, delta)
        if len(training) > 1 or any(entry.is_choice for entry in entries):
            raise SpecError(
                "Training goes with counts of Gaussian noise alone, and once. Enter all steps at once, with one noise "
                "and one rate, and make no private choices beside it."
            )
        return trained_epsilon(rho, training[0].noise, training[0].rate, training[0].steps, delta)


def _said(entries: list[Entry]) -> str:
    """What looks of one kind came to."""
    first = entries[0]
    if first.steps:
        return (
            f"{first.what}: {first.steps} steps, each row in a step with probability {first.rate:.3g}, "
            f"noise {first.noise:.3g} times the clip."
        )
    delta = sum(entry.delta for entry in entries)
    failing = f", and delta {delta:.2g}" if delta else ""
    more = f" and {len(entries) - 1} more of the kind" if len(entries) > 1 else ""
    return f"{first.what}{more}: rho {sum(entry.rho for entry in entries):.3g}{failing}."
