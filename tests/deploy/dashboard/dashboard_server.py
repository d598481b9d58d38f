"""Serves the dashboard by itself, for a browser: `python dashboard_server.py PORT STORE [SCALE]`; SCALE 0 leaves the store empty."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import uvicorn
from dashboard_keeper import Keeper
from dashboard_week import Week

from standout.deploy.dashboard import Door, application
from standout.deploy.store.store import Store


def main() -> None:
    port, path, scale = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    store = Store.open(path)
    if scale:
        Week(store, datetime.now(UTC), scale).fill()
    door = Door(Keeper(store, drift={"payments": 7.2}, stopped=frozenset({"pumps"})))  # type: ignore[arg-type]  # a stand-in
    uvicorn.run(application(door), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
