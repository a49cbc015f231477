"""Cosines, ratios and contrasts of groups with words, as tables, figures and sentences."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.measures.alacarte._cite import works_to_cite
from lacunet.measures.uncertainty import combine_sources
from lacunet.report._interval_rows import draw_rows
from lacunet.report._summary import Summary

LABELS = {
    "nearest": "cosine with the group's vector",
    "similarity": "cosine with the group's vector",
    "contrast": "difference of cosines",
    "ratio": "ratio of cosines",
}
REFERENCES = {"contrast": 0.0, "ratio": 1.0}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Comparison:
    """Numbers about groups and words, each with its uncertainty; made by the methods of a `Carte`.

    Attributes
    ----------
    kind
        "nearest", "similarity", "contrast" or "ratio".
    rows
        What each number is about: group (and other, for two groups), word, and for ratios nearest_of.
    estimates, errors
        Of each fit of the embedding the numbers and their standard errors over documents (S, q); for ratios their
        logarithms.
    dof
        Degrees of freedom of the standard errors (q,).
    p_value
        By permutation (q,); None where two groups are not compared.
    corrected
        Whether cosines were corrected for the noise in the groups' vectors.
    n_boot
        Resamples behind the standard errors.
    seed
        Number that decided resamples and permutations.
    notes
        What was decided or left out, as sentences.
    """

    kind: str
    rows: pd.DataFrame
    estimates: Floats
    errors: Floats
    dof: Floats
    p_value: Floats | None
    corrected: bool
    n_boot: int
    seed: int
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return str(self.summary())

    def table(self, level: float = 0.95) -> pd.DataFrame:
        r"""One row a group (or pair of groups) and word.

        Parameters
        ----------
        level
            Coverage of the intervals: estimate and t quantiles times standard error, cut off at -1 and 1 for cosines.
            Ratios are taken in logarithms, so that their intervals lie unevenly about them, and std_error is that of
            the ratio, :math:`\hat r` times the standard error of its logarithm.

        Returns
        -------
        pandas.DataFrame
            The columns of `rows`, then estimate, std_error, df, conf_low, conf_high and, for two groups, p_value. With
            several fits se_documents and sd_seeds as well, the two sources apart.
        """
        found = combine_sources(self.estimates, self.errors, self.dof, level)
        if self.kind == "ratio":
            found = _exponentiate(found)
        elif self.kind != "contrast":
            found[["conf_low", "conf_high"]] = found[["conf_low", "conf_high"]].clip(-1, 1)
        if len(self.estimates) == 1:
            found = found.drop(columns=["se_documents", "sd_seeds"])
        table = self.rows.reset_index(drop=True).join(found)
        return table if self.p_value is None else table.assign(p_value=self.p_value)

    def sorted_by_estimate(self, **columns: Any) -> "Comparison":
        """The same with further columns, highest estimate first.

        Parameters
        ----------
        **columns
            Values for the rows, as they stand now.

        Returns
        -------
        Comparison
            With its rows in another order.
        """
        mean = self.estimates.mean(axis=0)
        order = np.argsort(np.where(np.isnan(mean), np.inf, -mean), kind="stable")
        return replace(
            self,
            rows=self.rows.assign(**columns).iloc[order].reset_index(drop=True),
            estimates=self.estimates[:, order],
            errors=self.errors[:, order],
            dof=self.dof[order],
            p_value=None if self.p_value is None else self.p_value[order],
        )

    def plot(self, level: float = 0.95) -> Any:
        """Draw a dot with its interval for every row.

        Parameters
        ----------
        level
            Coverage of the intervals.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("neighbours.png")`` keeps it.

        Raises
        ------
        SpecError
            When there are more rows, or more groups, than a figure can show.
        """
        table = self.table(level)
        groups = table["nearest_of" if self.kind == "ratio" else "group"].tolist()
        return draw_rows(
            table["word"].tolist(),
            table["estimate"],
            table["conf_low"],
            table["conf_high"],
            x_label=LABELS[self.kind] + self._pair(),
            reference=REFERENCES.get(self.kind),
            groups=groups if len(set(groups)) > 1 else None,
        )

    def summary(self, level: float = 0.95) -> Summary:
        """A few sentences and the table.

        Parameters
        ----------
        level
            Coverage of the intervals.

        Returns
        -------
        Summary
            To print; ``.table()`` is the table.
        """
        corrected = "corrected for the noise in the groups' vectors" if self.corrected else "not corrected for noise"
        lines = [
            f"{self._say_what()}: {len(self)} rows, cosines {corrected}.",
            f"Intervals at {100 * level:g} % from {self.n_boot:,} resamples of documents, seed {self.seed}."
            if self.n_boot
            else "",
            *self.notes,
        ]
        return Summary(lines=tuple(filter(None, lines)), rows=self.table(level))

    def cite(self) -> str:
        """Works to cite, one a line."""
        return works_to_cite()

    def _pair(self) -> str:
        if self.kind not in REFERENCES:
            return ""
        first = self.rows.iloc[0]
        return f", {first['group']} {'less' if self.kind == 'contrast' else 'over'} {first['other']}"

    def _say_what(self) -> str:
        heads = {
            "nearest": "Nearest words",
            "similarity": "Cosines of groups with words",
            "contrast": "Contrast of cosines",
            "ratio": "Ratios of cosines over the nearest words of both groups",
        }
        return heads[self.kind] + self._pair()


def _exponentiate(found: pd.DataFrame) -> pd.DataFrame:
    """From logarithms of ratios to ratios."""
    ratio = np.exp(found["estimate"])
    ends = np.exp(found[["conf_low", "conf_high"]])
    scaled = {name: found[name] * ratio for name in ("std_error", "se_documents", "sd_seeds")}
    return found.assign(estimate=ratio, conf_low=ends["conf_low"], conf_high=ends["conf_high"], **scaled)
