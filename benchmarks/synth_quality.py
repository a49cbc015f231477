"""What synthetic rows are worth: every measure that ``benchmarks/synth.py`` writes down.

The measures themselves are those of `lacunet.synthesis.judge`; here is what belongs to the protocol: which columns and
rows they are given, the problem's own regressions, trends with bins of each file's own (as published numbers have
them), and the floor. ``score("adult", frame)`` scores a frame of any maker.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from benchmarks.synth_problems import Design, Problem, load_problem
from lacunet.errors import LacunetError
from lacunet.solve import solve_model
from lacunet.synthesis.judge._coded import Coded, code_columns, learn_column
from lacunet.synthesis.judge._fidelity_margins import (
    choose_pairs,
    choose_triples,
    marginal_errors,
    shape_errors,
    trend_errors,
)
from lacunet.synthesis.judge._fidelity_propensity import detect, logit_propensity, tree_propensity
from lacunet.synthesis.judge._floors import scale_error
from lacunet.synthesis.judge._usefulness_fits import Fit, compare_fits
from lacunet.synthesis.judge._usefulness_learners import make_trial, score_learner

SEED = 20_261
"""Of pairs, folds and halves; far from the seeds that rows are drawn with."""
MOST_SETS = 2_000
"""Pairs, and triples, of columns that are measured."""
SHRINK = ("shape", "trend", "trend_separate")
"""Distances between samples, which shrink with the root of their size."""


def score(name: str, synthetic: pd.DataFrame) -> dict[str, float]:
    """Score synthetic rows of a problem against the rows that were to be learnt."""
    problem = load_problem(name)
    return measure(problem, problem.train, problem.read(synthetic))


def score_halves(name: str, seed: int) -> dict[str, float]:
    """Score two halves of the real rows, distances and pMSE brought to the size of all rows: the floor."""
    problem = load_problem(name)
    first, second = split_halves(problem.train, seed)
    found = measure(problem, first, second)
    shrink = scale_error(len(problem.train), len(problem.train))
    found |= {measured: found[measured] * shrink for measured in SHRINK}
    found |= {measured: found[measured] * shrink**2 for measured in ("pmse", "pmse_logit")}
    return found | {"k_marginal": 1000 - (1000 - found["k_marginal"]) * shrink, "copies": found["copies_real"]}


def measure(problem: Problem, real: pd.DataFrame, synthetic: pd.DataFrame) -> dict[str, float]:
    """Every measure of one file against another, both with the problem's types; shape and trend in percent."""
    rng = np.random.default_rng(SEED)
    real = real[list(synthetic)]
    first, second = code_files(problem, [real, synthetic])
    pairs = choose_pairs(first.p, MOST_SETS, rng)
    triples = choose_triples(first.p, MOST_SETS, rng)
    logit, tree, detection = (
        logit_propensity(first, second),
        tree_propensity(first, second, rng),
        detect(first, second, rng),
    )
    row = {
        "shape": 100 * float(shape_errors(first, second).mean()),
        "trend": 100 * float(trend_errors(first, second, pairs).mean()),
        "trend_separate": 100 * float(trend_errors(first, second, pairs, bins="separate").mean()),
        "auc": detection.auc,
        "specks": detection.specks,
        "pmse": tree.pmse,
        "s_pmse": tree.ratio,
        "pmse_logit": logit.pmse,
        "s_pmse_logit": logit.ratio,
        "k_marginal": 1000 * (1 - float(marginal_errors(first, second, triples).mean())),
    }
    row |= compare_coefficients(problem.designs(real), problem.designs(synthetic)) | count_copies(real, synthetic)
    if problem.target is not None:
        row |= {"tstr": learn(problem, synthetic), "tstr_real": learn_from_real(problem.name)}
    return row


def code_files(problem: Problem, files: Sequence[pd.DataFrame]) -> list[Coded]:
    """Code files as the judge does, numbers as in the first; a level that any of them has is a level."""
    columns, cells = [], []
    for name in files[0]:
        if name in problem.numbers:
            own, levels = [frame[name].to_numpy(dtype=float) for frame in files], None
        else:
            levels = list(dict.fromkeys(level for frame in files for level in frame[name].cat.categories))
            own = [frame[name].cat.set_categories(levels).cat.codes.to_numpy(dtype=float) for frame in files]
        reasons = [np.isnan(values).astype(np.int8) for values in own]
        words = ("none",) if any(reason.any() for reason in reasons) else ()
        columns.append(learn_column(name, own[0], reasons[0], levels=levels, reasons=words))
        cells.append(own)
    coded = []
    for file in zip(*cells, strict=True):
        values = np.column_stack(file)
        coded.append(code_columns(columns, values, np.isnan(values).astype(np.int8)))
    return coded


def split_halves(frame: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two disjoint halves, drawn at random."""
    order = np.random.default_rng([SEED, seed]).permutation(len(frame))
    half = len(frame) // 2
    return frame.iloc[order[:half]].reset_index(drop=True), frame.iloc[order[half : 2 * half]].reset_index(drop=True)


def shuffle_columns(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Every column in an order of its own: each margin as it is, and no relation."""
    rng = np.random.default_rng([SEED, seed])
    return frame.apply(lambda column: column.iloc[rng.permutation(len(frame))].reset_index(drop=True))


def resample(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rows drawn with replacement: what a perfect model of the file, if not of the population, would give."""
    rows = np.random.default_rng([SEED, seed]).integers(0, len(frame), len(frame))
    return frame.iloc[rows].reset_index(drop=True)


def compare_coefficients(real: list[Design], synthetic: list[Design]) -> dict[str, float]:
    """Of each regression: mean overlap of 95 % intervals, and mean |z| in real standard errors; slopes only.

    NaN where the synthetic rows cannot answer (a predictor that never varies).
    """
    found: dict[str, float] = {}
    for own, other in zip(real, synthetic, strict=True):
        model = own[0]
        found |= {f"{model}_overlap": float("nan"), f"{model}_z": float("nan")}
        try:
            compared = compare_fits(_fit(own), [_fit(other)])
        except (LacunetError, np.linalg.LinAlgError):
            continue
        found |= {f"{model}_overlap": compared.mean_overlap, f"{model}_z": compared.mean_abs_z}
    return found


def _fit(design: Design) -> Fit:
    model, inputs, outcome = design
    x = np.column_stack([np.ones(len(inputs)), inputs.to_numpy(dtype=float)])
    found = solve_model(model, x, outcome.to_numpy(dtype=float))
    names = ("Intercept", *map(str, inputs.columns))
    return Fit(names=names, estimates=found.estimates, covariance=found.covariance, n=len(x))


def count_copies(real: pd.DataFrame, synthetic: pd.DataFrame) -> dict[str, float]:
    """Shares of synthetic rows, and of rows of one real half, that stand cell by cell in the other real half."""
    first, second = (hash_rows(half) for half in split_halves(real, 0))
    known = set(first)
    shares = {"copies": hash_rows(synthetic), "copies_real": second}
    return {name: float(rows.isin(known).mean()) for name, rows in shares.items()}


def hash_rows(frame: pd.DataFrame) -> pd.Series:
    """A number for each row that equal rows share, however the levels of a column are numbered."""
    # Adding zero turns -0.0, which has bytes of its own, into 0.0.
    cells = {name: column + 0.0 if column.dtype == float else column.astype(str) for name, column in frame.items()}
    return pd.util.hash_pandas_object(pd.DataFrame(cells), index=False)


def learn(problem: Problem, rows: pd.DataFrame) -> float:
    """Area under the curve, on held-out real rows, of boosted trees that learnt from ``rows``."""
    assert problem.target is not None and problem.test is not None
    names = list(rows)
    real, held_out, learnt = code_files(problem, [problem.train[names], problem.test[names], rows])
    trial = make_trial(real, held_out, problem.target, SEED)
    assert trial is not None
    return score_learner(trial, learnt, SEED)


@lru_cache(maxsize=8)
def learn_from_real(name: str) -> float:
    """The same of trees that learnt from the real rows."""
    problem = load_problem(name)
    return learn(problem, problem.train)
