"""What the house tests read: the source files, their trees, and the budgets with their exemptions."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "lacunet"

FILE_LINES, FUNCTION_LINES, COMPLEXITY, CONSTRUCTOR_ARGUMENTS = 400, 60, 8, 10

EXEMPT: dict[str, str] = {
    "SkipGram": "the settings of word2vec, which papers report one by one under these names",
    "Syntheses": "handed out by synthesize; its fields are how the sets were made, which decides the combining rule",
}
"""What may exceed a budget ("path/of/file.py", "path/of/file.py::function" or a public class), and why."""

ARRAY_ROOMS = ("family", "net", "train", "solve", "draw")
FRAME_LIBRARIES = frozenset({"pandas", "polars", "pyarrow", "narwhals"})
OPTIONAL_PACKAGES = frozenset(
    {"dp_accounting", "gensim", "linearmodels", "openpyxl", "polars", "pyfixest", "statsmodels"}
)
SLOW_PACKAGES = frozenset({"docx", "matplotlib", "sklearn"})
"""Declared, but loaded when a document, a plot or a judgement is asked for: they take longer to load than the rest."""


def sources(*folders: str) -> list[Path]:
    """Python files below the folders of the repository (``src`` if none is named), in order."""
    found = [path for folder in folders or ("src",) for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))


def name_of(path: Path) -> str:
    """Path below the repository's root, for messages and exemptions."""
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    """Syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the last statement, its docstring not counted."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every imported name with its line; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def module_name(path: Path) -> str:
    """Dotted name of a source file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(path: Path) -> str:
    """First folder (or file) below the package: ``table``, ``net``, ``_rng`` ..."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def rooms() -> list[Path]:
    """Folders below the package that hold Python files."""
    return sorted(path for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py")))
