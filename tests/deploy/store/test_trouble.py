"""A store that is locked, full, gone, replaced, read-only, damaged or out of reach: named, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from stored import NOW, batch, with_stream

from standout.core.errors import StoreBusyError, StoreError
from standout.deploy.store.failures import translated
from standout.deploy.store.records import Audit
from standout.deploy.store.store import Store, Unit


def note(unit: Unit, what: str = "x") -> None:
    unit.audit.add(Audit(NOW, "anna", what))


def notes(store: Store) -> int:
    with store.reading() as seen:
        return len(seen.audit.page(limit=1000).items)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "standout.db"


def test_a_locked_store_is_waited_for_and_then_named(path: Path) -> None:
    with Store.open(str(path), busy=0.2) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="locked by another process"), store.writing():
            pass
        assert notes(store) == 0  # reading goes on
        other.execute("ROLLBACK")
        store.write(note)
        assert notes(store) == 1


def test_a_lock_that_ends_in_time_is_not_noticed(path: Path) -> None:
    with Store.open(str(path), busy=10) as store:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.2, other.rollback)
        timer.start()
        store.write(note)
        timer.join()
        other.close()
        assert notes(store) == 1


def test_a_thread_that_holds_the_store_too_long_is_named(path: Path) -> None:
    with Store.open(str(path), busy=0.1) as store, store.writing():
        failed: list[StoreError] = []

        def other() -> None:
            try:
                store.write(note, tries=1)
            except StoreError as error:
                failed.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=10)
        assert [e.code for e in failed] == ["store-busy"]


def test_a_full_store_is_named_and_keeps_what_it_has(path: Path) -> None:
    with with_stream(Store.open(str(path))) as store:
        with store.writing() as unit:
            kept = unit.journal.add(batch(1), ["a"]).seq
            pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        limit = int(pages) + 20

        def too_much(unit: Unit) -> None:
            unit.connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")
            for i in range(100):
                unit.journal.add(batch(1, body=os.urandom(4000)), [f"b{i}"])

        with pytest.raises(StoreError, match="disk is full") as caught:
            store.write(too_much)
        assert "Free the disk" in caught.value.hint
        assert not isinstance(caught.value, StoreBusyError)
        with store.reading() as seen:
            assert seen.journal.last("payments") == kept
            assert seen.journal.known("payments", ["a", "b0"]) == {"a"}
        with store.writing() as unit:
            unit.connection.exec_driver_sql("PRAGMA max_page_count = 100000")
            assert unit.journal.add(batch(1), ["b0"]).new.all()


def test_a_write_after_the_database_gave_up_does_not_count(path: Path) -> None:
    """SQLite ends a transaction by itself when the disk is full; who goes on regardless must not be told that all is well."""
    with with_stream(Store.open(str(path))) as store:

        def stubborn(unit: Unit) -> None:
            unit.connection.connection.cursor().execute("ROLLBACK")
            note(unit)

        with pytest.raises(StoreError, match="gave up a transaction"):
            store.write(stubborn)


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_store_that_loses_its_file_acknowledges_nothing_more(path: Path, how: str) -> None:
    with Store.open(str(path)) as store:
        store.write(note)
        path.rename(path.with_name("away.db"))
        if how == "replaced":
            shutil.copy(path.with_name("away.db"), path)
        with pytest.raises(StoreError, match="is gone" if how == "removed" else "replaced"):
            store.write(note)
        with pytest.raises(StoreError):
            notes(store)
    path.with_name("away.db").replace(path)  # its -wal file is still where it was
    with Store.open(str(path)) as found:
        assert notes(found) == 1


def test_a_damaged_store_and_one_that_is_no_database_are_named(path: Path) -> None:
    path.write_bytes(b"this is a letter, and not a database" * 100)
    with pytest.raises(StoreError, match="is not a database"):
        Store.open(str(path))
    path.unlink()
    with with_stream(Store.open(str(path))) as store, store.writing() as unit:
        unit.journal.add(batch(1, body=os.urandom(200_000)))
    whole = bytearray(path.read_bytes())
    whole[4096 * 2 :] = os.urandom(len(whole) - 4096 * 2)
    path.write_bytes(whole)
    with pytest.raises(StoreError, match="is damaged"), Store.open(str(path)) as store:
        store.write(note)


def test_a_folder_that_is_not_there_or_is_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(str(tmp_path / "nowhere" / "standout.db"))
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(str(tmp_path))


def test_a_store_that_may_not_be_written_is_named(path: Path) -> None:
    Store.open(str(path)).close()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as read_only, pytest.raises(sqlite3.Error) as caught:
        read_only.execute("CREATE TABLE x (y)")
    assert "cannot be written" in translated(caught.value, "here").what
    if os.geteuid() != 0:  # who may do everything is refused nothing
        path.chmod(0o444)
        with pytest.raises(StoreError, match="cannot be written"):
            Store.open(str(path))


WRITER = """
import sys
from datetime import UTC, datetime
from standout.deploy.store.records import Batch
from standout.deploy.store.store import Store
store = Store.open(sys.argv[1], busy=20)
for i in range(100_000):
    with store.writing() as unit:
        unit.journal.add(Batch("payments", datetime.now(UTC), 2, b"x" * 5000), [f"{i}a", f"{i}b"])
    print(i, flush=True)
"""


def test_what_was_acknowledged_survives_kill_9(store_url: str) -> None:
    with with_stream(Store.open(store_url)) as store:
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "src")}
        process = subprocess.Popen([sys.executable, "-c", WRITER, store_url], stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(30)]
        process.send_signal(signal.SIGKILL)
        said += [int(line) for line in process.communicate(timeout=20)[0].split()]
        with store.reading() as seen:
            found = list(seen.journal.after("payments", 0))
            assert len(found) - len(said) in (0, 1)  # one may have been written and not said
            assert all(b.rows == 2 and len(b.body) == 5000 for b in found)
            ids = {f"{i}{c}" for i in said for c in "ab"}
            assert seen.journal.known("payments", ids) == ids


def broken(store: Store, unit: Unit) -> None:
    """The server ends the connection of a transaction that is under way."""
    pid = unit.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with store.writing() as other:
        other.connection.exec_driver_sql(f"SELECT pg_terminate_backend({int(pid)})")


def test_a_connection_that_breaks_is_made_again_and_the_work_done_once(fresh_postgresql: str) -> None:
    with Store.open(fresh_postgresql) as store:
        tried: list[int] = []

        def work(unit: Unit) -> None:
            tried.append(1)
            note(unit)
            if len(tried) == 1:
                broken(store, unit)

        store.write(work)
        assert (len(tried), notes(store)) == (2, 1)


@pytest.mark.parametrize("written", [True, False])
def test_after_a_commit_without_an_answer_the_server_is_asked(
    fresh_postgresql: str, written: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlalchemy

    commit = sqlalchemy.Connection.commit
    answers = iter([False])

    def unanswered(connection: sqlalchemy.Connection) -> None:
        if next(answers, True):
            return commit(connection)
        if written:
            commit(connection)
        else:
            connection.rollback()
        lost = sqlalchemy.exc.OperationalError("COMMIT", {}, Exception("connection lost"))
        lost.connection_invalidated = True
        raise lost

    with Store.open(fresh_postgresql) as store:
        monkeypatch.setattr(sqlalchemy.Connection, "commit", unanswered)
        store.write(note)
        assert notes(store) == 1


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(StoreBusyError, match="out of reach") as caught:
        Store.open("postgresql://me:hunter2@127.0.0.1:9/none", busy=1)
    assert "hunter2" not in f"{caught.value}{caught.value.__cause__}{caught.value.__context__}"


def test_a_database_that_does_not_exist_or_that_cannot_be_written_is_named(fresh_postgresql: str) -> None:
    Store.open(fresh_postgresql).close()
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(fresh_postgresql.replace("/postgres?", "/nowhere?"))

    def refused(unit: Unit) -> None:
        unit.connection.exec_driver_sql("SET transaction_read_only = on")
        note(unit)

    with Store.open(fresh_postgresql) as store, pytest.raises(StoreError, match="cannot be written"):
        store.write(refused)


def test_two_servers_on_one_database_write_at_once(open_store: Callable[[], Store]) -> None:
    one, other = with_stream(open_store(), "payments", "pumps"), open_store()

    def work(store: Store, stream: str) -> None:
        for i in range(20):
            store.write(lambda unit, i=i: unit.journal.add(batch(1, stream=stream), [str(i)]))  # type: ignore[misc]

    threads = [threading.Thread(target=work, args=told) for told in ((one, "payments"), (other, "pumps"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with one.reading() as seen:
        assert seen.journal.rows("payments") == seen.journal.rows("pumps") == 20


def test_a_stream_that_another_server_is_writing_is_waited_for_and_then_named(fresh_postgresql: str) -> None:
    with Store.open(fresh_postgresql, busy=0.2) as one, Store.open(fresh_postgresql, busy=0.2) as other:
        with one.writing() as unit:
            lease = unit.leases.acquire("payments", "one", 60)
        assert lease is not None
        with one.writing() as unit:
            unit.leases.check(lease)
            with pytest.raises(StoreBusyError, match="locked by another connection"), other.writing() as late:
                late.leases.acquire("payments", "other", 60)
