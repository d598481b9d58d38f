"""Opening a store, transactions, and what every noun gives back."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from stored import NOW, alert, batch, incident, label, later, message, stream, verdicts, with_stream

from standout.core.errors import ParameterError, ParameterTypeError, StoreError, UnknownNameError
from standout.deploy.store.records import Audit, Calendar, Kind, Role, Sending, Silence, Snapshot, Status
from standout.deploy.store.store import Store, Unit


def test_every_noun_comes_back_as_it_was(store: Store) -> None:
    with_stream(store)
    odd = alert(
        entity="p\x00\ud800é🙂", time=later(-5), reason={"row": 3, "sentence": "x"}, values={"a": math.inf, "b": None, "c": "é"}
    )
    silence = Silence({"entity": "p1"}, "anna", "works", NOW, later(60))
    calendar = Calendar("backup", "anna", {"stream": "payments"}, NOW, 3600.0, "daily", "Europe/Berlin", later(9e6))
    with store.writing() as unit:
        first = unit.incidents.add(incident())
        (number,) = unit.alerts.add([odd])
        unit.alerts.join_incident([number], first)
        shown = unit.labels.add(label(number, reason="a rerun"))
        hushed, expected = unit.silences.add(silence), unit.calendars.add(calendar)
        unit.audit.add(Audit(NOW, "anna", "label", {"alert": number}))
        unit.snapshots.add(Snapshot("payments", 7, NOW, b"\x00state"))
        unit.outbox.add([message("k", incident=first)])
        key, secret = unit.keys.make("scada", Role.INGEST, NOW)
    with store.reading() as seen:
        found = seen.alerts.get(number)
        assert found is not None
        assert found.entity == "p\\x00\\ud800é🙂"
        assert (found.values, found.reason, found.time) == (odd.values, odd.reason, odd.time)
        assert (found.incident, found.verdict) == (first, label(number).verdict)
        assert seen.incidents.get(first) == incident(id=first)
        assert seen.labels.of_alert(number) == [label(number, reason="a rerun", id=shown)]
        assert seen.silences.get(hushed) == Silence({"entity": "p1"}, "anna", "works", NOW, later(60), id=hushed)
        stored = seen.calendars.get(expected)
        assert stored is not None
        assert (stored.lasts, stored.zone, stored.until) == (3600.0, "Europe/Berlin", later(9e6))
        assert seen.audit.page().items[0].detail == {"alert": number}
        snapshot = seen.snapshots.newest("payments")
        assert snapshot is not None
        assert (snapshot.seq, snapshot.body) == (7, b"\x00state")
        assert seen.outbox.of_incident(first)[0].state is Sending.PENDING
        assert seen.keys.match(secret) == key
        assert seen.streams.get("payments") == stream(id=1)


def test_a_failed_transaction_leaves_no_trace(store: Store) -> None:
    def fail(unit: Unit) -> None:
        unit.audit.add(Audit(NOW, "anna", "nothing"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.write(fail)
    with store.reading() as seen:
        assert not seen.audit.page().items


def test_reading_sees_one_moment_and_cannot_write(open_store: Callable[[], Store]) -> None:
    one, other = open_store(), open_store()
    with one.reading() as seen:
        assert not seen.audit.page().items
        with other.writing() as unit:
            unit.audit.add(Audit(NOW, "anna", "later"))
        assert not seen.audit.page().items
    with one.reading() as seen:
        assert len(seen.audit.page().items) == 1
    with pytest.raises(StoreError), one.reading() as seen:
        seen.audit.add(Audit(NOW, "anna", "refused"))


def test_many_threads_write_and_nothing_is_lost(store: Store) -> None:
    def work(who: str) -> None:
        for i in range(10):
            with store.writing() as unit:
                unit.audit.add(Audit(NOW, who, str(i)))

    threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    with store.reading() as seen:
        entries = seen.audit.page(limit=1000).items
    assert len({(e.who, e.what) for e in entries}) == 80


def test_pages_follow_each_other_while_rows_come_in(store: Store) -> None:
    with store.writing() as unit:
        unit.alerts.add([alert(sentence=str(i)) for i in range(5)])
    with store.writing() as unit:
        page = unit.alerts.page(limit=2)
        unit.alerts.add([alert(sentence="new")])
        rest = unit.alerts.page(before=page.next, limit=2)
        last = unit.alerts.page(before=rest.next, limit=2)
    assert [a.sentence for p in (page, rest, last) for a in p.items] == ["4", "3", "2", "1", "0"]
    assert last.next is None


def test_times_are_utc_and_need_a_zone(store: Store) -> None:
    east = datetime(2026, 11, 27, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    with store.writing() as unit:
        unit.audit.add(Audit(east, "anna", "east"))
        assert unit.audit.page().items[0].at == datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    with pytest.raises(ParameterTypeError, match="no zone"), store.writing() as unit:
        unit.audit.add(Audit(NOW.replace(tzinfo=None), "anna", "naive"))


def test_a_label_acts_until_it_is_undone(store: Store) -> None:
    with store.writing() as unit:
        (number,) = unit.alerts.add([alert()])
        first = unit.labels.add(label(number, "false"))  # type: ignore[arg-type]  # what the API hands on
        second = unit.labels.add(label(number, "true"))  # type: ignore[arg-type]
        assert unit.alerts.get(number).verdict == "true"  # type: ignore[union-attr]
        assert unit.labels.undo(second, "ben", later(1)).undone_by == "ben"
        assert unit.alerts.get(number).verdict == "false"  # type: ignore[union-attr]
        assert [x.id for x in unit.labels.standing("payments")] == [first]
        unit.labels.undo(first, "ben", later(2))
        unit.labels.undo(first, "cleo", later(3))
        assert unit.alerts.get(number).verdict is None  # type: ignore[union-attr]
        assert unit.labels.get(first).undone_by == "ben"  # type: ignore[union-attr]
        with pytest.raises(UnknownNameError, match="no alert 99"):
            unit.labels.add(label(99))


def test_an_incident_grows_and_is_closed(store: Store) -> None:
    with store.writing() as unit:
        number = unit.incidents.add(incident(severity=99.0))
        unit.incidents.grow(number, alerts=3, last=later(5), severity=98.0)
        unit.incidents.grow(number, alerts=1, last=later(2), severity=99.5, headline="Worse")
        found = unit.incidents.get(number)
        assert found is not None
        assert (found.alerts, found.last, found.severity, found.headline) == (5, later(5), 99.5, "Worse")
        assert unit.incidents.count(status=Status.OPEN) == len(unit.incidents.not_closed("payments")) == 1
        silent = unit.incidents.add(incident(headline="No data of 100% pump_7", because=":stopped"))
        unit.alerts.add([alert(incident=number), alert(kind=Kind.STOPPED, incident=silent)])
        for asked, wanted in (({"kind": Kind.STOPPED}, [silent]), ({"kind": Kind.ROW}, [number]), ({"kind": Kind.STALE}, []),
                              ({"text": "PUMP_7"}, [silent]), ({"text": "%"}, [silent]), ({"text": "worse", "kind": Kind.ROW}, [number]),
                              ({"text": "pump17"}, [])):  # fmt: skip  # one table
            assert [i.id for i in unit.incidents.page(**asked).items] == wanted
        unit.incidents.set_status(silent, Status.CLOSED, "anna")
        unit.incidents.set_status(number, Status.CLOSED, "anna")
        assert unit.incidents.page(status=Status.CLOSED, stream="payments").items[0].owner == "anna"
        assert not unit.incidents.not_closed("payments")


def test_silences_and_calendars_count_what_they_hid_and_end(store: Store) -> None:
    with store.writing() as unit:
        number = unit.silences.add(Silence({"entity": "p1"}, "anna", "works", NOW, later(60)))
        unit.silences.hide({number: 3})
        unit.silences.hide({number: 2})
        assert [s.hidden for s in unit.silences.in_force(later(59))] == [5]
        assert not unit.silences.in_force(later(60))
        unit.silences.lift(number, later(1))
        assert not unit.silences.in_force(NOW)
        event = unit.calendars.add(Calendar("backup", "anna", {}, NOW, 60.0))
        assert len(unit.calendars.in_force(later(1e6))) == 1
        unit.calendars.end(event, later(10))
        assert not unit.calendars.in_force(later(10))
        with pytest.raises(UnknownNameError):
            unit.silences.lift(99, NOW)


def test_verdicts_are_found_by_the_batch_their_rows_came_in(store: Store) -> None:
    with_stream(store)
    with store.writing() as unit:
        one, two = (unit.journal.add(batch()).seq for _ in range(2))
        first = unit.verdicts.add(verdicts(), [one])
        second = unit.verdicts.add(verdicts(body=b"later"), [one, two, two])
        assert [v.seq for v in unit.verdicts.of_batch(one)] == [first, second]
        assert [v.body for v in unit.verdicts.of_batch(two)] == [b"later"]
        assert [v.seq for v in unit.verdicts.after("payments", first)] == [second]
        assert unit.verdicts.last("payments") == second


def test_settings_change_and_the_number_stays(store: Store) -> None:
    with store.writing() as unit:
        assert unit.streams.put(stream()) == unit.streams.put(stream(learn=True, made=later(5)))
        changed = unit.streams.change("payments", later(6), policy={"level": 0.01})
        assert (changed.policy, changed.learn, changed.made, changed.changed) == ({"level": 0.01}, True, NOW, later(6))
        with pytest.raises(UnknownNameError, match="Did you mean payments"):
            unit.streams.change("payment", NOW, learn=True)


def test_two_snapshots_are_kept_and_a_damaged_one_is_passed_over(store: Store) -> None:
    with store.writing() as unit:
        for seq in range(4):
            unit.snapshots.add(Snapshot("payments", seq, NOW, b"%d" % seq))
        assert unit.connection.exec_driver_sql("SELECT count(*) FROM snapshot").scalar() == 2
        unit.connection.exec_driver_sql("UPDATE snapshot SET digest = 'other' WHERE seq = 3")
        found = unit.snapshots.newest("payments")
    assert found is not None
    assert found.body == b"2"


def test_keys_are_matched_by_their_secret_until_revoked(store: Store) -> None:
    with store.writing() as unit:
        key, secret = unit.keys.make("anna", Role.ACT, NOW)
        assert secret not in str(unit.keys.all())
        assert unit.keys.match(secret + "x") is unit.keys.match("") is unit.keys.match("\ud800") is None
        unit.keys.revoke(key.id, NOW)
        assert unit.keys.match(secret) is None
        with pytest.raises(UnknownNameError):
            unit.keys.revoke(key.id, NOW)


def test_work_is_tried_again_only_where_the_store_was_busy(store: Store) -> None:
    tried = []

    def work(unit: Unit) -> int:
        tried.append(unit)
        raise StoreError("no")

    with pytest.raises(StoreError):
        store.write(work)
    assert len(tried) == 1


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "nosuch://x", "sqlite://a:b:c/d e"])
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ParameterError):
        Store.open(url)


def test_a_path_is_a_store_too(tmp_path: Path) -> None:
    Store.open(str(tmp_path / "a b.db")).close()
    assert (tmp_path / "a b.db").is_file()
