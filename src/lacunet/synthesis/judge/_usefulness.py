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
from lacunet.synthesis.judge._usefulness_columns import choose_outcomes, column_regressions
from lacunet.synthesis.judge._usefulness_fits import Comparison, Fit, compare_fits, expected_overlap
from lacunet.synthesis.judge._usefulness_learners import Trial, make_trial, score_learner
from lacunet.synthesis.judge._usefulness_models import (
    Source,
    Wanted,
    formula_regression,
    read_formulas,
    try_fit,
)

NO_FIT = "No regression could be fitted to both files"


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What a user wants to know of the synthetic rows.

    Attributes
    ----------
    target
        Column to predict, or None.
    formulas
        See `read_formulas`.
    weights
        Column of survey weights for the formulas, or None.
    is_proper
        Whether each synthetic set comes from a model of its own.
    """

    target: str | None
    formulas: Any
    weights: str | None
    is_proper: bool


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
    files: Files, asked: Asked, seed: int
) -> tuple[list[Measure], dict[str, pd.DataFrame], list[str]]:
    """Fit the same regressions to every file, and try what was learnt from synthetic rows on real ones.

    Parameters
    ----------
    files
        As `read_files` gives them.
    asked
        Without formulas, the target is regressed on all other columns; without a target either, up to three numbers
        and two categories are, each in turn.
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
    given = read_formulas(asked.formulas)
    wanted = [[formula_regression(text, model, sources.real, asked.weights)] for text, model in given]
    notes: list[str] = []
    if not wanted:
        outcomes = [asked.target] if asked.target else choose_outcomes(files.real.coded)
        wanted = _regressions(outcomes, files, notes)
    found = (_compare_first(several, sources, asked.is_proper, notes) for several in wanted)
    compared = [one for one in found if one is not None]
    share = files.synthetic[0].coded.n / files.real.coded.n
    right = _Right(m=len(files.synthetic), share=share, is_proper=asked.is_proper)
    measures = [*_coefficient_measures(compared, right), *_learner_measures(files, sources, asked.target, seed)]
    return measures, {"coefficients": _coefficients(compared), "models": _models(compared)}, notes


@dataclass(frozen=True, kw_only=True, slots=True)
class _Right:
    """What a right model would leave, by the way the sets were made."""

    m: int
    share: float
    is_proper: bool

    @property
    def words(self) -> str:
        """How far chance takes the coefficients, V being their real covariance."""
        if self.is_proper:
            how = (
                "each set has a model of its own, so that"
                if self.m > 1
                else "the set has a model drawn for it, so that"
            )
        else:
            how = "supposing that all sets share one fitted model," if self.m > 1 else "supposing one fitted model,"
        over, times = (f"/{self.m}", f"({self.m} k)") if self.m > 1 else ("", "k")
        variance = f"V (1 + n/k){over}" if self.is_proper else f"V n/{times}"
        return f"{how} chance has the variance {variance}, with n real and k synthetic rows"


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


def _regressions(outcomes: Sequence[str], files: Files, notes: list[str]) -> list[list[Wanted]]:
    found = []
    for name in outcomes if files.real.coded.p > 1 else ():
        try:
            found.append(column_regressions(name, files.real.coded))
        except DataError as error:
            notes.append(f"No regression of {name}: {error}")
    return found


def _compare_first(several: Sequence[Wanted], sources: _Sources, is_proper: bool, notes: list[str]) -> _Compared | None:
    """The first regression that every file can be asked; where there is none, why not the first."""
    whys = []
    for wanted in several:
        found, why = _compare(wanted, sources, is_proper)
        if found is not None:
            notes += [wanted.note] if wanted.note else []
            return found
        whys.append(why)
    notes += whys[:1]
    return None


def _compare(wanted: Wanted, sources: _Sources, is_proper: bool) -> tuple[_Compared | None, str]:
    real, why = try_fit(wanted, sources.real)
    if real is None:
        return None, f"The regression {wanted.label!r} cannot be fitted to the real file: {why}"
    own, why = _fit_all(wanted, sources.synthetic)
    if not own:
        return None, f"The regression {wanted.label!r} cannot be fitted to a synthetic file: {why}"
    bootstraps, _ = _fit_all(wanted, sources.bootstraps)
    shuffled, _ = _fit_all(wanted, (sources.shuffled,))
    compared = _Compared(
        wanted=wanted,
        n=real.n,
        n_synthetic=own[0].n,
        own=compare_fits(real, own, is_proper=is_proper),
        # bootstraps of real rows share one law, whatever models the sets come from
        floor=compare_fits(real, bootstraps) if bootstraps else None,
        independent=compare_fits(real, shuffled, is_proper=is_proper) if shuffled else None,
    )
    return compared, ""


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
    tables = [one.own.table.assign(**_names(one.wanted)) for one in compared]
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True)
    first = ["formula", "model", "event"]
    return table[[*first, *[name for name in table.columns if name not in first]]]


def _names(wanted: Wanted) -> dict[str, str]:
    return {"formula": wanted.label, "model": wanted.model, "event": wanted.event}


def _models(compared: Sequence[_Compared]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                **_names(one.wanted),
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


def _coefficient_measures(compared: Sequence[_Compared], right: _Right) -> list[Measure]:
    own, floor, independent = ([getattr(one, which) for one in compared] for which in ("own", "floor", "independent"))
    n = sum(int(one.own.table["is_slope"].sum()) for one in compared)
    overlap, z, misfit = _over(own, "overlap"), _over(own, "z"), _misfit(own)
    about = f"{n} coefficients of {len(compared)} regressions" if len(compared) != 1 else f"{n} coefficients"
    details = _coefficients(compared)
    expected = expected_overlap(right.share, right.m, is_proper=right.is_proper)
    return [
        Measure(
            area="usefulness",
            name="interval_overlap",
            title="Overlap of confidence intervals",
            value=overlap,
            floor=_over(floor, "overlap"),
            independent=_over(independent, "overlap"),
            better="high",
            sentence=f"The 95 % intervals of {about} overlap by {100 * overlap:.0f} % on average, where a "
            f"right model has {100 * expected:.0f} %; below 0 they do not meet."
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
            sentence=f"All coefficients together are {misfit:.2f} times as far off as chance alone explains "
            f"({right.words})."
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
