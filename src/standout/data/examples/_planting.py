"""Shared by the examples: rows chosen for each kind of anomaly, holes, and names drawn by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Rows = NDArray[np.intp]
NORMAL = "normal"


def planted(rows: int, kinds: Sequence[str], share: float, rng: np.random.Generator) -> dict[str, Rows]:
    """Rows for each kind, none twice: `share` of all together, at least one each, spread over the file."""
    each = max(1, round(rows * share / len(kinds)))
    chosen = rng.choice(rows, size=each * len(kinds), replace=False)
    return {kind: np.sort(chosen[i * each : (i + 1) * each]) for i, kind in enumerate(kinds)}


def label(rows: int, chosen: Mapping[str, Rows]) -> pa.Array:
    """The label column: the kind of anomaly, or "normal"."""
    names = np.full(rows, NORMAL, dtype=object)
    for kind, at in chosen.items():
        names[at] = kind
    return pa.array(names, pa.string())


def pick(names: Sequence[str], weights: Sequence[float], rows: int, rng: np.random.Generator) -> NDArray[Any]:
    """Names drawn by weight, shape (rows,)."""
    chance = np.asarray(weights, dtype=float)
    return np.array(names, dtype=object)[rng.choice(len(names), size=rows, p=chance / chance.sum())]


def with_holes(values: NDArray[Any], share: float, rng: np.random.Generator, decimals: int | None = None) -> pa.Array:
    """Values as a column, a share of them missing by chance."""
    data = values if decimals is None else np.round(values.astype(float), decimals)
    return pa.array(data, mask=(rng.random(len(values)) < share), from_pandas=True)


def moments(start: str, seconds: NDArray[Any]) -> pa.Array:
    """Times from seconds after a start."""
    times = np.datetime64(start, "s") + np.rint(seconds).astype("timedelta64[s]")
    return pa.array(times, pa.timestamp("s"))


def stretches(rows: int, count: int, length: int, rng: np.random.Generator) -> list[Rows]:
    """Separate runs of rows, each shorter than the room it lies in."""
    edges = np.linspace(0.1 * rows, rows, count + 1).astype(int)
    runs = []
    for low, high in pairwise(edges.tolist()):
        size = max(1, min(length, (high - low) // 2))
        first = int(rng.integers(low, max(low + 1, high - size)))
        runs.append(np.arange(first, min(rows, first + size)))
    return runs
