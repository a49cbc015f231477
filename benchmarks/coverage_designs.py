"""Designs of the repeated-sampling study: how a sample with holes is drawn, what is estimated, and the truth."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd

from benchmarks.estimands import MODELS, Estimates, Model, common_levels, estimate_all, ols
from benchmarks.problems import load_problem, make_mask, punch
from lacunet.simulate import (
    CURVE_SLOPES,
    FIMD_SLOPE,
    SPREAD_CUT,
    curved_surface,
    fimd_line,
    king_mar1,
    king_truth,
    spread_line,
    spread_truth,
)

RATE = 0.3


@dataclass(frozen=True)
class Design:
    """How to draw a sample with holes, what to estimate in a completed one, and the truth."""

    draw: Callable[[np.random.Generator], tuple[pd.DataFrame, pd.DataFrame]]
    estimate: Callable[[pd.DataFrame], Estimates]
    truth: Callable[[], np.ndarray]
    m: int


DESIGNS = {
    "fimd-y": "One predictor, n = 50, half of the outcome missing completely at random (van Buuren 2018, 3.2.2)",
    "fimd-x": "The same, half of the predictor missing",
    "mar1": "Five normal variables, n = 500, 28 % of the rows with a hole, at random (MAR-1 of King et al. 2001)",
    "spread-100": "Error whose spread grows with x, n = 100, 30 % of y and of z missing at random given x",
    "spread-1000": "The same, n = 1,000",
    "curve-100": "A square and a product, n = 100, 30 % of y and of z missing at random given x",
    "curve-1000": "The same, n = 1,000",
    "adult-500": "Samples of 500 rows of the census table adult, 30 % missing at random",
    "adult-2000": "Samples of 2,000 rows of adult",
    "nist-500": "Samples of 500 rows of the NIST excerpt of the American Community Survey, 30 % missing at random",
    "nist-2000": "Samples of 2,000 rows of the NIST excerpt",
}
"""Every design and its title; any other n works too (adult-1000)."""


@cache
def design_named(name: str) -> Design:
    """Give a design: one of :data:`DESIGNS`, or one of its kinds with another n."""
    kind, _, rest = name.partition("-")
    if kind == "fimd":
        return _line_design(rest)
    if kind == "mar1":
        return _king_design()
    make = {"spread": _spread_design, "curve": _curve_design}.get(kind, partial(_population_design, kind))
    return make(int(rest))


def sample_named(name: str, repeat: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the complete and the holed sample number ``repeat`` of a design."""
    return design_named(name).draw(np.random.default_rng([zlib.crc32(name.encode()), repeat]))


def _population_design(name: str, n: int) -> Design:
    population = load_problem(name)
    estimate = partial(estimate_all, shares=common_levels(population), models=MODELS[name])

    def draw(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
        sample = population.iloc[rng.integers(len(population), size=n)].reset_index(drop=True)
        return sample, punch(sample, make_mask(sample, "mar", RATE, rng))

    return Design(draw, estimate, cache(lambda: estimate(population).values), 5)


def _drawn(process: Callable[..., tuple[np.ndarray, np.ndarray]], columns: list[str], rng: np.random.Generator):
    values, hidden = process(rng=rng)
    frame = pd.DataFrame(values, columns=columns)
    return frame, punch(frame, hidden)


def _line_design(missing: str) -> Design:
    draw = partial(_drawn, partial(fimd_line, missing), ["y", "x"])
    return Design(draw, partial(_slopes, terms=("x",)), lambda: np.array([FIMD_SLOPE]), 5)


def _king_design() -> Design:
    draw = partial(_drawn, king_mar1, ["y", "x1", "x2", "x3", "x4"])
    return Design(draw, partial(_slopes, terms=("x1", "x2")), lambda: king_truth()[1:], 10)


def _spread_design(n: int) -> Design:
    return Design(
        partial(_drawn, partial(spread_line, n_rows=n), ["y", "x", "z"]), _estimate_spread, cache(spread_truth), 5
    )


def _estimate_spread(frame: pd.DataFrame) -> Estimates:
    high = (frame["y"] > SPREAD_CUT).where(frame["y"].notna(), np.nan)
    frame = frame.assign(**{"y>3": high.map({True: "yes", False: "no"})})
    return estimate_all(frame, [("y>3", "yes")], (Model("y on", "ols", "y", ("x", "z")),), means=("y",))


def _curve_design(n: int) -> Design:
    truth = np.array([1.0, *CURVE_SLOPES])
    return Design(
        partial(_drawn, partial(curved_surface, n_rows=n), ["y", "x", "z"]), _estimate_curve, lambda: truth, 5
    )


def _estimate_curve(frame: pd.DataFrame) -> Estimates:
    frame = frame.assign(**{"x²": frame["x"] ** 2, "xz": frame["x"] * frame["z"]})
    return estimate_all(frame, [], (Model("y on", "ols", "y", ("x", "z", "x²", "xz")),), means=("y",))


def _slopes(frame: pd.DataFrame, terms: tuple[str, ...]) -> Estimates:
    frame = frame[["y", *terms]].dropna()
    x = np.column_stack([np.ones(len(frame)), *(frame[term] for term in terms)])
    beta, variance = ols(frame["y"].to_numpy(), x)
    dof = np.full(len(terms), len(frame) - x.shape[1], dtype=float)
    return Estimates(tuple(f"coef {term}" for term in terms), beta[1:], variance[1:], dof)
