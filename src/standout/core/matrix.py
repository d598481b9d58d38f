"""What detectors eat: float32 rows, of which each feature knows its source column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import NotFiniteError, SchemaError

LIMIT = 1e15
"""Magnitudes above this are refused: float32 squares and sums of them must stay finite."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of a matrix: its name, the table's column it comes from, and what it says of it."""

    name: str
    column: str
    what: str = "value"


@dataclass(frozen=True)
class Matrix:
    """Rows ready for a detector.

    values: float32, shape (n, d), C order, finite, at most `LIMIT` in magnitude.
    features: d of them.
    starts: int64; where each entity's run of rows, in order of time, begins. Only sequence detectors read it; one run by default.
    when, whose: int64, shape (n,), or None where the table does not say: the rank of each row's time (below 0 where it is missing)
    and the number of its entity. Only what holds rows out while it learns reads them.
    before: what a detector remembers of each run's earlier rows, one array a run, or None where all runs begin here.
    """

    values: NDArray[np.float32]
    features: tuple[Feature, ...]
    starts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    when: NDArray[np.int64] | None = None
    whose: NDArray[np.int64] | None = None
    before: tuple[NDArray[np.float32], ...] | None = None

    def __post_init__(self) -> None:
        values = self.values
        if values.ndim != 2 or values.dtype != np.float32 or not values.flags.c_contiguous:
            raise SchemaError("A matrix is float32, two-dimensional and in C order.", "Make it with Matrix.of(array).")
        if values.shape[1] != len(self.features):
            raise SchemaError(f"The matrix has {values.shape[1]} columns and {len(self.features)} features are named.")
        # one pass: a NaN makes both the maximum and the minimum NaN, and a comparison with NaN is False
        if values.size and not (values.max() <= LIMIT and values.min() >= -LIMIT):
            self._refuse()

    def _refuse(self) -> None:
        row, at = (int(i) for i in np.argwhere(~(np.abs(self.values) <= LIMIT))[0])
        name, value = self.features[at].name, self.values[row, at]
        raise NotFiniteError(
            f"Feature {name!r} is {value} in row {row}; detectors take finite numbers up to {LIMIT:g} in magnitude.",
            "Prepare the table first (standout run does), or impute and scale that column.",
        )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def width(self) -> int:
        """The number of features, d."""
        return self.values.shape[1]

    @cached_property
    def runs(self) -> tuple[slice, ...]:
        """The rows of each entity, as slices."""
        ends = [*self.starts[1:].tolist(), len(self)]
        return tuple(slice(a, b) for a, b in zip(self.starts.tolist(), ends, strict=True))

    def pieces(self, width: int) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]:
        """Of each run what is remembered of its earlier rows, `width` numbers each, and its rows."""
        nothing = np.empty((0, width), dtype=np.float32)
        before = (nothing,) * len(self.runs) if self.before is None else self.before
        return tuple((memory, self.values[run]) for memory, run in zip(before, self.runs, strict=True))

    @classmethod
    def of(cls, values: Any, names: Sequence[str] | None = None) -> Matrix:
        """A matrix from any array of numbers, shape (n, d) or (n,); features are named x0, x1, ... unless told."""
        array = np.asarray(values)
        array = array.reshape(len(array), -1) if array.ndim < 2 else array
        features = _numbered(array.shape[1]) if names is None else tuple(Feature(n, n) for n in names)
        return cls(np.ascontiguousarray(array, dtype=np.float32), features)

    def take(self, rows: NDArray[Any]) -> Matrix:
        """The chosen rows, as one run."""
        when, whose = (None if told is None else told[rows] for told in (self.when, self.whose))
        return Matrix(np.ascontiguousarray(self.values[rows]), self.features, when=when, whose=whose)

    @cached_property
    def by_column(self) -> dict[str, NDArray[np.intp]]:
        """For each source column, the positions of its features, in order of first appearance."""
        at: dict[str, list[int]] = {}
        for i, feature in enumerate(self.features):
            at.setdefault(feature.column, []).append(i)
        return {column: np.array(positions, dtype=np.intp) for column, positions in at.items()}


@lru_cache(maxsize=64)
def _numbered(width: int) -> tuple[Feature, ...]:
    """Features without names of their own, made once: to name twenty columns takes longer than to score a row of them."""
    return tuple(Feature(f"x{i}", f"x{i}") for i in range(width))
