"""From arrays to a diagnosis: every table is made and every question asked, once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._layout import Layout
from lacunet._typing import Floats, States
from lacunet.diagnosis import _findings
from lacunet.diagnosis._compare import compare_all
from lacunet.diagnosis._diagnostics import TITLES, Diagnostics
from lacunet.diagnosis._evidence import Evidence, HiddenCells
from lacunet.diagnosis._findings import Finding
from lacunet.diagnosis._hidden import tabulate_calibration, tabulate_coverage
from lacunet.diagnosis._missing import count_patterns, measure_flux
from lacunet.diagnosis._propensity import Propensity, fit_propensities
from lacunet.diagnosis._stability import tabulate_stability
from lacunet.diagnosis._training import tabulate_history, tabulate_stopping

ORDER = {"act": 0, "look": 1, "ok": 2}


def diagnose_arrays(
    layout: Layout,
    values: Floats,
    state: States,
    draws: Floats,
    *,
    rng: np.random.Generator,
    labels: Mapping[str, str] | None = None,
    levels: Mapping[str, Sequence[str]] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    hidden: HiddenCells | None = None,
) -> Diagnostics:
    """Look at a set of imputations from every side.

    Parameters
    ----------
    layout
        The p variables.
    values, state
        float64 and int8 (n, p), codes of ``lacunet._layout``.
    draws
        float64 (m, n_cells): imputations of the cells ``np.nonzero(state == MISSING)``, row by row.
    rng
        Chooses the rows and folds of the logits for missingness.
    labels
        Variable name to a longer description.
    levels
        Variable name to the words for its level positions.
    history
        Checks of the training loss, as ``FittedMidas.history`` has them.
    hidden
        What an overimputation hid and drew; None to do without.

    Returns
    -------
    Diagnostics
        Findings, tables and plots.

    Raises
    ------
    DataError
        When the shapes do not agree, or draws are not finite.
    """
    evidence = Evidence(
        layout=layout,
        values=np.asarray(values, dtype=np.float64),
        state=state,
        draws=np.asarray(draws, dtype=np.float64),
        labels=labels or {},
        levels=levels or {},
        history=tuple(history),
        hidden=hidden if hidden is not None and len(hidden.truth) else None,
    )
    propensities = fit_propensities(evidence, rng)
    tables = _tabulate(evidence, propensities)
    found = _find(evidence, tables)
    return Diagnostics(
        findings=tuple(sorted(found, key=lambda one: ORDER[one.severity])),
        evidence=evidence,
        propensities=propensities,
        tables=tables,
    )


def _tabulate(evidence: Evidence, propensities: dict[int, Propensity]) -> dict[str, pd.DataFrame]:
    differences = compare_all(evidence, propensities)
    tables = {
        "patterns": count_patterns(evidence.names, evidence.is_missing),
        "flux": measure_flux(evidence.names, evidence.is_missing),
        "predictors": _summarise(evidence, propensities),
        "distributions": differences,
        "strata": differences[differences["n_strata"] > 0].reset_index(drop=True),
        "stability": tabulate_stability(evidence),
        "loss": tabulate_history(evidence.history),
    }
    if evidence.hidden is not None:
        tables["overimputation"] = tabulate_coverage(evidence, evidence.hidden)
        tables["calibration"] = tabulate_calibration(evidence, evidence.hidden)
    always = {"patterns", "flux"}
    return {topic: tables[topic] for topic in TITLES if topic in tables and (len(tables[topic]) or topic in always)}


def _summarise(evidence: Evidence, propensities: dict[int, Propensity]) -> pd.DataFrame:
    """One row a fitted variable: variable, n_missing, n_rows (used), auc, auc_error, pseudo_r2, strongest."""
    rows = []
    for j, one in propensities.items():
        strongest = one.terms["predictor"].drop_duplicates().head(3).tolist()
        rows.append(
            {
                "variable": evidence.names[j],
                "n_missing": int(evidence.n_missing[j]),
                "n_rows": len(one.rows),
                "auc": one.auc,
                "auc_error": one.auc_error,
                "pseudo_r2": one.pseudo_r2,
                "strongest": ", ".join(strongest),
            }
        )
    columns = ["variable", "n_missing", "n_rows", "auc", "auc_error", "pseudo_r2", "strongest"]
    return pd.DataFrame(rows, columns=columns)


def _find(evidence: Evidence, tables: dict[str, pd.DataFrame]) -> list[Finding]:
    shares = pd.Series(evidence.n_missing / max(evidence.n, 1), index=list(evidence.names))
    found: list[Finding | None] = [_findings.find_patterns(tables["patterns"], shares)]
    if not evidence.n_missing.any():
        return [one for one in found if one]
    ask: dict[str, Callable[[pd.DataFrame], Finding | None]] = {
        "flux": _findings.find_flux,
        "predictors": lambda table: _findings.find_predictors(table, int(np.count_nonzero(evidence.n_missing))),
        "distributions": _findings.find_differences,
        "overimputation": lambda table: _findings.find_coverage(table, _draws_of_hidden(evidence)),
        "calibration": lambda table: _findings.find_calibration(table, _hidden_categories(evidence)),
        "stability": lambda table: _findings.find_stability(table, evidence.m),
        "loss": lambda table: _findings.find_loss(tabulate_stopping(evidence.history)),
    }
    found += [question(tables[topic]) for topic, question in ask.items() if topic in tables]
    return [one for one in found if one]


def _draws_of_hidden(evidence: Evidence) -> int:
    return 0 if evidence.hidden is None else len(evidence.hidden.draws)


def _hidden_categories(evidence: Evidence) -> int:
    if evidence.hidden is None:
        return 0
    is_category = np.array([variable.is_category for variable in evidence.layout.variables], dtype=bool)
    return int(is_category[evidence.hidden.cols].sum())
