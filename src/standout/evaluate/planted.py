"""Anomalies made on purpose: copies of ordinary rows with one thing wrong, so that recall can be measured without labels.

Five kinds, each only where the table has the columns for it. What they prove is narrow: a model that misses them is blind to
that kind; one that catches them may still miss yours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.table import Column, Kind, Table

UNSEEN = "never seen before"


@dataclass(frozen=True)
class Planted:
    """A table in which the rows `at` were changed; `kind` says how, as positions in `kinds`."""

    table: Table
    at: NDArray[np.intp]
    kind: NDArray[np.intp]
    kinds: tuple[str, ...]

    def rows(self) -> Table:
        """The changed rows alone, in the order of `at`."""
        return self.table.take(self.at)


def plant(table: Table, rng: np.random.Generator, *, each: int = 60, ordinary: NDArray[np.bool_] | None = None) -> Planted:
    """Change up to `each` rows of every kind that fits, at distinct positions, at most half of the rows in all.

    ordinary: which rows may be changed, shape (n,); all where None. The table itself stays as it is.

    >>> from standout.core.table import Field, Schema
    >>> schema = Schema((Field("a", Kind.NUMBER), Field("b", Kind.NUMBER)))
    >>> table = Table.of(schema, [Column(Kind.NUMBER, np.arange(40.0)), Column(Kind.NUMBER, np.arange(40.0))])
    >>> planted = plant(table, np.random.default_rng(0), each=3)
    >>> planted.kinds
    ('value far out', 'columns of two rows mixed', 'wrong unit', 'many values missing')
    >>> len(planted.at)
    12
    """
    work = _Work.of(table)
    makers = {name: make for name, (fits, make) in KINDS.items() if fits(work)}
    free = np.arange(len(table)) if ordinary is None else np.flatnonzero(ordinary)
    count = min(each, len(table) // (2 * len(makers)), len(free) // len(makers)) if makers else 0
    at = rng.permutation(free)[: count * len(makers)].astype(np.intp)
    for i, make in enumerate(makers.values()):
        make(work, at[i * count : (i + 1) * count], rng)
    return Planted(work.table(), at, np.repeat(np.arange(len(makers)), count), tuple(makers))


@dataclass
class _Work:
    """A table being changed: copies of its feature columns, and which of them are numbers and categories."""

    source: Table
    values: dict[str, NDArray[np.generic]]
    categories: dict[str, tuple[str, ...]]
    numbers: list[str]
    coded: list[str]

    @classmethod
    def of(cls, table: Table) -> _Work:
        features = table.schema.features
        seen = {f.name: table[f.name] for f in features}
        numbers = [f.name for f in features if f.kind is Kind.NUMBER and _spread(seen[f.name].values) > 0]
        coded = [f.name for f in features if f.kind is Kind.CATEGORY]
        values = {n: c.values.copy() for n, c in seen.items()}
        return cls(table, values, {n: seen[n].categories for n in coded}, numbers, coded)

    def table(self) -> Table:
        columns = []
        for field, old in zip(self.source.schema.fields, self.source.columns, strict=True):
            values = self.values.get(field.name, old.values)
            columns.append(Column(field.kind, values, self.categories.get(field.name, old.categories)))
        return Table(self.source.schema, tuple(columns), self.source.rows)


def _spread(values: NDArray[np.generic]) -> float:
    """The width of the inner 90% in standard deviations of a normal distribution; the deviation where that is 0."""
    known = values[np.isfinite(values)].astype(np.float64)
    if not len(known):
        return 0.0
    low, high = np.quantile(known, [0.05, 0.95])
    return float(high - low) / 3.29 or float(known.std())


def _far_out(work: _Work, at: NDArray[np.intp], rng: np.random.Generator) -> None:
    """One number of each row moves six to ten usual spreads beyond the far end of the inner 90%, up or down."""
    chosen = rng.integers(len(work.numbers), size=len(at))
    for i, name in enumerate(work.numbers):
        mine, values = at[chosen == i], work.values[name]
        known = values[np.isfinite(values)].astype(np.float64)
        low, high = np.quantile(known, [0.05, 0.95])
        step = rng.uniform(6.0, 10.0, len(mine)) * _spread(values)
        moved = np.where(rng.random(len(mine)) < 0.5, low - step, high + step)
        values[mine] = np.round(moved) if np.array_equal(known, np.round(known)) else moved


def _mixed(work: _Work, at: NDArray[np.intp], rng: np.random.Generator) -> None:
    """Half of the columns of each row are taken from another row: every value is usual, only not together."""
    names = list(work.values)
    other = (at + rng.integers(1, len(work.source), size=len(at))) % len(work.source)
    order = np.argsort(rng.random((len(at), len(names))), axis=1)
    for i, name in enumerate(names):
        mine = order[:, i] < (len(names) + 1) // 2 if len(names) > 2 else order[:, i] == 0
        work.values[name][at[mine]] = work.source[name].values[other[mine]]


def _unseen(work: _Work, at: NDArray[np.intp], rng: np.random.Generator) -> None:
    """One category of each row becomes one that the column never held."""
    chosen = rng.integers(len(work.coded), size=len(at))
    for i, name in enumerate(work.coded):
        new = UNSEEN
        while new in work.categories[name]:
            new += "!"
        work.values[name][at[chosen == i]] = len(work.categories[name])
        work.categories[name] = (*work.categories[name], new)


def _wrong_unit(work: _Work, at: NDArray[np.intp], rng: np.random.Generator) -> None:
    """A third of the numbers of each row, side by side, are ten times too large, as when a block comes in another unit."""
    width = max(1, len(work.numbers) // 3)
    first = rng.integers(len(work.numbers), size=len(at))
    for i, name in enumerate(work.numbers):
        mine = at[(i - first) % len(work.numbers) < width]
        work.values[name][mine] *= 10  # type: ignore[misc]  # number columns are float64


def _missing(work: _Work, at: NDArray[np.intp], rng: np.random.Generator) -> None:
    """Half of the values of each row are gone."""
    order = np.argsort(rng.random((len(at), len(work.values))), axis=1)
    for i, (name, values) in enumerate(work.values.items()):
        gone = Column.absent(work.source.schema.by_name[name].kind, 1).values[0]
        values[at[order[:, i] < (len(work.values) + 1) // 2]] = gone


KINDS: dict[str, tuple[Callable[[_Work], bool], Callable[[_Work, NDArray[np.intp], np.random.Generator], None]]] = {
    "value far out": (lambda work: bool(work.numbers), _far_out),
    "columns of two rows mixed": (lambda work: len(work.values) >= 2, _mixed),
    "category never seen": (lambda work: bool(work.coded), _unseen),
    "wrong unit": (lambda work: bool(work.numbers), _wrong_unit),
    "many values missing": (lambda work: len(work.values) >= 2, _missing),
}
