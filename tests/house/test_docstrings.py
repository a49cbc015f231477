"""Every public name says what it answers, what it takes, what it gives back and what it refuses."""

import ast
import inspect
import re
import textwrap

import pytest

from tests.house._face import public_callables

SECTIONS = (
    "Parameters",
    "Attributes",
    "Returns",
    "Yields",
    "Raises",
    "Notes",
    "References",
    "Examples",
    "See Also",
    "Warns",
)
CALLABLES = public_callables()


def sections_of(doc):
    """Section title -> its text."""
    found = re.split(r"^(" + "|".join(SECTIONS) + r")\n-{3,}\n", doc, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def parameters_of(item):
    """Names a caller may pass (``cls`` and ``self`` apart)."""
    signature = inspect.signature(item)
    return [name.lstrip("*") for name in signature.parameters if name not in {"self", "cls"}]


def raises(item):
    """Whether the function's own body raises."""
    if inspect.isclass(item):
        return False
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(item))))
    return any(isinstance(node, ast.Raise) for node in ast.walk(tree))


@pytest.mark.parametrize("name", CALLABLES)
def test_summary_is_one_sentence(name):
    doc = inspect.getdoc(CALLABLES[name]) or ""
    lines = doc.splitlines()
    assert lines, "no docstring"
    assert lines[0].endswith((".", "?")), f"first line is no sentence: {lines[0]!r}"
    assert len(lines) == 1 or not lines[1], "a blank line follows the summary"


@pytest.mark.parametrize("name", CALLABLES)
def test_every_parameter_is_described(name):
    item = CALLABLES[name]
    sections = sections_of(inspect.getdoc(item) or "")
    described = sections.get("Parameters", "") + sections.get("Attributes", "")
    if is_handed_out(item):
        return
    missing = [p for p in parameters_of(item) if not re.search(rf"^(\w+, )*\*{{0,2}}{p}\b", described, re.MULTILINE)]
    assert not missing


def is_handed_out(item):
    """Whether users receive such objects from a method and do not make them themselves."""
    return inspect.isclass(item) and item.__name__ in {"FittedMidas", "Imputations", "FittedSequential", "FittedGan"}


@pytest.mark.parametrize("name", CALLABLES)
def test_what_comes_back_is_described(name):
    item = CALLABLES[name]
    if inspect.isclass(item) or not parameters_of(item):
        return  # of a question without arguments the summary is the answer
    gives = inspect.signature(item).return_annotation
    if gives not in {None, "None", inspect.Signature.empty}:
        assert {"Returns", "Yields"} & set(sections_of(inspect.getdoc(item) or "")), (
            f"returns {gives}, says nothing of it"
        )


@pytest.mark.parametrize("name", CALLABLES)
def test_what_is_refused_is_described(name):
    if raises(CALLABLES[name]):
        assert "Raises" in sections_of(inspect.getdoc(CALLABLES[name]) or "")
