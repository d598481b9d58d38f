"""Compiled inner loops: the only door to numba; arrays in, arrays out.

No fast-math anywhere: every row's sum is taken in one fixed order, so that a row scores the same to the last bit alone, in a
batch, on one thread or on many, and on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

from standout.core.beside import CORES, cores_are_taken

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a loop over arrays: cached on disk, free of the interpreter lock, IEEE arithmetic, no bounds checks."""
    compiled = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy", boundscheck=False)(function)
    return cast("F", compiled)


def spread(work: Callable[[int, int], None], rows: int, *, least: int = 4096) -> None:
    """Call ``work(start, stop)`` over all rows, on as many threads as there are cores; pieces have at least `least` rows.

    Within `side_by_side` all cores have work already, and it is one call.
    """
    pieces = 1 if cores_are_taken() else min(CORES, max(1, rows // least))
    if pieces == 1:
        work(0, rows)
        return
    edges = [rows * i // pieces for i in range(pieces + 1)]
    with ThreadPoolExecutor(pieces) as pool:
        for _ in pool.map(work, edges[:-1], edges[1:]):
            pass
