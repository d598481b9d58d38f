"""Lines of a text that grows, as rows: JSON lines or delimited values, told apart by what the model's columns are called.

>>> reader = Lines(("time", "amount"))
>>> reader.rows([b"time;amount\\n", b"2026-01-01;5\\n", b"broken\\n"])
[None, {'time': '2026-01-01', 'amount': '5'}, 'broken']
>>> Lines(("amount",)).rows([b'{"amount": 5}\\n'])
[{'amount': 5}]
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from standout.core.errors import SchemaError

DELIMITERS = (",", ";", "\t", "|")
LONGEST = 1 << 20
"""Bytes of one line; of a longer one only the beginning is kept, as a row that was rejected."""
MOST_JOINED = 1_000
"""Lines that one quoted value may span."""


@dataclass
class Form:
    """How lines are to be read. names: of the values of delimited lines; empty for JSON lines."""

    delimiter: str = ""
    names: tuple[str, ...] = ()


class Lines:
    """Reads lines one after the other; the first of them tells the form.

    A line that cannot be read comes back as its text, which the service rejects by name and keeps. None stands for a line that is
    no row: a header, a blank line.
    """

    def __init__(self, columns: Sequence[str], form: Form | None = None) -> None:
        self._columns = columns
        self.form = form

    def rows(self, lines: Sequence[bytes]) -> list[Any]:
        """One entry a line. SchemaError where the first line fits none of the model's columns."""
        return [self._row(line) for line in lines]

    def _row(self, line: bytes) -> Any:
        text = line[:LONGEST].decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r\n")
        if not text.strip():
            return None
        if self.form is None:
            self.form, header = self._form_of(text)
            if header:
                return None
        if not self.form.names:
            return _json(text)
        cells = _cells(text, self.form.delimiter)
        if cells == list(self.form.names):  # each of several files that were put behind each other begins with it
            return None
        return dict(zip(self.form.names, cells, strict=True)) if len(cells) == len(self.form.names) else text

    def _form_of(self, text: str) -> tuple[Form, bool]:
        """The form that a first line tells, and whether it is a header."""
        if text.lstrip().startswith("{"):
            return Form(), False
        known = set(self._columns)
        shared = {d: len(known & set(_cells(text, d))) for d in DELIMITERS}
        best = max(DELIMITERS, key=lambda d: shared[d])
        if shared[best]:
            return Form(best, tuple(_cells(text, best))), True
        for delimiter in DELIMITERS:
            if len(_cells(text, delimiter)) == len(self._columns):
                return Form(delimiter, tuple(self._columns)), False
        raise SchemaError(
            f"The first line names none of the model's columns and has not {len(self._columns)} values: {text[:80]!r}.",
            f"Give JSON lines, or a first line that names columns such as {', '.join(self._columns[:3])}.",
        )


def _json(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, skipinitialspace=True))]
    except (csv.Error, StopIteration):
        return [text]


class Cutter:
    """Cuts bytes into lines, each with the place at which it begins; what is not yet a whole line waits.

    A value in quotation marks may hold line ends: such lines are put together, unless the text is JSON.

    >>> cutter = Cutter(0)
    >>> cutter.cut(b'a,"x\\ny"\\nb'), cutter.cut(b',c\\n')
    ([(0, b'a,"x\\ny"\\n')], [(8, b'b,c\\n')])
    """

    def __init__(self, start: int) -> None:
        self.place = start  # where the line that is not whole yet begins
        self._held = b""
        self._searched = 0  # of what is held, how much is known to hold no end

    def cut(self, data: bytes) -> list[tuple[int, bytes]]:
        """The whole lines that the bytes complete."""
        self._held += data
        found = []
        at = 0
        while True:
            end = self._end(at, max(at, self._searched))
            if end < 0:
                break
            found.append((self.place + at, self._held[at:end]))
            at = self._searched = end
        self._held, self.place = self._held[at:], self.place + at
        self._searched = max(0, self._searched - at)
        return found

    def rest(self) -> list[tuple[int, bytes]]:
        """What is left when nothing more will come: a last line without an end."""
        left = [(self.place, self._held)] if self._held.strip() else []
        self.place, self._held, self._searched = self.place + len(self._held), b"", 0
        return left

    def _end(self, at: int, searched: int) -> int:
        """Where the line that begins at `at` ends, -1 where it has no end yet."""
        end = self._held.find(b"\n", searched)
        if end < 0:
            self._searched = len(self._held)
            # a line without an end would fill the memory: it is cut where no line should be so long, and its parts are told as unread
            return len(self._held) if len(self._held) - at > 4 * LONGEST else -1
        if self._held[at : at + 1] in (b"{", b"["):
            return end + 1
        for _ in range(MOST_JOINED):
            if self._held.count(b'"', at, end) % 2 == 0 or end - at > LONGEST:
                return end + 1
            further = self._held.find(b"\n", end + 1)
            if further < 0:
                self._searched = end  # this end counts again when more has come
                return -1
            end = further
        return self._held.find(b"\n", at) + 1  # a mark that is never closed stands for itself
