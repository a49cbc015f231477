"""Four real tables for synthetic data: Adult, Default and Magic as TabSyn split them, and NIST's excerpt of the ACS.

``load_problem(name)`` gives rows to learn from, rows held out, which columns are numbers, and the regressions that a
reader of the synthetic rows would run. Numbers are float64 with NaN where there is no value; everything else is a
categorical of text, in which "N" and "?" are levels like others.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.problems import data_folder

NIST_NUMBERS = ("AGEP", "DENSITY", "PINCP", "POVPIP", "PWGTP", "WGTP")
ADULT_AGE = 16
CENTRE_AGE = 40
Design = tuple[str, pd.DataFrame, pd.Series]


@dataclass(frozen=True)
class Problem:
    """A table and what is asked of its synthetic versions.

    Attributes
    ----------
    train, test
        Rows to learn from; rows held out, None where there are none.
    numbers
        Columns that are numbers; the others are categories.
    target
        The column that is predicted when models learn from synthetic rows; None where there are no held-out rows.
    designs
        Takes a frame of this table; gives (model, inputs, outcome) for each regression.
    """

    name: str
    train: pd.DataFrame
    test: pd.DataFrame | None
    numbers: tuple[str, ...]
    target: str | None
    designs: Callable[[pd.DataFrame], list[Design]]

    def read(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give a frame of any maker the columns and types of ``train``; columns that it lacks are left out.

        "1.0" is read as the level "1". A level that no real row has stays a level of its own.
        """
        return _typed(frame[[name for name in self.train if name in frame]], self.numbers, self.train)


@lru_cache(maxsize=4)
def load_problem(name: str) -> Problem:
    """Load a problem by its name (see :data:`PROBLEMS`)."""
    return PROBLEMS[name](data_folder())


def load_submission(maker: str) -> pd.DataFrame:
    """Read what somebody published for nist (see :data:`SUBMISSIONS`), as the problem's columns."""
    path = data_folder() / "synthetic" / "nist_synthetic" / SUBMISSIONS[maker]
    return load_problem("nist").read(_text(path))


def _text(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _typed(frame: pd.DataFrame, numbers: tuple[str, ...], like: pd.DataFrame | None = None) -> pd.DataFrame:
    columns = {}
    for name, column in frame.items():
        if name in numbers:
            columns[name] = pd.to_numeric(column, errors="coerce").astype(float)
            continue
        text = column.astype(object).where(column.notna(), "N").astype(str).str.removesuffix(".0")
        known = list(like[name].cat.categories) if like is not None else []
        levels = known + sorted(set(text) - set(known))
        columns[name] = pd.Series(pd.Categorical(text, categories=levels), index=frame.index)
    return pd.DataFrame(columns).reset_index(drop=True)


def _roles(folder: Path, name: str) -> dict[str, list[int]]:
    return json.loads((folder / "info" / f"{name}.json").read_text())


def _tabsyn(name: str, train: pd.DataFrame, test: pd.DataFrame, roles: dict, designs: Callable) -> Problem:
    numbers = tuple(train.columns[roles["num_col_idx"]])
    learnt = _typed(train, numbers)
    target = str(train.columns[roles["target_col_idx"][0]])
    return Problem(name, learnt, _typed(test, numbers, learnt), numbers, target, designs)


def _adult(data: Path) -> Problem:
    """Load the official split (32,561 and 16,281 rows), "?" as a level."""
    folder = data / "synthetic"
    roles = _roles(folder, "adult")
    read = {"header": None, "names": roles["column_names"], "skipinitialspace": True, "keep_default_na": False}
    train = pd.read_csv(folder / "adult" / "adult.data", **read).dropna()
    test = pd.read_csv(folder / "adult" / "adult.test", skiprows=1, **read).dropna()
    test["income"] = test["income"].str.rstrip(".")
    return _tabsyn("adult", train, test, roles, _adult_designs)


def _files(name: str, designs: Callable) -> Callable[[Path], Problem]:
    def load(data: Path) -> Problem:
        folder = data / "synthetic"
        train, test = (pd.read_csv(folder / name / f"tabsyn_{part}.csv") for part in ("train", "test"))
        return _tabsyn(name, train, test, _roles(folder, name), designs)

    return load


def _nist(data: Path) -> Problem:
    train = _typed(_text(data / "imputation" / "nist_national2019.csv"), NIST_NUMBERS)
    return Problem("nist", train, None, NIST_NUMBERS, None, _nist_designs)


def _is(column: pd.Series, *levels: str) -> pd.Series:
    return column.astype(str).isin(levels).astype(float)


def _adult_designs(frame: pd.DataFrame) -> list[Design]:
    age = frame["age"] / 10
    inputs = pd.DataFrame({"age": age, "age2": age**2, "education": frame["education.num"]})
    inputs["hours"] = frame["hours.per.week"] / 10
    inputs["female"] = _is(frame["sex"], "Female")
    inputs["black"] = _is(frame["race"], "Black")
    inputs["married"] = _is(frame["marital.status"], "Married-civ-spouse", "Married-AF-spouse")
    inputs["female_married"] = inputs["female"] * inputs["married"]
    return [("logit", inputs, _is(frame["income"], ">50K")), ("ols", inputs.drop(columns="hours"), inputs["hours"])]


def _default_designs(frame: pd.DataFrame) -> list[Design]:
    inputs = pd.DataFrame({"limit": np.log(frame["LIMIT_BAL"].clip(lower=1)), "age": frame["AGE"] / 10})
    inputs["female"] = _is(frame["SEX"], "2")
    inputs["university"] = _is(frame["EDUCATION"], "2")
    inputs["school"] = _is(frame["EDUCATION"], "3")
    inputs["married"] = _is(frame["MARRIAGE"], "1")
    inputs["late"] = pd.to_numeric(frame["PAY_0"].astype(str), errors="coerce").clip(lower=0).fillna(0)
    inputs["bill"] = np.arcsinh(frame["BILL_AMT1"] / 1000)
    inputs["paid"] = np.arcsinh(frame["PAY_AMT1"] / 1000)
    return [("logit", inputs, _is(frame["default payment next month"], "1"))]


def _magic_designs(frame: pd.DataFrame) -> list[Design]:
    names = ("Length", "Width", "Size", "Conc", "Asym", "M3Long", "M3Trans", "Alpha", "Dist")
    scale = {"Length": 10, "Width": 10, "Asym": 10, "M3Long": 10, "M3Trans": 10, "Alpha": 10, "Dist": 10}
    inputs = pd.DataFrame({name: frame[name] / scale.get(name, 1) for name in names})
    return [("logit", inputs, _is(frame["class"], "g")), ("ols", inputs.drop(columns="Size"), inputs["Size"])]


def _nist_designs(frame: pd.DataFrame) -> list[Design]:
    """Income and home ownership of adults who have an income, as in the scoring of the published submissions."""
    adults = frame[(frame["AGEP"] >= ADULT_AGE) & frame["PINCP"].notna()]
    age = (adults["AGEP"] - CENTRE_AGE) / 10
    inputs = pd.DataFrame({"age": age, "age2": age**2})
    inputs["education"] = pd.to_numeric(adults["EDU"].astype(str), errors="coerce").fillna(0)
    inputs["female"] = _is(adults["SEX"], "2")
    inputs["black"] = _is(adults["RAC1P"], "2")
    inputs["other"] = 1 - _is(adults["RAC1P"], "1", "2")
    inputs["married"] = _is(adults["MSP"], "1")
    inputs["female_married"] = inputs["female"] * inputs["married"]
    income = np.arcsinh(adults["PINCP"] / 1000)
    return [("ols", inputs, income), ("logit", inputs, _is(adults["OWN_RENT"], "1"))]


SUBMISSIONS = {
    "synthpop-cart": "cart_cf21_na2019.csv",
    "aindo": "aindo_synth_GinevraCarbone_1.csv",
    "mostlyai": "mostlyai_sd_platform_PaulTiwald_1.csv",
    "sdv-ctgan-1000": "sdv_ctgan_epochs1000_SlokomManel_3.csv",
}
"""Submissions to NIST's Collaborative Research Cycle; synthpop's leaves three columns out."""
PROBLEMS: dict[str, Callable[[Path], Problem]] = {
    "adult": _adult,
    "default": _files("default", _default_designs),
    "magic": _files("magic", _magic_designs),
    "nist": _nist,
}
