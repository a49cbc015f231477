"""Numbers and names as the sentences of explanations want them."""

from lacunet.report._words import in_digits


def in_interval(low: float, high: float, level: float) -> str:
    """An interval with its coverage.

    Examples
    --------
    >>> in_interval(0.1, 0.25, 0.95)
    '95 % interval 0.1 to 0.25'
    """
    return f"{100 * level:g} % interval {in_digits(low)} to {in_digits(high)}"
