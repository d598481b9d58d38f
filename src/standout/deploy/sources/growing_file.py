"""A file that grows: CSV or JSON lines, followed over rotation, truncation and restarts; no row is lost, none is taken twice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Literal

from standout.core.errors import UnreadableError
from standout.deploy.sources.feed import Feed, Pace, Sink, Stopped
from standout.deploy.sources.lines import LONGEST, Cutter, Lines
from standout.deploy.sources.places import Place, identity

PIECE = 1 << 18
"""Bytes read at a time."""
PACKED = (".gz", ".zst", ".bz2", ".xz")


class GrowingFile(Feed):
    """Follows one path, as a log that others write to.

    start: "beginning" takes what is there already, "end" only what comes; a place that was kept is gone on from in any case.
    follow: whether to wait for more at the end of the file. every: seconds between looks at a file that did not grow.
    """

    def __init__(
        self, path: Path, *, start: Literal["beginning", "end"] = "beginning", follow: bool = True, every: float = 0.25
    ) -> None:
        self.path, self.name = path, f"file:{path.absolute()}"
        self._start, self._follow, self._every = start, follow, every
        self._pace = Pace()

    def run(self, sink: Sink) -> None:
        """Follow the file. UnreadableError where it cannot be read, SchemaError where its lines are not the model's."""
        if self.path.is_dir():
            raise UnreadableError(f"{self.path} is a folder.", "Name one file in it.")
        told = sink.place()
        place = None if told is None else Place.of(told)
        while not sink.stop.is_set():
            handle = self._opened(place, sink)
            if handle is None:
                return
            with handle:
                place = self._read(handle, self._begun(handle, place), sink)
            if not self._follow:
                return

    def _opened(self, place: Place | None, sink: Sink) -> IO[bytes] | None:
        """The file to go on with, once there is one; None when told to stop."""
        while not sink.stop.is_set():
            try:
                return self._next(place, sink).open("rb")
            except FileNotFoundError:
                if not self._follow:
                    raise UnreadableError(f"There is no file {self.path}.", "Check the path.") from None
            except OSError as error:
                raise UnreadableError(f"{self.path} cannot be read: {error.strerror}.", "Check who may read it.") from error
            sink.stop.wait(self._every)
        return None

    def _next(self, place: Place | None, sink: Sink) -> Path:
        """What is left of the file that was read last, wherever it was moved to; then those that came after it; then the path's."""
        if place is None or place.lies_in(self.path):
            return self.path
        moved = sorted(self._siblings(), key=lambda p: p.stat().st_mtime_ns)
        for i, path in enumerate(moved):
            if place.lies_in(path):
                if path.stat().st_size > place.offset:
                    return path
                return moved[i + 1] if i + 1 < len(moved) else self.path
        if self.path.exists() and self.path.stat().st_ino != place.file[1]:
            sink.problem(f"{self.path} is another file than before, and that one is gone: what was not read of it is lost.")
        return self.path

    def _siblings(self) -> list[Path]:
        """Where rotation may have moved older files of the path."""
        return [
            p
            for p in self.path.parent.iterdir()
            if p.name.startswith(self.path.name) and p != self.path and p.suffix not in PACKED and p.is_file()
        ]

    def _begun(self, handle: IO[bytes], before: Place | None) -> Place:
        """The place to go on from in an open file: the kept one where it is of this file, else its beginning or end."""
        if before is not None and before.lies_in_open(handle):
            return before
        offset = _after_last_line(handle) if before is None and self._start == "end" else 0
        return Place.begin(handle, offset, 0 if before is None else before.generation + 1)

    def _read(self, handle: IO[bytes], place: Place, sink: Sink) -> Place:
        """Take in the rows of one open file until it is no longer the one to follow; returns how far it was read."""
        lines = Lines(sink.columns, place.form)
        if place.offset and place.form is None:
            lines.rows([handle.readline(LONGEST)])  # joined further on: the first line tells the form
        cutter = Cutter(place.offset)
        handle.seek(place.offset)
        while not sink.stop.is_set():
            done = not self._follow or self._left_behind(handle)  # asked before reading, so that nothing can come in between
            data = handle.read(PIECE)
            over = done and not data
            cut = cutter.cut(data) + (cutter.rest() if over else [])
            try:
                self._take(cut, lines, place.generation, sink)
            except Stopped:
                break
            place = place.moved_on(handle, cutter.place, lines.form)
            if over or (cut and self._pace.due()):
                sink.keep(place.as_dict())
            if over:
                return place
            if not data:
                sink.stop.wait(self._every)
        sink.keep(place.as_dict())
        return place

    def _take(self, cut: Sequence[tuple[int, bytes]], lines: Lines, generation: int, sink: Sink) -> None:
        """Give lines to the stream; a row without an id of its own gets one of its place."""
        read = lines.rows([line for _, line in cut])
        rows = [
            {sink.key: f"{self.path.name}#{generation}:{at}", **row} if isinstance(row, dict) else row
            for (at, _), row in zip(cut, read, strict=True)
            if row is not None
        ]
        if rows:
            sink.take(rows)

    def _left_behind(self, handle: IO[bytes]) -> bool:
        """Whether the path leads to another file by now, or this one was cut short."""
        status = os.fstat(handle.fileno())
        if status.st_size < handle.tell():
            return True
        try:
            return identity(self.path.stat()) != identity(status)
        except OSError:
            return False  # between two files of a rotation: what still comes to this one is read


def _after_last_line(handle: IO[bytes]) -> int:
    """Where the line begins that is not whole yet: the end of the file, most times."""
    size = os.fstat(handle.fileno()).st_size
    at = size
    while at > 0:
        first = max(0, at - PIECE)
        end = os.pread(handle.fileno(), at - first, first).rfind(b"\n")
        if end >= 0:
            return first + end + 1
        at = first
    return 0
