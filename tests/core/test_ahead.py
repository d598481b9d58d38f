from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from standout.core.ahead import Begun, ahead


def test_pieces_come_in_order_and_the_next_is_made_meanwhile() -> None:
    made: list[int] = []

    def pieces() -> Iterator[int]:
        for n in range(5):
            made.append(n)
            yield n

    seen = []
    for piece in ahead(pieces()):
        seen.append(piece)
        assert len(made) <= piece + 2
    assert seen == made == [0, 1, 2, 3, 4]


def test_an_error_comes_after_the_pieces_before_it() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    coming = ahead(pieces())
    assert next(coming) == 1
    with pytest.raises(ValueError, match="broken"):
        next(coming)


def test_who_stops_early_leaves_the_source_closed() -> None:
    closed = []

    def pieces() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.append(True)

    for piece in ahead(pieces()):
        if piece == 3:
            break
    assert closed


def test_begun_pieces_are_made_before_anybody_asks_and_come_in_order() -> None:
    made = threading.Event()

    def pieces() -> Iterator[int]:
        for n in range(5):
            if n == 3:
                made.set()
            yield n

    begun = Begun(pieces(), size=lambda _: 1, most=10)
    assert made.wait(5)
    assert list(begun) == [0, 1, 2, 3, 4]
    begun.close()


def test_begun_pieces_wait_at_the_most_that_they_may_take() -> None:
    made: list[int] = []

    def pieces() -> Iterator[int]:
        for n in range(20):
            made.append(n)
            yield n

    seen = []
    for piece in Begun(pieces(), size=lambda _: 1, most=3):
        assert len(made) <= piece + 6
        seen.append(piece)
    assert seen == list(range(20))


def test_an_error_of_begun_pieces_comes_after_those_before_it_and_once() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    begun = Begun(pieces(), size=lambda _: 1, most=10)
    assert next(begun) == 1
    with pytest.raises(ValueError, match="broken"):
        next(begun)
    with pytest.raises(StopIteration):
        next(begun)


def test_who_closes_begun_pieces_leaves_no_thread_and_the_source_closed() -> None:
    closed = []

    def pieces() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.append(True)

    begun = Begun(pieces(), size=lambda _: 1, most=3)
    assert next(begun) == 0
    begun.close()
    begun.close()
    assert closed == [True]
    assert not [t for t in threading.enumerate() if t.name == "standout-begun"]
