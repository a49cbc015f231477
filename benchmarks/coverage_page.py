"""From benchmarks/results/coverage.csv to docs/does-it-work.md and its plot: ``python -m benchmarks.coverage_page``.

Every number and every sentence about who does better is made from the rows that are there, so that the page is true
whatever part of the study was run.
"""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from scipy.stats import binom

from benchmarks.coverage import USUAL_METHODS, usual_pairs
from benchmarks.coverage_designs import DESIGNS
from benchmarks.coverage_lost import LOW, NOMINAL, OURS, lost_cells, lost_designs, relative_width
from benchmarks.coverage_methods import METHODS
from benchmarks.records import RESULTS, ROOT

mpl.use("Agg")
from matplotlib import pyplot as plt

PAGE = ROOT / "docs" / "does-it-work.md"
PLOT = ROOT / "docs" / "measured" / "does-it-work.png"
ROUNDING = 1e-9
EDGE = 0.5
"""Left edge of the plot's panels; what covers less is drawn there."""
COLUMNS = ("method", "samples", "failed", "average coverage", "lowest", "bias, %", "width", "seconds")

INTRODUCTION = """# Does it work?

An interval that says 95 % should hold the truth in 95 of 100 studies. So studies are made again and again: a sample is
drawn from a process or a large table whose truth is known, cells are hidden, the holes are imputed, the analysis is run
on every completed table and pooled by Rubin's rules, and we look whether the interval holds the truth. All methods get
the same samples with the same holes. `make coverage` runs the study and writes this page; no
number or comparison on it is typed by hand.
"""

READING = """How to read the tables:

- **average coverage**: share of samples whose interval holds the truth, averaged over the estimands (means, shares and
  regression coefficients); **lowest** is the estimand where it is lowest. Aim: .95. In brackets everywhere: the Monte
  Carlo standard error, what chance alone does to a figure from so few samples. Two figures closer than twice their
  errors together are not told apart here; (.000) means that the few samples agree, not that nothing is left to chance;
  a *lowest* of many estimands is low by chance too.
- **bias, %**: distance of the average estimate from the truth in per cent of the truth, median over the estimands,
  without sign. A method without bias shows about two thirds of its bracket.
- **width**: of the intervals, divided by that of the complete data before anything was hidden (medians over samples,
  geometric mean over estimands). Narrower is better only where coverage is as good.
- **seconds**: median per data set (all imputations), imports, start-up and files not counted; other work may have run
  on the other core.
- **complete data** is what nobody can have; **listwise deletion** is each analysis on the rows that have all it uses.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write docs/does-it-work.md and its plot."""
    del arguments
    table = read_results()
    plot(table)
    PAGE.write_text(build_page(table), encoding="utf-8")


def read_results() -> pd.DataFrame:
    """Give the rows of results/coverage.csv."""
    return pd.read_csv(RESULTS / "coverage.csv", dtype={"drawn_by": str, "rival_version": str, "commit": str})


def build_page(table: pd.DataFrame) -> str:
    """The page as text, from the rows of coverage.csv."""
    table = table[table["rival"].isin(METHODS)]
    parts = [INTRODUCTION.strip(), _how_much(table), READING.strip(), _picture(), _headline(table)]
    parts += [_where_we_lose(table)]
    parts += ["## Design by design", *(_design_section(table, design) for design in _designs(table))]
    parts += [_not_run(table), _made(table)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _designs(table: pd.DataFrame) -> list[str]:
    there = set(table["design"])
    return [name for name in DESIGNS if name in there] + sorted(there - set(DESIGNS))


def _averages(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["estimand"] == "average all"]


def _how_much(table: pd.DataFrame) -> str:
    averages = _averages(table)
    averages = averages[averages["repeats"] > 0]
    if averages.empty:
        return "Nothing has been run yet."
    low, high = int(averages["repeats"].min()), int(averages["repeats"].max())
    samples = f"{low}" if low == high else f"between {low} and {high}"
    strays = [_number((NOMINAL * (1 - NOMINAL) / n) ** 0.5) for n in (low, high)]
    return (
        f"So far: {averages['design'].nunique()} designs, {averages['rival'].nunique()} methods, {samples} samples for "
        f"each pair of them. With {low} samples the coverage of one estimand whose interval is right still strays by "
        f"{strays[0]} (one standard error) from .95, with {high} by "
        f"{strays[1]}."
    )


def _picture() -> str:
    return "![Coverage of every estimand by design and method; the bar is the average](measured/does-it-work.png)"


def _headline(table: pd.DataFrame) -> str:
    ours = table[(table["rival"] == OURS) & (table["kind"] != "average")]
    if ours.empty:
        return "lacunet itself has not been run yet."
    held = int((ours["coverage"] >= LOW).sum())
    chance = binom.cdf(np.ceil(LOW * ours["repeats"] - ROUNDING) - 1, ours["repeats"], NOMINAL).sum()
    averages = _averages(table[table["rival"] == OURS])
    return (
        f"**lacunet** over {averages['design'].nunique()} designs: average coverage from "
        f"{_number(averages['coverage'].min())} to {_number(averages['coverage'].max())}; {held} of {len(ours)} "
        f"estimands at or above {_number(LOW, 2)} (with every interval right, chance alone would leave about "
        f"{len(ours) - chance:.0f} there). It failed on {int(averages['failures'].sum())} of "
        f"{int((averages['repeats'] + averages['failures']).sum())} samples."
    )


def _where_we_lose(table: pd.DataFrame) -> str:
    parts = ["## Where we lose"]
    if OURS not in set(table["rival"]):
        return "\n\n".join([*parts, "Nothing can be said before lacunet has been run."])
    cells, designs = lost_cells(table), lost_designs(table)
    if cells.empty:
        parts.append(f"No estimand is below {_number(LOW, 2)} with lacunet and at or above it with mice.")
    else:
        sure = int(cells["sure"].sum())
        parts.append(
            f"Below {_number(LOW, 2)} with lacunet, not with mice: {len(cells)} estimands, {sure} of them by more than "
            "twice the Monte Carlo error of the difference."
        )
        rows = [
            [c.design, c.estimand, _with_error(c.ours, c.ours_mc), _label(c.rival), _with_error(c.theirs, c.theirs_mc)]
            + ["yes" if c.sure else "no"]
            for c in cells.itertuples()
        ]
        parts.append(
            _markdown(["design", "estimand", "lacunet", "better of two mice", "its coverage", "beyond error"], rows)
        )
    if designs.empty:
        parts.append("In no design has a rival a coverage nearer to .95, or narrower intervals at the same coverage.")
    else:
        sure = int(designs["sure"].sum())
        parts.append(
            "A rival's average coverage falls less short of .95, or its intervals are more than 1 % narrower while the "
            f"coverages cannot be told apart: {len(designs)} cases, {sure} of them beyond Monte Carlo error (for "
            "widths: at a coverage within one error of ours or better)."
        )
        rows = [
            [d.design, _label(d.rival), d.what, _with_error(d.ours, d.ours_mc), _with_error(d.theirs, d.theirs_mc)]
            + [_number(d.width, 3) if np.isfinite(d.width) else "–", "yes" if d.sure else "no"]
            for d in designs.itertuples()
        ]
        header = ["design", "rival", "better in", "lacunet's coverage", "its coverage", "its width ÷ ours"]
        parts.append(_markdown([*header, "beyond error"], rows))
    absent = [name for name in _designs(table) if OURS not in set(table.loc[table["design"] == name, "rival"])]
    if absent:
        parts.append(f"Nothing can be said of {', '.join(absent)}: lacunet has not been run there.")
    return "\n\n".join(parts)


def _design_section(table: pd.DataFrame, design: str) -> str:
    part = table[table["design"] == design]
    rows = [_row(part, method) for method in METHODS if method in set(part["rival"])]
    text = [f"### {design}", f"{DESIGNS.get(design, 'The same process with another n')}.", _markdown(COLUMNS, rows)]
    failed = _averages(part)
    failed = failed[failed["failures"] > 0]
    text += [f"{_label(f.rival)} failed, for example: `{f.failed_how}`" for f in failed.itertuples()]
    return "\n\n".join(text)


def _row(part: pd.DataFrame, method: str) -> list[str]:
    average = _averages(part[part["rival"] == method]).iloc[0]
    single = part[(part["rival"] == method) & (part["kind"] != "average")]
    name = f"**{_label(method)}**" if method == OURS else _label(method)
    tried = int(average["repeats"] + average["failures"])
    if single.empty:
        return [name, "0", f"{int(average['failures'])} of {tried}", *["–"] * 5]
    lowest = single.loc[single["coverage"].idxmin()]
    bias, error = single["bias_percent"].abs().median(), single["bias_percent_mc"].median()
    return [
        name,
        str(int(average["repeats"])),
        f"{int(average['failures'])} of {tried}",
        _with_error(average["coverage"], average["mc_error"]),
        f"{_with_error(lowest['coverage'], lowest['coverage_mc'], 2)} {lowest['estimand']}",
        f"{bias:.2g} ({error:.2g})" if np.isfinite(bias) else "–",
        _number(relative_width(part, method, "complete"), 2),
        "–" if method in ("complete", "listwise") or np.isnan(average["seconds"]) else f"{average['seconds']:.2g}",
    ]


def _not_run(table: pd.DataFrame) -> str:
    there = set(zip(table["design"], table["rival"], strict=True))
    missing = [pair for pair in usual_pairs(DESIGNS, USUAL_METHODS.split(",")) if pair not in there]
    if not missing:
        return ""
    by_design: dict[str, list[str]] = {}
    for design, method in missing:
        by_design.setdefault(design, []).append(_label(method))
    begun = set(table["design"])
    lines = [
        f"- {design}: {', '.join(methods) if design in begun else 'every method'}"
        for design, methods in by_design.items()
    ]
    return "## Not run yet\n\n" + "\n".join(lines)


def _made(table: pd.DataFrame) -> str:
    lines = []
    for method, part in table.groupby("rival", sort=False):
        versions = " ".join(sorted(_words(part["rival_version"]))) or "–"
        commits = " ".join(sorted(_words(part["drawn_by"]))) or "–"
        lines.append([_label(str(method)), versions, commits, str(part["date"].max())])
    lines.sort(key=lambda line: line[0])
    machines = "; ".join(sorted(set(table["machine"].dropna())))
    return "\n\n".join(
        [
            "## How it was made",
            f"Machine: {machines}. Rows, with every estimand: `benchmarks/results/coverage.csv`. m = 5, in MAR-1 10. "
            "In adult and nist four columns at random stay observed and decide what is missing in the others. Truths "
            "are closed forms or the value in the whole table; errors of regressions are classical in the lines of the "
            "literature (fimd, mar1) and robust (HC1) elsewhere. Methods have their defaults; mice (predictive means) "
            "is given standardised numbers and midasverse-midas numbers scaled to 0-1, which neither does itself, and "
            "torch one thread, with which it is fastest here; Amelia is given a ridge prior of 1 % of the rows, and "
            "tables of numbers only.",
            _markdown(["method", "version", "samples drawn at commit", "last summarised"], lines),
        ]
    )


def _words(column: pd.Series) -> set[str]:
    return {word for text in column.dropna().astype(str) for word in text.split()}


def _label(method: str) -> str:
    return METHODS[method].label


def _number(value: float, digits: int = 3) -> str:
    """Without the zero before the point, as coverages are usually printed."""
    if not np.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0.") else text


def _with_error(value: float, error: float, digits: int = 3) -> str:
    return f"{_number(value, digits)} ({_number(error, digits)})" if np.isfinite(error) else _number(value, digits)


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([cell.replace("|", "/") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plot(table: pd.DataFrame) -> None:
    """A panel per design: a dot per estimand and a bar at the average, for every method."""
    single = table[(table["kind"] != "average") & table["rival"].isin(METHODS)]
    designs = _designs(single)
    methods = [name for name in METHODS if name in set(single["rival"])]
    n_columns = min(4, len(designs))
    n_rows = -(-len(designs) // n_columns)
    size = (3.0 * n_columns + 1.6, (0.24 * len(methods) + 0.75) * n_rows)
    figure, axes = plt.subplots(n_rows, n_columns, figsize=size, sharex=True, sharey=True, squeeze=False)
    for axis in axes.flat[len(designs) :]:
        axis.set_visible(False)
    for axis, design in zip(axes.flat, designs, strict=False):
        for height, method in enumerate(methods):
            found = single.loc[(single["design"] == design) & (single["rival"] == method), "coverage"].to_numpy()
            colour = "#b03a2e" if method == OURS else "#566573"
            shown = np.maximum(found, EDGE)
            axis.plot(shown, np.full(len(found), height), "o", color=colour, alpha=0.4, markersize=4)
            if len(found):
                axis.plot(max(found.mean(), EDGE), height, "|", color="black", markersize=13, mew=2)
        axis.axvline(NOMINAL, color="black", linewidth=0.7)
        axis.set_title(design, fontsize=9)
        axis.set_yticks(range(len(methods)), [_label(name) for name in methods], fontsize=8)
        axis.tick_params(axis="x", labelsize=8, labelbottom=True)
    axes[0][0].set(xlim=(EDGE - 0.02, 1.02), ylim=(len(methods) - 0.5, -0.5))
    figure.supxlabel("share of samples whose 95 % interval holds the truth (below .5 drawn at .5)", fontsize=9)
    figure.tight_layout()
    figure.savefig(PLOT, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
