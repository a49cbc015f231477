"""Every exception and warning that a user can meet.

A message has three parts: what was found (value and name), what was needed, what to do. Where a name was not found, the
nearest one that exists is what to do.
"""

import difflib
import sys
import warnings
from collections.abc import Iterable


class LacunetError(Exception):
    """Root of every error that lacunet raises on purpose."""


class SpecError(LacunetError, ValueError):
    """An option of a specification or of a call is wrong (for example ``m=0``)."""


class DataError(LacunetError, ValueError):
    """The data handed over cannot be used as they are."""


class ColumnError(DataError):
    """One column cannot be used as it is, is missing, or holds a level never seen."""


class TrainingError(LacunetError, RuntimeError):
    """Training failed, for example through a loss that is not finite."""


class ConvergenceWarning(UserWarning):
    """A result was produced, but the fit behind it did not settle."""


class DataWarning(UserWarning):
    """Something about the data was decided for the user, who may want to know."""


def nearest(word: object, words: Iterable[object]) -> str:
    """Of the words that exist, the one most like the one that does not; case does not count.

    Parameters
    ----------
    word
        What was given.
    words
        What there is.

    Returns
    -------
    str
        The nearest as it is written; empty where none is near.

    Examples
    --------
    >>> nearest("agep", ["AGEP", "SEX"]), nearest("income", ["AGEP", "SEX"])
    ('AGEP', '')
    """
    written = {str(known).casefold(): str(known) for known in words}
    near = difflib.get_close_matches(str(word).casefold(), list(written), n=1)
    return written[near[0]] if near else ""


def list_some(words: Iterable[object], shown: int = 8) -> str:
    """The first words of many, and how many more there are.

    Parameters
    ----------
    words
        What is listed, in the order in which it is written.
    shown
        Most words written out.

    Returns
    -------
    str
        The words with commas between them; empty where there are none.

    Examples
    --------
    >>> list_some(["age", "sex", "income"], shown=2)
    'age, sex and 1 more'
    """
    written = [str(word) for word in words]
    more = f" and {len(written) - shown:,} more" if len(written) > shown else ""
    return ", ".join(written[:shown]) + more


def suggest(word: object, words: Iterable[object]) -> str:
    """Ask whether the nearest word was meant.

    Parameters
    ----------
    word, words
        As in `nearest`.

    Returns
    -------
    str
        A sentence that ends a message; empty where no word is near, so that the message can show all of them instead.

    Examples
    --------
    >>> suggest("incme", ["income", "age"]) or "The columns are: income, age."
    "Did you mean 'income'?"
    """
    near = nearest(word, words)
    return f"Did you mean {near!r}?" if near else ""


def warn_user(message: str, category: type[Warning] = DataWarning) -> None:
    """Warn at the line that called lacunet, however many of our own calls lie between.

    Parameters
    ----------
    message
        In three parts, as above.
    category
        Kind of warning.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "lacunet":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
