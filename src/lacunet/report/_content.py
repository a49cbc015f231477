"""What a page says, as plain data: names, counts, arrays, words. No frame, no network, no HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lacunet.report.regression import RegressionTable

RUBIN_1987 = "Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley."
VAN_BUUREN_2011 = (
    "van Buuren, S., and Groothuis-Oudshoorn, K. (2011). mice: Multivariate Imputation by Chained Equations in R. "
    "Journal of Statistical Software 45(3): 1-67."
)
LALL_ROBINSON_2022 = (
    "Lall, R., & Robinson, T. (2022). The MIDAS Touch: Accurate and Scalable Missing-Data Imputation "
    "with Deep Learning. Political Analysis, 30(2), 179-196."
)


BARNARD_RUBIN_1999 = (
    "Barnard, J., and Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation. "
    "Biometrika 86(4): 948-955."
)
BONDARENKO_RAGHUNATHAN_2016 = (
    "Bondarenko, I., and Raghunathan, T. (2016). Graphical and numerical diagnostic tools to assess suitability of "
    "multiple imputations and imputation models. Statistics in Medicine 35(17): 3007-3020."
)
BLACKWELL_2017 = (
    "Blackwell, M., Honaker, J., and King, G. (2017). A unified approach to measurement error and missing data: "
    "Overview and applications. Sociological Methods & Research 46(3): 303-341."
)


@dataclass(frozen=True, kw_only=True)
class CodeRow:
    """One code of a variable, and how it was taken.

    Attributes
    ----------
    code
        The value as the data hold it.
    label
        Its label in the file; empty where there is none.
    decision
        "an answer", "missing: refused", "not applicable".
    """

    code: str
    label: str = ""
    decision: str


def cite_software(versions: Mapping[str, str]) -> str:
    """Name this software as a work to cite, in the version that did the work."""
    return f"lacunet {versions.get('lacunet', '')}: neural networks for social-science research (software)."


@dataclass(frozen=True, kw_only=True)
class VariableRow:
    """One column of the data, as the report's table of variables shows it.

    Attributes
    ----------
    name, label
        The column's name, and its longer description (empty where the file has none).
    kind
        Its kind ("continuous", "nominal", ...), or its role where it was not modelled ("identifier", "text", ...).
    reason
        Why this kind or role was chosen, in plain words.
    n_missing
        Cells without a value that are imputed (or left alone where the column was not modelled).
    n_inapplicable
        Cells kept as they are because the question did not apply.
    missing_by_reason
        Reason in plain words ("no answer recorded", "refused") to number of cells; sums to ``n_missing``.
    is_modelled
        Whether the column took part in the imputation.
    codes
        Value labels and codes for missing; empty where the column has neither.
    """

    name: str
    label: str = ""
    kind: str
    reason: str = ""
    n_missing: int = 0
    n_inapplicable: int = 0
    missing_by_reason: Mapping[str, int] = field(default_factory=dict)
    is_modelled: bool = True
    codes: tuple[CodeRow, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Patterns:
    """Which variables are missing together.

    Attributes
    ----------
    names
        Variables shown, those with most missing first, shape (p,).
    states
        One row per pattern, int8 (k, p), in the codes of ``lacunet._layout`` (0 observed, 1 missing, 2 not applicable).
    counts
        Rows of the data that have the pattern, int (k,), largest first.
    n_patterns
        Number of different patterns over these variables, shown or not.
    n_variables
        Number of variables with a missing cell, shown or not.
    n_complete
        Rows of the data in which nothing is missing (what does not apply is not missing).
    """

    names: tuple[str, ...]
    states: NDArray[np.int8]
    counts: NDArray[np.int64]
    n_patterns: int
    n_variables: int
    n_complete: int


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberComparison:
    """Observed and imputed values of one number or date.

    Attributes
    ----------
    name, label
        The variable and its longer description.
    observed
        Observed values, float64 (n_observed,), unit of the variable; dates in days since 1970-01-01.
    imputed
        Imputed values, float64 (m, n_missing), one row per draw.
    is_date
        Whether the numbers are days since 1970-01-01.
    is_integer
        Whether every observed value is whole.
    """

    name: str
    label: str = ""
    observed: NDArray[np.float64]
    imputed: NDArray[np.float64]
    is_date: bool = False
    is_integer: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class CategoryComparison:
    """Shares of the levels of one category, observed and imputed.

    Attributes
    ----------
    name, label
        The variable and its longer description.
    levels
        Names of the levels in order, shape (c,).
    observed
        Shares among the observed cells, float64 (c,), summing to 1.
    imputed
        Shares among the imputed cells, float64 (m, c), one row per draw, each summing to 1.
    n_observed, n_missing
        Number of cells behind the shares.
    """

    name: str
    label: str = ""
    levels: tuple[str, ...]
    observed: NDArray[np.float64]
    imputed: NDArray[np.float64]
    n_observed: int
    n_missing: int


@dataclass(frozen=True, kw_only=True)
class FitRecord:
    """What made the imputations: enough to make them again.

    Attributes
    ----------
    method
        One sentence in plain words naming the method.
    approach
        The same as a phrase for a methods section, after "we imputed them with lacunet".
    settings
        Option to value, as they were used.
    versions
        Package to version ("lacunet", "numpy", "jax", "python", ...).
    history
        One mapping per check of the training loss: "epoch" (or "step"), "train_loss", "held_out_loss", and "member"
        where several networks were trained. May be empty.
    citations
        Works to cite, one plain string each.
    """

    method: str = "Masked denoising autoencoder, imputations drawn variable by variable (lacunet.Midas)."
    approach: str = "a neural multiple imputation method that builds on MIDAS (Lall & Robinson, 2022)"
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Mapping[str, Any], ...] = ()
    citations: tuple[str, ...] = (LALL_ROBINSON_2022, RUBIN_1987)


@dataclass(frozen=True, kw_only=True)
class PageFinding:
    """One thing that the diagnosis found: about which topic, how pressing ("act", "look", "ok"), and in words."""

    topic: str
    severity: Literal["act", "look", "ok"]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class PageFigure:
    """A figure drawn elsewhere: heading, one ``<svg>`` with a text alternative, and a sentence below it."""

    heading: str
    picture: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class PageTable:
    """A short table of words and numbers already written; the first ``n_words`` columns are words."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_words: int = 1


@dataclass(frozen=True, kw_only=True)
class PageTopic:
    """What one topic of the diagnosis shows.

    Attributes
    ----------
    name
        The topic, as findings name it.
    heading
        Its heading.
    overview
        The figure about all variables; None to do without.
    details
        Figures of single variables, the most telling first.
    table
        Its numbers; None to do without.
    remark
        What is not shown, in a sentence.
    """

    name: str
    heading: str
    overview: PageFigure | None = None
    details: tuple[PageFigure, ...] = ()
    table: PageTable | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class PageModels:
    """Pooled models: their table, and the formula and fit of each in words."""

    table: RegressionTable
    sentences: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PageCommands:
    """What to type to make the imputations again.

    Attributes
    ----------
    python, shell
        As typed in Python and in a terminal; ``shell`` is empty where the command line cannot say it.
    remarks
        What must be known beside them, one sentence each.
    """

    python: str
    shell: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class ImputationPage:
    """Everything the page about a set of imputations says.

    Attributes
    ----------
    title, data_name
        Heading of the page, and the name of the data (file name, without its folder).
    n_rows, m
        Rows of the data, and number of imputations.
    seed
        The seed that reproduces the draws.
    variables
        Every column of the data, in the order of the data, modelled or not.
    patterns
        Which variables are missing together; None where nothing is missing.
    comparisons
        Observed against imputed, one per imputed variable, those with most missing first.
    record
        Method, settings, versions, training history, citations.
    notes
        Decisions taken for the user, one plain sentence each.
    findings
        What the diagnosis found, the most pressing first; empty where none was made.
    topics
        Figures and tables of the diagnosis beyond patterns, comparisons and loss, which the page draws itself.
    models
        Pooled models; None where none were handed over.
    commands
        What makes the imputations again; None where that is not known.
    """

    title: str = "Imputation report"
    data_name: str
    n_rows: int
    m: int
    seed: int
    variables: tuple[VariableRow, ...]
    patterns: Patterns | None
    comparisons: tuple[NumberComparison | CategoryComparison, ...]
    record: FitRecord
    notes: tuple[str, ...] = ()
    findings: tuple[PageFinding, ...] = ()
    topics: tuple[PageTopic, ...] = ()
    models: PageModels | None = None
    commands: PageCommands | None = None
