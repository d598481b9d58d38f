"""Missing values kept as information: which columns a row lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.layout import Holds
from standout.core.matrix import Feature
from standout.core.part import Card, State
from standout.core.preparer import Preparer
from standout.core.table import Field, Table
from standout.prepare._rarity import gap


@dataclass(frozen=True)
class Missing(Preparer):
    """One feature for each column of any kind that lacked values in some training rows and held them in others.

    The feature is 0 where the value is there; where it is missing, the farther the rarer the less common of the two was. Columns
    that lack values in the same rows share the weight of one. A column that never lacked a value makes no feature here: the
    preparer of its kind places the first value that is missing far out.

    >>> from standout.core.table import Column, Kind, Schema
    >>> table = Table.of(Schema((Field("a", Kind.NUMBER),)), [Column(Kind.NUMBER, np.array([1.0, 2, 3, 4, 5, 6, 7, np.nan]))])
    >>> state = Missing().fit(table, np.random.default_rng(0))
    >>> Missing().transform(state, table).ravel().astype(float).round(2).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.21]
    """

    card = Card(
        "Missing indicator",
        "Little and Rubin 2019, doi:10.1002/9781119482260",
        "rows that lack what others have, and the reverse",
        "one pass a column",
    )
    layout = {"gap": Holds("float32", "columns")}

    def takes(self, field: Field) -> bool:
        """Columns of every kind."""
        return True

    def fit(self, table: Table, rng: np.random.Generator) -> State:
        """The share of rows that lack each column, and which columns go together."""
        masks = [c.missing for c in table.columns]
        patterns = [m.tobytes() for m in masks]
        together = np.array([patterns.count(p) if m.any() else 1 for p, m in zip(patterns, masks, strict=True)])
        shares = np.array([m.mean() if len(m) else 0.0 for m in masks])
        return {"gap": (gap(shares) / np.sqrt(together)).astype(np.float32)}

    def features(self, state: State, names: Sequence[str]) -> tuple[Feature, ...]:
        """One for each column that was sometimes missing."""
        made = zip(names, state["gap"].tolist(), strict=True)
        return tuple(Feature(f"{name} missing", name, "missing") for name, far in made if far > 0)

    def transform(self, state: State, table: Table) -> NDArray[np.float32]:
        """0, or the gap where the value is missing."""
        far = state["gap"]
        chosen = [i for i, (_, f) in enumerate(zip(table.columns, far.tolist(), strict=True)) if f > 0]
        out = np.empty((len(table), len(chosen)), dtype=np.float32)
        for at, i in enumerate(chosen):
            np.multiply(table.columns[i].missing, far[i], out=out[:, at])
        return out
