"""One writer for each stream, whoever was first, and an old one cannot write any more."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from stored import NOW

from standout.core.errors import LeaseLostError
from standout.deploy.store.records import Audit, Lease
from standout.deploy.store.store import Store, Unit


def acquire(store: Store, owner: str, seconds: float = 60) -> Lease | None:
    with store.writing() as unit:
        return unit.leases.acquire("payments", owner, seconds)


def test_a_stream_has_one_owner_until_it_lets_go(open_store: Callable[[], Store]) -> None:
    one, other = open_store(), open_store()
    held = acquire(one, "one")
    assert held is not None
    assert acquire(other, "other") is None
    with one.writing() as unit:
        unit.leases.check(held)
        held = unit.leases.renew(held, 60)
        unit.leases.release(held)
    taken = acquire(other, "other")
    assert taken is not None
    assert taken.number == held.number + 1


def test_an_owner_that_was_overtaken_cannot_write(open_store: Callable[[], Store]) -> None:
    one, other = open_store(), open_store()
    held = acquire(one, "one", seconds=0)
    assert held is not None
    assert acquire(other, "other") is not None

    def write(unit: Unit) -> None:
        unit.audit.add(Audit(NOW, "one", "too late"))
        unit.leases.check(held)

    with pytest.raises(LeaseLostError, match="other holds it"):
        one.write(write)
    with pytest.raises(LeaseLostError), one.writing() as unit:
        unit.leases.renew(held, 60)
    with one.writing() as unit:
        unit.leases.release(held)
        assert not unit.audit.page().items
    assert acquire(one, "one") is None


def test_an_owner_that_expired_may_write_until_another_takes_over(store: Store) -> None:
    held = acquire(store, "one", seconds=0)
    assert held is not None
    with store.writing() as unit:
        unit.leases.check(held)


def test_the_same_owner_started_again_gets_a_new_number(store: Store) -> None:
    first, second = acquire(store, "one"), acquire(store, "one")
    assert first is not None
    assert second is not None
    assert second.number == first.number + 1
    with pytest.raises(LeaseLostError), store.writing() as unit:
        unit.leases.check(first)


def test_of_many_that_ask_at_once_one_gets_it(open_store: Callable[[], Store]) -> None:
    got: list[Lease | None] = []
    stores = [open_store() for _ in range(5)]
    threads = [threading.Thread(target=lambda s=s, i=i: got.append(acquire(s, f"o{i}"))) for i, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(got) == 5
    assert sum(lease is not None for lease in got) == 1
