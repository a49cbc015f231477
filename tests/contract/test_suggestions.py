"""Names that do not exist are answered with the nearest that does, by one function for the whole house."""

from pathlib import Path

import pytest

import lacunet
from lacunet.errors import nearest, suggest


@pytest.mark.parametrize(
    ("word", "words", "found"),
    [
        ("incme", ["income", "age"], "income"),
        ("agep", ["AGEP", "SEX"], "AGEP"),
        ("Age", ["AGEP", "age"], "age"),
        (1, ["10", "1.0", "2"], "10"),
        ("region", ["income", "age"], ""),
        ("x", [], ""),
    ],
)
def test_the_nearest_name_is_found_or_none(word, words, found):
    assert nearest(word, words) == found
    assert suggest(word, words) == (f"Did you mean '{found}'?" if found else "")


def test_nobody_else_looks_for_the_nearest_name():
    house = Path(lacunet.__file__).parent
    users = [path.relative_to(house).as_posix() for path in house.rglob("*.py") if "difflib" in path.read_text("utf-8")]
    assert users == ["errors.py"]
