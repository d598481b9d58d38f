"""A package of someone else adds a detector: found by name, held to the contract, used through every door."""

from __future__ import annotations

import doctest
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tests" / "plugin_package"
TEMPLATE = ROOT / "examples" / "detector_template.py"


def install(site: Path, name: str, entries: dict[str, str]) -> None:
    """What pip leaves behind: the files of a package, and beside them which entry points it declares."""
    info = site / f"{name.replace('-', '_')}-1.0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
    lines = [f"{key} = {value}" for key, value in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(["[standout.detectors]", *lines]) + "\n")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two packages installed: the example package as its pyproject declares it, and one made of the template."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE / "standout_hours", folder / "standout_hours", ignore=shutil.ignore_patterns("__pycache__"))
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    install(folder, project["name"], project["entry-points"]["standout.detectors"])
    shutil.copy(TEMPLATE, folder)
    install(folder, "of-the-template", {"detector-template": "detector_template:DetectorTemplate"})
    return folder


def python(site: Path, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT / "src")])}
    return subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_plug_in_and_the_template_keep_the_contract(site: Path) -> None:
    done = python(
        site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contract/test_detectors.py", "-k", "odd-hours or template"
    )
    assert done.returncode == 0, done.stdout[-3000:]
    told = python(site, "-c", "from standout.core.registry import names; print(*names('detector'))").stdout.split()
    assert {"odd-hours", "detector-template", "isolation-forest"} <= set(told)


def test_the_example_of_the_template_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TEMPLATE.parent))
    import detector_template

    found = doctest.testmod(detector_template)
    assert found.attempted >= 4
    assert not found.failed


def test_a_plug_in_runs_is_saved_and_is_scored_by_name(site: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("\n".join(["a,b", *(f"{i % 7},{(i * 37) % 11}" for i in range(120)), "99,99"]) + "\n")
    made = python(site, "-m", "standout", "train", "rows.csv", "--detector", "odd-hours", "--set", "inner=0.8", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    scored = python(site, "-m", "standout", "score", "model.standout", "rows.csv", cwd=tmp_path)
    assert len(scored.stdout.splitlines()) == 122, scored.stderr
    shown = python(site, "-m", "standout", "detectors", "odd-hours", "--json", cwd=tmp_path)
    assert json.loads(shown.stdout)["parameters"]["inner"]["default"] == "0.5"


def test_a_model_of_a_plug_in_that_is_not_installed_is_refused_by_name(site: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("\n".join(["a,b", *(f"{i % 7},{(i * 37) % 11}" for i in range(120))]) + "\n")
    assert python(site, "-m", "standout", "train", "rows.csv", "--detector", "odd-hours", cwd=tmp_path).returncode == 0
    refused = python(tmp_path, "-m", "standout", "score", "model.standout", "rows.csv", cwd=tmp_path)
    assert refused.returncode == 4
    assert "no detector named 'odd-hours'" in refused.stderr


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"broken": "no_such_module:Thing"}, "'broken'"),
        ({"another-name": "standout_hours.odd_hours:OddHours"}, "'odd-hours'"),
        ({"no-detector": "json:dumps"}, "'no-detector'"),
    ],
)
def test_a_plug_in_that_is_broken_is_told_in_two_lines(site: Path, tmp_path: Path, entry: dict[str, str], says: str) -> None:
    shutil.copytree(site, tmp_path / "site")
    install(tmp_path / "site", "broken-package", entry)
    done = python(tmp_path / "site", "-m", "standout", "detectors", next(iter(entry)), cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "Tell its author" in done.stderr


def test_the_page_on_extending_shows_the_entry_point_of_the_example_package() -> None:
    page = (ROOT / "docs" / "extending.md").read_text()
    declared = [
        line for line in (PACKAGE / "pyproject.toml").read_text().splitlines() if "entry-points" in line or "odd-hours" in line
    ]
    assert declared
    assert all(line in page for line in declared)
