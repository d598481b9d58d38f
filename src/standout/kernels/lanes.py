"""Sixteen rows at once down a tree: vectors of LLVM, with gathers, where numba itself knows only scalars.

The compiler lowers them to what the processor has: one AVX-512 register, two of AVX2, four of SSE or NEON, or plain loads.
What is computed is the same everywhere, since each lane does one comparison or one load at a time and nothing is summed across
lanes. No index is checked: the caller makes sure that every lane's index lies inside the array.

A node is one int64: the bits of its float32 threshold above, and below where its feature begins in a block of rows. In a block
each feature of the rows stands side by side.

After a change to this file delete the __pycache__ of the kernels: numba keeps a compiled kernel until its own file changes.
"""

# ruff: noqa: ARG001  # numba calls an intrinsic and its builder with all that its protocol says, used or not

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

Operation = Callable[..., Any]
intrinsic = cast("Callable[[Operation], Operation]", numba_intrinsic)  # as a kernel sees it: called without the typing context

WIDTH = 16
"""Lanes in a vector."""

TOP = 4
"""Levels that `descend_top` goes down."""

_FLOATS = ir.VectorType(ir.FloatType(), WIDTH)
_INTS = ir.VectorType(ir.IntType(32), WIDTH)
_WORDS = ir.VectorType(ir.IntType(64), WIDTH)
_BITS = ir.VectorType(ir.IntType(1), WIDTH)
_SIZE = ir.IntType(64)


class _Lanes(types.Type):
    """What numba calls a vector while it compiles a kernel."""

    def __init__(self, name: str, vector: ir.VectorType) -> None:
        super().__init__(name=name)
        self.vector = vector


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: _Lanes) -> None:
        super().__init__(dmm, fe_type, fe_type.vector)  # type: ignore[no-untyped-call]  # numba is typed in part


FLOATS, INTS = _Lanes("float32x16", _FLOATS), _Lanes("int32x16", _INTS)


def _every(vector: ir.VectorType, value: int) -> Any:
    return ir.Constant(vector, [value] * WIDTH)


def address(context: Any, builder: ir.IRBuilder, array_type: Any, array: Any, at: Any) -> Any:
    """Where element `at` of an array lies."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [at], source_etype=context.get_data_type(array_type.dtype))


def _gather(builder: ir.IRBuilder, start: Any, index: Any, vector: ir.VectorType) -> Any:
    """The elements at `index` of each lane, counted from `start`."""
    places = builder.gep(start, [index], source_etype=vector.element)
    places.type = ir.VectorType(ir.PointerType(), WIDTH)  # llvmlite takes a vector of indices for a single one
    kind = ir.FunctionType(vector, [places.type, ir.IntType(32), _BITS, vector])
    name = f"llvm.masked.gather.v{WIDTH}{vector.element.intrinsic_name}.v{WIDTH}p0"
    function = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]  # as above
    aligned = ir.Constant(ir.IntType(32), 4)
    return builder.call(function, [places, aligned, _every(_BITS, 1), ir.Constant(vector, ir.Undefined)])


def _child(builder: ir.IRBuilder, node: Any, right: Any) -> Any:
    return builder.add(builder.add(node, node), builder.zext(right, _INTS))


@intrinsic
def root(typing_context: Any) -> Any:
    """Sixteen rows at node 1."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return _every(_INTS, 1)

    return INTS(), build


@intrinsic
def descend(typing_context: Any, nodes: Any, base: Any, node: Any, block: Any, at: Any) -> Any:
    """The children to which sixteen rows go from their nodes: the second where value >= threshold.

    nodes: int64, of which node 0 of the tree is at `base`. node: where the rows stand. block: float32, the first row's values at `at`
    and on.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        words, tree, where, rows, first = arguments
        word = _gather(builder, address(context, builder, signature.args[0], words, tree), where, _WORDS)
        column = builder.add(builder.trunc(word, _INTS), ir.Constant(_INTS, list(range(WIDTH))))
        threshold = builder.bitcast(builder.trunc(builder.lshr(word, _every(_WORDS, 32)), _INTS), _FLOATS)
        value = _gather(builder, address(context, builder, signature.args[3], rows, first), column, _FLOATS)
        return _child(builder, where, builder.fcmp_ordered(">=", value, threshold))

    return INTS(nodes, types.intp, INTS, block, types.intp), build


@intrinsic
def descend_top(typing_context: Any, nodes: Any, base: Any, block: Any, at: Any) -> Any:
    """Where sixteen rows stand after the first four levels; arguments as in `descend`.

    All fifteen nodes are compared, which needs no gather and takes a third of the time of finding each row's own node.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        words, tree, rows, first = arguments

        def goes_right(node: int) -> Any:
            place = builder.add(tree, ir.Constant(_SIZE, node))
            word = builder.load(address(context, builder, signature.args[0], words, place))
            threshold = builder.bitcast(builder.trunc(builder.lshr(word, ir.Constant(_SIZE, 32)), ir.IntType(32)), ir.FloatType())
            column = builder.add(builder.and_(word, ir.Constant(_SIZE, 0xFFFFFFFF)), first)
            start = builder.bitcast(address(context, builder, signature.args[2], rows, column), _FLOATS.as_pointer())
            return builder.fcmp_ordered(">=", builder.load(start, align=4), _splat(builder, threshold))

        node, here = _every(_INTS, 1), [_every(_BITS, 1)]
        for level in range(TOP):
            right = [builder.and_(goes_right((1 << level) + i), at_node) for i, at_node in enumerate(here)]
            here = [part for r, h in zip(right, here, strict=True) for part in (builder.and_(h, builder.not_(r)), r)]
            node = _child(builder, node, reduce(builder.or_, right))
        return node

    return INTS(nodes, types.intp, block, types.intp), build


def _splat(builder: ir.IRBuilder, scalar: Any) -> Any:
    one = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, ir.Constant(_FLOATS, ir.Undefined), _every(_INTS, 0))


def add_at(context: Any, builder: ir.IRBuilder, sums: tuple[Any, Any, Any], values: tuple[Any, Any, Any], index: Any) -> None:
    """What `add_gathered` does; sums, values: the type of an array, the array, and where in it to begin."""
    wide = ir.VectorType(ir.DoubleType(), WIDTH)
    found = _gather(builder, address(context, builder, *values), index, _FLOATS)
    start = builder.bitcast(address(context, builder, *sums), wide.as_pointer())
    builder.store(builder.fadd(builder.load(start, align=8), builder.fpext(found, wide)), start, align=8)


@intrinsic
def add_gathered(typing_context: Any, sums: Any, at: Any, values: Any, base: Any, index: Any) -> Any:
    """Add the float32 `values` at `base + index` of each lane to sixteen float64 that stand side by side, from position `at`."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        totals, first, data, begin, where = arguments
        add_at(context, builder, (signature.args[0], totals, first), (signature.args[2], data, begin), where)
        return context.get_dummy_value()

    return types.none(sums, types.intp, values, types.intp, INTS), build
