"""Association tests: whether two sets of words lie differently towards two others, judged by all partitions."""

from lacunet.measures.association._sc_weat import ScWeat, sc_weat
from lacunet.measures.association._weat import Weat, weat

__all__ = ["ScWeat", "Weat", "sc_weat", "weat"]
