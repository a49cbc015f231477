"""Where others do better than we: single estimands and whole designs, with a word on whether chance explains it."""

import numpy as np
import pandas as pd

OURS = "lacunet"
MICE = ("mice-pmm", "mice-cart")
RIVALS = ("listwise", *MICE, "amelia", "midas2", "midas2-scaled")
NOMINAL, LOW = 0.95, 0.90
NARROWER = 0.99
"""A rival's intervals count as narrower below this ratio: a hundredth is nothing to choose by."""


def lost_cells(table: pd.DataFrame) -> pd.DataFrame:
    """Estimands whose coverage is below .90 with lacunet and not with the better of the two mice.

    ``sure`` where the difference is more than twice its Monte Carlo error (samples are the same for both, so that
    the error, added as if they were not, is rather too large).
    """
    single = table[table["kind"] != "average"].set_index(["rival", "design", "estimand"])
    rows = []
    for (design, estimand), ours in _of(single, OURS).iterrows():
        theirs = single[single.index.isin([(name, design, estimand) for name in MICE])]
        if ours["coverage"] >= LOW or theirs.empty or theirs["coverage"].max() < LOW:
            continue
        best = theirs["coverage"].idxmax()
        them = theirs.loc[best]
        error = np.hypot(_judged_error(ours), _judged_error(them))
        rows.append(
            {
                "design": design,
                "estimand": estimand,
                "rival": best[0],
                "ours": ours["coverage"],
                "ours_mc": ours["coverage_mc"],
                "theirs": them["coverage"],
                "theirs_mc": them["coverage_mc"],
                "sure": bool(them["coverage"] - ours["coverage"] > 2 * error),
            }
        )
    return pd.DataFrame(rows)


def lost_designs(table: pd.DataFrame) -> pd.DataFrame:
    """Designs in which a rival's average coverage falls less short of .95, or is equal with narrower intervals."""
    averages = table[table["estimand"] == "average all"].set_index(["rival", "design"])
    rows = []
    for design, ours in _of(averages, OURS).iterrows():
        part = table[table["design"] == design]
        for rival in RIVALS:
            if (rival, design) not in averages.index:
                continue
            them = averages.loc[(rival, design)]
            width = relative_width(part, rival, OURS)
            error = float(np.hypot(_error_of_average(part, OURS, ours), _error_of_average(part, rival, them)))
            if verdict := _verdict(ours["coverage"], them["coverage"], error, width):
                row = {"design": design, "rival": rival, "what": verdict[0], "sure": verdict[1], "width": width}
                row |= {"ours": ours["coverage"], "ours_mc": ours["mc_error"]}
                rows.append(row | {"theirs": them["coverage"], "theirs_mc": them["mc_error"]})
    return pd.DataFrame(rows)


def relative_width(part: pd.DataFrame, method: str, reference: str) -> float:
    """Widths over another method's in one design: geometric mean over estimands of ratios of medians."""
    widths = part[part["kind"] != "average"].pivot_table(index="estimand", columns="rival", values="width_median")
    if method not in widths or reference not in widths:
        return float("nan")
    ratio = (widths[method] / widths[reference]).dropna()
    ratio = ratio[(ratio > 0) & np.isfinite(ratio)]
    return float(np.exp(np.log(ratio).mean())) if len(ratio) else float("nan")


def _verdict(ours: float, them: float, error: float, width: float) -> tuple[str, bool] | None:
    """What a rival does better ("coverage", "width"), and whether by more than chance explains; None if nothing."""
    gap = max(0.0, NOMINAL - ours) - max(0.0, NOMINAL - them)
    narrower = width < NARROWER and gap > -2 * error
    if gap > 0:
        return ("coverage and width" if narrower else "coverage"), gap > 2 * error
    if narrower:
        return "width", gap > -error
    return None


def _error_of_average(part: pd.DataFrame, rival: str, average: pd.Series) -> float:
    """Monte Carlo error of an average coverage, and not 0 where few samples happen to agree."""
    n_estimands = ((part["rival"] == rival) & (part["kind"] != "average")).sum()
    floor = _judged_error(average) / max(n_estimands, 1) ** 0.5
    return max(floor, float(np.nan_to_num(average["mc_error"])))


def _judged_error(row: pd.Series) -> float:
    """Error of a coverage with two samples added on either side, so that 1 of 1 is not taken for certain."""
    n = row["repeats"] + 4
    share = (row["coverage"] * row["repeats"] + 2) / n
    return float((share * (1 - share) / n) ** 0.5)


def _of(frame: pd.DataFrame, rival: str) -> pd.DataFrame:
    return frame.loc[rival] if rival in frame.index.get_level_values(0) else frame.iloc[:0].droplevel(0)
