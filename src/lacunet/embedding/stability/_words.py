"""What is said of fits and of how they agree."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Bools
from lacunet.embedding.stability._averages import Over
from lacunet.embedding.stability._fits import Fits
from lacunet.report._words import count

CHOSEN, RANDOM = "chosen", "random"
NAMES = {CHOSEN: "chosen cue", RANDOM: "random word"}
DIFFERENCE = {"seeds": "fits with other seeds", "documents": "fits to resampled documents"}


def describe_stability(
    fits: Fits, groups: Sequence[Mapping[str, Any]], n_neighbours: int, over: Over, seed: int, notes: Sequence[str]
) -> tuple[str, ...]:
    """Sentences: what was compared, and how far it agrees by group of cues."""
    has_random = any(group["group"] == RANDOM for group in groups)
    drawn = f", random words drawn with seed {seed}" if has_random else ""
    lines = [f"{len(fits)} {DIFFERENCE[over]}, {count(len(fits.words), 'word')} in common{drawn}."]
    for group in groups:
        error = "" if np.isnan(group["std_error"]) else f" (standard error {group['std_error']:.2g})"
        lines.append(
            f"{count(group['n_cues'], NAMES[group['group']])}: correlation {group['correlation']:.3f}{error}, "
            f"Jaccard index of the {n_neighbours} nearest words {group['overlap']:.2f}."
        )
    return (*lines, *notes)


def describe_specifications(n: int, pairs: pd.DataFrame, groups: Mapping[str, Bools]) -> tuple[str, ...]:
    """Sentences: how many specifications, and how far their averages agree by group of cues."""
    lines = [f"{n} specifications, compared by similarities averaged over their fits."]
    for group, which in groups.items():
        own = pairs[pairs["group"] == group]
        lowest, highest = own.loc[own["correlation"].idxmin()], own["correlation"].max()
        between = f"from {lowest['correlation']:.3f} ({lowest['one']} and {lowest['other']}) to {highest:.3f}"
        mean = f"correlation {own['correlation'].mean():.3f} between two specifications"
        lines.append(f"{count(int(which.sum()), NAMES[group])}: {mean}{f', {between}' if len(own) > 1 else ''}.")
    return tuple(lines)


def note_left_out(fits: Fits) -> tuple[str, ...]:
    """Say how many words are not in all fits."""
    left_out = max(len(one.words) for one in fits.embeddings) - len(fits.words)
    if not left_out:
        return ()
    verb = "is" if left_out == 1 else "are"
    return (f"{count(left_out, 'word')} of the fit with the most {verb} not in all fits and {verb} left out.",)
