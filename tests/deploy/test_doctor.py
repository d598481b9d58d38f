"""`standout doctor`: what it finds, in words, as JSON and as an exit code, without changing anything."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standout.core.errors import StoreError
from standout.deploy.checkup import machine
from standout.deploy.cli import main
from standout.deploy.cli.verbs.doctor import UNWELL
from standout.deploy.store.looking import look
from standout.deploy.store.records import Role
from standout.deploy.store.store import Store
from standout.detect.isolation_forest import IsolationForest
from standout.flow import run
from standout.goal.goal import Goal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def doctor(capfd):
    """Call `standout doctor --json`: the facts by topic, and the exit code."""

    def call(*arguments: object) -> tuple[dict[str, dict], int]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["doctor", "--json", *map(str, arguments)])
        told = json.loads(capfd.readouterr().out)
        assert told["problems"] == sum(f["level"] == "problem" for f in told["facts"])
        return {f["topic"]: f for f in told["facts"]}, left.value.code

    return call


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    from standout.data import examples

    path = tmp_path_factory.mktemp("models") / "payments.standout"
    rows = examples.make("payments", 400)
    run(rows, Goal(alerts=5, label=rows.column_names[-1]), detector=IsolationForest(trees=8)).model.save(path)
    return path


def settings(folder: Path, **told: object) -> Path:
    path = folder / "serve.toml"
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items()))
    path.chmod(0o600)
    return path


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_sound_installation_is_told_as_such(doctor):
    facts, code = doctor()
    assert code == 0
    assert {"python", "packages", "processors", "instructions", "kernels", "temporary files", "clock"} <= set(facts)
    assert "numpy" in facts["packages"]["says"]


def test_every_extra_is_known_and_its_line_is_told_where_it_is_missing(doctor, monkeypatch):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(machine.EXTRAS) == set(extras)
    monkeypatch.setattr(machine, "find_spec", lambda name: None if name in ("torch", "apprise") else object())
    facts, code = doctor()
    assert code == 0
    assert facts["extra deep"]["hint"] == "pip install 'standout[deep]'"
    assert "without apprise" in facts["extra serve"]["says"]
    assert facts["extra boost"]["says"].startswith("installed")


def test_the_words_for_people_mark_what_is_wrong(capfd, tmp_path):
    with pytest.raises(SystemExit) as left:
        main(["doctor", "--store", f"sqlite:///{tmp_path}/no/such.db"])
    out = capfd.readouterr().out
    assert left.value.code == UNWELL
    assert re.search(r"^x store .*cannot be kept", out, re.M)
    assert "1 problem (x)" in out


def test_a_processor_quota_is_read_and_too_many_threads_are_told(tmp_path, monkeypatch):
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert machine.cpu_quota(tmp_path / "cpu.max") == 1.5
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert machine.cpu_quota(tmp_path / "cpu.max") is None
    monkeypatch.setattr(machine, "CORES", 8)
    monkeypatch.setattr(machine, "cpu_quota", lambda _: 2.0)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    fact = machine.processors()
    assert (fact.level, fact.hint) == ("warning", "Set STANDOUT_THREADS=2.")


def test_a_clock_from_before_this_version_and_a_full_disk_are_problems(monkeypatch, tmp_path):
    monkeypatch.setattr(machine.time, "time", lambda: 0.0)
    assert machine.clock().level == "problem"
    monkeypatch.setattr(machine, "FULL", 1 << 60)
    assert machine.room("disk", tmp_path).code == "output"


def test_kernels_that_can_be_kept_nowhere_are_a_problem(tmp_path, monkeypatch):
    from standout.core.errors import OutputError
    from standout.kernels import caching, counting

    class Stats:
        cache_path = str(tmp_path / "file" / "below")

    (tmp_path / "file").write_text("")
    monkeypatch.setattr(counting, "runs", type("Kernel", (), {"stats": Stats}))
    with pytest.raises(OutputError, match="cannot be written") as told:
        caching.cache_folder()
    assert "NUMBA_CACHE_DIR" in told.value.hint
    (fact,) = [f for f in machine.kernels() if f.topic == "kernels"]
    assert (fact.level, fact.code) == ("problem", "output")


def test_a_service_that_could_start_is_told_as_such_and_nothing_is_made(doctor, model_file, tmp_path):
    port = free_port()
    told = settings(
        tmp_path, models=[f"payments={model_file}"], store=f"sqlite:///{tmp_path}/live.db", port=port,
        channels=["ops=json://127.0.0.1:9/hook"],
    )  # fmt: skip
    facts, code = doctor("--settings", told)
    assert code == 0
    assert "digest" in facts["model payments"]["says"]
    assert "made when the service starts" in facts["store"]["says"]
    assert "GB free" in facts["store's disk"]["says"]
    assert facts["port"]["says"] == f"127.0.0.1:{port} is free"
    assert "json, well-formed" in facts["channel ops"]["says"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["serve.toml"]


def test_everything_that_would_keep_a_service_from_starting_is_told_at_once(doctor, tmp_path):
    broken = tmp_path / "broken.standout"
    broken.write_bytes(b"no model")
    with socket.create_server(("0.0.0.0", 0)) as taken:
        told = settings(
            tmp_path, models=[str(broken), f"gone={tmp_path}/gone.standout"], store="mysql://h/d", host="0.0.0.0",
            port=taken.getsockname()[1], channels=["ops=nothing://s3cret", "late=json://h?standout-severity=loud"],
        )  # fmt: skip
        facts, code = doctor("--settings", told)
    assert code == UNWELL
    wrong = {topic: fact["code"] for topic, fact in facts.items() if fact["level"] == "problem"}
    assert wrong == {
        "model broken": "model-file", "model gone": "model-file", "store": "parameter", "channel ops": "parameter",
        "channel late": "parameter", "port": "parameter",
    }  # fmt: skip
    assert all(fact["hint"] for fact in facts.values() if fact["level"] == "problem")
    assert "s3cret" not in json.dumps(facts)


def test_settings_that_cannot_be_read_are_named(doctor, tmp_path):
    facts, code = doctor("--settings", tmp_path / "none.toml")
    assert (code, facts["settings"]["code"]) == (UNWELL, "unreadable")
    facts, code = doctor("--settings", settings(tmp_path, queu=5))
    assert (code, facts["settings"]["level"]) == (UNWELL, "problem")
    assert "queu" in facts["settings"]["says"]


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_secrets_that_everybody_may_read_are_told(doctor, tmp_path):
    told = settings(tmp_path, channels=["ops=json://127.0.0.1:9/hook"], store=f"sqlite:///{tmp_path}/live.db", port=0)
    told.chmod(0o644)
    facts, code = doctor("--settings", told)
    assert (code, facts["settings"]["level"]) == (0, "warning")


def test_a_key_that_is_asked_for_and_missing_is_a_problem_until_it_is_made(doctor, store_url, model_file, tmp_path):
    told = settings(tmp_path, models=[f"payments={model_file}"], store=store_url, host="0.0.0.0", port=0)
    facts, code = doctor("--settings", told)
    assert code == UNWELL
    assert "standout keys --make NAME" in facts["keys"]["hint"]
    with Store.open(store_url) as store, store.writing() as unit:
        unit.keys.make("anna", Role.ACT, datetime.now(UTC))
    facts, code = doctor("--settings", told)
    assert (code, facts["keys"]["says"]) == (0, "1 in use")
    assert "the newest" in facts["store"]["says"]


def test_a_store_is_looked_at_without_being_made_or_changed(store_url):
    assert look(store_url).schema == 0
    assert look(store_url).schema == 0
    Store.open(store_url).close()
    seen = look(store_url)
    assert seen.schema == seen.newest > 0
    assert abs(seen.ahead) < 2


def test_stores_of_others_and_of_the_future_are_refused(tmp_path):
    foreign = sqlite3.connect(tmp_path / "foreign.db")
    foreign.execute("CREATE TABLE things (x)")
    foreign.close()
    with pytest.raises(StoreError, match="something else"):
        look(f"{tmp_path}/foreign.db")
    (tmp_path / "text.db").write_text("no database at all, but long enough to be read as a header of one" * 9)
    with pytest.raises(StoreError, match="not a database"):
        look(f"{tmp_path}/text.db")
    Store.open(f"{tmp_path}/ours.db").close()
    ours = sqlite3.connect(tmp_path / "ours.db")
    ours.execute("INSERT INTO schema_version VALUES (999, 'later', 0)")
    ours.commit()
    ours.close()
    with pytest.raises(StoreError, match="schema 999"):
        look(f"{tmp_path}/ours.db")


def test_a_server_out_of_reach_is_told_without_its_password(doctor):
    facts, code = doctor("--store", f"postgresql://anna:s3cret@127.0.0.1:{free_port()}/standout")
    assert (code, facts["store"]["code"]) == (UNWELL, "store-busy")
    assert "s3cret" not in json.dumps(facts)


def test_models_alone_can_be_checked(doctor, model_file):
    facts, code = doctor(f"payments={model_file}")
    assert code == 0
    assert re.search(r"digest [0-9a-f]{64}$", facts["model payments"]["says"])
    assert "port" not in facts


def test_warming_up_compiles_what_a_service_uses(doctor):
    facts, code = doctor("--warm")
    assert code == 0
    assert re.match(r"\d+ more kernels kept", facts["warmed up"]["says"])
    assert sys.modules["standout.deploy.live.service"]
