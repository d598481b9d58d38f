"""Batches and event ids."""

from __future__ import annotations

import pytest
from stored import batch, with_stream

from standout.core.errors import UnknownNameError
from standout.deploy.store.journal import Place
from standout.deploy.store.store import Store


def test_an_event_id_is_taken_in_once_for_each_stream(store: Store) -> None:
    with_stream(store, "payments", "pumps")
    with store.writing() as unit:
        first = unit.journal.add(batch(3), ["a", None, "b"])
        again = unit.journal.add(batch(5), ["b", "c", "c", None, "a"])
        other = unit.journal.add(batch(1, stream="pumps"), ["a"])
    assert first.new.tolist() == [True, True, True]
    assert again.new.tolist() == [False, True, False, True, False]
    assert other.new.tolist() == [True]
    with store.reading() as seen:
        assert seen.journal.find("payments", "b") == Place(first.seq, 2)
        assert seen.journal.find("payments", "c") == Place(again.seq, 1)
        assert seen.journal.find("payments", "x") is None
        assert seen.journal.known("payments", ["a", "x", "c"]) == {"a", "c"}


def test_rows_without_an_id_are_found_by_batch_and_row(store: Store) -> None:
    with_stream(store, "payments", "pumps")
    with store.writing() as unit:
        seq = unit.journal.add(batch(2)).seq
    with store.reading() as seen:
        assert seen.journal.find("payments", f"{seq}.1") == Place(seq, 1)
        assert seen.journal.find("payments", f"{seq}.2") is None
        assert seen.journal.find("pumps", f"{seq}.1") is None
        for strange in ("", ".", "1.", "9" * 400 + ".1", "1." + "9" * 400, "-1.0", "².1"):
            assert seen.journal.find("payments", strange) is None


def test_strange_ids_are_kept_apart(store: Store) -> None:
    with_stream(store)
    ids = ["", " ", "é", "e\u0301", "🙂", "a\x00b", "\ud800", "x" * 5000, "'; DROP TABLE journal; --", '"', "\\"]
    with store.writing() as unit:
        assert unit.journal.add(batch(len(ids)), ids).new.all()
        assert not unit.journal.add(batch(len(ids)), ids).new.any()
        assert unit.journal.known("payments", ids) == set(ids)


def test_batches_come_back_in_order_after_a_number(store: Store) -> None:
    with_stream(store, "payments", "pumps")
    with store.writing() as unit:
        seqs = [unit.journal.add(batch(1, body=b"%d" % i)).seq for i in range(4)]
        unit.journal.add(batch(1, stream="pumps"))
    with store.reading() as seen:
        assert [b.body for b in seen.journal.after("payments", seqs[1])] == [b"2", b"3"]
        assert seen.journal.last("payments") == seqs[-1]
        assert seen.journal.last("nothing") == 0
        assert seen.journal.rows("payments") == 4
        assert seen.journal.get(seqs[0]) == batch(1, body=b"0", seq=seqs[0])
        assert seen.journal.get(999) is None


def test_a_batch_of_an_unknown_stream_is_refused(store: Store) -> None:
    with_stream(store)
    with pytest.raises(UnknownNameError, match="Did you mean payments"), store.writing() as unit:
        unit.journal.add(batch(stream="payment"))
