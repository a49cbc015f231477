"""Ten real tables with an outcome, split into rows to learn from and rows to be judged by.

``load_split(name, fold)`` gives the same rows on every machine. Inputs keep their holes and their categories: what to
do about them is the method's affair.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.problems import data_folder, load_problem

TEST_SHARE = 0.2
GRAPE_OUTCOME = {"concrete": "strength", "power": "output", "wine": "quality"}


@dataclass(frozen=True)
class Split:
    """Rows to learn from, rows to be judged by, and what is to be predicted.

    Attributes
    ----------
    train, test
        Frames with the outcome in them.
    outcome
        Its column.
    kind
        "number", "binary" or "classes".
    """

    train: pd.DataFrame
    test: pd.DataFrame
    outcome: str
    kind: str


def load_split(name: str, fold: int = 0, most: int = 0) -> Split:
    """Load a table by its name (see :data:`TABLES`); ``most`` rows to learn from, all if 0."""
    load, outcome, kind = TABLES[name]
    frame = load(data_folder()).reset_index(drop=True)
    rng = np.random.default_rng([zlib.crc32(name.encode()), fold])
    order = rng.permutation(len(frame))
    n_test = round(TEST_SHARE * len(frame))
    rows = order[n_test:]
    train = frame.iloc[rows[:most] if most else rows].reset_index(drop=True)
    test = frame.iloc[order[:n_test]].reset_index(drop=True)
    for name in frame.select_dtypes("category"):
        # Nobody can have learnt anything of a level that no row has (Adult: one person from Holland).
        train[name] = train[name].cat.remove_unused_categories()
        test[name] = test[name].cat.set_categories(train[name].cat.categories)
    return Split(train=train, test=test, outcome=outcome, kind=kind)


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a copy in which every column of text is a category."""
    words = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    return frame.astype(dict.fromkeys(words, "category"))


def _adult(folder: Path) -> pd.DataFrame:
    raw = pd.read_csv(folder / "imputation" / "adult_full_48842.csv", skipinitialspace=True, na_values="?")
    raw = raw.drop(columns=["fnlwgt", "education"])
    outcome = raw.columns[-1]
    raw[outcome] = raw[outcome].str.strip().str.rstrip(".")
    return _text(raw.rename(columns={outcome: "income"}))


def _synthetic(name: str) -> Callable[[Path], pd.DataFrame]:
    def load(folder: Path) -> pd.DataFrame:
        parts = [pd.read_csv(folder / "synthetic" / name / f"tabsyn_{part}.csv") for part in ("train", "test")]
        return pd.concat(parts, ignore_index=True)

    return load


def _default(folder: Path) -> pd.DataFrame:
    """Defaults of credit cards: sex, education and marriage are codes of categories."""
    raw = _synthetic("default")(folder).rename(columns={"default payment next month": "default"})
    codes = ["SEX", "EDUCATION", "MARRIAGE", "default"]
    return raw.astype(dict.fromkeys(codes, str)).astype(dict.fromkeys(codes, "category"))


def _magic(folder: Path) -> pd.DataFrame:
    return _text(_synthetic("magic")(folder))


def _vote(_: Path) -> pd.DataFrame:
    """Biden or Trump among those who named one of the two in 2020."""
    frame = load_problem("ces_2020")
    names = frame["CC20_410"].astype(str)
    leading = names.value_counts().drop("no vote").index[:2]
    frame = frame[names.isin(leading)].copy()
    frame["vote"] = frame["CC20_410"].astype(str).astype("category")
    return frame.drop(columns=["CC20_410"])


def _nist(_: Path) -> pd.DataFrame:
    """Income over the poverty line (POVPIP, 0 to 501) of adults, without their income itself."""
    return load_problem("nist").drop(columns=["PINCP"])


def _california(_: Path) -> pd.DataFrame:
    return load_problem("california")


def _bean(_: Path) -> pd.DataFrame:
    return load_problem("bean")


def _grape(name: str) -> Callable[[Path], pd.DataFrame]:
    def load(folder: Path) -> pd.DataFrame:
        values = np.loadtxt(folder / "imputation" / f"grape_{name}.txt")
        inputs = [f"x{position + 1}" for position in range(values.shape[1] - 1)]
        return pd.DataFrame(values, columns=[*inputs, GRAPE_OUTCOME[name]])

    return load


TABLES: dict[str, tuple[Callable[[Path], pd.DataFrame], str, str]] = {
    "adult": (_adult, "income", "binary"),
    "default": (_default, "default", "binary"),
    "magic": (_magic, "class", "binary"),
    "vote": (_vote, "vote", "binary"),
    "bean": (_bean, "Class", "classes"),
    "nist": (_nist, "POVPIP", "number"),
    "california": (_california, "median_house_value", "number"),
    "concrete": (_grape("concrete"), "strength", "number"),
    "power": (_grape("power"), "output", "number"),
    "wine": (_grape("wine"), "quality", "number"),
}
"""Name to how the table is loaded, its outcome, and the kind of the outcome. Chosen before anything was fitted."""
