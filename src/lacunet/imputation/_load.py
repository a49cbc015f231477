"""Reading back what was saved: the specifications that a file may hold."""

from collections.abc import Mapping

from lacunet.imputation._classic import ClassicMidas
from lacunet.imputation._fitted import FittedMidas
from lacunet.imputation._imputations import Imputations
from lacunet.imputation._midas import Midas
from lacunet.imputation._restore import restore_known
from lacunet.keep import Parts

CLASSES: Mapping[str, type] = {"Midas": Midas, "ClassicMidas": ClassicMidas}
"""Specifications that a file may hold, by name."""


def restore(parts: Parts) -> FittedMidas | Imputations:
    """Put the parts of a saved imputer, or of saved imputations, together again."""
    return restore_known(parts, CLASSES)
