"""Structured logs: one JSON object a line on standard error, with who did what and how long it took, never a value of a row.

>>> line = Logs(stream := io.StringIO()).tell("request", id="a1", status=200)
>>> json.loads(stream.getvalue())["status"]
200
"""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

ENCODER = json.JSONEncoder(default=str)


class Logs:
    """Where lines go; safe from several threads."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream: TextIO | io.StringIO = stream or sys.stderr
        self._lock = threading.Lock()
        self._kept: list[str] = []

    def tell(self, event: str, level: str = "info", **fields: Any) -> None:
        """Write one line; a stream that is gone is no reason to stop serving."""
        self.keep(event, level, **fields)
        self.flush()

    def keep(self, event: str, level: str = "info", **fields: Any) -> bool:
        """Have one line ready for `flush`; True for the first since the last one, when somebody should see to it that it comes."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = ENCODER.encode({"at": now, "level": level, "event": event, **fields})
        with self._lock:
            self._kept.append(line)
            return len(self._kept) == 1

    def flush(self) -> None:
        """Write what was kept, in order and at once."""
        with self._lock:
            lines, self._kept = self._kept, []
            if not lines:
                return
            try:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                return

    def defect(self, request_id: str, error: BaseException) -> None:
        """Where in the code a mistake of our own came up. Its message may hold values of rows and is left out."""
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
        self.tell("defect", "error", id=request_id, kind=type(error).__name__, places=places)


class Handed(logging.Handler):
    """Messages of libraries, such as the web server's own, as lines of ours."""

    def __init__(self, logs: Logs) -> None:
        super().__init__(logging.WARNING)
        self._logs = logs

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one message on, without its traceback: that may show values."""
        self._logs.tell("library", record.levelname.lower(), logger=record.name, message=record.getMessage()[:500])
