"""Named problems: real tables without holes, and the masks that make holes in them.

``load_problem(name)`` gives a complete pandas frame (numbers as float64, categories as pandas
categoricals, ordered where their order means something). ``load_case(...)`` samples rows and hides
cells: the same five arguments give the same case on every machine.
"""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet.simulate import mar, mcar, mnar

BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
_folder = [BESIDE]
GRAPE = ("concrete", "energy", "housing", "kin8nm", "power", "wine", "yacht")

ADULT_RARE_COUNTRY = 100
SD2011_NUMBERS = ("age", "income", "depress", "nofriend", "nociga", "height", "weight")
SD2011_CATEGORIES = [
    "sex",
    "placesize",
    "region",
    "edu",
    "socprof",
    "marital",
    "ls",
    "trust",
    "trustfam",
    "trustneigh",
    "sport",
    "smoke",
    "alcabuse",
    "wkabint",
    "englang",
]
SD2011_ORDERED = ("placesize", "edu", "ls", "englang")
NIST_NUMBERS = ("AGEP", "NOC", "NPF", "DENSITY", "PINCP", "POVPIP")
NIST_CATEGORIES = ("SEX", "MSP", "HISP", "RAC1P", "OWN_RENT", "INDP_CAT", "DREM", "DPHY", "DEYE", "DEAR")
CES_CATEGORIES = ("gender", "race", "votereg", "CC20_433a", "CC20_401", "CC20_403", "CC20_410")
REGIONS = {
    "Northeast": "Connecticut Maine Massachusetts New_Hampshire Rhode_Island Vermont New_Jersey New_York Pennsylvania",
    "Midwest": (
        "Illinois Indiana Michigan Ohio Wisconsin Iowa Kansas Minnesota Missouri Nebraska North_Dakota South_Dakota"
    ),
    "West": (
        "Arizona Colorado Idaho Montana Nevada New_Mexico Utah Wyoming Alaska California Hawaii Oregon Washington"
    ),
}


def data_folder(chosen: Path | str | None = None) -> Path:
    """Give the folder of the measuring data; with an argument, choose it for this process."""
    if chosen is not None:
        _folder[0] = Path(chosen).resolve()
    return _folder[0]


def load_problem(name: str, data: Path | str | None = None) -> pd.DataFrame:
    """Load a complete table by its name (see :data:`PROBLEMS`)."""
    if name not in PROBLEMS:
        raise KeyError(f"problem {name!r} is not one of {', '.join(PROBLEMS)}")
    return _load(name, str(data or data_folder())).copy()


@lru_cache(maxsize=32)
def _load(name: str, data: str) -> pd.DataFrame:
    frame = PROBLEMS[name](Path(data) / "imputation").dropna().reset_index(drop=True)
    return _drop_unused(frame)


def load_case(
    problem: str, n: int, mechanism: str, rate: float, mask: int, data: Path | str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give ``(truth, holed)``: n rows of a problem (all if n is 0 or more than there are), and a copy with holes.

    Rows depend on (problem, n, mask); holes on (problem, n, mechanism, rate, mask).
    """
    frame = load_problem(problem, data)
    base = [zlib.crc32(problem.encode()), n, mask]
    if 0 < n < len(frame):
        rows = np.random.default_rng(base).choice(len(frame), size=n, replace=False)
        frame = _drop_unused(frame.iloc[rows].reset_index(drop=True))
    rng = np.random.default_rng([*base, zlib.crc32(mechanism.encode()), round(rate * 1000)])
    hidden = make_mask(frame, mechanism, rate, rng)
    return frame, punch(frame, hidden)


def make_mask(frame: pd.DataFrame, mechanism: str, rate: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Hide cells of a frame: ``mechanism`` is "mcar", "mar" or "mnar"; True is missing."""
    values = as_values(frame)
    mechanism = mechanism.lower()
    if mechanism == "mcar":
        hidden = mcar(*values.shape, rate, rng=rng)
    else:
        hidden = {"mar": mar, "mnar": mnar}[mechanism](values, rate, rng=rng)
    hidden[:2, hidden.all(axis=0)] = False
    return hidden


def punch(frame: pd.DataFrame, hidden: NDArray[np.bool_]) -> pd.DataFrame:
    """Give a copy of the frame whose hidden cells are missing."""
    return frame.mask(pd.DataFrame(hidden, index=frame.index, columns=frame.columns))


def as_values(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Give the frame as floats: categories become level positions, missing becomes NaN."""
    values = np.empty(frame.shape)
    for position, (_, column) in enumerate(frame.items()):
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy()
            values[:, position] = np.where(codes < 0, np.nan, codes)
        else:
            values[:, position] = column.to_numpy(dtype=float, na_value=np.nan)
    return values


def from_values(values: NDArray[np.float64], like: pd.DataFrame) -> pd.DataFrame:
    """Undo :func:`as_values`, with the columns and categories of ``like``."""
    columns = {}
    for position, (name, column) in enumerate(like.items()):
        cells = values[:, position]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = np.where(np.isnan(cells), -1, cells).astype(int)
            columns[name] = pd.Categorical.from_codes(codes, dtype=column.dtype)
        else:
            columns[name] = cells
    return pd.DataFrame(columns, index=like.index)


def _drop_unused(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop levels that do not occur and columns that hold one value only."""
    frame = frame.copy()
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].cat.remove_unused_categories()
    return frame.loc[:, frame.nunique() > 1]


def _category(column: pd.Series, order: list[str] | None = None, rare: float = 0.0) -> pd.Series:
    """Make a categorical; levels with a share below ``rare`` become "other"."""
    text = column.astype("object").where(column.notna(), None)
    text = text.map(lambda value: None if value is None else str(value))
    if rare:
        share = text.value_counts(normalize=True)
        text = text.where(text.isna() | text.map(share).ge(rare), "other")
    levels = order or sorted(text.dropna().unique())
    return pd.Series(pd.Categorical(text, categories=levels, ordered=order is not None), index=column.index)


def _numbers(frame: pd.DataFrame, names: tuple[str, ...] | list[str]) -> dict[str, pd.Series]:
    return {name: pd.to_numeric(frame[name], errors="coerce").astype(float) for name in names}


def _adult(folder: Path) -> pd.DataFrame:
    """Complete rows of the census train split (30,162); no weight, no education in words; rare countries merged."""
    raw = pd.read_csv(folder / "adult_full_48842.csv", skipinitialspace=True, na_values="?").iloc[:32561]
    return _adult_columns(raw.dropna())


def _adult_all(folder: Path) -> pd.DataFrame:
    """Complete rows of both splits (45,222), same columns."""
    return _adult_columns(pd.read_csv(folder / "adult_full_48842.csv", skipinitialspace=True, na_values="?").dropna())


def _adult_columns(raw: pd.DataFrame) -> pd.DataFrame:
    raw = raw.drop(columns=["fnlwgt", "education"])
    numbers = [name for name in raw if pd.api.types.is_numeric_dtype(raw[name])]
    columns = {
        name: raw[name].astype(float) if name in numbers else _category(raw[name])
        for name in raw
        if name != "native_country"
    }
    columns["native_country"] = _category(raw["native_country"], rare=ADULT_RARE_COUNTRY / len(raw))
    return pd.DataFrame(columns)[list(raw.columns)]


def _sd2011(folder: Path) -> pd.DataFrame:
    """22 columns asked of everybody. -8 is missing (income, friends) or "does not smoke", 0 cigarettes.

    Left out: skip patterns and near-empty columns (months of marriage and divorce, work abroad and its
    duration, unemployment spells, alcohol treatment), age groups and BMI (functions of others), 27-level eduspec.
    """
    raw = pd.read_parquet(folder / "sd2011.parquet")
    numbers = _numbers(raw, SD2011_NUMBERS)
    numbers["nociga"] = numbers["nociga"].replace(-8, 0)
    for name in ("income", "nofriend"):
        numbers[name] = numbers[name].replace(-8, np.nan)
    orders = {name: list(raw[name].cat.categories) for name in SD2011_ORDERED}
    categories = {name: _category(raw[name], order=orders.get(name)) for name in SD2011_CATEGORIES}
    return pd.DataFrame({**numbers, **categories})


def _sd2011_derived(folder: Path) -> pd.DataFrame:
    """As sd2011, with BMI and age group: columns that are functions of others."""
    raw = pd.read_parquet(folder / "sd2011.parquet")
    extra = pd.DataFrame({"bmi": raw["bmi"], "agegr": _category(raw["agegr"], order=list(raw["agegr"].cat.categories))})
    return _sd2011(folder).join(extra)


def _nist(folder: Path) -> pd.DataFrame:
    """Adults in households. N is a level of INDP_CAT ("no recent job"); a person outside a family has NPF 1.

    Left out: weights, PINCP_DECILE and INDP (finer or coarser copies), DVET (asked of veterans), PUMA (DENSITY
    tells the areas apart). Levels rarer than 2 % (INDP_CAT) or 1 % (others) are merged.
    """
    raw = pd.read_csv(folder / "nist_national2019.csv", dtype=str, keep_default_na=False)
    raw = raw[(raw["AGEP"].astype(int) >= 18) & (raw["HOUSING_TYPE"] == "1")].copy()
    raw["NPF"] = raw["NPF"].replace("N", "1")
    numbers = _numbers(raw, NIST_NUMBERS)
    categories = {name: _category(raw[name], rare=0.02 if name == "INDP_CAT" else 0.01) for name in NIST_CATEGORIES}
    categories["EDU"] = _category(raw["EDU"], order=[str(level) for level in range(1, 13)])
    return pd.DataFrame({**numbers, **categories})


def _ces_2020(folder: Path) -> pd.DataFrame:
    """Respondents of both waves (48,000); "no vote" is a level of how and for whom, which non-voters were not asked.

    The level is not called "not asked": lacunet would rightly read that as not applicable and leave it out of
    the draws, while the truth here counts it as an answer, as the rivals do.
    """
    raw = pd.read_parquet(folder / "ces_2020.parquet")
    raw = raw[raw["CC20_401"].notna()].copy()
    for name in ("CC20_403", "CC20_410"):
        raw[name] = raw[name].astype(object).where(raw[name].notna(), "not asked")
    region = {state.replace("_", " "): name for name, states in REGIONS.items() for state in states.split()}
    columns = {
        "birthyr": raw["birthyr"].astype(float),
        "region": _category(raw["inputstate"].astype(str).map(region).fillna("South")),
        "educ": _category(raw["educ"], order=list(raw["educ"].cat.categories)),
    }
    columns |= {name: _category(raw[name]) for name in CES_CATEGORIES}
    for name in ("CC20_403", "CC20_410"):
        columns[name] = columns[name].cat.rename_categories({"not asked": "no vote"})
    return pd.DataFrame(columns)


def _boys(folder: Path) -> pd.DataFrame:
    """Complete rows (223) of the Dutch growth study; stages of puberty are ordered."""
    raw = pd.read_parquet(folder / "boys.parquet")
    numbers = _numbers(raw, ["age", "hgt", "wgt", "bmi", "hc", "tv"])
    stages = {name: _category(raw[name], order=sorted(raw[name].dropna().unique())) for name in ("gen", "phb")}
    return pd.DataFrame({**numbers, **stages, "reg": _category(raw["reg"])})


def _boys_growth(folder: Path) -> pd.DataFrame:
    """The columns of boys that nearly everybody has: 671 rows of 6."""
    return pd.read_parquet(folder / "boys.parquet").pipe(
        lambda raw: pd.DataFrame({**_numbers(raw, ["age", "hgt", "wgt", "bmi", "hc"]), "reg": _category(raw["reg"])})
    )


def _africa(folder: Path) -> pd.DataFrame:
    """Amelia's panel of six countries, complete rows (115)."""
    raw = pd.read_parquet(folder / "africa.parquet")
    numbers = _numbers(raw, ["year", "gdp_pc", "infl", "trade", "civlib", "population"])
    return pd.DataFrame({**numbers, "country": _category(raw["country"])})


def _freetrade(folder: Path) -> pd.DataFrame:
    """Amelia's panel of nine countries, complete rows (96)."""
    raw = pd.read_parquet(folder / "freetrade.parquet")
    numbers = _numbers(raw, ["year", "tariff", "polity", "pop", "gdp.pc", "intresmi", "fiveop", "usheg"])
    return pd.DataFrame({**numbers, "country": _category(raw["country"]), "signed": _category(raw["signed"])})


def _wdi_africa(folder: Path) -> pd.DataFrame:
    """World Development Indicators: the columns with fewer than 15 % missing, without the country."""
    raw = pd.read_parquet(folder / "wdi_africa.parquet")
    numbers = "year electricity_access electricity_access_ru electricity_access_ur energy_intensity "
    numbers += "renewable_energy_consumption resources_rents"
    categories = {name: _category(raw[name]) for name in ("ldc", "lldc", "income", "lending", "region_int")}
    return pd.DataFrame({**_numbers(raw, numbers.split()), **categories})


def _california(folder: Path) -> pd.DataFrame:
    raw = pd.read_csv(folder / "california.csv")
    numbers = [name for name in raw if name != "ocean_proximity"]
    return pd.DataFrame({**_numbers(raw, numbers), "ocean_proximity": _category(raw["ocean_proximity"])})


def _bean(folder: Path) -> pd.DataFrame:
    raw = pd.read_csv(folder / "bean.csv")
    numbers = [name for name in raw if pd.api.types.is_numeric_dtype(raw[name])]
    rest = {name: _category(raw[name]) for name in raw if name not in numbers}
    return pd.DataFrame({**_numbers(raw, numbers), **rest})


@dataclass(frozen=True)
class _Grape:
    """One of GRAPE's UCI sets: the label (last column) left out, every column scaled to [0, 1]."""

    name: str

    def __call__(self, folder: Path) -> pd.DataFrame:
        values = np.loadtxt(folder / f"grape_{self.name}.txt")[:, :-1]
        low, high = values.min(axis=0), values.max(axis=0)
        scaled = (values - low) / np.where(high > low, high - low, 1.0)
        return pd.DataFrame(scaled, columns=[f"x{position + 1}" for position in range(values.shape[1])])


@lru_cache(maxsize=1)
def lall_robinson_adult(data: Path | str | None = None) -> pd.DataFrame:
    """Lall and Robinson's (2022) Adult: 45,222 complete rows, 12 columns, numbers scaled to [0, 1]."""
    raw = pd.read_csv(
        Path(data or data_folder()) / "imputation" / "adult_full_48842.csv", skipinitialspace=True, na_values="?"
    ).dropna(ignore_index=True)
    raw = raw.drop(columns=["education", "occupation", "native_country"])
    columns = {}
    for name, column in raw.items():
        if pd.api.types.is_numeric_dtype(column):
            columns[name] = (column - column.min()) / (column.max() - column.min())
        else:
            columns[name] = _category(column)
    return pd.DataFrame(columns)


def jss_table(n_rows: int, rng: np.random.Generator, data: Path | str | None = None) -> pd.DataFrame:
    """Simulate a survey of the shape of Lall and Robinson's (2023) timing example (349 columns).

    Ten latent attitudes per person; each category's utility is linear in them plus Gumbel noise.
    """
    schema = json.loads((Path(data or data_folder()) / "imputation" / "cces2018_jss_schema.json").read_text())
    latent = rng.normal(size=(n_rows, 10))
    levels = [2] * schema["n_binary"] + list(schema["categorical_levels"])
    columns: dict[str, object] = {}
    for position in range(schema["n_continuous"]):
        columns[f"c{position}"] = latent @ rng.normal(size=10) / 3 + rng.normal(size=n_rows)
    for position, n_levels in enumerate(levels):
        utility = latent @ rng.normal(0.0, 0.5, (10, n_levels)) - np.log1p(np.arange(n_levels)) * 0.5
        codes = (utility + rng.gumbel(size=utility.shape)).argmax(axis=1)
        columns[f"q{position}"] = pd.Categorical.from_codes(codes, [f"l{level}" for level in range(n_levels)])
    return pd.DataFrame(columns)


PROBLEMS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "adult": _adult,
    "adult_all": _adult_all,
    "sd2011": _sd2011,
    "sd2011_derived": _sd2011_derived,
    "nist": _nist,
    "ces_2020": _ces_2020,
    "boys": _boys,
    "boys_growth": _boys_growth,
    "africa": _africa,
    "freetrade": _freetrade,
    "wdi_africa": _wdi_africa,
    "california": _california,
    "bean": _bean,
    **{name: _Grape(name) for name in GRAPE},
}
