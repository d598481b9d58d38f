"""Number columns: median for missing, robust scaling, far values by their logarithm.

Always by the logarithm: on 22 ADBench tables, nearest neighbours reach a mean average precision of 66.6 with 3 asinh(z / 3)
against 63.9 with z where the fit is clean, and 42.0 against 37 where it cleans itself (39.0 against 39.6 where it does neither).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.layout import Holds
from standout.core.matrix import Feature
from standout.core.part import Card, State, param
from standout.core.preparer import Preparer
from standout.core.table import Field, Kind, Table
from standout.prepare._findings import left_out
from standout.prepare._rarity import first_missing
from standout.prepare._scaling import by_blocks, learn, soften

INFINITE = FindingKind(
    "prepare-infinite",
    "warning",
    "{column} is infinite in {count} training rows; infinity is taken as farther out than any number.",
    "Mark these values as missing if infinity stands for something else.",
)


@dataclass(frozen=True)
class Number(Preparer):
    """One feature a column: distance from the median in robust standard deviations, by its logarithm beyond the knee.

    A missing value becomes the median, 0. Where no training value was missing, the first one that is lies as far out as one in
    so many rows would. A constant column makes no feature.

    >>> from standout.core.table import Column, Schema
    >>> schema = Schema((Field("amount", Kind.NUMBER),))
    >>> table = Table.of(schema, [Column(Kind.NUMBER, np.append(np.arange(99.0), [1e6, np.nan]))])
    >>> state = Number().fit(table, np.random.default_rng(0))
    >>> Number().transform(state, table)[[0, 49, 74, 98, 99, 100], 0].astype(float).round(2).tolist()
    [-1.73, -0.02, 0.89, 1.7, 30.33, 0.0]
    """

    card = Card(
        "Robust scaling with soft tails",
        "inverse hyperbolic sine: Johnson 1949, doi:10.1093/biomet/36.1-2.149",
        "numbers of any unit and any tail made comparable",
        "quantiles at fitting; one pass a column",
    )
    examples = ({}, {"knee": 1000.0}, {"side": "high"}, {"side": "low"})
    layout = {
        "center": Holds("float64", "columns"),
        "scale": Holds("float64", "columns"),
        "absent": Holds("float64", "columns"),
        "present": Holds("int64", "columns"),
        "infinite": Holds("int64", "columns"),
    }

    knee: float = param(
        3.0, above=0, high=1e6, help="How far from the median numbers begin to count by logarithm.", unit="scales"
    )

    side: Literal["both", "high", "low"] = param(
        "both", choices=("both", "high", "low"), help="Which side of the median is told apart; the other counts as the median."
    )

    def takes(self, field: Field) -> bool:
        """Numbers."""
        return field.kind is Kind.NUMBER

    def fit(self, table: Table, rng: np.random.Generator) -> State:
        """Median, scale and counts of each column; center and scale are kept in quarters of the unit."""
        away = -1.0 if self.side == "low" else 1.0
        learned = [learn(c.values) for c in table.columns]
        held = [len(table) - int(c.missing.sum()) for c in table.columns]
        return {
            "center": np.array([center for center, _ in learned]),
            "scale": np.array([scale for _, scale in learned]),
            "absent": np.array([away * first_missing(n) if n == len(table) else 0.0 for n in held]),
            "present": np.array(held, dtype=np.int64),
            "infinite": np.array([int(np.isinf(c.values).sum()) for c in table.columns], dtype=np.int64),
        }

    def features(self, state: State, names: Sequence[str]) -> tuple[Feature, ...]:
        """One for each column that varies."""
        return tuple(Feature(n, n) for n, scale in zip(names, state["scale"].tolist(), strict=True) if scale > 0)

    def transform(self, state: State, table: Table) -> NDArray[np.float32]:
        """Scaled values, finite for any input."""
        center, scale, absent = (state[k].tolist() for k in ("center", "scale", "absent"))
        chosen = [i for i, (_, s) in enumerate(zip(table.columns, scale, strict=True)) if s > 0]
        out = np.empty((len(table), len(chosen)), dtype=np.float32)

        def work(rows: slice) -> None:
            for at, i in enumerate(chosen):
                soften(table.columns[i].values, center[i], scale[i], self.knee, absent[i], out, at, rows.start, rows.stop)

        by_blocks(len(table), work)
        if self.side != "both":
            (np.maximum if self.side == "high" else np.minimum)(out, 0.0, out=out)
        return out

    def findings(self, state: State, names: Sequence[str]) -> tuple[Finding, ...]:
        """Constant and empty columns, and infinities."""
        infinite = zip(names, state["infinite"].tolist(), strict=True)
        told = tuple(INFINITE.found(column=name, count=count) for name, count in infinite if count)
        return left_out(names, state["scale"] > 0, state["present"]) + told
