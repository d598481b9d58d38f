"""What the engine does between batches: ticks of streams, snapshots, leases, retention, and a look at the clock."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from standout.core.errors import LeaseLostError, StoreError
from standout.deploy.live.clock import Jumps
from standout.deploy.live.gaps import in_words
from standout.deploy.live.resuming import resume, snapshot
from standout.deploy.store.retention import Retention, prune

if TYPE_CHECKING:
    from standout.deploy.live.engine import Engine
    from standout.deploy.store.store import Unit

LOG = logging.getLogger("standout.live")
TICK = 0.25
LOOK = 1.0
PRUNE = 3_600.0
DEARER = 20.0  # a snapshot waits for this many times what the last one took, so that large ones do not eat the day


class Chores:
    """When each was done last, by the steady clock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._steady = engine.clock.steady
        now = self._steady()
        self._jumps = Jumps(engine.clock)
        self._ticked = self._looked = self._renewed = self._pruned = now
        self._pruning = threading.Thread()
        self._acts = 0
        self._snapped: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._batches: dict[str, int] = {}

    def wait(self) -> float:
        """Seconds that the engine may wait for rows."""
        return TICK

    def took(self, stream: str) -> None:
        """A batch was taken in."""
        self._batches[stream] = self._batches.get(stream, 0) + 1

    def look(self) -> None:
        """Do what is due; what fails is tried again the next time."""
        now = self._steady()
        if now - self._ticked < TICK:
            return
        self._ticked = now
        try:
            self._engine.mend()
            self._clock()
            self._tick()
            if now - self._looked >= LOOK:
                self._looked = now
                self._reload()
            self._lease(now)
            self._snapshots(now)
            if now - self._pruned >= PRUNE:
                self._pruned = now
                self._prune()
        except StoreError as error:
            self._engine.store_says = error.what
            LOG.warning("a chore of the engine has to wait: %s", error)

    def _tick(self) -> None:
        engine, now = self._engine, self._engine.clock.now()
        due = [name for name in engine.owning.held if engine.streams[name].due(now)]
        if due:
            self._write(due, lambda unit, name: engine.streams[name].tick(unit, now))

    def _write(self, names: list[str], work: Callable[[Unit, str], None]) -> None:
        """Do work on streams in one transaction; where it fails, they are made again."""
        engine = self._engine
        engine.broken |= set(names)
        try:
            with engine.store.writing() as unit:
                for name in names:
                    engine.owning.check(unit, name)
                    work(unit, name)
        except LeaseLostError:
            with engine.store.writing() as unit:
                engine.broken -= set(engine.owning.renew(unit))
            return
        engine.broken -= set(names)
        engine.poke()

    def _clock(self) -> None:
        engine = self._engine
        jump = self._jumps.look()
        if not jump:
            return
        now = engine.clock.now()
        way = "forward" if jump > 0 else "back"
        said = f"This machine's clock jumped {way} by {in_words(abs(jump))}; times of arrival around {now:%H:%M:%S} UTC are off."

        def tell(unit: Unit, name: str) -> None:
            stream = engine.streams[name]
            stream.alarms.raise_all(unit, [stream.defects.alert("clock", said, now)], None, now)

        for stream in engine.streams.values():
            stream.clock_jumped(jump)
        self._write(list(engine.owning.held), tell)

    def _reload(self) -> None:
        """What another server, or another thread of this one, may have changed."""
        engine, now = self._engine, self._engine.clock.now()
        with engine.store.reading() as unit:
            engine.quiet.load(unit, now)
            acts, before = unit.audit.mark(), self._acts
            self._acts = acts
            for name in engine.owning.held:
                alarms = engine.streams[name].alarms
                if acts != before:  # others change incidents of this stream only by acts, and every act is in the audit
                    alarms.load(unit, now)
                elif alarms.suppressor is not None:
                    alarms.suppressor.look(unit)

    def _lease(self, now: float) -> None:
        engine, every = self._engine, self._engine.settings.lease / 3
        if now - self._renewed < every:
            return
        self._renewed = now
        with engine.store.writing() as unit:
            for name in engine.owning.renew(unit):
                LOG.warning("another server took over %s", name)
        self.acquire()

    def acquire(self) -> None:
        """Take the streams that nobody watches, and go on where their journal is."""
        engine = self._engine
        if len(engine.owning.held) == len(engine.streams):
            return
        with engine.store.writing() as unit:
            gained = engine.owning.acquire(unit, engine.streams)
            for name in gained:
                engine.broken.add(name)
                resume(engine.streams[name], unit, engine.clock.now())
                engine.broken.discard(name)

    def _snapshots(self, now: float) -> None:
        engine, told = self._engine, self._engine.settings
        for name in engine.owning.held:
            batches, since = self._batches.get(name, 0), now - self._snapped.setdefault(name, now)
            due = batches >= told.snapshot_batches or since >= told.snapshot_seconds
            if batches and due and since >= DEARER * self._took.get(name, 0.0):
                self.snapshot(name)

    def snapshot(self, name: str) -> None:
        """Write down what a stream remembers."""
        engine, began = self._engine, self._steady()
        record = snapshot(engine.streams[name], engine.clock.now())
        with engine.store.writing() as unit:
            engine.owning.check(unit, name)
            unit.snapshots.add(record)
        self._snapped[name] = self._steady()
        self._took[name] = self._snapped[name] - began
        self._batches[name] = 0

    def _prune(self) -> None:
        """Drop what is kept no longer, in a thread of its own: it goes in small transactions, between which rows are taken in."""
        engine = self._engine
        if self._pruning.is_alive():
            return

        def work() -> None:
            try:
                kept = Retention.of_days(engine.settings.retention)
                prune(engine.store, kept, engine.clock.now(), stopped=lambda: engine.waiting.closed)
            except StoreError as error:
                LOG.warning("what is kept no longer could not be dropped: %s", error)

        self._pruning = threading.Thread(target=work, name="standout-prune", daemon=True)
        self._pruning.start()

    def finish(self) -> None:
        """Before the engine stops: snapshots of all, leases let go."""
        engine = self._engine
        if self._pruning.is_alive():
            self._pruning.join()
        try:
            engine.mend()
            for name in list(engine.owning.held):
                self.snapshot(name)
            with engine.store.writing() as unit:
                engine.owning.release(unit)
        except StoreError as error:
            LOG.warning("the engine stops without its last snapshot: %s", error)
