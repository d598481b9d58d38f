from __future__ import annotations

from collections.abc import Iterator

import pytest

from standout.core.ahead import ahead


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
