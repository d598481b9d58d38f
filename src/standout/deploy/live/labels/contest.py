"""Champion and challenger: a challenger is fitted beside the engine, compared in shadow, and takes over only when a person says so."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standout.core.errors import ParameterError, StandoutError
from standout.core.model import Model
from standout.deploy.live.labels.learning import challenger, decided, enough, training_rows
from standout.deploy.live.labels.models import shadow_of
from standout.deploy.live.labels.shadow import Comparison
from standout.deploy.live.resuming import snapshot
from standout.deploy.store.records import Audit
from standout.deploy.store.store import Unit

if TYPE_CHECKING:
    from standout.deploy.live.engine import Engine
    from standout.deploy.live.stream import Stream

LOG = logging.getLogger("standout.live")
AUTOMATIC = "standout"
NICE = 10
CLOSING = 1.0


@contextmanager
def _or_none(file: Path) -> Iterator[None]:
    """A file that is gone again where what it is for fails."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            file.unlink()
        raise


class Contest:
    """Challengers of one engine's streams. said: of each stream why the latest could not be fitted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._fitting: dict[str, threading.Thread] = {}
        self._tried: dict[str, int] = {}
        self.said: dict[str, str] = {}

    def consider(self, stream: Stream) -> None:
        """After a label: where there are enough of both kinds, and a tenth more than the last time, begin a challenger.

        Not of a series, which labels do not teach; whoever wants one asks.
        """
        if stream.shadow is not None or stream.series or self._busy(stream.name):
            return
        try:
            with self._engine.store.reading() as unit:
                told = decided(unit.labels.standing(stream.name))
            if enough(told) and len(told) >= 1.1 * self._tried.get(stream.name, 0):
                self._tried[stream.name] = len(told)
                self.challenge(stream, AUTOMATIC)
        except StandoutError as error:  # the label is stored, whatever becomes of this
            LOG.warning("no challenger of %s: %s", stream.name, error)

    def challenge(self, stream: Stream, by: str) -> None:
        """Fit a challenger in the background. ParameterError where one stands or is being fitted."""
        if stream.shadow is not None or self._busy(stream.name):
            raise ParameterError(f"{stream.name} has a challenger already.", "Promote or dismiss it first.")
        self._engine.do(lambda unit: self._signed(unit, stream, by, "challenger asked for", {}))
        thread = threading.Thread(target=self._fit, args=(stream, by), name="standout-challenger", daemon=True)
        self._fitting[stream.name] = thread
        thread.start()

    def wait(self, stream: str, seconds: float | None = None) -> None:
        """Wait until the challenger that is being fitted, if any, stands or has failed."""
        thread = self._fitting.get(stream)
        if thread is not None:
            thread.join(seconds)

    def close(self) -> None:
        """Give a challenger that was just made the moment it takes to remove its file; one still being fitted has none."""
        for stream in self._fitting:
            self.wait(stream, CLOSING)

    def _busy(self, stream: str) -> bool:
        thread = self._fitting.get(stream)
        return thread is not None and thread.is_alive()

    def _fit(self, stream: Stream, by: str) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)  # of this thread alone; rows go first
        champion = stream.model
        try:
            with self._engine.store.reading() as unit:
                table, labels = training_rows(unit, stream.name, champion)
            made = challenger(champion, table, labels)
            if self._engine.waiting.closed:
                return
            file = stream.path.with_name(f"{stream.path.stem}.challenger-{made.learned_digest[:12]}.standout")
            with _or_none(file):
                made.save(file)
                self._engine.do(lambda unit: self._begin(unit, stream, champion, made, file, by))
            self.said.pop(stream.name, None)
        except StandoutError as error:
            self.said[stream.name] = str(error)
            LOG.warning("no challenger of %s: %s", stream.name, error)
        except Exception as error:  # a thread that nobody waits for must not die unheard
            self.said[stream.name] = f"A defect: {error}"
            LOG.exception("no challenger of %s", stream.name)

    def _begin(self, unit: Unit, stream: Stream, champion: Model, made: Model, file: Path, by: str) -> None:
        if stream.model.learned_digest != champion.learned_digest:
            raise ParameterError(f"The model of {stream.name} changed while its challenger was fitted.", "Begin another.")
        told = {"file": str(file), "digest": made.learned_digest, "of": champion.learned_digest, "by": by}
        detail = {"digest": made.learned_digest, **made.provenance["challenger"]}
        self._change(unit, stream, by, "challenger begun", detail, challenger=told)
        stream.shadow = shadow_of(stream, {"challenger": told})
        unit.snapshots.add(snapshot(stream, self._engine.clock.now()))

    def comparison(self, stream: Stream) -> Comparison | None:
        """How the challenger does; None where there is none."""
        return None if stream.shadow is None else stream.shadow.comparison

    def promote(self, stream: Stream, by: str) -> None:
        """The challenger serves from the next row on; the champion's file stays. ParameterError where there is no challenger."""

        def work(unit: Unit) -> None:
            shadow = self._standing(stream)
            told = self._settings(unit, stream)
            comparison = shadow.comparison.as_dict()
            promoted = {**told["challenger"], "given": stream.given.learned_digest, "before": told.get("promoted")}
            self._change(unit, stream, by, "challenger promoted", comparison, challenger=None, promoted=promoted)
            stream.shadow = None
            stream.aging.serve(Path(promoted["file"]))
            # what its budget has left was counted beside the champion's, so no day has two budgets
            stream.serve(shadow.model, None if stream.settings.learn else shadow.live)
            self._served(unit, stream)

        self._engine.do(work)

    def dismiss(self, stream: Stream, by: str) -> None:
        """The challenger goes. ParameterError where there is none."""

        def work(unit: Unit) -> str:
            comparison = self._standing(stream).comparison.as_dict()
            file = self._file(unit, stream)
            self._change(unit, stream, by, "challenger dismissed", comparison, challenger=None)
            stream.shadow = None
            unit.snapshots.add(snapshot(stream, self._engine.clock.now()))
            return file

        _remove(self._engine.do(work))

    def take_back(self, stream: Stream, by: str) -> None:
        """What a promotion replaced serves again. ParameterError where nothing was promoted, or its file is gone."""

        def work(unit: Unit) -> str:
            told, file = self._settings(unit, stream), self._file(unit, stream)
            promoted = told.get("promoted")
            if not promoted:
                raise ParameterError(f"Nothing was promoted for {stream.name}.", "There is nothing to take back.")
            self._change(unit, stream, by, "promotion taken back", {"digest": promoted["digest"]},
                         promoted=promoted["before"], challenger=None)  # fmt: skip  # one act
            stream.shadow = None
            stream.follow(unit.streams.get(stream.name))
            stream.serve(stream.model, None)
            self._served(unit, stream)
            return file

        _remove(self._engine.do(work))

    def _served(self, unit: Unit, stream: Stream) -> None:
        if stream.alarms.suppressor is not None:
            stream.alarms.suppressor.load(unit)
        unit.snapshots.add(snapshot(stream, self._engine.clock.now()))

    def _standing(self, stream: Stream) -> Any:
        if stream.shadow is None:
            why = self.said.get(stream.name)
            raise ParameterError(f"{stream.name} has no challenger.", f"The last one could not be fitted: {why}" if why else "")
        return stream.shadow

    def _file(self, unit: Unit, stream: Stream) -> str:
        """The challenger's; empty where there is none."""
        return str(self._settings(unit, stream).get("challenger", {}).get("file", ""))

    @staticmethod
    def _settings(unit: Unit, stream: Stream) -> dict[str, Any]:
        known = unit.streams.held(stream.name)
        return {} if known is None else dict(known.settings)

    def _signed(self, unit: Unit, stream: Stream, by: str, what: str, detail: Mapping[str, Any]) -> None:
        if not by.strip():
            raise ParameterError(f"Nobody signed the act {what!r}.", "Say who does it.")
        self._engine.owning.check(unit, stream.name)
        unit.audit.add(Audit(self._engine.clock.now(), by[:200], what, {"stream": stream.name, **detail}))

    def _change(self, unit: Unit, stream: Stream, by: str, what: str, detail: Mapping[str, Any], **changed: Any) -> None:
        """One act: checked, audited, and the stream's settings changed; a key that is None goes."""
        self._signed(unit, stream, by, what, detail)
        self._engine.broken.add(stream.name)  # until the commit, memory is ahead of the store
        settings = {**self._settings(unit, stream), **changed}
        kept = {key: value for key, value in settings.items() if value is not None}
        unit.streams.change(stream.name, self._engine.clock.now(), settings=kept)


def _remove(file: str) -> None:
    """Of a challenger that went, once the store says so."""
    if file:
        with suppress(OSError):
            Path(file).unlink()
