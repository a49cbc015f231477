"""How well a space agrees with human judgements, and on how much of them that rests."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count
from lacunet._typing import Bools, Frame, Integers, PathLike
from lacunet.embedding.space._questions import Analogies, Pairs, read_questions
from lacunet.embedding.space._similarity import Similarity, multiply
from lacunet.errors import SpecError
from lacunet.solve import correlate, correlation_errors, rank

BLOCK = 1 << 24
"""Scores held at once."""
FEWEST = 4
"""Pairs below which a correlation has no interval."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a space scores on one set of judgements; made by ``Embeddings.evaluate``.

    Attributes
    ----------
    name
        The file's name.
    kind
        "pairs" or "analogies".
    n, n_known
        Pairs or questions in all, and those whose words are all known; only these are scored.
    score
        Spearman's correlation of ratings and cosines; or the share of known questions answered by 3CosAdd. NaN where
        nothing is known.
    low, high
        Interval of the correlation; NaN for analogies, whose questions share their words and are not independent.
    sections
        Analogies by section: ``section``, ``n``, ``n_known``, ``coverage``, ``add`` and ``multiply`` (shares of the
        known questions); without rows for pairs.
    unknown
        Words of the set that the space, or the part of it that is asked, does not know.
    restrict
        Analogies were asked among so many words; None for pairs.
    """

    name: str
    kind: str
    n: int
    n_known: int
    score: float
    low: float
    high: float
    sections: pd.DataFrame
    unknown: tuple[str, ...]
    restrict: int | None = None

    @property
    def coverage(self) -> float:
        """Share of pairs or questions whose words are all known."""
        return self.n_known / self.n if self.n else np.nan

    def table(self) -> pd.DataFrame:
        """The figures, one row a set of pairs; or one row a section of analogies and one in all."""
        if self.kind == "analogies":
            return self.sections.copy()
        row = {"set": self.name, "n": self.n, "n_known": self.n_known, "coverage": self.coverage}
        return pd.DataFrame([row | {"spearman": self.score, "conf_low": self.low, "conf_high": self.high}])

    def summary(self) -> str:
        """Say what was found, in a few sentences."""
        of_pairs = self.kind == "pairs"
        what = "pairs of words" if of_pairs else "analogies"
        where = "the embeddings" if of_pairs else f"the first {self.restrict:,} words"
        missed = f"; {len(self.unknown):,} words of the set are not there" if self.unknown else ""
        covered = (
            f"{self.name}: {self.n_known:,} of {self.n:,} {what} ({self.coverage:.1%}) have all their words among "
            f"{where}{missed}."
        )
        if np.isnan(self.score):
            return f"{covered} Nothing can be said of the space by them."
        if of_pairs:
            return (
                f"{covered} On these, Spearman's correlation of ratings and cosines is {self.score:.3f} "
                f"[{self.low:.3f}, {self.high:.3f}]."
            )
        last = self.sections.iloc[-1]
        return f"{covered} Of these, 3CosAdd answers {last['add']:.1%} and 3CosMul {last['multiply']:.1%}."


def evaluate(
    space: Similarity, data: PathLike | Frame, *, restrict: int | None, ignore_case: bool, level: float
) -> Evaluation:
    """Score a space on a set of judgements."""
    if not (isinstance(level, float) and 0 < level < 1):
        raise SpecError(f"level={level!r} is no level of an interval. A number between 0 and 1 is needed: give .95.")
    most = len(space) if restrict is None else min(check_count(restrict, "restrict"), len(space))
    questions = read_questions(data)
    if isinstance(questions, Pairs):
        return _evaluate_pairs(space, questions, _index(space, len(space), ignore_case), ignore_case, level)
    return _evaluate_analogies(space, questions, _index(space, most, ignore_case), ignore_case, most)


def interval(r: float, n: int, level: float) -> tuple[float, float]:
    """Interval of Spearman's correlation by Bonett and Wright (2000)."""
    if n < FEWEST or np.isnan(r):
        return np.nan, np.nan
    if abs(r) >= 1:
        return r, r
    reach = NormalDist().inv_cdf((1 + level) / 2) * correlation_errors(np.array([r, r]), n)[1] / (1 - r**2)
    return float(np.tanh(np.arctanh(r) - reach)), float(np.tanh(np.arctanh(r) + reach))


def _index(space: Similarity, most: int, ignore_case: bool) -> dict[str, int]:
    """Word to row among the first words; of words that differ in case the first stands for all."""
    index: dict[str, int] = {}
    for row, word in enumerate(space.words[:most]):
        index.setdefault(word.lower() if ignore_case else word, row)
    return index


def _find(
    index: dict[str, int], words: tuple[tuple[str, ...], ...], width: int, ignore_case: bool
) -> tuple[Integers, tuple[str, ...]]:
    """Rows (n, width) with -1 for unknown words, and these words."""
    spelled = [[word.lower() if ignore_case else word for word in row] for row in words]
    rows = np.array([[index.get(word, -1) for word in row] for row in spelled], dtype=np.intp).reshape(-1, width)
    return rows, tuple(dict.fromkeys(word for row in spelled for word in row if word not in index))


def _evaluate_pairs(
    space: Similarity, pairs: Pairs, index: dict[str, int], ignore_case: bool, level: float
) -> Evaluation:
    rows, unknown = _find(index, pairs.words, 2, ignore_case)
    is_known = (rows >= 0).all(axis=1)
    cosines = np.einsum("ij,ij->i", space.units(rows[is_known, 0]), space.units(rows[is_known, 1]))
    is_defined = ~np.isnan(cosines)
    ratings = np.array(pairs.ratings)[is_known][is_defined]
    r = correlate(rank(ratings), rank(cosines[is_defined])) if len(ratings) > 1 else np.nan
    low, high = interval(r, len(ratings), level)
    return Evaluation(
        name=pairs.name,
        kind="pairs",
        n=len(rows),
        n_known=len(ratings),
        score=r,
        low=low,
        high=high,
        sections=pd.DataFrame(),
        unknown=unknown,
    )


def _evaluate_analogies(
    space: Similarity, questions: Analogies, index: dict[str, int], ignore_case: bool, most: int
) -> Evaluation:
    rows, unknown = _find(index, questions.words, 4, ignore_case)
    is_known = (rows >= 0).all(axis=1)
    candidates = np.fromiter(index.values(), dtype=np.intp, count=len(index))
    right = np.zeros((len(rows), 2), dtype=bool)
    right[is_known] = answer(space, rows[is_known], candidates)
    marks = pd.DataFrame(
        {"section": questions.sections, "n_known": is_known, "add": right[:, 0], "multiply": right[:, 1]}
    )
    parts = [*marks.groupby("section", sort=False), ("all", marks)] if len(set(questions.sections)) > 1 else []
    table = pd.DataFrame([_section(str(name), part) for name, part in parts or [("all", marks)]])
    return Evaluation(
        name=questions.name,
        kind="analogies",
        n=len(rows),
        n_known=int(is_known.sum()),
        score=float(table["add"].iloc[-1]),
        low=np.nan,
        high=np.nan,
        sections=table,
        unknown=unknown,
        restrict=most,
    )


def _section(name: str, marks: pd.DataFrame) -> dict[str, object]:
    n, known = len(marks), marks[marks["n_known"]]
    return {
        "section": name,
        "n": n,
        "n_known": len(known),
        "coverage": len(known) / n if n else np.nan,
        "add": float(known["add"].mean()) if len(known) else np.nan,
        "multiply": float(known["multiply"].mean()) if len(known) else np.nan,
    }


def answer(space: Similarity, rows: Integers, candidates: Integers) -> Bools:
    """Whether the first answer to each question is right, by 3CosAdd and by 3CosMul (n, 2).

    "a b c d" asks for d with a is to b as c is to d: b - a + c. Cosines of the words of a block of questions with all
    candidates are one matrix product, and both rules pick their rows from it.
    """
    right = np.zeros((len(rows), 2), dtype=bool)
    place = np.full(len(space), -1, dtype=np.intp)
    place[candidates] = np.arange(len(candidates))
    matrix = space.vectors[candidates] / space.norms[candidates][:, None]
    np.nan_to_num(matrix, copy=False)
    step = max(1, BLOCK // (2 * len(candidates) or 1))
    for start in range(0, len(rows), step):
        block = place[rows[start : start + step]]
        own, inverse = np.unique(block[:, :3], return_inverse=True)
        cosines = matrix[own] @ matrix.T
        for i, (a, b, c) in enumerate(inverse.reshape(-1, 3)):
            right[start + i] = _first_answers(cosines[a], cosines[b], cosines[c], block[i, :3]) == block[i, 3]
    return right


def _first_answers(a: Any, b: Any, c: Any, own: Integers) -> Integers:
    """Places of the highest scores by both rules; one question at a time, since its rows fit the processor's cache."""
    by_sum, by_product = b - a + c, multiply((b, a, c))
    by_sum[own] = by_product[own] = -np.inf
    return np.array([by_sum.argmax(), by_product.argmax()])
