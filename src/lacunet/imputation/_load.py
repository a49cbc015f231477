"""Reading back what was saved."""

from collections.abc import Mapping

from lacunet._typing import PathLike
from lacunet.imputation._classic import ClassicMidas
from lacunet.imputation._fitted import FittedMidas
from lacunet.imputation._imputations import Imputations
from lacunet.imputation._midas import Midas
from lacunet.imputation._restore import load_known

CLASSES: Mapping[str, type] = {"Midas": Midas, "ClassicMidas": ClassicMidas}
"""Specifications that a file may hold, by name."""


def load(path: PathLike) -> FittedMidas | Imputations:
    """Read what ``save`` wrote: a fitted imputer or imputations, with the same numbers.

    Parameters
    ----------
    path
        A file written by ``FittedMidas.save`` or ``Imputations.save``. It is read as data only: nothing in it is run.

    Returns
    -------
    FittedMidas or Imputations
        As saved. A fitted imputer comes back without its training table.

    Raises
    ------
    DataError
        When the file is missing, damaged, not ours, or written by a newer lacunet.
    """
    return load_known(path, CLASSES)
