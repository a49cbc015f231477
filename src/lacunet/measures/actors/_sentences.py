"""What is said of a panel."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.embedding.text import Corpus
from lacunet.errors import list_some, warn_user
from lacunet.measures._variables import note_lone_clusters, note_written_numbers
from lacunet.measures._works import KHODAK_2018, cite
from lacunet.measures.actors._fit import Fit
from lacunet.measures.contexts import Terms
from lacunet.report._words import count, join, percent

WORKS = (
    "Bellodi, L. (2022). A dynamic measure of bureaucratic reputation: New data for new theory. American Journal of "
    "Political Science. https://doi.org/10.1111/ajps.12695",
    KHODAK_2018,
    "Smyth, G. K. (2004). Linear models and empirical Bayes methods for assessing differential expression in "
    "microarray experiments. Statistical Applications in Genetics and Molecular Biology, 3(1), 3.",
)
WEAK = 2.0
"""Standard errors above zero below which the length of an actor's vectors is not well known."""


def works_to_cite(axis: Any) -> str:
    """Works behind a panel with the software, one a line."""
    own = [line for line in axis.cite().splitlines() if "lacunet" not in line]
    return cite(*WORKS, *own)


def describe_panel(table: pd.DataFrame, n_actors: int, within: str, n_fits: int) -> tuple[str, ...]:
    """How large a panel is and how sure its scores are."""
    scored = table[table["std_error"].notna()]
    mentions, fits = int(table["n_mentions"].sum()), f", in {n_fits} fits" if n_fits > 1 else ""
    first = (
        f"{count(n_actors, 'actor')} in {count(len(table), 'cell')}{within}: {count(mentions, 'mention')}{fits}, "
        f"{table['n_mentions'].median():.0f} in the median cell."
    )
    if scored.empty:
        return (first, "No cell has a score with a standard error.")
    low, middle, high = scored["score"].quantile([0.1, 0.5, 0.9])
    kept = float((scored["cosine"] @ scored["score"]) / (scored["score"] @ scored["score"]))
    return (
        first,
        f"Scores (noise-corrected cosines with the axis): median {middle:.3f}, 80 % from {low:.3f} to {high:.3f}; "
        f"median standard error {scored['std_error'].median():.3f}.",
        f"Cosines without correction for noise are {kept:.2f} times as large: less where mentions are fewer.",
    )


def collect_notes(
    terms: Terms, fits: Sequence[Fit], how: Sequence[str], by: Sequence[str], cluster: str | None
) -> tuple[str, ...]:
    """What to know before reporting; what concerns single cells or actors is also warned of."""
    fit, unit = fits[0], "document" if cluster is None else f"cluster of {cluster!r}"
    several = [
        *_note_absent(terms, fit.n_found > 0),
        *_note_undetermined(terms, fit.strength, fit.n_mentions),
        *_note_small(fit, unit),
    ]
    for note in several:
        warn_user(note)
    outside = (
        f"{count(fit.n_outside, 'mention')} in documents without a value of {join(list(by))} left out."
        if fit.n_outside
        else ""
    )
    bare = f"{count(fit.n_bare, 'mention')} without a known word around left out." if fit.n_bare else ""
    return (*how, *several, *_note_nested(terms), *filter(None, (outside, bare)), *_note_likeness(fit, unit))


def note_variables(corpus: Corpus, by: Sequence[str], cluster: str | None) -> list[str]:
    """What is to be known of the variables behind cells and clusters; numbers written as text are also warned of."""
    if corpus.variables is None:
        return []
    written = note_written_numbers(corpus.variables, by)
    for note in written:
        warn_user(note)
    return [*written, *note_lone_clusters(corpus.variables, cluster, np.arange(corpus.n_documents))]


def _note_likeness(fit: Fit, unit: str) -> list[str]:
    """How alike mentions of one document are, where one has two and a cell has two documents: else nothing tells."""
    has_two = fit.n_mentions.sum() > fit.n_clusters.sum()
    if not has_two or not (fit.n_clusters > 1).any():
        return []
    return [f"Mentions of one {unit} correlate at {fit.alike:.2f} beyond their cell."]


def _note_absent(terms: Terms, is_there: Any) -> list[str]:
    absent = [name for name, there in zip(terms.names, is_there, strict=True) if not there]
    if not absent:
        return []
    return [
        f"{len(absent)} of {len(terms.names)} actors {'is' if len(absent) == 1 else 'are'} never mentioned: "
        f"{list_some(absent)}. Check their spellings against corpus.report() (most texts are read in lower case)."
    ]


def _note_undetermined(terms: Terms, strength: Floats, n_mentions: Any) -> list[str]:
    per_actor = n_mentions.reshape(len(terms.names), -1).sum(axis=1)
    none = [n for n, s, m in zip(terms.names, strength, per_actor, strict=True) if m and np.isnan(s)]
    weak = [n for n, s in zip(terms.names, strength, strict=True) if s < WEAK]
    notes = []
    if none:
        notes.append(
            f"No score for {list_some(none)}: with so few mentions the mean vector cannot be told from noise. Join "
            "periods, or leave such actors out."
        )
    if weak:
        notes.append(
            f"The length of the vectors of {list_some(weak)} is hardly known (below {WEAK:g} standard errors), so that "
            "all scores of an actor may be too large or too small by one factor."
        )
    return notes


def _note_small(fit: Fit, unit: str) -> list[str]:
    has = fit.n_mentions > 0
    alone = int((fit.n_clusters[has] == 1).sum())
    if not alone:
        return []
    return [
        f"{alone:,} of {count(int(has.sum()), 'cell')} ({percent(alone / has.sum())}) rest on one {unit}. Standard "
        "errors there come from the scatter in other cells. Coarser cells say more of their own."
    ]


def _note_nested(terms: Terms) -> list[str]:
    """Spellings that stand inside a longer one of another actor."""
    every = [
        (name, spelling.split()) for name, some in zip(terms.names, terms.spellings, strict=True) for spelling in some
    ]
    found = [
        f"{' '.join(short)!r} ({one}) in {' '.join(long)!r} ({other})"
        for one, short in every
        for other, long in every
        if one != other and len(short) < len(long) and _holds(long, short)
    ]
    if not found:
        return []
    return [f"A mention counts for the longest spelling only: {list_some(found)}."]


def _holds(long: list[str], short: list[str]) -> bool:
    return any(long[k : k + len(short)] == short for k in range(len(long) - len(short) + 1))
