"""Can the imputations be trusted: missingness, agreement with what is known, stability."""

from lacunet.diagnosis._diagnose import diagnose_arrays
from lacunet.diagnosis._diagnostics import Diagnostics
from lacunet.diagnosis._evidence import HiddenCells
from lacunet.diagnosis._findings import Finding
from lacunet.diagnosis._i_score import HiddenVariable, IScore, energy_i_score, rank_imputers, rank_scores

__all__ = [
    "Diagnostics",
    "Finding",
    "HiddenCells",
    "HiddenVariable",
    "IScore",
    "diagnose_arrays",
    "energy_i_score",
    "rank_imputers",
    "rank_scores",
]
