"""Each route, tried with every role: none is open that should not be, and a new one without a role fails here."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute

from standout.deploy.api.keys import RANK
from standout.deploy.api.roles import PUBLIC, role_of
from standout.deploy.store.records import Role

# said once more by hand: a role that is changed by mistake is seen here
ROLES = {
    "healthz": None, "readyz": None, "metrics": "view",
    "scoreRows": "ingest", "explainRows": "view", "takeRows": "ingest", "whyEvent": "view",
    "listStreams": "view", "getStream": "view", "inspectModel": "view",
    "getPolicy": "view", "setPolicy": "act", "replayPolicy": "view",
    "listAlerts": "view", "countAlerts": "view", "getAlert": "view",
    "listIncidents": "view", "getIncident": "view", "acknowledgeIncident": "act", "closeIncident": "act",
    "listLabels": "view", "previewLabel": "view", "giveLabel": "act", "undoLabel": "act",
    "compareChallenger": "view", "beginChallenger": "act", "promoteChallenger": "act", "dismissChallenger": "act",
    "takeBackPromotion": "act",
    "listSilences": "view", "makeSilence": "act", "liftSilence": "act",
    "listCalendars": "view", "expectEvent": "act", "endCalendar": "act",
    "listMessages": "view", "resendMessage": "act", "listAudit": "view", "export": "view",
}  # fmt: skip
FILLED = {"stream": "payments", "number": "1", "event_id": "none", "what": "alerts"}


def routes(front):
    return [r for r in front.api.routes if isinstance(r, APIRoute)]


def test_every_route_says_its_role_and_the_one_that_is_written_here(here):
    found = {r.operation_id: role_of(r) for r in routes(here.front)}
    assert found == {name: None if role is None else Role(role) for name, role in ROLES.items()}
    assert {r.path for r in here.front.api.routes if not isinstance(r, APIRoute)} <= PUBLIC
    described = {(r.path, *sorted(r.methods)): role_of(r) for r in routes(here.front)}
    for quick in here.front.quick:
        assert described[quick.path, quick.method] == quick.role


@pytest.mark.parametrize("given", [None, *Role])
def test_no_route_answers_a_key_of_too_small_a_role(here, given):
    for route in routes(here.front):
        needed = role_of(route)
        url = route.path.format(**FILLED)
        for method in route.methods:
            got = here.client.request(method, url, headers=here.as_(given))
            if needed is None or (given is not None and RANK[given] >= RANK[needed]):
                assert got.status_code not in (401, 403), (method, url)
            elif given is None:
                assert (got.status_code, got.json()["code"]) == (401, "not-known"), (method, url)
            else:
                assert (got.status_code, got.json()["code"]) == (403, "not-allowed"), (method, url)
                assert given.value in got.json()["what"]


def test_what_is_not_a_route_does_not_answer_without_a_key_either(here):
    for url in ("/api/v1/", "/api/v1/keys", "/api", "/api/v1/streams/payments"):
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            assert here.client.request(method, url).status_code in (401, 404, 405)
