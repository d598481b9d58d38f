"""Every curl line of docs/api.md is answered with success, in the order of the page, by a model of the data that the page names."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pyarrow.csv
from served_here import SECRETS, served

from standout.data.examples import make
from standout.deploy.live.service import Service
from standout.deploy.live.settings import Settings
from standout.deploy.store.records import Role
from standout.detect.isolation_forest import IsolationForest
from standout.flow import run
from standout.goal.goal import Goal

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
BEGINS = "http://127.0.0.1:8000"


def lines() -> list[str]:
    return [block for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL) if block.startswith("curl")]


def asked(line: str, file: bytes) -> tuple[str, str, dict[str, str], bytes | None]:
    """Method, address, headers and body of a curl line, with the key and the file put in."""
    words = iter(shlex.split(line.replace("$KEY", SECRETS[Role.ACT]).replace("\\\n", " "))[1:])
    method, url, headers, body = "", "", {}, None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word in ("-d", "--data-binary"):
            told = next(words)
            body = file if told == "@new.csv" else told.encode()
        else:
            assert word.startswith(BEGINS), f"{word} is no part of a curl line that is known here"
            url = word.removeprefix(BEGINS)
    return method or ("GET" if body is None else "POST"), url, headers, body


def test_the_curl_lines_of_the_page_do_what_they_say(tmp_path):
    table = make("payments", 1_000, seed=0)
    made = run(table, Goal(alerts_per_10000_rows=20, label="fraud"), detector=IsolationForest(trees=32)).model
    made.save(tmp_path / "payments.standout")
    file = io.BytesIO()
    pyarrow.csv.write_csv(table.slice(0, 50), file)
    assert len(lines()) >= 15
    settings = Settings(models=(f"payments={tmp_path}/payments.standout",), store=f"sqlite:///{tmp_path}/live.db")
    with Service.open(settings) as service:
        here = served(service)
        try:
            for line in lines():
                method, url, headers, body = asked(line, file.getvalue())
                answer = here.client.request(method, url, headers=headers, content=body)
                assert answer.status_code in (200, 201), f"{line}{answer.text}"
                assert "column-absent" not in answer.text or "/score" in url or "/explain" in url, line
        finally:
            here.client.close()
