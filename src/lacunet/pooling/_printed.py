"""What a pooled model says of itself, and how it is printed, whatever rules pooled it."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from lacunet._typing import Floats, PathLike
from lacunet.pooling._design import Request
from lacunet.pooling._maketables import MakeTables
from lacunet.pooling._models import KINDS
from lacunet.pooling._tabulate import tabulate
from lacunet.report._summary import as_text


class Printed(MakeTables):
    """The request behind a pooled model in words, and its table for papers."""

    terms: tuple[str, ...]
    n_obs: int | None
    request: Request | None
    statistics: Mapping[str, Floats]
    notes: tuple[str, ...]

    @property
    def m(self) -> int:
        """Number of data sets pooled."""
        raise NotImplementedError

    @property
    def model(self) -> str:
        """Name of the model fitted, "ols", "logit" and so on, or ""."""
        return self.request.model if self.request else ""

    @property
    def formula(self) -> str:
        """The formula fitted, or ""."""
        return self.request.formula if self.request else ""

    @property
    def cov(self) -> str:
        """Covariance of each fit in words, or "" when not known."""
        if self.request is None:
            return ""
        return f"clustered by {self.request.cluster}" if self.request.cluster else self.request.cov

    @property
    def weights(self) -> str:
        """Column of the weights, or ""."""
        return (self.request.weights or "") if self.request else ""

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Show one row per term."""
        raise NotImplementedError

    def to_latex(self) -> str:
        """A table for a paper in LaTeX (booktabs); ``lacunet.tabulate`` has the options, and several models."""
        return tabulate(self).to_latex()

    def to_markdown(self) -> str:
        """A table for a paper in Markdown; ``lacunet.tabulate`` has the options, and several models."""
        return tabulate(self).to_markdown()

    def to_html(self) -> str:
        """A table for a paper in HTML; ``lacunet.tabulate`` has the options, and several models."""
        return tabulate(self).to_html()

    def to_word(self, path: PathLike, *, force: bool = False) -> Path:
        """Write a table for a paper as a Word document; ``lacunet.tabulate`` has the options, and several models.

        Parameters
        ----------
        path
            Where to write, ending in ``.docx``.
        force
            Whether to replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file written.
        """
        return tabulate(self).to_word(path, force=force)

    def _printed(self, rules: str) -> str:
        """Model and formula, the rules, the table and the notes."""
        name = KINDS[self.model].label if self.model else "Estimates"
        rows = "" if self.n_obs is None else f", n = {self.n_obs:,}"
        cov = "" if self.cov in ("", "classical") else f", standard errors {self.cov}"
        weights = f", weights {self.weights}" if self.weights else ""
        head = f"{name}{': ' + self.formula if self.formula else ''}\n{rules}{rows}{cov}{weights}"
        return "\n".join([head, "", as_text(self.table()), *(f"Note: {note}" for note in self.notes)])
