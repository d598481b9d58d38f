"""Flag columns: yes or no, the rarer answer farther out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding
from standout.core.layout import Holds
from standout.core.matrix import Feature
from standout.core.part import Card, State
from standout.core.preparer import Preparer
from standout.core.table import Field, Kind, Table
from standout.prepare._findings import left_out
from standout.prepare._rarity import first_missing, gap


@dataclass(frozen=True)
class Flag(Preparer):
    """One feature a column: 0 for the commoner answer, and the farther from it the rarer the other was, up to about 4.4.

    A missing answer becomes the commoner one, unless none was missing in training: then it lies as far out as one in so many
    rows would, on the side of the rarer answer. A column of one answer only makes no feature.

    >>> from standout.core.table import Column, Schema
    >>> table = Table.of(Schema((Field("paid", Kind.FLAG),)), [Column(Kind.FLAG, np.array([1.0, 1, 1, 0, np.nan]))])
    >>> Flag().transform(Flag().fit(table, np.random.default_rng(0)), table).ravel().astype(float).round(2).tolist()
    [0.0, 0.0, 0.0, -1.79, 0.0]
    """

    card = Card(
        "Flag by rarity", "information content: Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x", "rare answers", "one pass"
    )
    layout = {
        "common": Holds("float32", "columns"),
        "gap": Holds("float32", "columns"),
        "absent": Holds("float32", "columns"),
        "present": Holds("int64", "columns"),
    }

    def takes(self, field: Field) -> bool:
        """Flags."""
        return field.kind is Kind.FLAG

    def fit(self, table: Table, rng: np.random.Generator) -> State:
        """The commoner answer of each column and how rare the other is."""
        held = np.array([len(table) - int(c.missing.sum()) for c in table.columns], dtype=np.int64)
        yes = np.array([float(np.sum(~c.missing & (c.values != 0))) for c in table.columns])
        share = yes / np.maximum(held, 1)
        side = np.where(share > 0.5, -1.0, 1.0)  # the rarer answer lies below where yes is common
        absent = [s * first_missing(int(n)) if n == len(table) else 0.0 for s, n in zip(side, held, strict=True)]
        return {
            "common": (share > 0.5).astype(np.float32),
            "gap": gap(share).astype(np.float32),
            "absent": np.array(absent, dtype=np.float32),
            "present": held,
        }

    def features(self, state: State, names: Sequence[str]) -> tuple[Feature, ...]:
        """One for each column that varies."""
        return tuple(Feature(n, n, "flag") for n, far in zip(names, state["gap"].tolist(), strict=True) if far > 0)

    def transform(self, state: State, table: Table) -> NDArray[np.float32]:
        """Answers about the commoner one, in units of the gap."""
        far, common, absent = state["gap"], state["common"], state["absent"]
        chosen = [i for i, (_, f) in enumerate(zip(table.columns, far.tolist(), strict=True)) if f > 0]
        out = np.empty((len(table), len(chosen)), dtype=np.float32)
        for at, i in enumerate(chosen):
            values = table.columns[i].values
            # whatever is not 0 is a yes, so that a number that strays in cannot become a far value
            answers = ((values != 0).astype(np.float32) - common[i]) * far[i]
            out[:, at] = np.where(np.isnan(values), absent[i], answers)
        return out

    def findings(self, state: State, names: Sequence[str]) -> tuple[Finding, ...]:
        """Constant and empty columns."""
        return left_out(names, state["gap"] > 0, state["present"])
