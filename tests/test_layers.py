"""Who may import whom: deploy -> flow -> stages -> core, and stages never each other."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1] / "src" / "standout"
FILES = sorted(HOME.rglob("*.py"))
STAGES = {"goal", "data", "prepare", "detect", "calibrate", "explain", "evaluate"}
# what each place may import of the package, besides itself
MAY: dict[str, set[str]] = {
    "core": set(),
    "kernels": {"core"},
    **{stage: {"core", "kernels"} for stage in STAGES},
    "flow": {"core", *STAGES},
    "deploy": {"core", "flow", *STAGES},
    "__init__": {"core", "flow", "deploy"},
    "__main__": {"deploy"},
}
ALSO_MAY = {"deploy/checkup/machine.py": {"kernels"}}  # the doctor tells where compiled kernels are kept, and for which processor
CORE_MAY_IMPORT = {"numpy", "standout", *sys.stdlib_module_names}
KEPT_IN = {
    "numba": "kernels",
    "llvmlite": "kernels",
    "torch": "detect",
    "xgboost": "detect",
    "shap": "explain",
    "streamlit": "deploy/dashboard",
    "plotly": "deploy/dashboard",
    "fastapi": "deploy/api",
    "faststream": "deploy/sources",
    "apprise": "deploy/notify",
    "pyspark": "deploy",
}
# the rooms of the live service: what each may import of `deploy`, besides itself; see decision 0017
ROOMS: dict[str, set[str]] = {
    "store": set(),
    "notify": {"store"},
    "live": {"notify", "store"},
    "api": {"live", "notify", "store"},
    "dashboard": {"live", "notify", "store"},
    "sources": {"live", "notify", "store"},
}


def place(path: Path) -> str:
    return path.relative_to(HOME).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOME)))
def test_imports_only_what_its_layer_may(path: Path) -> None:
    here = place(path)
    for name in imports(path):
        root, *rest = name.split(".")
        if root == "standout" and rest and ((HOME / rest[0]).is_dir() or (HOME / f"{rest[0]}.py").is_file()):
            also = ALSO_MAY.get(str(path.relative_to(HOME)), set())
            assert rest[0] in MAY[here] | also | {here}, f"{here} imports {name}"
        if root in KEPT_IN:
            assert str(path.relative_to(HOME)).startswith(f"{KEPT_IN[root]}/"), f"{root} stays inside {KEPT_IN[root]}/"
        if here == "core":
            assert root in CORE_MAY_IMPORT, f"core imports {root}"


@pytest.mark.parametrize("room", ROOMS)
def test_the_rooms_of_the_service_keep_their_order(room: str) -> None:
    for path in (HOME / "deploy" / room).rglob("*.py"):
        for name in imports(path):
            other = name.removeprefix("standout.deploy.").split(".")[0]
            if name.startswith("standout.deploy.") and other in ROOMS:
                assert other in ROOMS[room] | {room}, f"deploy/{room} imports {name}"


@pytest.mark.parametrize("folder", ["detect", "calibrate", "calibrate/policies", "prepare", "explain/explainers"])
def test_one_part_never_imports_another(folder: str) -> None:
    stems = {p.stem for p in (HOME / folder).glob("[a-z]*.py")}
    package = "standout." + folder.replace("/", ".")
    for path in (HOME / folder).glob("[a-z]*.py"):
        for name in imports(path):
            other = name.removeprefix(f"{package}.").split(".")[0]
            assert not (name.startswith(f"{package}.") and other in stems), f"{path.name} imports {name}"


def test_there_is_no_import_cycle() -> None:
    graph = {module_name(p): {n for n in top_level_imports(p) if n.startswith("standout")} for p in FILES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in graph and name not in done:
            for other in graph[name]:
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def module_name(path: Path) -> str:
    parts = path.relative_to(HOME.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def top_level_imports(path: Path) -> set[str]:
    """The modules that importing a file imports; `from package import module` counts as that module."""
    modules = {module_name(p) for p in FILES}
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom):
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (named & modules) or {node.module or ""}
    return found - {module_name(path)}


@pytest.mark.parametrize("name", ["flow.py", "core/model.py"])
def test_no_file_grows_into_a_god(name: str) -> None:
    path = HOME / name
    assert not path.exists() or len(path.read_text().splitlines()) < 300
