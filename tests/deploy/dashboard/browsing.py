"""A browser's page that keeps what went wrong, for journeys."""

from __future__ import annotations

from typing import Any

import pytest

PATIENCE = 20_000
PROBES = ("_stcore/health", "_stcore/host-config")
"""Streamlit's page looks for its server below its own address first; those answers of 404 are no error."""


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

    def press_until_gone(self, key: str, text: str) -> None:
        """As `press_until`, until a text is there no more."""
        for _ in range(40):
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(500)
            if not self.page.get_by_text(text).count():
                return
        pytest.fail(f"{key} did not take away: {text}")

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name).first

    def fits(self) -> None:
        """Nothing is wider than the screen."""
        wide, screen = self.page.evaluate(
            "(() => { const m = document.querySelector('[data-testid=stMain]');"
            " return [Math.max(m.scrollWidth, document.documentElement.scrollWidth), m.clientWidth] })()"
        )
        assert wide <= screen
