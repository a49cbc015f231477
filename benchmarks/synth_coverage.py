"""Do 95 % intervals from synthetic data cover the population? Every combining rule, under repeated sampling.

``python -m benchmarks.synth_coverage --generators bootstrap,sequential --repeats 100 --minutes 30``

The NIST excerpt of the American Community Survey (27,253 rows) is the population. Sample number k (2,000 rows drawn
with replacement) is the same for every generator and on every machine. The generator learns from it, makes m = 5 sets
of 2,000 rows, and the two regressions by which the published submissions were scored (income, home ownership) are
combined by every rule. What a sample gave is appended to benchmarks/.cache/synth-repeats at once: a study of hours can
be made in slices; what is there is not run again. Ours is kept apart by a fingerprint of the code that draws. At the
end (``--repeats 0``: only that) results/synth-coverage.csv takes the place of older rows of the same generators.

"bootstrap" and "bootstrap-proper" resample real rows: no generator can be better, and the rules must cover there.
"""

import argparse
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

from benchmarks.cache import CACHE
from benchmarks.coverage_methods import ROOMS, ROOT, fingerprint
from benchmarks.coverage_summary import covered_shares, summarise
from benchmarks.records import commit, write_rows
from benchmarks.synth_problems import load_problem
from lacunet.pooling import pool_synthetic
from lacunet.solve import RULES, solve_model

FOLDER = CACHE / "synth-repeats"
PROBLEM, N, M = "nist", 2_000, 5
COLUMNS = ["repeat", "rule", "estimand", "estimate", "half", "truth", "seconds", "commit", "failed"]
DEFAULT = "default"
"""The rule that the generator itself names."""
LONG = 600.0
Fit = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Made:
    """Synthetic sets, the rule that belongs to them, and the seconds they took."""

    frames: list[pd.DataFrame]
    rule: str
    seconds: float


Generate = Callable[[pd.DataFrame, int, int], Made]
"""Takes real rows, m and a seed."""


def resample(real: pd.DataFrame, m: int, seed: int, *, proper: bool = False) -> Made:
    """Draw real rows with replacement; ``proper``: from a resample of its own for each set."""
    rng, n = np.random.default_rng(seed), len(real)
    started = time.perf_counter()
    pools = [rng.integers(n, size=n) if proper else np.arange(n) for _ in range(m)]
    frames = [real.iloc[pool[rng.integers(n, size=n)]].reset_index(drop=True) for pool in pools]
    return Made(frames, "plug-in proper" if proper else "plug-in", time.perf_counter() - started)


def _ours(name: str, real: pd.DataFrame, m: int, seed: int) -> Made:
    import lacunet as ln  # loads JAX, which the summary does not need

    started = time.perf_counter()
    syntheses = getattr(ln, name)().fit(real, seed=seed).synthesize(m=m, seed=seed)
    frames = list(syntheses)
    return Made(frames, syntheses.rule, time.perf_counter() - started)


GENERATORS: dict[str, Generate] = {
    "bootstrap": resample,
    "bootstrap-proper": lambda real, m, seed: resample(real, m, seed, proper=True),
    "sequential": lambda real, m, seed: _ours("Sequential", real, m, seed),
    "gan": lambda real, m, seed: _ours("Gan", real, m, seed),
}
OURS = ("sequential", "gan")


def estimate(frame: pd.DataFrame) -> list[tuple[str, list[str], Fit]]:
    """Coefficients, robust covariance and degrees of freedom of each regression; the constant is left out."""
    found = []
    for model, inputs, outcome in load_problem(PROBLEM).designs(frame):
        design = np.column_stack([np.ones(len(inputs)), inputs.to_numpy(float)])
        fit = solve_model(model, design, outcome.to_numpy(float), cov="HC1")
        names = [f"coef {model} {name}" for name in inputs]
        dof = np.full(len(names), fit.dof)
        found.append((model, names, (fit.estimates[1:], fit.covariance[1:, 1:], dof)))
    return found


@cache
def truth() -> np.ndarray:
    """Coefficients in the population."""
    return np.concatenate([fit[0] for _, _, fit in estimate(load_problem(PROBLEM).train)])


def sample(repeat: int, n: int = N) -> pd.DataFrame:
    """Sample number ``repeat`` of the population."""
    population = load_problem(PROBLEM).train
    rng = np.random.default_rng([zlib.crc32(b"synth-coverage"), n, repeat])
    return population.iloc[rng.integers(len(population), size=n)].reset_index(drop=True)


def run_repeat(generate: Generate, repeat: int, n: int = N, m: int = M) -> pd.DataFrame:
    """Synthesize from one sample and combine by every rule; a generator that fails gives one row that says how."""
    facts = {"repeat": repeat, "seconds": np.nan, "commit": commit(), "failed": ""}
    real = sample(repeat, n)
    try:
        made = generate(real, m, repeat + 1)
        fits = [estimate(load_problem(PROBLEM).read(frame)) for frame in made.frames]
    except (ImportError, AttributeError):
        raise
    except Exception as error:
        facts["failed"] = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return pd.DataFrame([facts], columns=COLUMNS)
    facts["seconds"] = made.seconds
    size = len(made.frames[0])
    rows = [_combined(rule, fits, n, size) for rule in RULES] + [_alone("one set as if real", fits[0])]
    rows.append(next(part for part in rows if part["rule"][0] == made.rule) | {"rule": [DEFAULT] * len(truth())})
    rows.append(_alone("real", estimate(real)))
    frames = [pd.DataFrame(part | {key: [value] * len(truth()) for key, value in facts.items()}) for part in rows]
    return pd.concat(frames, ignore_index=True)[COLUMNS]


def _combined(rule: str, fits: list, n: int, size: int) -> dict[str, object]:
    """Estimates and half-widths of every coefficient by a rule."""
    names, values, half = [], [], []
    for place in range(len(fits[0])):
        q, v, dof = (np.array([fit[place][2][part] for fit in fits]) for part in range(3))
        table = pool_synthetic(q, v, dof[0], rule=rule, n_real=n, n_synthetic=size).table()
        names += fits[0][place][1]
        values += table["estimate"].tolist()
        half += (table["conf_high"] - table["estimate"]).tolist()
    return {"rule": [rule] * len(names), "estimand": names, "estimate": values, "half": half, "truth": truth()}


def _alone(rule: str, fits: list) -> dict[str, object]:
    """One data set as if it were real: Student's interval of each coefficient."""
    names = [name for _, terms, _ in fits for name in terms]
    values, covariances, dof = ([fit[part] for _, _, fit in fits] for part in range(3))
    error = np.sqrt(np.concatenate([np.diag(covariance) for covariance in covariances]))
    half = t.ppf(0.975, np.concatenate(dof)) * error
    return {"rule": [rule] * len(names), "estimand": names, "estimate": np.concatenate(values), "half": half} | {
        "truth": truth()
    }


def read_samples(generator: str) -> pd.DataFrame:
    """What the samples run so far gave (no rows if none was)."""
    path = _path(generator)
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS)
    found = pd.read_csv(path, keep_default_na=False, na_values={"estimate": "", "half": "", "truth": "", "seconds": ""})
    return found.drop_duplicates(["repeat", "rule", "estimand"], ignore_index=True)


def _path(generator: str) -> Path:
    own = f"-{fingerprint(_drawing())}" if generator in OURS else ""
    return FOLDER / f"{PROBLEM}-{N}-{generator}{own}.csv"


def _drawing() -> tuple[str, ...]:
    """Rooms and files that decide what our generators draw."""
    package = ROOT / "src" / "lacunet"
    files = (path.relative_to(package).as_posix() for path in sorted(package.glob("synthesis/**/*.py")))
    return (*(room for room in ROOMS if room != "imputation"), *files)


def run_some(generator: str, repeats: int, until: float) -> None:
    """Run the samples that are not there yet, until the time is over."""
    done, path = set(read_samples(generator)["repeat"]), _path(generator)
    path.parent.mkdir(parents=True, exist_ok=True)
    for repeat in range(repeats):
        if repeat in done or time.monotonic() >= until:
            continue
        text = run_repeat(GENERATORS[generator], repeat).to_csv(header=not path.exists(), index=False)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)  # in one piece: a run that is stopped leaves no half sample


def report_rows(generator: str, samples: pd.DataFrame) -> list[dict[str, object]]:
    """Per rule: coverage over all coefficients with its Monte Carlo error, the worst coefficient, width over rmse."""
    rows = []
    good = samples[samples["failed"] == ""]
    for rule, part in good.groupby("rule", sort=False):
        found, shares = summarise(part), covered_shares(part)
        rows.append(
            {
                "generator": generator,
                "rule": rule,
                "repeats": int(part["repeat"].nunique()),
                "coverage": float(found["coverage"].mean()),
                "mc_error": float(shares.std() / len(shares) ** 0.5),
                "worst": float(found["coverage"].min()),
                "worst_estimand": str(found["estimand"][found["coverage"].idxmin()]),
                "width_over_rmse": float(found["width_over_rmse"].mean()),
                "width": float(found["width"].mean()),
                "bias_over_rmse": float((found["bias"].abs() / found["rmse"]).mean()),
                "seconds": float(part.drop_duplicates("repeat")["seconds"].median()),
                "failures": int((samples["failed"] != "").sum()),
                "drawn_by": " ".join(sorted({str(name) for name in part["commit"]})),
            }
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Run generators within the budget, then summarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generators", default="bootstrap,bootstrap-proper,sequential")
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=LONG, help="begin no sample after so many minutes")
    options = parser.parse_args(arguments)
    generators = options.generators.split(",")
    if unknown := set(generators) - set(GENERATORS):
        parser.error(f"no generator {', '.join(sorted(unknown))}: there are {', '.join(GENERATORS)}")
    until = time.monotonic() + 60 * options.minutes
    for generator in generators:
        run_some(generator, options.repeats, until)
        rows = report_rows(generator, read_samples(generator))
        if rows:
            write_rows("synth-coverage", rows, ("generator", "rule"))
        for row in rows:
            print(
                f"{generator:18s} {row['rule']:20s} {row['repeats']:4d} samples: coverage {row['coverage']:.3f} "
                f"(± {row['mc_error']:.3f}, lowest {row['worst']:.2f} {row['worst_estimand']}), width "
                f"{row['width']:.3f}, {row['seconds']:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
