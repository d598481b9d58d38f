"""Rows taken in over HTTP: receipts, traces, and what people do about alerts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from standout.deploy.api.formats import ARROW_STREAM
from standout.deploy.store.records import Alert, Incident, Kind, Message, Outcome, Role, Sending

ROWS = "/api/v1/streams/payments/rows"
STRANGE = {"at": "2026-03-02T00:00:00", "amount": 1e6, "distance_km": 1e5, "country": "DE", "online": True}

WRONG_POLICIES = (
    {"part": "per-dya"},
    {"part": "level", "level": 7},
    {"part": "level", "level": 10**400},
    {"part": ["level"]},
    {"alerts": 2},
    {"part": "strongest"},
)


@pytest.fixture
def alert(service) -> int:
    """An alert in an incident, with a message that could not be sent."""
    now = datetime.now(UTC)
    with service.store.writing() as unit:
        incident = unit.incidents.add(Incident("payments", "card-9", "amount", "amount is <b>high</b>", now, now))
        made = Alert("payments", Kind.ROW, now, "=cmd|' /C calc'!A0", Outcome.NOTIFIED, entity="card-9", because="amount",
                     values={"amount": float("nan"), "note": "<script>alert(1)</script>"}, incident=incident)  # fmt: skip
        (number,) = unit.alerts.add([made])
        unit.outbox.add([Message(f"key-{number}", "ops", "t", "b", now, incident, state=Sending.DEAD, error="no answer")])
    return number


def test_a_row_is_acknowledged_with_where_its_way_ended_and_its_trace_can_be_read(here):
    row = {**STRANGE, "event_id": "first", "amount": 30.0, "distance_km": 9.0}
    got = here.client.post(ROWS, json=[row], headers=here.as_(Role.INGEST))
    assert got.status_code == 200, got.text
    assert got.json()["rows"][0]["event_id"] == "first"
    again = here.client.post(ROWS, json=[row], headers=here.as_(Role.INGEST)).json()
    assert again["counts"] == {"duplicate": 1}
    why = here.client.get("/api/v1/why/payments/first", headers=here.as_(Role.VIEW)).json()
    assert why["outcome"] == got.json()["rows"][0]["outcome"]
    assert [s["name"] for s in why["stages"]][:2] == ["came", "read"]


def test_a_row_that_cannot_be_read_is_rejected_alone_and_the_others_are_taken(here):
    rows = [{**STRANGE, "event_id": "good"}, {"nothing": "known"}, 17]
    got = here.client.post(ROWS, json=rows, headers=here.as_(Role.INGEST)).json()
    assert got["counts"]["rejected"] == 2
    assert "none of the columns" in got["rows"][1]["rejected"]


@pytest.mark.parametrize("layout", ["rows", "columns", "summary"])
def test_receipts_of_many_rows_come_in_the_form_that_is_asked_for(here, rows, layout):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    headers = {"content-type": ARROW_STREAM} | here.as_(Role.INGEST)
    got = here.client.post(f"{ROWS}?layout={layout}", content=sink.getvalue().to_pybytes(), headers=headers).json()
    assert sum(got["counts"].values()) == len(rows)
    shown = {"rows": lambda: len(got["rows"]), "columns": lambda: len(got["rows"]["outcome"]), "summary": lambda: len(rows)}
    assert shown[layout]() == len(rows)
    back = here.client.post(ROWS, content=sink.getvalue().to_pybytes(), headers={**headers, "accept": ARROW_STREAM})
    table = pa.ipc.open_stream(back.content).read_all()
    assert table.column_names == ["event_id", "outcome", "severity"]


def test_alerts_are_found_by_what_they_are_and_shown_as_they_are(here, alert):
    got = here.client.get(f"/api/v1/alerts/{alert}", headers=here.as_(Role.VIEW)).json()
    assert (got["outcome"], got["values"]["amount"]) == ("notified", None)
    assert got["values"]["note"] == "<script>alert(1)</script>"
    page = here.client.get("/api/v1/alerts?limit=1&entity=card-9&outcome=notified", headers=here.as_(Role.VIEW)).json()
    assert [a["id"] for a in page["items"]] == [alert]
    none = here.client.get("/api/v1/alerts/count?entity=nobody", headers=here.as_(Role.VIEW)).json()
    assert none == {"count": 0}
    wrong = here.client.get("/api/v1/alerts?entitty=card-9", headers=here.as_(Role.VIEW))
    assert (wrong.status_code, "entitty" in wrong.json()["what"]) == (422, True)


def test_an_incident_is_acknowledged_and_closed_in_the_name_of_the_key(here, alert):
    number = here.client.get(f"/api/v1/alerts/{alert}", headers=here.as_(Role.VIEW)).json()["incident"]
    for act, status in (("acknowledge", "acknowledged"), ("close", "closed")):
        assert here.client.post(f"/api/v1/incidents/{number}/{act}", headers=here.as_(Role.ACT)).status_code == 200
        got = here.client.get(f"/api/v1/incidents/{number}", headers=here.as_(Role.VIEW)).json()
        assert (got["status"], got["owner"]) == (status, "test act")
    log = here.client.get("/api/v1/audit?who=test act", headers=here.as_(Role.VIEW)).json()
    assert log["items"][0]["detail"] == {"incident": number}
    assert here.client.post("/api/v1/incidents/999999/close", headers=here.as_(Role.ACT)).status_code == 404


@pytest.mark.usefixtures("alert")
def test_a_message_that_could_not_be_sent_is_sent_again_by_hand_once(here):
    dead = here.client.get("/api/v1/outbox?state=dead", headers=here.as_(Role.VIEW)).json()["items"][0]
    assert dead["error"] == "no answer"
    assert here.client.post(f"/api/v1/outbox/{dead['id']}/resend", headers=here.as_(Role.ACT)).status_code == 200
    again = here.client.post(f"/api/v1/outbox/{dead['id']}/resend", headers=here.as_(Role.ACT))
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_silences_and_calendars_are_made_and_ended(here):
    silence = {"match": {"entity": "card-9"}, "reason": "moving", "lasts": 60}
    made = here.client.post("/api/v1/silences", json=silence, headers=here.as_(Role.ACT))
    assert (made.status_code, made.json()["owner"]) == (201, "test act")
    assert here.client.post(f"/api/v1/silences/{made.json()['id']}/lift", headers=here.as_(Role.ACT)).status_code == 200
    assert here.client.get("/api/v1/silences", headers=here.as_(Role.VIEW)).json()["items"][0]["lifted"]
    starts = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    event = {
        "name": "backup",
        "match": {"stream": "payments"},
        "starts": starts,
        "lasts": 3600,
        "repeats": "daily",
        "zone": "Europe/Berlin",
    }
    made = here.client.post("/api/v1/calendars", json=event, headers=here.as_(Role.ACT))
    assert made.status_code == 201, made.text
    assert here.client.post(f"/api/v1/calendars/{made.json()['id']}/end", headers=here.as_(Role.ACT)).status_code == 200
    wrong = here.client.post("/api/v1/calendars", json={**event, "zone": "Mars/Base"}, headers=here.as_(Role.ACT))
    assert wrong.status_code == 422


def test_a_label_is_previewed_given_and_undone(here):
    rows = [{**STRANGE, "event_id": "odd"}]
    given = here.client.post(ROWS, json=rows, headers=here.as_(Role.INGEST)).json()["rows"][0]
    assert given["outcome"] in ("notified", "grouped"), given
    verdict = {"alert": given["alert"], "verdict": "false", "reason": "a test card"}
    tried = here.client.post("/api/v1/labels/preview", json=verdict, headers=here.as_(Role.VIEW))
    assert tried.status_code == 200, tried.text
    assert "would" in tried.json()["sentence"].lower()
    made = here.client.post("/api/v1/labels", json=verdict, headers=here.as_(Role.ACT))
    assert (made.status_code, made.json()["by"]) == (201, "test act"), made.text
    assert here.client.get(f"/api/v1/alerts/{given['alert']}", headers=here.as_(Role.VIEW)).json()["verdict"] == "false"
    number = made.json()["id"]
    assert here.client.post(f"/api/v1/labels/{number}/undo", headers=here.as_(Role.ACT)).status_code == 200
    listed = here.client.get("/api/v1/labels", headers=here.as_(Role.VIEW)).json()["items"][0]
    assert (listed["id"], listed["undone_by"]) == (number, "test act")
    missing = {**verdict, "alert": 10**6}
    assert here.client.post("/api/v1/labels", json=missing, headers=here.as_(Role.ACT)).status_code == 404


def test_a_budget_is_read_tried_and_changed(here):
    url = "/api/v1/streams/payments/policy"
    assert here.client.get(url, headers=here.as_(Role.VIEW)).json()["policy"]["part"] == "per-rows"
    tried = here.client.post(
        f"{url}/replay", json={"policy": {"part": "per-day", "alerts": 2}, "days": 7}, headers=here.as_(Role.VIEW)
    )
    assert tried.status_code == 200, tried.text
    assert tried.json()["promise"] == "at most 2 alerts a day"
    changed = here.client.request("PUT", url, json={"policy": {"part": "level", "level": 0.001}}, headers=here.as_(Role.ACT))
    assert changed.status_code == 200, changed.text
    assert here.client.get(url, headers=here.as_(Role.VIEW)).json()["policy"]["level"] == 0.001
    json_headers = {"content-type": "application/json"} | here.as_(Role.ACT)
    for wrong in WRONG_POLICIES:
        got = here.client.request("PUT", url, content=json.dumps({"policy": wrong}), headers=json_headers)
        assert got.status_code == 422, (wrong, got.text)


def test_a_model_tells_what_it_is_made_of(here, service, model):
    got = here.client.get("/api/v1/streams/payments/model", headers=here.as_(Role.VIEW)).json()
    assert got["digest"] == service.streams["payments"].model.digest
    assert {c["name"] for c in got["columns"]} == set(model.schema.names)
    listed = here.client.get("/api/v1/streams", headers=here.as_(Role.VIEW)).json()
    assert [s["name"] for s in listed] == ["payments"]
    assert here.client.get("/api/v1/streams/nothing", headers=here.as_(Role.VIEW)).status_code == 404


@pytest.mark.usefixtures("alert")
def test_alerts_are_exported_and_a_spreadsheet_runs_nothing_of_them(here):
    got = here.client.get("/api/v1/export/alerts?stream=payments", headers=here.as_(Role.VIEW))
    assert got.status_code == 200, got.text
    assert got.headers["content-disposition"] == 'attachment; filename="alerts.csv"'
    assert "'=cmd|" in got.text
    lines = here.client.get("/api/v1/export/alerts?format=jsonl", headers=here.as_(Role.VIEW)).text.splitlines()
    assert any(json.loads(line)["sentence"].startswith("=cmd") for line in lines)
    nothing = here.client.get("/api/v1/export/rows?stream=../../etc/passwd", headers=here.as_(Role.VIEW))
    assert nothing.status_code == 422


def test_a_verdict_shows_its_effect_is_given_and_is_taken_back(here, alert):
    act, view = here.as_(Role.ACT), here.as_(Role.VIEW)
    asked = {"alert": alert, "verdict": "false", "reason": "<b>a test</b>"}
    effect = here.client.post("/api/v1/labels/preview", json=asked, headers=view).json()
    assert effect["confirmed"] == 0
    assert "of the last 30 days and 0 confirmed ones" in effect["sentence"]
    given = here.client.post("/api/v1/labels", json=asked, headers=act)
    assert given.status_code == 201, given.text
    label = given.json()
    assert (label["verdict"], label["reason"], label["acts"]) == ("false", "<b>a test</b>", True)
    other = here.client.post("/api/v1/labels", json={**asked, "verdict": "true"}, headers=act)
    assert (other.status_code, other.json()["code"]) == (422, "parameter")
    assert here.client.post(f"/api/v1/labels/{label['id']}/undo", headers=act).status_code == 200
    listed = here.client.get("/api/v1/labels", headers=view).json()["items"]
    assert listed[0]["undone_by"] == "test act"
    assert here.client.post("/api/v1/labels", json={**asked, "alert": 10**9}, headers=act).status_code == 404


def test_a_challenger_is_asked_for_compared_and_goes(here, rows):
    act, view, url = here.as_(Role.ACT), here.as_(Role.VIEW), "/api/v1/streams/payments/challenger"
    assert here.client.get(url, headers=view).status_code == 404
    assert here.client.post(f"{url}/promote", headers=act).json()["code"] == "parameter"
    here.service.take("payments", rows)
    assert here.client.post(url, headers=act).status_code == 202
    here.service._contest.wait("payments", 120)
    here.service.take("payments", rows.slice(0, 100))
    seen = here.client.get(url, headers=view).json()
    assert seen["rows"] == 100
    assert seen["sentence"].startswith("Of 100 rows")
    assert here.client.post(f"{url}/dismiss", headers=act).status_code == 200
    assert here.client.get(url, headers=view).status_code == 404
    assert here.client.post(f"{url}/take-back", headers=act).status_code == 422
