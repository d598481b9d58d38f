"""What another policy would have raised over the last days of a stream: decided again from the scores as they were given."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from standout.core.calibrator import Policy
from standout.core.scores import Scores
from standout.core.table import Role
from standout.deploy.live.bodies import unpack_judged, unpack_rows
from standout.deploy.live.stream import Stream
from standout.deploy.store.store import Unit
from standout.evaluate.replay import Replayed, replay


def replay_stream(unit: Unit, stream: Stream, policy: Policy, days: float, now: datetime) -> Replayed:
    """See `Service.replay`. Rows without a time of their own count by when they were judged."""
    since = now - timedelta(days=days)
    raw, p_values, times = [np.empty(0)], [np.empty(0)], [np.empty(0, dtype="datetime64[us]")]
    clocks: dict[int, Any] = {}
    for record in unit.verdicts.after(stream.name, 0):
        if record.judged < since or not record.body:
            continue
        judged = unpack_judged(record.body)
        scored = judged.where(~np.isnan(judged.raw))
        raw.append(scored.raw)
        p_values.append(scored.p_value)
        times.append(_times(unit, stream, scored.batch, scored.row, clocks, record.judged))
    return replay(policy, Scores(np.concatenate(raw), np.concatenate(p_values)), np.concatenate(times))


def _times(unit: Unit, stream: Stream, batches: Any, rows: Any, clocks: dict[int, Any], judged: datetime) -> Any:
    field = stream.model.schema.with_role(Role.TIME)
    found = np.full(len(batches), np.datetime64(judged.replace(tzinfo=None), "us"))
    if field is None:
        return found
    for seq in np.unique(batches).tolist():
        if seq not in clocks:
            batch = unit.journal.get(seq)
            if len(clocks) > 100:
                clocks.clear()
            clocks[seq] = unpack_rows(batch.body, stream.model.schema).table[field.name].values if batch and batch.body else None
        if clocks[seq] is not None:
            mine = batches == seq
            found[mine] = clocks[seq][rows[mine]]
    return found
