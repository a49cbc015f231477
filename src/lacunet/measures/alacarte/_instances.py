"""One vector a mention."""

from dataclasses import dataclass

import pandas as pd

from lacunet._typing import Floats
from lacunet.measures.alacarte._cite import works_to_cite
from lacunet.measures.contexts import Contexts
from lacunet.report._words import count


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Instances:
    """Vectors of single mentions, for methods of your own (regression on them is `embedding_regression`).

    The vector of one mention rests on a dozen words: look at many of them together.

    Attributes
    ----------
    found
        The mentions.
    vectors
        A u_i of each (N, d), float64.
    variables
        Document variables, one row a document; None where there are none.
    """

    found: Contexts
    vectors: Floats
    variables: pd.DataFrame | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, as sentences."""
        return self.found.notes

    def __len__(self) -> int:
        return len(self.found)

    def __repr__(self) -> str:
        targets, dim = count(len(self.found.names), "target"), self.vectors.shape[1]
        return f"Instances({count(len(self), 'mention')} of {targets}, {dim} dimensions)"

    def table(self) -> pd.DataFrame:
        """One row a mention, in the order of `vectors`.

        Returns
        -------
        pandas.DataFrame
            target, document, position (place in the document, ends of units counted), n_known (known words around it),
            and the document variables.
        """
        found = self.found
        own = pd.DataFrame(
            {
                "target": [found.names[k] for k in found.term],
                "document": found.document,
                "position": found.position,
                "n_known": found.n_known,
            }
        )
        if self.variables is None:
            return own
        beside = self.variables.iloc[found.document].reset_index(drop=True)
        return own.join(beside.rename(columns={name: f"{name}_variable" for name in own.columns}))

    def summary(self) -> str:
        """How many mentions, in a sentence."""
        first = f"{count(len(self), 'mention')} in {count(len(set(self.found.document.tolist())), 'document')}."
        return " ".join((first, *self.notes))

    def cite(self) -> str:
        """Works to cite, one a line."""
        return works_to_cite()
