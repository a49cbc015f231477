"""What a user says about differential privacy: how much, and what is public anyway."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lacunet.errors import SpecError

Public = tuple[float, float] | range | Sequence[Any]
"""What is public about a column: the ends of a number, the whole numbers it can be, or the levels of a category."""


@dataclass(frozen=True, kw_only=True)
class Privacy:
    r"""A budget of differential privacy for synthetic data.

    For files whose publication would need a formal guarantee against every attack, known or not. The guarantee costs
    quality, most of it at small epsilon and in files of a few thousand rows; where a disclosure check of ordinary
    synthetic rows is enough (`judge`), it gives far better data. It is given to the sequential sampler,
    ``ln.Sequential(privacy=ln.Privacy(epsilon=1.0, ...))``, which then draws from noisy tables. `Gan` does not take
    it: a network trained on noisy gradients was worse than columns shuffled apart at every epsilon measured.

    The promise: whatever is computed from the rows, O, is as good as the same with or without any one row,

    .. math:: P(O \in S \mid D) \le e^{\varepsilon} P(O \in S \mid D') + \delta

    for all S and all tables D and D' of which one is the other with **one row added or removed**. Everything that looks
    at the rows is counted: levels, ranges, cuts, shares, choices of tables, every step of training.

    Not covered: a person who has several rows (choose a smaller epsilon: k rows cost k times as much), what is made
    public in another way, and whatever the user decided after looking at the rows, such as the columns to keep.

    Parameters
    ----------
    epsilon
        ε, above 0. Around 1 is a strong promise; above 10 it says little.
    delta
        δ, the probability with which the promise may fail, above 0 and well below one over the number of rows. It is
        not made from the number of rows, which is itself a fact about the data.
    domain
        What is public about each column from a questionnaire or a code book, never from the rows: the ends of a number
        ``(0, 99)``, its whole numbers ``range(0, 100)``, or the levels of a category ``["yes", "no", "refused"]``.
        Of a column that is not named, levels or ends are found with noise, and that is paid from the budget.
    coding_share
        Share of the budget for levels, cuts and shares of single columns, between 0 and 1; the rest is for how the
        columns hang together.

    References
    ----------
    Dwork, C., and A. Roth. 2014. The algorithmic foundations of differential privacy. Foundations and Trends in
    Theoretical Computer Science 9(3-4): 211-407.
    Ganev, G., M. S. M. S. Annamalai, and E. De Cristofaro. 2024. The elusive pursuit of reproducing PATE-GAN:
    benchmarking, auditing, debugging. arXiv 2406.13985. Six public implementations, all of which leak more than they
    say: hence the ledger, and the audits in our tests.

    Examples
    --------
    >>> Privacy(epsilon=1.0, domain={"age": range(0, 100), "sex": ["female", "male"]}).delta
    1e-06
    """

    epsilon: float
    delta: float = 1e-6
    domain: Mapping[str, Public] = field(default_factory=dict)
    coding_share: float = 0.1

    def __post_init__(self) -> None:
        limits = {"epsilon": (0.0, 1e3), "delta": (0.0, 0.1), "coding_share": (0.0, 1.0)}
        for name, (low, high) in limits.items():
            given = getattr(self, name)
            if isinstance(given, bool) or not isinstance(given, int | float) or not low < given < high:
                raise SpecError(
                    f"{name}={given!r} cannot be used. {name} needs a number above {low:g} and below {high:g}: "
                    f"for example Privacy(epsilon=1.0), which leaves {name} at a usual value."
                )
        for name, public in self.domain.items():
            _check_public(name, public)


def is_ends(public: Public) -> bool:
    """Whether the two ends of a number are meant, not its levels."""
    return isinstance(public, tuple) and len(public) == 2 and all(isinstance(end, int | float) for end in public)


def _check_public(name: str, public: Public) -> None:
    """Refuse what does not say anything."""
    if isinstance(public, str) or not isinstance(public, Sequence) or len(public) == 0:
        raise SpecError(
            f"domain[{name!r}]={public!r} does not say what is public. Give the ends of a number (0, 99), its whole "
            'numbers range(0, 100), or the levels of a category ["yes", "no"].'
        )
    if is_ends(public) and not -math.inf < public[0] < public[1] < math.inf:
        raise SpecError(
            f"domain[{name!r}]={public!r} is not a range. The lower end has to come first and both have to be finite: "
            "give for example (0, 99)."
        )
