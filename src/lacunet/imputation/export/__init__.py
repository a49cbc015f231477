"""Completed data sets as other programs read them."""

from lacunet.imputation.export._methods import Exports

__all__ = ["Exports"]
