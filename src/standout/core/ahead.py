"""Reading ahead in another thread: one piece while the one before it is used, or as many as fit before anybody asks for one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
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


class Begun(Iterator[T]):
    """The same pieces in the same order, made from now on until those that wait are too large together; errors come in their place.

    size: of a piece, in the unit of `most`. Whoever stops early calls `close`, which waits for the piece under way.

    >>> begun = Begun((n * n for n in range(4)), size=float, most=2)
    >>> list(begun)
    [0, 1, 4, 9]
    """

    def __init__(self, pieces: Generator[T], size: Callable[[T], float], most: float) -> None:
        self._pieces, self._size, self._most = pieces, size, most
        self._waiting: deque[T] = deque()
        self._held = 0.0
        self._error: BaseException | None = None
        self._ended = self._closed = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, name="standout-begun", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for piece in self._pieces:
                with self._changed:
                    self._waiting.append(piece)
                    self._held += self._size(piece)
                    self._changed.notify_all()
                    self._changed.wait_for(lambda: self._closed or self._held <= self._most)
                    if self._closed:
                        break
            self._pieces.close()
        except BaseException as raised:  # whatever it is, it belongs to whoever asks for the next piece
            error = raised
        with self._changed:
            self._error, self._ended = error, True
            self._changed.notify_all()

    def __next__(self) -> T:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if not self._waiting:
                error, self._error = self._error, None
                raise StopIteration if error is None else error
            piece = self._waiting.popleft()
            self._held -= self._size(piece)
            self._changed.notify_all()
            return piece

    def close(self) -> None:
        """Read no more; the pieces that wait are let go of."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        self._reader.join()
