"""The short way for single events: the same answers as by the long one, whatever is sent."""

from __future__ import annotations

import json

import pytest

from standout.deploy.store.records import Role

ROW = {"at": "2026-03-02T00:00:00", "amount": 30.0, "distance_km": 9.0, "country": "DE", "online": True}
DEEP = b"[" * 40 + b"]" * 40
SENT = {
    "a row": json.dumps(ROW).encode(),
    "rows": json.dumps([ROW, {"nothing": "known"}, 17]).encode(),
    "no rows": b"[]",
    "no JSON": b"{",
    "no Unicode": b'{"amount": "\xff"}',
    "nested too deep": DEEP,
    "nothing": b"",
}
HEADERS = {
    "plain": {},
    "packed": {"content-encoding": "gzip"},
    "of another site": {"origin": "https://evil.example"},
    "of a type that is not read": {"content-type": "image/png"},
    "for Arrow": {"accept": "application/vnd.apache.arrow.stream"},
}


@pytest.fixture
def both_ways(here, monkeypatch):
    """The status and body of a request answered by the front itself, and of the same one answered by FastAPI."""

    def asked(url, body, headers, role):
        told = {"content-type": "application/json", **headers, **here.as_(role)}
        answers = []
        for quick in (here.front.quick, ()):
            monkeypatch.setattr(here.front, "quick", quick)
            got = here.client.post(url, content=body, headers=told)
            answers.append((got.status_code, got.headers.get("content-type"), got.content))
        monkeypatch.undo()
        return answers

    return asked


def without_batch(content: bytes) -> object:
    """A receipt without what differs from batch to batch."""
    try:
        document = json.loads(content)
    except ValueError:
        return len(content)
    if isinstance(document, dict):
        document.pop("batch", None)
        for row in document.get("rows") or ():
            row.pop("event_id", None)
            row.pop("alert", None)
    return document


def test_there_are_quick_ways(here):
    assert {quick.path.rpartition("/")[2] for quick in here.front.quick} == {"rows", "score"}


@pytest.mark.parametrize("verb", ["rows", "score"])
@pytest.mark.parametrize("stream", ["payments", "nothing", "a%20b"])
@pytest.mark.parametrize("sent", SENT)
def test_bodies_of_every_kind_meet_the_same_answer(both_ways, verb, stream, sent):
    (status, kind, body), long_way = both_ways(f"/api/v1/streams/{stream}/{verb}", SENT[sent], {}, Role.INGEST)
    assert (status, kind, without_batch(body)) == (*long_way[:2], without_batch(long_way[2]))
    assert status < 500


@pytest.mark.parametrize("verb", ["rows", "score"])
@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("role", [None, Role.INGEST, Role.ACT])
def test_headers_and_keys_meet_the_same_answer(both_ways, verb, headers, role):
    (status, kind, body), long_way = both_ways(f"/api/v1/streams/payments/{verb}", SENT["a row"], HEADERS[headers], role)
    assert (status, kind) == long_way[:2]
    if headers != "for Arrow":
        assert without_batch(body) == without_batch(long_way[2])


@pytest.mark.parametrize("query", ["layout=columns", "layout=none", "layout=", "layout=rows&layout=columns", "more=1"])
@pytest.mark.parametrize("verb", ["rows", "score"])
def test_a_layout_that_is_not_known_is_refused_in_three_fields(here, verb, query):
    url = f"/api/v1/streams/payments/{verb}?{query}"
    got = here.client.post(url, json=[ROW], headers=here.as_(Role.INGEST))
    assert got.status_code == (200 if query.endswith("layout=columns") else 422)
    if got.status_code == 422:
        assert got.json().keys() == {"code", "what", "hint"}


def test_a_request_of_the_short_way_is_logged_and_counted_like_any_other(here):
    got = here.client.post(
        "/api/v1/streams/payments/rows", json=[ROW], headers={**here.as_(Role.INGEST), "x-request-id": "short-1"}
    )
    assert got.status_code == 200
    lines = [json.loads(line) for line in here.log.getvalue().splitlines()]
    (line,) = (line for line in lines if line.get("id") == "short-1")
    assert (line["route"], line["status"], line["method"]) == ("/api/v1/streams/{stream}/rows", 200, "POST")
    text = here.client.get("/metrics", headers=here.as_(Role.VIEW)).text
    assert 'standout_http_requests_total{method="POST",route="/api/v1/streams/{stream}/rows",status="200"}' in text
