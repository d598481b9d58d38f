"""Standard input: CSV or JSON lines that another program writes, taken in as they come."""

from __future__ import annotations

import os
import select
import sys

from standout.deploy.sources.feed import Feed, Sink
from standout.deploy.sources.lines import Cutter, Lines

PIECE = 1 << 16
EVERY = 0.25  # seconds between looks whether to stop


class StandardInput(Feed):
    """Reads a pipe until the program at its other end closes it. What was not taken when this stops is that program's to send again.

    handle: of what is read, standard input unless told.
    """

    name = "stdin"

    def __init__(self, handle: int | None = None) -> None:
        self._handle = handle

    def run(self, sink: Sink) -> None:
        """Bring rows until the end. SchemaError where the lines are not the model's."""
        handle = sys.stdin.fileno() if self._handle is None else self._handle
        lines, cutter = Lines(sink.columns), Cutter(0)
        while not sink.stop.is_set():
            if not select.select([handle], [], [], EVERY)[0]:
                continue
            data = os.read(handle, PIECE)
            cut = cutter.cut(data) if data else cutter.rest()
            rows = [row for row in lines.rows([line for _, line in cut]) if row is not None]
            if rows:
                sink.take(rows)
            if not data:
                return
