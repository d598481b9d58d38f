"""Opening a file: what can be wrong with a path, what it is by its first bytes, and its bytes uncompressed and in UTF-8."""

from __future__ import annotations

import codecs
import difflib
import io
import re
from pathlib import Path
from typing import IO

import pyarrow as pa

from standout.core.errors import EmptyTableError, UnreadableError

MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow", b"SQLite format 3\0": "sqlite", b"PK\3\4": "excel", b"\xd0\xcf\x11\xe0": "excel"}
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd"}
SUFFIXES = {
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
    ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".xlsx": "excel", ".xls": "excel", ".xlsb": "excel", ".ods": "excel", ".xlsm": "excel",
    ".db": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite",
}  # fmt: skip
FOREIGN = {b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"\x7fELF": "a program"}
_CHUNK = 1 << 20


def checked(path: Path) -> Path:
    """The path, where it names a file that can be opened and holds anything."""
    try:
        if path.is_dir():
            raise UnreadableError(f"{path} is a folder.", _of_folder(path))
        if not path.exists():
            raise UnreadableError(f"There is no file {path}.", _near(path))
        with path.open("rb") as file:
            if not file.read(1):
                raise EmptyTableError(f"{path} is empty.", "Give a file with at least a header and one row.")
    except OSError as error:
        raise UnreadableError(f"{path} cannot be opened: {error.strerror or error}.", "Check its permissions.") from error
    except ValueError as error:
        if isinstance(error, UnreadableError | EmptyTableError):
            raise
        raise UnreadableError(f"{str(path)!r} is no path: {error}.", "Name a file.") from error
    return path


def format_of(path: Path) -> str:
    """What a file is: by its first bytes, else by its name, else "csv"; a packed file by what is inside."""
    with path.open("rb") as file:
        head = file.read(16)
    named = SUFFIXES.get(path.suffix.lower())
    for magic, format_ in MAGIC.items():
        if head.startswith(magic):
            return format_
    for magic, what in FOREIGN.items():
        if head.startswith(magic):
            raise UnreadableError(f"{path} is {what}, not a table.", "Give a CSV, Parquet, JSON, Arrow or Excel file.")
    if packing(path) is not None and len(path.suffixes) > 1:
        named = SUFFIXES.get(path.suffixes[-2].lower())
    if named in ("parquet", "arrow", "excel", "sqlite"):
        raise UnreadableError(
            f"{path} is called {path.suffix} and does not hold that format.", "It may be cut short; copy or export it again."
        )
    return named or "csv"


def packing(path: Path) -> str | None:
    """How a file is compressed, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(4)
    return next((codec for magic, codec in PACKED.items() if head.startswith(magic)), None)


def opened(path: Path) -> tuple[pa.NativeFile, pa.NativeFile | IO[bytes]]:
    """The uncompressed bytes of a file, and the raw file below, whose position tells how much was read."""
    codec = packing(path)
    try:
        raw = below = pa.OSFile(str(path), mode="r")  # reads into memory that Arrow uses again, and without Python's lock
    except UnicodeError:  # a name that is not UTF-8, which Python can open
        raw = path.open("rb")
        below = pa.PythonFile(raw, mode="r")
    return (below if codec is None else pa.CompressedInputStream(below, codec)), raw


def head_of(path: Path, size: int = _CHUNK) -> bytes:
    """The first bytes of a file, uncompressed."""
    stream, raw = opened(path)
    try:
        return bytes(stream.read(size))
    except OSError as error:
        raise damaged(path, error) from error
    finally:
        raw.close()


def damaged(path: Path, error: Exception) -> UnreadableError:
    """The error of a file that breaks off or whose compression is damaged."""
    return UnreadableError(f"{path} is damaged or cut short: {str(error).rstrip('.')}.", "Copy or download it again.")


class Recoded(io.RawIOBase):
    """A byte stream turned into UTF-8, and runs of blanks into one where they part the columns."""

    def __init__(self, stream: pa.NativeFile, encoding: str, *, errors: str = "strict", blanks: bool = False) -> None:
        super().__init__()
        self._stream, self._blanks = stream, blanks
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._left, self._rest, self._ended = b"", b"", False

    def readable(self) -> bool:
        """Always: Arrow asks."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer with the next bytes."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # any writable buffer
        while not self._left and not self._ended:
            self._next()
        size = min(len(view), len(self._left))
        view[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _next(self) -> None:
        raw = bytes(self._stream.read(_CHUNK))
        self._ended = not raw
        text = self._decoder.decode(raw, final=self._ended)
        data = self._rest + text.encode("utf-8", "replace")
        if self._blanks:
            cut = len(data) if self._ended else data.rfind(b"\n") + 1
            data, self._rest = re.sub(rb"[ \t]+", b" ", data[:cut]), data[cut:]
            data = re.sub(rb"(?m)^ | (?=\r?$)", b"", data)
        self._left = data


def _of_folder(path: Path) -> str:
    files = sorted(p.name for p in path.iterdir() if p.is_file())[:3]
    return f"Name a file in it, such as {', '.join(files)}." if files else "Name a file."


def _near(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.iterdir()]
    except OSError:
        return f"There is no folder {path.parent} either."
    near = difflib.get_close_matches(path.name, names, n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else "Check the path."
