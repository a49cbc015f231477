"""The public face: complete, quick to import, and free of heavy libraries until they are needed."""

import ast
import statistics
import subprocess
import sys
import time

import pytest

import lacunet
from tests.house._code import PACKAGE
from tests.house._face import promised, public_names

REPEATS = 7
IMPORT_SECONDS, HELP_SECONDS = 0.3, 0.5
QUIET_START = 0.03
"""What an empty Python takes on a machine at rest; a busier machine stretches the limits in proportion."""


def seconds(*arguments):
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - start


def medians(*arguments):
    """Median seconds of the command and of an empty Python, run in turns so that both meet the same load."""
    pairs = [(seconds(*arguments), seconds("-c", "pass")) for _ in range(REPEATS)]
    return tuple(statistics.median(column) for column in zip(*pairs, strict=True))


def test_import_is_quick():
    taken, empty = medians("-c", "import lacunet")
    assert taken < IMPORT_SECONDS * max(1.0, empty / QUIET_START)


def test_help_is_quick():
    pytest.importorskip("lacunet.cli")
    taken, empty = medians("-m", "lacunet", "--help")
    assert taken < HELP_SECONDS * max(1.0, empty / QUIET_START)


def test_import_loads_nothing_heavy():
    code = "import sys, lacunet; print(sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    heavy = {"jax", "numpy", "pandas", "scipy", "matplotlib", "narwhals", "pyarrow", "statsmodels", "rich", "typer"}
    assert not heavy & set(ast.literal_eval(loaded))


def test_every_promised_name_is_there():
    assert set(promised()) == set(public_names())


def test_dir_lists_the_face():
    assert set(lacunet.__all__) <= set(dir(lacunet))


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match="Midas"):
        lacunet.no_such_name  # noqa: B018


def test_editors_see_the_same_names():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text("utf-8"))
    imported = {
        alias.name: node.module for node in ast.walk(stub) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert {name: imported.get(name) for name in promised()} == promised()


def test_version_is_the_installed_one():
    from importlib.metadata import version

    assert version("lacunet") == lacunet.__version__
