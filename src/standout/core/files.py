"""Writing files so that nothing is ever half-written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from standout.core.errors import OutputError


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
