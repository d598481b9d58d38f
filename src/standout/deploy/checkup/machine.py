"""What is installed, and the machine that it runs on."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from standout.core.beside import CORES
from standout.core.errors import OutputError
from standout.deploy.checkup.facts import Fact

NEEDED = ("numpy", "scipy", "scikit-learn", "numba", "pyarrow", "sqlalchemy", "typer")
EXTRAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "boost": ("boosted trees", ("xgboost",)),
    "deep": ("the LSTM and larger autoencoders", ("torch",)),
    "excel": ("Excel files", ("python_calamine",)),
    "postgresql": ("PostgreSQL, as data and as the service's store", ("psycopg",)),
    "serve": (
        "the live service and its dashboard",
        ("fastapi", "uvicorn", "streamlit", "plotly", "prometheus_client", "apprise"),
    ),
    "shap": ("SHAP values and their pictures", ("shap", "matplotlib")),
    "streams": ("message brokers", ("faststream", "aiokafka", "zmqtt", "nats", "aio_pika", "redis")),
}
"""Each extra: what it is for, and the modules that must be there. A test holds it against pyproject.toml."""
FULL = 100_000_000
TIGHT = 1_000_000_000
"""Bytes free on a disk: below the first nothing works for long, below the second it is told."""
BORN = datetime(2026, 1, 1).timestamp()
SKEW = 2.0
"""Seconds by which two clocks may differ without a word."""


def facts() -> Iterator[Fact]:
    """Everything about this installation and machine."""
    yield Fact("standout", f"{metadata.version('standout')} in {Path(__file__).parents[2]}")
    yield Fact(
        "python", f"{platform.python_version()} ({platform.python_implementation()}, {sys.platform}, {platform.machine()})"
    )
    yield Fact("packages", ", ".join(f"{name} {metadata.version(name)}" for name in NEEDED))
    yield processors()
    yield from kernels()
    yield temporary()
    yield clock()
    yield from extras()


def processors() -> Fact:
    """How many there are, how many this process may use, and how many it would use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota(Path("/sys/fs/cgroup/cpu.max"))
    says = f"{os.cpu_count()}, of which {usable} may be used" + (f", for the time of {quota:g}" if quota else "")
    share = max(1, round(min(usable, quota or usable)))
    if share < CORES:
        hint = f"Set STANDOUT_THREADS={share}."
        return Fact("processors", f"{says}; Standout would start {CORES} threads", "warning", hint)
    return Fact("processors", f"{says}; Standout uses {CORES}")


def cpu_quota(file: Path) -> float | None:
    """Processors' worth of time that a container may use, from its control group; None where there is no limit or no such file.

    >>> cpu_quota(Path("no such file")) is None
    True
    """
    try:
        most, _, period = file.read_text().strip().partition(" ")
        return None if most == "max" else int(most) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def kernels() -> Iterator[Fact]:
    """The instruction set, and whether compiled kernels are kept."""
    from standout.kernels.caching import processor

    name, wide = processor()
    yield Fact("instructions", f"{name}, {wide}")
    try:
        number, folder = kept()
    except OutputError as error:
        yield Fact.wrong("kernels", error)
        return
    if number:
        yield Fact("kernels", f"{number} compiled, kept in {folder}")
    else:
        hint = "The first run compiles them, within a minute; or at once: standout doctor --warm"
        yield Fact("kernels", f"none compiled yet; they will be kept in {folder}", "warning", hint)


def kept() -> tuple[int, Path]:
    """How many kernels are compiled and where they are kept; OutputError where they cannot be."""
    from standout.kernels.caching import cache_folder, compiled

    folder = cache_folder()
    return compiled(folder), folder


def temporary() -> Fact:
    """Where temporary files go, and what room is there."""
    try:
        return room("temporary files", Path(tempfile.gettempdir()))
    except FileNotFoundError:
        error = OutputError("No folder for temporary files can be written.", "Set TMPDIR to a folder that can be written.")
        return Fact.wrong("temporary files", error)


def room(topic: str, folder: Path) -> Fact:
    """How much room the disk of a folder has."""
    free = shutil.disk_usage(folder).free
    says = f"{folder}, {free / 1e9:,.1f} GB free"
    if free < FULL:
        return Fact.wrong(topic, OutputError(f"The disk of {folder} is full: {free / 1e6:.0f} MB free.", "Free the disk."))
    return Fact(topic, says, "warning", "Free the disk soon.") if free < TIGHT else Fact(topic, says)


def clock() -> Fact:
    """Whether the clock can be believed: not before this version was made, and the same as the disk's."""
    now = time.time()
    shown = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    if now < BORN:
        return Fact("clock", f"{shown}, which is before this version was made", "problem", "Set the clock, best by NTP.")
    try:
        with tempfile.NamedTemporaryFile() as made:
            apart = os.stat(made.name).st_mtime - time.time()
    except OSError:  # told with the temporary files
        return Fact("clock", shown)
    if abs(apart) > SKEW:
        return Fact("clock", f"{shown}, and the disk's is {apart:+.0f} s from it", "warning", "Synchronise both by NTP.")
    return Fact("clock", shown)


def extras() -> Iterator[Fact]:
    """Each extra, and the line that installs what is missing."""
    for extra, (purpose, modules) in EXTRAS.items():
        missing = [m for m in modules if find_spec(m) is None]
        if not missing:
            yield Fact(f"extra {extra}", f"installed, for {purpose}")
        else:
            lacks = "not installed" if len(missing) == len(modules) else f"without {', '.join(missing)}"
            yield Fact(f"extra {extra}", f"{lacks}; it is for {purpose}", hint=f"pip install 'standout[{extra}]'")
