"""Benchmark suites: one file each, found by its name; detectors and their peers on the same public sets, in the same run.

A suite file has TITLE (str), PROTOCOLS (names by what they mean) and `run(asked, tell) -> tuple[Result, ...]`, with `Asked` and `Result`
from `_asked.py`. Suites of tables share `_tables.py`; a suite of series brings measures of its own.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from standout.core.errors import UnknownNameError


def names() -> tuple[str, ...]:
    """The names of all suites, sorted; nothing is imported.

    >>> "adbench" in names()
    True
    """
    found = (m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    return tuple(sorted(stem.replace("_", "-") for stem in found))


def find(name: str) -> ModuleType:
    """The module of a suite; UnknownNameError suggests near names."""
    if name.replace("_", "-") not in names():
        raise UnknownNameError.among("suite", name, names())
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
