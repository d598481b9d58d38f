"""Sixteen rows down two trees at once, in steps of one register each: look-ups by permutes where `lanes` gathers.

A gather of sixteen values takes some twenty-six cycles, a permute one. So all that a walk looks up is made small enough for tables
in registers: thresholds and values are codes of 16 bits (`kernels.coded` says why no row is judged wrongly by them), a level of two
trees has at most 256 nodes, and sixteen rows have at most 32 features. Needs AVX-512BW; `AVAILABLE` says whether it is there.
"""

# ruff: noqa: ARG001  # numba calls an intrinsic and its builder with all that its protocol says, used or not

from __future__ import annotations

from typing import Any

import numba
from llvmlite import binding, ir
from numba.core import cgutils, types

from standout.kernels.lanes import WIDTH, add_at, address, intrinsic

LEVELS = 8
"""Levels of inner nodes; a tree has 256 leaves."""

TABLE = (32, 32, 32, 32, 32, 64, 128, 256)
"""Codes in the table of each level of two trees; the first are padded to one register."""

PAIR = 64
"""Codes in two registers, which one permute looks into: those of sixteen rows and four features."""

BESIDE = 3
"""Groups of sixteen rows that take turns, since the next step of one waits for its permutes."""

FEATURES = 32
"""At most so many features: their codes of sixteen rows fill eight pairs of registers."""

_LANES = 2 * WIDTH
_CODES = ir.VectorType(ir.IntType(16), _LANES)
_SIZE = ir.IntType(64)


def _available() -> bool:
    told = numba.config.CPU_NAME or numba.config.CPU_FEATURES is not None  # type: ignore[attr-defined]  # set while importing
    return not told and bool(binding.get_host_cpu_features().get("avx512bw"))


AVAILABLE = _available()


def _half(number: int) -> Any:
    return ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), list(range(number * WIDTH, (number + 1) * WIDTH)))


def _every(value: int) -> Any:
    return ir.Constant(_CODES, [value] * _LANES)


def _loaded(builder: ir.IRBuilder, context: Any, array_type: Any, array: Any, at: Any, further: int) -> Any:
    place = builder.add(at, ir.Constant(_SIZE, further))
    start = builder.bitcast(address(context, builder, array_type, array, place), _CODES.as_pointer())
    return builder.load(start, align=2)


def _looked_up(builder: ir.IRBuilder, tables: list[Any], index: Any) -> Any:
    """The codes at `index` of each lane among one table of 32 codes, or an even number of them."""
    few = len(tables) == 1
    name = f"llvm.x86.avx512.{'permvar' if few else 'vpermi2var'}.hi.512"
    kind = ir.FunctionType(_CODES, [_CODES] * (2 if few else 3))
    permute = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]  # typed in part
    if few:
        return builder.call(permute, [tables[0], index])
    found = [builder.call(permute, [tables[i], index, tables[i + 1]]) for i in range(0, len(tables), 2)]
    bit = PAIR
    while len(found) > 1:
        upper = builder.icmp_unsigned("!=", builder.and_(index, _every(bit)), _every(0))
        odd = found[-1:] if len(found) % 2 else []
        found = [builder.select(upper, b, a) for a, b in zip(found[::2], found[1::2], strict=False)] + odd
        bit *= 2
    return found[0]


def walk_two(pairs: int) -> Any:
    """The walk of sixteen rows, whose values are looked up in so many pairs of registers, down two trees."""

    @intrinsic
    def walk(
        typing_context: Any,
        codes: Any,
        columns: Any,
        base: Any,
        words: Any,
        at: Any,
        lengths: Any,
        leaves: Any,
        held: Any,
        row: Any,
        doubtful: Any,
        group: Any,
    ) -> Any:
        """Add to `held`, from position `row`, what two trees say of sixteen rows.

        codes, columns: uint16; from `base`, the tables of the levels one after the other (`TABLE`): of each node the code of its
        threshold, and sixteen times its feature. words: uint16; from `at`, the codes of the rows' values, sixteen for each
        feature. lengths: float32, from `leaves`, 256 of either tree. doubtful: uint32; in number `group`, the bit of every lane
        that met a threshold of its own code is set.
        """

        def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            kinds = dict(zip(("codes", "columns", "words", "lengths", "held", "doubtful"), (0, 1, 3, 5, 7, 9), strict=True))
            arrays = {name: (signature.args[i], arguments[i]) for name, i in kinds.items()}
            base, at, leaves, row, group = (arguments[i] for i in (2, 4, 6, 8, 10))

            def tables(name: str, start: Any, first: int, many: int) -> list[Any]:
                return [_loaded(builder, context, *arrays[name], start, first + i) for i in range(0, many, _LANES)]

            values = [tables("words", at, i * pairs * PAIR, pairs * PAIR) for i in range(BESIDE)]
            own = ir.Constant(_CODES, [i % WIDTH for i in range(_LANES)])
            index: list[Any] = [ir.Constant(_CODES, [i // WIDTH for i in range(_LANES)])] * BESIDE
            same: list[Any] = [ir.Constant(ir.VectorType(ir.IntType(1), _LANES), [0] * _LANES)] * BESIDE
            first = 0
            for size in TABLE:
                codes, columns = tables("codes", base, first, size), tables("columns", base, first, size)
                first += size
                for i in range(BESIDE):
                    threshold, column = _looked_up(builder, codes, index[i]), _looked_up(builder, columns, index[i])
                    value = _looked_up(builder, values[i], builder.add(column, own))
                    right = builder.icmp_unsigned(">=", value, threshold)
                    index[i] = builder.add(builder.add(index[i], index[i]), builder.zext(right, _CODES))
                    same[i] = builder.or_(same[i], builder.icmp_unsigned("==", value, threshold))
            for i in range(BESIDE):
                place = address(context, builder, *arrays["doubtful"], builder.add(group, ir.Constant(_SIZE, i)))
                builder.store(builder.or_(builder.load(place), builder.bitcast(same[i], ir.IntType(32))), place)
                for half in range(2):
                    leaf = builder.zext(
                        builder.shuffle_vector(index[i], index[i], _half(half)), ir.VectorType(ir.IntType(32), WIDTH)
                    )
                    here = builder.add(row, ir.Constant(_SIZE, i * WIDTH))
                    add_at(context, builder, (*arrays["held"], here), (*arrays["lengths"], leaves), leaf)
            return context.get_dummy_value()

        places = (codes, columns, types.intp, words, types.intp, lengths, types.intp, held, types.intp, doubtful, types.intp)
        return types.none(*places), build

    return walk
