"""Numbers as a table of results prints them."""

import math

MINUS = "\u2212"
UNKNOWN = "\u2013"
HUGE = 1e9


def choose_decimals(std_error: float, digits: int) -> int:
    """Choose decimals for an estimate and its standard error alike.

    The standard error shows at least two digits and, from 10 on, fewer decimals than ``digits``, since nobody can use
    thousandths of what is known to the nearest ten.

    Examples
    --------
    >>> [choose_decimals(x, 3) for x in (0.5, 0.00042, 12.0, 4567.0, 0.0, float("nan"))]
    [3, 5, 2, 0, 3, 3]
    """
    if not math.isfinite(std_error) or std_error <= 0:
        return digits
    size = math.floor(math.log10(std_error))
    if size >= 0:
        return min(digits, max(0, digits - size))
    return max(digits, 1 - size) if digits else 0


def fixed(x: float, decimals: int) -> str:
    """Write a number with so many decimals, a real minus sign and separated thousands.

    Examples
    --------
    >>> [fixed(x, 3).replace(MINUS, "-") for x in (-0.12, 1234.5, -0.0001, float("nan"), float("-inf"), 3e12)]
    ['-0.120', '1,234.500', '0.000', '–', '-∞', '3.00e+12']
    """
    if math.isnan(x):
        return UNKNOWN
    if math.isinf(x):
        return "∞" if x > 0 else MINUS + "∞"
    if abs(x) >= HUGE or decimals > 8:
        text = f"{x:.2e}"
    else:
        text = f"{x:,.{decimals}f}"
        if not any(character in "123456789" for character in text):
            text = text.lstrip("-")
    return text.replace("-", MINUS)


def p_value(p: float) -> str:
    """Write a p-value with three decimals, without the zero that it always has.

    Examples
    --------
    >>> [p_value(p) for p in (0.0499, 0.0004, 1.0, float("nan"))]
    ['.050', '< .001', '> .999', '–']
    """
    if math.isnan(p):
        return UNKNOWN
    if p < 0.001:
        return "< .001"
    if p > 0.999:
        return "> .999"
    return f"{p:.3f}".lstrip("0")


def threshold(p: float) -> str:
    """Write a threshold with as many decimals as it has.

    Examples
    --------
    >>> threshold(0.05), threshold(0.001), threshold(0.1)
    ('.05', '.001', '.1')
    """
    return f"{p:.6f}".strip("0")


def share(x: float) -> str:
    """Write a share between 0 and 1 with two decimals.

    Examples
    --------
    >>> share(0.234), share(float("nan"))
    ('0.23', '–')
    """
    return fixed(x, 2)


def degrees(df: float) -> str:
    """Write degrees of freedom, which need one decimal while they are few.

    Examples
    --------
    >>> degrees(12.345), degrees(4567.8), degrees(float("inf"))
    ('12.3', '4,568', '∞')
    """
    return fixed(df, 1 if abs(df) < 100 else 0)


def statistic_row(value: float | int | str | None, digits: int) -> str:
    """Write what stands below the coefficients: counts whole, other numbers with decimals, text as it is.

    Examples
    --------
    >>> statistic_row(12345, 3), statistic_row(0.25, 3), statistic_row(-1234.56, 3), statistic_row(None, 3)
    ('12,345', '0.250', '−1,234.6', '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return fixed(value, 1 if abs(value) >= 1000 else digits)
    return fixed(float(value), 0)
