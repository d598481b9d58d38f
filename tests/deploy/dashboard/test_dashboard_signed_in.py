"""The whole of `standout serve` in a real browser: a key opens the dashboard, the page runs under its security headers, and a way out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from browsing import Watched

from standout.deploy.store.records import Role
from standout.deploy.store.store import Store

sys.path.append(str(Path(__file__).parents[1] / "live"))  # small models, put together by hand

import watched as small


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server that asks for keys, and a key of the role act."""
    folder = tmp_path_factory.mktemp("served")
    small.model(explained=True).save(folder / "pumps.standout")
    with Store.open(str(folder / "live.db")) as store, store.writing() as unit:
        _, secret = unit.keys.make("ana", Role.ACT, datetime.now(UTC))
    command = [sys.executable, "-m", "standout", "serve", str(folder / "pumps.standout"), "--keys", "--port", "0"]
    command += ["--store", f"sqlite:///{folder}/live.db"]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        yield _address(process), secret
    finally:
        process.terminate()
        process.communicate(timeout=20)
        log.close()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:  # it ends when the server does
        if line.startswith("Dashboard"):
            return line.split()[1]
    pytest.fail("the server said no address")


def test_a_key_opens_the_dashboard_and_signing_out_closes_it(browser: Any, served: tuple[str, str]) -> None:
    address, secret = served
    page = Watched(browser, address, 1280, 900, "light")
    page.page.goto(address)
    page.page.get_by_label("API key").fill(secret)
    page.page.get_by_role("button", name="Sign in").click()
    page.settled()
    page.sees("signed in as ana")
    page.sees("Watching, and no data have come yet")
    page.open("health")
    page.sees("Models hold what they promised")
    page.page.get_by_role("link", name="sign out").click()
    page.page.get_by_label("API key").wait_for()
    page.page.goto(f"{address}/alerts")
    page.page.get_by_label("API key").wait_for()
    page.page.close()
    assert not page.wrong
