"""What a vocabulary would hold and miss, and which words look misread."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape as escape_html

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet.embedding.text._content import Content
from lacunet.embedding.text._suspects import FAR_MORE, find_debris, find_misspellings
from lacunet.report._summary import Summary
from lacunet.report._words import count as say_count
from lacunet.report._words import join, percent
from lacunet.report.regression._markdown import escape

_SHOWN = 20
"""Words of each part."""
_SAID = 5
"""Words of each part in a sentence."""
_MOST = 1_000_000
"""Distinct words, the most frequent, that are looked at for misreadings."""
_LIMITS = (1, 2, 5, 10, 20, 50, 100)
_STEPS = 10
MISSPELT = (
    "They are rare (removed, or at most one word in a million) and one letter away from a word at least "
    f"{FAR_MORE} times as frequent; names and rare words of their own may be among them."
)
_COLUMNS = ["part", "word", "count", "share", "remark"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class VocabularyReport:
    """What a vocabulary holds and misses; ``Corpus.report`` makes it.

    Attributes
    ----------
    table
        One row a word: ``part`` (``most frequent``, ``removed``, ``misspelling``, ``debris``), ``word``, ``count``,
        ``share`` of all tokens, and a ``remark``: the word likely meant, or what is odd. At most 20 words a part.
    limits
        For several ``min_count``: distinct words kept and the share of all tokens that they cover.
    growth
        Distinct words after each tenth of the text. A curve that bends little says that more text would bring many
        more words.
    lines
        The sentences of the summary.
    """

    table: pd.DataFrame
    limits: pd.DataFrame
    growth: pd.DataFrame
    lines: tuple[str, ...]

    def summary(self) -> Summary:
        """A few sentences, and what each ``min_count`` would keep."""
        return Summary(lines=self.lines, rows=self.limits)

    def __repr__(self) -> str:
        return repr(self.summary())

    def to_markdown(self) -> str:
        """The sentences and the three tables in Markdown."""
        parts = ["\n".join(f"{escape(line)}  " for line in self.lines)]
        for title, frame in self._tables():
            rows = [list(frame.columns), ["---"] * frame.shape[1], *_cells(frame)]
            lines = ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
            parts.append("\n".join([f"**{title}**", "", *lines]))
        return "\n\n".join(parts) + "\n"

    def to_html(self) -> str:
        """The sentences and the three tables in HTML."""
        parts = ["".join(f"<p>{escape_html(line)}</p>" for line in self.lines)]
        for title, frame in self._tables():
            head = "".join(f"<th>{escape_html(name)}</th>" for name in frame.columns)
            body = "".join(
                "<tr>" + "".join(f"<td>{escape_html(cell)}</td>" for cell in row) + "</tr>" for row in _cells(frame)
            )
            parts.append(
                f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            )
        return "\n".join(parts) + "\n"

    def _tables(self) -> tuple[tuple[str, pd.DataFrame], ...]:
        return ("Words", self.table), ("Smallest count", self.limits), ("Growth", self.growth)


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    def say(value: object) -> str:
        if isinstance(value, float):
            return percent(value)
        return say_count(value) if isinstance(value, int) else str(value)

    return [[say(value) for value in row] for row in frame.astype(object).to_numpy().tolist()]


def describe_vocabulary(
    content: Content, counts: NDArray[np.int64], min_count: int, order: NDArray[np.int64] | None
) -> VocabularyReport:
    """Report of a corpus; ``counts`` are of its words, ``order`` its documents if they are not all."""
    total = int(counts.sum())
    places = np.flatnonzero(counts)
    places = places[np.argsort(-counts[places], kind="stable")]
    here = counts[places]
    n_kept = int(np.count_nonzero(here >= min_count))
    words = content.spellings.words(places[:_MOST])
    seen = here[:_MOST].tolist()
    odd = list(find_debris(words))
    wrong = list(find_misspellings(words, seen, max(min_count - 1, total // 1_000_000)))
    removed = np.linspace(n_kept, len(words) - 1, _SHOWN).astype(int) if n_kept < len(words) else np.zeros(0, dtype=int)
    rows = [("most frequent", k, "") for k in range(min(_SHOWN, n_kept))]
    rows += [("removed", k, "") for k in dict.fromkeys(removed.tolist())]
    rows += [("misspelling", k, words[model]) for k, model in wrong[:_SHOWN]]
    rows += [("debris", k, reason) for k, reason in odd[:_SHOWN]]
    table = pd.DataFrame([(part, words[k], seen[k], seen[k] / total, note) for part, k, note in rows], columns=_COLUMNS)
    misspelt = [words[k] for k, _ in wrong], [seen[k] for k, _ in wrong], [words[model] for _, model in wrong]
    debris = [words[k] for k, _ in odd], [seen[k] for k, _ in odd], [why for _, why in odd]
    lines = (
        f"{say_count(total, 'token')}, {say_count(len(here), 'distinct word')}, of which "
        f"{say_count(int(np.count_nonzero(here == 1)))} stand once.",
        _say_kept(here, n_kept, min_count, total),
        _say_suspects(("may be misspelt", "may be misspelt"), *misspelt, note=MISSPELT),
        _say_suspects(("looks misread", "look misread"), *debris, note="Acronyms may be among them."),
    )
    return VocabularyReport(table=table, limits=_limits(here, min_count), growth=_growth(content, order), lines=lines)


def _say_kept(counts: NDArray[np.int64], n_kept: int, min_count: int, total: int) -> str:
    covered = int(counts[:n_kept].sum())
    return (
        f"min_count={min_count} keeps {say_count(n_kept, 'word')}, which cover {percent(covered / total)} of the "
        f"tokens; it removes {say_count(len(counts) - n_kept, 'word')} ({say_count(total - covered, 'token')})."
    )


def _say_suspects(
    verbs: tuple[str, str], words: list[str], counts: list[int], remarks: Sequence[str], *, note: str
) -> str:
    one, many = verbs
    if not words:
        return f"No word {one}."
    examples = join([f"{word!r} ({remark})" for word, remark in zip(words[:_SAID], remarks)])
    verb = one if len(words) == 1 else many
    return f"{say_count(len(words), 'word')} {verb} ({say_count(sum(counts), 'token')}), such as {examples}. {note}"


def _limits(counts: NDArray[np.int64], min_count: int) -> pd.DataFrame:
    total = counts.sum()
    rows = []
    for limit in sorted({*_LIMITS, min_count}):
        kept = counts[counts >= limit]
        rows.append((limit, len(kept), float(kept.sum() / total)))
    return pd.DataFrame(rows, columns=["min_count", "words", "coverage"])


def _growth(content: Content, order: NDArray[np.int64] | None) -> pd.DataFrame:
    """Tokens read and distinct words met, at about every tenth of the text."""
    is_met = np.zeros(len(content.spellings), dtype=bool)
    stream = content.stream
    length = stream.length if order is None else int(np.diff(stream.offsets)[order].sum())
    step = max(1, -(-length // _STEPS))
    n_tokens, n_read, due, rows = 0, 0, step, []
    for chunk in stream.chunks(min(step, 1 << 20)) if order is None else stream.ranges(order, min(step, 1 << 20)):
        found = content.final[chunk[chunk >= 0]]
        found = found[found >= 0]
        is_met[found] = True
        n_tokens += len(found)
        n_read += len(chunk)
        if n_read >= due or n_read == length:
            rows.append((n_tokens, int(np.count_nonzero(is_met))))
            due += step
    return pd.DataFrame(rows, columns=["tokens", "words"])
