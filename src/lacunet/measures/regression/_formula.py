"""The formula of an embedding regression: a word on the left, document variables on the right."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec

from lacunet._typing import Bools, Floats
from lacunet.errors import ColumnError, DataError, SpecError, list_some, suggest, warn_user
from lacunet.measures._variables import note_written_numbers
from lacunet.pooling._design import apply_formula, check_names
from lacunet.pooling._formula_text import read_right_side, variables_of

INTERCEPT = "Intercept"
FEW = 10
"""Instances of a level below which its row of the table is told to be thin."""
DATES = frozenset({"datetime64", "datetime", "date", "timedelta64", "timedelta", "period"})
"""What pandas calls columns of dates and of times."""
LEVELS_OF = re.compile(r"^C\(\s*(?:`([^`]+)`|([^\W\d]\w*))\s*[,)]")
"""A variable whose values are levels, whatever they are."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A formula taken apart.

    Attributes
    ----------
    target
        Spellings of the word on the left.
    right
        Right side, without what stands behind the bar.
    absorbed
        Variables behind the bar, whose levels are taken out.
    """

    target: Any
    right: str
    absorbed: tuple[str, ...]


def read_formula(formula: str, target: Any) -> Asked:
    """Take ``"word | another ~ terms | effects"`` apart, or say what is wrong with it."""
    if not isinstance(formula, str) or formula.count("~") != 1:
        raise SpecError(
            f"The formula {formula!r} is not whole. It needs the form 'word ~ term + term', for example "
            "'immigration ~ party + year', or '~ party' beside target=."
        )
    left, right = (side.strip() for side in formula.split("~"))
    if not right:
        raise SpecError(f"The formula {formula!r} has no right side. Name a term, or write '~ 1' for the mean alone.")
    if bool(left) == (target is not None):
        found = "names a word on its left and target= does, too" if left else "names no word on its left"
        raise SpecError(
            f"The formula {formula!r} {found}. One of the two is needed: 'immigration ~ party', or target=."
        )
    words = [word.strip() for word in left.split("|")] if left else target
    if left and not all(words):
        raise SpecError(f"The left side {left!r} holds an empty spelling. Write 'immigration | immigrants ~ party'.")
    terms, bar, effects = right.partition("|")
    absorbed = tuple(name.strip().strip("`") for name in effects.split("+")) if bar else ()
    if bar and not (terms.strip() and all(absorbed)):
        raise SpecError(f"The right side {right!r} is not whole. Write 'term + term | speaker' to take effects out.")
    read_right_side(terms.strip())
    return Asked(target=words, right=terms.strip(), absorbed=absorbed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """The right side with what it learned from the instances.

    Attributes
    ----------
    right
        As text.
    frame
        Its variables, one row an instance.
    spec
        What formulaic learned.
    names
        Columns of the design that are terms of the regression.
    """

    right: str
    frame: pd.DataFrame
    spec: ModelSpec
    names: tuple[str, ...]

    @classmethod
    def learn(cls, right: str, frame: pd.DataFrame, *, has_intercept: bool) -> Self:
        """Learn levels and constants from the instances."""
        frame = frame[list(variables_of(read_right_side(right)))].reset_index(drop=True)
        for name in frame.columns:
            if isinstance(frame[name].dtype, pd.CategoricalDtype):
                frame[name] = frame[name].cat.remove_unused_categories()
        matrix = _design(right, frame)
        names = tuple(str(name) for name in matrix.columns if has_intercept or str(name) != INTERCEPT)
        if not names:
            raise SpecError(
                f"The right side {right!r} leaves no term beside the effects that are taken out. Name one at least."
            )
        return cls(right=right, frame=frame, spec=matrix.model_spec, names=names)

    def columns(self, frame: pd.DataFrame | None = None) -> Floats:
        """Design (n, k) of the instances, or of other rows."""
        matrix = _design(self.spec, self.frame) if frame is None else _design(self.spec, frame, is_new=True)
        return np.ascontiguousarray(matrix[list(self.names)].to_numpy(dtype=np.float64))

    @property
    def sets(self) -> dict[str, list[int]]:
        """Terms of the formula that are several columns (factors, splines), and which."""
        place = {name: i for i, name in enumerate(self.names)}
        columns = [str(name) for name in self.spec.column_names]
        return {
            str(term): [place[columns[i]] for i in indices]
            for term, indices in self.spec.term_indices.items()
            if len(indices) > 1
        }

    @property
    def _levelled(self) -> set[str]:
        """Variables whose values are levels, whatever they are."""
        found = [LEVELS_OF.match(factor.expr) for term in self.spec.formula for factor in term.factors]
        return {one.group(1) or one.group(2) for one in found if one}

    def at(self, values: Any, row_weights: Floats) -> tuple[pd.DataFrame, Floats]:
        """Rows of covariate values as asked, and the design's row (m, k) of each.

        Variables that are not named keep the values of the instances, over which the design's rows are averaged.
        """
        asked = _read_at(values, tuple(self.frame.columns))
        for name in asked.columns:
            _check_levels(asked[name], self.frame[name], are_levels=name in self._levelled)
        share = row_weights / row_weights.sum()
        rows = np.empty((len(asked), len(self.names)))
        is_whole = set(asked.columns) == set(self.frame.columns)
        for i in range(len(asked)):
            given = {name: asked[name].iloc[i] for name in asked.columns}
            base = self.frame.iloc[:1] if is_whole and len(given) else self.frame
            changed = base.assign(**{name: _as_column(value, base[name]) for name, value in given.items()})
            design = self.columns(changed)
            if len(design) < len(base):
                raise DataError(f"The values {given} hold a gap. Every value that is named needs to be known.")
            rows[i] = design[0] if len(design) == 1 else share @ design
        return asked, rows


def choose_rows(asked: Asked, frame: pd.DataFrame, more: Iterable[str]) -> Bools:
    """Instances that have every variable; says how many do not."""
    formula = read_right_side(asked.right)
    wanted = sorted({*variables_of(formula), *asked.absorbed, *more})
    check_names(wanted, frame, "The formula")
    dotted = next((name for name in wanted if name not in frame), None)
    if dotted is not None:
        raise ColumnError(
            f"{dotted!r} is no column of the data. A formula takes columns and functions of them: make it a column "
            f"first, or write I({dotted})."
        )
    _refuse_dates(frame, _plain_columns(formula))
    known = frame[wanted].notna() if wanted else pd.DataFrame(index=frame.index)
    is_whole = np.asarray(known.all(axis=1), dtype=bool)
    if not is_whole.all():
        by_name = [f"{name} {int((~known[name]).sum()):,}" for name in wanted if not known[name].all()]
        left = int(is_whole.sum())
        if not left:
            raise DataError(
                f"Every one of {len(frame):,} instances lacks a variable ({list_some(by_name)}). Instances with all "
                "variables of the formula are needed. Take a variable out of it, or fill its gaps."
            )
        warn_user(
            f"{len(frame) - left:,} of {len(frame):,} instances lack a variable ({list_some(by_name)}) and are left "
            "out. Impute the variables first if those documents differ from the others."
        )
    return is_whole


def note_levels(asked: Asked, frame: pd.DataFrame) -> list[str]:
    """Warn of terms that take numbers for names; the sentences."""
    notes = note_written_numbers(frame, sorted(_plain_columns(read_right_side(asked.right))))
    for note in notes:
        warn_user(note)
    return notes


def thin_levels(design: Floats, names: tuple[str, ...]) -> dict[str, int]:
    """Columns that are levels which few instances have, or all but few; and how many."""
    is_level = ((design == 0) | (design == 1)).all(axis=0) & (np.ptp(design, axis=0) > 0)
    sizes = np.minimum(design.sum(axis=0), len(design) - design.sum(axis=0))
    return {name: int(sizes[j]) for j, name in enumerate(names) if is_level[j] and sizes[j] < FEW}


def check_columns(design: Floats, names: tuple[str, ...]) -> list[str]:
    """Refuse terms that do not vary, warn of levels with few instances; what was warned of."""
    spread = np.ptp(design, axis=0)
    flat = [name for name, width in zip(names, spread, strict=True) if width == 0 and name != INTERCEPT]
    if flat:
        raise DataError(
            f"The terms {list_some(map(repr, flat))} are the same in all {len(design):,} instances. A term needs to "
            "vary among the documents that hold the target. Take them out of the formula."
        )
    thin = [f"{name} ({n:,})" for name, n in thin_levels(design, names).items()]
    if not thin:
        return []
    note = (
        f"Levels with fewer than {FEW} instances, or all but so many: {list_some(thin)}. Their intervals are wide and "
        "rest on normality. Join rare levels."
    )
    warn_user(note)
    return [note]


def _plain_columns(formula: Formula) -> set[str]:
    """Columns that are terms, or parts of interactions, as they are."""
    return {factor.expr for term in formula for factor in term.factors if factor.eval_method.value == "lookup"}


def _refuse_dates(frame: pd.DataFrame, names: Iterable[str]) -> None:
    for name in sorted(names):
        if pd.api.types.infer_dtype(frame[name], skipna=True) in DATES:
            raise DataError(
                f"{name!r} holds dates. Numbers, text or categories are needed in a formula. Take a number, such as "
                f"the year (frame['year'] = pd.to_datetime(frame[{name!r}]).dt.year), and write 'word ~ year'."
            )


def _design(what: Any, frame: pd.DataFrame, *, is_new: bool = False) -> Any:
    # formulaic counts rows by a column
    return apply_formula(what, frame if frame.shape[1] else frame.assign(_=0.0), is_new=is_new)


def _read_at(values: Any, known: tuple[str, ...]) -> pd.DataFrame:
    if isinstance(values, Mapping):
        lists = {name: value for name, value in values.items() if not isinstance(value, str) and np.ndim(value) == 1}
        size = max((len(value) for value in lists.values()), default=1)
        if any(len(value) not in (1, size) for value in lists.values()):
            raise SpecError(f"at={values!r} holds lists of different lengths. One value each, or lists of one length.")
        columns = {n: list(v) * (size // len(v)) if n in lists else [v] * size for n, v in values.items()}
        asked = pd.DataFrame(columns, index=range(size))
    else:
        asked = values if isinstance(values, pd.DataFrame) else getattr(values, "to_pandas", lambda: None)()
    if asked is None or len(asked) == 0:
        raise SpecError(f"at={values!r} is no row of covariate values. Write at={{'party': ['D', 'R']}}, or a frame.")
    check_names(map(str, asked.columns), pd.DataFrame(columns=list(known)), "at=")
    return asked.reset_index(drop=True)


def _check_levels(asked: pd.Series, own: pd.Series, *, are_levels: bool) -> None:
    """Refuse levels that no instance has: of text, of categories, and of numbers inside C()."""
    if isinstance(own.dtype, pd.CategoricalDtype):
        known = own.cat.categories
    elif are_levels or pd.api.types.is_string_dtype(own.dtype) or own.dtype == object:
        known = pd.Index(own.unique()).sort_values() if are_levels else pd.Index(own.unique())
    else:
        _check_numbers(asked)
        return
    wrong = next((value for value in asked if not pd.isna(value) and value not in known), None)
    if wrong is not None:
        shown = [repr(value) for value in known.tolist()]
        near = "" if pd.api.types.is_numeric_dtype(known) else suggest(str(wrong), [str(one) for one in known])
        raise DataError(
            f"{own.name!r} is never {wrong!r} among the instances. A level that occurs is needed. "
            f"{near or f'It is: {list_some(shown)}.'}"
        )


def _check_numbers(asked: pd.Series) -> None:
    wrong = next((value for value in asked if isinstance(value, str)), None)
    if wrong is not None:
        raise DataError(
            f"{asked.name!r} is a number, and {wrong!r} is none. A number is needed: leave the quotes away."
        )


def _as_column(value: Any, like: pd.Series) -> Any:
    if isinstance(like.dtype, pd.CategoricalDtype):
        return pd.Categorical([value] * len(like), dtype=like.dtype)
    return pd.Series([value] * len(like), index=like.index)
