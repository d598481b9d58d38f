"""The one thread that writes: it takes whatever has queued up, does all of it in one transaction, and then answers all who wait.

When a transaction fails, what was remembered is made again from the store, and the same rows are tried once more; they are refused, by
name, only when the store has not answered for as long as the settings say. Rows that nothing can be done with are refused alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any

from standout.core.errors import LeaseLostError, ServiceError, StandoutError, StoreBusyError, StoreError
from standout.deploy.live.chores import Chores
from standout.deploy.live.clock import Clock
from standout.deploy.live.owning import Owning
from standout.deploy.live.queueing import Act, Submission, Waiting
from standout.deploy.live.receipts import answer, read_all
from standout.deploy.live.resuming import resume
from standout.deploy.live.settings import Settings
from standout.deploy.live.silences import Quiet
from standout.deploy.live.stream import Stream, Taken
from standout.deploy.notify.worker import Notifier
from standout.deploy.store.store import Store, Unit

LOG = logging.getLogger("standout.live")
PAUSES = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
FEW = 256
GATHER = 0.0015
"""Fewer rows than that wait so many seconds for more where they came while a batch was being stored: senders who were just answered are
about to send again, and a transaction costs the same for all. A row that comes while nothing is done does not wait."""

Groups = dict[str, list[Submission]]


class Engine:
    """Streams, what waits for them, and the thread that serves them."""

    def __init__(
        self, store: Store, streams: dict[str, Stream], settings: Settings, quiet: Quiet, owning: Owning, clock: Clock
    ) -> None:
        self.store, self.streams, self.settings, self.quiet, self.owning, self.clock = (
            store,
            streams,
            settings,
            quiet,
            owning,
            clock,
        )
        self.waiting = Waiting(settings.queue)
        self.notifier: Notifier | None = None
        self.chores = Chores(self)
        self.store_says = "good"
        self.warming = False  # rows that come meanwhile are taken in, only later
        self.broken: set[str] = set()  # streams whose memory is ahead of the store
        self._thread = threading.Thread(target=self._run, name="standout-engine", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Refuse what comes, do what waits, write down what is remembered, let the leases go."""
        self.waiting.close()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def do(self, work: Callable[[Unit], Any]) -> Any:
        """Do something in a transaction of its own, between two batches; returns what it returns."""
        act = Act(work)
        self.waiting.put(act)
        return act.future.result()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            if 0 < self.waiting.rows < FEW:
                time.sleep(GATHER)
            items = self.waiting.take(self.chores.wait(), self.settings.commit_rows)
            stopping = not items and self.waiting.closed
            try:
                self._serve(items)
                self.chores.look()
            except Exception as error:  # whatever happens, the thread that answers everyone goes on
                LOG.exception("the engine met a defect")
                for item in items:
                    _refuse(item.future, error)
        self.chores.finish()

    def _serve(self, items: list[Submission | Act]) -> None:
        groups: Groups = {}
        for item in items:
            if isinstance(item, Act):
                self._patiently(item.work, [item], partial(_grant, item.future))
            else:
                groups.setdefault(item.stream, []).append(item)
        for name in [n for n in groups if n not in self.owning.held]:
            for submission in groups.pop(name):
                _refuse(submission.future, self.owning.elsewhere(name))
        if groups:
            self._take(groups)

    def _take(self, groups: Groups) -> None:
        reads = {name: read_all(self.streams[name], group) for name, group in groups.items()}
        everyone = [s for group in groups.values() for s in group]
        now = self.clock.now()

        def work(unit: Unit) -> dict[str, Taken]:
            taken = {}
            for name, read in reads.items():
                self.owning.check(unit, name)
                self.broken.add(name)
                taken[name] = self.streams[name].take(unit, read, now)
            return taken

        def done(taken: dict[str, Taken]) -> None:
            for name, group in groups.items():
                self.chores.took(name)
                for submission, receipt in zip(group, answer(name, reads[name], taken[name]), strict=True):
                    _grant(submission.future, receipt)

        self._patiently(work, everyone, done, alone=lambda: self._one_by_one(groups, everyone))

    def _one_by_one(self, groups: Groups, everyone: list[Submission]) -> None:
        """After something that no store explains: whoever caused it is refused, and the others are served."""
        if len(everyone) == 1:
            raise AssertionError("unreachable: one alone is refused where it fails")
        for name, group in groups.items():
            for submission in group:
                if not submission.future.done():
                    self._take({name: [submission]})

    def _patiently(
        self,
        work: Callable[[Unit], Any],
        items: list[Any],
        done: Callable[[Any], None],
        alone: Callable[[], None] | None = None,
    ) -> None:
        """Do work in a transaction until the store takes it, or patience ends and all of `items` are refused by name."""
        deadline = time.monotonic() + self.settings.patience
        for tried in range(1_000_000):
            try:
                self.mend()
                with self.store.writing() as unit:
                    result = work(unit)
                self.broken.clear()
                self.store_says = "good"
                self.poke()
            except LeaseLostError as error:
                return self._lost(items, error)
            except StoreError as error:
                self.store_says = error.what
                pause = PAUSES[min(tried, len(PAUSES) - 1)]
                if time.monotonic() + pause > deadline or (self.waiting.closed and not isinstance(error, StoreBusyError)):
                    return _refuse_all(items, error)
                time.sleep(pause)
            except ServiceError as error:
                return _refuse_all(items, error)
            except StandoutError as error:
                if alone is None or len(items) == 1:
                    return _refuse_all(items, error)
                return alone()
            except Exception as error:  # a defect of ours, or a row that nobody thought of
                LOG.exception("rows or an act could not be processed")
                if alone is None or len(items) == 1:
                    return _refuse_all(items, error)
                return alone()
            else:
                return done(result)
        return None

    def poke(self) -> None:
        """There may be something to send."""
        if self.notifier is not None:
            self.notifier.poke()

    def mend(self) -> None:
        """Make streams again from the store after a transaction that failed. Raises StoreError while it cannot be read."""
        while self.broken:
            name = next(iter(self.broken))
            with self.store.reading() as unit:
                resume(self.streams[name], unit, self.clock.now())
            self.broken.discard(name)

    def _lost(self, items: list[Any], error: LeaseLostError) -> None:
        """Another server took a stream: whoever sent to it is told, the others try again."""
        with self.store.writing() as unit:
            lost = self.owning.renew(unit)
        self.broken -= set(lost)
        LOG.warning("streams were taken over by another server: %s", ", ".join(lost))
        left: Groups = {}
        for item in items:
            if isinstance(item, Submission) and item.stream in self.owning.held:
                left.setdefault(item.stream, []).append(item)
            else:
                stream = item.stream if isinstance(item, Submission) else ""
                _refuse(item.future, self.owning.elsewhere(stream) if stream else error)
        if left:
            self._take(left)


def _grant(future: Future[Any], result: Any) -> None:
    with suppress(InvalidStateError):  # whoever waited has gone
        future.set_result(result)


def _refuse(future: Future[Any], error: Exception) -> None:
    with suppress(InvalidStateError):
        future.set_exception(error)


def _refuse_all(items: list[Any], error: Exception) -> None:
    for item in items:
        _refuse(item.future, error)
