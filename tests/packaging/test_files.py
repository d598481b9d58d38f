"""The files in packaging/ agree with each other, with the settings of the service and with its metrics."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from rehearsing import DOCKERFILE, ROOT, lines, stages

from standout.deploy.api.metrics import Metrics
from standout.deploy.api.serving import DRAIN
from standout.deploy.live.answers import Health, StreamHealth
from standout.deploy.live.settings import read_settings
from standout.deploy.store.store import Store

HOME = ROOT / "packaging"
NAME = re.compile(r"\bstandout_[a-z0-9_]+")
UNITS = {"none", "s", "cps", "reqps"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> dict[str, str]:
    """The type of every metric that a server shows, by its name."""
    stream = StreamHealth(
        "payments", True, "me", "d", "ensemble", "5 a day", False, {"ordinary": 3}, datetime.now(UTC), 1.0, 60.0, False, 0, 2, 0.0,
        1.0, (),
    )  # fmt: skip
    health = Health(True, "good", 0, 10, 0.0, {"payments": stream})
    with Store.open(f"{tmp_path_factory.mktemp('store')}/live.db") as store:
        text = Metrics(SimpleNamespace(health=lambda: health, store=store)).text().decode()
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))


def asked(expressions: list[str], exported: dict[str, str]) -> set[str]:
    """The metrics that are asked for, a histogram by its own name; fails where one does not exist."""
    found = set()
    for name in {name for text in expressions for name in NAME.findall(text)}:
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        is_part = exported.get(base) == "histogram" and base != name
        assert is_part or exported.get(name, "histogram") != "histogram", f"there is no metric {name}"
        found.add(base if is_part else name)
    return found


def panels() -> list[dict]:
    return json.loads((HOME / "grafana.json").read_text())["panels"]


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load((HOME / "alerts.yml").read_text())["groups"] for rule in group["rules"]]


def services() -> dict[str, dict]:
    return yaml.safe_load((HOME / "compose.yaml").read_text())["services"]


def unit() -> dict[str, list[str]]:
    """The keys of the unit's service; a key may come several times."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", (HOME / "standout.service").read_text(), re.M):
        found.setdefault(key, []).append(value)
    return found


def test_the_dashboard_shows_every_metric_and_asks_for_no_other(exported):
    shown = asked([t["expr"] for p in panels() for t in p.get("targets", [])], exported)
    assert shown == set(exported)


def test_every_panel_has_a_title_a_unit_a_description_and_a_place_of_its_own():
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["title"]
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        if panel["type"] != "row":
            assert panel["description"].endswith(".")
            assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
            assert all(target["datasource"]["uid"] == "${source}" for target in panel["targets"])
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))


def test_alert_rules_ask_for_metrics_that_exist_and_say_what_to_do(exported):
    assert asked([rule["expr"] for rule in rules()], exported)
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["labels"]["severity"] in ("page", "ticket")
    text = " ".join(rule["expr"] for rule in rules())
    for watched in ("stream_stopped", "queue_rows", 'state=~"dead|doubt"', "store_errors", "model_age", "drift"):
        assert watched in text


def test_labels_that_are_matched_have_values_that_exist():
    from standout.deploy.live.answers import word
    from standout.deploy.store.records import Outcome, Sending, Status

    known = {"outcome": {word(o) for o in Outcome}, "state": set(Sending), "status": set(Status) | {"500"}, "job": {"standout"}}
    expressions = [rule["expr"] for rule in rules()] + [t["expr"] for p in panels() for t in p.get("targets", [])]
    for label, values in re.findall(r'(\w+)=~?"([^"$]+)"', " ".join(expressions)):
        assert set(values.split("|")) <= known[label], label


def test_prometheus_scrapes_the_service_with_a_key_and_reads_the_rules():
    told = yaml.safe_load((HOME / "prometheus.yml").read_text())
    (job,) = told["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert job["static_configs"] == [{"targets": ["standout:8000"]}]
    mounted = {v.split(":")[0].removeprefix("./"): v.split(":")[1] for v in services()["prometheus"]["volumes"]}
    assert mounted["alerts.yml"] == f"/etc/prometheus/{told['rule_files'][0]}"
    assert job["authorization"]["credentials_file"] == f"/run/secrets/{services()['prometheus']['secrets'][0]}"


def test_what_compose_mounts_and_names_exists():
    told = yaml.safe_load((HOME / "compose.yaml").read_text())
    for name, service in told["services"].items():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            is_ours = source.startswith("./") and source != "./models"  # the user's own folder
            assert (HOME / source).exists() if is_ours else source in (*told["volumes"], "./models"), f"{name}: {source}"
        assert set(service.get("secrets", [])) <= set(told["secrets"])
        for value in service.get("environment", {}).values():
            if str(value).startswith("/run/secrets/"):
                assert Path(value).name in service["secrets"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), f"{name} is open to others"
    assert (
        HOME / told["services"]["standout"]["build"]["context"] / told["services"]["standout"]["build"]["dockerfile"]
    ).is_file()


def test_the_container_needs_no_root_no_capability_and_no_writable_root():
    told = services()["standout"]
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert float(told["environment"]["STANDOUT_THREADS"]) == told["cpus"]
    _, final = stages(DOCKERFILE.read_text())
    by_word = {line.word: line.rest for line in final}
    assert by_word["USER"] == "10001:10001"
    assert by_word["STOPSIGNAL"] == "SIGTERM"
    assert "pip" not in " ".join(line.rest for line in final)
    assert "/readyz" in by_word["HEALTHCHECK"]


def test_the_settings_of_the_composed_service_fit_the_rest():
    told = read_settings(HOME / "serve.toml")
    assert told["host"] == "0.0.0.0"
    database = services()["db"]["environment"]
    assert told["store"] == f"postgresql://{database['POSTGRES_USER']}@db/{database['POSTGRES_DB']}"
    assert all(model.split("=")[1].startswith("/models/") for model in told["models"])


def test_the_image_has_what_the_dockerfile_names():
    ignored = (HOME / "Dockerfile.dockerignore").read_text().splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        source
        for line in lines(DOCKERFILE.read_text())
        if line.word == "COPY" and not any(f.startswith("--from") for f in line.flags)
        for source in line.rest.split()[:-1]
    }
    assert copied == kept
    assert all((ROOT / source).exists() for source in copied)


def test_the_base_has_the_python_that_the_constraints_were_made_with():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = next(line.rest for line in lines(DOCKERFILE.read_text()) if line.word == "ARG").partition("=")[2]
    assert project["requires-python"] == f">={python}"
    extras = re.search(r"\.\[(.*?)\]", DOCKERFILE.read_text())
    assert extras is not None
    assert set(extras[1].split(",")) <= set(project["optional-dependencies"])


def test_everything_has_time_to_finish_what_is_in_hand():
    assert int(unit()["TimeoutStopSec"][0]) >= 2 * DRAIN
    assert all(int(services()[name]["stop_grace_period"].removesuffix("s")) >= 2 * DRAIN for name in ("standout", "db"))


def test_the_unit_is_hardened_and_restarts_what_may_be_tried_again():
    from standout.core.errors import MissingExtraError, ModelFileError, ParameterError, StoreError

    told = unit()
    for key in ("DynamicUser", "NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictSUIDSGID"):
        assert told[key] == ["yes"]
    assert told["ProtectSystem"] == ["strict"]
    assert told["CapabilityBoundingSet"] == [""]
    assert told["Restart"] == ["on-failure"]
    assert told["KillSignal"] == ["SIGTERM"]
    assert told["StateDirectory"] == ["standout"]
    assert told["EnvironmentFile"] == ["-/etc/standout/environment"]
    never = {int(code) for code in told["RestartPreventExitStatus"][0].split()}
    assert never == {e.exit_code for e in (ParameterError, ModelFileError, MissingExtraError)}
    assert StoreError.exit_code not in never
    configparser.ConfigParser(strict=False, interpolation=None).read_string((HOME / "standout.service").read_text())


def test_systemd_takes_the_unit(tmp_path):
    if shutil.which("systemd-analyze") is None:
        message = "systemd-analyze is not installed here: apt-get install systemd"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    program = tmp_path / "standout"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    told = (HOME / "standout.service").read_text().replace("/opt/standout/bin/standout", str(program))
    (tmp_path / "standout.service").write_text(told)
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "standout.service"], capture_output=True, text=True, timeout=60
    )
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "standout" in line]
    assert not ours
