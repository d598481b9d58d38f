"""Settings read with the place of a mistake, and files written so that nothing is ever half-written."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from standout.core.errors import OutputError, UnreadableError


def read_toml(path: str | Path, what: str) -> dict[str, Any]:
    """The keys of a file; UnreadableError says what it is, such as "goal file", and why it cannot be read."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableError(f"The {what} {path} cannot be read: {error.strerror}.", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(f"The {what} {path} is not TOML: {error}.", "Mend that line.") from error


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes `path`'s place once it is whole and on disk; on any failure the old file stays as it was.

    Raises OutputError where the folder cannot be written or the disk is full.
    """
    handle: IO[bytes] | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115  # replaced by name below
        with handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(handle.name, 0o666 & ~_umask())
        os.replace(handle.name, path)
    except BaseException as error:
        if handle is not None:
            with suppress(OSError):
                os.unlink(handle.name)
        if isinstance(error, OSError):
            raise OutputError(
                f"{path} cannot be written: {error.strerror or error}.", "Free the disk, or write to another place."
            ) from error
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
