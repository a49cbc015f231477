"""Writing: whole or not at all, and never over what is there."""

import errno
import os

import numpy as np
import pandas as pd
import pytest

from lacunet.errors import DataError, SpecError
from lacunet.table import _write as writing
from lacunet.table import write_frame

N = 60


def frame():
    return pd.DataFrame({"x": np.linspace(0.0, 1.0, N) ** 2, "g": ["a", "b", "c"] * (N // 3)})


def says(error, *words):
    text = str(error.value)
    for word in words:
        assert word in text, f"{word!r} not in {text!r}"
    assert text.count(".") >= 3, f"not three parts: {text!r}"


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "feather", "dta", "sav", "zsav", "xlsx"])
def test_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch, ending):
    path = tmp_path / f"out.{ending}"
    path.write_bytes(b"precious")

    def half(_frame, where, *_):
        where.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setitem(writing._WRITERS, f".{ending}", half)
    with pytest.raises(DataError) as error:
        write_frame(frame(), path, force=True)
    says(error, "No space left", f"out.{ending}")
    assert path.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == [path.name]


def test_interruption_leaves_nothing_half_written(tmp_path, monkeypatch):
    def interrupted(_frame, where, *_):
        where.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setitem(writing._WRITERS, ".csv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_frame(frame(), tmp_path / "out.csv")
    assert os.listdir(tmp_path) == []


def test_no_write_permission(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(DataError) as error:
        write_frame(frame(), tmp_path / "out.csv")
    says(error, "Permission denied")


def test_nothing_is_overwritten_unasked(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("precious")
    with pytest.raises(SpecError) as error:
        write_frame(frame(), path)
    says(error, "exists", "force=True")
    assert path.read_text() == "precious"
    write_frame(frame(), path, force=True)
    assert len(pd.read_csv(path)) == N


def test_targets_that_cannot_be(tmp_path):
    for path, word in (
        (tmp_path, "ends in"),
        (tmp_path / "no" / "a.csv", "no folder"),
        (tmp_path / "a.doc", ".parquet"),
    ):
        with pytest.raises(SpecError) as error:
            write_frame(frame(), path)
        says(error, word)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SpecError, match="folder"):
        write_frame(frame(), tmp_path / "folder.csv", force=True)


def test_names_that_stata_cannot_hold_are_said(tmp_path):
    with pytest.raises(DataError) as error:
        write_frame(frame().rename(columns={"x": "not a name"}), tmp_path / "a.dta")
    says(error, "a.dta")
    assert os.listdir(tmp_path) == []
