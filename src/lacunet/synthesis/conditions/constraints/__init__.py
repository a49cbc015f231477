"""What must be true of every row: expressions over columns, read safely, checked, and kept."""

from lacunet.synthesis.conditions.constraints._constraints import Constraints, parse_constraints

__all__ = ["Constraints", "parse_constraints"]
