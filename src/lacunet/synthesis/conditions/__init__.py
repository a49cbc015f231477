"""What synthetic rows must be: conditions, constraints, designs of profiles."""

from lacunet.synthesis.conditions._conflicts import refuse_conflicts
from lacunet.synthesis.conditions._draw_profiles import draw_profiles
from lacunet.synthesis.conditions._given import Given, parse_given
from lacunet.synthesis.conditions._profiles import Profiles
from lacunet.synthesis.conditions._wanted import Wanted
from lacunet.synthesis.conditions.constraints import Constraints, parse_constraints

__all__ = [
    "Constraints",
    "Given",
    "Profiles",
    "Wanted",
    "draw_profiles",
    "parse_constraints",
    "parse_given",
    "refuse_conflicts",
]
