"""From a `RegressionTable` to one grid of strings, which every writer sets in its own way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from lacunet._typing import Floats
from lacunet.report.regression._content import ModelColumn, RegressionTable, Show
from lacunet.report.regression._names import read_term, tidy
from lacunet.report.regression._notes import percent, write_notes
from lacunet.report.regression._numbers import choose_decimals, degrees, fixed, p_value, share, statistic_row

INTERCEPTS = ("Intercept", "(Intercept)", "const", "Constant", "_cons")


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: digits, then stars and a closing bracket, which stand right of where digits align."""

    text: str = ""
    stars: str = ""
    tail: str = ""

    @property
    def plain(self) -> str:
        """All of it in one string."""
        return f"{self.text}{self.stars}{self.tail}"


@dataclass(frozen=True, slots=True)
class Span:
    """A heading over one or several columns."""

    text: str
    width: int = 1


@dataclass(frozen=True, slots=True)
class Block:
    """A label and its lines: an estimate with its uncertainty below, one statistic, or a sub-heading without lines."""

    label: str
    lines: tuple[tuple[Cell, ...], ...]
    is_indented: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether it only names what follows."""
        return not self.lines


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything a writer sets."""

    title: str
    anchor: str
    stub: str
    head: tuple[tuple[Span, ...], ...]
    body: tuple[Block, ...]
    foot: tuple[Block, ...]
    notes: tuple[str, ...]
    n_columns: int

    @property
    def longest_label(self) -> int:
        """Characters of the longest label."""
        labels = (block.label for block in (*self.body, *self.foot) if not block.is_heading)
        return max((len(label) for label in (self.stub, *labels)), default=0)


def lay_out(table: RegressionTable) -> Grid:
    """Arrange the models in a grid.

    Parameters
    ----------
    table
        What to show.

    Returns
    -------
    Grid
        Strings only.
    """
    is_wide = table.layout == "wide"
    numbers = [column.title or f"({j})" for j, column in enumerate(table.columns, 1)]
    stub, head = _wide_head(table) if is_wide else ("", _stacked_head(table, numbers))
    n_columns = len(table.shown) + 1 if is_wide else len(table.columns)
    return Grid(
        title=tidy(table.title),
        anchor=tidy(table.anchor),
        stub=tidy(stub),
        head=tuple(tuple(Span(tidy(span.text), span.width) for span in row) for row in head),
        body=tuple(_body(table)),
        foot=tuple(_foot(table, n_columns)),
        notes=write_notes(table, [tidy(number) for number in numbers]),
        n_columns=n_columns,
    )


def _stacked_head(table: RegressionTable, numbers: Sequence[str]) -> list[list[Span]]:
    """Outcomes, models and numbers; what neighbours share is said once over both."""
    columns = table.columns
    outcomes = [read_term(column.outcome, table.labels) if column.outcome else "" for column in columns]
    rows = [_spans(names) for names in (outcomes, [column.model_label for column in columns]) if any(names)]
    if len(columns) > 1 or columns[0].title:
        rows.append([Span(number) for number in numbers])
    return rows or [[Span("Estimate")]]


def _spans(names: Sequence[str]) -> list[Span]:
    spans: list[Span] = []
    for name, same in groupby(names):
        width = len(list(same))
        spans += [Span(name, width)] if name else [Span("")] * width
    return spans


def _wide_head(table: RegressionTable) -> tuple[str, list[list[Span]]]:
    """What was modelled, for the corner, and the names of the quantities."""
    column = table.columns[0]
    outcome = read_term(column.outcome, table.labels) if column.outcome else ""
    corner = ", ".join(word for word in (outcome, column.model_label, column.title) if word)
    words = {"std_error": "SE", "interval": f"{percent(table.level)} CI", "statistic": "t", "fmi": "FMI"}
    return corner, [[Span("Estimate"), *(Span(words.get(name, name)) for name in table.shown)]]


def _body(table: RegressionTable) -> Iterator[Block]:
    """Rows of coefficients under their sub-headings."""
    columns = [_rescaled(column) for column in table.columns]
    group = ""
    for place in _ordered_places(table):
        if place[0] != group:
            group = place[0]
            if group:
                yield Block(tidy(table.labels.get(group, group)), ())
        cells = [_cells(table, column, place) for column in columns]
        lines = tuple(zip(*cells, strict=True)) if table.layout == "stacked" else (tuple(cells[0]),)
        yield Block(read_term(place[1], table.labels), lines, is_indented=bool(group))


def _ordered_places(table: RegressionTable) -> list[tuple[str, str]]:
    """Union of the rows in order of first appearance, sub-headings kept together, the constant where it is wanted."""
    union = list(dict.fromkeys(place for column in table.columns for place in column.places))
    groups = sorted(dict.fromkeys(group for group, _ in union), key=bool)
    sign = {"model": 0, "first": -1, "last": 1}[table.intercept]
    return sorted(union, key=lambda place: (groups.index(place[0]), sign * (place[1] in INTERCEPTS)))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Coefficient:
    """One coefficient on the scale on which it is shown."""

    estimate: float
    std_error: float
    low: float
    high: float
    statistic: float
    p: float
    df: float
    fmi: float
    is_auxiliary: bool


def _rescaled(column: ModelColumn) -> dict[tuple[str, str], _Coefficient]:
    """Coefficients by place, exponentiated where that was asked for."""
    auxiliary = column.auxiliary or (False,) * len(column.terms)
    found = {}
    for i, place in enumerate(column.places):
        estimate, error, low, high = (
            float(array[i]) for array in (column.estimates, column.std_errors, column.conf_low, column.conf_high)
        )
        if column.exponentiate and not auxiliary[i]:
            with np.errstate(over="ignore", invalid="ignore"):
                estimate, low, high = (float(np.exp(value)) for value in (estimate, low, high))
                error = float(np.multiply(estimate, error))
        found[place] = _Coefficient(
            estimate=estimate,
            std_error=error,
            low=low,
            high=high,
            statistic=float(column.statistics[i]),
            p=float(column.p_values[i]),
            df=float(column.df[i]),
            fmi=float(column.fmi[i]),
            is_auxiliary=auxiliary[i],
        )
    return found


def _cells(table: RegressionTable, column: dict[tuple[str, str], _Coefficient], place: tuple[str, str]) -> list[Cell]:
    """The estimate and what is shown beside it; blanks where the model lacks the term."""
    if place not in column:
        return [Cell()] * (1 + len(table.shown))
    item = column[place]
    decimals = choose_decimals(item.std_error, table.digits)
    stars = "" if item.is_auxiliary else "*" * sum(item.p < threshold for threshold in table.thresholds)
    wide = table.layout == "wide"
    return [
        Cell(fixed(item.estimate, decimals), stars),
        *(_beside(name, item, decimals, wide) for name in table.shown),
    ]


def _beside(name: Show, item: _Coefficient, decimals: int, is_wide: bool) -> Cell:
    """One quantity beside the estimate, bracketed or named where it has no column of its own."""
    if name == "std_error":
        text = fixed(item.std_error, decimals)
        return Cell(text) if is_wide else Cell(f"({text}", tail=")")
    if name == "interval":
        return Cell(f"[{fixed(item.low, decimals)}, {fixed(item.high, decimals)}", tail="]")
    if name == "p":
        text = p_value(item.p)
        return Cell(text if is_wide else f"p {text}" if text[0] in "<>" else f"p = {text}")
    word, text = {
        "statistic": ("t", fixed(item.statistic, 2)),
        "df": ("df", degrees(item.df)),
        "fmi": ("FMI", share(item.fmi)),
    }[name]
    return Cell(text if is_wide else f"{word} = {text}")


def _foot(table: RegressionTable, n_columns: int) -> Iterator[Block]:
    """Statistics of the models: the union of their rows, blank where one lacks it."""
    rows = [column.rows for column in table.columns]
    blanks = (Cell(),) * (n_columns - len(rows))
    for name in dict.fromkeys(name for row in rows for name in row):
        cells = tuple(Cell(tidy(statistic_row(_plain(row.get(name)), table.digits))) for row in rows)
        yield Block(tidy(name).replace("R2", "R²"), (cells + blanks,))
    if table.largest_fmi:
        yield Block("Largest FMI", (tuple(_largest(column.fmi) for column in table.columns) + blanks,))


def _largest(values: Floats) -> Cell:
    known = values[~np.isnan(values)]
    return Cell(share(float(known.max()))) if len(known) else Cell()


def _plain(value: object) -> float | int | str | None:
    """NumPy's numbers as Python's, so that whole ones are known."""
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[return-value]
