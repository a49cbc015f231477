"""Names as sentences want them."""


def in_list(names: list[str], shown: int = 8) -> str:
    """The first few, and how many more there are.

    Examples
    --------
    >>> in_list(["a", "b", "c"], shown=2)
    'a, b and 1 more'
    """
    text = ", ".join(names[:shown])
    return text if len(names) <= shown else f"{text} and {len(names) - shown:,} more"
