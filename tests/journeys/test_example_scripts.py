"""The scripts of examples/ do what their first lines say."""

from __future__ import annotations

import http.server
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import standout
from standout.data.examples import example, make

HOME = Path(__file__).parents[2] / "examples"
PAYMENTS = make("payments", 2_000)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", HOME / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("examples") / "payments.standout"
    standout.run(PAYMENTS.slice(0, 1_500), standout.Goal(level=0.01, label="fraud")).model.save(path)
    return path


def test_the_nightly_job_writes_alerts_and_says_by_its_exit_code_that_there_are_some(model: Path, tmp_path: Path) -> None:
    day = example("payments", tmp_path / "today.csv", rows=400, seed=2)
    done = subprocess.run(
        [sys.executable, str(HOME / "nightly_scoring.py"), str(model), str(day), str(tmp_path / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip  # one argument a line reads worse
    assert done.returncode == 20, done.stdout + done.stderr
    assert "of 400 rows stand out" in done.stdout
    assert "reason" in (tmp_path / "out" / "today-alerts.csv").read_text().splitlines()[0]


def test_the_nightly_job_is_quiet_on_a_quiet_day_and_tells_a_model_that_no_longer_fits(model: Path, tmp_path: Path) -> None:
    night = script("nightly_scoring").night
    later = PAYMENTS.slice(1_500).to_pandas()
    alarms = standout.score(standout.load(model), later).alarms
    later[~alarms].to_csv(tmp_path / "quiet.csv", index=False)
    assert night(model, tmp_path / "quiet.csv", tmp_path) == 0
    later.assign(amount=later.amount * 40).to_csv(tmp_path / "dear.csv", index=False)
    assert night(model, tmp_path / "dear.csv", tmp_path) == 21


def test_watching_a_log_prints_alerts_passes_over_what_is_no_row_and_saves_what_was_learned(model: Path) -> None:
    rows = make("payments", 300, seed=4).to_pylist()
    lines = [json.dumps(r, default=str) for r in rows]
    lines[5:5] = ["not json", '{"colour": "red"}']
    done = subprocess.run(
        [sys.executable, str(HOME / "watch_a_log.py"), str(model)],
        input="\n".join(lines), capture_output=True, text=True, check=False,
    )  # fmt: skip  # one argument a line reads worse
    assert done.returncode == 0, done.stderr
    alerts = [json.loads(line) for line in done.stdout.splitlines()]
    assert alerts
    assert all(a["why"] and a["row"]["payment_id"] for a in alerts)
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["line 5", "line 6"]
    assert standout.load(model.with_suffix(".learned.standout")).detector.part == standout.load(model).detector.part


def test_a_pipeline_of_scikit_learn_is_searched_with_the_labels_as_judge() -> None:
    best, precision = script("sklearn_pipeline").search(rows=800)
    assert set(best) == {"find__trees", "find__rows_per_tree"}
    assert precision > 0.1  # 2 in 100 rows are fraud


@pytest.fixture
def hook() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    came: list[tuple[str, dict[str, Any]]] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            came.append((self.headers["Idempotency-Key"], body))
            self.send_response(503 if len(came) == 1 else 204)  # the first time it is busy
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", came
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_is_sent_again_under_the_same_key_where_the_hook_was_busy(
    model: Path, hook: tuple[str, list[tuple[str, dict[str, Any]]]]
) -> None:
    url, came = hook
    module = script("post_to_webhook")
    first, *_ = module.messages(standout.load(model), make("payments", 300, seed=4))
    module.post(url, first, wait=0.01)
    assert [key for key, _ in came] == [first["key"]] * 2
    assert came[1][1]["text"].startswith("Severity ")
