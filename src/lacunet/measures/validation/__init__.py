"""Whether a measure can be believed: beside people's ratings, beside what is known, and a sheet to ask people with."""

from lacunet.measures.validation._agreement import RatingAgreement
from lacunet.measures.validation._compare import RatingComparison, compare_ratings
from lacunet.measures.validation._known_groups import KnownGroups, known_groups
from lacunet.measures.validation._sheet import RatingSheet, rating_sheet

__all__ = [
    "KnownGroups",
    "RatingAgreement",
    "RatingComparison",
    "RatingSheet",
    "compare_ratings",
    "known_groups",
    "rating_sheet",
]
