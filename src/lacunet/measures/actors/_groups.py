"""Which documents belong to which cell: combinations of values of document variables."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from lacunet._typing import Integers
from lacunet.embedding.text import Corpus
from lacunet.errors import DataError
from lacunet.measures.documents._documents import variable_of


class Groups(NamedTuple):
    """Combinations of values that documents have, in sorted order.

    Attributes
    ----------
    values
        One row a combination, one column a variable.
    code
        Of each document (n,); -1 where a value is missing.
    """

    values: pd.DataFrame
    code: Integers


def group_documents(corpus: Corpus, names: Sequence[str]) -> Groups:
    """Combinations of values of some variables.

    Raises
    ------
    ColumnError
        When one is no document variable.
    DataError
        When no document has a value of all.
    """
    if not names:
        return Groups(pd.DataFrame(index=[0]), np.zeros(corpus.n_documents, dtype=np.intp))
    frame = pd.DataFrame({name: variable_of(corpus.variables, name) for name in names}).reset_index(drop=True)
    whole = frame.dropna()
    if whole.empty:
        raise DataError(
            f"No document has a value of {', '.join(map(repr, names))}. Cells need documents. Leave the empty variable "
            "out of by=."
        )
    code = np.full(len(frame), -1, dtype=np.intp)
    numbered = whole.groupby(list(names), sort=True, observed=True).ngroup()
    code[whole.index] = numbered.to_numpy()
    first = numbered[~numbered.duplicated()].sort_values()
    return Groups(frame.loc[first.index].reset_index(drop=True), code)
