"""What a page says, as plain data: names, counts, arrays, words. No frame, no network, no HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

RUBIN_1987 = "Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. New York: Wiley."
VAN_BUUREN_2011 = (
    "van Buuren, S., and Groothuis-Oudshoorn, K. (2011). mice: Multivariate Imputation by Chained Equations in R. "
    "Journal of Statistical Software 45(3): 1-67."
)
LALL_ROBINSON_2022 = (
    "Lall, R., & Robinson, T. (2022). The MIDAS Touch: Accurate and Scalable Missing-Data Imputation "
    "with Deep Learning. Political Analysis, 30(2), 179-196."
)


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
    """

    name: str
    label: str = ""
    kind: str
    reason: str = ""
    n_missing: int = 0
    n_inapplicable: int = 0
    missing_by_reason: Mapping[str, int] = field(default_factory=dict)
    is_modelled: bool = True


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
