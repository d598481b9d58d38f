"""The contract of a preparer: it takes the columns it understands and makes features of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding
from standout.core.matrix import Feature, Matrix
from standout.core.part import Part, State
from standout.core.registry import find, names
from standout.core.table import Field, Role, Schema, Table


@dataclass(frozen=True)
class Preparer(Part):
    """Turns some columns of a table into features; fitted on training rows only, the same code live.

    Each preparer picks its columns with `takes`; the matrix is what all of them make, side by side.
    """

    family: ClassVar[str] = "preparer"

    @abstractmethod
    def takes(self, field: Field) -> bool:
        """Whether this preparer makes features of a column (only feature columns are asked about)."""

    @abstractmethod
    def fit(self, table: Table, rng: np.random.Generator) -> State:
        """Learn from a table that holds only the columns it takes, at least one."""

    @abstractmethod
    def features(self, state: State, names: Sequence[str]) -> tuple[Feature, ...]:
        """The features it makes of the columns of these names, in order; may be none."""

    @abstractmethod
    def transform(self, state: State, table: Table) -> NDArray[np.float32]:
        """The features' values, shape (n, number of features), finite; a row's values depend on that row alone."""

    def findings(self, state: State, names: Sequence[str]) -> tuple[Finding, ...]:
        """What it noticed while fitting: columns it made nothing of, and why."""
        return ()


def select(preparer: Preparer, table: Table) -> Table:
    """The feature columns that a preparer takes."""
    at, schema = _chosen(preparer, table.schema)
    return Table(schema, tuple(table.columns[i] for i in at), table.rows)


@lru_cache(maxsize=512)
def _chosen(preparer: Preparer, schema: Schema) -> tuple[tuple[int, ...], Schema]:
    at = tuple(i for i, f in enumerate(schema.fields) if f.role is Role.FEATURE and preparer.takes(f))
    return at, Schema(tuple(schema.fields[i] for i in at))


def features_of(fitted: Sequence[tuple[Preparer, State]], schema: Schema) -> tuple[Feature, ...]:
    """The features that fitted preparers make of tables of a schema, in the order of the matrix."""
    found: list[Feature] = []
    for preparer, state in fitted:
        at, chosen = _chosen(preparer, schema)
        found += preparer.features(state, chosen.names) if at else ()
    return tuple(found)


def assemble(
    fitted: Sequence[tuple[Preparer, State]],
    table: Table,
    starts: NDArray[np.int64] | None = None,
    features: tuple[Feature, ...] | None = None,
) -> Matrix:
    """The matrix that fitted preparers make of a table, side by side; `features` where they are known saves asking."""
    chosen = [(preparer, state, select(preparer, table)) for preparer, state in fitted]
    blocks = [preparer.transform(state, part) for preparer, state, part in chosen if part.columns]
    values = np.concatenate(blocks, axis=1) if blocks else np.empty((len(table), 0), dtype=np.float32)
    values = np.ascontiguousarray(values, dtype=np.float32)
    features = features_of(fitted, table.schema) if features is None else features
    return Matrix(values, features) if starts is None else Matrix(values, features, starts)


def fit_all(table: Table, settings: Mapping[str, Any], seed: int) -> list[tuple[Preparer, State]]:
    """Every registered preparer that takes a column of the table, fitted; each with a stream of chance of its own.

    settings: parameters by name, given to each preparer that has them.
    """
    fitted = []
    for i, name in enumerate(names("preparer")):
        part = find("preparer", name)
        preparer = cast("Preparer", part.make({k: v for k, v in settings.items() if k in part.specs()}))
        taken = select(preparer, table)
        if taken.columns:
            fitted.append((preparer, preparer.fit(taken, np.random.default_rng([seed, i]))))
    return fitted
