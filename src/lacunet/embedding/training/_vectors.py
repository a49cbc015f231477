"""Short vectors of floats as values inside compiled code, so that a row of numbers stays in the processor's registers.

Numba knows numbers and arrays. Left to itself, the compiler sums a dot product over a row of a hundred numbers in an
order and with as many registers as it likes; here both are said. A vector is one value of LLVM's own vector type, which
becomes AVX-512, AVX2 or NEON instructions on whatever machine compiles it.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

LANES = 16
"""Floats in a vector; rows are padded to a multiple of it."""

FLOAT = ir.FloatType()
INDEX = ir.IntType(32)
VECTOR = ir.VectorType(FLOAT, LANES)
QUARTER = LANES // 4


class Vector(types.Type):
    """Type of a vector of ``n`` floats."""

    def __init__(self, n: int) -> None:
        self.n = n
        super().__init__(name=f"Vector{n}")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    """A vector of floats is one of LLVM's."""

    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind, ir.VectorType(FLOAT, kind.n))


WHOLE, FOUR = Vector(LANES), Vector(4)


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any, n: int) -> Any:
    """Pointer to ``n`` floats of an array."""
    pointer = builder.gep(context.make_array(kind)(context, builder, array).data, [at])
    return builder.bitcast(pointer, ir.VectorType(FLOAT, n).as_pointer())


@intrinsic
def load(typing: Any, array: Any, at: Any) -> Any:
    """Vector of ``array[at : at + LANES]``; nobody checks that they are there."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_place(context, builder, signature.args[0], args[0], args[1], LANES), align=4)

    return WHOLE(array, types.intp), build


@intrinsic
def store(typing: Any, array: Any, at: Any, vector: Any) -> Any:
    """Write a vector to an array from ``at`` on; nobody checks that there is room."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[0], args[0], args[1], signature.args[2].n)
        builder.store(args[2], place, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), build


@intrinsic
def splat(typing: Any, number: Any) -> Any:
    """Vector with one number in every lane."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        nothing = ir.Constant(VECTOR, ir.Undefined)
        first = builder.insert_element(nothing, args[0], ir.Constant(INDEX, 0))
        return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(INDEX, LANES), [0] * LANES))

    return WHOLE(types.float32), build


@intrinsic
def multiply_add(typing: Any, x: Any, y: Any, z: Any) -> Any:
    """``x * y + z`` lane by lane, in one step where the processor has one."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{LANES}f32"), args)

    return WHOLE(WHOLE, WHOLE, WHOLE), build


@intrinsic
def sum_four(typing: Any, w: Any, x: Any, y: Any, z: Any) -> Any:
    """Sums over the lanes of four vectors, as a vector of four; always in the same order."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def pick(one: Any, other: Any, lanes: list[int]) -> Any:
            return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(INDEX, len(lanes)), lanes))

        def fold(vector: Any, n: int) -> Any:
            half = n // 2
            low, high = pick(vector, vector, list(range(half))), pick(vector, vector, list(range(half, n)))
            total = builder.fadd(low, high)
            return total if half == QUARTER else fold(total, half)

        a, b, c, d = (fold(vector, LANES) for vector in args)
        ab = builder.fadd(pick(a, b, [0, 4, 2, 6]), pick(a, b, [1, 5, 3, 7]))
        cd = builder.fadd(pick(c, d, [0, 4, 2, 6]), pick(c, d, [1, 5, 3, 7]))
        return builder.fadd(pick(ab, cd, [0, 1, 4, 5]), pick(ab, cd, [2, 3, 6, 7]))

    return FOUR(WHOLE, WHOLE, WHOLE, WHOLE), build


@intrinsic
def prefetch(typing: Any, array: Any, at: Any) -> Any:
    """Ask for the cache line of ``array[at]``, which will soon be read and written."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        place = builder.gep(context.make_array(signature.args[0])(context, builder, args[0]).data, [args[1]])
        kind = ir.FunctionType(ir.VoidType(), [byte, INDEX, INDEX, INDEX])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        to_write, to_all_levels, of_data = (ir.Constant(INDEX, n) for n in (1, 3, 1))
        builder.call(function, [builder.bitcast(place, byte), to_write, to_all_levels, of_data])
        return context.get_dummy_value()

    return types.void(array, types.intp), build
