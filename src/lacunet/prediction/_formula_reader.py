"""The right side of a formula as inputs: levels and constants are learned once, missing cells stay missing."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from formulaic import ModelSpec
from formulaic.parser.types import Factor

from lacunet._typing import Bools, Floats
from lacunet.errors import DataError, SpecError
from lacunet.pooling._design import apply_formula, check_names
from lacunet.pooling._formula_text import check_expressions, read_right_side, variables_in, variables_of
from lacunet.prediction._rows import as_statistics
from lacunet.table import Table

INTERCEPT = "Intercept"


@dataclass(frozen=True, kw_only=True, eq=False)
class FormulaReader:
    """A right side with what it learned from the rows of the fit.

    Attributes
    ----------
    text
        The right side, its dot written out.
    spec
        What formulaic learned.
    names
        Columns of the design.
    places
        Where they stand in formulaic's matrix.
    of_categories
        Columns of formulaic's matrix that rest on variables that are categories somewhere in the text, and these
        variables: where one is missing, so are the columns.
    levels
        Labels of each category that the text names.
    stand_ins
        A value of each variable in ``of_categories`` that fills its gaps while formulaic, which takes a gap for a new
        level, is at work.
    """

    text: str
    spec: ModelSpec
    names: tuple[str, ...]
    places: tuple[int, ...]
    of_categories: tuple[tuple[tuple[int, ...], tuple[str, ...]], ...]
    levels: dict[str, tuple[Any, ...]]
    stand_ins: dict[str, Any]

    @classmethod
    def learn(cls, text: str, table: Table, rows: Bools, *, is_node: bool, has_intercept: bool = True) -> Self:
        """Learn from these rows of a table.

        Parameters
        ----------
        text
            Right side of a formula.
        table
            Where its variables are.
        rows
            Rows with an outcome, (n,).
        is_node
            Whether the rows must be complete, as for a regression; else gaps are bridged while constants are learned.
        has_intercept
            Whether the intercept is a column of the design.

        Raises
        ------
        ColumnError
            When a variable does not exist.
        DataError
            When the formula cannot be applied.
        """
        formula, frame = read_right_side(text), as_statistics(table)
        check_names(variables_of(formula), frame, "The formula")
        wanted = variables_of(formula)
        used = [name for name in frame.columns if name in wanted]
        known = _without_gaps(frame.loc[rows, used], is_node)
        matrix = _apply(formula, known)
        spec = matrix.model_spec
        columns = [str(name) for name in matrix.columns]
        places = tuple(i for i, name in enumerate(columns) if has_intercept or name != INTERCEPT)
        if not places:
            raise SpecError(f"The formula's right side {text!r} names no input. Name at least one, or '.' for all.")
        of_categories = _find_categories(spec, set(used))
        return cls(
            text=text,
            spec=spec,
            names=tuple(columns[i] for i in places),
            places=places,
            of_categories=of_categories,
            stand_ins={name: known[name].iloc[0] for _, variables in of_categories for name in variables},
            levels={
                name: tuple(known[name].cat.categories)
                for name in used
                if isinstance(known[name].dtype, pd.CategoricalDtype)
            },
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """Columns that the text names."""
        return variables_of(read_right_side(self.text))

    def complete(self, frame: pd.DataFrame) -> Bools:
        """Rows that have every variable, (n,)."""
        return frame[list(self.variables)].notna().all(axis=1).to_numpy()

    def columns(self, table: Table) -> Floats:
        """Inputs of rows, (n, p), NaN where a variable is missing."""
        frame = as_statistics(table)
        is_complete = self.complete(frame)
        for name, levels in self.levels.items():
            frame[name] = _with_levels(frame[name], levels, is_complete)
        gaps = frame.isna()
        frame = frame.fillna(self.stand_ins)
        matrix = _apply(self.spec, frame, is_new=True).to_numpy(dtype=np.float64)
        for columns, variables in self.of_categories:
            matrix[np.ix_(gaps[list(variables)].any(axis=1).to_numpy(), columns)] = np.nan
        matrix = np.ascontiguousarray(matrix[:, self.places])
        bad = np.isinf(matrix).any(axis=0)
        if bad.any():
            raise DataError(
                f"The term '{self.names[int(bad.argmax())]}' is infinite in {int(np.isinf(matrix).any(axis=1).sum())} "
                "rows. Finite numbers are needed: check for the logarithm of zero or a division by zero."
            )
        return matrix

    def as_meta(self) -> dict[str, Any]:
        """Words for a file.

        Raises
        ------
        DataError
            When the formula uses a function that a file cannot keep.
        """
        check_expressions(self.text)
        encoded = {
            name: (kind.value, [*state.get("categories", ())] or None)
            for name, (kind, state) in self.spec.encoder_state.items()
        }
        return {
            "reader": "formula",
            "text": self.text,
            "transforms": {name: _plain(name, state) for name, state in self.spec.transform_state.items()},
            "encoded": encoded,
            "names": self.names,
            "places": self.places,
            "of_categories": self.of_categories,
            "levels": self.levels,
            "stand_ins": self.stand_ins,
        }

    @classmethod
    def from_meta(cls, meta: dict[str, Any]) -> Self:
        """Inverse of `as_meta`."""
        check_expressions(meta["text"])
        encoded = {
            name: (Factor.Kind(kind), {} if categories is None else {"categories": categories})
            for name, (kind, categories) in meta["encoded"].items()
        }
        spec = ModelSpec(
            formula=read_right_side(meta["text"]),
            output="pandas",
            na_action="ignore",
            transform_state={name: _unplain(state) for name, state in meta["transforms"].items()},
            encoder_state=encoded,
        )
        own = {name: meta[name] for name in ("text", "names", "places", "of_categories", "levels", "stand_ins")}
        return cls(**own, spec=spec)


def _apply(what: Any, frame: pd.DataFrame, *, is_new: bool = False) -> Any:
    """Matrix of all rows; what NumPy says of the logarithm of -1 is said elsewhere, with the term's name."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        return apply_formula(what, frame, na_action="ignore", is_new=is_new)


def _without_gaps(frame: pd.DataFrame, is_node: bool) -> pd.DataFrame:
    """Rows to learn levels and constants from: the complete ones, or all with each gap filled from the cell before."""
    if not is_node:
        empty = [str(name) for name in frame.columns if frame[name].isna().all()]
        if empty:
            raise DataError(
                f"The variable {empty[0]!r} is missing in every row with an outcome. Some cells must be known: take "
                "it out of the formula."
            )
        return frame.ffill().bfill()
    complete = frame[frame.notna().all(axis=1)].copy()
    if complete.empty:
        raise DataError(
            "No row has both the outcome and all inputs. A node without hidden layers needs complete rows: impute the "
            "gaps with lacunet.impute, take out variables, or fit hidden layers, which allow gaps."
        )
    for name in complete.columns:
        if isinstance(complete[name].dtype, pd.CategoricalDtype):
            complete[name] = complete[name].cat.remove_unused_categories()
    return complete


def _find_categories(spec: ModelSpec, used: set[str]) -> tuple[tuple[tuple[int, ...], tuple[str, ...]], ...]:
    """Terms that rest on variables that are categories somewhere in the formula: their columns, and these variables."""

    def names_in(factors: Iterable[Factor]) -> set[str]:
        return {name for factor in factors for name in variables_in(factor)} & used

    terms = spec.term_indices.items()
    as_category = {name for term, _ in terms for name in names_in(f for f in term.factors if _is_category(spec, f))}
    found = [(tuple(map(int, places)), tuple(sorted(names_in(term.factors) & as_category))) for term, places in terms]
    return tuple((places, names) for places, names in found if places and names)


def _is_category(spec: ModelSpec, factor: Factor) -> bool:
    return spec.encoder_state.get(factor.expr, (None,))[0] is Factor.Kind.CATEGORICAL


def _with_levels(cells: pd.Series, levels: tuple[Any, ...], is_complete: Bools) -> pd.Series:
    """Cells as a category of these levels; one that is none of them counts as missing where the row has gaps anyway."""
    unseen = [level for level in cells[is_complete].dropna().unique() if level not in levels]
    if unseen:
        raise DataError(
            f"'{cells.name}' is {unseen[0]!r} in some rows, and in no row that the fit used. Its levels there are "
            f"{', '.join(map(str, levels[:10]))}. Recode it, or fit again with such rows."
        )
    known = cells.where(cells.isin(levels))
    return pd.Series(pd.Categorical(known, categories=list(levels)), index=cells.index, name=cells.name)


def _plain(name: str, value: Any) -> Any:
    """Constants of a transformation without arrays."""
    if isinstance(value, dict):
        return {key: _plain(name, item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist()}
    if isinstance(value, list | tuple):
        return [_plain(name, item) for item in value]
    if value is None or isinstance(value, str | int | float | bool | np.generic):
        return value
    raise DataError(
        f"The transformation {name!r} keeps a {type(value).__name__}, which a file cannot hold. Put a column with its "
        "values into the frame before fitting, or keep the fit in memory."
    )


def _unplain(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            np.array(value["array"]) if {*value} == {"array"} else {key: _unplain(item) for key, item in value.items()}
        )
    return [_unplain(item) for item in value] if isinstance(value, list) else value
