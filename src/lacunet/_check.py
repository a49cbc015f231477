"""Checks of counts, numbers and seeds, whatever method they are handed to."""

from typing import Any

import numpy as np

from lacunet.errors import SpecError


def check_count(count: Any, name: str = "m", least: int = 1) -> int:
    """Whole number of at least ``least``, or a SpecError."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < least:
        raise SpecError(
            f"{name}={count!r} is not a count to go by. {name} needs a whole number of at least {least}: give one."
        )
    return int(count)


def check_number(number: Any, name: str, low: float, high: float) -> None:
    """SpecError unless a number lies between two ends, both of them allowed."""
    is_number = isinstance(number, int | float | np.integer | np.floating) and not isinstance(number, bool)
    if not (is_number and low <= number <= high):
        raise SpecError(f"{name}={number!r} is out of range. Give a number from {low:g} to {high:g}.")


def check_seed(seed: Any) -> int:
    """Whole number from 0, or a SpecError."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
        raise SpecError(f"seed={seed!r} is not a seed. Give a whole number from 0, such as 1.")
    return int(seed)
