"""The result of an embedding regression."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats, PathLike
from lacunet.keep import write_parts
from lacunet.measures.regression._fit import Answers, Fit
from lacunet.measures.regression._formula import INTERCEPT
from lacunet.measures.regression._questions import Questions
from lacunet.measures.regression._save import parts_of
from lacunet.measures.regression._words import describe, works_to_cite
from lacunet.measures.uncertainty import combine_sources
from lacunet.report._interval_rows import draw_rows
from lacunet.report._summary import Summary
from lacunet.solve import square_interval


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EmbeddingRegression(Questions):
    """How far each covariate moves the vector of a word; `embedding_regression` makes it.

    Attributes
    ----------
    fit
        The embeddings, the design and the least squares that all answers come from.
    answers
        Standard errors and p-values of the terms.
    formula
        As given.
    target
        Spellings of the word.
    cluster, weights
        Name of the clusters' variable, or None; "equal" or "cluster".
    window
        Words to either side that make an instance's vector.
    n_permutations
        Shuffles behind the p-values; 0 for none.
    seed
        Of these, and of the words held out where the transform was estimated.
    notes
        What was decided or left out, as sentences.
    """

    fit: Fit
    answers: Answers
    formula: str
    target: tuple[str, ...]
    cluster: str | None
    weights: str
    window: int
    n_permutations: int
    seed: int
    notes: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """Columns of the design, as formulaic names them."""
        return self.fit.terms.names

    @property
    def coefficients(self) -> Floats | list[Floats]:
        """Coefficients (k, d), one row a term; with several embeddings a list of such matrices."""
        stacked = self.fit.solution.coefficients[: len(self.terms)]
        found = [stacked[:, cut] * self.fit.root for cut in self.fit.cuts]
        return found[0] if len(found) == 1 else found

    @property
    def n_instances(self) -> int:
        """Mentions of the word that the regression rests on."""
        return self.fit.solution.n_obs

    @property
    def n_documents(self) -> int:
        """Documents that these are in."""
        return self.answers.n_documents

    @property
    def n_clusters(self) -> int | None:
        """Clusters among them, or None."""
        return self.fit.solution.n_clusters

    @property
    def n_embeddings(self) -> int:
        """Fits of the embedding that the estimates are means over."""
        return len(self.fit.spaces)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        r"""One row a term: how long its coefficient vector is, without what chance alone would make of it.

        .. math:: \lVert\hat\beta\rVert^2 - \sum_d \widehat V(\hat\beta_d)

        Parameters
        ----------
        level
            Level of the intervals.

        Returns
        -------
        pandas.DataFrame
            ``term``; ``estimate``, the debiased squared norm, which may lie below 0; ``norm``, its root (0 there);
            ``norm_squared_raw`` and ``bias``, whose difference it is; ``std_error`` by the jackknife with its sources
            ``se_documents`` and ``sd_seeds``, ``df``, ``conf_low``, ``conf_high`` (as in ``solve.square_interval``,
            not cut off at 0); ``p_value`` by permutation. Without the intercept, unless there is no other term.
        """
        fit, k = self.fit.solution, len(self.terms)
        own = self.fit.own_squares()
        table = combine_sources(own, np.broadcast_to(self.answers.errors, own.shape), self.answers.dof, level)
        table.insert(0, "term", list(self.terms))
        table.insert(2, "norm", np.sqrt(np.maximum(table["estimate"], 0.0)))
        table.insert(3, "norm_squared_raw", fit.squares[:k])
        table.insert(4, "bias", fit.bias[:k])
        low, high = square_interval(
            table["estimate"].to_numpy(), table["std_error"].to_numpy(), fit.squares[:k], table["df"].to_numpy(), level
        )
        table = table.assign(conf_low=low, conf_high=high)
        table["p_value"] = self.answers.p_values
        return table if k == 1 else table[table["term"] != INTERCEPT].reset_index(drop=True)

    def joint_tests(self) -> pd.DataFrame:
        """Terms of several columns (factors, splines, their interactions) tested as one.

        Returns
        -------
        pandas.DataFrame
            ``term, n_columns, p_value``, by permutation of the same kind; the same however a factor is coded.
        """
        sets = self.fit.terms.sets
        rows = [(name, len(sets[name]), p) for name, p in self.answers.joint.items()]
        return pd.DataFrame(rows, columns=["term", "n_columns", "p_value"])

    def plot(self, level: float = 0.95) -> Any:
        """Debiased squared norms with their intervals, one row a term.

        Parameters
        ----------
        level
            Level of the intervals.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("regression.png")`` keeps it.
        """
        table = self.table(level)
        return draw_rows(
            table["term"].tolist(),
            table["estimate"],
            table["conf_low"],
            table["conf_high"],
            x_label="squared norm of the coefficient, debiased",
            reference=0.0,
        )

    def summary(self) -> Summary:
        """A few sentences and the table."""
        return Summary(lines=describe(self, self.table()), rows=self.table())

    def cite(self) -> str:
        """Works to cite when results rest on this, one a line."""
        return works_to_cite(has_clusters=self.n_clusters is not None)

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Save to one file, embeddings and all, that ``lacunet.load`` reads.

        Parameters
        ----------
        path
            Where to write; ``.lacunet`` is a good ending.
        force
            Whether to replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        SpecError
            When the file exists and ``force`` is not given.
        DataError
            When the formula uses a function that a file cannot keep.
        """
        write_parts(path, parts_of(self), force)
        return Path(path)

    def __repr__(self) -> str:
        return (
            f"EmbeddingRegression({self.formula!r}, {self.n_instances:,} instances in {self.n_documents:,} documents, "
            f"{len(self.terms)} terms)"
        )
