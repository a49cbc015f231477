"""Axes of meaning: where words and documents lie between two poles, with the uncertainty of the answer."""

from lacunet.measures.axes._axis import Axis
from lacunet.measures.axes._emotionality import emotionality
from lacunet.measures.axes._group_scores import GroupScores
from lacunet.measures.axes._scores import Scores

__all__ = ["Axis", "GroupScores", "Scores", "emotionality"]
