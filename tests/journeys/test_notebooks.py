"""Every notebook is tidy and runs: on the public sets where they are, else on made data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "notebooks.py"
NAMES = sorted(p.stem for p in (ROOT / "notebooks").glob("*.ipynb"))


def test_notebooks_are_as_the_script_leaves_them() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(NAMES) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_says_its_goal_and_goes_through_the_phases(name: str) -> None:
    told = "\n".join("".join(c["source"]) for c in read(ROOT / "notebooks" / f"{name}.ipynb") if c["cell_type"] == "markdown")
    for phase in ("goal", "data", "preparation", "model", "evaluation", "deployment"):
        assert any(phase in line.lower() for line in told.splitlines() if line.startswith("#")), phase


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_shows_pictures(name: str, tmp_path: Path) -> None:
    told = os.environ.get("STANDOUT_DATA")
    data = Path(told) if told else ROOT.parent / "shared" / "data"
    looked_at(run(name, tmp_path, data))


def read(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def run(name: str, folder: Path, data: Path) -> list[dict[str, Any]]:
    out = folder / "out"
    told = {"STANDOUT_QUICK": "1", "STANDOUT_DATA": str(data), "IPYTHONDIR": str(folder), "JUPYTER_RUNTIME_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--run", name, "--out", str(out)],
        capture_output=True, text=True, check=False, env={**os.environ, **told},
    )  # fmt: skip  # one argument a line reads worse
    assert done.returncode == 0, done.stdout + done.stderr
    return read(out / f"{name}.ipynb")


def looked_at(cells: list[dict[str, Any]]) -> None:
    pages = [
        "".join(output["data"]["text/html"])
        for cell in cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert sum("<svg" in page for page in pages) >= 2, "a notebook of this field shows pictures"
    assert sum(map(len, pages)) < 1_000_000
