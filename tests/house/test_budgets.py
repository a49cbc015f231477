"""Files, functions and constructors stay small enough to be read in one go."""

import inspect
import json
import subprocess
import sys

import pytest

from tests.house._code import (
    COMPLEXITY,
    CONSTRUCTOR_ARGUMENTS,
    EXEMPT,
    FILE_LINES,
    FUNCTION_LINES,
    ROOT,
    body_lines,
    functions,
    name_of,
    rooms,
    sources,
    tree_of,
)
from tests.house._face import public_classes

VAGUE = ("util", "helper", "misc", "common", "base", "manager")
VAGUE_FILES = {f"{stem}{plural}" for stem in VAGUE for plural in ("", "s")}


def test_files_are_short():
    lengths = {
        name_of(path): len(path.read_text("utf-8").splitlines()) for path in sources("src", "tests", "benchmarks")
    }
    assert not {name: n for name, n in lengths.items() if n > FILE_LINES and name not in EXEMPT}


def test_functions_are_short():
    lengths = {
        f"{name_of(path)}::{function.name}": body_lines(function)
        for path in sources("src", "benchmarks")
        for function in functions(tree_of(path))
    }
    assert not {name: n for name, n in lengths.items() if n > FUNCTION_LINES and name not in EXEMPT}


def test_functions_are_simple():
    # --ignore-noqa: an exemption is named in EXEMPT with its reason, and nowhere else.
    command = [sys.executable, "-m", "ruff", "check", "src", "--isolated", "--ignore-noqa", "--select", "C901"]
    command += ["--config", f"lint.mccabe.max-complexity={COMPLEXITY}", "--output-format", "json"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [f"{row['filename'].removeprefix(str(ROOT) + '/')}::{row['message']}" for row in json.loads(answer.stdout)]
    assert not [
        row for row in found if not any(row.startswith(f"{e.split('::')[0]}::`{e.split('::')[-1]}`") for e in EXEMPT)
    ]


def test_public_constructors_take_few_arguments():
    counts = {name: len(inspect.signature(item).parameters) for name, item in public_classes().items()}
    assert not {name: n for name, n in counts.items() if n > CONSTRUCTOR_ARGUMENTS and name not in EXEMPT}


def test_exemptions_have_a_reason_and_a_place():
    places = {name_of(path) for path in sources("src", "tests", "benchmarks")} | set(public_classes())
    for name, reason in EXEMPT.items():
        assert len(reason.split()) >= 4, f"{name} has no reason"
        assert name.split("::")[0] in places, f"{name} is no longer there"


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
def test_a_room_has_a_door_and_a_sign(room):
    files = [path for path in room.rglob("*.py") if path.name != "__init__.py"]
    assert (room / "__init__.py").exists(), "a room needs an __init__.py that says what it offers"
    assert len(files) <= 3 or (room / "README.md").exists(), (
        "more than three files: say in README.md where to start reading"
    )


def test_no_file_has_a_vague_name():
    assert not [name_of(path) for path in sources("src", "benchmarks") if path.stem.strip("_") in VAGUE_FILES]
