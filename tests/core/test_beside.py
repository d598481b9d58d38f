"""Pieces worked on side by side, given back in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from standout.core.beside import CORES, side_by_side
from standout.kernels import spread


def test_results_come_in_the_order_of_the_items_and_few_are_made_ahead() -> None:
    made = []

    def items() -> Iterator[int]:
        for n in range(20):
            made.append(n)
            yield n

    for at, (item, result) in enumerate(side_by_side(lambda n: n * n, items())):
        assert (item, result) == (at, at * at)
        assert len(made) <= at + CORES + 1


def test_an_error_of_the_work_is_raised_in_its_turn() -> None:
    found = side_by_side(lambda n: 1 // n, [1, 0, 2])
    assert next(found) == (1, 1)
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_work_that_spreads_stays_on_its_thread() -> None:
    def work(_: int) -> set[int]:
        seen: set[int] = set()
        spread(lambda *_: seen.add(threading.get_ident()), 100_000)
        return seen

    assert all(len(threads) == 1 for _, threads in side_by_side(work, range(4)))


def test_one_piece_alone_shares_its_work_out() -> None:
    def work(_: int) -> int:
        seen: set[int] = set()
        spread(lambda start, stop: seen.add(stop - start), 100_000)
        return max(seen)

    assert [found for _, found in side_by_side(work, [1])] == [-(-100_000 // CORES)]
    assert list(side_by_side(work, [])) == []
