"""Numbers, shares, dates and lists as a reader expects them in a sentence."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def count(n: int, noun: str = "", plural: str | None = None) -> str:
    """Write a whole number with its noun.

    Examples
    --------
    >>> count(12345, "cell"), count(1, "row")
    ('12,345 cells', '1 row')
    """
    number = f"{n:,}"
    if not noun:
        return number
    return f"{number} {noun if n == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """Write a share between 0 and 1 as a percentage, never rounding something to nothing.

    Examples
    --------
    >>> percent(0.1234), percent(0.0004), percent(0.0), percent(0.99999)
    ('12.3%', '< 0.1%', '0%', '> 99.9%')
    """
    if not math.isfinite(share):
        return "-"
    if share <= 0:
        return "0%"
    if share < 0.001:
        return "< 0.1%"
    if 0.999 < share < 1:
        return "> 99.9%"
    return "100%" if share >= 1 else f"{100 * share:.1f}%"


def number(x: float) -> str:
    """Write a number with as many digits as a reader can use.

    Examples
    --------
    >>> number(1234567.8), number(0.012345), number(41.0), number(1e-9), number(float("nan"))
    ('1,234,568', '0.0123', '41', '1e-09', '-')
    """
    if not math.isfinite(x):
        return "-"
    size = abs(x)
    if size >= 1e12 or 0 < size < 1e-4:
        return f"{x:.3g}"
    if size >= 1000:
        return f"{x:,.0f}"
    return f"{x:.3g}" if size < 100 or x != round(x) else f"{x:.0f}"


def in_digits(value: float) -> str:
    """Write a number with three digits, thousands set off by commas and whole.

    Examples
    --------
    >>> in_digits(12345.6), in_digits(0.41999), in_digits(-2.0)
    ('12,346', '0.42', '-2')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def year(x: float) -> str:
    """Write a year, which has no thousands.

    Examples
    --------
    >>> year(1998.0), year(1998.46)
    ('1998', '1998.5')
    """
    if not math.isfinite(x):
        return "-"
    return f"{x:.0f}" if x == round(x) else f"{x:.1f}"


def day(days: float) -> str:
    """Write days since 1970-01-01 as an ISO date; the bare number where the calendar has no such day.

    Examples
    --------
    >>> day(0.0), day(19723.4), day(1e12)
    ('1970-01-01', '2024-01-01', 'day 1e+12')
    """
    if not math.isfinite(days):
        return "-"
    try:
        return (EPOCH + timedelta(days=math.floor(days))).isoformat()
    except OverflowError:
        return f"day {number(days)}"


def join(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> join(["a"]), join(["a", "b"]), join(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def shorten(text: str, length: int) -> str:
    """Cut a text to a length, showing that it was cut.

    Examples
    --------
    >>> shorten("education", 6), shorten("age", 6)
    ('educa…', 'age')
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
