"""Results of other threads, brought to the event loop together."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from standout.deploy.api.bell import Bell


def test_everyone_gets_their_own_result_and_a_loop_is_woken_once_for_all():
    bell, futures = Bell(), [Future() for _ in range(50)]

    async def all_of_them() -> tuple[list[int], int]:
        loop, woken = asyncio.get_running_loop(), 0
        wake = loop.call_soon_threadsafe

        def counted(*given):
            nonlocal woken
            woken += 1
            return wake(*given)

        loop.call_soon_threadsafe = counted
        waiting = [asyncio.create_task(bell.result(f)) for f in futures]
        await asyncio.sleep(0)
        for i, future in enumerate(futures):  # as from another thread that does not pause
            future.set_result(i)
        return await asyncio.gather(*waiting), woken

    assert asyncio.run(all_of_them()) == (list(range(50)), 1)


def test_results_from_threads_all_arrive_and_a_second_loop_is_served_too():
    bell = Bell()

    async def some(count: int) -> list[int]:
        futures = [Future() for _ in range(count)]
        threads = [threading.Thread(target=f.set_result, args=(i,)) for i, f in enumerate(futures)]
        waiting = [asyncio.create_task(bell.result(f)) for f in futures]
        for thread in threads:
            thread.start()
        return await asyncio.wait_for(asyncio.gather(*waiting), 30)

    for _ in range(3):
        assert asyncio.run(some(40)) == list(range(40))


def test_an_error_is_raised_where_the_result_was_waited_for():
    async def one() -> None:
        future: Future[int] = Future()
        future.set_exception(KeyError("gone"))
        await Bell().result(future)

    with pytest.raises(KeyError, match="gone"):
        asyncio.run(one())


def test_whoever_hangs_up_is_not_in_the_way_of_the_others():
    async def two() -> str:
        bell, first, second = Bell(), Future(), Future()
        gone, stays = asyncio.create_task(bell.result(first)), asyncio.create_task(bell.result(second))
        await asyncio.sleep(0)
        gone.cancel()
        first.set_result("nobody")
        second.set_result("somebody")
        return await stays

    assert asyncio.run(two()) == "somebody"
