"""How the service is, read by any thread without stopping the engine."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from standout.core.finding import Finding, FindingKind
from standout.deploy.live.answers import Health, StreamHealth, word
from standout.deploy.live.stream import Stream
from standout.deploy.store.records import Outcome

if TYPE_CHECKING:
    from standout.deploy.live.engine import Engine

STALE = FindingKind(
    "model-stale",
    "warning",
    "The model of {stream} was fitted {days:.0f} days ago.",
    "Fit again on recent rows: standout train FILE.",
)


def health_of(engine: Engine) -> Health:
    """The engine, its store and its streams. ready: it runs, is warm, the store answers, and there is room for rows."""
    waiting = engine.waiting
    good = engine.alive and not engine.warming and engine.store_says == "good" and not waiting.closed
    streams = {name: stream_health(engine, stream) for name, stream in engine.streams.items()}
    return Health(good and waiting.rows < waiting.room, engine.store_says, waiting.rows, waiting.room, waiting.oldest, streams)


def stream_health(engine: Engine, stream: Stream) -> StreamHealth:
    """One stream."""
    now, gaps = engine.clock.now().timestamp(), stream.gaps
    owned = stream.name in engine.owning.held
    age = stream.aging.days(engine.clock.now())
    counts = stream.counts.tolist()
    last = gaps.last
    return StreamHealth(
        name=stream.name,
        owned=owned,
        owner=engine.owning.owner if owned else engine.owning.others.get(stream.name, ""),
        model=stream.model.digest,
        detector=stream.model.detector.part.name,
        policy=stream.policy.in_words(),
        learn=stream.settings.learn,
        counts={word(o): counts[o] for o in Outcome if counts[o]},
        last=stream.last_came,
        quiet=None if last is None else max(0.0, now - last),
        usual=gaps.usual,
        stopped=gaps.stopped,
        waiting=stream.ordering.waiting,
        entities=len(stream.entities),
        drift=stream.nullwatch.evidence,
        model_age=age,
        findings=(*stream.findings, *stream.live.findings, *_stale(stream, engine.clock.now())),
    )


def _stale(stream: Stream, now: datetime) -> tuple[Finding, ...]:
    return (STALE.found(stream=stream.name, days=stream.aging.days(now)),) if stream.aging.is_stale(now) else ()
