"""Published tables under their own protocols: GRAPE's UCI sets, and Lall and Robinson's Adult.

``python -m benchmarks.published --rivals lacunet,mice-cart,mean-mode``

GRAPE (You et al. 2020, table 1): columns other than the label, scaled to [0, 1], 30 % missing completely at random,
mean absolute error of the hidden cells, five masks. Adult (Lall & Robinson 2022, figure 5): 45,222 complete rows of 12
columns, numbers scaled to [0, 1], 30, 50, 70 or 90 % of columns with half their cells missing completely at random;
RMSE of numbers and share of categories that are wrong, averaged over columns, five masks. Both score one guess per
cell: the conditional mean and the most probable level; the draws' own figures stand beside them.
"""

import argparse
import zlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.problems import GRAPE, as_values, from_values, lall_robinson_adult, load_problem, punch
from benchmarks.records import write_rows
from benchmarks.rivals import RIVALS, Result

GRAPE_MAE = {
    "concrete": 0.090,
    "energy": 0.136,
    "housing": 0.075,
    "kin8nm": 0.249,
    "power": 0.102,
    "wine": 0.063,
    "yacht": 0.151,
}
ADULT_SHARES = (0.3, 0.5, 0.7, 0.9)
# Read off the published figure: (RMSE, category error) of MIDAS, completely at random.
ADULT_MIDAS = {0.3: (0.122, 0.22), 0.5: (0.120, 0.27), 0.7: (0.120, 0.305), 0.9: (0.115, 0.31)}
M = 10
M_FOR_MEANS = 20


def grape_case(name: str, mask: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give GRAPE's table and a copy with 30 % of cells missing completely at random."""
    truth = load_problem(name)
    rng = np.random.default_rng([zlib.crc32(f"grape {name}".encode()), mask])
    hidden = rng.random(truth.shape) < 0.3
    hidden[hidden.all(axis=1), 0] = False
    return truth, punch(truth, hidden)


def adult_case(share: float, mask: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give Lall and Robinson's Adult, half the cells of ``share`` of the columns missing completely at random."""
    truth = lall_robinson_adult()
    rng = np.random.default_rng([zlib.crc32(b"lall robinson"), round(share * 100), mask])
    columns = rng.choice(truth.shape[1], size=round(share * truth.shape[1]), replace=False)
    hidden = np.zeros(truth.shape, dtype=bool)
    hidden[:, columns] = rng.random((len(truth), len(columns))) < 0.5
    return truth, punch(truth, hidden)


def best_guess(result: Result, holed: pd.DataFrame) -> pd.DataFrame:
    """The rival's own conditional means if it gives them, else the mean (mode for categories) of its draws."""
    if result.expected is not None:
        return result.expected[list(holed.columns)]
    draws = np.stack([as_values(frame) for frame in result.completed])
    guess = draws.mean(axis=0)
    for position, (_, column) in enumerate(holed.items()):
        if isinstance(column.dtype, pd.CategoricalDtype):
            levels = np.arange(len(column.cat.categories))
            counts = (draws[:, :, position, None] == levels).sum(axis=0)
            guess[:, position] = counts.argmax(axis=1)
    return from_values(guess, holed)


def errors(truth: pd.DataFrame, holed: pd.DataFrame, filled: pd.DataFrame) -> dict[str, float]:
    """MAE over hidden numbers; RMSE and share of wrong categories averaged over columns."""
    rmse, wrong, absolute = [], [], []
    for name, column in truth.items():
        hidden = holed[name].isna().to_numpy()
        if not hidden.any():
            continue
        if isinstance(column.dtype, pd.CategoricalDtype):
            wrong.append(float((filled[name].astype(object)[hidden] != column.astype(object)[hidden]).mean()))
            continue
        gap = (filled[name] - column).to_numpy(dtype=float)[hidden]
        absolute.append(np.abs(gap))
        rmse.append(float(np.sqrt((gap**2).mean())))
    return {
        "mae": float(np.concatenate(absolute).mean()) if absolute else np.nan,
        "rmse": float(np.mean(rmse)) if rmse else np.nan,
        "wrong": float(np.mean(wrong)) if wrong else np.nan,
    }


def run_grape(rival: str, n_masks: int) -> list[dict[str, object]]:
    """Run GRAPE's table with a rival: a row per set."""
    rows = []
    for name in GRAPE:
        maes, draw_maes, seconds = [], [], []
        for mask in range(n_masks):
            truth, holed = grape_case(name, mask)
            m = 1 if rival.startswith("lacunet") else M_FOR_MEANS  # ours gives conditional means without draws
            result = RIVALS[rival](holed, m, mask + 1)
            maes.append(errors(truth, holed, best_guess(result, holed))["mae"])
            draw_maes.append(errors(truth, holed, result.completed[0])["mae"])
            seconds.append(result.seconds)
        row = {"set": name, "rival": rival, "masks": n_masks, "mae": float(np.mean(maes)), "grape": GRAPE_MAE[name]}
        rows.append(row | {"draw_mae": float(np.mean(draw_maes)), "seconds": float(np.median(seconds))})
        print(f"grape {name:9s} {rival:12s} mae {row['mae']:.4f} (GRAPE {row['grape']:.3f})", flush=True)
        write_rows("grape", rows[-1:], ("set", "rival"))
    return rows


def run_adult(rival: str, n_masks: int, shares: Sequence[float] = ADULT_SHARES) -> list[dict[str, object]]:
    """Run Lall and Robinson's Adult with a rival: a row per share of columns."""
    rows = []
    for share in shares:
        found, draws, seconds = [], [], []
        for mask in range(n_masks):
            truth, holed = adult_case(share, mask)
            result = RIVALS[rival](holed, M, mask + 1)
            found.append(errors(truth, holed, best_guess(result, holed)))
            draws += [errors(truth, holed, frame) for frame in result.completed]
            seconds.append(result.seconds)
        guess, draw = pd.DataFrame(found).mean(), pd.DataFrame(draws).mean()
        row = {"columns_hit": share, "rival": rival, "masks": n_masks, "rmse": guess["rmse"], "wrong": guess["wrong"]}
        row |= {"draw_rmse": draw["rmse"], "draw_wrong": draw["wrong"], "seconds": float(np.median(seconds))}
        row |= dict(zip(("midas_rmse", "midas_wrong"), ADULT_MIDAS[share], strict=True))
        rows.append(row)
        print(f"adult {share:.0%} {rival:12s} rmse {row['rmse']:.4f} wrong {row['wrong']:.3f}", flush=True)
        write_rows("lall_robinson", rows[-1:], ("columns_hit", "rival"))
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both tables and write results/grape.csv and results/lall_robinson.csv."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rivals", default="lacunet,mean-mode")
    parser.add_argument("--masks", type=int, default=5)
    parser.add_argument("--only", choices=("grape", "adult"))
    options = parser.parse_args(arguments)
    for rival in options.rivals.split(","):
        if options.only != "adult":
            run_grape(rival, options.masks)
        if options.only != "grape":
            run_adult(rival, options.masks)


if __name__ == "__main__":
    main()
