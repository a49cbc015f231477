"""Imputations for Stata: one stacked file for ``mi import flong``, and the do-file that reads it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from lacunet._layout import MISSING
from lacunet._typing import Floats, PathLike
from lacunet.imputation.export._coding import (
    KEPT_LABEL,
    Stacked,
    as_pandas,
    fresh_name,
    letters_of,
    safe_names,
    stack_columns,
)
from lacunet.keep import new_file
from lacunet.table import Table, check_whole

LONGEST_NAME = 32
LONGEST_LABEL = 80
VERSION = 14
"""Release 14 (format 118): Unicode, and read by every later Stata, IC and SE included."""
DAYS_TO_1970 = 3653
"""Stata counts days from 1960-01-01."""
MILLISECONDS = 86_400_000
HARD = "n"
"""Letter of the extended missing value (``.n``) of cells that do not apply; Stata never imputes those."""
RESERVED = frozenset(
    ("_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n", "_pi", "_pred", "_rc")
    + ("_skip", "str", "strl", "using", "with")
)


def write_stata(table: Table, draws: Floats, path: PathLike, force: bool = False) -> Path:
    """Write the stacked file, and a do-file of the same name beside it.

    ``_m`` counts from 0, the data before imputation, since ``mi import flong`` would else take the first imputation
    for the data. Stata restores, in every imputation, whatever value m = 0 has, and takes ``.a`` to ``.z`` there for
    values that are missing for good. So in m = 0 a cell that was imputed is ``.`` (whatever code or letter stood in
    the file), and a cell that does not apply keeps its letter, or takes ``.n``, in every copy. Categories are numbers
    with value labels; names that Stata does not take are changed, and the given ones kept as variable labels.

    Parameters
    ----------
    table
        The data.
    draws
        Shape ``(m, n_cells)``.
    path
        Where to write, ending in ``.dta``.
    force
        Whether to replace files that are there.

    Returns
    -------
    pathlib.Path
        The ``.dta``.

    Raises
    ------
    SpecError
        When a file exists and ``force`` is not given.
    """
    target, script = Path(path), Path(path).with_suffix(".do")
    n, copies = table.n_rows, len(draws) + 1
    names = safe_names(list(table.schema.names), LONGEST_NAME, RESERVED, set())
    m_name, id_name = fresh_name("_m", set(names)), fresh_name("_id", set(names))
    columns: dict[str, object] = {
        m_name: np.repeat(np.arange(copies, dtype=np.int32), n),
        id_name: np.tile(np.arange(1, n + 1, dtype=np.int32), copies),
    }
    labels: dict[str, dict[int | str, str]] = {}
    formats: dict[str, str] = {}
    letters: dict[str, list[int | str]] = {}
    words = {m_name: "imputation, 0 is the data", id_name: "row of the data"}
    native = as_pandas(table.native)
    for position, (name, stacked) in enumerate(zip(names, stack_columns(table, draws), strict=True)):
        columns[name], formats[name], found = _cells(stacked, native.iloc[:, position])
        words[name] = stacked.describe(name)[:LONGEST_LABEL]
        labels[name] = {**{int(code): word for code, word in stacked.labels.items()}, **found}
        if found:
            letters[name] = list(found)
    frame = pd.DataFrame(columns)
    with new_file(script, force) as new_script, new_file(target, force) as new_data:
        pyreadstat.write_dta(
            frame,
            new_data,
            version=VERSION,
            column_labels=words,
            variable_value_labels={name: found for name, found in labels.items() if found},
            missing_user_values=letters,
            variable_format={name: form for name, form in formats.items() if form},
        )
        check_whole(new_data, len(frame))
        new_script.write_text(_do_file(target.name, m_name, id_name, _imputed(table, names)), encoding="utf-8")
    return target


def _cells(stacked: Stacked, native: pd.Series) -> tuple[object, str, dict[int | str, str]]:
    """Cells of one column as pyreadstat takes them, their display format, and the letters in them with labels."""
    values, form = stacked.values, ""
    if stacked.is_date and stacked.has_time:
        values, form = np.rint((values + DAYS_TO_1970) * MILLISECONDS), "%tc"
    elif stacked.is_date:
        values, form = values + DAYS_TO_1970, "%td"
    if not stacked.is_kept.any():
        return values, form, {}
    n = len(native)
    kept = stacked.is_kept[:n]
    letters = letters_of(native)[kept]
    letters[letters == ""] = HARD
    mixed = values.astype(object)
    mixed[stacked.is_kept] = np.tile(letters, len(values) // n).astype(object)
    words = stacked.column.value_labels
    return mixed, form, {str(letter): str(words.get(f".{letter}", KEPT_LABEL)) for letter in np.unique(letters)}


def _imputed(table: Table, names: list[str]) -> list[str]:
    """Stata's names of the variables with imputed cells."""
    modelled = [name for name, column in zip(names, table.schema.columns, strict=True) if column.is_modelled]
    has_holes = (table.state == MISSING).any(axis=0)
    return [name for name, holes in zip(modelled, has_holes, strict=True) if holes]


def _do_file(data: str, m_name: str, id_name: str, imputed: list[str]) -> str:
    listed = " ///\n    ".join(" ".join(imputed[i : i + 8]) for i in range(0, len(imputed), 8))
    register = f" imputed( ///\n    {listed})" if imputed else ""
    return (
        "* Written by lacunet: reads the imputations into Stata's mi. Run it in the folder of the data.\n"
        f'use "{data}", clear\n'
        f"mi import flong, m({m_name}) id({id_name}){register} clear\n"
        "mi describe\n"
        "* then, for example: mi estimate: regress y x\n"
    )
