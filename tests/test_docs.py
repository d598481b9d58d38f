"""What is promised in words is checked against the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_reference_pages_are_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_name_of_the_readme_that_looks_like_a_verb_is_one() -> None:
    from standout.deploy.cli import verb_files

    said = set(
        re.findall(
            r"`?\bstandout ([a-z]+)\b(?= [A-Z`~/.\w-])",
            "\n".join(re.findall(r"```.*?```", (ROOT / "README.md").read_text(), re.S)),
        )
    )
    assert said <= set(verb_files()), said - set(verb_files())


def test_the_public_names_are_few_and_known() -> None:
    import standout

    assert standout.__all__ == [
        "Goal",
        "Live",
        "Model",
        "Run",
        "Schema",
        "Table",
        "alerts",
        "detectors",
        "load",
        "profile",
        "read",
        "report",
        "run",
        "score",
    ]
