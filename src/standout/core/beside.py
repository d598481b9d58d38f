"""Pieces worked on side by side, as many at a time as there are cores."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

CORES = max(1, int(os.environ.get("STANDOUT_THREADS", "0")) or os.cpu_count() or 1)
"""Threads that may work at a time; the environment variable STANDOUT_THREADS overrides the count of processors."""

_thread = threading.local()


def cores_are_taken() -> bool:
    """Whether this thread works beside others, so that all cores have work without its sharing its own out."""
    return bool(getattr(_thread, "beside", False))


def side_by_side(work: Callable[[S], T], items: Iterable[S]) -> Iterator[tuple[S, T]]:
    """Each item with what `work` makes of it, in their order; as many at a time as there are cores, and the next item meanwhile.

    >>> list(side_by_side(abs, [-1, 2, -3]))
    [(-1, 1), (2, 2), (-3, 3)]
    """

    coming = iter(items)
    ahead = list(islice(coming, 2))
    if len(ahead) < 2:  # one that is alone shares its own work out
        yield from ((item, work(item)) for item in ahead)
        return

    def beside(item: S) -> T:
        _thread.beside = True
        return work(item)

    with ThreadPoolExecutor(CORES, thread_name_prefix="standout-beside") as pool:
        under_way: deque[tuple[S, Future[T]]] = deque()
        try:
            for item in chain(ahead, coming):
                under_way.append((item, pool.submit(beside, item)))
                if len(under_way) > CORES:
                    first, done = under_way.popleft()
                    yield first, done.result()
            while under_way:
                first, done = under_way.popleft()
                yield first, done.result()
        finally:
            for _, left in under_way:
                left.cancel()
