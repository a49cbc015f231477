"""The text of a constraint as Python reads it, with names in backticks, and said back in the user's words."""

import ast
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lacunet.errors import SpecError

_QUOTED_OR_NAMED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`([^`]+)`")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_SLIPS = (
    (re.compile(r"(?<![<>=!:])=(?![=])"), "Write == for 'is equal to'."),
    (re.compile(r"&&|\|\|"), "Write 'and' for && and 'or' for ||."),
    (re.compile(r"[≤≥≠]|<>"), "Write <=, >= and != for the signs of a book."),
    (re.compile(r"`"), "A backtick opens and closes a name: two are needed."),
)
EXAMPLE = '"age >= 18" or "hours == 0 or employed == \'yes\'"'


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """One constraint as text and as Python's syntax tree.

    Attributes
    ----------
    text
        As the user wrote it.
    code
        The same with a plain name in place of each name in backticks.
    names
        Plain name → the name that stood in backticks.
    tree
        What Python reads in ``code``.
    """

    text: str
    code: str
    names: Mapping[str, str]
    tree: ast.expr

    def name(self, node: ast.Name) -> str:
        """The column that a name means."""
        return self.names.get(node.id, node.id)

    def say(self, node: ast.AST) -> str:
        """A part of the constraint in the user's words."""
        part = ast.get_source_segment(self.code, node) or self.code
        for plain, name in self.names.items():
            part = part.replace(plain, f"`{name}`")
        return part

    @property
    def what(self) -> str:
        """How a message calls it."""
        return f"The constraint {self.text!r}"

    def refuse(self, found: str, needed: str) -> SpecError:
        """The error that says what is wrong with this constraint."""
        return SpecError(f"{self.what} cannot be used: {found}. {needed}")


def read_source(text: Any, columns: Iterable[str]) -> Source:
    """Read one constraint.

    Parameters
    ----------
    text
        An expression over column names.
    columns
        The names there are, for what is said when it cannot be read.

    Raises
    ------
    SpecError
        When it is no text or no expression.
    """
    if not isinstance(text, str) or not text.strip():
        raise SpecError(f"{text!r} is no constraint. An expression over column names is needed, such as {EXAMPLE}.")
    code, names = _without_backticks(" ".join(text.split()))
    try:
        tree = ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _unreadable(text, code, names, columns, error) from None
    return Source(text=text, code=code, names=names, tree=tree)


def _without_backticks(text: str) -> tuple[str, dict[str, str]]:
    names: dict[str, str] = {}
    stem = "_name"
    while stem in text:
        stem += "_"

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group(0)
        plain = next((known for known, given in names.items() if given == name), f"{stem}{len(names)}x")
        names[plain] = name
        return plain

    return _QUOTED_OR_NAMED.sub(replace, text), names


def _unreadable(
    text: str, code: str, names: Mapping[str, str], columns: Iterable[str], error: BaseException
) -> SpecError:
    where = ""
    if isinstance(error, SyntaxError):
        before = code[: error.offset - 1] if error.offset else code
        for plain, name in names.items():
            before = before.replace(plain, f"`{name}`")
        where = f" at character {len(before) + 1}" + (f", after {before[-20:]!r}" if before.strip() else "")
    bare = _QUOTED.sub("", text)
    hints = [hint for pattern, hint in _SLIPS if pattern.search(bare)][:1]
    hints += [
        f"A name that is a word of Python or holds a space needs backticks: `{name}`."
        for name in columns
        if _needs_backticks(name) and re.search(rf"(?<![`\w]){re.escape(name)}(?![`\w])", bare)
    ][:1]
    return SpecError(
        f"The constraint {text!r} cannot be read{where}. An expression over column names is needed, such as {EXAMPLE}. "
        + " ".join(hints or ["Correct it there."])
    )


def _needs_backticks(name: str) -> bool:
    return bool(name) and (keyword.iskeyword(name) or not name.isidentifier())
