"""What a person sees while a run goes on: each phase with its time, and a bar with time left where there is much to do.

All of it goes to standard error, and only when that is a terminal: a script reads results, not progress.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from standout.core.steps import Steps

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

PHASES = 6


class Shown(Steps):
    """Progress on a terminal."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = console
        self._bar = Progress(
            TextColumn("[bold]{task.fields[number]}/6[/] {task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._title, self._number, self._note, self._began = "", 0, "", time.perf_counter()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._finish(failed=error is not None)
        self._bar.stop()

    def phase(self, number: int, title: str) -> None:
        """A phase begins, and the one before it is done."""
        self._finish(failed=False)
        self._title, self._number, self._note, self._began = title, number, "", time.perf_counter()
        self._task = self._bar.add_task(title, total=None, number=number, note="")

    def note(self, text: str) -> None:
        """One line on what the phase found."""
        self._note = text

    def advance(self, rows: int, of: int | None) -> None:
        """So many rows are done, of so many where that is known."""
        if self._task is not None:
            shown = f"{rows:,} rows" if of is None else f"{rows:,} of {of:,} rows"
            self._bar.update(self._task, completed=rows, total=of, note=shown)

    def _finish(self, *, failed: bool) -> None:
        if self._task is None:
            return
        self._bar.remove_task(self._task)
        self._task = None
        mark = "[red]stopped[/]" if failed else f"{time.perf_counter() - self._began:.1f} s"
        line = f"[bold]{self._number}/{PHASES}[/] {self._title:<20} [dim]{mark:>7}[/]  {self._note}"
        self._console.print(line, highlight=False, soft_wrap=True)


@contextmanager
def watching(*, quiet: bool) -> Iterator[Steps]:
    """Someone to tell how a run goes: a terminal if standard error is one, else nobody."""
    if quiet:
        yield Steps()
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Steps()
        return
    with Shown(console) as shown:
        yield shown
