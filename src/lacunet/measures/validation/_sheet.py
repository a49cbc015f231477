"""A sheet for human raters: which of two texts shows more of something, or how much of it one text shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Frame, PathLike
from lacunet.errors import DataError, SpecError
from lacunet.measures.axes import Scores
from lacunet.measures.validation._agreement import RatingAgreement, measure_agreement
from lacunet.measures.validation._answers import KEYS, check_key, design_of, read_answers
from lacunet.measures.validation._choose import choose_items, deal_items, read_texts, write_rows
from lacunet.measures.validation._ratings import read_scores
from lacunet.report._words import count
from lacunet.table import write_frame
from lacunet.table._file import read_file
from lacunet.table._frame import as_pandas
from lacunet.table._replace import check_target

Design = Literal["pairs", "single"]
ENDINGS = (".csv", ".xlsx")
KEY_ENDING = "-key"
ANSWER = {"pairs": "choice", "single": "rating"}
SHOWN = 5


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RatingSheet:
    """Questions for raters, and the key to their answers; made by `rating_sheet`, read again by `RatingSheet.read`.

    Attributes
    ----------
    key
        One row a question: row (its number), rater, item, is_repeat; and left, right (documents, from 0), score_left
        and score_right for pairs, or document, score and scale for single texts. Keep it from the raters.
    frame
        What raters see: row, rater, and left and right, or text. Empty where the key was read from a file.
    seed
        Number that decided texts, pairs, sides and order; None where the key was read from a file.
    notes
        What was left out.
    """

    key: pd.DataFrame
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    seed: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def design(self) -> Design:
        """Whether "pairs" are asked about or "single" texts."""
        return design_of(self.key)

    def __len__(self) -> int:
        return len(self.key)

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Write one sheet a rater, and the key beside them.

        Parameters
        ----------
        path
            A name that ends in .csv or .xlsx (which needs openpyxl). "emotion.csv" becomes emotion-1.csv for the first
            rater, and so on, with an empty column to fill in, and emotion-key.csv: keep that from the raters.
        force
            Whether existing files may be replaced.

        Returns
        -------
        pathlib.Path
            Where the key is; `RatingSheet.read` reads it when the answers have come.

        Raises
        ------
        SpecError
            When the name ends otherwise, a file exists, or there are no texts since the key was read from a file.
        """
        path = Path(path)
        if path.suffix.lower() not in ENDINGS:
            raise SpecError(
                f"The file name {path.name!r} ends in {path.suffix or 'nothing'!r}. Sheets are written to .csv or "
                ".xlsx."
            )
        if self.frame.empty:
            raise SpecError("This is a key that was read from a file. Texts are needed for a sheet: make it anew.")
        own = {path.with_name(f"{path.stem}-{rater}{path.suffix}"): part for rater, part in self.frame.groupby("rater")}
        key = path.with_name(path.stem + KEY_ENDING + ".csv")
        for place in [*own, key]:  # before the first is written
            check_target(place, force=force)
        for place, part in own.items():
            write_frame(part.assign(**{ANSWER[self.design]: ""}), place, force=force)
        write_frame(self.key, key, force=force)
        return key

    @classmethod
    def read(cls, path: PathLike) -> "RatingSheet":
        """Read the key that `save` wrote.

        Parameters
        ----------
        path
            The file whose name ends in -key.csv.

        Returns
        -------
        RatingSheet
            Ready to ``score``.

        Raises
        ------
        DataError
            When the file is no key.
        """
        return cls(key=check_key(as_pandas(read_file(Path(path))[0]), Path(path).name))

    def score(self, filled: Frame | PathLike | Sequence[Frame | PathLike]) -> RatingAgreement:
        r"""Turn filled sheets into agreement: of the raters with each other, and of the measure with the raters.

        Among raters: Krippendorff's alpha (nominal; ordinal and interval for ratings on a scale), Fleiss' kappa over
        the items with the usual number of answers, Cohen's kappa averaged over pairs of raters, the share of pairs of
        answers that are the same, each with an interval by Student's t and the jackknife over items. In simulations it
        covers 93 to 97 % with 30 items and 94 to 96 % with 100, where percentiles of a bootstrap cover 90 to 97 %.
        Alpha is the one to report where cells are missing. Pairs count in both orders, so that chance agrees half of
        the time. Repeated items count once there, and apart as the share answered alike by one rater.

        Of the measure: the share of answers that order a pair as the scores do,

        .. math:: p = \sum_i k_i / \sum_i m_i, \quad
            \widehat{\operatorname{var}}\, p = \frac{I}{I - 1} \frac{\sum_i (k_i - p\, m_i)^2}{(\sum_i m_i)^2},

        with k of the m answers to item i, and Wilson's interval for as many independent answers as give that variance;
        or, for single texts, the correlations of the scores with the raters' mean, with intervals as in
        `compare_ratings`. Half of the answers would be right by chance.

        Parameters
        ----------
        filled
            Sheets as they came back: a frame, a file, or a list of them, with the columns row and choice ("left",
            "right"; first letters do) or rating (whole numbers of the scale). Empty cells are missing answers.

        Returns
        -------
        RatingAgreement
            ``.table()``, ``.pairs()``, ``.plot()``, ``.summary()``.

        Raises
        ------
        DataError
            When a row is unknown or answered twice in two ways, an answer is none of those allowed, or there is none.

        Warns
        -----
        DataWarning
            When answers are missing.

        References
        ----------
        Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania, Annenberg
        School for Communication.
        Differs: Krippendorff's interval draws single pairs of ratings anew, as if the ratings of an item were
        independent. Here items are left out with all of their ratings.
        """
        given = list(filled) if isinstance(filled, list | tuple) else [filled]
        return measure_agreement(self.key, read_answers(given, self.key))

    def summary(self) -> str:
        """How many questions on how many texts for how many raters, and what was left out, in sentences."""
        return "\n".join((f"{self._head()}.", *self.notes))

    def __repr__(self) -> str:
        if self.frame.empty:
            return self._head()
        shown = self.frame.head(SHOWN).to_string(index=False, max_colwidth=40)
        return f"{self._head()}, the first of them:\n\n{shown}"

    def _head(self) -> str:
        asked = f"{count(self.key['item'].nunique(), 'pair' if self.design == 'pairs' else 'text')}"
        return f"{count(len(self), 'question')} on {asked} for {count(self.key['rater'].nunique(), 'rater')}"


def rating_sheet(
    texts: Any,
    n: int = 100,
    *,
    scores: Any = None,
    design: Design = "pairs",
    raters: int = 3,
    overlap: float = 1.0,
    repeats: float = 0.1,
    scale: int = 7,
    seed: int | None = None,
    path: PathLike | None = None,
) -> RatingSheet:
    """Make a sheet on which people say which of two texts shows more of something, or how much of it a text shows.

    "pairs" is the design of Gennaro and Ash: people find it easier to say which of two speeches is the more emotional
    than how emotional one is. "single" asks for a number from 1 to 7, which says how large differences are.

    Raters see texts only: no score, no document variable, and not which items come twice. Texts are drawn evenly over
    the ranks of the scores (one from each of as many slices of equal size), so that they stand for the corpus; pairs
    are made at random. The text with the higher score is on the left as often as on the right, the order is another for
    each rater, and repeated items come last, sides exchanged.

    Parameters
    ----------
    texts
        Texts in the order of the scores: a list or a column, such as ``frame["speech"]``. Raters read them: take
        sentences or paragraphs. Empty ones and repetitions are left out.
    n
        Pairs, or texts for "single". Of 2 n texts each is in one pair only, so that pairs are independent.
    scores
        `Scores` or one number a text; None draws texts at random, and the agreement of the measure is not known.
    design
        "pairs" or "single".
    raters
        How many. With one, the agreement of raters is not known.
    overlap
        Share of the items that every rater gets; each of the others goes to one rater. 1 for the best figures of
        agreement, less to have more items rated.
    repeats
        Share of a rater's items that come twice, which shows how far a rater agrees with himself or herself.
    scale
        Highest rating of "single".
    seed
        Decides all of this; drawn and recorded when None.
    path
        Where to `save` at once; None for not.

    Returns
    -------
    RatingSheet
        ``.frame``, ``.save(path)``, ``.score(filled)``.

    Raises
    ------
    DataError
        When there are too few texts, or scores and texts differ in number.
    SpecError
        When an option is wrong.

    References
    ----------
    Gennaro, G., & Ash, E. (2022). Emotion and reason in political language. *The Economic Journal*, 132(643),
    1037-1059.
    """
    if design not in get_args(Design):
        raise SpecError(
            f"design={design!r} is not known. Sheets ask about 'pairs' or about 'single' texts: choose one."
        )
    n, raters, scale = check_count(n, "n", 2), check_count(raters, "raters"), check_count(scale, "scale", 2)
    for name, share, most in (("overlap", overlap, 1.0), ("repeats", repeats, 0.5)):
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= most:
            raise SpecError(f"{name}={share!r} is no share from 0 to {most:g}. Give one, such as .1.")
    seed = draw_seed() if seed is None else check_seed(seed)
    if isinstance(texts, Scores):
        raise DataError("Scores hold no texts. Raters need them: hand over texts first, and the scores as scores=.")
    written = read_texts(texts)
    values = None if scores is None else read_scores(scores)[0].mean(axis=0)
    if values is not None and len(values) != len(written):
        raise DataError(
            f"There are {len(written):,} texts and {len(values):,} scores. One score a text is needed, in the same "
            "order: line them up. Documents without text are left out on reading: drop their rows first."
        )
    items, notes = choose_items(written, values, n, 2 if design == "pairs" else 1, generator(seed, "rated texts"))
    dealt = deal_items(len(items), raters, overlap, repeats, seed)
    key = write_rows(items, dealt, values, scale, seed)[KEYS[design]]
    shown = ("left", "right") if design == "pairs" else ("document",)
    frame = key[["row", "rater"]].assign(
        **{("text" if name == "document" else name): [written[i] for i in key[name]] for name in shown}
    )
    sheet = RatingSheet(key=key, frame=frame, seed=seed, notes=notes)
    if path is not None:
        sheet.save(path)
    return sheet
