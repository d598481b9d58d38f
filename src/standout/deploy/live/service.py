"""The live service without a face: what the API, the dashboard, sources and the command line all call; safe from many threads.

>>> from standout.deploy.live.settings import Settings
>>> Settings().incident_gap  # see docs/live.md for what is promised
3600.0
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from standout.core.calibrator import Policy
from standout.core.errors import ParameterError, UnknownNameError
from standout.core.model import Model
from standout.core.reason import Reason
from standout.data.convert import to_table
from standout.deploy.live.acting import Acts
from standout.deploy.live.answers import Effect, Health, NewLabel, NewSilence, Receipt, Rows, Scored, Trace
from standout.deploy.live.clock import Clock
from standout.deploy.live.engine import Engine
from standout.deploy.live.health import health_of
from standout.deploy.live.labels.acting import Labelling
from standout.deploy.live.labels.contest import Contest
from standout.deploy.live.labels.shadow import Comparison
from standout.deploy.live.owning import Owning
from standout.deploy.live.queueing import Submission
from standout.deploy.live.replaying import replay_stream
from standout.deploy.live.rows import check_kind, read_arrow
from standout.deploy.live.settings import Settings
from standout.deploy.live.silences import Quiet
from standout.deploy.live.stream import Stream
from standout.deploy.live.trace import trace
from standout.deploy.notify.channels import parsed_channels
from standout.deploy.notify.worker import Notifier
from standout.deploy.store.records import Calendar, Label, Silence
from standout.deploy.store.records import Stream as Record
from standout.deploy.store.store import Store
from standout.evaluate.replay import Replayed


class Service:
    """Streams that are watched, the engine that serves them, and the store that keeps all of it. Open it with `open`."""

    def __init__(self, settings: Settings, store: Store, engine: Engine) -> None:
        self.settings, self.store, self._engine = settings, store, engine
        self.streams: Mapping[str, Stream] = engine.streams
        self._acts, self._contest = Acts(engine), Contest(engine)
        self._labelling = Labelling(engine, self._contest)

    @classmethod
    def open(cls, settings: Settings, *, clock: Clock | None = None, owner: str = "") -> Self:
        """Open the store, load the models, take the streams that nobody else watches, and begin to serve.

        Raises ParameterError without a model or for a channel that cannot be understood, ModelFileError, StoreError,
        MissingExtraError where there are channels and no Apprise.
        """
        if not settings.models:
            raise ParameterError("There is no model to watch with.", "Name a model file: standout serve model.standout")
        models = {name: Model.load(path) for name, path in settings.named_models.items()}
        clock, quiet = clock or Clock(), Quiet()
        store = Store.open(settings.store)
        try:
            streams = {}
            with store.writing() as unit:
                quiet.load(unit, clock.now())
                # in one order, so that two servers that begin together do not wait for each other in a ring
                held = {name: unit.streams.held(name) for name in sorted(models)}
                for name, path in settings.named_models.items():
                    model, known = models[name], held[name]
                    streams[name] = Stream(name, model, path, settings, quiet)
                    streams[name].follow(known)
                    now = clock.now()
                    told = {} if known is None else known.settings
                    unit.streams.put(
                        Record(
                            name, str(path), model.digest, streams[name].model.policy.as_dict(), now, now, settings.learn, told
                        )
                    )
            engine = Engine(store, streams, settings, quiet, Owning(settings.lease, owner), clock)
            engine.notifier = Notifier(store, parsed_channels(settings.named_channels), link=settings.public_url)
            engine.chores.acquire()
            engine.start()
            engine.notifier.start()
        except BaseException:
            store.close()
            raise
        return cls(settings, store, engine)

    def close(self) -> None:
        """Refuse new rows, do what waits, take snapshots, let the leases go."""
        self._engine.stop()
        self._contest.close()
        if self._engine.notifier is not None:
            self._engine.notifier.stop()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def stream(self, name: str) -> Stream:
        """A stream by its name; UnknownNameError names those that there are."""
        if name not in self.streams:
            raise UnknownNameError.among("stream", name, self.streams)
        return self.streams[name]

    def submit(self, stream: str, rows: Rows) -> Future[Receipt]:
        """Give rows to a stream; the receipt comes only when the store has them.

        Rows that cannot be read are rejected one by one, in the receipt. Raises QueueFullError and ClosedError at once, and for Arrow
        SchemaError where none of the model's columns is there; the future may raise ElsewhereError, StoreBusyError, StoreError.
        """
        watched = self.stream(stream)
        check_kind(rows)
        read, size = None, len(rows)
        if isinstance(rows, pa.Table | pa.RecordBatch):
            read, size = read_arrow(rows, watched.model.schema, self.settings.event_id), rows.num_rows
        submission = Submission(stream, rows, read, size)
        self._engine.waiting.put(submission)
        return submission.future

    def take(self, stream: str, rows: Rows) -> Receipt:
        """As `submit`, and wait for the receipt."""
        return self.submit(stream, rows).result()

    def score(self, stream: str, table: pa.Table) -> Scored:
        """What the model says of rows, as it was fitted: nothing is stored or learned, and a batch scores the same."""
        model = self.stream(stream).model
        rows, findings = to_table(_one_batch(table), model.schema, 0)
        scored = model.score(rows)
        return Scored(scored.raw, scored.p_value, (*findings, *scored.findings))

    def explain(self, stream: str, table: pa.Table, *, limit: float | None = None) -> Sequence[Reason]:
        """Why each row scores as it does; with a limit, also what would bring its score under that.

        ParameterError where the model was fitted without an explainer.
        """
        model = self.stream(stream).model
        return model.explain(to_table(_one_batch(table), model.schema, 0)[0], limit=limit)

    def why(self, stream: str, event_id: str) -> Trace:
        """Why someone was, or was not, told of an event. UnknownNameError where it was never taken in, or is no longer kept."""
        watched = self.stream(stream)
        with self.store.reading() as unit:
            return trace(unit, watched, event_id)

    def set_policy(self, stream: str, policy: Policy, by: str) -> None:
        """Decide by another policy from the next row on; kept in the store and audited. ParameterError for one that looks ahead."""
        self._acts.set_policy(self.stream(stream), policy, by)

    def replay(self, stream: str, policy: Policy, days: float) -> Replayed:
        """What a policy would have raised over the last days, from the scores as they were given."""
        with self.store.reading() as unit:
            return replay_stream(unit, self.stream(stream), policy, days, self._engine.clock.now())

    def preview(self, verdict: NewLabel) -> Effect:
        """What a label would do, in numbers of the last 30 days; nothing is changed. Errors as of `label`."""
        return self._labelling.preview(verdict)

    def label(self, verdict: NewLabel) -> Label:
        """Say what an alert was; false and expected hide what is like it from now on, see docs/labels.md.

        UnknownNameError for an unknown alert or verdict; ParameterError unsigned, where another verdict stands, or where it shall
        hide what is like an alert without values; ElsewhereError where another server watches the stream.
        """
        return self._labelling.label(verdict)

    def undo(self, label: int, by: str) -> None:
        """Take a label back: it hides nothing from now on, and what it hid stays as it was decided."""
        self._labelling.undo(label, by)

    def challenge(self, stream: str, by: str) -> None:
        """Fit a challenger in the background, on recent rows and labels; it then scores beside the model, and nobody is told."""
        self._contest.challenge(self.stream(stream), by)

    def comparison(self, stream: str) -> Comparison | None:
        """How the challenger of a stream does beside its model; None without one."""
        return self._contest.comparison(self.stream(stream))

    def promote(self, stream: str, by: str) -> None:
        """Let the challenger serve from the next row on. ParameterError without one, ElsewhereError where another server watches."""
        self._contest.promote(self.stream(stream), by)

    def dismiss(self, stream: str, by: str) -> None:
        """Let the challenger go. Errors as of `promote`."""
        self._contest.dismiss(self.stream(stream), by)

    def take_back(self, stream: str, by: str) -> None:
        """Let the model that a promotion replaced serve again. ParameterError where nothing was promoted."""
        self._contest.take_back(self.stream(stream), by)

    def silence(self, silence: NewSilence) -> Silence:
        """Keep alerts that match from people for a while. ParameterError without an owner, an end, or anything to match."""
        return self._acts.silence(silence)

    def lift(self, silence: int, by: str) -> None:
        """End a silence before its time."""
        self._acts.lift(silence, by)

    def expect(self, event: Calendar) -> Calendar:
        """Put an expected event into the calendar. ParameterError where it cannot be understood."""
        return self._acts.expect(event)

    def unexpect(self, calendar: int, by: str) -> None:
        """Expect an event no more."""
        self._acts.unexpect(calendar, by)

    def acknowledge(self, incident: int, by: str) -> None:
        """Someone looks after an incident."""
        self._acts.acknowledge(incident, by)

    def close_incident(self, incident: int, by: str) -> None:
        """An incident is over; one that goes on is opened again and told."""
        self._acts.close_incident(incident, by)

    @contextmanager
    def warming_up(self) -> Iterator[None]:
        """Not be ready until the end; rows that come meanwhile are taken in all the same. See `warming.rehearse`."""
        self._engine.warming = True
        try:
            yield
        finally:
            self._engine.warming = False

    def health(self) -> Health:
        """How the service and each stream are."""
        return health_of(self._engine)


def _one_batch(table: pa.Table | pa.RecordBatch) -> pa.RecordBatch:
    if isinstance(table, pa.RecordBatch):
        return table
    batches: list[Any] = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
