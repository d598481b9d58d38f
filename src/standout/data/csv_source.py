"""Delimited text, read in place: any delimiter and encoding, packed or not, in bounded memory.

The types come from the head of the file and from a few places further on; nothing is read twice unless a later
row overturns them.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc

from standout.core.ahead import Begun
from standout.core.errors import EmptyTableError, UnreadableError
from standout.core.finding import Finding, FindingKind
from standout.data.csv_head import MISSING, look
from standout.data.files import Recoded, checked, damaged, head_of, opened, packing
from standout.data.source import BATCH_ROWS, MIXED_TYPES, ReadAgain, Source, in_words
from standout.data.text_types import widened

RAGGED = FindingKind(
    "ragged-rows", "problem",
    "Rows without {width} fields are left out ({count:,} of them), the first on line {lines}.",
    "Look at these lines; a delimiter inside a value needs quotation marks.",
)  # fmt: skip
NOT_UTF8 = FindingKind(
    "encoding-mixed", "warning", "The file looked like {before} at first and is not: it is read as {after}.",
    "Say --encoding if letters look wrong.",
)  # fmt: skip
_BLOCK = 8 << 20
_LARGEST_BLOCK = 1 << 30
_HEAD = 1 << 20
_PROBES, _PROBE = 8, 128 << 10
_SHOWN = 5
_BEGUN = 256 << 20


class CsvSource(Source):
    """A delimited text file.

    delimiter, encoding, header and names override what is found; `names` are given to the columns in order. Rows with too few
    or too many fields are left out, counted, and told with their lines.
    """

    def __init__(
        self,
        path: Path,
        *,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self.path, self.name = checked(path), path.name.split(".")[0] or path.name
        head = head_of(path, _HEAD)
        if not head:
            raise EmptyTableError(f"{path} is empty.", "Give a file with at least a header and one row.")
        whole = len(head) < _HEAD
        try:
            self._head = look(head, whole=whole, delimiter=delimiter, encoding=encoding, header=header, names=names)
        except (UnreadableError, EmptyTableError) as error:
            raise type(error)(f"{path}: {error.what}", error.hint) from error
        self._errors = "strict"
        self._newlines = self._head.spans
        self._block = _BLOCK
        self._noticed: list[Finding] = []
        self._ragged: tuple[int, tuple[int, ...]] = (0, ())
        self._types: dict[str, pa.DataType] = dict.fromkeys(self._head.names, pa.null())
        self._begun: Begun[pa.RecordBatch] | None = None
        self._probe(head, whole)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed; the ragged rows are counted by a whole pass."""
        count, lines = self._ragged
        shown = ", ".join(f"{n:,}" for n in lines)
        ragged = (RAGGED.found(count=count, width=len(self._head.names), lines=shown),) if count else ()
        return (*self._head.findings, *self._noticed, *ragged)

    @contextmanager
    def begun(self) -> Iterator[None]:
        """With the next pass under way, as far as `_BEGUN` bytes ahead of whoever asks for it."""
        begun = self._begun = Begun(self._pass(), lambda batch: batch.nbytes, _BEGUN)
        try:
            yield
        finally:
            self._begun = None
            begun.close()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """A pass over the file."""
        begun, self._begun = self._begun, None
        if begun is None:
            yield from self._pass()
            return
        try:
            yield from begun
        finally:
            begun.close()

    def _pass(self) -> Generator[pa.RecordBatch]:
        given = 0
        while True:
            try:
                for batch in self._read(dict(self._types)):
                    given += batch.num_rows
                    yield batch
                break
            except (pa.ArrowInvalid, UnicodeError) as error:
                self._learn(error)
                if given:
                    raise ReadAgain from error
        if not given:
            raise self._no_rows()
        self.rows = given

    def _read(self, types: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
        ragged: list[str] = []
        count = 0

        def skip(row: Any) -> str:
            nonlocal count
            count += 1
            if len(ragged) < _SHOWN:
                ragged.append(row.text)
            return "skip"

        with self._stream() as (stream, raw, size):
            reader = self._reader(stream, types, skip)
            for batch in reader:
                self.share = min(1.0, raw.tell() / size)
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    yield batch.slice(start, BATCH_ROWS)
        self._ragged = (count, self._lines_of(ragged)) if count else (0, ())

    @contextmanager
    def _stream(self) -> Iterator[tuple[pa.NativeFile, Any, int]]:
        stream, raw = opened(self.path)
        head = self._head
        if head.encoding not in ("utf-8", "utf-8-sig", "ascii") or head.blanks or self._errors != "strict":
            stream = pa.PythonFile(Recoded(stream, head.encoding, errors=self._errors, blanks=head.blanks), mode="r")
        try:
            yield stream, raw, max(1, os.path.getsize(self.path))
        except OSError as error:
            raise damaged(self.path, error) from error
        finally:
            raw.close()

    def _reader(self, stream: pa.NativeFile, types: dict[str, pa.DataType], skip: Any) -> pc.CSVStreamingReader:
        names = list(self._head.names)
        return pc.open_csv(
            stream,
            pc.ReadOptions(block_size=self._block, column_names=names, skip_rows=self._head.skip),
            pc.ParseOptions(
                delimiter=self._head.delimiter,
                newlines_in_values=self._newlines,
                invalid_row_handler=skip,
                ignore_empty_lines=len(names) > 1,
            ),
            pc.ConvertOptions(column_types=types, null_values=list(MISSING), strings_can_be_null=True),
        )

    def _probe(self, head: bytes, whole: bool) -> None:
        """Types from the head and, in a plain file, from places spread over the rest; whatever they miss, a pass finds."""
        text = head.decode(self._head.encoding, "replace").encode("utf-8", "replace")
        self._widen_by(text if whole else text[: text.rfind(b"\n") + 1], self._head.skip)
        size = os.path.getsize(self.path)
        plain = packing(self.path) is None and self._head.encoding in ("utf-8", "utf-8-sig", "ascii") and not self._newlines
        if whole or not plain:
            return
        with self.path.open("rb") as file:
            for i in range(1, _PROBES + 1):
                file.seek(_HEAD + (size - _HEAD - _PROBE) * i // _PROBES)
                piece = file.read(_PROBE)
                self._widen_by(piece[piece.find(b"\n") + 1 : piece.rfind(b"\n") + 1], 0)

    def _widen_by(self, text: bytes, skip_lines: int) -> None:
        head, self._head = self._head, replace(self._head, skip=skip_lines)
        try:
            stream = pa.BufferReader(text)
            if head.blanks:
                stream = pa.PythonFile(Recoded(stream, "utf-8", blanks=True), mode="r")
            for batch in self._reader(stream, dict.fromkeys(head.names, pa.string()), lambda _: "skip"):
                self._widen(batch)
        except (pa.ArrowInvalid, UnicodeError, StopIteration):
            return  # no rows, or cut in the middle of a quotation: a pass will tell
        finally:
            self._head = head

    def _widen(self, batch: pa.RecordBatch) -> list[str]:
        changed = []
        for name, texts in zip(batch.schema.names, batch.columns, strict=True):
            before, after = self._types[name], widened(texts, self._types[name])
            if after != before:
                self._types[name] = after
                changed.append(name)
                if pa.types.is_string(after) and not pa.types.is_null(before):
                    self._tell_mixed(name, texts, before)
        return changed

    def _tell_mixed(self, name: str, texts: pa.Array, before: pa.DataType) -> None:
        values = (t for t in texts.to_pylist() if t is not None)
        example = next((t for t in values if pa.types.is_string(widened(pa.array([t]), before))), "")
        self._noticed.append(MIXED_TYPES.found(column=name, before=in_words(before), example=example, after="text"))

    def _learn(self, error: Exception) -> None:
        """Change how the file is read after Arrow refused a row; UnreadableError where there is nothing left to change."""
        message = str(error)
        if "header is larger than block size" in message:  # nothing is left after the header
            raise self._no_rows() from error
        if "newlines_in_values" in message and not self._newlines:
            self._newlines = True
        elif "straddling" in message and self._block < _LARGEST_BLOCK:
            self._block *= 8
        elif "UTF8" in message or isinstance(error, UnicodeError):
            self._other_encoding()
        elif "conversion error" in message and self._settle():
            return
        else:
            raise UnreadableError(
                f"{self.path} cannot be read: {message}.", "An unclosed quotation mark, or --delimiter?"
            ) from error

    def _settle(self) -> bool:
        """One look at every row as text, widening each type until it holds; whether anything changed."""
        while True:
            changed = False
            try:
                for batch in self._read(dict.fromkeys(self._head.names, pa.string())):
                    changed |= bool(self._widen(batch))
            except (pa.ArrowInvalid, UnicodeError) as error:
                if "conversion error" in str(error) and "UTF8" not in str(error):
                    raise UnreadableError(f"{self.path} cannot be read: {error}.", "Say --delimiter or --encoding.") from error
                self._learn(error)
                continue
            return changed

    def _no_rows(self) -> EmptyTableError:
        count = self._ragged[0]
        if count:
            width = len(self._head.names)
            return EmptyTableError(
                f"None of the {count} rows of {self.path} has {width} fields as its header.", "Say --delimiter."
            )
        return EmptyTableError(f"{self.path} has a header and no rows.", "Give a file with at least one row.")

    def _other_encoding(self) -> None:
        before, plain = self._head.encoding, head_of(self.path, _HEAD).isascii()
        if self._errors != "strict":
            raise UnreadableError(f"{self.path} is not {before} text.", "Say --encoding.")
        if plain:  # plain letters at first: an accent in one byte is Western nearly always
            self._head = replace(self._head, encoding="cp1252")
        self._errors = "replace"
        after = "cp1252" if plain else f"{before}, what does not fit as �"
        self._noticed.append(NOT_UTF8.found(before=before, after=after))

    def _lines_of(self, texts: Sequence[str]) -> tuple[int, ...]:
        """The line numbers of rows, by a look through the file; only taken when there are ragged rows."""
        wanted = {t.encode("utf-8", "replace") for t in texts}
        found: list[int] = []
        with self._stream() as (stream, _, _):
            number, rest = 0, b""
            while chunk := bytes(stream.read(_HEAD)):
                lines = (rest + chunk).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    number += 1
                    if line.rstrip(b"\r") in wanted:
                        found.append(number)
                        if len(found) >= len(texts):
                            return tuple(found)
            if rest.rstrip(b"\r") in wanted:
                found.append(number + 1)
        return tuple(found)
