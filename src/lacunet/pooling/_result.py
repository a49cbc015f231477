"""What the tables of a result are made of: the face it shows, and one row per coefficient by Student's t."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from lacunet._typing import Floats
from lacunet.errors import SpecError


class Result(Protocol):
    """What of a pooled result a table shows, whoever sets it."""

    @property
    def terms(self) -> tuple[str, ...]: ...

    @property
    def m(self) -> int: ...

    @property
    def sets(self) -> str: ...  # what m counts

    @property
    def why(self) -> str: ...  # how the m were combined, where not by Rubin's rules

    @property
    def n_obs(self) -> int | None: ...

    @property
    def model(self) -> str: ...

    @property
    def formula(self) -> str: ...

    @property
    def cov(self) -> str: ...

    @property
    def weights(self) -> str: ...

    @property
    def statistics(self) -> Mapping[str, Floats]: ...

    def table(self, level: float = 0.95) -> pd.DataFrame: ...


def check_level(level: float) -> float:
    """Refuse what is not the coverage of an interval."""
    if not 0 < level < 1:
        raise SpecError(
            f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % confidence intervals."
        )
    return level


def tabulate_terms(
    terms: Sequence[str], estimates: Floats, std_error: Floats, dof: Floats, level: float
) -> pd.DataFrame:
    """One row per coefficient: term, estimate, std_error, statistic, df, p_value (two-sided), conf_low, conf_high."""
    check_level(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimates / std_error
    half = stdtrit(dof, 0.5 + level / 2) * std_error
    return pd.DataFrame(
        {
            "term": list(terms),
            "estimate": estimates,
            "std_error": std_error,
            "statistic": statistic,
            "df": dof,
            "p_value": 2 * stdtr(dof, -np.abs(statistic)),
            "conf_low": estimates - half,
            "conf_high": estimates + half,
        }
    )
