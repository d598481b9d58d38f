"""What is usual in a column: ranges of numbers and times, shares of categories; and how a person would say a value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.layout import Holds
from standout.core.part import Floats, State, nest, pack_texts, under, unpack_texts
from standout.core.table import CODED, Column, Kind, Schema, Table

QUANTILES = (0.01, 0.05, 0.5, 0.95, 0.99)
LEVELS = 1000  # the commonest categories of a column that are kept
RARE = 0.02  # a category is rare when it and all that are as rare make up less than this share
EXAMPLES = 20  # the commonest of a column for which a training row is kept as an example
UNUSUAL = 3.0  # features of texts and times: this far out is unusual by itself
LAYOUT = {
    "quantile": Holds("float64", "columns", len(QUANTILES), nan=True),  # NaN for other kinds than numbers and times
    "whole": Holds("bool", "columns"),
    "missing": Holds("float64", "columns"),
    "level/start": Holds("int64", "edges"),
    "level/share": Holds("float64", "levels"),
    "level/name/bytes": Holds("uint8", "bytes"),
    "level/name/offsets": Holds("int64", "names"),
    "complete": Holds("bool", "columns"),
}


@dataclass(frozen=True)
class Usual:
    """One column as the training rows held it.

    quantiles: at `QUANTILES`, numbers in their unit, times in microseconds; NaN for other kinds. whole: only whole numbers.
    levels, shares: categories and flags, commonest first; `complete` when none was left out.
    """

    name: str
    kind: Kind
    quantiles: tuple[float, ...]
    whole: bool
    missing: float
    levels: tuple[str, ...]
    shares: tuple[float, ...]
    complete: bool

    @property
    def range(self) -> tuple[Any, ...]:
        """The 5-95% range of a number or time, or the commonest categories, three at most."""
        if self.kind in (Kind.CATEGORY, Kind.FLAG):
            return self.levels[:3]
        if self.kind is Kind.TEXT or np.isnan(self.quantiles[1]):
            return ()
        ends = (self.quantiles[1], self.quantiles[3])
        return tuple(np.datetime64(int(e), "us") for e in ends) if self.kind is Kind.TIME else ends

    def within(self, seen: float) -> bool:
        """Whether a number lies in the 5-95% range."""
        return self.quantiles[1] <= seen <= self.quantiles[3]

    def about(self, value: float) -> float:
        """A number that is only estimated, in steps of about a thousandth of the usual range, whole where all numbers are whole.

        >>> load = Usual("load", Kind.NUMBER, (0.0, 0.01, 0.3, 0.6, 0.7), False, 0.0, (), (), True)
        >>> load.about(6.1e-06), load.about(0.51234)
        (0.0, 0.512)
        """
        if not np.isfinite(value):
            return value
        if self.whole:
            return float(round(value))
        span = self.quantiles[4] - self.quantiles[0]
        if not (np.isfinite(span) and span > 0):
            return value
        return float(round(value, 3 - math.floor(math.log10(span)) - 1))

    def rarity(self, level: str) -> float:
        """The share of training rows that held this category or one as rare."""
        share = self.share(level)
        rest = max(0.0, 1.0 - sum(self.shares))
        return min(1.0, rest + sum(s for s in self.shares if s <= share))

    def share(self, level: str) -> float:
        """The share of training rows that held this category, 0 for one not kept."""
        return self.shares[self.levels.index(level)] if level in self.levels else 0.0

    def unusual(self, seen: Any, far: float) -> bool:
        """Whether a value is out of the ordinary by itself; `far`: of its features, the farthest from their mean."""
        if self.kind is Kind.NUMBER:
            return not self.quantiles[0] <= seen <= self.quantiles[4]
        if self.kind in (Kind.CATEGORY, Kind.FLAG):
            return self.rarity(as_level(seen)) < RARE
        return far > UNUSUAL


def as_level(value: Any) -> str:
    """A category or flag as the text that it is kept by."""
    return ("yes" if value else "no") if isinstance(value, bool | np.bool_) else str(value)


def levels_of(column: Column) -> tuple[list[str], Floats]:
    """The categories or flags of a column, commonest first, and their shares of the rows that have one."""
    if column.kind is Kind.FLAG:
        yes = column.values[~column.missing] != 0
        names, counts = ["no", "yes"], np.array([np.sum(~yes), np.sum(yes)])
    else:
        names, counts = list(column.categories), np.bincount(column.values[column.values >= 0], minlength=len(column.categories))
    order = sorted(np.flatnonzero(counts).tolist(), key=lambda i: (-counts[i], names[i]))
    return [names[i] for i in order], counts[order] / max(counts.sum(), 1)


def learn(table: Table, columns: Sequence[str]) -> State:
    """What is usual in these columns of the training rows; see `LAYOUT`."""
    quantile = np.full((len(columns), len(QUANTILES)), np.nan)
    whole, complete = np.zeros(len(columns), dtype=np.bool_), np.ones(len(columns), dtype=np.bool_)
    missing = np.zeros(len(columns))
    texts: list[str] = []
    shares: list[Floats] = []
    for i, name in enumerate(columns):
        column = table[name]
        missing[i] = column.missing.mean()
        if column.kind in (Kind.CATEGORY, Kind.FLAG):
            names, share = levels_of(column)
            complete[i] = len(names) <= LEVELS
            texts += names[:LEVELS]
            shares.append(share[:LEVELS])
            continue
        shares.append(np.empty(0))
        held = column.values[~column.missing]
        if column.kind in CODED or not len(held):
            continue
        held = held.view(np.int64).astype(np.float64) if column.kind is Kind.TIME else held
        quantile[i] = np.quantile(held, QUANTILES, method="nearest")  # a value that was there, and none between infinities
        whole[i] = bool(np.isfinite(held).all() and (held == np.round(held)).all())
    return {
        "quantile": quantile,
        "whole": whole,
        "missing": missing,
        "complete": complete,
        "level/start": np.cumsum([0, *map(len, shares)], dtype=np.int64),
        "level/share": np.concatenate(shares) if shares else np.empty(0),
        **nest("level/name", pack_texts(texts)),
    }


def read(state: State, schema: Schema, columns: Sequence[str]) -> list[Usual]:
    """The columns of a state made by `learn`."""
    names, start = unpack_texts(under("level/name", state)), state["level/start"].tolist()
    found = []
    for i, name in enumerate(columns):
        own = slice(start[i], start[i + 1])
        found.append(
            Usual(
                name,
                schema.by_name[name].kind,
                tuple(state["quantile"][i].tolist()),
                bool(state["whole"][i]),
                float(state["missing"][i]),
                names[own],
                tuple(state["level/share"][own].tolist()),
                bool(state["complete"][i]),
            )
        )
    return found


def examples(table: Table, columns: Sequence[Usual]) -> NDArray[np.int64]:
    """For each level of each column the first row that holds it, -1 for all but the commonest; shape (levels,)."""
    found = []
    for column in columns:
        at = np.full(len(column.levels), -1, dtype=np.int64)
        values = table[column.name]
        for i, level in enumerate(column.levels[:EXAMPLES]):
            if values.kind is Kind.FLAG:
                holds = (values.values != 0) == (level == "yes")
                holds &= ~values.missing
            else:
                holds = values.values == values.categories.index(level)
            at[i] = int(holds.argmax())
        found.append(at)
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)
