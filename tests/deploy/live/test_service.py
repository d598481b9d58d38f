"""The service from outside: what is taken in, what is answered, and what a restart leaves as it was."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pyarrow as pa
import pytest
import watched

from standout.calibrate.policies.level import Level
from standout.calibrate.policies.strongest import Strongest
from standout.core.errors import ClosedError, ParameterError, ParameterTypeError, QueueFullError, SchemaError, UnknownNameError
from standout.core.live import Live
from standout.deploy.live.answers import NewSilence
from standout.deploy.store.records import Outcome, Status

DETECTORS = [
    ("ecod", {}),
    ("isolation-forest", {"trees": 20}),
    ("nearest-windows", {"window": 4}),
    ("subsequence-pca", {"window": 4}),
    ("left-profile", {"shortest": 2, "lengths": 2, "memory": 50}),
]
CUTS = [[200], [1] * 20 + [180], [7, 93, 1, 99], [50, 50, 50, 50]]


def pieces(rows, sizes):
    at = 0
    for size in sizes:
        yield rows.take(np.arange(at, at + size))
        at += size


@pytest.mark.parametrize(("name", "params"), DETECTORS)
@pytest.mark.parametrize("sizes", CUTS, ids=str)
def test_scores_are_those_of_a_batch_whatever_the_pieces(tmp_path, name, params, sizes):
    made, rows = watched.model(name, **params), watched.table(200, seed=5, odd=(150,))
    asked = made.score(rows)
    with watched.service(tmp_path, made) as service:
        got = [service.take("pumps", watched.mappings(p) if len(p) < 10 else watched.arrow(p)) for p in pieces(rows, sizes)]
        severity = np.concatenate([r.severity for r in got])
        with service.store.reading() as unit:
            alerts = unit.alerts.page().items
        again = service.score("pumps", watched.arrow(rows))
    assert np.array_equal(severity, asked.severity)
    assert np.array_equal(again.raw, asked.raw)
    below = asked.p_value <= 0.005
    if made.detector.part.kind == "sequence":  # of each event one row, whatever the pieces, and the others are told as part of it
        live = Live(made, learn=False)
        told = live.alarms(rows, live.step(rows))
        assert 0 < told.sum() < below.sum()
        same = np.concatenate([r.outcomes for r in got]) == Outcome.SAME_EVENT
        assert (told | same)[below].all()
        below = told
    assert {a.score for a in alerts if a.event_id} == set(asked.raw[below].tolist())


def test_a_row_sent_twice_is_taken_in_once(tmp_path):
    rows = watched.table(4)
    with watched.service(tmp_path) as service:
        first = service.take("pumps", watched.mappings(rows, ["a", "b", "a", "c"]))
        second = service.take("pumps", watched.arrow(rows, ["x", "b", "c", "y"]))
        assert [Outcome(o).name for o in first.outcomes] == ["ORDINARY", "ORDINARY", "DUPLICATE", "ORDINARY"]
        assert second.counts == {"duplicate": 2, "ordinary": 2}
        third = service.take("pumps", watched.mappings(rows.take(np.array([0])), ["a"]))
        assert (third.batch, third.counts) == (0, {"duplicate": 1})
        with service.store.reading() as unit:
            assert unit.journal.rows("pumps") == 5


def test_many_senders_at_once_get_each_the_receipt_of_their_own_rows(tmp_path):
    rows, receipts = watched.table(300, odd=(77,)), {}
    listed = watched.mappings(rows, [f"e{i}" for i in range(300)])
    with watched.service(tmp_path) as service:

        def send(first):
            for i in range(first, 300, 6):
                receipts[i] = service.take("pumps", [listed[i]])

        threads = [threading.Thread(target=send, args=(k,)) for k in range(6)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        scored = service.score("pumps", watched.arrow(rows))
    assert [receipts[i].ids[0] for i in range(300)] == [f"e{i}" for i in range(300)]
    assert np.array_equal([receipts[i].severity[0] for i in range(300)], scored.severity)
    assert receipts[77].alerts
    assert Outcome(receipts[77].outcomes[0]) is Outcome.NOTIFIED


HOSTILE = [
    ([], "a list"), ("text", "text"), (None, "nothing"), ({}, "none of the columns"), ({"flow": 1, "event_id": [1]}, "event_id"),
    ({"flow": 1, "event_id": "x" * 201}, "longer"), ({"flow": 1, "mode": "x" * 70_000}, "letters"), ({"mode": "\ud800"}, "Unicode"),
    ({str(i): 1 for i in range(3_000)}, "columns"),
]  # fmt: skip


def test_what_cannot_be_read_is_rejected_alone_with_a_reason(tmp_path):
    good = watched.mappings(watched.table(1))[0]
    with watched.service(tmp_path) as service:
        receipt = service.take("pumps", [good, *(row for row, _ in HOSTILE), good])
        assert receipt.counts == {"rejected": len(HOSTILE), "ordinary": 2}
        for i, (_, said) in enumerate(HOSTILE, 1):
            assert said in receipt.rejected[i]
        trace = service.why("pumps", receipt.ids[1])
        assert (trace.outcome, trace.stages[-1].name) == (Outcome.REJECTED, "read")
        assert receipt.severity[0] == receipt.severity[-1] == service.score("pumps", watched.arrow(watched.table(1))).severity[0]


def test_what_are_no_rows_at_all_is_refused_at_once(tmp_path):
    with watched.service(tmp_path) as service:
        for wrong in ("text", {"flow": 1}, 5, None):
            with pytest.raises(ParameterTypeError):
                service.submit("pumps", wrong)
        with pytest.raises(SchemaError):
            service.submit("pumps", pa.table({"other": [1]}))
        with pytest.raises(UnknownNameError, match="pumps"):
            service.submit("pump", [])
        assert len(service.take("pumps", [])) == 0
    with pytest.raises(ClosedError):
        service.submit("pumps", [{"flow": 1.0}])


def test_a_full_queue_says_so(tmp_path):
    with watched.service(tmp_path, queue=10) as service, pytest.raises(QueueFullError, match="10"):
        service.submit("pumps", watched.arrow(watched.table(11)))


def test_a_restart_goes_on_as_if_nothing_had_been(tmp_path):
    rows = watched.table(300, seed=9, odd=(250,))
    made = watched.model("nearest-windows", window=4)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with watched.service(tmp_path / "a", made) as service:
        whole = np.concatenate([service.take("pumps", watched.arrow(p)).severity for p in pieces(rows, [100, 100, 100])])
        counts = service.health().streams["pumps"].counts
    parts = []
    for piece in pieces(rows, [100, 100, 100]):
        with watched.service(tmp_path / "b", made) as service:
            parts.append(service.take("pumps", watched.arrow(piece)).severity)
    with watched.service(tmp_path / "b", made) as service:
        assert service.health().streams["pumps"].counts == counts
    assert np.array_equal(np.concatenate(parts), whole)


def test_every_stage_of_a_row_is_told(tmp_path):
    rows = watched.table(100, odd=(40, 80))
    with watched.service(tmp_path, watched.model(explained=True), channels=("ops=json://127.0.0.1:9",)) as service:
        receipt = service.take("pumps", watched.arrow(rows))
        told, calm = service.why("pumps", receipt.ids[40]), service.why("pumps", receipt.ids[41])
        with service.store.reading() as unit:
            messages = unit.outbox.page().items
            alert = unit.alerts.get(receipt.alerts[40])
    assert [s.name for s in told.stages] == [
        "came",
        "read",
        "score",
        "policy",
        "label",
        "calendar",
        "silence",
        "incident",
        "notify",
    ]
    assert (calm.outcome, calm.stages[-1].name, calm.stages[-1].passed) == (Outcome.ORDINARY, "policy", False)
    assert alert.values["pump"] == alert.entity == "p1"
    assert "flow above" in alert.because.split("; ")
    assert "flow" in alert.sentence
    assert told.incident in {m.incident for m in messages}
    with watched.service(tmp_path) as service, pytest.raises(UnknownNameError):
        service.why("pumps", "never")


def test_a_silence_hides_what_matches_and_counts_it(tmp_path):
    with watched.service(tmp_path, watched.model(explained=True)) as service:
        silence = service.silence(NewSilence({"entity": "p1"}, "anna", "repairs", 3_600.0))
        receipt = service.take("pumps", watched.arrow(watched.table(100, odd=(40, 41))))
        assert Outcome(receipt.outcomes[40]) is Outcome.SILENCED
        assert Outcome(receipt.outcomes[41]) is Outcome.NOTIFIED
        assert "anna" in service.why("pumps", receipt.ids[40]).sentence
        service.lift(silence.id, "anna")
        receipt = service.take("pumps", watched.arrow(watched.table(100, odd=(40, 41))))
        assert Outcome(receipt.outcomes[40]) is not Outcome.SILENCED
        with service.store.reading() as unit:
            assert unit.silences.get(silence.id).hidden == 1
            assert Counter(e.what for e in unit.audit.page().items) == {"silence made": 1, "silence lifted": 1}
        with pytest.raises(ParameterError, match="everything"):
            service.silence(NewSilence({}, "anna", "", 60.0))


def test_a_policy_changes_at_once_and_stays_after_a_restart(tmp_path):
    rows = watched.arrow(watched.table(200))
    with watched.service(tmp_path) as service:
        few = len(service.take("pumps", rows).alerts)
        service.set_policy("pumps", Level(level=0.2), "anna")
        many = len(service.take("pumps", rows).alerts)
        assert few < 10 < many
        with pytest.raises(ParameterError, match="all rows at once"):
            service.set_policy("pumps", Strongest(), "anna")
        with pytest.raises(ParameterError, match="who"):
            service.set_policy("pumps", Level(), "")
        assert service.streams["pumps"].policy == Level(level=0.2)
        assert service.replay("pumps", Level(level=0.2), 1e5).alerts == 2 * many
    with watched.service(tmp_path) as service:
        assert service.streams["pumps"].policy == Level(level=0.2)
        assert len(service.take("pumps", rows).alerts) == many


def test_an_incident_is_acknowledged_closed_and_told_again_when_it_goes_on(tmp_path):
    with watched.service(tmp_path, watched.model(explained=True)) as service:
        first = service.take("pumps", watched.arrow(watched.table(60, odd=(30, 33, 36))))
        assert [Outcome(first.outcomes[i]).name for i in (30, 33, 36)] == ["NOTIFIED", "GROUPED", "GROUPED"]
        number = service.why("pumps", first.ids[30]).incident
        service.acknowledge(number, "anna")
        service.close_incident(number, "anna")
        again = service.take("pumps", watched.arrow(watched.table(60, odd=(30, 33))))
        assert [Outcome(again.outcomes[i]).name for i in (30, 33)] == ["NOTIFIED", "GROUPED"]
        with service.store.reading() as unit:
            incident = unit.incidents.get(number)
        assert (incident.alerts, incident.status) == (5, Status.OPEN)


def test_each_incident_reaches_each_channel_once_with_its_sentence(tmp_path):
    got = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    channel = f"ops=json://127.0.0.1:{server.server_port}/"
    rows = watched.arrow(watched.table(60, odd=(30, 33, 36)), [f"e{i}" for i in range(60)])
    with watched.service(tmp_path, watched.model(explained=True), channels=(channel,), public_url="http://here") as service:
        service.take("pumps", rows)
        service.take("pumps", rows)
        deadline = time.monotonic() + 60
        while "was sent" not in service.why("pumps", "e30").sentence and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "sent to ops at" in service.why("pumps", "e30").sentence
    server.shutdown()
    server.server_close()
    (message,) = got
    assert "flow" in message["message"]
    assert "http://here/?incident=1" in message["message"]
