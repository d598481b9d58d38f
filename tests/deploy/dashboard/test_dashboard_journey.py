"""A person at the dashboard, in a real browser: sees an alert, judges it by button and by key, takes it back, and moves the budget."""

from __future__ import annotations

import os
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

from standout.deploy.store.records import Status
from standout.deploy.store.store import Store

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright to drive a browser")

HERE = Path(__file__).parent
CHROMIUM = Path(os.environ.get("STANDOUT_CHROMIUM", "/usr/bin/chromium"))
PATIENCE = 20_000
PROBES = ("_stcore/health", "_stcore/host-config")
"""Streamlit's page looks for its server below its own address first; those answers of 404 are no error."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"there is no {CHROMIUM}: scripts/system-packages installs it")
        pytest.skip(f"there is no {CHROMIUM}: install Chromium, or name one in STANDOUT_CHROMIUM")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield launched
        launched.close()


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


class Watched:
    """A page that keeps what went wrong: errors on the console, and requests to anywhere else."""

    def __init__(self, browser: Any, address: str, width: int, height: int, scheme: str) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.page.set_default_timeout(PATIENCE)
        self.address, self.wrong = address, []
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else self.wrong.append(r.url))
        self.page.on("response", self._answered)
        self.page.on("console", self._said)

    def _said(self, message: Any) -> None:
        if message.type == "error" and "status of 404" not in message.text:
            self.wrong.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and not response.url.endswith(PROBES):
            self.wrong.append(f"{response.status} {response.url}")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}/{path}")
        self.settled()

    def settled(self) -> None:
        """Wait until the page was run to its end."""
        self.page.locator("footer.under").wait_for()
        self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()

    def press_until(self, key: str, text: str) -> None:
        """Press a key until a text is there: the first second after a page was drawn, nobody listens to keys yet."""
        for _ in range(40):
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(500)
            if self.page.get_by_text(text).count():
                return
        pytest.fail(f"{key} did not bring: {text}")

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name).first

    def fits(self) -> None:
        """Nothing is wider than the screen."""
        wide, screen = self.page.evaluate(
            "(() => { const m = document.querySelector('[data-testid=stMain]');"
            " return [Math.max(m.scrollWidth, document.documentElement.scrollWidth), m.clientWidth] })()"
        )
        assert wide <= screen


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
    watched.page.keyboard.press("Escape")
    watched.page.get_by_text("Looked at, and not known.").wait_for(state="detached")
    watched.page.keyboard.press("t")
    watched.sees("It was right to tell")
    watched.page.keyboard.press("Enter")
    watched.sees("is marked as true alarm")
    watched.page.keyboard.press("z")
    watched.sees("The verdict was taken back")
    watched.page.keyboard.press("w")
    watched.sees("No silence matched it.")
    if watched.page.get_by_role("button", name="Back to the list").is_visible():
        watched.button("Back to the list").click()  # on a phone
    watched.page.get_by_text("Hidden", exact=True).first.click()
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
