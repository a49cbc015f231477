"""A Turing test for neighbours: whether readers take the machine's words for a person's."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Bools, Frame, PathLike
from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability._score import TriadScore, read_choices, score_choices
from lacunet.embedding.stability._stability import Stability
from lacunet.errors import DataError, SpecError, suggest
from lacunet.table import replacing

Neighbours = Embeddings | Stability
SHEET = ["triad", "cue", "left", "right"]
KEY = ["triad", "cue", "model", "other", "model_side", "overlap"]
KEY_ENDING = "-key"
SHOWN = 10
FEWEST_SAMPLES = 100
"""Fewer bootstrap samples than this give no quantiles."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Triads:
    """Questions for raters, and the key to their answers; made by `triads`, read again by `Triads.read`.

    Attributes
    ----------
    key
        One row a question: triad (its number), cue, model and other (the two words), model_side ("left" or "right"),
        and overlap (p_o of the cue, a probability). A cue whose lists are the same has one row without a question,
        whose triad is 0.
    seed
        Number that decided pairs, sides and order.
    """

    key: pd.DataFrame
    seed: int | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """What raters see: triad, cue, left, right. Nothing in it says which word is whose."""
        asked = self.key[self.key["triad"] > 0]
        is_left = (asked["model_side"] == "left").to_numpy()
        left, right = (np.where(is_left == side, asked["model"], asked["other"]) for side in (True, False))
        return pd.DataFrame(dict(zip(SHEET, (asked["triad"].to_numpy(), asked["cue"].to_numpy(), left, right))))

    def __len__(self) -> int:
        return int((self.key["triad"] > 0).sum())

    def save(self, path: PathLike, force: bool = False) -> Path:
        """Write a sheet for raters, with empty columns rater and choice, and beside it the key.

        Parameters
        ----------
        path
            A name that ends in .csv. The key goes to the same name with -key added: keep it from the raters.
        force
            Whether existing files may be replaced.

        Returns
        -------
        pathlib.Path
            Where the key is; `Triads.read` reads it when the answers have come.

        Raises
        ------
        SpecError
            When the name ends otherwise, or a file exists.
        """
        path = Path(path)
        if path.suffix.lower() != ".csv":
            raise SpecError(
                f"The file name {path.name!r} ends in {path.suffix or 'nothing'!r}. Triads are written to .csv."
            )
        place = path.with_name(path.stem + KEY_ENDING + path.suffix)
        with replacing(path, force=force) as sheet, replacing(place, force=force) as key:
            self.frame.assign(rater="", choice="").to_csv(sheet, index=False, lineterminator="\n")
            self.key.to_csv(key, index=False, lineterminator="\n")
        return place

    @classmethod
    def read(cls, path: PathLike) -> "Triads":
        """Read the key that `save` wrote.

        Parameters
        ----------
        path
            The file whose name ends in -key.csv.

        Returns
        -------
        Triads
            Ready to ``score``.

        Raises
        ------
        DataError
            When the file is no key.
        """
        key = _read_words(Path(path))
        missing = [name for name in KEY if name not in key.columns]
        if missing:
            raise DataError(
                f"The file {Path(path).name!r} has no column {missing[0]!r}. The key needs {', '.join(KEY)}: name the "
                f"file that save wrote beside the sheet, which ends in {KEY_ENDING}.csv."
            )
        try:
            typed = key[KEY].assign(triad=key["triad"].astype(np.int64), overlap=key["overlap"].astype(np.float64))
        except ValueError as error:
            raise DataError(
                f"The file {Path(path).name!r} holds a triad or an overlap that is no number. They are needed as save "
                "wrote them: take the file from before it was edited."
            ) from error
        return cls(key=typed)

    def score(
        self, ratings: Frame | PathLike, *, n_boot: int = 1000, level: float = 0.95, seed: int | None = None
    ) -> TriadScore:
        r"""Turn answers into an index: 1 where raters prefer neither list, 2 where they always prefer the model's.

        .. math:: p = \Pr(\text{model chosen}), \quad I = \frac{p}{.5}, \quad
                  I_{adj} = \frac{p_o \cdot .5 + (1 - p_o) p}{.5}

        by cue, and averaged over cues, which count the same. The standard error is that of a bootstrap: answers are
        drawn anew within each cue, or raters with all of their answers where a column names them.

        Parameters
        ----------
        ratings
            The sheets as they came back, one row an answer: triad, choice ("left", "right", or the word itself), and
            rater where several answered. A frame, or a CSV, Excel, SPSS or Stata file.
        n_boot
            Bootstrap samples, 100 or more.
        level
            Coverage of the intervals (quantiles of the bootstrap).
        seed
            Decides the bootstrap; drawn and recorded when None.

        Returns
        -------
        TriadScore
            ``.table()``, ``.overall()``, ``.plot()``.

        Raises
        ------
        DataError
            When a triad or a choice is unknown, or nothing was answered.
        """
        answers = read_choices(ratings, self.frame)
        seed = draw_seed() if seed is None else check_seed(seed)
        return score_choices(self.key, answers, check_count(n_boot, "n_boot", FEWEST_SAMPLES), level, seed)

    def __repr__(self) -> str:
        head = f"{len(self):,} triads for {self.key['cue'].nunique():,} cues, the first of them:"
        return f"{head}\n\n{self.frame.head(SHOWN).to_string(index=False)}"


def triads(
    model: Neighbours,
    cues: Sequence[str],
    human: Mapping[str, Sequence[str]] | Neighbours,
    *,
    n: int = 10,
    n_neighbours: int = 10,
    seed: int | None = None,
) -> Triads:
    r"""Make a Turing test: raters see a cue and two words, one of the model's and one of people's, and choose.

    It says whether the model's neighbours make sense to people, which no figure from the model alone can. Ask people
    of the population that the study is about for their ten words first, then ask others to choose ("Which of the two
    words fits the cue better?"). In place of people's words, another model's can be compared.

    For each cue, pairs are drawn without replacement from all pairs of a word of the model and one of ``human``.
    Pairs of words that are both in both lists are not asked, since no answer to them speaks for either; the
    overlap-adjusted index counts them as draws, with probability

    .. math:: p_o = |A \cap B| / |A| \cdot |A \cap B| / |B|

    Parameters
    ----------
    model
        Embeddings, or a `Stability`, whose averaged similarities are then used (better).
    cues
        Words to ask about.
    human
        Cue to words that people named, repeated where several named them (the most often named count), or embeddings
        or a `Stability` to compare with. They are put into lower case where the model knows no other.
    n
        Questions a cue; all there are where they are fewer.
    n_neighbours
        Words of each list.
    seed
        Decides pairs, sides and order; drawn and recorded when None.

    Returns
    -------
    Triads
        ``.frame`` for the raters, ``.save(path)``, ``.score(ratings)``.

    Raises
    ------
    DataError
        When a cue is unknown to the model, or has no words in ``human``, or both lists are the same for all cues.
    SpecError
        When an argument is of another kind, or there is no cue.

    References
    ----------
    Rodriguez, P. L., and A. Spirling. 2022. Word embeddings: what works, what doesn't, and how to tell the difference
    for applied research. Journal of Politics 84(1): 101-115.
    Differs: pairs from both lists are left out of the questions, and cues count the same, whatever the number of
    answers.
    """
    _check_kinds(model, cues, human)
    n, n_neighbours = check_count(n, "n"), check_count(n_neighbours, "n_neighbours")
    seed = draw_seed() if seed is None else check_seed(seed)
    lower = all(word == word.lower() for word in model.words)
    rows = []
    for cue in dict.fromkeys(cues):
        ours = model.nearest(cue, n_neighbours)["word"].tolist()
        theirs = _words_of(human, cue, n_neighbours, lower)
        rows += _ask(cue, ours, theirs, n, seed)
    asked = [row for row in rows if row["model"]]
    if not asked:
        raise DataError(
            "human has the very words of the model, for each cue. There is nothing to ask: compare other lists."
        )
    order = generator(seed, "order of triads").permutation(len(asked))
    shuffled = [{**asked[i], "triad": number} for number, i in enumerate(order, 1)]
    unasked = [{**row, "triad": 0} for row in rows if not row["model"]]
    return Triads(key=pd.DataFrame([*shuffled, *unasked])[KEY], seed=seed)


def _ask(cue: str, ours: list[str], theirs: list[str], n: int, seed: int) -> list[dict[str, Any]]:
    """Questions of one cue, in the order of their draw; one row without words where both lists are the same."""
    both = set(ours) & set(theirs)
    overlap = len(both) / len(ours) * len(both) / len(theirs)
    pairs = [(one, other) for one in ours for other in theirs if not (one in both and other in both)]
    if not pairs:
        return [{"cue": cue, "model": "", "other": "", "model_side": "", "overlap": overlap}]
    rng = generator(seed, f"triads of {cue}")
    drawn = rng.permutation(len(pairs))[:n]
    is_left = _balance(len(drawn), rng)
    return [
        {"cue": cue, "model": pairs[i][0], "other": pairs[i][1], "model_side": side, "overlap": overlap}
        for i, side in zip(drawn, np.where(is_left, "left", "right").tolist(), strict=True)
    ]


def _balance(n: int, rng: np.random.Generator) -> Bools:
    """Each side as often as the other (give or take one), so that a taste for one side does not count."""
    sides = np.arange(n) % 2 == int(rng.integers(2))
    return sides[rng.permutation(n)]


def _words_of(human: Mapping[str, Sequence[str]] | Neighbours, cue: str, n: int, lower: bool) -> list[str]:
    if not isinstance(human, Mapping):
        return human.nearest(cue, n)["word"].tolist()
    named = human.get(cue, [])
    words = [str(word).strip() for word in ([named] if isinstance(named, str) else named)]
    if lower:
        words = [word.lower() for word in words]
    found = [word for word, _ in Counter(word for word in words if word and word != cue).most_common(n)]
    if not found:
        near = suggest(cue, [known for known in human if known != cue])
        raise DataError(
            f"human has no words for the cue {cue!r}. At least one is needed: add some, or leave it out. {near}".strip()
        )
    return found


def _check_kinds(model: Any, cues: Any, human: Any) -> None:
    if not isinstance(model, Neighbours):
        raise SpecError(f"model is a {type(model).__name__}. Embeddings or a Stability are needed: fit or read one.")
    if not isinstance(human, Mapping | Embeddings | Stability):
        raise SpecError(
            f"human is a {type(human).__name__}. A dictionary of cue to words is needed, such as "
            "{'freedom': ['liberty', 'rights']}, or other embeddings."
        )
    if isinstance(cues, str) or not cues or not all(isinstance(cue, str) for cue in cues):
        raise SpecError(f"cues={cues!r} is no list of words. Name one or more, such as ['freedom', 'welfare'].")


def _read_words(path: Path) -> pd.DataFrame:
    """A CSV file whose cells are all words, "null" and "nan" among them."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise DataError(
            f"The file {str(path)!r} cannot be read: {error}. The key is needed that save wrote beside the sheet, "
            f"whose name ends in {KEY_ENDING}.csv: check the name."
        ) from error
