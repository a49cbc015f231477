"""Where the uncertainty of a measure comes from: the documents that happened to be there, and the seed of the fit."""

from lacunet.measures.uncertainty._resample import cluster_codes, draw_multiplicities
from lacunet.measures.uncertainty._sources import bootstrap_errors, combine_sources

__all__ = ["bootstrap_errors", "cluster_codes", "combine_sources", "draw_multiplicities"]
