"""Rows of which only some columns are known."""

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Floats
from lacunet.table import Outline


def partial_frame(outline: Outline, values: Floats, is_known: Bools) -> pd.DataFrame:
    """An analysis frame in which all cells that are not known are empty.

    Parameters
    ----------
    outline
        The columns there are.
    values
        Shape (n, p), of the modelled columns.
    is_known
        Which of them stand for something, shape (n, p).

    Returns
    -------
    pandas.DataFrame
    """
    frame = outline.analysis_frame(np.where(is_known, values, 0.0), np.zeros(values.shape, dtype=np.int8))
    hidden = {
        column.name: frame[column.name].where(is_known[:, j])
        for j, column in enumerate(outline.schema.modelled)
        if not is_known[:, j].all()
    }
    return frame.assign(**hidden)
