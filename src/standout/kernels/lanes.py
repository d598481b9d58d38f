"""Sixteen numbers at once inside a kernel: vectors of LLVM, with gathers, where numba itself knows only scalars.

The compiler lowers them to what the processor has: one AVX-512 register, two of AVX2, four of SSE or NEON, or plain loads.
What is computed is the same everywhere, since each lane does one comparison or one load at a time and nothing is summed across
lanes. No index is checked: the caller makes sure that `base + index` of every lane lies inside the array.
"""

# ruff: noqa: ARG001  # numba calls an intrinsic and its builder with all that its protocol says, used or not

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

Operation = Callable[..., Any]
intrinsic = cast("Callable[[Operation], Operation]", numba_intrinsic)  # as a kernel sees it: called without the typing context

WIDTH = 16
"""Lanes in a vector."""

_FLOATS = ir.VectorType(ir.FloatType(), WIDTH)
_INTS = ir.VectorType(ir.IntType(32), WIDTH)
_BITS = ir.VectorType(ir.IntType(1), WIDTH)


class _Lanes(types.Type):
    """What numba calls a vector while it compiles a kernel."""

    def __init__(self, name: str, vector: ir.VectorType) -> None:
        super().__init__(name=name)
        self.vector = vector


class _FloatLanes(_Lanes):
    pass


class _IntLanes(_Lanes):
    pass


class _BitLanes(_Lanes):
    pass


FLOATS = _FloatLanes("float32x16", _FLOATS)
INTS = _IntLanes("int32x16", _INTS)
BITS = _BitLanes("boolx16", _BITS)


@register_model(_FloatLanes)
@register_model(_IntLanes)
@register_model(_BitLanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: _Lanes) -> None:
        super().__init__(dmm, fe_type, fe_type.vector)  # type: ignore[no-untyped-call]  # numba is typed in part


def _splat(builder: ir.IRBuilder, scalar: Any, vector: ir.VectorType) -> Any:
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), ir.Constant(_INTS, [0] * WIDTH))


def _address(context: Any, builder: ir.IRBuilder, array_type: Any, array: Any, at: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [at], source_etype=context.get_data_type(array_type.dtype))


@intrinsic
def every(typing_context: Any, value: Any) -> Any:
    """The same int in each lane."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return _splat(builder, context.cast(builder, arguments[0], signature.args[0], types.int32), _INTS)

    return INTS(value), build


@intrinsic
def counted(typing_context: Any) -> Any:
    """0, 1, 2, ... 15."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return ir.Constant(_INTS, list(range(WIDTH)))

    return INTS(), build


@intrinsic
def gather(typing_context: Any, array: Any, base: Any, index: Any) -> Any:
    """From a float32 or int32 array, the value at `base + index` of each lane."""
    result = INTS if array.dtype == types.int32 else FLOATS

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        data, start, where = arguments
        begin = _address(context, builder, signature.args[0], data, start)
        places = builder.gep(begin, [where], source_etype=result.vector.element)
        places.type = ir.VectorType(
            ir.PointerType(), WIDTH
        )  # llvmlite does not know that a vector of indices makes one of places
        name = f"llvm.masked.gather.v{WIDTH}{'i32' if result is INTS else 'f32'}.v{WIDTH}p0"
        kind = ir.FunctionType(result.vector, [places.type, ir.IntType(32), _BITS, result.vector])
        function = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]  # as above
        aligned, everywhere = ir.Constant(ir.IntType(32), 4), ir.Constant(_BITS, [1] * WIDTH)
        return builder.call(function, [places, aligned, everywhere, ir.Constant(result.vector, ir.Undefined)])

    return result(array, types.intp, INTS), build


@intrinsic
def at_least(typing_context: Any, values: Any, limits: Any) -> Any:
    """Where values >= limits; false where either is NaN."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.fcmp_ordered(">=", *arguments)

    return BITS(values, limits), build


def _binary(emit: Callable[[ir.IRBuilder, Any, Any], Any], of: _Lanes, doc: str) -> Any:
    def operation(typing_context: Any, a: Any, b: Any) -> Any:
        def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            return emit(builder, *arguments)

        return of(of, of), build

    operation.__doc__ = doc
    return intrinsic(operation)


plus = _binary(lambda b, x, y: b.add(x, y), INTS, "The sum of two vectors of int32.")
times = _binary(lambda b, x, y: b.mul(x, y), INTS, "The product of two vectors of int32.")


@intrinsic
def twice_plus(typing_context: Any, index: Any, bit: Any) -> Any:
    """2 * index + bit: from a node of a heap-ordered tree to its left or right child."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.add(builder.add(arguments[0], arguments[0]), builder.zext(arguments[1], _INTS))

    return INTS(index, bit), build


@intrinsic
def add_into(typing_context: Any, sums: Any, at: Any, values: Any) -> Any:
    """Add the lanes to sixteen float64 that stand side by side, from position `at`."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        wide = ir.VectorType(ir.DoubleType(), WIDTH)
        start = builder.bitcast(_address(context, builder, signature.args[0], *arguments[:2]), wide.as_pointer())
        held = builder.load(start, align=8)
        builder.store(builder.fadd(held, builder.fpext(arguments[2], wide)), start, align=8)
        return context.get_dummy_value()

    return types.none(sums, types.intp, values), build


TOP = 4
"""Levels that `descend_top` goes down."""


@intrinsic
def descend_top(typing_context: Any, feature: Any, threshold: Any, base: Any, block: Any, at: Any, stride: Any) -> Any:
    """Where sixteen rows stand after the first four levels of a heap-ordered tree whose root is `base + 1`.

    Feature f of the rows stands side by side from `block[f * stride + at]`. All fifteen nodes are compared, which needs no gather
    and takes a third of the time of finding each row's own: 15 comparisons against 12 gathers of sixteen loads.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        features, thresholds, start, rows, lane, apart = arguments
        size = ir.IntType(64)

        def right_of(node: int) -> Any:
            place = builder.add(start, ir.Constant(size, node))
            column = builder.sext(builder.load(_address(context, builder, signature.args[0], features, place)), size)
            limit = builder.load(_address(context, builder, signature.args[1], thresholds, place))
            first = _address(context, builder, signature.args[3], rows, builder.add(builder.mul(column, apart), lane))
            values = builder.load(builder.bitcast(first, _FLOATS.as_pointer()), align=4)
            return builder.fcmp_ordered(">=", values, _splat(builder, limit, _FLOATS))

        index, taken = ir.Constant(_INTS, [1] * WIDTH), list[Any]()
        for level in range(TOP):
            right = [right_of((1 << level) + node) for node in range(1 << level)]
            for bit in taken:  # the first turn halves the nodes a row may stand at, the second halves them again, and so on
                half = len(right) // 2
                right = [_either(builder, bit, right[half + i], right[i]) for i in range(half)]
            taken.append(right[0])
            index = builder.add(builder.add(index, index), builder.zext(right[0], _INTS))
        return index

    return INTS(feature, threshold, types.int64, block, types.int64, types.int64), build


def _either(builder: ir.IRBuilder, bit: Any, there: Any, here: Any) -> Any:
    return builder.or_(builder.and_(there, bit), builder.and_(here, builder.not_(bit)))
