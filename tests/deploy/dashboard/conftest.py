"""A seeded store for each test, and pages run over it without a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dashboard_keeper import Keeper
from dashboard_week import Week

from standout.deploy.store.store import Store

if os.environ.get("CI") != "true":
    pytest.importorskip("streamlit", reason="pip install 'standout[serve]' to test the dashboard")

from streamlit.testing.v1 import AppTest

from standout.deploy.dashboard import door, overview, reading

Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small week, once; tests work on copies."""
    path = tmp_path_factory.mktemp("week") / "week.db"
    with Store.open(str(path)) as store:
        Week(store, datetime.now(UTC), 0.25).fill()
    return path


@pytest.fixture
def store(seeded: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "live.db"
    for part in seeded.parent.glob("week.db*"):
        shutil.copy(part, path.with_name(part.name.replace("week.db", "live.db")))
    with Store.open(str(path)) as opened:
        yield opened


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "empty.db")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    reading.forget()
    yield
    door.put(None)
    reading.forget()


@pytest.fixture
def keeper(store: Store) -> Keeper:
    return Keeper(store)


@pytest.fixture
def open_page() -> Open:
    """Run one page: open_page(service, "budget", who=None, **session)."""

    def run(service: Any, name: str, who: Any = None, **session: Any) -> AppTest:
        door.put(door.Door(service, who))
        script = (
            "from standout.deploy.dashboard import frame, visit\n"
            f"from standout.deploy.dashboard import {name} as shown\n"
            "frame.guarded(shown.page)(visit.arrive())\n"
            "frame.what_was_done()\n"
        )
        test = AppTest.from_string(script, default_timeout=20)
        for key, value in session.items():
            test.session_state[key] = value
        return test.run()

    return run


@pytest.fixture
def words() -> Callable[[AppTest], str]:
    """Every piece of HTML of a page, as one text."""
    return lambda test: "\n".join(str(e.proto.body) for e in test.get("html"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    program = os.environ.get("STANDOUT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        message = "needs playwright and chromium: pip install playwright, then apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield launched
        launched.close()


assert overview  # imported here, so that the first test does not pay for Plotly
