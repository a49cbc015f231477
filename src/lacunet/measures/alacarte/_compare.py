"""From a question about groups and words to estimates, standard errors and p-values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count
from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.errors import SpecError, warn_user
from lacunet.measures.alacarte._cells import Cells
from lacunet.measures.alacarte._comparison import Comparison
from lacunet.measures.alacarte._cosines import (
    Clusters,
    Direction,
    clusters_of,
    cosines_with,
    draw_alone,
    draw_pair,
    errors_of,
    find_direction,
    p_values,
    replicate,
    shuffle_labels,
)
from lacunet.measures.uncertainty import bootstrap_errors

MOST_LOST = 0.05
"""Share of resamples that may have no ratio before its standard error is given up."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """What all comparisons of one carte share.

    Attributes
    ----------
    spaces
        The fits.
    names, targets
        Name and target of every group.
    cells
        Mentions added up.
    corrected, n_boot, n_permutations, seed
        As the user said.
    """

    spaces: tuple[Embeddings, ...]
    names: tuple[str, ...]
    targets: tuple[str, ...]
    cells: Cells
    corrected: bool
    n_boot: int
    n_permutations: int
    seed: int
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.corrected, bool):
            raise SpecError(f"corrected={self.corrected!r} is neither True nor False. Say one of them.")
        check_count(self.n_boot, "n_boot", 2)
        check_count(self.n_permutations, "n_permutations", 0)

    def directions(self, group: int) -> tuple[Clusters, tuple[Direction, ...]]:
        """The clusters of a group, and its direction in each space."""
        own = clusters_of(self.cells, group)
        return own, tuple(find_direction(own.n, sums, self.corrected) for sums in own.sums)

    def units(self, words: Sequence[str]) -> tuple[Floats, ...]:
        """Vectors of words at length 1 in each space."""
        return tuple(space.units(space.rows(words)) for space in self.spaces)

    def note(self, sentence: str, warn: bool = False) -> None:
        """Keep a sentence, once, and warn with it."""
        if sentence not in self.notes:
            self.notes.append(sentence)
            if warn:
                warn_user(sentence)

    def result(self, kind: str, rows: pd.DataFrame, found: tuple[Any, ...], p_value: Floats | None) -> Comparison:
        """The answer."""
        estimates, errors, dof = found
        return Comparison(
            kind=kind,
            rows=rows,
            estimates=estimates,
            errors=errors,
            dof=dof,
            p_value=p_value,
            corrected=self.corrected,
            n_boot=self.n_boot,
            seed=self.seed,
            notes=tuple(self.notes),
        )


def compare_with_words(ask: Question, kind: str, asked: Sequence[tuple[int, Sequence[str]]]) -> Comparison:
    """Cosines of each group with its words."""
    rows, parts = [], []
    for group, words in asked:
        own, directions = ask.directions(group)
        _warn_of_noise(ask, group, directions)
        drawn = (
            draw_alone(own, ask.n_boot, ask.seed, ask.names[group])
            if len(own.n) > 1
            else np.ones((2, 1), dtype=np.float32)
        )
        estimates, errors = [], []
        for sums, direction, units in zip(own.sums, directions, ask.units(words), strict=True):
            estimates.append(cosines_with(direction, units))
            errors.append(errors_of(replicate(own.n, sums, drawn, direction, units), len(own.n)))
        parts.append((np.array(estimates), np.array(errors), np.full(len(words), max(len(own.n) - 1, 1.0))))
        rows.append(pd.DataFrame({"group": ask.names[group], "word": list(words)}))
    found = tuple(np.concatenate(some, axis=-1) for some in zip(*parts, strict=True))
    return ask.result(kind, pd.concat(rows, ignore_index=True), found, None)


def compare_groups(ask: Question, kind: str, pair: tuple[int, int], words: Sequence[str]) -> Comparison:
    """Differences ("contrast") or ratios of two groups' cosines with words."""
    (one, ones), (other, others) = (ask.directions(group) for group in pair)
    for group, directions in zip(pair, (ones, others), strict=True):
        _warn_of_noise(ask, group, directions)
    draws = draw_pair(one, other, ask.n_boot, ask.seed, (ask.names[pair[0]], ask.names[pair[1]]))
    units = ask.units(words)
    k = (len(one.n), len(other.n), len(np.union1d(one.codes, other.codes)))
    estimates, errors, dofs = [], [], []
    for s in range(len(ask.spaces)):
        own = (cosines_with(ones[s], units[s]), cosines_with(others[s], units[s]))
        drawn = (
            replicate(one.n, one.sums[s], draws[0], ones[s], units[s]),
            replicate(other.n, other.sums[s], draws[1], others[s], units[s]),
        )
        estimate, error, dof = _difference(own, drawn, k) if kind == "contrast" else _log_ratio(ask, own, drawn, k)
        estimates.append(estimate)
        errors.append(error)
        dofs.append(dof)
    rows = pd.DataFrame({"group": ask.names[pair[0]], "other": ask.names[pair[1]], "word": list(words)})
    found = (np.array(estimates), np.array(errors), np.min(dofs, axis=0))
    return ask.result(kind, rows, found, _permute(ask, kind, pair, units))


def _difference(own: Any, drawn: Any, k: tuple[int, int, int]) -> tuple[Floats, Floats, Floats]:
    parts = [errors_of(some, clusters) ** 2 for some, clusters in zip(drawn, k[:2], strict=True)]
    scale = _scale(k)
    return own[0] - own[1], bootstrap_errors(drawn[0] - drawn[1]) * scale, _satterthwaite(parts, k)


def _log_ratio(ask: Question, own: Any, drawn: Any, k: tuple[int, int, int]) -> tuple[Floats, Floats, Floats]:
    """Logarithms of ratios; NaN where a cosine is not above 0, or not in enough of the resamples."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = [np.where(some > 0, np.log(np.maximum(some, 0)), np.nan) for some in (*own, *drawn)]
    replicates = logs[2] - logs[3]
    lost = np.mean(~np.isfinite(replicates), axis=0)
    parts = [bootstrap_errors(some) ** 2 for some in logs[2:]]
    errors = np.where(lost > MOST_LOST, np.nan, bootstrap_errors(replicates) * _scale(k))
    estimates = logs[0] - logs[1]
    n = int((~np.isfinite(estimates) | ~np.isfinite(errors)).sum())
    if n:
        ask.note(
            f"{n} of {estimates.size} ratios have no interval: a cosine is not above 0, in the groups or in more than "
            f"{100 * MOST_LOST:g} % of the resamples. See .contrast for these words."
        )
    return estimates, errors, _satterthwaite(parts, k)


def _scale(k: tuple[int, int, int]) -> float:
    least = min(k)
    return float(np.sqrt(least / (least - 1))) if least > 1 else float("nan")


def _satterthwaite(parts: Sequence[Floats], k: tuple[int, int, int]) -> Floats:
    """Degrees of freedom of a sum of two variances, from clusters of each and of both: those in both count once."""
    below = sum(part**2 / max(clusters - 1, 1) for part, clusters in zip(parts, k[:2], strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        dof = (parts[0] + parts[1]) ** 2 / below
    return np.asarray(np.minimum(np.where(np.isfinite(dof), dof, max(min(k) - 1, 1)), max(k[2] - 1, 1)))


def _permute(ask: Question, kind: str, pair: tuple[int, int], units: tuple[Floats, ...]) -> Floats:
    """P-values over shuffles of the labels; NaN for groups of different targets, which have no labels in common."""
    if ask.targets[pair[0]] != ask.targets[pair[1]] or not ask.n_permutations:
        if ask.n_permutations:
            ask.note("The two groups are of different targets, whose documents are not exchangeable: no p-value.")
        return np.full(len(units[0]), np.nan)
    shuffle = shuffle_labels(ask.cells, pair, ask.n_permutations, ask.seed)
    ones, others = zip(*(shuffle.cosines(s, u, ask.corrected) for s, u in enumerate(units)), strict=True)
    one, other = np.mean(ones, axis=0), np.mean(others, axis=0)
    if shuffle.is_within:
        ask.note("Some clusters have documents of both groups: labels were shuffled within clusters.")
    ask.note(f"p-values: {ask.n_permutations:,} shuffles of the labels, the observed ones counted in.")
    if kind == "contrast":
        return p_values(np.abs(one - other))
    with np.errstate(divide="ignore", invalid="ignore"):
        return p_values(np.nan_to_num(np.abs(one / other - 1), nan=0.0))


def _warn_of_noise(ask: Question, group: int, directions: tuple[Direction, ...]) -> None:
    if any(direction.is_noise for direction in directions):
        ask.note(
            f"The vector of {ask.names[group]!r} is not told apart from noise: its mentions have too little in common. "
            "More mentions are needed: join groups, widen the target, or read its contexts.",
            warn=True,
        )
