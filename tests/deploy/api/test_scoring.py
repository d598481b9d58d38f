"""Scores over HTTP: every way to write rows gives the scores of a batch, to the last bit."""

from __future__ import annotations

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.data.convert import to_table
from standout.deploy.api.formats import ARROW_STREAM, Expected, read_table
from standout.deploy.api.limits import Limits
from standout.deploy.store.records import Role

URL = "/api/v1/streams/payments/score"


def _json_rows(rows):
    return rows.set_column(0, "at", rows["at"].cast(pa.string())).to_pylist()


def _stream(rows):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()


def _file(rows):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()


def _csv(rows):
    sink = io.BytesIO()
    pyarrow.csv.write_csv(rows, sink)
    return sink.getvalue()


def bodies(rows):
    records = _json_rows(rows)
    columns = {name: [r[name] for r in records] for name in rows.column_names}
    return {
        "array": (json.dumps(records), "application/json"),
        "rows": (json.dumps({"rows": records}), "application/json; charset=utf-8"),
        "columns": (json.dumps({"columns": columns}), "application/json"),
        "lines": ("\n".join(map(json.dumps, records)), "application/x-ndjson"),
        "csv": (_csv(rows), "text/csv"),
        "stream": (_stream(rows), ARROW_STREAM),
        "file": (_file(rows), "application/vnd.apache.arrow.file"),
    }


@pytest.mark.parametrize("form", ["array", "rows", "columns", "lines", "csv", "stream", "file"])
@pytest.mark.parametrize("count", [1, 5, 1_000])
def test_every_way_to_send_rows_gives_the_scores_of_a_batch_to_the_last_bit(here, model, rows, form, count):
    table = rows.slice(0, count)
    wanted = model.score(to_table(rows.combine_chunks().to_batches()[0], model.schema, 0)[0])
    body, kind = bodies(table)[form]
    got = here.client.post(f"{URL}?layout=columns", content=body, headers={"content-type": kind} | here.as_(Role.INGEST))
    assert got.status_code == 200, got.text
    assert got.json()["scores"]["score"] == wanted.raw[:count].tolist()
    assert got.json()["scores"]["p_value"] == wanted.p_value[:count].tolist()
    assert got.json()["model"] == model.digest


def test_arrow_comes_back_where_it_is_accepted(here, model, rows):
    headers = {"content-type": ARROW_STREAM, "accept": ARROW_STREAM} | here.as_(Role.INGEST)
    got = here.client.post(URL, content=_stream(rows), headers=headers)
    table = pa.ipc.open_stream(got.content).read_all()
    wanted = model.score(to_table(rows.combine_chunks().to_batches()[0], model.schema, 0)[0])
    assert np.array_equal(table["score"].to_numpy(), wanted.raw)
    assert json.loads(table.schema.metadata[b"standout"])["stream"] == "payments"


def test_one_object_alone_is_one_row(here):
    got = here.client.post(URL, json={"amount": 12.5}, headers=here.as_(Role.INGEST)).json()
    assert got["count"] == 1
    assert {f["code"] for f in got["findings"]} == {"column-absent"}


def test_reasons_come_in_the_order_of_the_rows(here):
    strange = [{"amount": 1e6, "country": "DE"}, {"amount": 50.0, "distance_km": 1e6}]
    got = here.client.post(URL.replace("score", "explain"), json=strange, headers=here.as_(Role.VIEW)).json()
    assert [r["columns"][0]["column"] for r in got["reasons"]] == ["amount", "distance_km"]


def test_a_reason_says_what_would_bring_a_row_under_a_limit(here):
    row = [{"at": "2026-03-01T00:00:00", "amount": 1e6, "distance_km": 8.0, "country": "DE", "online": True}]
    scored = here.client.post(URL, json=row, headers=here.as_(Role.VIEW)).json()["scores"][0]["score"]
    url = f"{URL.replace('score', 'explain')}?limit={0.95 * scored}"
    got = here.client.post(url, json=row, headers=here.as_(Role.VIEW)).json()["reasons"][0]["counterfactual"]
    assert got["found"]
    assert got["score"] < got["limit"] < scored
    assert [c["column"] for c in got["changes"]] == ["amount"]


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=8), st.sampled_from(["1,5", "12", " 7 ", "DE", "2026-03-01", "true", "NA", ""]),
)  # fmt: skip


@given(
    st.lists(st.fixed_dictionaries({"amount": VALUES, "country": VALUES, "online": VALUES, "at": VALUES}), min_size=1, max_size=4)
)
@settings(max_examples=150, deadline=None)
def test_rows_that_arrow_reads_are_the_rows_that_are_read_one_by_one(model, records):
    from standout.deploy.api.formats import json_body

    expected = Expected(model.schema, "event_id", Limits())
    # the same rows, often enough that Arrow is tried
    many = records * (1 + json_body.FEW // 20)
    fast = read_table(json.dumps(many).encode(), "application/json", expected)
    slow = json_body.table_of(records, expected)
    n = len(records)
    a, _ = to_table(fast.slice(0, n).combine_chunks().to_batches()[0], model.schema, 0)
    b, _ = to_table(slow.combine_chunks().to_batches()[0], model.schema, 0)
    for one, other in zip(a.columns, b.columns, strict=True):
        assert [one.at(i) for i in range(n)] == [other.at(i) for i in range(n)]
