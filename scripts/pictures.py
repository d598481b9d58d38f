"""Pictures of every page of the dashboard, for eyes and for the docs: python scripts/pictures.py FOLDER [PAGE...]

Serves a made-up week on a free port and takes each page at desktop and phone width, light and dark. Needs the extra `serve`,
playwright and a Chromium (STANDOUT_CHROMIUM, else /usr/bin/chromium).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

SERVER = Path(__file__).parents[1] / "tests" / "deploy" / "dashboard" / "dashboard_server.py"
PAGES = {
    "overview": "", "alerts": "alerts", "alert": "?alert=245", "budget": "budget", "health": "health", "silences": "silences",
    "delivery": "delivery", "record": "record",
}  # fmt: skip  # name and address
SIZES = {"desktop": (1280, 860), "phone": (390, 780)}
TALLEST = 3_000


def main(folder: Path, chosen: list[str]) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as store:
        server = subprocess.Popen([sys.executable, str(SERVER), str(port), f"{store}/week.db", "1"])
        try:
            wait(f"http://127.0.0.1:{port}/_stcore/health")
            with sync_playwright() as started:
                path = os.environ.get("STANDOUT_CHROMIUM", "/usr/bin/chromium")
                browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
                for size, scheme in product(SIZES, ("light", "dark")):
                    take(browser, f"http://127.0.0.1:{port}", folder, size, scheme, chosen or list(PAGES))
        finally:
            server.terminate()
            server.wait(timeout=10)


def wait(address: str) -> None:
    """Until the server answers, at most a minute."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    sys.exit("the server did not start")


def take(browser: Any, address: str, folder: Path, size: str, scheme: str, chosen: list[str]) -> None:
    """The chosen pages at one size, whole."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    for name in chosen:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{address}/{PAGES[name]}")
        page.locator("footer.under").wait_for()
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.wait_for_timeout(1_500)
        tall = page.evaluate("document.querySelector('.stMainBlockContainer').scrollHeight + 20")
        page.set_viewport_size({"width": width, "height": max(height, min(int(tall), TALLEST))})
        page.wait_for_timeout(500)
        page.screenshot(path=str(folder / f"{name}-{size}-{scheme}.png"))
    page.close()


if __name__ == "__main__":
    if len(sys.argv) < 2 or not set(sys.argv[2:]) <= set(PAGES):
        sys.exit(f"{(__doc__ or '').splitlines()[0]}\nPages: {', '.join(PAGES)}")
    main(Path(sys.argv[1]), sys.argv[2:])
