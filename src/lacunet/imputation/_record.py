"""What made a set of imputations, in plain words: the method, its settings as they were used, what to cite."""

import dataclasses
from typing import Any

from lacunet.imputation._engine_face import Engine, Fitted
from lacunet.report import RUBIN_1987, VAN_BUUREN_2011, FitRecord

WORDS: dict[str, dict[str, Any]] = {
    "linear": {
        "method": "Chained regressions with coefficients and values drawn from their distributions: the linear model "
        "of lacunet.Midas, for tables with few rows.",
        "approach": "by chained regressions with posterior draws (van Buuren & Groothuis-Oudshoorn, 2011)",
        "citations": (VAN_BUUREN_2011, RUBIN_1987),
    },
    "classic": {
        "method": "The published MIDAS algorithm: a denoising autoencoder, imputations by passes under dropout "
        "(lacunet.Midas.classic). It fills in means and most probable levels, so intervals are too narrow.",
        "approach": "by MIDAS as published (Lall & Robinson, 2022)",
    },
}
"""What is said of an engine other than the masked network, by its name."""


def settings_of(spec: Any) -> dict[str, Any]:
    """Options of a specification and their values."""
    return {option.name: getattr(spec, option.name) for option in dataclasses.fields(spec)}


def settings_in_use(spec: Any, engine: Engine | None) -> dict[str, Any]:
    """Settings as the engine used them, choices made for the user included; the options where it does not say."""
    facts = {} if engine is None else engine.as_meta()
    return dict(facts.get("settings") or settings_of(spec))


def fit_record(fitted: Fitted) -> FitRecord:
    """Everything that is said of how imputations were made."""
    name = "" if fitted.engine is None else fitted.engine.as_meta().get("engine", "")
    return FitRecord(
        settings={name: str(value) for name, value in settings_in_use(fitted.spec, fitted.engine).items()},
        versions=dict(fitted.versions),
        history=tuple(fitted.history),
        **WORDS.get(name, {}),
    )
