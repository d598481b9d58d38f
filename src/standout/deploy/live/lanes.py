"""Minutes of a stream in short, for overviews: of the first so many entities each, of all others together under the empty name."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from standout.core.table import Role, Table
from standout.deploy.live.bodies import Judged
from standout.deploy.live.intake import UNTIMED
from standout.deploy.live.ordering import entity_of, micros
from standout.deploy.store.records import RAISED, Lane

MINUTE = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Lanes:
    """Which entities of one stream have lanes of their own: the first `most` that came, and those with alerts while there is room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.names: dict[str, None] = {}

    def of(self, stream: str, table: Table, judged: Judged, now: datetime) -> list[Lane]:
        """What judged rows add to lanes. A row without a time counts in the minute in which it came."""
        if not len(table):
            return []
        arrived = int((now - EPOCH).total_seconds() // 60)
        times = micros(table)
        has_clock = table.with_role(Role.TIME) is not None
        minutes = np.where(times == UNTIMED, arrived, times // MINUTE) if has_clock else np.full(len(table), arrived)
        names, codes = self._coded(table)
        # minute and entity as one number, which sorts as the two do; no clock is so far off that it would not fit
        least, many = int(minutes.min()), len(names)
        pairs, where = np.unique((minutes - least) * many + codes, return_inverse=True)
        raised = np.isin(judged.outcome, [int(o) for o in RAISED])
        rows, alerts = np.bincount(where), np.bincount(where, weights=raised)
        severity = np.zeros(len(rows))
        np.maximum.at(severity, where, np.nan_to_num(100.0 * (1.0 - judged.p_value)))
        return [
            Lane(stream, names[pair % many], _moment(least + pair // many), int(rows[i]), int(alerts[i]), float(severity[i]))
            for i, pair in enumerate(pairs.tolist())
        ]

    def _coded(self, table: Table) -> tuple[list[str], NDArray[np.intp]]:
        column = table.with_role(Role.ENTITY)
        if column is None:
            return [""], np.zeros(len(table), dtype=np.intp)
        used, codes = np.unique(column.values, return_inverse=True)
        names = []
        for code in used.tolist():
            name = entity_of(column, code) or ""
            if name and name not in self.names and len(self.names) < self._most:
                self.names[name] = None
            names.append(name if name in self.names else "")
        together = {name: i for i, name in enumerate(dict.fromkeys(names))}
        return list(together), np.array([together[n] for n in names], dtype=np.intp)[codes]


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
