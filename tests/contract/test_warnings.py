"""Warnings point at the user's own line, wherever in the package they arise."""

import numpy as np
import pytest

import lacunet as ln
from lacunet.errors import DataWarning

SPACE = ln.Embeddings(["good", "bad", "day"], np.eye(3))


def test_a_warning_points_at_the_line_that_called_lacunet():
    axis = ln.Axis(positive=["good"], negative=["bad"])
    with pytest.warns(DataWarning, match="no known word") as heard:
        axis.score(SPACE, [["good", "day"], ["night"]])
    assert {warning.filename for warning in heard} == {__file__}
