"""The alphabet of shapes. A docstring says ``(n, p)`` and means these letters.

====== =====================================================
letter count of
====== =====================================================
n      rows
p      inputs: variables, or encoded columns where said so
q      outputs
k      hidden units, or terms of a regression
d      dimensions of an embedding
v      words of a vocabulary
b      rows of one batch
m      imputations or synthetic data sets, and only these
c      levels of a category
====== =====================================================
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""An array of float64, whatever its shape."""

States = NDArray[np.int8]
"""An array of cell states (see ``lacunet._layout``)."""

Integers = NDArray[np.intp]
"""An array of positions."""

Bools = NDArray[np.bool_]
"""An array of truth values."""

PathLike = str | Path
"""Where a file is or shall be."""

Frame = Any
"""A pandas, polars or pyarrow frame; the same library comes back."""
