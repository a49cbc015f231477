"""From benchmarks/results/*.csv to one markdown page and its plots: ``python -m benchmarks.summary``."""

from collections.abc import Callable, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd

from benchmarks.records import RESULTS

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter

PLOTS = RESULTS.parent.parent / "docs" / "measured"
"""The plots are a page of the documentation's, so they are kept there."""
STANDARD = "mice-cart"
OURS = "lacunet"
CASE = ["problem", "n", "mechanism", "rate", "mask"]
METRICS = ("energy", "crps", "brier", "misclassified", "rmse", "err_mean", "err_corr", "err_coef", "seconds")


def main(arguments: Sequence[str] | None = None) -> None:
    """Write results/summary.md, and the plots for the documentation."""
    del arguments
    PLOTS.mkdir(exist_ok=True)
    parts = ["# Imputation: what was measured", _provenance()]
    for name, section in SECTIONS.items():
        path = RESULTS / f"{name}.csv"
        if path.exists():
            parts.append(section(pd.read_csv(path)))
    text = "\n\n".join(parts) + "\n"
    (RESULTS / "summary.md").write_text(text)
    print(text)


def markdown(table: pd.DataFrame) -> str:
    """A frame as a markdown table, three significant figures."""

    def shown(value: object) -> str:
        if isinstance(value, float):
            return "" if np.isnan(value) else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
        return str(value)

    rows = [list(map(str, table.columns)), ["---"] * table.shape[1]]
    rows += [[shown(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def ratios(table: pd.DataFrame, standard: str = STANDARD) -> pd.DataFrame:
    """Each rival against the standard on the cases both finished: share of cases won, geometric mean of the ratio."""
    rows = []
    reference = table[table["rival"] == standard]
    for rival, part in table.groupby("rival", sort=False):
        both = part.merge(reference, on=CASE, suffixes=("", "_standard"))
        row: dict[str, object] = {"rival": rival, "cases": int(both["energy"].notna().sum())}
        row["energy no worse"] = float((both["energy"] <= both["energy_standard"]).mean()) if len(both) else np.nan
        for metric in METRICS:
            ratio = (both[metric] / both[f"{metric}_standard"]).replace([0, np.inf], np.nan).dropna()
            row[f"{metric} ÷"] = float(np.exp(np.log(ratio).mean())) if len(ratio) else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def _imputation(table: pd.DataFrame) -> str:
    failed = table[table["failed"].fillna("").astype(bool)] if "failed" in table else table.iloc[:0]
    good = table.drop(failed.index)
    _plot_ratios(good)
    wide = good.pivot_table(index=CASE, columns="rival", values="energy", sort=False).reset_index()
    text = [
        "## Distribution",
        f"Against {STANDARD}, geometric means of ratios over the cases that both finished (below 1 is better); "
        "energy distance, CRPS and Brier are of draws, RMSE is of the mean of the draws and rewards not drawing.",
        markdown(ratios(good)),
        "![Energy distance, CRPS, Brier and seconds against mice-cart](../../docs/measured/imputation.png)",
        "### Energy distance × 1,000, every case (n = 0: all complete rows)",
        markdown(wide),
    ]
    if len(failed):
        counts = failed.groupby("rival").size().to_dict()
        text.append("Failed: " + ", ".join(f"{rival} on {count} cases" for rival, count in counts.items()) + ".")
    return "\n\n".join(text)


def _plot_ratios(table: pd.DataFrame) -> None:
    if STANDARD not in set(table["rival"]):
        return
    reference = table[table["rival"] == STANDARD]
    rivals = [rival for rival in table["rival"].unique() if rival != STANDARD]
    figure, axes = plt.subplots(1, 4, figsize=(13, 0.45 * len(rivals) + 1.6), sharey=True)
    for axis, metric in zip(axes, ("energy", "crps", "brier", "seconds"), strict=True):
        for height, rival in enumerate(rivals):
            both = table[table["rival"] == rival].merge(reference, on=CASE, suffixes=("", "_s"))
            ratio = (both[metric] / both[f"{metric}_s"]).dropna()
            ratio = ratio[ratio > 0]
            colour = "#b03a2e" if rival == OURS else "#566573"
            axis.plot(ratio, np.full(len(ratio), height), "o", color=colour, alpha=0.5, markersize=4)
            if len(ratio):
                axis.plot(np.exp(np.log(ratio).mean()), height, "|", color="black", markersize=16, mew=2)
        axis.axvline(1, color="black", linewidth=0.7)
        axis.set(xscale="log", title=metric, xlabel=f"÷ {STANDARD}")
        axis.xaxis.set_minor_formatter(NullFormatter())
    axes[0].set_yticks(range(len(rivals)), rivals)
    figure.tight_layout()
    figure.savefig(PLOTS / "imputation.png", dpi=130)
    plt.close(figure)


def _plot_coverage(single: pd.DataFrame) -> None:
    designs = list(single["design"].unique())
    figure, axes = plt.subplots(1, len(designs), figsize=(2.1 * len(designs) + 1, 3.4), sharey=True, squeeze=False)
    for axis, design in zip(axes[0], designs, strict=True):
        part = single[single["design"] == design]
        for place, (rival, found) in enumerate(part.groupby("rival", sort=False)):
            spread = np.linspace(-0.25, 0.25, len(found)) if len(found) > 1 else np.zeros(1)
            colour = "#b03a2e" if rival == OURS else "#566573"
            axis.plot(place + spread, found["coverage"], "o", color=colour, alpha=0.5, markersize=3)
            axis.plot(place, found["coverage"].mean(), "_", color="black", markersize=18, mew=2)
        axis.axhline(0.95, color="black", linewidth=0.7)
        axis.set_xticks(range(part["rival"].nunique()), part["rival"].unique(), rotation=90)
        axis.set_title(design, fontsize=9)
    axes[0][0].set_ylabel("coverage of 95 % intervals")
    figure.tight_layout()
    figure.savefig(PLOTS / "coverage.png", dpi=130)
    plt.close(figure)


def _coverage(table: pd.DataFrame) -> str:
    averages = table[table["kind"] == "average"].copy()
    averages["estimands"] = averages["estimand"].str.removeprefix("average ")
    columns = ["design", "rival", "estimands", "repeats", "coverage", "mc_error", "worst", "width_over_rmse"]
    single = table[table["kind"] != "average"]
    _plot_coverage(single)
    low = single[(single["rival"] == OURS) & (single["coverage"] < 0.85)]
    standard = single[single["rival"] == STANDARD].set_index(["design", "estimand"])["coverage"]
    held = [(r.design, r.estimand) for r in low.itertuples() if standard.get((r.design, r.estimand), 0) >= 0.85]
    return "\n\n".join(
        [
            "## Coverage of 95 % intervals under repeated sampling",
            "Width over rmse: 1 is right, below 1 too narrow. `complete` is the sample before holes.",
            markdown(averages[columns]),
            "![Coverage of every estimand; the bar is the average](../../docs/measured/coverage.png)",
            f"Estimands below .85 with {OURS} where {STANDARD} is at or above it: "
            + (", ".join(f"{design} {name}" for design, name in held) or "none")
            + ".",
        ]
    )


def _grape(table: pd.DataFrame) -> str:
    wide = table.pivot_table(index=["set", "grape"], columns="rival", values="mae", sort=False).reset_index()
    return (
        "## GRAPE's table (mean absolute error, 30 % MCAR, [0, 1])\n\n"
        "naval and protein, the other two of its nine sets, are not in our data.\n\n" + markdown(wide)
    )


def _lall_robinson(table: pd.DataFrame) -> str:
    columns = [
        "columns_hit",
        "rival",
        "rmse",
        "wrong",
        "draw_rmse",
        "draw_wrong",
        "midas_rmse",
        "midas_wrong",
        "seconds",
    ]
    return (
        "## Adult as in Lall and Robinson (2022), MCAR\n\n"
        "rmse, wrong: conditional mean and most probable level. midas_*: read off the published figure.\n\n"
        + markdown(table[columns])
    )


def _speed(table: pd.DataFrame) -> str:
    columns = ["problem", "rival", "rows", "columns", "m", "seconds", "warm_seconds", "peak_mib", "crps", "brier"]
    return (
        "## Seconds and memory\n\n"
        "seconds: first call in a fresh process, compilation counted, imports not; warm_seconds: further calls.\n\n"
        + markdown(table[[name for name in columns if name in table]])
    )


def _provenance() -> str:
    tables = [pd.read_csv(path) for path in sorted(RESULTS.glob("*.csv"))]
    seen = [table[["machine", "commit"]].drop_duplicates() for table in tables if "commit" in table]
    if not seen:
        return "Nothing measured yet."
    facts = pd.concat(seen)
    return (
        f"Machine: {'; '.join(facts['machine'].unique())}. Commits: {', '.join(facts['commit'].astype(str).unique())}."
    )


SECTIONS: dict[str, Callable[[pd.DataFrame], str]] = {
    "imputation": _imputation,
    "coverage": _coverage,
    "grape": _grape,
    "lall_robinson": _lall_robinson,
    "speed": _speed,
}

if __name__ == "__main__":
    main()
