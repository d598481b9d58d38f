"""What a state must look like before anything reads it: the guard between a stranger's model file and compiled kernels.

A part declares, for each array of its state, the type, the dimensions by name and, for indices, what they point into. Equal
names must have equal sizes; "d" is the width of the matrix. A part within a part keeps its state under "parameter/position/",
one that is fitted several times a state for each fit.

>>> layout = {"node/feature": Holds("int32", "trees", "nodes", below="d"), "node/at": Holds("float32", "trees", "nodes")}
>>> state = {"node/feature": np.array([[0, 9]], dtype=np.int32), "node/at": np.zeros((1, 2), dtype=np.float32)}
>>> check_arrays("forest", layout, state, {"d": 3})
Traceback (most recent call last):
    ...
standout.core.errors.ModelFileError: forest: node/feature points to 9 and must stay within 0 to 2. The file is damaged or not \
to be trusted; fit the model again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from standout.core.errors import ModelFileError
from standout.core.part import Part, State, under

HINT = "The file is damaged or not to be trusted; fit the model again."


@dataclass(frozen=True, init=False)
class Holds:
    """One array of a state: dtype, dimensions (a name or a number each), and for indices the dimension they point into.

    low: the least index (0, or -1 where -1 means none). nan: whether NaN may stand among floats.
    """

    dtype: str
    dims: tuple[str | int, ...]
    below: str | int | None
    low: int
    nan: bool

    def __init__(self, dtype: str, *dims: str | int, below: str | int | None = None, low: int = 0, nan: bool = False) -> None:
        for name, value in (("dtype", dtype), ("dims", dims), ("below", below), ("low", low), ("nan", nan)):
            object.__setattr__(self, name, value)


Layout = Mapping[str, Holds]


def check_state(part: Part, state: State, sizes: Mapping[str, int]) -> None:
    """Raise ModelFileError, naming the array, unless the state is as the part and the parts within it declare."""
    inner = _members(part)
    for prefix, member in inner.items():
        check_state(member, under(prefix, state), sizes)
    own = {k: v for k, v in state.items() if not any(k.startswith(f"{p}/") for p in inner)}
    check_arrays(part.name, part.layout, own, dict(sizes))


def _members(part: Part) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for name in part.specs():
        value = None if name in part.stateless else getattr(part, name)
        if isinstance(value, Part):
            times = getattr(part, part.repeated[name]) if name in part.repeated else 1
            found.update({f"{name}/{i}": value for i in range(times)})
        elif isinstance(value, tuple):
            found.update({f"{name}/{i}": v for i, v in enumerate(value) if isinstance(v, Part)})
    return found


def check_arrays(who: str, layout: Layout, state: State, sizes: dict[str, int]) -> None:
    """Check one part's own arrays; `sizes` is filled with the dimensions met."""
    if set(state) != set(layout):
        odd = sorted(set(state) ^ set(layout))[0]
        raise ModelFileError(f"{who}: {odd} is {'unknown' if odd in state else 'missing'} in its state.", HINT)
    for key, holds in layout.items():
        array = state[key]
        if array.dtype != np.dtype(holds.dtype) or array.ndim != len(holds.dims):
            shape = f"{array.dtype} of {array.ndim} dimensions"
            raise ModelFileError(f"{who}: {key} is {shape}, not {holds.dtype} of {len(holds.dims)}.", HINT)
        for dim, size in zip(holds.dims, array.shape, strict=True):
            wanted = dim if isinstance(dim, int) else sizes.setdefault(dim, size)
            if size != wanted:
                raise ModelFileError(f"{who}: {key} has {size} {dim} where {wanted} belong.", HINT)
        # the least value is NaN if any is
        if not holds.nan and array.dtype.kind == "f" and array.size and np.isnan(array.min()):
            raise ModelFileError(f"{who}: {key} holds NaN.", HINT)
    for key, holds in layout.items():
        if holds.below is not None and state[key].size:
            high = holds.below if isinstance(holds.below, int) else sizes[holds.below]
            for value in (int(state[key].min()), int(state[key].max())):
                if not holds.low <= value < high:
                    raise ModelFileError(f"{who}: {key} points to {value} and must stay within {holds.low} to {high - 1}.", HINT)
