"""Laws of constraints: an expression means what pandas' three-valued logic means by it; contradictions are real."""

from itertools import product

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet.errors import SpecError
from lacunet.synthesis.conditions import parse_constraints, parse_given
from lacunet.table import outline_of, read_table

NUMBERS = ("a", "b", "odd name")
LEVELS = ("N", "S", "E")
GRADES = ("1", "2", "3")


def _schema():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.integers(-9, 9, 90).astype(float) for name in NUMBERS})
    frame["g"] = rng.choice(LEVELS, 90)
    frame["o"] = pd.Categorical(rng.choice(GRADES, 90), GRADES, ordered=True)
    return read_table(frame, kinds=dict.fromkeys(NUMBERS, "continuous") | {"g": "nominal"}).schema


SCHEMA = _schema()

# An expression in our spelling and in that of nullable pandas columns, whose &, | and ~ are Kleene's.
constants = st.integers(-3, 3).map(lambda n: (str(n), str(n)))
columns = st.sampled_from([("a", "f['a']"), ("b", "f['b']"), ("`odd name`", "f['odd name']")])


def _sums(parts):
    pairs = st.tuples(parts, st.sampled_from(["+", "-", "*"]), parts)
    halves = st.tuples(parts, st.sampled_from(["/ 2", "// 2", "% 3", "** 2"]))
    return (
        pairs.map(lambda x: (f"({x[0][0]} {x[1]} {x[2][0]})", f"({x[0][1]} {x[1]} {x[2][1]})"))
        | halves.map(lambda x: (f"({x[0][0]} {x[1]})", f"({x[0][1]} {x[1]})"))
        | parts.map(lambda x: (f"(-{x[0]})", f"(-{x[1]})"))
        | parts.map(lambda x: (f"abs({x[0]})", f"abs({x[1]})"))
    )


terms = st.recursive(columns | constants, _sums, max_leaves=4)
with_column = terms.filter(lambda x: "f[" in x[1])
signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
several = st.lists(st.integers(-3, 3), min_size=1, max_size=3)
comparisons = (
    st.tuples(with_column, signs, terms).map(lambda x: (f"{x[0][0]} {x[1]} {x[2][0]}", f"({x[0][1]} {x[1]} {x[2][1]})"))
    | st.tuples(columns, several).map(
        lambda x: (f"{x[0][0]} in {x[1]}", "(" + " | ".join(f"({x[0][1]} == {n})" for n in x[1]) + ")")
    )
    | st.tuples(st.sampled_from(["==", "!="]), st.sampled_from(LEVELS)).map(
        lambda x: (f"g {x[0]} {x[1]!r}", f"(f['g'] {x[0]} {LEVELS.index(x[1])})")
    )
    | st.tuples(signs, st.sampled_from(GRADES)).map(lambda x: (f"o {x[0]} {x[1]!r}", f"(f['o'] {x[0]} {x[1]})"))
    | columns.map(lambda x: (f"isna({x[0]})", f"{x[1]}.isna()"))
)


def _joined(parts):
    pairs = st.tuples(parts, st.sampled_from([("and", "&"), ("or", "|")]), parts)
    return pairs.map(lambda x: (f"({x[0][0]} {x[1][0]} {x[2][0]})", f"({x[0][1]} {x[1][1]} {x[2][1]})")) | parts.map(
        lambda x: (f"(not {x[0]})", f"(~{x[1]})")
    )


claims = st.recursive(comparisons, _joined, max_leaves=5)
cells = st.none() | st.integers(-3, 3)
rows = st.lists(
    st.tuples(cells, cells, cells, st.sampled_from([None, *LEVELS]), st.sampled_from([None, *GRADES])),
    min_size=1,
    max_size=6,
)


def _frames(found):
    """An analysis frame, and the same with pandas' nullable types."""
    plain = pd.DataFrame(found, columns=[*NUMBERS, "g", "o"], dtype=object)
    analysis = plain.astype(dict.fromkeys(NUMBERS, float))
    analysis["g"] = pd.Categorical(plain["g"], list(SCHEMA["g"].levels))
    analysis["o"] = pd.Categorical(plain["o"], GRADES, ordered=True)
    nullable = plain.astype(dict.fromkeys(NUMBERS, "Float64"))
    places = {level: float(i) for i, level in enumerate(LEVELS)}
    nullable["g"] = plain["g"].map(places).astype("Float64")  # text backed by Arrow has no logic of three values
    nullable["o"] = plain["o"].astype("Float64")
    return analysis, nullable


@settings(max_examples=300, deadline=None)
@given(claims, rows)
def test_an_expression_means_what_pandas_means_by_it(pair, found):
    ours, theirs = pair
    analysis, f = _frames(found)
    try:
        held = parse_constraints(ours, SCHEMA).holds(analysis)[:, 0]
    except SpecError as error:
        assert "contradict" in str(error) or "never hold" in str(error) or "reckons" in str(error)
        return
    truth = eval(theirs, {"f": f, "abs": abs})
    assert held.tolist() == truth.fillna(True).astype(bool).tolist(), ours


@settings(max_examples=200, deadline=None)
@given(claims, rows, st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_what_is_broken_stays_broken_whatever_the_empty_cells_hold(pair, found, filling):
    try:
        constraints = parse_constraints(pair[0], SCHEMA)
    except SpecError:
        return
    if "isna" in pair[0]:
        return  # it asks of the empty cells themselves
    analysis, _ = _frames(found)
    completed = analysis.fillna(dict(zip(NUMBERS, map(float, filling), strict=True)) | {"g": "N", "o": "2"})
    assert not (constraints.holds(completed) & ~constraints.holds(analysis)).any()


simple = st.tuples(st.sampled_from("ab"), signs, st.integers(-3, 3)).map(lambda x: f"{x[0]} {x[1]} {x[2]}")
differences = st.tuples(signs.filter(lambda sign: sign not in ("==", "!=")), st.integers(-2, 2)).map(
    lambda x: f"a {x[0]} b + {x[1]}"
)


@settings(max_examples=200, deadline=None)
@given(st.lists(simple | differences, min_size=1, max_size=5))
def test_contradictions_are_those_of_brute_force(texts):
    linear = [text for text in texts if "!=" not in text]  # of != nothing follows for a sum
    grid = [{"a": a, "b": b} for a, b in product(range(-9, 10), repeat=2)]
    is_possible = any(all(eval(text, {}, dict(row)) for text in linear) for row in grid)
    if is_possible:
        assert parse_constraints(texts, SCHEMA).texts == tuple(texts)
        return
    try:
        parse_constraints(texts, SCHEMA)
    except SpecError as error:
        named = [text for text in set(texts) if repr(text) in str(error)]
        assert named
        assert not any(all(eval(text, {}, dict(row)) for text in named) for row in grid)
    else:
        raise AssertionError(f"{texts} exclude each other")


def _outlined():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.integers(0, 9, 80), "g": rng.choice(LEVELS, 80), "b": rng.normal(size=80).round(1)})
    frame.loc[rng.random(80) < 0.3, "b"] = np.nan
    table = read_table(frame, kinds={"a": "count", "g": "nominal"})
    outline, reason = outline_of(table)
    return frame, outline, table.values, reason


FRAME, OUTLINE, VALUES, REASON = _outlined()
ends = st.none() | st.integers(-1, 10)


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(ends, ends).filter(lambda x: None in x or x[0] <= x[1]),
    st.sets(st.sampled_from(LEVELS), min_size=1),
    st.booleans(),
    st.integers(-15, 15),
)
def test_rows_that_match_are_those_of_pandas_and_the_nearest_occurs(span, levels, or_empty, tenths):
    asked = {"a": span, "g": sorted(levels), "b": [tenths / 10, None] if or_empty else (None, tenths / 10)}
    found = parse_given(asked, OUTLINE)
    low, high = (-99 if span[0] is None else span[0]), (99 if span[1] is None else span[1])
    is_b = (FRAME["b"] == tenths / 10) | FRAME["b"].isna() if or_empty else FRAME["b"] <= tenths / 10
    truth = FRAME["a"].between(low, high) & FRAME["g"].isin(levels) & is_b
    assert found.matches(VALUES, REASON).tolist() == truth.tolist()
    assert (found.nearest(VALUES, REASON) == "") == bool(truth.any())
