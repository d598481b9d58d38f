"""Reading one piece ahead: while one is scored, the next is read and converted in another thread."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(pieces: Iterable[T]) -> Iterator[T]:
    """The same pieces in the same order, each made while the one before it is being used; errors come where they would have.

    >>> list(ahead(n * n for n in range(4)))
    [0, 1, 4, 9]
    """
    end = object()
    source = iter(pieces)

    def following() -> object:
        return next(source, end)

    with ThreadPoolExecutor(1, thread_name_prefix="standout-ahead") as reader:
        waiting = reader.submit(following)
        try:
            while (piece := waiting.result()) is not end:
                waiting = reader.submit(following)
                yield piece  # type: ignore[misc]  # whatever is not the end is a piece
        finally:
            # whoever stops early still waits for the piece under way, then closes the source as a for loop would
            waiting.cancel()
            reader.shutdown()
            if isinstance(source, Generator):
                source.close()
