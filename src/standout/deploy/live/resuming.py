"""A stream put down as bytes and made again: from the newest snapshot, and the journal's batches after it.

What was judged together is judged together again, and decisions are taken from the verdicts, so nothing is decided twice and scores to
come are those of a stream that never stopped.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from standout.core.errors import ModelFileError, StoreError
from standout.core.finding import FindingKind
from standout.core.live import Live
from standout.core.part import State, nest, under
from standout.core.scores import Scores
from standout.deploy.live.bodies import Judged, pack_rows, unpack_judged, unpack_rows
from standout.deploy.live.judging import decide
from standout.deploy.live.labels.models import compare
from standout.deploy.live.ordering import Held
from standout.deploy.live.stream import Stream
from standout.deploy.store.records import Batch, Outcome, Snapshot, Verdicts
from standout.deploy.store.store import Unit

BEGUN_ANEW = FindingKind(
    "stream-begun-anew",
    "warning",
    "{stream} begins anew: what was remembered of it cannot be used ({why})",
    "Nothing to do after the model was changed; rows and alerts are all still there.",
)
FROM_MODEL = ("detector", "calibrator")  # parts of a live model that stand still when it does not learn


def snapshot(stream: Stream, now: datetime) -> Snapshot:
    """All that a stream remembers, as it stands between two transactions."""
    document, live = stream.live.snapshot()
    if not stream.settings.learn:
        live = {key: a for key, a in live.items() if key.partition("/")[0] not in FROM_MODEL}
    arrays = nest("live", live) | nest("entities", stream.entities.snapshot()) | nest("gaps", stream.gaps.snapshot())
    arrays |= nest("nullwatch", stream.nullwatch.snapshot())
    held = stream.ordering.held
    if held is not None and len(held):
        body = pack_rows(held.table, list(held.ids), {}, {})
        rows: State = {"body": np.frombuffer(body, np.uint8), "batch": held.batch, "row": held.row, "came": held.came}
        arrays |= nest("held", rows)
    told: dict[str, Any] = {
        "live": document,
        "counts": stream.counts.tolist(),
        "lanes": list(stream.lanes.names),
        "defects": stream.defects.told,
    }
    if stream.shadow is not None:
        told["shadow"], state = stream.shadow.snapshot()
        arrays |= nest("shadow", state)
    sink = io.BytesIO()
    text = np.frombuffer(json.dumps(told).encode(), np.uint8)
    np.savez(sink, allow_pickle=False, document=text, **arrays)
    return Snapshot(stream.name, stream.seq, now, sink.getvalue(), stream.judged)


def resume(stream: Stream, unit: Unit, now: datetime) -> None:
    """Bring a stream to where the journal is, whatever it remembered before."""
    stream.follow(unit.streams.get(stream.name))
    stream.begin()
    found, same = unit.snapshots.newest(stream.name), True
    if found is not None:
        told, arrays = _opened(found)
        try:
            _restore(stream, told, arrays)
        except (ModelFileError, ValueError, KeyError, TypeError) as error:
            stream.begin()
            stream.findings = (*stream.findings, BEGUN_ANEW.found(stream=stream.name, why=str(error)[:200]))
            same = False
        _hold(stream, under("held", arrays))
        stream.seq, stream.judged = found.seq, found.judged
    replay(stream, unit, step=same)
    stream.alarms.load(unit, now)
    stream.gaps.pause(now.timestamp())
    stream.gaps.stopped |= bool(stream.alarms.incidents.open_of(":stopped", None))


def _opened(snapshot: Snapshot) -> tuple[dict[str, Any], State]:
    try:
        with np.load(io.BytesIO(snapshot.body), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        return json.loads(arrays.pop("document").tobytes()), arrays
    except (ValueError, KeyError, OSError) as error:
        why = f"The snapshot {snapshot.id} of {snapshot.stream} cannot be read: {error}."
        raise StoreError(why, "The store was altered; put a backup in its place.") from error


def _hold(stream: Stream, held: State) -> None:
    """The rows that waited, which are the journal's and stay whatever the model is."""
    if held:
        rows = unpack_rows(held["body"].tobytes(), stream.model.schema)
        stream.ordering.hold(Held(rows.table, held["batch"], held["row"], held["came"], [i or "" for i in rows.ids]))


def _restore(stream: Stream, told: Mapping[str, Any], arrays: State) -> None:
    live = under("live", arrays)
    if not stream.settings.learn:
        model = stream.model
        still = nest("detector", model.detector.state) | nest("calibrator", model.calibrator.state)
        live |= {key: a for key, a in still.items() if key not in live}
    resumed = Live.resume(stream.model, told["live"], live)
    resumed.change_policy(stream.model.policy)
    stream.live = resumed
    if stream.shadow is not None and "shadow" in told:
        stream.shadow.resume(told["shadow"], under("shadow", arrays))
    stream.entities.resume(under("entities", arrays))
    stream.gaps.resume(under("gaps", arrays))
    stream.nullwatch.resume(under("nullwatch", arrays))
    stream.counts[: len(told["counts"])] = told["counts"]  # an older version knew fewer outcomes
    stream.lanes.names = dict.fromkeys(told["lanes"])
    stream.defects.told = dict(told["defects"])


def replay(stream: Stream, unit: Unit, *, step: bool) -> None:
    """Go through the batches and verdicts after what the stream is made of; nothing is written and nobody is told.

    step: whether the model goes through them, too; without, only what still waits is found.
    """
    verdicts = unit.verdicts.after(stream.name, stream.judged)
    ahead = next(verdicts, None)
    for batch in unit.journal.after(stream.name, stream.seq):
        if not batch.body:
            raise StoreError(f"Batch {batch.seq} of {stream.name} was dropped before it was in a snapshot.", "Raise retention.")
        _arrive(stream, batch)
        while ahead is not None and int((judged := unpack_judged(ahead.body)).batch.max()) <= batch.seq:
            _again(stream, judged, ahead, step=step)
            ahead = next(verdicts, None)
    while ahead is not None:
        _again(stream, unpack_judged(ahead.body), ahead, step=step)
        ahead = next(verdicts, None)


def _arrive(stream: Stream, batch: Batch) -> None:
    """A batch of the journal as it came: every row waits until its verdict comes by."""
    rows, seconds = unpack_rows(batch.body, stream.model.schema), batch.received.timestamp()
    stream.gaps.arrived(seconds, stream.slots(rows.table))
    stream.counts[Outcome.WAITING] += batch.rows
    ids = [own or f"{batch.seq}.{i}" for i, own in enumerate(rows.ids)]
    seq, came = np.full(batch.rows, batch.seq), np.full(batch.rows, seconds)
    stream.ordering.hold(Held(rows.table, seq, np.arange(batch.rows, dtype=np.int32), came, ids))
    stream.seq, stream.last_came = batch.seq, batch.received


def _again(stream: Stream, judged: Judged, record: Verdicts, *, step: bool) -> None:
    """One step again, as it was taken."""
    stream.counts += np.bincount(judged.outcome, minlength=len(Outcome))
    stream.counts[Outcome.WAITING] -= len(judged)
    stream.judged = record.seq
    rows = stream.ordering.drop(judged.batch, judged.row)
    scored = ~np.isnan(judged.raw)
    if not step or not scored.any():
        return
    rows, judged = rows.where(scored), judged.where(scored)
    if stream.series or stream.settings.learn:
        stream.live.step(rows.table)
    scores = Scores(judged.raw, judged.p_value)
    compare(stream, rows.table, decide(stream.live, rows.table, scores, record.judged), record.judged)
    stream.remember(rows, scores)
    stream.lanes.of(stream.name, rows.table, judged, record.judged)
