"""`Service.preview`, `label` and `undo` on one engine: a label acts from the commit on, and what was decided before stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standout.core.errors import UnknownNameError
from standout.deploy.live.answers import Effect, NewLabel
from standout.deploy.live.labels.contest import Contest
from standout.deploy.live.labels.giving import checked, give, standing_label, take_back
from standout.deploy.live.labels.previewing import preview
from standout.deploy.store.records import Label
from standout.deploy.store.store import Unit

if TYPE_CHECKING:
    from standout.deploy.live.engine import Engine
    from standout.deploy.live.stream import Stream


class Labelling:
    """Acts of people who label."""

    def __init__(self, engine: Engine, contest: Contest) -> None:
        self._engine, self._contest = engine, contest

    def preview(self, asked: NewLabel) -> Effect:
        """See `Service.preview`; read beside the engine, which goes on."""
        now = self._engine.clock.now()
        with self._engine.store.reading() as unit:
            label = checked(unit, asked, now)
            return preview(unit, self._stream(label.stream).model, label, now)

    def label(self, asked: NewLabel) -> Label:
        """See `Service.label`."""

        def work(unit: Unit) -> Label:
            label = checked(unit, asked, self._engine.clock.now())
            stream = self._mine(unit, label.stream)
            given = give(unit, label)
            self._reload(unit, stream)
            return given

        given: Label = self._engine.do(work)
        self._contest.consider(self._stream(given.stream))
        return given

    def undo(self, number: int, by: str) -> None:
        """See `Service.undo`."""

        def work(unit: Unit) -> None:
            stream = self._mine(unit, standing_label(unit, number).stream)
            take_back(unit, number, by, self._engine.clock.now())
            self._reload(unit, stream)

        self._engine.do(work)

    def _stream(self, name: str) -> Stream:
        if name not in self._engine.streams:
            raise UnknownNameError.among("stream", name, self._engine.streams)
        return self._engine.streams[name]

    def _mine(self, unit: Unit, name: str) -> Stream:
        """The stream, where this server watches it; ElsewhereError where another does, which would go on as before."""
        stream = self._stream(name)
        self._engine.owning.check(unit, name)
        return stream

    def _reload(self, unit: Unit, stream: Stream) -> None:
        # until the commit, memory is ahead of the store; where it fails, the stream is made again
        self._engine.broken.add(stream.name)
        if stream.alarms.suppressor is not None:
            stream.alarms.suppressor.load(unit)
