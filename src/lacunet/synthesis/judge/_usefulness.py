"""Whether synthetic rows answer questions as the real ones do: regressions, and what can be learnt from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._rng import generator
from lacunet.errors import DataError
from lacunet.synthesis.judge._fidelity_propensity import in_threads
from lacunet.synthesis.judge._measure import Measure
from lacunet.synthesis.judge._reading import Files, View
from lacunet.synthesis.judge._usefulness_fits import Comparison, Fit, compare_fits
from lacunet.synthesis.judge._usefulness_learners import Trial, make_trial, score_learner
from lacunet.synthesis.judge._usefulness_models import (
    Source,
    Wanted,
    choose_outcomes,
    column_regression,
    formula_regression,
    read_formulas,
    try_fit,
)

NO_FIT = "No regression could be fitted to both files"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Compared:
    """One regression: the synthetic sets, as many bootstraps of real rows, and shuffled columns, against the real."""

    wanted: Wanted
    n: int
    n_synthetic: int
    own: Comparison
    floor: Comparison | None
    independent: Comparison | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sources:
    real: Source
    synthetic: tuple[Source, ...]
    bootstraps: tuple[Source, ...]
    shuffled: Source


def measure_usefulness(
    files: Files, *, target: str | None, formulas: Any, weights: str | None, seed: int
) -> tuple[list[Measure], dict[str, pd.DataFrame], list[str]]:
    """Fit the same regressions to every file, and try what was learnt from synthetic rows on real ones.

    Parameters
    ----------
    files
        As `read_files` gives them.
    target
        Column to predict, or None.
    formulas
        See `read_formulas`. Without any, the target is regressed on all other columns; without a target either, up to
        three numbers and two categories are, each in turn.
    weights
        Column of survey weights for the formulas, or None.
    seed
        Of the judgement.

    Returns
    -------
    list of Measure
        In the order of the report.
    dict of DataFrame
        "coefficients" and "models".
    list of str
        What could not be fitted, and why.
    """
    sources = _sources(files, seed)
    wanted = [formula_regression(text, model, sources.real, weights) for text, model in read_formulas(formulas)]
    notes: list[str] = []
    if not wanted:
        outcomes = [target] if target else choose_outcomes(files.real.coded)
        wanted = _regressions(outcomes, files, notes)
    compared = [one for one in (_compare(regression, sources, notes) for regression in wanted) if one is not None]
    measures = [*_coefficient_measures(compared), *_learner_measures(files, sources, target, seed)]
    return measures, {"coefficients": _coefficients(compared), "models": _models(compared)}, notes


def _sources(files: Files, seed: int) -> _Sources:
    real = files.real
    n_synthetic = files.synthetic[0].coded.n
    drawn = [
        generator(seed, "judge bootstrap", i).integers(0, real.coded.n, n_synthetic)
        for i in range(len(files.synthetic))
    ]
    rng = generator(seed, "judge shuffle frame")
    shuffled = {name: real.frame[name].array.take(rng.permutation(len(real.frame))) for name in real.frame}
    return _Sources(
        real=_source(real),
        synthetic=tuple(_source(view) for view in files.synthetic),
        bootstraps=tuple(Source(coded=real.coded.take(rows), frame=real.frame.iloc[rows]) for rows in drawn),
        shuffled=Source(coded=real.coded.shuffle(rng), frame=pd.DataFrame(shuffled)),
    )


def _source(view: View) -> Source:
    return Source(coded=view.coded, frame=view.frame)


def _regressions(outcomes: Sequence[str], files: Files, notes: list[str]) -> list[Wanted]:
    found = []
    for name in outcomes if files.real.coded.p > 1 else ():
        try:
            found.append(column_regression(name, files.real.coded))
        except DataError as error:
            notes.append(f"No regression of {name}: {error}")
    return found


def _compare(wanted: Wanted, sources: _Sources, notes: list[str]) -> _Compared | None:
    real, why = try_fit(wanted, sources.real)
    if real is None:
        notes.append(f"The regression {wanted.label!r} cannot be fitted to the real file: {why}")
        return None
    own, why = _fit_all(wanted, sources.synthetic)
    if not own:
        notes.append(f"The regression {wanted.label!r} cannot be fitted to a synthetic file: {why}")
        return None
    others = [_fit_all(wanted, group)[0] for group in (sources.bootstraps, (sources.shuffled,))]
    floor, independent = (compare_fits(real, fits) if fits else None for fits in others)
    return _Compared(
        wanted=wanted, n=real.n, n_synthetic=own[0].n, own=compare_fits(real, own), floor=floor, independent=independent
    )


def _fit_all(wanted: Wanted, sources: Sequence[Source]) -> tuple[list[Fit], str]:
    """Fits to all files, or none and why."""
    fits = []
    for source in sources:
        fit, why = try_fit(wanted, source)
        if fit is None:
            return [], why
        fits.append(fit)
    return fits, ""


def _coefficients(compared: Sequence[_Compared]) -> pd.DataFrame:
    tables = [one.own.table.assign(formula=one.wanted.label, model=one.wanted.model) for one in compared]
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True)
    return table[["formula", "model", *[name for name in table.columns if name not in ("formula", "model")]]]


def _models(compared: Sequence[_Compared]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "formula": one.wanted.label,
                "model": one.wanted.model,
                "n_real": one.n,
                "n_synthetic": one.n_synthetic,
                "mean_overlap": one.own.mean_overlap,
                "floor_overlap": float("nan") if one.floor is None else one.floor.mean_overlap,
                "mean_abs_z": one.own.mean_abs_z,
                "lack_of_fit": one.own.lack_of_fit,
                "df": one.own.df,
                "p_value": one.own.p_value,
            }
            for one in compared
        ]
    )


def _over(comparisons: Sequence[Comparison | None], name: str) -> float:
    """Mean of a column of the tables over all slopes of all regressions."""
    values = [one.table.loc[one.table["is_slope"], name].to_numpy(float) for one in comparisons if one is not None]
    together = np.concatenate(values) if values else np.zeros(0)
    together = np.abs(together[np.isfinite(together)]) if name == "z" else together[np.isfinite(together)]
    return float(together.mean()) if len(together) else float("nan")


def _misfit(comparisons: Sequence[Comparison | None]) -> float:
    known = [one for one in comparisons if one is not None and one.df]
    return sum(one.lack_of_fit for one in known) / sum(one.df for one in known) if known else float("nan")


def _coefficient_measures(compared: Sequence[_Compared]) -> list[Measure]:
    own, floor, independent = ([getattr(one, which) for one in compared] for which in ("own", "floor", "independent"))
    n = sum(int(one.own.table["is_slope"].sum()) for one in compared)
    overlap, z, misfit = _over(own, "overlap"), _over(own, "z"), _misfit(own)
    about = f"{n} coefficients of {len(compared)} regressions" if len(compared) != 1 else f"{n} coefficients"
    details = _coefficients(compared)
    return [
        Measure(
            area="usefulness",
            name="interval_overlap",
            title="Overlap of confidence intervals",
            value=overlap,
            floor=_over(floor, "overlap"),
            independent=_over(independent, "overlap"),
            better="high",
            sentence=f"The 95 % intervals of {about} overlap by {100 * overlap:.0f} % on average; below 0 "
            "they do not meet."
            if compared
            else f"{NO_FIT}.",
            details=details,
        ),
        Measure(
            area="usefulness",
            name="mean_abs_z",
            title="Distance of coefficients in standard errors",
            value=z,
            floor=_over(floor, "z"),
            independent=_over(independent, "z"),
            better="low",
            sentence=f"Synthetic coefficients are {z:.2f} standard errors from the real ones on average."
            if compared
            else f"{NO_FIT}.",
        ),
        Measure(
            area="usefulness",
            name="lack_of_fit",
            title="Lack of fit a degree of freedom",
            value=misfit,
            floor=_misfit(floor),
            independent=_misfit(independent),
            better="near 1",
            sentence=f"All coefficients together are {misfit:.2f} times as far off as chance alone explains."
            if compared
            else f"{NO_FIT}.",
        ),
    ]


def _learner_measures(files: Files, sources: _Sources, target: str | None, seed: int) -> list[Measure]:
    held = None if files.held_out is None else files.held_out.coded
    trial = None
    if target is not None and files.real.coded.p > 1:
        trial = make_trial(files.real.coded, held, target, seed)
    if trial is None:
        why = "name a target" if target is None else "there are too few rows or columns for it"
        return [
            Measure(
                area="usefulness",
                name="train_on_synthetic",
                title="Train on synthetic, test on real",
                value=float("nan"),
                better="high",
                sentence=f"Not measured: {why}.",
            )
        ]
    return [_tried(trial, sources, str(target), held is not None, seed)]


def _tried(trial: Trial, sources: _Sources, target: str, has_held_out: bool, seed: int) -> Measure:
    rows = [trial.train, trial.train.shuffle(generator(seed, "judge shuffle train"))]
    rows += [source.coded for source in sources.synthetic]
    real, shuffled, *own = in_threads(lambda part: score_learner(trial, part, seed), rows)
    value = float(np.mean(own))
    what = "R²" if trial.is_number else "area under the curve"
    where = "held-out real rows" if has_held_out else "a quarter of the real rows, which the generator may have seen"
    return Measure(
        area="usefulness",
        name="train_on_synthetic",
        title=f"Train on synthetic, test on real ({what})",
        value=value,
        floor=real,
        independent=shuffled,
        better="high",
        sentence=f"Boosted trees that learnt {target} from synthetic rows reach {value:.3f} ({what}) on {where}; "
        f"from real rows {real:.3f}.",
    )
