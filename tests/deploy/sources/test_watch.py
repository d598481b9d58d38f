"""`standout watch` as a person calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import sinking
import watched

SOURCE = str(Path(__file__).parents[3] / "src")


def command(folder: Path, *arguments: str) -> list[str]:
    watched.model(explained=True).save(folder / "pumps.standout")
    store = f"sqlite:///{folder}/live.db"
    return [sys.executable, "-m", "standout", "watch", str(folder / "pumps.standout"), *arguments, "--store", store]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": SOURCE}


def test_alerts_of_a_file_are_printed_with_their_reason(tmp_path):
    path = tmp_path / "flow.jsonl"
    rows = watched.mappings(watched.table(50, odd=(30,)))
    path.write_text("".join(json.dumps(r, default=str) + "\n" for r in rows))
    call = command(tmp_path, str(path), "--no-follow", "--json")
    done = subprocess.run(call, capture_output=True, text=True, env=environment(), timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    alerts = [json.loads(line) for line in done.stdout.splitlines()]
    assert alerts[0]["event_id"].startswith("flow.jsonl#0:")
    assert alerts[0]["reason"]["columns"][0]["column"] == "flow"
    assert "50 rows taken in" in done.stderr


def test_a_signal_ends_it_with_what_is_in_hand_stored(tmp_path):
    path = tmp_path / "flow.csv"
    path.write_text(",".join(sinking.COLUMNS) + "\n" + "".join(map(sinking.csv_line, range(20))))
    call = command(tmp_path, str(path))
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        sinking.until(lambda: _stored(tmp_path) == 20, 60)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "20 rows taken in" in said


def _stored(folder: Path) -> int:
    import sqlite3

    if not (folder / "live.db").exists():
        return 0
    connection = sqlite3.connect(f"file:{folder}/live.db?mode=ro", uri=True)
    try:
        found: int = connection.execute("SELECT coalesce(sum(rows), 0) FROM journal").fetchone()[0]
    except sqlite3.OperationalError:  # not made yet
        return 0
    finally:
        connection.close()
    return found


def test_what_is_not_there_is_told_in_two_lines(tmp_path):
    call = command(tmp_path, str(tmp_path / "none.csv"), "--no-follow")
    done = subprocess.run(call, capture_output=True, text=True, env=environment(), timeout=120, check=False)
    assert done.returncode == 3
    assert "There is no file" in done.stderr
    assert "Traceback" not in done.stderr
