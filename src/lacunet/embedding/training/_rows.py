"""What the kernels do with rows of numbers: products with many rows at once, and sums of many rows; the sigmoid."""

from typing import Any

import numpy as np
from numba import njit

from lacunet.embedding.training._vectors import LANES, load, multiply_add, prefetch, splat, store, sum_four

KERNEL: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy"}
"""How kernels are compiled: kept on disk, without Python's lock, and without counting references to arrays, which their
callers hold."""
INLINE: dict[str, Any] = {"nogil": True, "_nrt": False, "error_model": "numpy", "inline": "always"}

NOTHING = np.float32(0.0)
ONE = np.float32(1.0)
TOP = np.float32(30.0)
"""Products beyond this count as this: their sigmoid is 1 in single precision, and exp stays finite."""
LOG2_E = np.float32(1.4426950408889634)
POWER = tuple(np.float32(x) for x in (0.9999999, 0.69315449, 0.24014182, 0.05586034, 0.00894959, 0.00189375))
"""Polynomial for 2^r, 0 <= r < 1, through Chebyshev's points: relative error about 1e-7, as a float's own."""


@njit(**INLINE)
def multiply_rows(inputs, at, outputs, rows, start, stop, width, found):
    """``found[r] = inputs[at:] . outputs[rows[r]:]`` for r from start to stop, rounded up to a multiple of four."""
    for r in range(start, stop, 4):
        a, b, c, d = rows[r], rows[r + 1], rows[r + 2], rows[r + 3]
        sum_a = splat(NOTHING)
        sum_b, sum_c, sum_d = sum_a, sum_a, sum_a
        for j in range(0, width, LANES):
            x = load(inputs, at + j)
            sum_a = multiply_add(x, load(outputs, a + j), sum_a)
            sum_b = multiply_add(x, load(outputs, b + j), sum_b)
            sum_c = multiply_add(x, load(outputs, c + j), sum_c)
            sum_d = multiply_add(x, load(outputs, d + j), sum_d)
        store(found, r, sum_four(sum_a, sum_b, sum_c, sum_d))


@njit(**INLINE)
def multiply_pairs(inputs, sources, outputs, rows, n, width, found):
    """``found[r] = inputs[sources[r]:] . outputs[rows[r]:]`` for r below n, rounded up to a multiple of four."""
    for r in range(0, n, 4):
        i, j, k, m = sources[r], sources[r + 1], sources[r + 2], sources[r + 3]
        a, b, c, d = rows[r], rows[r + 1], rows[r + 2], rows[r + 3]
        sum_a = splat(NOTHING)
        sum_b, sum_c, sum_d = sum_a, sum_a, sum_a
        for x in range(0, width, LANES):
            sum_a = multiply_add(load(inputs, i + x), load(outputs, a + x), sum_a)
            sum_b = multiply_add(load(inputs, j + x), load(outputs, b + x), sum_b)
            sum_c = multiply_add(load(inputs, k + x), load(outputs, c + x), sum_c)
            sum_d = multiply_add(load(inputs, m + x), load(outputs, d + x), sum_d)
        store(found, r, sum_four(sum_a, sum_b, sum_c, sum_d))


@njit(**INLINE)
def multiply_block(inputs, n, outputs, rows, k, width, found, to):
    """``found[to + i * k + r] = inputs[i * width:] . outputs[rows[r]:]`` for all i below n and r below k.

    k is a multiple of four; two inputs at a time, so that ``found`` and ``inputs`` need room for an even number.
    """
    for i in range(0, n, 2):
        one, other = i * width, (i + 1) * width
        for r in range(0, k, 4):
            a, b, c, d = rows[r], rows[r + 1], rows[r + 2], rows[r + 3]
            sum_a = splat(NOTHING)
            sum_b, sum_c, sum_d = sum_a, sum_a, sum_a
            also_a, also_b, also_c, also_d = sum_a, sum_a, sum_a, sum_a
            for j in range(0, width, LANES):
                x, y = load(inputs, one + j), load(inputs, other + j)
                row_a, row_b = load(outputs, a + j), load(outputs, b + j)
                row_c, row_d = load(outputs, c + j), load(outputs, d + j)
                sum_a, also_a = multiply_add(x, row_a, sum_a), multiply_add(y, row_a, also_a)
                sum_b, also_b = multiply_add(x, row_b, sum_b), multiply_add(y, row_b, also_b)
                sum_c, also_c = multiply_add(x, row_c, sum_c), multiply_add(y, row_c, also_c)
                sum_d, also_d = multiply_add(x, row_d, sum_d), multiply_add(y, row_d, also_d)
            store(found, to + i * k + r, sum_four(sum_a, sum_b, sum_c, sum_d))
            store(found, to + (i + 1) * k + r, sum_four(also_a, also_b, also_c, also_d))


@njit(**INLINE)
def add_rows(target, at, source, rows, weights, start, stop, width):
    """``target[at:] += sum of weights[r] * source[rows[r]:]`` for r from start to stop."""
    j = 0
    while j + 4 * LANES <= width:
        p = at + j
        a, b = load(target, p), load(target, p + LANES)
        c, d = load(target, p + 2 * LANES), load(target, p + 3 * LANES)
        for r in range(start, stop):
            weight, q = splat(weights[r]), rows[r] + j
            a = multiply_add(weight, load(source, q), a)
            b = multiply_add(weight, load(source, q + LANES), b)
            c = multiply_add(weight, load(source, q + 2 * LANES), c)
            d = multiply_add(weight, load(source, q + 3 * LANES), d)
        store(target, p, a)
        store(target, p + LANES, b)
        store(target, p + 2 * LANES, c)
        store(target, p + 3 * LANES, d)
        j += 4 * LANES
    while j < width:
        a = load(target, at + j)
        for r in range(start, stop):
            a = multiply_add(splat(weights[r]), load(source, rows[r] + j), a)
        store(target, at + j, a)
        j += LANES


@njit(**INLINE)
def prefetch_row(source, at, width):
    """Ask for a row before it is needed."""
    for j in range(0, width, LANES):
        prefetch(source, at + j)


@njit(**INLINE)
def copy_row(target, at, source, start, width):
    """``target[at : at + width] = source[start : start + width]``."""
    for j in range(0, width, LANES):
        store(target, at + j, load(source, start + j))


@njit(**INLINE)
def clear_row(target, at, width):
    """``target[at : at + width] = 0``."""
    for j in range(0, width, LANES):
        store(target, at + j, splat(NOTHING))


@njit(**INLINE)
def apply_sigmoid(x, n, whole, power, found):
    """``found[:n] = 1 / (1 + exp(-x[:n]))``; ``power`` is the float view of the whole numbers ``whole``.

    2^y is a polynomial for the part of y behind the point, and for the part before it the bits of a float's exponent.
    """
    for i in range(n):
        y = min(max(-x[i], -TOP), TOP) * LOG2_E
        down = np.floor(y)
        r = y - down
        whole[i] = (np.int32(down) + np.int32(127)) << np.int32(23)
        c0, c1, c2, c3, c4, c5 = POWER
        found[i] = c0 + r * (c1 + r * (c2 + r * (c3 + r * (c4 + r * c5))))
    for i in range(n):
        found[i] = ONE / (ONE + found[i] * power[i])
