"""Numbers and names as the sentences of explanations want them."""

from collections.abc import Sequence


def in_digits(value: float) -> str:
    """Three digits, thousands set off by commas.

    Examples
    --------
    >>> in_digits(12345.6), in_digits(0.41999), in_digits(-2.0)
    ('12,346', '0.42', '-2')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def in_interval(low: float, high: float, level: float) -> str:
    """An interval with its coverage.

    Examples
    --------
    >>> in_interval(0.1, 0.25, 0.95)
    '95 % interval 0.1 to 0.25'
    """
    return f"{100 * level:g} % interval {in_digits(low)} to {in_digits(high)}"


def in_list(names: Sequence[object]) -> str:
    """Names as a sentence joins them.

    Examples
    --------
    >>> in_list(["a"]), in_list(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    words = [str(name) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
