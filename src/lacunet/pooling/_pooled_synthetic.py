"""Estimates from m synthetic data sets, combined: the rule, why it is the one, and what speaks against it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import chdtr, chdtrc

from lacunet._typing import Bools, Floats
from lacunet.errors import SpecError, list_some
from lacunet.pooling._design import Request
from lacunet.pooling._joint_test import select_terms
from lacunet.pooling._printed import Printed
from lacunet.pooling._result import tabulate_terms
from lacunet.solve import JointTest, Rule, SyntheticSolution, combine_synthetic, count_sets, wald_synthetic

Estimand = Literal["population", "original"]

V_AND_SIZES = (
    "where v is the average squared standard error within the sets, n counts the real rows, k the rows of a set and m "
    "the sets"
)
FORMULAS: dict[Rule, str] = {
    "plug-in": f"the variance of an estimate is v (k/n + 1/m), {V_AND_SIZES} (Raab, Nowok and Dibben 2017)",
    "plug-in proper": (
        f"the variance of an estimate is v (k/n + (1 + k/n)/m), {V_AND_SIZES} (Raab, Nowok and Dibben 2017)"
    ),
    "partially": (
        "the variance of an estimate is v k/n + b/m, where b is the variance of the sets' estimates, v the average "
        "squared standard error within the sets, n the number of real rows, k that of the rows of a set and m that of "
        "the sets (Reiter 2003)"
    ),
    "fully": (
        "the variance of an estimate is (1 + 1/m) b - v, where b is the variance of the estimates of the m sets and v "
        "the average squared standard error within them (Raghunathan, Reiter and Rubin 2003)"
    ),
}
"""What each rule does, to end a sentence that says why it is the one."""

UNLIKELY = 0.001
"""How seldom sets made as the rule supposes may differ so much (or so little), over all coefficients of a model."""
ENOUGH_SETS = 20
"""Sets below which the rule "fully" has intervals half as wide again as need be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Making:
    """How the sets were made, as far as a rule asks.

    Attributes
    ----------
    rule
        "fully", "partially", "plug-in" or "plug-in proper".
    n_real, n_synthetic
        Rows of the real data n, and of each synthetic set k.
    n_models
        Models that the sets were drawn from in turn, where fewer than the sets.
    why
        Why this rule, in a sentence; "" for one that says it was asked for.
    """

    rule: Rule
    n_real: int
    n_synthetic: int
    n_models: int | None = None
    why: str = ""

    @property
    def sentence(self) -> str:
        """Why this rule."""
        return self.why or f"The rule '{self.rule}' was asked for: {FORMULAS[self.rule]}."


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PooledSynthetic(Printed):
    """Estimates from m synthetic data sets, combined by the rule for the way the sets were made.

    Made by ``Syntheses.fit`` and by `pool_synthetic`; `table` is what to look at, `why` what to quote.

    Attributes
    ----------
    terms
        Names of the q coefficients.
    solution
        Combined estimates, their covariances and what they are made of.
    making
        The rule, and what it needs to know of the sets.
    estimates
        Estimates from each set, shape ``(m, q)``.
    covariances
        Their covariance matrices, shape ``(m, q, q)``.
    dof
        Degrees of freedom within each set (``inf`` where asymptotic), shape ``(q,)``.
    n_obs
        Rows used in each set (the least over the m, should they differ); None when unknown.
    request
        Formula, model and options; None when only estimates were handed over.
    statistics
        Statistics of each fit, shape ``(m,)`` each: "log_likelihood", "r_squared".
    notes
        What the reader should know, one plain sentence each.

    Examples
    --------
    >>> from lacunet.pooling import pool_synthetic
    >>> one = pool_synthetic([[1.0], [3.0]], np.ones((2, 1, 1)), rule="plug-in", n_real=100, n_synthetic=100)
    >>> one.table()["estimate"].tolist(), round(float(one.table()["std_error"][0]) ** 2, 12)
    ([2.0], 1.5)
    """

    terms: tuple[str, ...]
    solution: SyntheticSolution
    making: Making
    estimates: Floats
    covariances: Floats
    dof: Floats
    n_obs: int | None = None
    request: Request | None = None
    statistics: Mapping[str, Floats] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    sets = "Synthetic data sets"

    @property
    def m(self) -> int:
        """Number of synthetic data sets combined."""
        return self.solution.m

    @property
    def rule(self) -> Rule:
        """The rule: "fully", "partially", "plug-in" or "plug-in proper"."""
        return self.making.rule

    @property
    def why(self) -> str:  # type: ignore[override]  # a word of the class where Rubin's rules need no reason
        """Why this rule, in a sentence that can be quoted."""
        return self.making.sentence

    @property
    def vcov(self) -> pd.DataFrame:
        """Total covariance matrix T of the estimates, named on both sides."""
        return pd.DataFrame(self.solution.total, index=list(self.terms), columns=list(self.terms))

    def table(self, level: float = 0.95, *, estimand: Estimand = "population") -> pd.DataFrame:
        """Show one row per term.

        Parameters
        ----------
        level
            Coverage of the intervals, a probability.
        estimand
            What the intervals are about. "population": the population behind the real data, as in any paper.
            "original": the table that the real data themselves would have given, estimates and standard errors; it
            tells what to expect of a run on the real data, and is no statement about the population.

        Returns
        -------
        pandas.DataFrame
            Columns term, estimate, std_error, statistic (estimate / std_error), df, p_value (two-sided), conf_low,
            conf_high.

        Raises
        ------
        SpecError
            When ``level`` is not between 0 and 1, or ``estimand`` is neither of the two.
        """
        one = self.solution
        if estimand not in ("population", "original"):
            raise SpecError(f"estimand={estimand!r} is not known here. Use 'population' or 'original'.")
        is_real = estimand == "original"
        variance, dof = (one.original, one.original_dof) if is_real else (one.total, one.dof)
        return tabulate_terms(self.terms, one.estimates, np.sqrt(np.diag(variance)), dof, level)

    def test(self, terms: str | Sequence[str]) -> JointTest:
        """Test that the coefficients of one or several terms are all 0 in the population.

        Parameters
        ----------
        terms
            A term of the formula (``"C(educ)"`` means all its coefficients), a coefficient, or several of them.

        Returns
        -------
        JointTest
            An F statistic with its degrees of freedom and p-value.

        Raises
        ------
        ColumnError
            When a term is not in the model.
        SpecError
            When no term is named, or the coefficients depend on each other.

        References
        ----------
        Reiter, J. P. 2005. Journal of Statistical Planning and Inference 131(2): 365-377.
        """
        chosen = select_terms(self.terms, terms)
        making = self.making
        return wald_synthetic(
            self.estimates[:, chosen],
            self.covariances[:, chosen][:, :, chosen],
            self.dof[chosen],
            rule=making.rule,
            n_real=making.n_real,
            n_synthetic=making.n_synthetic,
            n_models=making.n_models,
        )

    def __repr__(self) -> str:
        making = self.making
        sizes = f"{making.n_synthetic:,} rows each, made from {making.n_real:,} real rows"
        return (
            f"{self._printed(f'Rule {self.rule!r} over m = {self.m} synthetic data sets ({sizes})')}\nWhy: {self.why}"
        )


def combine_sets(names: tuple[str, ...], q: Floats, v: Floats, dof: Floats, making: Making) -> PooledSynthetic:
    """Combine the sets' estimates by the rule of their making."""
    one = combine_synthetic(
        q,
        v,
        dof,
        rule=making.rule,
        n_real=making.n_real,
        n_synthetic=making.n_synthetic,
        n_models=making.n_models,
    )
    return PooledSynthetic(
        terms=names,
        solution=one,
        making=making,
        estimates=q,
        covariances=v,
        dof=dof,
        notes=tuple(_cautions(names, one, count_sets(making.rule, one.m, making.n_models))),
    )


def _cautions(names: tuple[str, ...], one: SyntheticSolution, n_sets: int) -> Iterator[str]:
    """What the numbers themselves say against the rule."""
    if one.rule == "fully" and n_sets < ENOUGH_SETS:
        yield (
            f"With {n_sets} sets (each from its own draw of the model) the rule 'fully' knows the variance from "
            f"{n_sets - 1} degrees of freedom only: intervals are wide. {ENOUGH_SETS} sets or more, of more rows "
            "each, make them shorter."
        )
    if one.is_adjusted.any():
        yield (
            f"The sets disagree less than their own standard errors say in {_listed(names, one.is_adjusted)}, so that "
            "the variance came out negative; that of the real sample takes its place (Reiter 2002). Draw more sets."
        )
    if one.m < 2 or one.rule in ("fully", "partially"):
        return
    chi_squared, level = (one.m - 1) * np.nan_to_num(one.spread, nan=1.0), UNLIKELY / len(names)
    wide, narrow = chdtrc(one.m - 1, chi_squared) < level, chdtr(one.m - 1, chi_squared) < level
    if wide.any():
        yield (
            f"The sets differ more than this rule supposes in {_listed(names, wide)} (up to "
            f"{float(one.spread[wide].max()):.1f} times the variance expected), so that standard errors may be too "
            "small: compare with rule='partially', which measures how much they differ."
        )
    if narrow.any():
        yield (
            f"The sets are more alike than this rule supposes in {_listed(names, narrow)}: its standard errors are on "
            "the safe side there; rule='partially' measures how much they differ."
        )


def _listed(names: tuple[str, ...], which: Bools) -> str:
    """A few names and how many more."""
    return list_some((name for name, is_it in zip(names, which, strict=True) if is_it), 5)
