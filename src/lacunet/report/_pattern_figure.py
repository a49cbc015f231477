"""The picture of which variables are missing together, and the bars of missing cells by reason."""

from html import escape

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED
from lacunet.report import _svg, _words
from lacunet.report._content import Patterns, VariableRow

CELL, ROW, LEFT, BAR = 22, 16, 12, 170
LONGEST_NAME, LETTER_HEIGHT = 18, 6.4
"""Letters of a name that are shown, and how far up each goes in a slanted name."""
STATE_FILL = {OBSERVED: _svg.OBSERVED_FILL, MISSING: _svg.IMPUTED_INK, INAPPLICABLE: _svg.INAPPLICABLE_FILL}
STATE_WORD = {OBSERVED: "observed", MISSING: "missing", INAPPLICABLE: "not applicable"}
MAX_REASONS = len(_svg.REASON_FILLS)
MAX_BARS = 40


def pattern_figure(patterns: Patterns, n_rows: int) -> str:
    """Draw one line per pattern: a cell per variable, and a bar for the number of rows."""
    n_patterns, n_names = patterns.states.shape
    right = LEFT + n_names * CELL + 12
    top = 16 + LETTER_HEIGHT * min(max(map(len, patterns.names)), LONGEST_NAME)
    width, height = max(right + BAR, 360), top + n_patterns * ROW + 8
    largest = max(int(patterns.counts.max()), 1)
    marks: list[str] = []
    for j, name in enumerate(patterns.names):
        x = LEFT + j * CELL + CELL / 2
        turn = f' transform="rotate(-55 {x:.1f} {top - 8})"'
        marks.append(_svg.text(x, top - 8, _words.shorten(name, LONGEST_NAME), fill=_svg.INK, extra=turn))
    for k in range(n_patterns):
        y = top + k * ROW
        for j, name in enumerate(patterns.names):
            state = int(patterns.states[k, j])
            cell = _svg.rect(LEFT + j * CELL, y, CELL - 2, ROW - 2, STATE_FILL[state], ' rx="2"')
            marks.append(cell if state == OBSERVED else _svg.tooltip(cell, f"{name}: {STATE_WORD[state]}"))
        n = int(patterns.counts[k])
        length = n / largest * (BAR - 100)
        marks.append(_svg.rect(right, y + 2, max(length, 1), ROW - 6, _svg.OBSERVED_INK))
        words = f"{_words.count(n)} ({_words.percent(n / max(n_rows, 1))})"
        marks.append(_svg.text(right + length + 5, y + ROW - 4, words, fill=_svg.INK))
    picture = _svg.picture(width, height, describe_patterns(patterns, n_rows), marks, "pattern")
    return picture.replace("<svg ", f'<svg style="width:{width}px" ', 1)


def describe_patterns(patterns: Patterns, n_rows: int) -> str:
    """Say the picture in words: the most frequent patterns and how many rows they cover."""
    totals: dict[tuple[str, ...], int] = {}
    for states, n in zip(patterns.states, patterns.counts.tolist(), strict=True):
        missing = tuple(name for name, state in zip(patterns.names, states, strict=True) if state == MISSING)
        totals[missing] = totals.get(missing, 0) + n
    most = sorted((names for names in totals if names), key=lambda names: -totals[names])[:3]
    share = _words.percent(patterns.n_complete / max(n_rows, 1))
    words = f"Nothing is missing in {_words.count(patterns.n_complete, 'row')} ({share})."
    if not patterns.n_complete:
        words = "In every row something is missing."
    if most:
        parts = [f"{_words.shorten(_words.join(names), 80)} ({_words.count(totals[names], 'row')})" for names in most]
        words += f" Most often missing alone or together: {'; '.join(parts)}."
    return words


def order_reasons(variables: tuple[VariableRow, ...]) -> list[str]:
    """List the reasons for missing cells, the most frequent first, as many as there are colours."""
    totals: dict[str, int] = {}
    for row in variables:
        for reason, n in row.missing_by_reason.items():
            totals[reason] = totals.get(reason, 0) + n
    return sorted(totals, key=lambda reason: (-totals[reason], reason))


def missing_bars(rows: list[VariableRow], reasons: list[str], n_rows: int) -> str:
    """Build a table with one bar of missing cells by reason for each variable."""
    body = "".join(_bar_row(row, reasons, n_rows) for row in rows[:MAX_BARS])
    return (
        '<table class="bars"><caption class="hidden">Missing cells per variable, by reason</caption><thead><tr>'
        '<th scope="col">Variable</th><th scope="col">Share of rows</th><th scope="col" class="n">Missing</th>'
        f'<th scope="col" class="n">Not applicable</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _bar_row(row: VariableRow, reasons: list[str], n_rows: int) -> str:
    counts = row.missing_by_reason or {"": row.n_missing}
    pieces, words = [], []
    for reason, n in sorted(counts.items(), key=lambda item: _reason_rank(item[0], reasons)):
        pieces.append(_piece(n, n_rows, _svg.REASON_FILLS[min(_reason_rank(reason, reasons), MAX_REASONS - 1)]))
        words.append(f"{reason or 'missing'}: {_words.count(n)}")
    if row.n_inapplicable:
        pieces.append(_piece(row.n_inapplicable, n_rows, _svg.KEPT))
        words.append(f"not applicable: {_words.count(row.n_inapplicable)}")
    share = _words.percent(row.n_missing / max(n_rows, 1))
    return (
        f'<tr><th scope="row">{escape(row.name)}</th><td class="track" title="{escape("; ".join(words))}">'
        f'<div class="track" aria-hidden="true">{"".join(pieces)}</div></td>'
        f'<td class="n">{_words.count(row.n_missing)} ({share})</td>'
        f'<td class="n">{_words.count(row.n_inapplicable) if row.n_inapplicable else ""}</td></tr>'
    )


def _piece(n: int, n_rows: int, fill: str) -> str:
    return f'<i style="width:{100 * n / max(n_rows, 1):.2f}%;background:{fill}"></i>'


def _reason_rank(reason: str, reasons: list[str]) -> int:
    return reasons.index(reason) if reason in reasons else 0
