"""What README and docs tell a reader to type works."""

import re
import subprocess
import sys

import pytest

from tests.house._code import ROOT, name_of

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if "design" not in page.relative_to(ROOT).parts]
SLOW: dict[str, str] = {}
"""Pages whose code takes long, and why."""


def blocks(page, language):
    """Fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def marked(page):
    return pytest.param(page, id=name_of(page), marks=[pytest.mark.slow] if name_of(page) in SLOW else [])


@pytest.mark.filterwarnings("default::lacunet.errors.DataWarning")  # the pages speak of them
@pytest.mark.parametrize("page", [marked(page) for page in PAGES if blocks(page, "python")])
def test_python_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__page__"}
    for number, block in enumerate(blocks(page, "python"), 1):
        exec(compile(block, f"{name_of(page)}, block {number}", "exec"), names)


def commands(word):
    """Every command line of the pages that starts with the word (console blocks and table cells)."""
    found = {}
    for page in PAGES:
        for line in re.findall(rf"(?:^\$ |`){word} ([^`\n#]+)", page.read_text("utf-8"), flags=re.MULTILINE):
            found.setdefault(line.strip(), name_of(page))
    return found


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    assert commands("make")
    assert not {line: page for line, page in commands("make").items() if line.split()[0] not in targets}


def test_every_target_is_phony_and_explained():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE).group(1).split())
    assert phony == set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))


def command_of(words):
    """The command of a line; `embed` and `measure` have commands of their own, and `embed` trains by itself."""
    if words[0] == "measure":
        return words[:2]
    if words[0] != "embed" or words[1:] in ([], ["--help"]):
        return words[:1]
    return ["embed", "train" if "." in words[1] else words[1]]


@pytest.mark.parametrize("line", commands("lacunet"))
def test_lacunet_commands_and_options_exist(line):
    words = line.split()
    if words[0] in {"COMMAND", "--help"}:
        return
    command = [sys.executable, "-m", "lacunet", *command_of(words), "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=None)
    assert answer.returncode == 0, answer.stderr
    options = [word for word in words[1:] if re.fullmatch(r"--?[a-z][a-z-]*", word)]
    assert not [option for option in options if option not in answer.stdout]
