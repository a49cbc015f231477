"""The association of single words with two sets of attributes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet.errors import DataError
from lacunet.measures._spaces import read_spaces
from lacunet.measures.association._figure import draw_rows
from lacunet.measures.association._partitions import compare_partitions
from lacunet.measures.association._sets import (
    WordSet,
    associate,
    cosines,
    look_up_sets,
    sd_over,
    standardise,
    works_to_cite,
)
from lacunet.report._words import count, in_digits

SHOWN = 3


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScWeat:
    """How much nearer to A than to B single words are; made by `sc_weat`.

    Attributes
    ----------
    words
        One row a word: word, effect_size (mean over fits), sd_seeds, difference (of mean cosines), p_value.
    attributes
        A and B: names, known words, words left out.
    n_partitions, is_exact
        Partitions of A and B together that were looked at, and whether these are all.
    alternative, seed
        Which tail was counted; the number that decided the partitions drawn, None where all were counted.
    n_fits
        Fits averaged over.
    notes
        What to know before reporting.
    """

    words: pd.DataFrame
    attributes: tuple[WordSet, WordSet]
    n_partitions: int
    is_exact: bool
    alternative: str
    seed: int | None
    n_fits: int
    notes: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row a word, as in ``words``, with the numbers of attribute words and of partitions."""
        a, b = self.attributes
        return self.words.assign(n_a=len(a.words), n_b=len(b.words), n_partitions=self.n_partitions)

    def plot(self) -> Any:
        """Effect size of each word, the largest on top.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("words.png")`` keeps it.
        """
        a, b = self.attributes
        rows = self.words.sort_values("effect_size", ascending=False, kind="stable")
        return draw_rows(rows, "effect_size", f"nearer to {b.name}  ←  effect size  →  nearer to {a.name}")

    def summary(self) -> str:
        """Say what was found, in a few sentences."""
        a, b = self.attributes
        ordered = self.words.sort_values("effect_size", ascending=False, kind="stable")
        towards = ordered[ordered["effect_size"] > 0], ordered[ordered["effect_size"] < 0].iloc[::-1]
        ends = [
            ", ".join(f"{word} ({in_digits(d)})" for word, d in zip(part["word"], part["effect_size"], strict=True))
            or "none"
            for part in (some.head(SHOWN) for some in towards)
        ]
        how = f"all {self.n_partitions:,} partitions" if self.is_exact else f"{self.n_partitions:,} partitions drawn"
        few = int((self.words["p_value"] < 0.05).sum())
        return "\n".join(
            [
                f"{count(len(ordered), 'word')}; nearest to {a.name}, compared with {b.name}: {ends[0]}; nearest to "
                f"{b.name}: {ends[1]} (effect sizes).",
                f"{few} of {len(ordered)} have p below .05 ({self.alternative}, {how}).",
                *self.notes,
            ]
        )

    def cite(self) -> str:
        """Works to cite, one a line."""
        return works_to_cite()

    def __repr__(self) -> str:
        a, b = self.attributes
        return f"ScWeat({count(len(self.words), 'word')} towards {a.name} / {b.name})"


def sc_weat(
    space: Any,
    words: Any,
    A: Any,
    B: Any,
    *,
    n_permutations: int = 10_000,
    exact: bool | None = None,
    alternative: str = "two-sided",
    seed: int | None = None,
) -> ScWeat:
    r"""Effect size of each word's association with A rather than B, with a p-value by partitions of A and B.

    .. math:: d(w) = \frac{\operatorname{mean}_{a \in A} \cos(w, a) - \operatorname{mean}_{b \in B} \cos(w, b)}
        {\operatorname{sd}_{x \in A \cup B} \cos(w, x)}

    with n - 1 in the standard deviation. The effect size is what goes into further analyses (with the share of women in
    an occupation, for example): see `compare_ratings`. The p-values of many words are not corrected for their number.

    Parameters
    ----------
    space
        `Embeddings`, or a list of fits with other seeds: effect sizes are means over fits, and the p-value is that of
        cosines averaged over fits.
    words
        A word or several; wildcards may stand in them.
    A, B
        Attribute words, two or more known ones a set. ``{"women": [...]}`` names a set.
    n_permutations
        Partitions to draw where not all are counted; the same for all words.
    exact
        Whether to count all partitions; None counts them where that takes about a second. True goes up to 50 attribute
        words.
    alternative
        "two-sided", "greater" (towards A) or "less".
    seed
        Decides the partitions drawn; drawn and recorded when None.

    Returns
    -------
    ScWeat
        ``.words``, ``.table()``, ``.plot()``, ``.summary()``.

    Raises
    ------
    DataError
        When a set has too few known words, A and B share a word, or a word is in one of them.
    SpecError
        When an option is wrong.

    Warns
    -----
    DataWarning
        When words are not known: they are left out.

    References
    ----------
    Caliskan, A., Bryson, J. J., & Narayanan, A. (2017). Semantics derived automatically from language corpora contain
    human-like biases. *Science*, 356(6334), 183-186 (there WEFAT, the association of facts).
    Differs: two-sided unless asked otherwise, since single words are asked about in either direction; ties count as in
    `weat`.
    """
    spaces = read_spaces(space)
    sets = look_up_sets(spaces, {"words": words, "A": A, "B": B}, {"words": 1, "A": 2, "B": 2})
    targets, a, b = sets
    matrix = cosines(spaces, targets.words, a.words + b.words)
    difference = associate(matrix, len(a.words))
    effects = standardise(difference, matrix)
    if np.isnan(effects).any():
        word = targets.words[int(np.argmax(np.isnan(effects).any(axis=0)))]
        raise DataError(
            f"The word {word!r} has one and the same cosine with all words of {a.name} and {b.name}. They need to "
            "differ for an effect size: leave the word out, or take other attributes."
        )
    found = compare_partitions(
        matrix.mean(axis=0),
        len(a.words),
        alternative=alternative,
        n_permutations=n_permutations,
        exact=exact,
        seed=seed,
    )
    notes = [f"{one.sentence}; the others are left out." for one in sets if one.missing]
    if len(targets.words) > 1:
        notes.append(f"The p-values are those of {len(targets.words)} single tests, not corrected for their number.")
    if not found.is_exact:
        notes.append(f"The partitions were drawn with seed {found.seed}.")
    return ScWeat(
        words=pd.DataFrame(
            {
                "word": targets.words,
                "effect_size": effects.mean(axis=0),
                "sd_seeds": sd_over(effects),
                "difference": difference.mean(axis=0),
                "p_value": found.p_values,
            }
        ),
        attributes=(a, b),
        n_partitions=found.n_partitions,
        is_exact=found.is_exact,
        alternative=alternative,
        seed=found.seed,
        n_fits=len(spaces),
        notes=tuple(notes),
    )
