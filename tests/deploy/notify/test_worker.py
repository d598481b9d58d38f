"""What the outbox's worker does with receivers that are up, down, slow, confused or rude."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from receiving import Receiver, free_port, until
from stored import PAST, later, message

from standout.core.errors import ParameterError
from standout.deploy.notify.channels import Channel
from standout.deploy.notify.worker import Notifier, Pace
from standout.deploy.store.records import Message, Sending
from standout.deploy.store.store import Store

QUICK = Pace(tries=4, first=0.05, longest=0.1, look=0.05, claim=5.0, together=10, deadline=3.0)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@contextmanager
def notifying(store: Store, url: str, pace: Pace = QUICK, link: str = "") -> Iterator[Notifier]:
    notifier = Notifier(store, [Channel.parsed("ops", url)], link=link, pace=pace)
    notifier.start()
    try:
        yield notifier
    finally:
        notifier.stop()


@contextmanager
def behaving(behave: Callable[[int], int | float | str]) -> Iterator[Receiver]:
    receiver = Receiver(behave)
    try:
        yield receiver
    finally:
        receiver.close()


def add(store: Store, *messages: Message) -> None:
    with store.writing() as unit:
        assert unit.outbox.add(messages) == len(messages)


def states(store: Store) -> list[Sending]:
    with store.reading() as seen:
        return [m.state for m in reversed(seen.outbox.page(limit=500).items)]


def test_a_message_arrives_once_and_is_settled(store: Store, receiver: Receiver) -> None:
    with notifying(store, receiver.url) as notifier:
        add(store, message("k1", title="pumps: odd", body="It is odd."))
        notifier.poke()
        assert until(lambda: states(store) == [Sending.SENT])
        add(store, message("k2"))
        assert until(lambda: states(store) == [Sending.SENT, Sending.SENT])
    assert [g.title for g in receiver.got] == ["pumps: odd", "Odd"]
    assert receiver.got[0].body == "It is odd."


def test_a_key_is_put_into_the_outbox_once(store: Store) -> None:
    with store.writing() as unit:
        assert unit.outbox.add([message("k"), message("k"), message("l")]) == 2
        assert unit.outbox.add([message("k")]) == 0


def test_a_receiver_that_was_down_gets_it_when_it_is_back(store: Store) -> None:
    port = free_port()
    add(store, message("k"))
    with notifying(store, f"json://127.0.0.1:{port}", Pace(tries=99, first=0.02, longest=0.05, look=0.02)):
        assert until(lambda: _tries(store) > 1)
        assert states(store) in ([Sending.PENDING], [Sending.SENDING])
        receiver = Receiver(port=port)
        assert until(lambda: states(store) == [Sending.SENT])
        receiver.close()
    assert len(receiver.got) == 1


def _tries(store: Store) -> int:
    with store.reading() as seen:
        return seen.outbox.page().items[0].tries


def test_a_refused_message_is_tried_again(store: Store) -> None:
    with behaving(lambda n: 500 if n < 2 else 200) as receiver:
        add(store, message("k"))
        with notifying(store, receiver.url):
            assert until(lambda: states(store) == [Sending.SENT])
    assert len(receiver.got) == 3


@pytest.mark.parametrize("rude", ["drop", 2.0, 504], ids=["drops", "slow", "gateway"])
def test_a_message_whose_fate_nobody_knows_is_in_doubt_and_not_sent_again(store: Store, rude: str | float) -> None:
    with behaving(lambda _: rude) as receiver:
        add(store, message("k"))
        with notifying(store, f"{receiver.url}?rto=0.3"):
            assert until(lambda: states(store) == [Sending.DOUBT])
            add(store, message("l", channel="other"))
            assert not until(lambda: len(receiver.got) > 1, 0.4)
    with store.reading() as seen:
        assert seen.outbox.page(state=Sending.DOUBT).items[0].error


def test_a_receiver_that_knows_keys_gets_it_again_under_the_same_key(store: Store) -> None:
    with behaving(lambda n: "drop" if n == 0 else 200) as receiver:
        add(store, message("k1"), message("k2"))
        with notifying(store, f"{receiver.url}?standout-keys=yes"):
            assert until(lambda: states(store) == [Sending.SENT] * 2)
    assert [g.key for g in receiver.got] == ["k1", "k1"]
    assert receiver.got[0] == receiver.got[1]


def test_the_dead_are_listed_and_sent_again_by_hand(store: Store) -> None:
    port = free_port()
    add(store, message("k"))
    with notifying(store, f"json://127.0.0.1:{port}") as notifier:
        assert until(lambda: states(store) == [Sending.DEAD])
        with store.reading() as seen:
            (dead,) = seen.outbox.page(state=Sending.DEAD).items
        assert (dead.tries, dead.error) == (4, "the receiver could not be reached")
        receiver = Receiver(port=port)
        with store.writing() as unit:
            unit.outbox.resend(dead.id, PAST)
        notifier.poke()
        assert until(lambda: states(store) == [Sending.SENT])
        receiver.close()
    assert len(receiver.got) == 1


def test_many_that_are_due_at_once_come_as_one(store: Store, receiver: Receiver) -> None:
    add(store, *(message(f"k{i}", title=f"odd {i}", severity=90.0 + i / 10) for i in range(10)), message("late", due=later(1e9)))
    with notifying(store, receiver.url, link="https://standout.example"):
        assert until(lambda: states(store)[:10] == [Sending.SENT] * 10)
        assert states(store)[10] is Sending.PENDING
    (got,) = receiver.got
    assert got.title == "10 messages: odd 9"
    assert got.body.split("\n") == [
        "odd 9 (severity 90.9)", "odd 8 (severity 90.8)", "odd 7 (severity 90.7)", "and 7 more", "", "https://standout.example",
    ]  # fmt: skip


def test_a_channel_is_not_told_more_often_than_it_may(store: Store, receiver: Receiver) -> None:
    one_each = Pace(look=0.02, together=1)
    add(store, *(message(f"k{i}") for i in range(5)))
    with notifying(store, f"{receiver.url}?standout-per-minute=2", one_each):
        assert until(lambda: len(receiver.got) == 2)
        assert not until(lambda: len(receiver.got) > 2, 0.4)
    assert states(store).count(Sending.PENDING) == 3


def test_one_slow_channel_holds_up_no_other(store: Store, receiver: Receiver) -> None:
    with behaving(lambda _: 2.0) as slow:
        channels = [Channel.parsed("slow", slow.url), Channel.parsed("ops", receiver.url)]
        notifier = Notifier(store, channels, pace=QUICK)
        add(store, message("a", channel="slow"), message("b", channel="ops"))
        notifier.start()
        assert until(lambda: receiver.got, 1.5)
        notifier.stop()


def test_two_servers_send_each_message_once(open_store: Callable[[], Store]) -> None:
    with behaving(lambda _: 0.01) as receiver:
        one, other = open_store(), open_store()
        add(one, *(message(f"k{i}", title=str(i)) for i in range(40)))
        each = Pace(look=0.02, together=1)
        url = f"{receiver.url}?standout-per-minute=1000"
        with notifying(one, url, each), notifying(other, url, each):
            assert until(lambda: states(one) == [Sending.SENT] * 40, 30)
    assert sorted(int(g.title) for g in receiver.got) == list(range(40))


def test_no_log_and_no_error_shows_the_address(store: Store, receiver: Receiver, logged: list[str]) -> None:
    secret = "me:hunter2@127.0.0.1:{}/s3cret/path?+X-Token=t0ken"
    channels = [Channel.parsed("ops", "json://" + secret.format(p)) for p in (free_port(), receiver.port)]
    add(store, message("k"))
    for channel, state in zip(channels, (Sending.DEAD, Sending.SENT), strict=True):
        notifier = Notifier(store, [channel], pace=QUICK)
        notifier.start()
        assert until(lambda state=state: states(store) == [state])
        notifier.stop()
        with store.writing() as unit:
            shown = "".join(logged) + repr(unit.outbox.page().items)
            if state is Sending.DEAD:
                unit.outbox.resend(1, PAST)
        for part in ("hunter2", "s3cret", "t0ken"):
            assert part not in shown
    assert "ops (json)" in shown


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What a program that logs everything would write. (pytest's own capture reaches past loggers that keep to themselves.)"""
    lines: list[str] = []

    class All(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler, root = All(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    yield lines
    root.setLevel(level)
    root.removeHandler(handler)


def test_an_address_that_cannot_be_understood_is_refused_without_showing_it(store: Store) -> None:
    with pytest.raises(ParameterError, match="channel ops") as caught:
        Notifier(store, [Channel("ops", "nosuch://s3cret")])
    assert "s3cret" not in str(caught.value)


def test_a_store_in_trouble_only_delays(store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    from standout.core.errors import StoreBusyError
    from standout.deploy.store.outbox import Outbox

    failures = iter([1, 1, 1])
    settle = Outbox.settle

    def failing(*told: object, **more: object) -> int:
        if next(failures, 0):
            raise StoreBusyError("locked")
        return settle(*told, **more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(Outbox, "settle", failing)
    add(store, message("k"))
    with notifying(store, receiver.url):
        assert until(lambda: states(store) == [Sending.SENT])
    assert len(receiver.got) == 1
