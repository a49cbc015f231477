"""Differential privacy: the accountant, and noise wherever data are looked at."""

from lacunet.synthesis.privacy._as_coding import as_coding
from lacunet.synthesis.privacy._coding import PrivateCoding, private_coding
from lacunet.synthesis.privacy._ledger import Ledger
from lacunet.synthesis.privacy._privacy import Privacy
from lacunet.synthesis.privacy._sampler import PrivateSampler, fit_private_tree

__all__ = ["Ledger", "Privacy", "PrivateCoding", "PrivateSampler", "as_coding", "fit_private_tree", "private_coding"]
