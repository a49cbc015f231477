"""What was found, in a sentence or two, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from lacunet.diagnosis._compare import CLEAR, SERIOUS, SUSPICIOUS, judge_within
from lacunet.diagnosis._hidden import calibration_error
from lacunet.diagnosis._propensity import MAX_ROWS
from lacunet.diagnosis._stability import WANTED
from lacunet.diagnosis._training import RISE
from lacunet.report import _words

Severity = Literal["ok", "look", "act"]
HEAVY, VERY_HEAVY = 0.5, 0.8
LOW_OUTFLUX = 0.5
SOME_AUC, STRONG_AUC = 0.55, 0.70
SLACK = 0.02
"""Coverage beyond its margin, and calibration error beyond chance, that is not worth a word."""
WORST_SLACK, FAR_SLACK = 0.05, 0.10


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    topic
        What it is about; ``Diagnostics.table`` and ``Diagnostics.plot`` take the same word.
    severity
        "ok" (nothing to do), "look" (look at the plot and judge), "act" (do something before trusting the results).
    sentence
        What was found and what to do, in plain words.
    """

    topic: str
    severity: Severity
    sentence: str


def find_patterns(patterns: pd.DataFrame, n_missing: pd.Series) -> Finding:
    """Say how much is missing; ``n_missing`` is a share by name of variable."""
    if not (n_missing > 0).any():
        return Finding(topic="patterns", severity="ok", sentence="Nothing is missing, so there is nothing to doubt.")
    complete = float(patterns.loc[patterns["n_missing"] == 0, "share"].sum())
    worst = str(n_missing.idxmax())
    share = float(n_missing.max())
    words = (
        f"{_words.percent(complete)} of the rows are complete; {worst} is missing most often "
        f"({_words.percent(share)} of rows)."
    )
    heavy = n_missing[n_missing >= HEAVY].index.tolist()
    if not heavy:
        return Finding(topic="patterns", severity="ok", sentence=words)
    advice = (
        f" More than half is missing in {_names(heavy)}: what is said of {_it(heavy)} rests on the model more than on "
        "the data. Report results with and without, and try a sensitivity analysis."
    )
    return Finding(topic="patterns", severity="act" if share >= VERY_HEAVY else "look", sentence=words + advice)


def find_flux(flux: pd.DataFrame) -> Finding:
    """Say which variables hardly help to impute the others."""
    low = flux.loc[flux["outflux"] < LOW_OUTFLUX, "variable"].tolist()
    if not low or not (flux["pobs"] < 1).any():
        words = "Every variable is known often enough where others are missing to help to impute them."
        return Finding(topic="flux", severity="ok", sentence=words)
    is_one = len(low) == 1
    words = (
        f"{_names(low)} {'is' if is_one else 'are'} seldom known where others are missing (outflux below "
        f"{LOW_OUTFLUX:g}), and so {'helps' if is_one else 'help'} little to impute them. Keep {_it(low)} if the "
        f"analysis needs {_it(low)}; leaving {_it(low)} out may cost nothing otherwise."
    )
    return Finding(topic="flux", severity="look", sentence=words)


def find_predictors(table: pd.DataFrame, n_incomplete: int) -> Finding:
    """Say what the data show of the mechanism, and what they cannot show."""
    caveat = (
        "Whether missing values differ in a way that nothing in the data shows, no data can say: shift them "
        "(sensitivity analysis) before resting a claim on them."
    )
    if n_incomplete > len(table):
        caveat += (
            f" {_words.count(len(table))} of {_words.count(n_incomplete, 'variable')} with missing cells were asked."
        )
    if (table["n_rows"] >= 2 * MAX_ROWS).any():
        caveat += f" At most {MAX_ROWS:,} rows of either kind were used for each."
    clear = table[(table["auc"] - 0.5 > CLEAR * table["auc_error"]) & (table["auc"] > SOME_AUC)]
    if not len(clear):
        words = "Nothing in the data predicts which values are missing; as far as they show, it is chance (MCAR). "
        return Finding(topic="predictors", severity="ok", sentence=words + caveat)
    top = clear.sort_values("auc", ascending=False)
    shown = [f"{row.variable} (AUC {row.auc:.2f}, by {row.strongest})" for row in top.head(3).itertuples()]
    more = f" and {len(top) - 3} more" if len(top) > 3 else ""
    words = (
        f"Other variables predict where values are missing in {_words.join(shown)}{more}. Missing completely at random "
        "is thus refuted; keep these predictors in the imputation model, and do not analyse complete rows alone. "
    )
    strong = bool((top["auc"] >= STRONG_AUC).any())
    return Finding(topic="predictors", severity="look" if strong else "ok", sentence=words + caveat)


def find_differences(table: pd.DataFrame) -> Finding:
    """Say whether imputed values differ from observed ones of rows that were equally likely to be missing."""
    judged = table[table["n_strata"] > 0]
    if not len(judged):
        words = "No variable has enough imputed cells to be compared within rows equally likely to be missing."
        return Finding(topic="distributions", severity="ok", sentence=words)
    raw = int((judged["std_diff"].abs() >= SUSPICIOUS).sum())
    size = np.abs(judge_within(judged))
    order = np.argsort(-size, kind="stable")
    suspicious = [at for at in order.tolist() if size[at] >= SUSPICIOUS]
    start = f"In none of {_words.count(len(judged), 'variable')} do imputed and observed differ much as a whole. "
    if raw:
        start = (
            f"Imputed and observed differ by {SUSPICIOUS:g} standard deviations or more in {raw} of "
            f"{_words.count(len(judged), 'variable')}, which is to be expected when values are not missing by chance. "
        )
    if not suspicious:
        words = "Among rows equally likely to be missing, no clear difference remains."
        return Finding(topic="strata", severity="ok", sentence=start + words)
    shown = [_difference(judged.iloc[at]) for at in suspicious[:3]]
    more = f" and {len(suspicious) - 3} more" if len(suspicious) > 3 else ""
    words = (
        f"Among rows equally likely to be missing, though, {_words.join(shown)}{more} "
        f"{'still differs' if len(suspicious) == 1 else 'still differ'}. That is suspicious: look at the plot of "
        f"{'it' if len(suspicious) == 1 else 'each'}, and at kind and codes; add to the data what the model may lack."
    )
    is_serious = bool(size.max() >= SERIOUS)
    return Finding(topic="strata", severity="act" if is_serious else "look", sentence=start + words)


def _difference(row: pd.Series) -> str:
    level = f" at '{row['level']}'" if row["level"] else ""
    return f"{row['variable']}{level} ({row['std_diff_within']:+.2f} sd)"


def find_coverage(table: pd.DataFrame, m: int) -> Finding | None:
    """Say whether intervals cover as often as they say; None where no number was hidden."""
    at = table[table["nominal"] == 0.90]
    if not len(at):
        return None
    every = at.iloc[0]
    short = at.iloc[1:][at.iloc[1:]["covered"] < at.iloc[1:]["margin_low"] - WORST_SLACK]
    start = (
        f"Of {_words.count(int(every['n_hidden']), 'hidden number')}, intervals meant to hold 90% held "
        f"{_words.percent(float(every['covered']))} (chance allows {_words.percent(float(every['margin_low']))} to "
        f"{_words.percent(float(every['margin_high']))}; adjusted for m = {m})."
    )
    low = float(every["margin_low"] - every["covered"])
    if low > SLACK or len(short):
        worst = short.sort_values("covered").head(3)
        shown = [f"{row.variable} ({_words.percent(row.covered)})" for row in worst.itertuples()]
        names = f"{', most in ' if low > SLACK else ' in '}{_words.join(shown)}" if shown else ""
        words = f"{start} Imputations are too sure of themselves{names}: standard errors may be too small."
        advice = " Look at the plot; check kinds and codes, and try another engine or more rows."
        return Finding(topic="overimputation", severity="act" if low > FAR_SLACK else "look", sentence=words + advice)
    if every["covered"] - every["margin_high"] > SLACK:
        words = f"{start} Imputations are more spread out than needed: safe, but less precise than they could be."
        return Finding(topic="overimputation", severity="look", sentence=words)
    return Finding(topic="overimputation", severity="ok", sentence=f"{start} They say what they do not know.")


def find_calibration(table: pd.DataFrame, n_cells: int) -> Finding | None:
    """Say whether shares of levels among the draws are probabilities; None where no category was hidden."""
    if not n_cells:
        return None
    error, chance = calibration_error(table, n_cells)
    start = (
        f"Of {_words.count(n_cells, 'hidden category', 'hidden categories')}, the draws put {_words.percent(error)} of "
        f"the probability at wrong levels ({_words.percent(chance)} by chance alone)."
    )
    if error <= 2 * chance + SLACK:
        return Finding(
            topic="calibration", severity="ok", sentence=f"{start} Shares among draws can be read as chances."
        )
    advice = " Look at the plot: below the line, draws are too sure of a level; above it, not sure enough."
    severity: Severity = "act" if error > 2 * chance + FAR_SLACK else "look"
    return Finding(topic="calibration", severity=severity, sentence=start + advice)


def find_stability(table: pd.DataFrame, m: int) -> Finding | None:
    """Say whether m is large enough for the means; None where that cannot be asked."""
    if not len(table):
        return None
    worst = table.loc[table["mc_share"].idxmax()]
    share = float(worst["mc_share"])
    start = (
        f"With m = {m}, chance in the draws makes up at most {_words.percent(share)} of the standard error of a mean "
        f"({worst['variable']})."
    )
    if share <= WANTED:
        words = f"{start} That is enough for means; look at the fraction of missing information of your own model too."
        return Finding(topic="stability", severity="ok", sentence=words)
    needed = int(worst["m_needed"])
    words = (
        f"{start} About m = {needed} would bring it below {WANTED:.0%}: impute {max(needed - m, 1)} more (`extend`)."
    )
    return Finding(topic="stability", severity="act" if share > 2.5 * WANTED else "look", sentence=words)


def find_loss(stopping: pd.DataFrame) -> Finding | None:
    """Say whether training stopped where it should; None where no held-out loss was kept."""
    if not len(stopping):
        return None
    fell = stopping["first"] - stopping["lowest"]
    if not (fell > 0).all():
        words = (
            "The loss on held-out cells never fell: the network learned nothing that helps with cells it has not seen. "
            "Compare it with the linear engine, or check that the variables have anything to do with one another."
        )
        return Finding(topic="loss", severity="act", sentence=words)
    falling = (stopping["lowest_at"] >= stopping["last_at"]) & (stopping["n_checks"] > 1)
    first, last = float(stopping["first"].mean()), float(stopping["lowest"].mean())
    start = f"The loss on held-out cells fell from {_words.number(first)} to {_words.number(last)}"
    if falling.all():
        words = f"{start} and was lowest at the last check. Training may have stopped early: try more epochs."
        return Finding(topic="loss", severity="look", sentence=words)
    rise = float(stopping["rise"].max())
    if rise > RISE:
        words = (
            f"{start}, and then rose by {_words.percent(rise)} of that fall: the network began to learn the rows by "
            "heart. See that the weights of the lowest point were kept, or use fewer epochs or more dropout."
        )
        return Finding(topic="loss", severity="look", sentence=words)
    return Finding(topic="loss", severity="ok", sentence=f"{start} and had levelled off when training stopped.")


def _names(names: Sequence[str]) -> str:
    shown = list(names[:4])
    return _words.join(shown) if len(names) <= 4 else f"{', '.join(shown)} and {len(names) - 4} more"


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
