"""One function a topic: what `Diagnostics.plot` draws."""

from collections.abc import Callable
from typing import Any

from lacunet.diagnosis import _plot_hidden, _plot_missing, _plot_run, _plot_values
from lacunet.report._loss_plot import plot_losses

PLOTS: dict[str, Callable[[Any, int | None], Any]] = {
    "patterns": lambda it, j: _plot_missing.plot_patterns(it.evidence),
    "flux": lambda it, j: _plot_missing.plot_flux(it.tables["flux"]),
    "predictors": lambda it, j: (
        _plot_missing.plot_aucs(it.tables["predictors"])
        if j is None
        else _plot_missing.plot_terms(it.propensities[j], it.evidence.names[j])
    ),
    "distributions": lambda it, j: (
        _plot_values.plot_differences(it.tables["distributions"])
        if j is None
        else _plot_values.plot_values(it.evidence, j)
    ),
    "strata": lambda it, j: (
        _plot_values.plot_differences(it.tables["strata"])
        if j is None
        else _plot_values.plot_strata(it.evidence, it.propensities[j])
    ),
    "overimputation": lambda it, j: (
        _plot_hidden.plot_coverage(it.tables["overimputation"])
        if j is None
        else _plot_hidden.plot_truth(it.evidence, it.evidence.hidden, j)
    ),
    "calibration": lambda it, j: _plot_hidden.plot_calibration(it.table("calibration", _name(it, j)), _name(it, j)),
    "stability": lambda it, j: (
        _plot_run.plot_shares(it.tables["stability"], it.evidence.m)
        if j is None
        else _plot_run.plot_running(it.evidence, j)
    ),
    "loss": lambda it, j: plot_losses(it.evidence.history),
}
"""Topic to a function of the diagnostics and the position of a variable (None for an overview)."""


def _name(it: Any, j: int | None) -> str | None:
    return None if j is None else it.evidence.names[j]
