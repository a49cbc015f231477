"""What the compiled files share: how they are compiled, and what stands where in their arrays of settings and state."""

from typing import Any

AT, IN_UNIT, IN_DOCUMENT, ENDING, SPACED, LINES, ABBREVIATED, PLACED, N_ENDS, N_TYPES, USED = range(11)
"""Places in ``state``: position in the block; words in the open unit and document; whether a sentence may have ended,
a space was seen since, and how many lines ended since; whether the last word may end in a full stop of its own; numbers
written and documents ended in this block; types known and bytes of their spellings."""
N_STATE = 11

HYPHENS, PUNCTUATION, URLS, UNITS, SKIP_EMPTY = range(5)
"""Places in ``plan``: 1 where hyphens, punctuation and addresses are kept; 0, 1, 2 for units that are documents,
sentences, lines; 1 where a document without words is none."""

UNIT_END = -1
KERNEL: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
"""How kernels that make no arrays are compiled. Their callers hold the arrays, so references need not be counted:
counting them costs a locked addition for every array at every call, and four times the whole time."""
