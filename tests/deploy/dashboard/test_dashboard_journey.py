"""A person at the dashboard, in a real browser: sees an alert, judges it by button and by key, takes it back, and moves the budget."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from browsing import Watched

from standout.deploy.store.records import Status
from standout.deploy.store.store import Store

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The dashboard on a free port, over a small week; stopped by its own process."""
    path = tmp_path_factory.mktemp("served") / "live.db"
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(HERE / "dashboard_server.py"), str(port), str(path), "0.25"])
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address, path
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        assert process.poll() is None, "the server ended"
        try:
            if httpx.get(f"{address}/_stcore/health", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail("the server did not start within 30 s")


@pytest.fixture(params=[(1280, 900, "light"), (390, 800, "dark")], ids=["desktop-light", "phone-dark"])
def watched(request: pytest.FixtureRequest, browser: Any, served: tuple[str, Path]) -> Iterator[Watched]:
    made = Watched(browser, served[0], *request.param)
    yield made
    made.page.close()
    assert not made.wrong


def open_incident(path: Path, at: int) -> int:
    """The number of an open incident about a row."""
    with Store.open(str(path)) as store, store.reading() as unit:
        return [i.id for i in unit.incidents.page(status=Status.OPEN).items if i.severity < 100][at]


def test_an_alert_is_seen_judged_by_button_and_taken_back_by_key(watched: Watched, served: tuple[str, Path]) -> None:
    watched.open("")
    watched.sees("open incidents")
    watched.fits()
    number = open_incident(served[1], 0)
    watched.open(f"?incident={number}")  # as the link in a message
    watched.sees(f"· incident {number} ·")
    watched.fits()
    watched.button("False").click()
    watched.sees("It would have hidden")
    watched.page.get_by_label("Reason", exact=True).fill("known merchant")
    watched.button("Accept").click()
    watched.sees("is marked as false alarm")
    watched.fits()
    watched.page.keyboard.press("z")
    watched.sees("The verdict was taken back")


def test_an_alert_is_judged_without_a_pointer_and_keys_rest_while_somebody_writes(
    watched: Watched, served: tuple[str, Path]
) -> None:
    watched.open(f"?incident={open_incident(served[1], 1)}")
    watched.press_until("u", "Looked at, and not known.")
    watched.press_until_gone("Escape", "Looked at, and not known.")
    watched.press_until("t", "It was right to tell")
    watched.page.keyboard.press("Enter")
    watched.sees("is marked as true alarm")
    watched.page.keyboard.press("z")
    watched.sees("The verdict was taken back")
    watched.page.keyboard.press("w")
    watched.sees("No silence matched it.")
    if watched.page.get_by_role("button", name="Back to the list").is_visible():
        watched.button("Back to the list").click()  # on a phone
    watched.page.get_by_text("Hidden", exact=True).first.click()
    watched.page.get_by_placeholder("event id").wait_for()  # the field of alerts; that of incidents is still there for a moment
    watched.page.get_by_label("Find").press_sequentially("tfx")
    watched.page.keyboard.press("Enter")
    watched.sees("Nothing fits these filters.")
    assert watched.page.get_by_text("It was right to tell").count() == 0


def test_the_budget_is_moved_and_a_silence_made(watched: Watched, served: tuple[str, Path]) -> None:
    watched.open("budget")
    watched.sees("At most 5 alerts a day")
    watched.page.get_by_role("slider").first.focus()
    watched.page.keyboard.press("ArrowRight")
    watched.sees("At most 8 alerts a day")
    watched.fits()
    watched.button("Set it: at most 8 alerts a day").click()
    watched.sees("The budget is at most 8 alerts a day")
    watched.button("Undo").click()
    watched.sees("The budget is at most 5 alerts a day")
    watched.open(f"?incident={open_incident(served[1], 2)}")
    watched.page.get_by_role("button", name="Silence this").click()
    watched.sees("It would have hidden")
    watched.page.get_by_label("Reason", exact=True).fill("planned maintenance")
    watched.page.get_by_role("button", name="Silence", exact=False).last.click()
    watched.sees("Silenced until")
    watched.fits()


def test_only_the_strip_refreshes_and_hostile_names_stay_text(watched: Watched) -> None:
    for path in ("health", "silences", "delivery"):
        watched.open(path)
        watched.fits()
        assert watched.page.locator("img[src=x]").count() == 0
    watched.open("")
    watched.page.locator(".js-plotly-plot").wait_for()
    watched.page.evaluate("document.querySelector('.js-plotly-plot').marked = true")
    was = watched.page.locator(".facts").first.inner_text()
    watched.page.wait_for_timeout(5_500)
    assert watched.page.evaluate("document.querySelector('.js-plotly-plot').marked")  # the same picture, not one drawn anew
    assert watched.page.locator(".facts").first.inner_text().split("\n")[0] == was.split("\n")[0]
