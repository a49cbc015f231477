"""The examples in the docstrings run, and print what they say."""

import doctest
from importlib import import_module

import pytest

from tests.house._code import module_name, name_of, sources

WITH_EXAMPLES = [path for path in sources() if ">>>" in path.read_text("utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=name_of)
def test_examples_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = doctest.testmod(
        import_module(module_name(path)), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert outcome.failed == 0
