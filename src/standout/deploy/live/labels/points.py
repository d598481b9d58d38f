"""Alerts as points in the model's feature space, where one step in any direction is about one usual spread of its column.

Numbers lie there by their logarithm once they are far out, so a step means about the same share of a value however large it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.model import Model
from standout.core.table import CODED, Kind, Table
from standout.data.values import as_text
from standout.deploy.live.reasons import parts
from standout.deploy.live.values import column_of
from standout.deploy.store.records import Alert

EXACT = CODED | {Kind.FLAG}
"""Kinds of which two values are the same or not: two categories that were never seen lie at one point, and are not alike."""


@dataclass(frozen=True)
class Points:
    """Alerts of rows. place: shape (n, d). told: the parts of each reason, empty where none is known. hour: of the day, UTC.

    exact: for each, the values by column of the told columns that are equal or not.
    """

    alerts: tuple[Alert, ...]
    place: NDArray[np.float64]
    told: tuple[frozenset[str], ...]
    hour: NDArray[np.float64]
    exact: tuple[dict[str, str | None], ...]

    def __len__(self) -> int:
        return len(self.alerts)


def points_of(model: Model, alerts: Sequence[Alert]) -> Points:
    """Where alerts lie, by the values that they keep; what is no longer among the model's columns is left out."""
    schema = model.schema
    columns = [column_of([a.values.get(f.name) for a in alerts], f)[0] for f in schema.fields]
    place = model.prepare(Table.of(schema, columns)).values.astype(np.float64) if alerts else np.empty((0, len(model.features)))
    told = tuple(frozenset(parts(a.because)) if a.because else frozenset() for a in alerts)
    kinds = {f.name: f.kind for f in schema.fields}
    exact = tuple(
        {c: as_text(a.values.get(c)) for c in map(column, said) if kinds.get(c) in EXACT}
        for a, said in zip(alerts, told, strict=True)
    )
    moments = [a.time or a.raised for a in alerts]
    hour = np.array([m.hour + m.minute / 60 + m.second / 3600 for m in moments], dtype=np.float64)
    return Points(tuple(alerts), place, told, hour, exact)


def column(part: str) -> str:
    """The column of a part of a reason.

    >>> column("inlet pressure above")
    'inlet pressure'
    """
    return part.rpartition(" ")[0]
