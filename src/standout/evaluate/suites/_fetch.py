"""Public sets fetched from where a manifest says, each held against its checksum before it takes its place.

A manifest is TOML: for each file its place below the data folder, its address and its SHA-256. No address is built in: who publishes
a set may move it, and a checksum is only worth what its source is.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from standout.core.errors import ParameterError, UnreadableError
from standout.core.files import replacing

MOST = 4 << 30
"""Bytes of one file at most, unless its entry says fewer."""

PIECE = 1 << 20
PATIENCE = 60.0
"""Seconds without a byte before giving up."""


@dataclass(frozen=True)
class Entry:
    """One file of a manifest; bytes: its size at most."""

    path: str
    url: str
    sha256: str
    bytes: int = MOST


def read_manifest(path: Path) -> tuple[Entry, ...]:
    """The entries of a manifest; ParameterError names the entry and what is wrong with it."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableError(f"{path} is no manifest: {error}.", "docs/benchmarks.md shows one.") from error
    files = told.get("file")
    if not isinstance(files, list) or not files:
        raise ParameterError(f"{path} lists no [[file]].", "docs/benchmarks.md shows a manifest.")
    return tuple(_entry(f"{path}, file {i + 1}", told) for i, told in enumerate(files))


def _entry(where: str, told: Any) -> Entry:
    keys = {"path": str, "url": str, "sha256": str, "bytes": int}
    if not isinstance(told, Mapping) or not {"path", "url", "sha256"} <= set(told) <= set(keys):
        raise ParameterError(
            f"{where}: it needs path, url and sha256, and may have bytes.", "docs/benchmarks.md shows a manifest."
        )
    for key, value in told.items():
        if type(value) is not keys[key]:
            raise ParameterError(f"{where}: {key} is {value!r}.", "docs/benchmarks.md shows a manifest.")
    entry, place = Entry(**told), PurePosixPath(told["path"])
    if place.is_absolute() or ".." in place.parts or not place.parts or set(entry.path) & set("\\:\0"):
        raise ParameterError(f"{where}: path is {entry.path!r}.", "Name a file below the data folder.")
    if urlsplit(entry.url).scheme not in ("https", "http"):
        raise ParameterError(f"{where}: url is {entry.url!r}.", "Use https.")
    if not re.fullmatch(r"[0-9a-f]{64}", entry.sha256):
        raise ParameterError(f"{where}: sha256 is {entry.sha256!r}.", "Take its 64 digits from who publishes the set.")
    return entry


def fetch(manifest: Path, data: Path, tell: Callable[[str], None]) -> int:
    """Fetch what is not there yet or differs; the number of files fetched.

    UnreadableError where a file cannot be had or is not what its checksum says: then nothing takes its place.
    """
    fetched = 0
    for entry in read_manifest(manifest):
        place = data / entry.path
        if place.is_file() and _digest(place) == entry.sha256:
            tell(f"{entry.path} is there")
            continue
        tell(f"{entry.path} from {urlsplit(entry.url).netloc}")
        _download(entry, place)
        fetched += 1
    return fetched


def verify(sums: Path, data: Path, tell: Callable[[str], None]) -> int:
    """How many files below a folder are as a list of checksums says, in the form of `sha256sum`; those not there are told.

    UnreadableError names those that differ, once all were looked at.
    """
    try:
        listed = [line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{sums} cannot be read: {error}.", "Check the path.") from error
    for i, parts in enumerate(listed):
        if len(parts) != 2 or not re.fullmatch(r"[0-9a-f]{64}", parts[0]):
            raise ParameterError(f"{sums}, line {i + 1}, is not a SHA-256 and a path.", "Write it with sha256sum.")
    there = [(told, name) for told, name in listed if (data / name).is_file()]
    for name in sorted({name for _, name in listed} - {name for _, name in there}):
        tell(f"{name} is not there")
    wrong = [name for told, name in there if _digest(data / name) != told]
    if wrong:
        raise UnreadableError(
            f"{len(wrong)} of {len(there)} files are not what {sums.name} says: {', '.join(wrong[:5])}.",
            "Figures of other files are not comparable; fetch them again.",
        )
    return len(there)


def _download(entry: Entry, place: Path) -> None:
    seen, size = hashlib.sha256(), 0
    with replacing(place) as handle:
        try:
            with urllib.request.urlopen(entry.url, timeout=PATIENCE) as answer:  # the scheme was checked
                while piece := answer.read(PIECE):
                    size += len(piece)
                    if size > entry.bytes:
                        raise UnreadableError(f"{entry.url} is larger than {entry.bytes:,} bytes.", "Check the manifest.")
                    seen.update(piece)
                    handle.write(piece)
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            raise UnreadableError(f"{entry.url} cannot be fetched: {error}.", "Try again, or fetch the file by hand.") from error
        if seen.hexdigest() != entry.sha256:
            raise UnreadableError(
                f"{entry.url} has the SHA-256 {seen.hexdigest()} and not {entry.sha256}.",
                "It has changed since the manifest was written, or was altered on the way; nothing was kept.",
            )


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
