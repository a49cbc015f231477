"""Numbers as sentences want them."""


def in_digits(value: float) -> str:
    """Three digits, thousands set off by commas.

    Examples
    --------
    >>> in_digits(12345.6), in_digits(0.41999), in_digits(-2.0)
    ('12,346', '0.42', '-2')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def in_list(names: list[str], shown: int = 8) -> str:
    """The first few, and how many more there are.

    Examples
    --------
    >>> in_list(["a", "b", "c"], shown=2)
    'a, b and 1 more'
    """
    text = ", ".join(names[:shown])
    return text if len(names) <= shown else f"{text} and {len(names) - shown:,} more"


def in_number(n: int, word: str) -> str:
    """A count and its word, which takes an s where there is not one.

    Examples
    --------
    >>> in_number(1, "row"), in_number(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{n:,} {word}{'' if n == 1 else 's'}"
