"""JSON lines, or one JSON array of objects; nested objects become columns named outer.inner."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json as pj

from standout.core.errors import EmptyTableError, UnreadableError
from standout.core.finding import FindingKind
from standout.data.arrow_files import flat
from standout.data.files import checked, damaged, head_of, opened
from standout.data.source import BATCH_ROWS, Spooled
from standout.data.values import array_of

BAD_LINES = FindingKind(
    "json-lines-skipped", "problem", "Lines that are no JSON objects are left out ({count:,} of them), the first on line {line}.",
    "Look at these lines.",
)  # fmt: skip
_CHUNK = 8 << 20


class JsonSource(Spooled):
    """A file of JSON objects, one a line, or in one array."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.name = checked(path), path.name.split(".")[0] or path.name
        first = head_of(path, 4096).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if first not in (b"{", b"["):
            raise UnreadableError(f"{path} does not begin with a JSON object or array.", "Give one object a line.")
        self._array = first == b"["
        self._bad, self._bad_line, self._line = 0, 0, 0

    def _blocks(self) -> Iterator[pa.RecordBatch]:
        any_rows = False
        try:
            for block in self._of_array() if self._array else self._of_lines():
                any_rows |= block.num_rows > 0
                yield flat(block)
        except OSError as error:
            raise damaged(self.path, error) from error
        if self._bad:
            self._noticed.append(BAD_LINES.found(count=self._bad, line=self._bad_line))
        if not any_rows:
            raise EmptyTableError(f"{self.path} holds no objects.", "Give a file with at least one row.")

    def _of_lines(self) -> Iterator[pa.RecordBatch]:
        stream, raw = opened(self.path)
        rest = b""
        try:
            while chunk := bytes(stream.read(_CHUNK)):
                head, mark, tail = (rest + chunk).rpartition(b"\n")
                rest = tail
                yield from self._parsed(head + mark)
            yield from self._parsed(rest)
        finally:
            raw.close()

    def _parsed(self, text: bytes) -> Iterator[pa.RecordBatch]:
        if not text.strip():
            self._line += text.count(b"\n")
            return
        try:
            table = pj.read_json(pa.BufferReader(text), pj.ReadOptions(block_size=max(1 << 20, len(text) + 1)))
            self._line += text.count(b"\n")
        except pa.ArrowInvalid:
            table = self._slowly(text)  # a line that is no object, or a field of mixed types
        if table.num_rows:
            yield from table.combine_chunks().to_batches(max_chunksize=BATCH_ROWS)

    def _slowly(self, text: bytes) -> pa.Table:
        objects = []
        for line in text.splitlines():
            self._line += 1
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                value = None
            if isinstance(value, dict):
                objects.append(value)
            else:
                self._bad, self._bad_line = self._bad + 1, self._bad_line or self._line
        return pa.Table.from_batches([_batch(objects)])

    def _of_array(self) -> Iterator[pa.RecordBatch]:
        objects = _elements(self.path)
        while piece := list(islice(objects, BATCH_ROWS)):
            yield _batch(piece)


def _batch(objects: list[dict[str, Any]]) -> pa.RecordBatch:
    flat_objects = [flattened(o) for o in objects]
    names = list(dict.fromkeys(name for o in flat_objects for name in o))
    return pa.RecordBatch.from_arrays([array_of([o.get(n) for o in flat_objects]) for n in names], names=names)


def flattened(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """An object whose inner objects are keys of their own, named outer.inner; an empty one stays a value."""
    out: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict) and item:
            out.update(flattened(item, f"{prefix}{key}."))
        else:
            out[f"{prefix}{key}"] = item
    return out


def _elements(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON array, without holding all of it."""
    stream, raw = opened(path)
    decoder, text, at = json.JSONDecoder(), "", 0
    reader = io.TextIOWrapper(io.BufferedReader(_Readable(stream)), encoding="utf-8-sig", errors="replace")
    try:
        text = reader.read(_CHUNK).lstrip()
        at = 1
        while True:
            at = _skip(text, at)
            if at < len(text) and text[at] == "]":
                return
            try:
                if at >= len(text):
                    raise ValueError("more is to come")
                value, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError) as error:
                more = reader.read(_CHUNK)
                if not more:
                    raise UnreadableError(f"{path} is no whole JSON array: {error}.", "Check its end.") from error
                text, at = text[at:] + more, 0
                continue
            if not isinstance(value, dict):
                raise UnreadableError(f"{path} holds {str(value)[:40]!r} where an object should be.", "Give an array of objects.")
            yield value
    finally:
        raw.close()


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


class _Readable(io.RawIOBase):
    def __init__(self, stream: pa.NativeFile) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # any writable buffer
        data = bytes(self._stream.read(len(view)))
        view[: len(data)] = data
        return len(data)
