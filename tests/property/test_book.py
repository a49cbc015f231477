"""Slots of a table: no two share a column, no slice runs over, and rows come back from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Variable
from lacunet.family._book import bind, pad_rows, round_up
from lacunet.family._grid import build_grid


def grids_of(kinds, n=60, seed=0):
    """Grids of (levels, is ordered) pairs."""
    rng = np.random.default_rng(seed)
    out = []
    for n_levels, ordered in kinds:
        variable = Variable(name="v", kind="ordinal" if ordered else "nominal", n_levels=n_levels)
        out.append(build_grid(variable, rng.integers(0, n_levels, n).astype(float), n_levels=8, n_own=8))
    return tuple(out)


KINDS = st.lists(st.tuples(st.integers(2, 70), st.booleans()), min_size=1, max_size=40)


@settings(deadline=None, max_examples=60)
@given(KINDS)
def test_every_slot_stays_inside_and_alone(kinds):
    book = bind(grids_of(kinds))
    shape, arrays = book.shape, book.arrays()
    assert len(set(book.slot)) == len(kinds)
    assert len(book.first) == shape.n_slots
    widths = np.array([shape.width_of(slot) for slot in range(shape.n_slots)])
    np.testing.assert_array_equal(book.first, np.concatenate([[0], np.cumsum(widths)[:-1]]))
    for grid, slot in zip(book.grids, book.slot, strict=True):
        assert grid.n_levels <= widths[slot]
        # Compiled code cuts as many columns as the widest slot has: a cut that ran over would be moved back.
        assert book.first[slot] + shape.widest <= shape.n_columns
        mine = np.flatnonzero(arrays["owner"] == slot)
        np.testing.assert_array_equal(mine, book.first[slot] + np.arange(grid.n_levels))
        assert arrays["valid"][mine].all()
        assert arrays["ordered"][slot] == grid.is_ordered
    assert arrays["valid"].sum() == sum(grid.n_levels for grid in book.grids)


@settings(deadline=None, max_examples=40)
@given(KINDS)
def test_levels_of_a_line_touch_and_padding_has_no_width(kinds):
    book = bind(grids_of(kinds))
    arrays = book.arrays()
    for grid, slot in zip(book.grids, book.slot, strict=True):
        if not grid.is_ordered:
            continue
        at = slice(book.first[slot], book.first[slot] + book.shape.width_of(slot))
        low, high = arrays["low"][at], arrays["high"][at]
        np.testing.assert_array_equal(low[1:], high[:-1])
        assert (low[grid.n_levels :] == high[grid.n_levels :]).all()


@settings(deadline=None, max_examples=40)
@given(KINDS, st.integers(0, 2**32 - 1))
def test_rows_come_back_from_their_slots(kinds, seed):
    rng = np.random.default_rng(seed)
    book = bind(grids_of(kinds))
    values = np.column_stack([rng.integers(0, k, 9) for k, _ in kinds]).astype(float)
    state = rng.choice([OBSERVED, MISSING, INAPPLICABLE], values.shape).astype(np.int8)
    rows = book.encode(np.where(state == OBSERVED, values, np.nan), state, 16)
    for j, (grid, slot) in enumerate(zip(book.grids, book.slot, strict=True)):
        known = state[:, j] == OBSERVED
        found = grid.decode(rows["level"][:9, slot], rows["z"][:9, slot].astype(float))
        np.testing.assert_array_equal(found[known], values[known, j])
        for name, code in (("seen", OBSERVED), ("hole", MISSING), ("apart", INAPPLICABLE)):
            np.testing.assert_array_equal(rows[name][:9, slot], state[:, j] == code)
    spare = np.setdiff1d(np.arange(book.shape.n_slots), book.slot)
    for name in ("seen", "hole", "apart"):
        assert not rows[name][9:].any()
        assert not rows[name][:, spare].any()


def test_shapes_repeat_for_tables_of_like_size():
    few = bind(grids_of([(3, False)] * 5 + [(11, True)] * 7)).shape
    more = bind(grids_of([(4, False)] * 6 + [(16, True)] * 8)).shape
    assert few == more
    assert hash(few) == hash(more)


@pytest.mark.parametrize("number", [1, 2, 5, 100, 8192, 8193, 70_000])
def test_padding_is_never_short_and_never_much_too_much(number):
    assert number <= round_up(number) <= max(1.5 * number, number + 4096)
    assert number <= pad_rows(number) <= max(1.25 * number, number + 63)
    assert pad_rows(pad_rows(number)) == pad_rows(number)
