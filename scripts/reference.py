"""Write docs/reference/ from the code: parts with their parameters, keys of a goal, findings, errors, verbs.

Run it with `make docs`; a test fails when a page is not what the code says.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import standout
from standout.core import errors
from standout.core.finding import FindingKind
from standout.core.part import Part
from standout.core.registry import FOLDERS, find, names
from standout.deploy.cli import verb_files
from standout.deploy.live.settings import Settings
from standout.goal.goal import Goal

PAGES = Path(__file__).parents[1] / "docs" / "reference"
RUNS = ("__main__", "dashboard.app")  # modules that do something when they are imported, and declare nothing
NOTE = "<!-- Made by `make docs` from the code: edit the code. -->"


def pages() -> dict[str, str]:
    """Each page's text by its file name."""
    found = {f"{family}s.md" if family != "policy" else "policies.md": _parts(family) for family in FOLDERS}
    found |= {
        "goal.md": _goal(),
        "settings.md": _settings(),
        "findings.md": _findings(),
        "errors.md": _errors(),
        "commands.md": _commands(),
    }
    return {name: f"{NOTE}\n\n{text.rstrip()}\n" for name, text in found.items()}


def _parts(family: str) -> str:
    title = {"policy": "Policies"}.get(family, f"{family.capitalize()}s")
    return f"# {title}\n\n" + "\n".join(_part(find(family, name)) for name in names(family))


def _part(part: type[Part]) -> str:
    card = part.card
    lines = [f"## {part.name}", "", f"**{card.title}** finds {card.finds}. It costs {card.costs}.", ""]
    if card.reference:
        lines += [f"Reference: {card.reference}.", ""]
    facts = [f"{what}: {getattr(part, what)}" for what in ("kind", "causal", "learns_from") if hasattr(part, what)]
    if facts:
        lines += ["; ".join(facts) + ".", ""]
    lines += [*_parameters(part), ""]
    for check, reason in part.expected_failures.items():
        lines += [f"Known not to hold: {check.replace('_', ' ')}, because {reason}", ""]
    return "\n".join(lines)


def _parameters(part: type[Part]) -> Iterator[str]:
    if part.specs():
        yield from ("| parameter | default | range | meaning |", "|---|---|---|---|")
    for name, spec in part.specs().items():
        default = part.defaults()[name]
        shown = "the default" if isinstance(default, Part | tuple) and default else default
        yield f"| `{name}` | {shown} | {_cell(spec.range)} | {_cell(spec.help)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _settings() -> str:
    head = "# The settings of the service\n\nEach is a flag of `standout serve` (with `-` for `_`) and a key of `serve.toml`.\n\n"
    return head + "\n".join(_parameters(Settings))


def _goal() -> str:
    head = "# The keys of a goal\n\nEach is a flag of `standout run` (with `-` for `_`) and a key of `goal.toml`.\n\n"
    return head + "\n".join(_parameters(Goal))


def _findings() -> str:
    for module in pkgutil.walk_packages(standout.__path__, "standout."):
        if not module.name.endswith(RUNS):
            importlib.import_module(module.name)
    mine = {c: k for c, k in FindingKind.catalogue.items() if not c.startswith("example-")}
    head = "# Findings\n\nWhat is noticed on the way, by code. Braces stand for the numbers.\n\n"
    head += "| code | level | says | to try |\n|---|---|---|---|\n"
    return head + _table((c, k.level, k.says, k.hint) for c, k in sorted(mine.items()))


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| `{first}` | {' | '.join(_cell(r) for r in rest)} |" for first, *rest in rows)


def _errors() -> str:
    kinds = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.StandoutError)]
    head = "# Errors\n\nEach has a code, what happened and one thing to try; `standout` leaves with the exit code.\n\n"
    rows = [(e.code, str(e.exit_code), f"`{e.__name__}`", (e.__doc__ or "").strip()) for e in kinds]
    gates = (
        "\n\nExit code 9: `standout doctor` found a problem. 10: a gate of the goal was not met. 130: interrupted. 1: a defect of"
    )
    gates += " Standout; please report it."
    return head + "| code | exit | class | meaning |\n|---|---|---|---|\n" + _table(rows) + gates


def _commands() -> str:
    rows: list[tuple[str, ...]] = []
    for verb, path in verb_files().items():
        rows.append((f"standout {verb}", (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]))
    return "# Commands\n\n`standout VERB --help` shows every flag.\n\n| command | does |\n|---|---|\n" + _table(rows)


def main(arguments: list[str]) -> int:
    """Write the pages; with --check, say which differ and change nothing."""
    made: Mapping[str, Any] = pages()
    if "--check" in arguments:
        stale = [n for n, text in made.items() if not (PAGES / n).exists() or (PAGES / n).read_text() != text]
        stale += [p.name for p in PAGES.glob("*.md") if p.name not in made]
        print("\n".join(f"docs/reference/{n} is not what the code says: run make docs" for n in stale))
        return bool(stale)
    PAGES.mkdir(parents=True, exist_ok=True)
    for old in PAGES.glob("*.md"):
        old.unlink()
    for name, text in made.items():
        (PAGES / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
