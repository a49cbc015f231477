"""Who may import whom: the contracts, and what import-linter has no word for."""

import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.house._code import (
    ARRAY_ROOMS,
    FRAME_LIBRARIES,
    OPTIONAL_PACKAGES,
    PACKAGE,
    ROOT,
    SLOW_PACKAGES,
    functions,
    imports,
    module_name,
    name_of,
    room_of,
    sources,
    tree_of,
)
from tests.house._face import promised

FACE = {f"lacunet.{name}" for name in promised()}


def test_contracts_are_kept():
    linter = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_cycles_between_files():
    modules = {module_name(path): tree_of(path) for path in sources()}
    graph = {
        module: {name if name in modules else name.rpartition(".")[0] for name, _ in imports(tree)}
        & set(modules) - {module}
        for module, tree in modules.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, naming the cycle


def test_nobody_inside_imports_the_public_face():
    found = [
        f"{name_of(path)}:{line}"
        for path in sources()
        for name, line in imports(tree_of(path))
        if name == "lacunet" or name in FACE
    ]
    assert not found


def test_one_door_to_frames():
    doors = [
        name_of(path)
        for path in sources()
        if any(name.split(".")[0] == "narwhals" for name, _ in imports(tree_of(path)))
    ]
    assert len(doors) <= 1, f"only one file imports narwhals, not {doors}"
    assert all(door.startswith("src/lacunet/table/") for door in doors)


@pytest.mark.parametrize("room", ARRAY_ROOMS)
def test_array_rooms_know_no_tables(room):
    found = [
        f"{name_of(path)}:{line} imports {name}"
        for path in (PACKAGE / room).rglob("*.py")
        for name, line in imports(tree_of(path))
        if name.split(".")[0] in FRAME_LIBRARIES or name.startswith("lacunet.table")
    ]
    assert not found


def test_tables_know_no_jax():
    found = [
        f"{name_of(path)}:{line} imports {name}"
        for path in (PACKAGE / "table").rglob("*.py")
        for name, line in imports(tree_of(path))
        if name.split(".")[0] in {"jax", "equinox", "optax"}
    ]
    assert not found


def test_imports_stand_at_the_top():
    # Commands load what they need when they run; elsewhere only optional packages and slow ones may wait.
    found = [
        f"{name_of(path)}:{line} imports {name} inside {function.name}"
        for path in sources()
        if room_of(path) not in {"cli", "__main__"}
        for function in functions(tree_of(path))
        for name, line in imports(function)
        if name.split(".")[0] not in OPTIONAL_PACKAGES | SLOW_PACKAGES
    ]
    assert not found


def test_dependencies_are_those_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {re.match(r"[\w-]+", line).group().replace("-", "_") for line in project["dependencies"]}
    used = {name.split(".")[0] for path in sources() for name, _ in imports(tree_of(path))}
    outside = used - set(sys.stdlib_module_names) - {"lacunet"} - OPTIONAL_PACKAGES
    assert declared == {{"docx": "python_docx", "sklearn": "scikit_learn"}.get(name, name) for name in outside}
