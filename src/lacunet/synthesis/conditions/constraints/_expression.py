"""From the text of a constraint to a claim about rows; nothing of it is ever run as Python."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import pairwise
from typing import Any

import numpy as np

from lacunet.errors import ColumnError, SpecError, suggest
from lacunet.synthesis.conditions.constraints._claims import Claim, both, either, emptiness, opposite
from lacunet.synthesis.conditions.constraints._compare import among, compare
from lacunet.synthesis.conditions.constraints._levels import find_column, level_words
from lacunet.synthesis.conditions.constraints._source import Source, read_source
from lacunet.synthesis.conditions.constraints._terms import Term, TermKind, column_term, constant_term, reckoned
from lacunet.table import Column, Schema

SIGNS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ARITHMETIC: Mapping[type[ast.operator], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "exp": np.exp,
    "floor": np.floor,
    "log": np.log,
    "sqrt": np.sqrt,
}
EXTREMES = {"min": np.minimum, "max": np.maximum}
TESTS = {"isna": True, "notna": False}
OFFERED = ("isna", "notna", "min", "max", "round", *FUNCTIONS)
DEEPEST = 100
"""Terms of a sum, or brackets within brackets; more are no constraint that a person wrote."""
LARGEST = 1e300


def read_claim(text: Any, schema: Schema) -> Claim:
    """Read one constraint.

    Parameters
    ----------
    text
        Such as ``"age >= 18"``.
    schema
        The columns there are.

    Raises
    ------
    SpecError
        When it cannot be read or means nothing.
    ColumnError
        When a column or level does not exist.
    """
    source = read_source(text, schema.names)
    return replace(_Reader(source=source, schema=schema).claim(source.tree), text=source.text)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reader:
    source: Source
    schema: Schema
    depth: int = 0

    def claim(self, node: ast.expr) -> Claim:
        """What is true or false."""
        within = self._within()
        match node:
            case ast.BoolOp(op=ast.And(), values=parts) | ast.BoolOp(op=ast.Or(), values=parts):
                join = both if isinstance(node.op, ast.And) else either
                return join(self.source.say(node), [within.claim(part) for part in parts])
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr(), left=left, right=right):
                join = both if isinstance(node.op, ast.BitAnd) else either
                return join(self.source.say(node), [within.claim(left), within.claim(right)])
            case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
                return opposite(self.source.say(node), within.claim(operand))
            case ast.Compare():
                return within._compared(node)
            case ast.Call(func=ast.Name(id="isna" | "notna")):
                return within._emptiness(node)
        raise self.source.refuse(
            f"{self.source.say(node)!r} is neither true nor false",
            "A comparison is needed, such as age >= 18; with & and | each of them stands in brackets.",
        )

    def _within(self) -> "_Reader":
        if self.depth > DEEPEST:
            raise self.source.refuse("it is nested too deeply", "Split it into several constraints.")
        return _Reader(source=self.source, schema=self.schema, depth=self.depth + 1)

    def _compared(self, node: ast.Compare) -> Claim:
        operands = [node.left, *node.comparators]
        claims = [
            self._pair(node, left, op, right) for (left, right), op in zip(pairwise(operands), node.ops, strict=True)
        ]
        return claims[0] if len(claims) == 1 else both(self.source.say(node), claims)

    def _pair(self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Claim:
        text = self.source.say(node)
        for side in (left, right):
            if isinstance(side, ast.BinOp) and isinstance(side.op, ast.BitAnd | ast.BitOr):
                sign = "&" if isinstance(side.op, ast.BitAnd) else "|"
                raise self.source.refuse(
                    f"{sign} binds more tightly than a comparison", "Write 'and', 'or', or put each in brackets."
                )
        if _is_none(left) or _is_none(right) or isinstance(op, ast.Is | ast.IsNot):
            raise self.source.refuse(f"{text!r} asks for what is empty", "Write isna(x) or notna(x).")
        if isinstance(op, ast.In | ast.NotIn):
            claim = among(text, self.term(left), self._members(right), self.source)
            return claim if isinstance(op, ast.In) else opposite(text, claim)
        return compare(text, self.term(left), SIGNS[type(op)], self.term(right), self.source)

    def _members(self, node: ast.expr) -> list[Term]:
        found = [self.term(part) for part in getattr(node, "elts", ())]
        if not found or not all(member.is_constant for member in found):
            raise self.source.refuse(
                f"{self.source.say(node)!r} is no list of values",
                "After 'in' stands one, such as ['N', 'S'] or [1, 2].",
            )
        return found

    def _emptiness(self, node: ast.Call) -> Claim:
        assert isinstance(node.func, ast.Name)
        if len(node.args) != 1 or node.keywords or not isinstance(node.args[0], ast.Name):
            raise self.source.refuse(f"{self.source.say(node)!r} names no single column", "Write isna(x).")
        return emptiness(self.source.say(node), self._column(node.args[0]), TESTS[node.func.id])

    def term(self, node: ast.expr) -> Term:
        """What has a value."""
        within, text = self._within(), self.source.say(node)
        match node:
            case ast.Constant(value=bool() | int() | float() | str() as value):
                return self._constant(value, text)
            case ast.Name():
                return column_term(self._column(node), text)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                inner = within._number(operand)
                return inner if isinstance(node.op, ast.UAdd) else reckoned(text, "number", np.negative, [inner])
            case ast.BinOp(op=op, left=left, right=right) if type(op) in ARITHMETIC:
                return within._reckon(text, op, left, right)
            case ast.Call(func=ast.Name(id=name)):
                return within._call(node, name)
        raise self.source.refuse(
            f"{text!r} is nothing that can be reckoned with",
            f"Columns, numbers, words in quotes, + - * / // % ** and these functions can: {', '.join(OFFERED)}.",
        )

    def _constant(self, value: bool | int | float | str, text: str) -> Term:
        if isinstance(value, int | float) and not -LARGEST <= value <= LARGEST:
            raise self.source.refuse(f"{text} is too large a number", "Give a smaller one.")
        return constant_term(value, text)

    def _column(self, node: ast.Name) -> Column:
        name = self.source.name(node)
        what = self.source.what
        if name not in self.schema.names:
            column = next((c.name for c in self.schema.modelled if name in level_words(c)), None)
            if column is not None:
                raise ColumnError(
                    f"{what} names {name!r}, which is not a column but a level of {column!r}. Words need quotes: "
                    f"write '{name}'."
                )
        return find_column(self.schema, name, what)

    def _number(self, node: ast.expr) -> Term:
        found = self.term(node)
        if not found.is_number:
            raise self._no_number(found)
        return found

    def _no_number(self, term: Term) -> SpecError:
        held = {"date": "dates", "word": "text", "category": "levels that are no numbers or have no order"}
        return self.source.refuse(
            f"{term.text} holds {held.get(term.kind, term.kind)}", "To reckon with it, it has to hold numbers."
        )

    def _reckon(self, text: str, op: ast.operator, left: ast.expr, right: ast.expr) -> Term:
        parts = [self.term(left), self.term(right)]
        kind = self._kind_of(op, parts)
        return reckoned(text, kind, ARITHMETIC[type(op)], parts)

    def _kind_of(self, op: ast.operator, parts: Sequence[Term]) -> TermKind:
        """Days between two dates are a number; a date and a number of days are a date."""
        are_dates = [part.kind == "date" for part in parts]
        for part, is_date in zip(parts, are_dates, strict=True):
            if not is_date and not part.is_number:
                raise self._no_number(part)
        if not any(are_dates):
            return "number"
        if isinstance(op, ast.Sub) and all(are_dates):
            return "number"
        if (isinstance(op, ast.Add) and not all(are_dates)) or (isinstance(op, ast.Sub) and are_dates[0]):
            return "date"
        raise self._no_number(parts[are_dates.index(True)])

    def _call(self, node: ast.Call, name: str) -> Term:
        text = self.source.say(node)
        if name not in OFFERED or name in TESTS or node.keywords:
            hint = suggest(name, OFFERED) or f"There are: {', '.join(OFFERED)}."
            raise self.source.refuse(f"{text!r} uses no function that can be used here", hint)
        parts = [self._number(argument) for argument in node.args]
        if name == "round" and len(parts) in (1, 2) and all(part.is_constant for part in parts[1:]):
            decimals = int(parts[1].constant) if len(parts) == 2 else 0
            return reckoned(text, "number", partial(np.round, decimals=decimals), parts[:1])
        if name in EXTREMES and len(parts) > 1:
            return reckoned(text, "number", lambda *values: reduce(EXTREMES[name], values), parts)
        if name in FUNCTIONS and len(parts) == 1:
            return reckoned(text, "number", FUNCTIONS[name], parts)
        needed = {"round": "a number, and decimals if wanted", "min": "at least two", "max": "at least two"}
        raise self.source.refuse(f"{text!r} has {len(parts)} arguments", f"It needs {needed.get(name, 'one')}.")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
