"""What a tutorial says its code prints is what it prints: those on real texts run where these are, and take minutes."""

import importlib.util
import subprocess
import sys

import pytest

from tests.house._code import ROOT

FIGURES = ROOT / "docs" / "figures"
PAGE = """# A page

```py
import math
print("root", math.sqrt(2))
```

```text
root {said}
```

```py
print(1)
```
"""


def load(name):
    spec = importlib.util.spec_from_file_location(name, FIGURES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page():
    yield load("_page")
    del sys.modules["_page"]


SCRIPTS = sorted(path for path in FIGURES.glob("[a-z]*.py") if "from _page import" in path.read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("script", [pytest.param(path, id=path.stem) for path in SCRIPTS])
def test_a_tutorial_prints_what_it_says(script, page):
    answer = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False, cwd=script.parent
    )
    if answer.returncode == page.MISSING:
        pytest.skip(answer.stdout.strip())
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_there_are_tutorials():
    assert {"window_and_dimension", "words_of_presidents"} <= {path.stem for path in SCRIPTS}


@pytest.mark.parametrize(
    ("said", "printed", "how"),
    [
        ("word   .413", "word .417", "within 0.02"),
        ("12 words, -1.50 on average", "12  words, -1.51 on average", "within 0.02"),
        ("1,984,145 tokens", "1,984,145 tokens\n\n", "within 0.02"),
        ("5.0 s for 30", "5.6 s for 33", "within 0.2"),
        ("5.0 s for 30", "17.9 s for 3,000", "words only"),
        ("set by hand", "as it is printed", "nothing"),
    ],
)
def test_what_agrees(page, said, printed, how):
    assert not page.differences(said, printed, how)


@pytest.mark.parametrize(
    ("said", "printed", "how"),
    [
        ("word .41", "word .44", "within 0.02"),
        ("12 words", "13 words", "within 0.02"),
        ("1790 to 2025", "1790 to 2026", "within 0.02"),
        ("liberty .5", "peace .5", "within 0.02"),
        ("cal1ed", "cal2ed", "words only"),
        ("-0.50", "0.50", "within 0.2"),
        ("one line", "one line\nand more", "within 0.02"),
        ("5.0 s", "6.5 s", "within 0.2"),
        ("5.0 s", "5.0 min", "words only"),
    ],
)
def test_what_differs(page, said, printed, how):
    assert page.differences(said, printed, how)


@pytest.mark.parametrize(("said", "code"), [("1.4142", 0), ("1.5142", 1)])
def test_blocks_are_run_and_compared(page, capsys, said, code):
    blocks = page.blocks_of(PAGE.format(said=said))
    assert [block.text for block in blocks] == [f"root {said}\n", None]
    names, printed = page.run_blocks(blocks, "a-page.md")
    assert names["math"].pi > 3
    assert printed == ["root 1.4142135623730951\n", "1\n"]
    assert page.report("a-page.md", blocks, printed) == code
    assert ("page:    root 1.5142" in capsys.readouterr().out) == bool(code)


def test_what_was_printed_is_put_into_the_page(page):
    text = PAGE.format(said="1")
    blocks = page.blocks_of(text)
    assert page.written(text, blocks, ["root 7  \n", "1\n"]) == PAGE.format(said="7")
    by_hand = text.replace("```text", "<!-- check: nothing -->\n```text")
    assert page.blocks_of(by_hand)[0].how == "nothing"
    assert page.written(by_hand, page.blocks_of(by_hand), ["root 7\n", "1\n"]) == by_hand


def test_what_is_missing_is_named(page, monkeypatch, tmp_path):
    monkeypatch.delenv(page.DATA, raising=False)
    assert page.missing(["json", "no_such_package"], {"a.csv": "text/a.csv"}) == ["no_such_package", "text/a.csv"]
    (tmp_path / "a.csv").write_text("x\n", "utf-8")
    monkeypatch.setenv(page.DATA, str(tmp_path))
    assert page.missing([], {"here.csv": "a.csv"}) == []
    with page.folder_with({"here.csv": "a.csv"}):
        assert (page.Path.cwd() / "here.csv").read_text("utf-8") == "x\n"
