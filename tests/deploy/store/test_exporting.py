"""Alerts, labels and rows as files."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from stored import NOW, alert, batch, label, later, with_stream
from typer.testing import CliRunner

from standout.core.errors import EmptyTableError, OutputError, ParameterError, UnknownNameError
from standout.deploy.store.exporting import export
from standout.deploy.store.records import Verdict
from standout.deploy.store.store import Store


def body(**columns: list[object]) -> bytes:
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def test_alerts_come_out_as_they_are_and_formulas_stay_text(store: Store, tmp_path: Path) -> None:
    with_stream(store)
    with store.writing() as unit:
        hostile = alert(sentence="=cmd()", entity="@x", values={"a": 1.5, "é": None}, time=later(1))
        ids = unit.alerts.add([hostile, alert(sentence="second")])
        unit.labels.add(label(ids[0], Verdict.TRUE, reason="+1"))
    assert export(store, "alerts", tmp_path / "a.csv") == 2
    rows = pa.csv.read_csv(tmp_path / "a.csv").to_pylist()
    assert [r["sentence"] for r in rows] == ["second", "'=cmd()"]
    assert rows[1]["entity"] == "'@x"
    export(store, "alerts", tmp_path / "a.parquet", stream="payments")
    found = pa.parquet.read_table(tmp_path / "a.parquet").to_pylist()[1]
    assert (found["sentence"], found["verdict"], found["time"], found["outcome"]) == ("=cmd()", "true", later(1), "notified")
    assert json.loads(found["values"]) == {"a": 1.5, "é": None}
    assert export(store, "labels", tmp_path / "l.jsonl") == 1
    assert json.loads((tmp_path / "l.jsonl").read_text())["reason"] == "+1"


def test_rows_of_batches_that_differ_come_out_in_one_table(store: Store, tmp_path: Path) -> None:
    with_stream(store, "payments", "pumps")
    with store.writing() as unit:
        unit.journal.add(batch(2, body=body(event_id=["a", "b"], x=[1, 2], row=["own", "own"])))
        unit.journal.add(batch(1, body=b""))
        unit.journal.add(batch(1, body=body(event_id=[None], x=[2.5], y=["new"])))
        unit.journal.add(batch(1, body=body(event_id=["d"], x=["text"], y=[None])))
        unit.journal.add(batch(1, stream="pumps", body=body(z=[1])))
    assert export(store, "rows", tmp_path / "r.parquet", stream="payments") == 4
    found = pa.parquet.read_table(tmp_path / "r.parquet").to_pydict()
    assert found["x"] == ["1", "2", "2.5", "text"]
    assert found["y"] == [None, None, "new", None]
    assert found["row"] == [0, 1, 0, 0]
    assert found["row_data"] == ["own", "own", None, None]
    assert found["received"] == [NOW] * 4


def test_what_cannot_be_exported_is_named_and_leaves_no_file(store: Store, tmp_path: Path) -> None:
    with_stream(store)
    for error, what, path, stream in (
        (UnknownNameError, "alarms", "a.csv", None),
        (UnknownNameError, "alerts", "a.csv", "payment"),
        (UnknownNameError, "rows", "a.csv", None),
        (EmptyTableError, "alerts", "a.csv", None),
        (EmptyTableError, "rows", "a.csv", "payments"),
        (ParameterError, "alerts", "a.xls", None),
        (OutputError, "alerts", "a.csv/b/c.csv", None),
    ):
        if error is OutputError:
            (tmp_path / "a.csv").write_text("a file")
        with pytest.raises(error):
            export(store, what, tmp_path / path, stream=stream)
    assert (tmp_path / "a.csv").read_text() == "a file"


def test_the_verb_writes_a_file_and_makes_no_store(tmp_path: Path) -> None:
    from standout.deploy.cli import app_for, main

    path = tmp_path / "standout.db"
    with Store.open(str(path)) as store, store.writing() as unit:
        unit.alerts.add([alert()])
    arguments = ["export", "alerts", str(tmp_path / "a.csv"), "--store", f"sqlite:///{path}"]
    done = CliRunner().invoke(app_for(arguments), arguments)
    assert done.output.startswith("1 alerts in ")
    with pytest.raises(SystemExit) as left:
        main(["export", "alerts", str(tmp_path / "b.csv"), "--store", str(tmp_path / "absent.db")])
    assert left.value.code == 3
    assert not (tmp_path / "absent.db").exists()
