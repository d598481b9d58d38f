"""Who wants to watch a long job: what it is told, and how the time of each phase is kept."""

from __future__ import annotations

import time


class Steps:
    """Override these to watch a run; this one looks away."""

    def phase(self, number: int, title: str) -> None:
        """A phase begins, and the one before it is done."""

    def note(self, text: str) -> None:
        """One line on what the phase found."""

    def advance(self, rows: int, of: int | None) -> None:
        """So many rows are done, of so many where that is known."""


class Watch:
    """Passes phases on to whoever watches, and keeps the seconds that each took."""

    def __init__(self, steps: Steps | None = None) -> None:
        self.steps = steps or Steps()
        self.seconds: dict[str, float] = {}
        self._title, self._began = "", 0.0

    def phase(self, number: int, title: str) -> None:
        """Begin a phase and end the one before it."""
        self.done()
        self._title, self._began = title, time.perf_counter()
        self.steps.phase(number, title)

    def done(self) -> None:
        """End the last phase."""
        if self._title:
            self.seconds[self._title] = time.perf_counter() - self._began
            self._title = ""
