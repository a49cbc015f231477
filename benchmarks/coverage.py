"""Coverage and width of 95 % intervals under repeated sampling.

``python -m benchmarks.coverage --designs adult-500,fimd-y --rivals lacunet,mice-cart --repeats 100``

Designs: a real table as population (rows drawn with replacement, 30 % missing at random, m = 5), van Buuren's line
(n = 50, 50 % completely at random, m = 5), MAR-1 of King et al. (n = 500, m = 10). Every sample's estimates are kept
in benchmarks/.cache/coverage, so that a run can be interrupted and extended; ours are kept apart by commit.
"""

import argparse
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.cache import CACHE
from benchmarks.estimands import MODELS, Estimates, common_levels, estimate_all, ols, pool
from benchmarks.problems import load_problem, make_mask, punch
from benchmarks.records import commit, write_rows
from benchmarks.rivals import RIVALS
from benchmarks.rivals.ours import impute_here
from lacunet.simulate import FIMD_SLOPE, fimd_line, king_mar1, king_truth

RATE = 0.3
Impute = Callable[[pd.DataFrame, int, int], Sequence[pd.DataFrame]]


@dataclass(frozen=True)
class Design:
    """How to draw a sample with holes, what to estimate in a completed one, and the truth."""

    draw: Callable[[np.random.Generator], tuple[pd.DataFrame, pd.DataFrame]]
    estimate: Callable[[pd.DataFrame], Estimates]
    truth: Callable[[], np.ndarray]
    m: int


def _population_design(name: str, n: int) -> Design:
    population = load_problem(name)
    estimate = partial(estimate_all, shares=common_levels(population), models=MODELS[name])

    def draw(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
        sample = population.iloc[rng.integers(len(population), size=n)].reset_index(drop=True)
        return sample, punch(sample, make_mask(sample, "mar", RATE, rng))

    return Design(draw, estimate, lambda: estimate(population).values, 5)


def _line_design(missing: str) -> Design:
    def draw(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
        values, hidden = fimd_line(missing, rng=rng)
        frame = pd.DataFrame(values, columns=["y", "x"])
        return frame, punch(frame, hidden)

    return Design(draw, partial(_slopes, terms=("x",)), lambda: np.array([FIMD_SLOPE]), 5)


def _king_design() -> Design:
    def draw(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
        values, hidden = king_mar1(rng=rng)
        frame = pd.DataFrame(values, columns=["y", "x1", "x2", "x3", "x4"])
        return frame, punch(frame, hidden)

    return Design(draw, partial(_slopes, terms=("x1", "x2")), lambda: king_truth()[1:], 10)


def _slopes(frame: pd.DataFrame, terms: tuple[str, ...]) -> Estimates:
    x = np.column_stack([np.ones(len(frame)), *(frame[term] for term in terms)])
    beta, variance = ols(frame["y"].to_numpy(), x)
    dof = np.full(len(terms), len(frame) - x.shape[1], dtype=float)
    return Estimates(tuple(f"coef {term}" for term in terms), beta[1:], variance[1:], dof)


@cache
def design_named(name: str) -> Design:
    """Give a design: adult-500, adult-2000, nist-500, nist-2000 (any n), fimd-y, fimd-x, mar1."""
    kind, _, rest = name.partition("-")
    if kind == "fimd":
        return _line_design(rest)
    return _king_design() if kind == "mar1" else _population_design(kind, int(rest))


DESIGNS = ("adult-500", "adult-2000", "nist-500", "nist-2000", "fimd-y", "fimd-x", "mar1")


def imputer_named(name: str) -> Impute | None:
    """Give the function that completes a sample; None for the complete data themselves."""
    if name == "complete":
        return None
    if name == "lacunet":
        return impute_here
    return lambda holed, m, seed: RIVALS[name](holed, m, seed).completed


def sample_named(name: str, repeat: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the complete and the holed sample number ``repeat`` of a design."""
    return design_named(name).draw(np.random.default_rng([zlib.crc32(name.encode()), repeat]))


def run_repeat(name: str, impute: Impute | None, repeat: int) -> pd.DataFrame:
    """Impute one sample; a row per estimand: estimate, half-width, truth."""
    design = design_named(name)
    complete, holed = sample_named(name, repeat)
    completed = [complete] if impute is None else impute(holed, design.m, repeat + 1)
    fits = [design.estimate(frame) for frame in completed]
    values, half = pool(fits)
    columns = {"repeat": repeat, "estimand": fits[0].names, "estimate": values, "half": half, "truth": design.truth()}
    return pd.DataFrame(columns)


def run_design(name: str, rival: str, repeats: int, *, impute: Impute | None = None) -> pd.DataFrame:
    """Run (or read) the repeats of a design with a rival, or with a function given here (then nothing is kept)."""
    if impute is not None:
        return pd.concat([run_repeat(name, impute, repeat) for repeat in range(repeats)], ignore_index=True)
    suffix = f"-{commit()}" if rival.startswith("lacunet") else ""
    path = CACHE / "coverage" / f"{name}-{rival}{suffix}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    if suffix.endswith("+"):  # the code was changed since the commit: what lies there may be another code's
        path.unlink(missing_ok=True)
    done = set(pd.read_csv(path)["repeat"]) if path.exists() else set()
    for repeat in sorted(set(range(repeats)) - done):
        _append(path, run_repeat(name, imputer_named(rival), repeat))
    table = pd.read_csv(path)
    return table[table["repeat"] < repeats]


def _append(path: Path, rows: pd.DataFrame) -> None:
    rows.to_csv(path, mode="a", header=not path.exists(), index=False)


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Per estimand: coverage, bias in sd, average half-width / 1.96 over the rmse of the estimate (1 is right)."""
    table = table.assign(
        error=table["estimate"] - table["truth"],
        covered=(table["estimate"] - table["truth"]).abs() <= table["half"],
    )
    grouped = table.groupby("estimand", sort=False)
    rmse = grouped["error"].apply(lambda e: float(np.sqrt((e**2).mean())))
    return pd.DataFrame(
        {
            "repeats": grouped["repeat"].nunique(),
            "coverage": grouped["covered"].mean(),
            "bias": grouped["error"].mean() / rmse,
            "width": 2 * grouped["half"].mean(),
            "width_over_rmse": grouped["half"].mean() / 1.96 / rmse,
            "rmse": rmse,
        }
    ).reset_index()


def report_rows(name: str, rival: str, table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows for the results: every estimand, and averages over means, shares, coefficients and all."""
    found = summarise(table)
    found["kind"] = found["estimand"].str.split().str[0]
    rows = [{"design": name, "rival": rival, **row} for row in found.to_dict("records")]
    groups = [*found.groupby("kind"), ("all", found)] if len(found) > 2 else [("all", found)]
    for kind, part in groups:
        averages = part[["repeats", "coverage", "bias", "width_over_rmse"]].mean().to_dict()
        averages |= {"estimand": f"average {kind}", "kind": "average", "worst": float(part["coverage"].min())}
        averages["mc_error"] = float(
            table.groupby("repeat").apply(_share_covered, kind).std() / averages["repeats"] ** 0.5
        )
        rows.append({"design": name, "rival": rival, **averages})
    return rows


def _share_covered(part: pd.DataFrame, kind: str) -> float:
    part = part if kind == "all" else part[part["estimand"].str.startswith(kind)]
    return float(((part["estimate"] - part["truth"]).abs() <= part["half"]).mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run designs × rivals, write results/coverage.csv and print the averages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designs", default=",".join(DESIGNS))
    parser.add_argument("--rivals", default="complete,lacunet,mice-cart,midas2-scaled")
    parser.add_argument("--repeats", type=int, default=50)
    options = parser.parse_args(arguments)
    for name in options.designs.split(","):
        for rival in options.rivals.split(","):
            rows = report_rows(name, rival, run_design(name, rival, options.repeats))
            write_rows("coverage", rows, ("design", "rival", "estimand"))
            for row in rows:
                if row["kind"] == "average":
                    print(
                        f"{name:11s} {rival:14s} {row['estimand']:14s} coverage {row['coverage']:.3f} "
                        f"(± {row['mc_error']:.3f}, worst {row['worst']:.2f}) width/rmse {row['width_over_rmse']:.2f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
