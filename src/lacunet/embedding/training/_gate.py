"""A gate at which threads wait for each other inside compiled code, where Python's lock is not held."""

import sys
from typing import Any

from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

from lacunet.embedding.training._rows import KERNEL

# Compiled from: b8de29d3d500

LONG = ir.IntType(64)
PATIENCE = 2_000
"""Looks at the gate before a thread lets others have its core: they may be those it waits for."""
GIVE_WAY = "SwitchToThread" if sys.platform == "win32" else "sched_yield"


def _place(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return context.make_array(kind)(context, builder, array).data


@intrinsic
def _arrive(typing: Any, gate: Any) -> Any:
    """Count one thread more in ``gate[0]``, as one step that nobody can come between."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[0], args[0])
        return builder.atomic_rmw("add", place, ir.Constant(LONG, 1), "seq_cst")

    return types.int64(gate), build


@intrinsic
def _look(typing: Any, gate: Any) -> Any:
    """Number of threads that have arrived; what they wrote before can be read after."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_place(context, builder, signature.args[0], args[0]), "seq_cst", 8)

    return types.int64(gate), build


@intrinsic
def _give_way(typing: Any) -> Any:
    """Let another thread have the core."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, GIVE_WAY), [])
        return context.get_dummy_value()

    return types.void(), build


@njit(**KERNEL)
def wait_for(gate, arrivals):
    """Arrive, and go on when so many have arrived in all since ``gate[0]`` was 0."""
    _arrive(gate)
    looks = 0
    while _look(gate) < arrivals:
        looks += 1
        if looks > PATIENCE:
            _give_way()
