"""What comes in on standard input, kept in a temporary file so that it can be read again."""

from __future__ import annotations

import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

from standout.core.errors import StandoutError, UnreadableError
from standout.data.files import packing
from standout.data.source import Source

NAME = "standard-input"


def source_of_input(open_path: Callable[[Path], Source]) -> Source:
    """A source of all that standard input gives; `open_path` opens the file that it is kept in, gone with the source.

    Raises UnreadableError where a person sits there or the disk is full, and what `open_path` raises.
    """
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or stream.isatty():
        raise UnreadableError("Nothing comes in on standard input.", "Send a file in: zcat data.csv.gz | standout run -")
    folder = tempfile.mkdtemp(prefix="standout-")
    try:
        path = Path(folder) / NAME
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(stream, file, 1 << 20)
        except OSError as error:
            raise UnreadableError(
                f"Standard input cannot be kept in a temporary file: {error.strerror or error}.",
                "Free the disk or point TMPDIR elsewhere.",
            ) from error
        path = _named(path)
        try:
            source = open_path(path)
        except StandoutError as error:
            raise type(error)(error.what.replace(str(path), "Standard input"), error.hint) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    source.name = NAME
    weakref.finalize(source, shutil.rmtree, folder, ignore_errors=True)
    return source


def _named(path: Path) -> Path:
    """JSON lines have no first bytes of their own: a file that begins with a brace is given their ending."""
    with path.open("rb") as file:
        begins = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if begins in (b"{", b"[") and packing(path) is None:
        return path.rename(path.with_suffix(".json"))
    return path
