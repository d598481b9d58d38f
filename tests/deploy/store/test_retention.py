"""What is dropped, and what never is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from stored import NOW, alert, batch, incident, label, message, verdicts, with_stream

from standout.core.errors import ParameterError
from standout.deploy.store import retention
from standout.deploy.store.records import Audit, Lane, Sending, Snapshot, Status
from standout.deploy.store.retention import Retention, prune
from standout.deploy.store.store import Store

OLD = NOW - timedelta(days=100)
OLDER = NOW - timedelta(days=1000)
DAYS = Retention.of_days(50)  # ids 100 days, alerts 200


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PIECE", 2)
    monkeypatch.setattr(retention, "IDS", 3)


def taken_in(store: Store, when: list[object], snapshot: int | None = -1) -> list[int]:
    """Batches of two rows received at these times, with a snapshot after one of them."""
    with_stream(store)
    with store.writing() as unit:
        seqs = [
            unit.journal.add(batch(2, received=at), [f"{i}a", f"{i}b"]).seq  # type: ignore[arg-type]
            for i, at in enumerate(when)
        ]
        judged = [unit.verdicts.add(verdicts(judged=NOW), [seq]) for seq in seqs]
        if snapshot is not None:
            unit.snapshots.add(Snapshot("payments", seqs[snapshot], NOW, b"", judged[snapshot]))
    return seqs


def bodies(store: Store) -> list[int]:
    with store.reading() as seen:
        return [b.seq for b in seen.journal.after("payments", 0) if b.body]


def test_old_rows_go_with_their_verdicts_and_their_ids_stay_for_longer(store: Store) -> None:
    seqs = taken_in(store, [NOW - timedelta(days=60)] * 5 + [NOW])
    assert prune(store, DAYS, NOW)["batches"] == 5
    assert bodies(store) == seqs[5:]
    with store.writing() as unit:
        assert not unit.verdicts.of_batch(seqs[0])
        assert unit.verdicts.of_batch(seqs[5])
        assert not unit.journal.add(batch(1), ["0a"]).new.any()
        assert unit.journal.get(seqs[0]) is not None
    assert not {"batches", "verdicts"} & set(prune(store, DAYS, NOW))


def test_ids_go_when_their_time_is_over_and_can_be_taken_in_anew(store: Store) -> None:
    seqs = taken_in(store, [OLDER] * 4 + [NOW] * 2)
    assert prune(store, DAYS, NOW)["event ids"] == 8
    with store.writing() as unit:
        assert unit.journal.get(seqs[0]) is None
        assert unit.journal.known("payments", [f"{i}{c}" for i in range(6) for c in "ab"]) == {"4a", "4b", "5a", "5b"}
        assert unit.journal.add(batch(1), ["0a"]).new.all()


@pytest.mark.parametrize(("snapshot", "left"), [(None, 4), (1, 2), (3, 0)])
def test_what_a_restart_needs_stays(store: Store, snapshot: int | None, left: int) -> None:
    seqs = taken_in(store, [OLDER] * 4, snapshot)
    prune(store, DAYS, NOW)
    assert bodies(store) == seqs[4 - left :]
    with store.reading() as seen:
        assert len(list(seen.verdicts.after("payments", 0))) == left


def test_the_older_snapshot_counts_since_the_newer_may_be_damaged(store: Store) -> None:
    seqs = taken_in(store, [OLDER] * 4, 0)
    with store.writing() as unit:
        unit.snapshots.add(Snapshot("payments", seqs[3], NOW, b"", 4))
    prune(store, DAYS, NOW)
    assert bodies(store) == seqs[1:]


def test_what_an_incident_that_is_not_closed_shows_stays(store: Store) -> None:
    seqs = taken_in(store, [OLDER] * 3)
    with store.writing() as unit:
        still, closed = unit.incidents.add(incident(last=OLDER)), unit.incidents.add(incident(last=OLDER))
        unit.incidents.set_status(closed, Status.CLOSED, "anna")
        open_one, _ = unit.alerts.add([alert(raised=OLDER, batch=seqs[i], incident=n) for i, n in enumerate((still, closed))])
        unit.outbox.add([message("open", incident=still, due=OLDER, state=Sending.SENT)])
        unit.outbox.add([message("closed", incident=closed, due=OLDER, state=Sending.SENT)])
        unit.outbox.add([message("doubt", due=OLDER, state=Sending.DOUBT)])
    dropped = prune(store, DAYS, NOW)
    assert (dropped["alerts"], dropped["incidents"], dropped["messages"]) == (1, 1, 1)
    assert bodies(store) == seqs[:1]
    with store.reading() as seen:
        assert [a.id for a in seen.alerts.page().items] == [open_one]
        assert [i.id for i in seen.incidents.page().items] == [still]
        assert {m.key for m in seen.outbox.page().items} == {"open", "doubt"}
        assert seen.verdicts.of_batch(seqs[0])
        assert seen.journal.known("payments", ["0a", "1a"]) == {"0a"}


def test_alerts_with_a_label_stay_for_good(store: Store) -> None:
    with store.writing() as unit:
        kept, *_ = unit.alerts.add([alert(raised=OLDER)] * 4)
        unit.labels.add(label(kept))
    assert prune(store, DAYS, NOW)["alerts"] == 3
    with store.reading() as seen:
        assert [a.id for a in seen.alerts.page().items] == [kept]


def test_a_stream_keeps_at_most_so_many_rows(store: Store) -> None:
    seqs = taken_in(store, [NOW] * 5)
    prune(store, Retention(most_rows=5), NOW)
    assert bodies(store) == seqs[3:]


def test_lanes_and_audit_go_by_age(store: Store) -> None:
    with_stream(store)
    with store.writing() as unit:
        unit.lanes.add([Lane("payments", "p1", at, 1, 0, 1.0) for at in (OLDER, OLDER + timedelta(days=3), NOW)])
        for at in (OLDER, OLDER, OLDER, NOW):
            unit.audit.add(Audit(at, "anna", "looked"))
    dropped = prune(store, DAYS, NOW)
    assert (dropped["lanes"], dropped["audit entries"]) == (2, 3)
    with store.reading() as seen:
        assert len(seen.lanes.between("payments", OLDER, NOW + timedelta(days=1))) == 1


def test_it_may_stop_anywhere_and_goes_on_the_next_time(store: Store) -> None:
    seqs = taken_in(store, [OLDER] * 6)
    assert prune(store, DAYS, NOW, stopped=lambda: True) == {"batches": 2}
    assert bodies(store) == seqs[2:]
    prune(store, DAYS, NOW)
    assert not bodies(store)


def test_all_is_kept_where_nothing_is_said(store: Store) -> None:
    seqs = taken_in(store, [OLDER] * 2)
    assert not prune(store, Retention.of_days(None), NOW)
    assert bodies(store) == seqs


def test_sqlite_gives_the_room_back(store: Store) -> None:
    if not store.shown.startswith("sqlite"):
        return
    with_stream(store)
    with store.writing() as unit:
        seq = [unit.journal.add(batch(1, received=OLDER, body=b"x" * 100_000)).seq for _ in range(30)][-1]
        unit.snapshots.add(Snapshot("payments", seq, NOW, b""))
    assert prune(store, DAYS, NOW)["pages"] > 500
    with store.reading() as seen:
        assert seen.connection.exec_driver_sql("PRAGMA page_count").scalar_one() < 200


def test_terms_that_make_no_sense_are_named() -> None:
    with pytest.raises(ParameterError, match="event ids"):
        Retention(ids=timedelta(days=1))
    with pytest.raises(ParameterError, match="most_rows"):
        Retention(most_rows=0)
