"""Can the imputations be trusted: everything that was found, with its tables and plots."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import PathLike
from lacunet.diagnosis._compare import tabulate_strata
from lacunet.diagnosis._evidence import Evidence
from lacunet.diagnosis._findings import Finding
from lacunet.diagnosis._hidden import tabulate_calibration
from lacunet.diagnosis._plots import PLOTS
from lacunet.diagnosis._propensity import Propensity
from lacunet.diagnosis._stability import running_means
from lacunet.errors import ColumnError, SpecError, suggest
from lacunet.report import _canvas

WITHOUT_VARIABLE = ("patterns", "flux", "loss")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Diagnostics:
    """What speaks for and against a set of imputations.

    Made by ``Imputations.diagnose`` and by `diagnose_arrays`. Look at `findings` first; each names a topic, for which
    there is a table and a plot. No diagnosis proves that values are missing at random.

    Attributes
    ----------
    findings
        What was found and what to do, the most pressing first.
    evidence
        The data, draws and history looked at.
    propensities
        Position of a variable to what predicts that it is missing.
    tables
        Topic to its table.

    References
    ----------
    Abayomi, K., A. Gelman, and M. Levy. 2008. Diagnostics for multivariate imputations. Journal of the Royal
    Statistical Society C 57(3): 273-291.
    Bondarenko, I., and T. Raghunathan. 2016. Graphical and numerical diagnostic tools to assess suitability of
    multiple imputations and imputation models. Statistics in Medicine 35(17): 3007-3020 (comparison within strata of
    the propensity to be missing).
    """

    findings: tuple[Finding, ...]
    evidence: Evidence
    propensities: Mapping[int, Propensity]
    tables: Mapping[str, pd.DataFrame]

    @property
    def topics(self) -> tuple[str, ...]:
        """Words that `table` and `plot` take."""
        return tuple(self.tables)

    def variables(self, topic: str) -> tuple[str, ...]:
        """Variables that a topic can be asked about.

        Parameters
        ----------
        topic
            One of `topics`.

        Returns
        -------
        tuple of str
            Empty where the topic is about all of them together.

        Raises
        ------
        SpecError
            When there is no such topic.
        """
        self._check_topic(topic)
        return tuple(self.evidence.names[j] for j in self._positions(topic))

    def table(self, topic: str, variable: str | None = None) -> pd.DataFrame:
        """Show the numbers of one topic.

        Parameters
        ----------
        topic
            One of `topics`.
        variable
            One of ``variables(topic)``, for its details; None for all variables.

        Returns
        -------
        pandas.DataFrame
            A copy; its columns are those of the functions in this room.

        Raises
        ------
        SpecError
            When there is no such topic, or it takes no variable.
        ColumnError
            When the topic has nothing on the variable.
        """
        j = self._check(topic, variable)
        if j is None:
            return self.tables[topic].copy()
        return self._detail(topic, j)

    def plot(self, topic: str, variable: str | None = None) -> Any:
        """Draw one topic.

        Parameters
        ----------
        topic
            One of `topics`.
        variable
            One of ``variables(topic)``, for a picture of it; None for an overview.

        Returns
        -------
        matplotlib.figure.Figure
            To be shown by a notebook, or saved with ``savefig``. Observed is blue, imputed orange.

        Raises
        ------
        SpecError
            When there is no such topic, or it takes no variable.
        ColumnError
            When the topic has nothing on the variable.
        """
        j = self._check(topic, variable)
        return PLOTS[topic](self, j)

    def svg(self, topic: str, variable: str | None = None) -> str:
        """Draw one topic as SVG to stand in a page.

        Parameters
        ----------
        topic, variable
            As in `plot`.

        Returns
        -------
        str
            One ``<svg>`` element without anything from elsewhere; its colours are CSS variables of the page, with the
            colours of paper where the page has none.
        """
        return _canvas.as_svg(self.plot(topic, variable), self.describe(topic, variable), f"{topic}-{variable or ''}")

    def describe(self, topic: str, variable: str | None = None) -> str:
        """Say what a plot shows, for readers who cannot see it.

        Parameters
        ----------
        topic, variable
            As in `plot`.

        Returns
        -------
        str
            One or two sentences.
        """
        j = self._check(topic, variable)
        what = TITLES[topic] if j is None else f"{TITLES[topic]}: {self.evidence.title(j)}"
        said = [finding.sentence for finding in self.findings if finding.topic == topic] if j is None else []
        return f"{what}. {' '.join(said)}".strip()

    def save_plots(self, folder: PathLike) -> list[Path]:
        """Save every plot as PNG.

        Parameters
        ----------
        folder
            Where to; made if it does not exist.

        Returns
        -------
        list of Path
            The files written, one a topic and one a variable of it.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for topic in self.topics:
            for place, variable in enumerate([None, *self.variables(topic)]):
                word = "".join(letter if letter.isalnum() else "_" for letter in variable or "all")
                path = folder / f"{topic}_{place:02d}_{word}.png"
                self.plot(topic, variable).savefig(path, dpi=150)
                paths.append(path)
        return paths

    def __repr__(self) -> str:
        size = f"{self.evidence.n:,} rows, {len(self.evidence.names)} variables"
        head = f"Diagnostics of {self.evidence.m} imputations, {size}"
        lines = [f"[{one.severity}] {one.topic}: {one.sentence}" for one in self.findings]
        return "\n".join([head, "", *lines, "", f"Topics for .table() and .plot(): {', '.join(self.topics)}"])

    def _positions(self, topic: str) -> list[int]:
        evidence = self.evidence
        if topic in WITHOUT_VARIABLE:
            return []
        if topic in ("predictors", "strata"):
            return list(self.propensities)
        if topic in ("overimputation", "calibration"):
            assert evidence.hidden is not None
            wanted = topic == "calibration"
            found = np.unique(evidence.hidden.cols).tolist()
            return [j for j in found if evidence.layout.variables[j].is_category == wanted]
        return evidence.incomplete

    def _check_topic(self, topic: str) -> None:
        if topic not in self.tables:
            raise SpecError(
                f"There is no topic {topic!r} here. {suggest(topic, self.topics) or 'Ask for another.'} Topics of "
                f"these imputations are {', '.join(self.topics)}."
            )

    def _check(self, topic: str, variable: str | None) -> int | None:
        self._check_topic(topic)
        if variable is None:
            return None
        names = self.variables(topic)
        if topic in WITHOUT_VARIABLE:
            raise SpecError(
                f"variable={variable!r} was given for {topic!r}, which is about all variables together. "
                "Leave the variable away."
            )
        if variable not in names:
            raise ColumnError(
                f"{topic!r} has nothing on a variable {variable!r}. {suggest(variable, names) or 'Ask for another.'} "
                f"It has: {', '.join(names) or 'none'}."
            )
        return self.evidence.names.index(variable)

    def _detail(self, topic: str, j: int) -> pd.DataFrame:
        if topic == "predictors":
            return self.propensities[j].terms.copy()
        if topic == "strata":
            return tabulate_strata(self.evidence, self.propensities[j])
        if topic == "calibration":
            assert self.evidence.hidden is not None
            return tabulate_calibration(self.evidence, self.evidence.hidden, j)
        if topic == "stability":
            means = running_means(self.evidence, j)[0]
            count = np.arange(1, len(means) + 1)
            return pd.DataFrame({"m": count, "mean": means, "running_mean": np.cumsum(means) / count})
        table = self.tables[topic]
        return table[table["variable"] == self.evidence.names[j]].reset_index(drop=True)


TITLES = {
    "patterns": "Which variables are missing together",
    "flux": "How far each variable can help, and needs help",
    "predictors": "How well other variables predict what is missing",
    "distributions": "Imputed against observed",
    "strata": "Imputed against observed, among rows equally likely to be missing",
    "overimputation": "Hidden cells, imputed against the truth",
    "calibration": "Hidden categories: shares among the draws against the truth",
    "stability": "Are there enough imputations",
    "loss": "Loss during training",
}
