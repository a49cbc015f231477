"""Words that do not occur: each stands for a habit we do not have."""

import re

import pytest

from tests.house._code import ROOT, name_of, room_of, sources

FORBIDDEN = {
    r"\bimport (pickle|dill|joblib|shelve|marshal)\b|\bpickle\.\w": "saved files are safetensors and JSON",
    r"\ballow_pickle\s*=\s*True": "saved arrays hold numbers",
    r"\bTYPE_CHECKING\b": "an import is a real import",
    r"\bnp\.random\.(seed|rand|randn|normal|uniform|choice|shuffle)\b": "no global randomness",
    r"\b(PRNGKey|jax\.random\.key|jr\.key)\(": "only _keys.py makes keys",
    r"\bimport \*": "names are said",
    r"(?<![\w.])(eval|exec)\(": "data are never run",
    r"(?<![\w.])print\(": "the library prints nothing",
    r"\bwarnings\.(simplefilter|filterwarnings)\(\s*[\"']ignore[\"']\s*\)": "a warning is silenced by name",
    r"\bos\.environ\b|\bgetenv\(": "no environment variables",
    r"\b(torch|tensorflow)\.": "JAX is the one library with gradients",
}
ALLOWED = {
    "src/lacunet/_keys.py": {r"\b(PRNGKey|jax\.random\.key|jr\.key)\("},
    # Where the system keeps caches is said in the environment and nowhere else.
    "src/lacunet/train/_cache.py": {r"\bos\.environ\b|\bgetenv\("},
}


@pytest.mark.parametrize("word", FORBIDDEN, ids=FORBIDDEN.values())
def test_word_does_not_occur(word):
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in sources("src")
        if word not in ALLOWED.get(name_of(path), ())
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(word, line)
    ]
    assert not found, FORBIDDEN[word]


def test_no_path_of_somebodys_machine():
    text_files = [*sources("src", "tests", "benchmarks"), *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    text_files += [ROOT / name for name in ("Makefile", "pyproject.toml", "constraints.txt", "mkdocs.yml", ".ci/run")]
    home = re.compile(r"(?<![\w.])/(home|root|Users)/\w|\bfile:///|\bhttps?://\S*/simple\b")
    found = [name_of(path) for path in text_files if path != ROOT / "tests/house/test_words.py"]
    assert not [name for name in found if home.search((ROOT / name).read_text("utf-8"))]


def test_pins_are_plain():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert all(line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.+!]+", line) for line in lines)


def test_only_the_command_line_speaks():
    found = [
        name_of(path) for path in sources() if room_of(path) != "cli" and "rich.console" in path.read_text("utf-8")
    ]
    assert not found
