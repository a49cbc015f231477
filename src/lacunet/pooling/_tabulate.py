"""Pooled results as a table for a paper, one column a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from lacunet._typing import PathLike
from lacunet.errors import SpecError
from lacunet.pooling._models import KINDS
from lacunet.pooling._result import Result
from lacunet.report.regression import ModelColumn, RegressionTable, Show, to_html, to_latex, to_markdown, to_word

RATIOS = {
    "logit": "odds ratios",
    "ordered": "odds ratios",
    "multinomial": "relative-risk ratios",
    "poisson": "incidence-rate ratios",
    "negbin": "incidence-rate ratios",
    "cox": "hazard ratios",
}


@dataclass(frozen=True, eq=False, repr=False)
class Tabulation:
    """A regression table, ready to be written; made by `tabulate`.

    Attributes
    ----------
    content
        Everything the table says.
    """

    content: RegressionTable

    def to_latex(self) -> str:
        """LaTeX that needs the package booktabs."""
        return to_latex(self.content)

    def to_markdown(self) -> str:
        """Markdown with pipes."""
        return to_markdown(self.content)

    def to_html(self) -> str:
        """One HTML table."""
        return to_html(self.content)

    def to_word(self, path: PathLike, *, force: bool = False) -> Path:
        """Write a Word document with the table in it.

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
        return to_word(self.content, path, force=force)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.to_markdown()


def tabulate(
    *results: Result,
    titles: Sequence[str] = (),
    title: str = "",
    labels: Mapping[str, str] | None = None,
    exponentiate: bool = False,
    show: Sequence[Show] | None = None,
    stars: Sequence[float] | None = None,
    digits: int = 3,
    level: float = 0.95,
    layout: Literal["stacked", "wide"] = "stacked",
    notes: Sequence[str] = (),
) -> Tabulation:
    """Set pooled models side by side as a table for a paper.

    ``ln.tabulate(small, large, labels={"educ": "Education"}).to_word("table1.docx")``

    Parameters
    ----------
    results
        Pooled results, one a column.
    titles
        Headings of the columns; "(1)", "(2)" and so on when left out.
    title
        Caption.
    labels
        Term, or variable within a term, to what the reader shall see.
    exponentiate
        Whether to show exp(b): odds ratios, rate ratios, hazard ratios; with intervals and standard errors to suit.
    show
        What stands beside the estimate: "std_error", "interval", "statistic", "p", "df", "fmi".
    stars
        Thresholds of the p-value; None is .05, .01 and .001, ``()`` switches them off.
    digits
        Decimals, at least; more where a standard error would show fewer than two digits.
    level
        Coverage of the intervals, a probability.
    layout
        "stacked": uncertainty below each estimate. "wide": one model, each quantity in a column of its own.
    notes
        Sentences to add below.

    Returns
    -------
    Tabulation
        With ``to_latex()``, ``to_markdown()``, ``to_html()`` and ``to_word(path)``.

    Raises
    ------
    SpecError
        When there is no result, or an option makes no sense.
    """
    if titles and len(titles) != len(results):
        raise SpecError(f"titles has {len(titles)} headings for {len(results)} models. Give one each, or none.")
    columns = [
        _column(result, heading, level, exponentiate)
        for result, heading in zip(results, titles or [""] * len(results), strict=True)
    ]
    return Tabulation(
        RegressionTable(
            columns=tuple(columns),
            title=title,
            notes=tuple(notes),
            labels=dict(labels or {}),
            layout=layout,
            show=None if show is None else tuple(show),
            stars=None if stars is None else tuple(stars),
            digits=digits,
            level=level,
        )
    )


def _column(result: Result, heading: str, level: float, exponentiate: bool) -> ModelColumn:
    frame = result.table(level)
    groups, names, auxiliary = _rows_of(result)
    return ModelColumn(
        terms=names,
        groups=groups,
        auxiliary=auxiliary,
        title=heading,
        outcome=result.formula.partition("~")[0].strip(),
        model_label=KINDS[result.model].label if result.model else "",
        rows=_footer(result),
        m=None if result.why else result.m,
        note=result.why,
        covariance=result.cov + (f", weighted by {result.weights}" if result.weights else ""),
        exponentiate=exponentiate,
        ratio=RATIOS.get(result.model, "exponentiated coefficients"),
        estimates=frame["estimate"].to_numpy(),
        std_errors=frame["std_error"].to_numpy(),
        statistics=frame["statistic"].to_numpy(),
        p_values=frame["p_value"].to_numpy(),
        conf_low=frame["conf_low"].to_numpy(),
        conf_high=frame["conf_high"].to_numpy(),
        fmi=frame["fmi"].to_numpy() if "fmi" in frame else np.full(len(frame), np.nan),
        df=frame["df"].to_numpy(),
    )


def _rows_of(result: Result) -> tuple[tuple[str, ...], tuple[str, ...], tuple[bool, ...]]:
    """Sub-heading and name of each coefficient, and whether it is none of the effects."""
    if result.model == "multinomial":
        parts = [name.partition(": ") for name in result.terms]
        return tuple(p[0] for p in parts), tuple(p[2] for p in parts), (False,) * len(parts)
    is_cut = [result.model == "ordered" and "|" in name for name in result.terms]
    is_aside = [cut or name == "ln(alpha)" for cut, name in zip(is_cut, result.terms, strict=True)]
    return tuple("Cut points" if cut else "" for cut in is_cut), result.terms, tuple(is_aside)


def _footer(result: Result) -> dict[str, float | int | str | None]:
    rows: dict[str, float | int | str | None] = {"Observations": result.n_obs, result.sets: result.m}
    if "n_events" in result.statistics:
        rows["Events (mean)"] = float(np.mean(result.statistics["n_events"]))
    if "r_squared" in result.statistics:
        # averaged where it is roughly normal, as `pool_r_squared` does
        rows["R2"] = float(np.tanh(np.arctanh(np.sqrt(result.statistics["r_squared"])).mean()) ** 2)
    if "log_likelihood" in result.statistics:
        rows["Log-likelihood (mean)"] = float(np.mean(result.statistics["log_likelihood"]))
    return rows
