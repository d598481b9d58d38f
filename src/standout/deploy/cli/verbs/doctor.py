"""Check this installation."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

EXTRAS = {"excel": "python-calamine", "postgresql": "psycopg"}
NEEDED = ("numpy", "scipy", "scikit-learn", "numba", "pyarrow", "sqlalchemy", "typer")


def command(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check this installation."""
    facts: dict[str, str] = {"python": sys.version.split()[0], "standout": metadata.version("standout")}
    facts |= {package: metadata.version(package) for package in NEEDED}
    facts["processors"] = str(os.cpu_count())
    facts["kernel cache"] = _cache()
    facts["temporary files"] = f"{tempfile.gettempdir()} ({_free(tempfile.gettempdir())})"
    for extra, package in EXTRAS.items():
        try:
            facts[f"extra {extra}"] = f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            facts[f"extra {extra}"] = f"not installed; pip install 'standout[{extra}]'"
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for key, value in facts.items():
        typer.echo(f"{key:<17} {value}")


def _cache() -> str:
    """Where compiled kernels are kept, and whether that can be written."""
    import standout

    home = Path(os.environ.get("NUMBA_CACHE_DIR") or Path(standout.__file__).parent)
    if os.access(home, os.W_OK):
        return f"beside the code or in {home}, writable"
    return f"{home} is read-only; the user's cache folder is used, or set NUMBA_CACHE_DIR"


def _free(folder: str) -> str:
    import shutil

    return f"{shutil.disk_usage(folder).free / 1e9:.0f} GB free"
