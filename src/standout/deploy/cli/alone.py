"""Arrow by itself: the command line does without pandas."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from typing import Any


class _Hidden(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("hidden while Arrow looks for it", name=name)


def without_pandas() -> None:
    """Let Arrow believe that there is no pandas, for good.

    Arrow imports it, where it is installed, when the first value is made: a quarter of a second of every command, for conversions
    that no command makes. Only a process of our own may do so; whoever else imports pandas there still gets it.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    hidden = _Hidden()
    sys.meta_path.insert(0, hidden)
    try:
        with suppress(ImportError):
            pa.scalar(0)
    finally:
        sys.meta_path.remove(hidden)
