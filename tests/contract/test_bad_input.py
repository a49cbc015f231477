"""Bad input through the front doors, `lacunet.impute` and the command line: a clear error or a stated decision."""

import resource
import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import lacunet as ln
import lacunet.imputation
from lacunet.cli import main
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from tests.contract import cli_stub

N = 40


def frame(**columns):
    base = {"x": np.linspace(0.0, 1.0, N) ** 2, "g": ["a", "b"] * (N // 2)}
    return pd.DataFrame(base | columns)


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def broken(path):
    """A Stata or SPSS file of which the last third is missing."""
    plain = pd.DataFrame({"x": np.arange(500.0), "y": np.arange(500.0) % 7})
    (pyreadstat.write_dta if path.suffix == ".dta" else pyreadstat.write_sav)(plain, str(path))
    whole = path.read_bytes()
    return write(path, whole[: len(whole) * 2 // 3])


REFUSED = {
    "empty file": (lambda at: write(at / "a.csv", ""), DataError, "a.csv.*empty"),
    "header only": (lambda at: write(at / "a.csv", "x,y\n"), DataError, "no rows"),
    "infinities": (lambda at: frame(x=[np.inf] * 3 + [1.5] * (N - 3)), ColumnError, "'x' has 3 infinite values"),
    "mixed types": (
        lambda at: frame(x=["up", "down", "left", "right", "in", "out"] + list(range(N - 6))),
        ColumnError,
        "'x' has 6 values that are not numbers.*'up'",
    ),
    "duplicate names": (lambda at: pd.DataFrame(np.ones((4, 2)), columns=["a", "a"]), DataError, "'a'"),
    "empty names": (lambda at: write(at / "a.csv", ",x,\n1,2,3\n"), DataError, "Columns 1, 3 have no name"),
    "dates out of range": (
        lambda at: frame(born=[np.datetime64("9999-12-31", "us")] + [np.datetime64("1980-01-01", "us")] * (N - 1)),
        ColumnError,
        "'born'.*9999-12-31",
    ),
    "wrong encoding": (
        lambda at: write(at / "a.csv", "x,town\n1,Köln\n2,Bonn\n".encode("latin-1")),
        DataError,
        "UTF-8.*latin-1",
    ),
    "truncated Stata file": (lambda at: broken(at / "a.dta"), DataError, "a.dta.*whole"),
    "truncated SPSS file": (lambda at: broken(at / "a.sav"), DataError, "a.sav.*whole"),
    "a folder": (lambda at: at, DataError, "folder"),
    "a missing file": (lambda at: at / "nowhere.csv", DataError, "nowhere.csv"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_message_that_names_it(name, tmp_path):
    source, error, words = REFUSED[name]
    with pytest.raises(error, match=f"(?s){words}"):
        ln.impute(source(tmp_path), m=2, seed=1)


@pytest.mark.parametrize("m", [0, -3, 1.5, "ten", True])
def test_m_is_checked_before_anything_is_read(m, tmp_path):
    with pytest.raises(SpecError, match="at least 1"):
        ln.impute(tmp_path / "nowhere.csv", m=m)


@pytest.mark.parametrize("seed", [-1, 0.5, "a"])
def test_a_seed_is_checked(seed):
    with pytest.raises(SpecError, match="seed"):
        ln.impute(frame(), m=1, seed=seed)


@pytest.mark.parametrize(
    "options",
    [
        {"kinds": {"xx": "count"}},
        {"missing_codes": {"xx": [1]}},
        {"not_applicable": {"xx": [1]}},
        {"impute_not_applicable": ["xx"]},
        {"leave_out": ["xx"]},
    ],
)
def test_an_unknown_column_in_an_option(options):
    with pytest.raises(SpecError, match="'xx'"):
        ln.impute(frame(), m=1, seed=1, **options)


@pytest.mark.parametrize(
    "options",
    [{"members": 0}, {"hidden": (0,)}, {"dropout": 1.0}, {"learning_rate": -1}, {"n_levels": 1}, {"max_steps": 0}],
)
def test_an_option_of_midas_out_of_its_range(options):
    with pytest.raises(SpecError, match=next(iter(options)).split("_")[0]):
        ln.Midas(**options)


def test_a_table_with_everything_wrong_that_can_be_lived_with():
    """Identifier, constant, empty column, numbers as text, index that stands twice: imputed, kept, and said."""
    n = 60
    x = [None if i % 7 == 0 else f"{i % 13}.5" for i in range(n)]
    given = pd.DataFrame(
        {"person_id": np.arange(n) * 3, "c": 1, "e": [None] * n, "x": x, "g": ["a", "b", None] * 20},
        index=np.arange(n) % 9,
    )
    imp = ln.impute(given, m=2, seed=1)
    roles = {column.name: column.role for column in imp.schema.columns}
    assert roles == {"person_id": "identifier", "c": "constant", "e": "empty", "x": "modelled", "g": "modelled"}
    said = " ".join(imp.schema.notes)
    assert all(repr(name) in said for name in ("person_id", "c", "e", "x"))
    for completed in imp:
        pd.testing.assert_index_equal(completed.index, given.index)
        pd.testing.assert_frame_equal(completed[["person_id", "c", "e"]], given[["person_id", "c", "e"]])
        assert set(completed["x"]) <= set(given["x"].dropna())
        assert completed["g"].isin(["a", "b"]).all()


def test_ten_thousand_levels_are_left_out_and_said():
    n = 20_000
    given = pd.DataFrame({"code": [f"c{i % 10_000}" for i in range(n)], "x": np.arange(n) % 11, "y": np.arange(n) % 5})
    given["y"] = given["y"].mask(np.arange(n) % 400 == 0)
    imp = ln.Midas(members=1, max_steps=100, hidden=(16,)).fit(given, seed=1).impute(m=1)
    assert "'code'" in " ".join(imp.schema.notes)
    assert imp[0]["y"].isin(range(5)).all()
    assert imp[0]["code"].equals(given["code"])


# ------------------------------------------------------------------ writing


@pytest.fixture(scope="module")
def imp():
    rng = np.random.default_rng(0)
    given = frame(x=np.where(rng.random(N) < 0.2, np.nan, rng.normal(size=N)))
    return ln.Midas(members=1, max_steps=100, hidden=(16,)).fit(given, seed=1).impute(m=2)


@contextmanager
def little_room():
    """A disk on which no file grows past a few hundred bytes; the system itself says so, in the middle of writing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    try:
        yield
    finally:  # at once: what pytest writes to a file counts too
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


WAYS_OUT = {
    "save": "a.lacunet",
    "to_csv": "folder",
    "to_parquet": "folder",
    "to_amelia": "folder",
    "to_mice": "a.csv",
    "to_stata": "a.dta",
    "to_spss": "a.sav",
    "report": "a.html",
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_full_disk_is_said_and_leaves_nothing(way, imp, tmp_path):
    with pytest.raises(DataError, match=r"(?i)could not be written.*(room|Free)"), little_room():
        getattr(imp, way)(tmp_path / WAYS_OUT[way])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", WAYS_OUT)
def test_nothing_is_overwritten_unasked(way, imp, tmp_path):
    target = tmp_path / WAYS_OUT[way]
    if way in ("to_csv", "to_parquet", "to_amelia"):
        target.mkdir()
        target = target / "mine.txt"
    target.write_text("precious")
    with pytest.raises(SpecError):
        getattr(imp, way)(tmp_path / WAYS_OUT[way])
    assert target.read_text() == "precious"


def test_a_full_disk_on_the_command_line(tmp_path, monkeypatch, capsys):
    path = tmp_path / "survey.csv"
    path.write_text("x\n" + "\n".join("1 2  5 7"[i % 8] for i in range(110)))
    monkeypatch.setattr(lacunet.imputation, "impute", cli_stub.stub_impute)
    with pytest.raises(SystemExit) as stop, warnings.catch_warnings(), little_room():
        warnings.simplefilter("ignore", DataWarning)
        main(["impute", str(path), "-o", str(tmp_path / "out")])
    assert stop.value.code == 2
    assert "Traceback" not in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["survey.csv"]
