"""A formula taken apart: its two sides, the dot, and the functions that a file may name."""

import ast
import re
from collections.abc import Iterable

from formulaic import Formula
from formulaic.errors import FormulaicError
from formulaic.parser.types import Factor
from formulaic.transforms import TRANSFORMS

from lacunet.errors import DataError, SpecError

NAME = re.compile(r"^(?:`([^`]+)`|([^\W\d]\w*))$")
CATEGORY = re.compile(r"^C\(\s*(?:`([^`]+)`|([^\W\d]\w*))\s*\)$")
DOT = re.compile(r"(?<![\w.)\]`])\.(?![\w.])")
"""A dot that stands for all other columns, not one in a number or before a method."""
QUOTED = re.compile(r"`[^`]*`")
PLAIN_FUNCTIONS = frozenset(
    {"abs", "arcsinh", "cbrt", "ceil", "clip", "cos", "exp", "expm1", "floor", "log", "log10", "log1p", "log2"}
    | {"maximum", "minimum", "power", "sign", "sin", "sqrt", "square", "tanh", "where"}
)
"""Functions of NumPy, cell by cell, that a saved formula may use."""
CONTRASTS = frozenset({"treatment", "SAS", "sum", "helmert", "diff", "poly", "custom"})
ALLOWED_NODES = (
    ast.Expression,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Call,
    ast.keyword,
    ast.Attribute,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
)


def split_formula(formula: str) -> tuple[str, str]:
    """Left and right side of ``outcome ~ inputs``."""
    left, _, right = formula.partition("~")
    if not left.strip() or not right.strip() or "~" in right:
        raise SpecError(
            f"The formula {formula!r} is not whole. It needs the form 'outcome ~ term + term', for example "
            "'vote ~ age + C(region)', or 'vote ~ .' for all other columns."
        )
    return left.strip(), right.strip()


def plain_column(left: str) -> tuple[str | None, bool]:
    """Column that a left side names, None where it transforms one; and whether it is called a category, ``C(vote)``."""
    for pattern, is_category in ((NAME, False), (CATEGORY, True)):
        found = pattern.match(left)
        if found:
            return found.group(1) or found.group(2), is_category
    return None, False


def has_dot(right: str) -> bool:
    """Whether a right side asks for all other columns."""
    return DOT.search(QUOTED.sub("q", right)) is not None


def spell_dot(right: str, others: Iterable[str]) -> str:
    """The right side with its dot written out."""
    return DOT.sub(lambda _: f"({sum_of(others)})", right) if has_dot(right) else right


def sum_of(names: Iterable[str]) -> str:
    """Columns as the sum of terms that a formula has."""
    return " + ".join(f"`{name}`" for name in names) or "1"


def read_right_side(text: str) -> Formula:
    """Terms of a right side, or what is wrong with it."""
    try:
        return Formula(text)
    except (FormulaicError, SyntaxError) as error:
        fault = str(getattr(error, "msg", error)).strip().splitlines()[0].rstrip(".")
        raise SpecError(
            f"The formula's right side {text!r} cannot be read: {fault}. It needs the form 'term + term', for example "
            "'age + C(educ)'."
        ) from error


def variables_of(formula: Formula) -> tuple[str, ...]:
    """Columns that the terms of a formula name.

    Formulaic's own ``required_variables`` forgets those inside its stateful functions, such as ``scale(age)``.
    """
    return tuple(sorted({name for term in formula for factor in term.factors for name in variables_in(factor)}))


def variables_in(factor: Factor) -> set[str]:
    """Columns that one factor of a term names."""
    method = factor.eval_method.value
    if method != "python":
        return {factor.expr} if method == "lookup" else set()
    quoted = [name.strip("`") for name in QUOTED.findall(factor.expr)]
    places = iter(range(len(quoted)))
    try:
        tree = ast.parse(QUOTED.sub(lambda _: f"_quoted_{next(places)}", factor.expr).strip(), mode="eval")
    except SyntaxError as error:
        raise SpecError(
            f"The formula's {factor.expr!r} cannot be read ({error.msg}). It needs Python's spelling: np.log(age), "
            "or `a name` in back-quotes where it holds blanks."
        ) from error
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    functions = {id(call.func) for call in calls}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions}
    by_word = {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Q" and isinstance(call.args[0], ast.Constant)
    }
    own = {f"_quoted_{i}": name for i, name in enumerate(quoted)}
    return {own.get(name, name) for name in found - set(TRANSFORMS)} | by_word


def check_expressions(text: str) -> None:
    """Refuse a right side with anything but arithmetic and known functions: a file must run nothing else.

    Raises
    ------
    DataError
        Naming the first thing that is not known.
    """
    for term in read_right_side(text):
        for factor in term.factors:
            fault = _fault(factor.expr) if factor.eval_method.value == "python" else ""
            if fault:
                raise DataError(
                    f"The formula's {factor.expr!r} uses {fault}, which a file cannot keep. A saved formula needs "
                    f"arithmetic, {', '.join(sorted(set(TRANSFORMS) - {'np', 'contr'}))} and plain functions such as "
                    "np.log: put a column with these values into the frame before fitting."
                )


def _fault(expression: str) -> str:
    try:
        tree = ast.parse(QUOTED.sub("quoted", expression).strip(), mode="eval")
    except SyntaxError:
        return "what cannot be read"
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED_NODES):
            return f"a {type(node).__name__}"
        if isinstance(node, ast.Attribute) and not _is_known(node):
            return f"'{ast.unparse(node)}'"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in TRANSFORMS:
            return f"'{node.func.id}()'"
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name | ast.Attribute):
            return "a call of a call"
        if isinstance(node, ast.Name) and node.id in ("np", "contr") and id(node) not in inner:
            return f"'{node.id}' by itself"
    return ""


def _is_known(node: ast.Attribute) -> bool:
    if not isinstance(node.value, ast.Name):
        return False
    known = {"np": PLAIN_FUNCTIONS, "contr": CONTRASTS}.get(node.value.id, frozenset())
    return node.attr in known
