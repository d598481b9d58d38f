"""What the description of the API and its page say, and that the server keeps to it."""

from __future__ import annotations

import copy
import re
import shlex
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from served_here import SECRETS, Served, served

from standout.deploy.api.problems import CODES, STATUSES
from standout.deploy.store.records import Role

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
SETTINGS = settings(
    max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture(scope="module")
def document(here: Served) -> dict:
    return here.client.get("/api/v1/openapi.json").json()


def operations(document: dict):
    return [(m, p, o) for p, found in document["paths"].items() for m, o in found.items()]


def test_every_operation_says_what_it_does_and_has_a_name_that_stays(document):
    for method, path, operation in operations(document):
        assert operation["tags"], path
        assert operation["summary"], path
        assert operation["description"], path
        assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"]), (method, path)
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])
        for status in ("401", "403", "413", "422", "429", "503"):
            assert operation["responses"][status]["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
    names = [o["operationId"] for _, _, o in operations(document)]
    assert len(set(names)) == len(names)


def test_every_field_is_described(document):
    for name, shape in document["components"]["schemas"].items():
        assert "standout__" not in name, "two shapes of one name"
        for field, told in shape.get("properties", {}).items():
            assert told.get("description"), f"{name}.{field}"


def test_the_server_keeps_to_its_description_whatever_it_is_sent(here, document):
    """Requests that the description allows and that it does not, made by schemathesis."""
    told = copy.deepcopy(document)
    for _, _, operation in operations(told):
        operation.pop("security", None)  # the keys of the test are given below
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "stream" and parameter["in"] == "path":
                parameter["schema"] = {"enum": ["payments", "payments", "nothing"]}
    for found in schemathesis.openapi.from_dict(told).get_all_operations():
        _hold(here, found.ok())


def _hold(here: Served, operation) -> None:
    @SETTINGS
    @given(operation.as_strategy())
    def asked(case) -> None:
        how = case.as_transport_kwargs(base_url="http://testserver")
        how.pop("cookies", None)
        if "data" in how:
            how["content"] = how.pop("data")
        how["headers"] = dict(how["headers"]) | here.as_(Role.ACT)
        got = here.client.request(how.pop("method"), how.pop("url"), **how)
        case.validate_response(got, checks=CHECKS)

    asked()


def _table(heading: str) -> list[list[str]]:
    part = PAGE.split(heading, 1)[1].split("\n## ", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("| `")]


def test_the_page_has_every_problem_with_its_status():
    told = {code: int(row[1]) for row in _table("## When something is wrong") for code in re.findall(r"`([a-z-]+)`", row[0])}
    there = {k.code: k.status for k in CODES}
    for kind, status in STATUSES.items():
        there |= {k.code: status for k in (kind, *kind.__subclasses__())}
    assert told == there


def test_the_page_has_every_metric_and_every_metric_is_there(here):
    told = {row[0].strip("`"): set(filter(None, row[1].split(", "))) for row in _table("## Metrics")}
    here.client.post("/api/v1/streams/payments/score", json={"amount": 1}, headers=here.as_(Role.INGEST))
    text = here.client.get("/metrics", headers=here.as_(Role.VIEW)).text
    there = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    assert set(told) == set(there)
    for line in text.splitlines():
        found = re.match(r"(\w+?)(?:_bucket|_sum|_count)?\{(.*)\}", line)
        if found:
            labels = set(re.findall(r'(\w+)="', found[2])) - {"le"}
            assert labels <= told.get(found[1], told.get(f"{found[1]}", set())), line


EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE, re.S)


@pytest.fixture(scope="module")
def there(service, rows, tmp_path_factory) -> Served:
    import pyarrow.csv

    made = served(service)
    made.folder = tmp_path_factory.mktemp("curl")
    pyarrow.csv.write_csv(rows.slice(0, 3), made.folder / "new.csv")
    yield made
    made.client.close()


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_curl_example_of_the_page_works(there, example):
    words = shlex.split(example.replace("$KEY", SECRETS[Role.ACT]).replace("\\\n", " "))
    assert words[0] == "curl"
    method, headers, content, url = "GET", {}, None, ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word in ("-d", "--data-binary"):
            value = next(rest)
            content = (there.folder / value[1:]).read_bytes() if value.startswith("@") else value.encode()
            method = "POST" if method == "GET" else method
        elif word == "-X":
            method = next(rest)
        else:
            url = word
    got = there.client.request(method, url, headers=headers, content=content)
    assert got.status_code in (200, 201), got.text
