"""Change over time: spaces aligned, slices fitted, and how far words drifted beyond chance."""

from lacunet.measures.change._align import Aligned, align
from lacunet.measures.change._drift import drift
from lacunet.measures.change._result import Drift
from lacunet.measures.change._slices import Slices, fit_slices

__all__ = ["Aligned", "Drift", "Slices", "align", "drift", "fit_slices"]
