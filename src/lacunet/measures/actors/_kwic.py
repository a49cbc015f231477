"""Keyword in context: what was said around every mention, so that a number can be read before it is believed."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count, check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Integers
from lacunet.embedding.text import Corpus, Tokens, as_corpus
from lacunet.errors import SpecError
from lacunet.measures.contexts import find_mentions, read_terms, words_around
from lacunet.measures.documents._documents import as_names, variable_of, write_value
from lacunet.report._words import count, shorten

SHOWN = 40
"""Lines that are shown where no number was asked for."""
LONGEST = 24
"""Letters of a document variable beside a line."""
COLUMNS = ("term", "document", "position", "before", "keyword", "after")
STYLE = "text-align:{};white-space:nowrap;padding:0 .5em;border:0"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Kwic:
    """Mentions of a target with the words around them; ``print`` aligns them on the keyword.

    Made by `kwic`. Words are as the corpus was read: in lower case and without punctuation, unless its `Tokens` say
    otherwise.

    Attributes
    ----------
    rows
        One row a mention; see `table`.
    by
        Document variables that mentions were drawn within and are shown with.
    n_found
        Mentions in the corpus, those that were not drawn among them.
    window
        Words to either side.
    seed
        Seed of the draw; None where all mentions are here.
    """

    rows: pd.DataFrame
    by: tuple[str, ...]
    n_found: int
    window: int
    seed: int | None

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        drawn = "" if self.seed is None else f" of {self.n_found:,} (seed {self.seed})"
        return f"Kwic({count(len(self), 'mention')}{drawn}, window {self.window})"

    def __str__(self) -> str:
        more = len(self) - SHOWN
        return self.to_text(SHOWN) + (f"\n... and {more:,} more: see .table()" if more > 0 else "")

    def _repr_html_(self) -> str:
        return self.to_html(SHOWN)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was drawn, and how the words are written."""
        drawn = (
            "" if self.seed is None else f"{count(len(self), 'mention')} of {self.n_found:,} drawn (seed {self.seed})."
        )
        return tuple(filter(None, (drawn, "Words are written as the corpus was read.")))

    @property
    def _beside(self) -> list[str]:
        """Columns that are shown before the words."""
        several = ["term"] if self.rows["term"].nunique() > 1 else []
        return [*several, "document", *map(_own, self.by)]

    def table(self) -> pd.DataFrame:
        """One row a mention, in the order of the text (within the targets and the values of ``by``).

        Returns
        -------
        pandas.DataFrame
            term (which target), document (from 0), position (place in it, from 0, ends of units counted), before,
            keyword, after (words with spaces between), and the document variables (``_variable`` is added to the name
            of one that is called as a column here).
        """
        return self.rows.copy()

    def to_text(self, n: int | None = None) -> str:
        """Lines aligned on the keyword, for a terminal or a plain file.

        Parameters
        ----------
        n
            Most lines; None for all.

        Returns
        -------
        str
            One line a mention: the target where there are several, number of the document, values of ``by``, and the
            words.
        """
        rows = self.rows.head(len(self) if n is None else check_count(n, "n"))
        columns = [_align(rows[name], ">" if name == "document" else "<") for name in self._beside]
        columns += [_align(rows["before"], ">"), _align(rows["keyword"], "^"), _align(rows["after"], "<")]
        return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))

    def to_html(self, n: int | None = None) -> str:
        """The same as an HTML table; whatever the texts hold is escaped.

        Parameters
        ----------
        n
            Most lines; None for all.

        Returns
        -------
        str
            One ``<table>`` element without script or outside reference.
        """
        rows = self.rows.head(len(self) if n is None else check_count(n, "n"))
        columns = [*self._beside, "before", "keyword", "after"]
        head = "".join(f'<th style="{_style(name)}">{escape(name)}</th>' for name in columns)
        body = "\n".join(
            "<tr>" + "".join(_cell(name, value) for name, value in zip(columns, row, strict=True)) + "</tr>"
            for row in rows[columns].itertuples(index=False)
        )
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"

    def summary(self) -> str:
        """How many mentions in how many documents, and what was drawn, in sentences."""
        first = f"{count(len(self), 'mention')} in {count(self.rows['document'].nunique(), 'document')}."
        return " ".join((first, *self.notes))

    def cite(self) -> str:
        """The work to cite for concordances of this form."""
        return (
            "Luhn, H. P. (1960). Key word-in-context index for technical literature (KWIC index). American "
            "Documentation, 11(4), 288-295."
        )


def kwic(
    texts: Any,
    target: Any,
    *,
    text: str | None = None,
    tokens: Tokens | None = None,
    window: int = 6,
    n: int | None = None,
    seed: int | None = None,
    by: str | Sequence[str] | None = None,
) -> Kwic:
    """Show a word, or a term of several, with the words around each mention.

    Read some before a measure of the same mentions is believed: whether they mean what the measure takes them to mean.
    Draw them at random (``n=50``): the first mentions of a corpus are those of its oldest or first speakers.

    Parameters
    ----------
    texts
        A `Corpus`, or what `read_corpus` takes.
    target
        A word, or several spellings of one target; ``*`` stands for any letters, ``?`` for one, and spaces separate the
        words of a term (which is also found where it was read as one word, joined by ``_``). Or a mapping of names to
        spellings, for several targets. Write them as the corpus writes words: in lower case, as a rule.
    text, tokens
        As in `read_corpus`, where ``texts`` is no `Corpus` yet.
    window
        Words to either side; windows end where units end.
    n
        Draw so many mentions (of each target, and with ``by`` of each of its values), each as likely as any other; None
        shows all. Where there are fewer, all are shown.
    seed
        Of the draw; drawn and recorded when None.
    by
        Document variable, or several, whose values are shown beside the lines and sort them; ``n`` are drawn of each.

    Returns
    -------
    Kwic
        Lines to print, a table, and HTML.

    Raises
    ------
    DataError
        When no target occurs; the message names the nearest word.
    ColumnError
        When ``by`` is no document variable.
    SpecError
        When an option is wrong.

    References
    ----------
    Luhn, H. P. (1960). Key word-in-context index for technical literature (KWIC index). *American Documentation*,
    11(4), 288-295.
    Differs: words are shown as they were read, since a corpus keeps words and not texts.

    Examples
    --------
    >>> shown = kwic(["We hold these truths to be self-evident", "The truths of old"], "truths", window=2)
    >>> shown.to_text().splitlines()
    ['0  hold these  truths  to be', '1         the  truths  of old']
    """
    window = check_count(window, "window")
    if n is None and seed is not None:
        raise SpecError(f"seed={seed} draws nothing, as all mentions are shown. Give n=50, say, or leave seed out.")
    corpus = as_corpus(texts, text, tokens)
    names = as_names(by, "by")
    variables = pd.DataFrame(index=range(corpus.n_documents)) if corpus.variables is None else corpus.variables
    code = _number_groups(corpus, names)
    found = find_mentions(corpus, read_terms(target))
    group = np.asarray(found.term) * (int(code.max()) + 1) + code[found.document]
    chosen = np.argsort(group, kind="stable")
    if n is not None:
        seed = draw_seed() if seed is None else check_seed(seed)
        chosen = _draw(chosen, group, check_count(n, "n"), seed)
    where = found.document[chosen]
    around = words_around(corpus, where, found.position[chosen], window, found.length[chosen])
    own = pd.DataFrame(
        {
            "term": [found.names[k] for k in found.term[chosen]],
            "document": where,
            "position": found.position[chosen],
            **{name: [" ".join(some) for some in getattr(around, name)] for name in around._fields},
        }
    )
    beside = variables.iloc[where].reset_index(drop=True).rename(columns=lambda name: _own(str(name)))
    return Kwic(rows=own.join(beside), by=names, n_found=len(found), window=window, seed=seed)


def _number_groups(corpus: Corpus, names: tuple[str, ...]) -> Integers:
    """Which combination of values each document has, in sorted order; those without a value come last."""
    if not names:
        return np.zeros(corpus.n_documents, dtype=np.intp)
    frame = pd.DataFrame({name: variable_of(corpus.variables, name) for name in names})
    return frame.groupby(list(names), sort=True, dropna=False, observed=True).ngroup().to_numpy().astype(np.intp)


def _draw(order: Integers, group: Integers, n: int, seed: int) -> Integers:
    """Up to n of each group, in the order they had."""
    ranks = generator(seed, "keywords in context").random(len(group))
    shuffled = order[np.lexsort((ranks[order], group[order]))]
    starts = np.searchsorted(group[shuffled], group[shuffled], side="left")
    kept = shuffled[np.arange(len(shuffled)) - starts < n]
    return kept[np.lexsort((kept, group[kept]))]


def _own(name: str) -> str:
    return f"{name}_variable" if name in COLUMNS else name


def _align(values: pd.Series, side: str) -> list[str]:
    is_text = values.name in ("before", "keyword", "after")
    words = [str(value) if is_text else shorten(_write(value), LONGEST) for value in values]
    width = max(map(len, words), default=0)
    return [f"{word:{side}{width}}" for word in words]


def _write(value: Any) -> str:
    return "" if pd.isna(value) else write_value(value)


def _cell(name: str, value: Any) -> str:
    content = escape(_write(value))
    return f'<td style="{_style(name)}">{f"<b>{content}</b>" if name == "keyword" else content}</td>'


def _style(name: str) -> str:
    return STYLE.format({"before": "right", "document": "right", "keyword": "center"}.get(name, "left"))
