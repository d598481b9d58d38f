"""Standout finds what stands out in tables, series and streams, says why, and keeps false alarms within a budget.

>>> import standout
>>> sorted(standout.__all__)
['Goal', 'Live', 'Model', 'Run', 'Schema', 'Table', 'alerts', 'detectors', 'load', 'profile', 'read', 'report', 'run', 'score']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from standout.core.live import Live
    from standout.core.model import Model
    from standout.core.table import Schema, Table
    from standout.deploy.asking import alerts, read, score
    from standout.deploy.story import report
    from standout.flow import Goal, Run, detectors, load, profile, run

__all__ = [
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

_HOMES = {
    "Live": "core.live",
    "Model": "core.model",
    "Schema": "core.table",
    "Table": "core.table",
    "alerts": "deploy.asking",
    "read": "deploy.asking",
    "report": "deploy.story",
    "score": "deploy.asking",
}
"""Where a public name is defined, if not in `flow`."""


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: importing the package alone costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'standout' has no attribute {name!r}")
    return getattr(importlib.import_module(f"standout.{_HOMES.get(name, 'flow')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
