"""Answers that are remembered for some seconds, for all sessions of the process, at most so many."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """The newest answers by question; safe from several threads. Two who ask the same at once may both work it out.

    >>> answers = Remembered[int](seconds=60, most=1)
    >>> answers.get("a", lambda: 1), answers.get("a", lambda: 2), answers.get("b", lambda: 3), answers.get("a", lambda: 4)
    (1, 1, 3, 4)
    """

    def __init__(self, *, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._known: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Hashable, answer: Callable[[], T]) -> T:
        """The answer that is remembered, or a new one."""
        now = time.monotonic()
        with self._lock:
            known = self._known.get(question)
        if known is not None and now - known[0] < self._seconds:
            return known[1]
        found = answer()
        with self._lock:
            self._known[question] = (now, found)
            self._known.move_to_end(question)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """Know nothing."""
        with self._lock:
            self._known.clear()
