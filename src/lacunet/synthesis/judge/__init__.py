"""How good synthetic data are, and what they give away."""

from lacunet.synthesis.judge._judge import judge
from lacunet.synthesis.judge._judgement import Judgement

__all__ = ["Judgement", "judge"]
