"""Answers to triads, and the index that they add up to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lacunet._rng import generator
from lacunet._typing import Bools, Floats, Frame, Integers, PathLike
from lacunet.embedding.stability._figure import draw_index
from lacunet.errors import DataError, SpecError, nearest
from lacunet.report._summary import Summary
from lacunet.report._words import count
from lacunet.table._file import read_file
from lacunet.table._frame import as_pandas

SIDES = ("left", "right")
PARITY = 0.5
ALL = "all"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TriadScore:
    """How a model's words do against people's; made by `Triads.score`.

    Attributes
    ----------
    cues
        One row a cue, in the order of the alphabet: cue, n (answers), index, adjusted, and std_error, conf_low and
        conf_high of the adjusted index.
    total
        The same over all cues, which count the same.
    n_raters
        Raters that a column named; None where none did, and answers were drawn one by one.
    n_left_out
        Answers without a choice.
    level, seed
        Coverage of the intervals; the number that decided the bootstrap.
    """

    cues: pd.DataFrame
    total: pd.DataFrame
    n_raters: int | None
    n_left_out: int
    level: float
    seed: int

    def table(self) -> pd.DataFrame:
        """One row a cue, and the last for all of them."""
        return pd.concat([self.cues, self.total], ignore_index=True)

    def overall(self) -> pd.DataFrame:
        """The row for all cues."""
        return self.total.copy()

    def plot(self) -> Any:
        """The adjusted index of each cue, and of all, with its interval.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("turing.png")`` keeps it.
        """
        return draw_index(self.table())

    def summary(self) -> Summary:
        """A few sentences and the table."""
        row = self.total.iloc[0]
        drawn = "answers" if self.n_raters is None else f"{self.n_raters:,} raters"
        lines = [
            f"Index {row['index']:.3f}, adjusted for words in both lists {row['adjusted']:.3f}: standard error "
            f"{row['std_error']:.3f}, {100 * self.level:g} % interval {row['conf_low']:.3f} to {row['conf_high']:.3f}.",
            "1 means that raters prefer neither list, 2 that they always prefer the model's.",
            f"{count(int(row['n']), 'answer')} to {count(len(self.cues), 'cue')}; bootstrap over {drawn}, seed "
            f"{self.seed}.",
        ]
        if self.n_left_out:
            lines.append(f"{count(self.n_left_out, 'row')} without a choice left out.")
        return Summary(lines=tuple(lines), rows=self.table())

    def __repr__(self) -> str:
        return str(self.summary())


def read_choices(ratings: Frame | PathLike, sheet: pd.DataFrame) -> pd.DataFrame:
    """Answers as triad, side and rater, whatever they were handed over as; side is None where nothing was chosen.

    Raises
    ------
    DataError
        When a column, a triad or a choice is not known, or some answers name a rater and others do not.
    """
    given = as_pandas(read_file(Path(ratings))[0] if isinstance(ratings, str | Path) else ratings)
    for name in ("triad", "choice"):
        if name not in given.columns:
            raise DataError(
                f"The ratings have no column {name!r}; they have {', '.join(map(repr, given.columns))}. A column with "
                f"this name is needed: rename {nearest(name, given.columns) or 'the one that holds it'}."
            )
    numbers = pd.to_numeric(given["triad"], errors="coerce")
    unknown = ~numbers.isin(sheet["triad"]).to_numpy()
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        raise DataError(
            f"Row {row + 1} of the ratings answers triad {str(given['triad'].iloc[row])!r}. There are triads 1 to "
            f"{len(sheet)}: check that the key belongs to this sheet."
        )
    asked = sheet.set_index("triad").loc[numbers.astype(np.int64)]
    words = given["choice"].astype(object).where(given["choice"].notna(), "").map(lambda word: str(word).strip())
    sides = [_side(word, *row) for word, *row in zip(words, asked["left"], asked["right"], strict=True)]
    wrong = [row for row, (word, side) in enumerate(zip(words, sides, strict=True)) if word and side is None]
    if wrong:
        row = wrong[0]
        raise DataError(
            f"Row {row + 1} of the ratings has the choice {words.iloc[row]!r}. It needs 'left', 'right', or one of the "
            f"words, {asked['left'].iloc[row]!r} and {asked['right'].iloc[row]!r}: correct it, or leave it empty."
        )
    found = pd.DataFrame({"triad": numbers.astype(np.int64).to_numpy(), "side": sides})
    raters = _read_raters(given, found["side"].notna().to_numpy())
    return found if raters is None else found.assign(rater=raters)


def _read_raters(given: pd.DataFrame, answered: Bools) -> Any:
    """A number for each rater; None where nobody is named."""
    if "rater" not in given.columns:
        return None
    names = given["rater"].astype(object).where(given["rater"].notna(), "").map(lambda name: str(name).strip())
    blank = (names == "").to_numpy() & answered
    if blank.sum() == answered.sum():
        return None
    if blank.any():
        raise DataError(
            f"Row {int(np.flatnonzero(blank)[0]) + 1} of the ratings names no rater, and others do "
            f"({int(blank.sum()):,} of {int(answered.sum()):,} answers name none). All or none are needed: fill "
            "them in, or drop the column."
        )
    return pd.factorize(names)[0]


def _side(word: str, left: str, right: str) -> str | None:
    # The word itself comes first: "left" and "right" are words of politics.
    for side, own in zip(SIDES, (left, right), strict=True):
        if word == own:
            return side
    lower = word.lower()
    if lower in SIDES:
        return lower
    return next((side for side, own in zip(SIDES, (left, right), strict=True) if lower == own.lower()), None)


def score_choices(key: pd.DataFrame, answers: pd.DataFrame, n_boot: int, level: float, seed: int) -> TriadScore:
    """The index by cue and over all cues, with a bootstrap.

    Raises
    ------
    DataError
        When there is no answer at all, or none for a cue.
    SpecError
        When the level is no probability.
    """
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % intervals.")
    known = answers[answers["side"].notna()].reset_index(drop=True)
    cues = sorted(key["cue"].unique())
    by_triad = key[key["triad"] > 0].set_index("triad")
    own = by_triad.loc[known["triad"]]
    cue = own["cue"].map({name: i for i, name in enumerate(cues)}).to_numpy(dtype=np.intp)
    won = (own["model_side"].to_numpy() == known["side"].to_numpy()).astype(np.float64)
    overlap = key.drop_duplicates("cue").set_index("cue")["overlap"].loc[cues].to_numpy(dtype=np.float64)
    n = np.bincount(cue, minlength=len(cues)).astype(np.float64)
    unanswered = [name for name, k, p_o in zip(cues, n, overlap, strict=True) if not k and p_o < 1]
    if unanswered:
        raise DataError(
            f"The ratings have no answer for the cue {unanswered[0]!r} ({len(unanswered)} of {len(cues)} cues have "
            "none). Each cue needs one or more: add the sheets that are missing."
        )
    raters = known["rater"].to_numpy() if "rater" in known and known["rater"].nunique() > 1 else None
    wins = np.bincount(cue, weights=won, minlength=len(cues)).astype(np.float64)
    index, adjusted = measure(wins, n, overlap)
    rng = generator(seed, "bootstrap of answers")
    _, drawn = measure(*draw_wins(cue, won, raters, n, wins, n_boot, rng), overlap)
    by_cue = pd.DataFrame({"cue": cues, "n": n.astype(np.int64), "index": index, "adjusted": adjusted})
    mean = {"cue": [ALL], "n": [len(won)], "index": [np.nanmean(index)], "adjusted": [adjusted.mean()]}
    return TriadScore(
        cues=by_cue.join(_spread(drawn, level)),
        total=pd.DataFrame(mean).join(_spread(np.nanmean(drawn, axis=1)[:, None], level)),
        n_raters=None if raters is None else len(np.unique(raters)),
        n_left_out=len(answers) - len(known),
        level=level,
        seed=seed,
    )


def measure(wins: Floats, n: Floats, overlap: Floats) -> tuple[Floats, Floats]:
    """Index and adjusted index of each cue, shape ``(..., cues)``, from how many of n answers are for the model.

    Where a cue has no answer the index is not a number, and so is the adjusted one unless the lists are the same.
    """
    p = np.divide(wins, n, out=np.full(np.shape(wins), np.nan), where=n > 0)
    adjusted = np.where(overlap >= 1, PARITY, overlap * PARITY + (1 - overlap) * p)
    return p / PARITY, adjusted / PARITY


def draw_wins(
    cue: Integers, won: Floats, raters: Any, n: Floats, wins: Floats, n_boot: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Answers for the model, and answers, of each cue in bootstrap samples, shape ``(samples, cues)`` each."""
    if raters is None:
        # n answers drawn with replacement from n, of which a share is for the model, are a binomial draw.
        return rng.binomial(n.astype(np.int64), wins / np.maximum(n, 1), (n_boot, len(n))).astype(np.float64), np.tile(
            n, (n_boot, 1)
        )
    names, rater = np.unique(raters, return_inverse=True)
    given, for_model = np.zeros((len(names), len(n))), np.zeros((len(names), len(n)))
    np.add.at(given, (rater, cue), 1)
    np.add.at(for_model, (rater, cue), won)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), n_boot).astype(np.float64)
    return times @ for_model, times @ given


def _spread(drawn: Floats, level: float) -> pd.DataFrame:
    low, high = np.nanquantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    return pd.DataFrame({"std_error": np.nanstd(drawn, axis=0, ddof=1), "conf_low": low, "conf_high": high})
