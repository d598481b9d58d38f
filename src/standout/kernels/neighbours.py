"""The k nearest reference rows of each row, by comparing it with all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats
from standout.kernels import kernel, spread
from standout.kernels.distances import FEW, LANES, Rows, absolute_distances, row_distances, squared_distances, to_lanes

Places = NDArray[np.int64]

GROUP = 16
"""Reference rows between two looks at the lists: most groups hold no neighbour, which one comparison a lane tells."""


@kernel
def _k_nearest(
    values: Rows, references: Rows, own: Places, manhattan: bool, start: int, stop: int, distances: Rows, places: Places
) -> None:
    lanes = np.empty((values.shape[1], LANES), dtype=np.float32)
    distance = np.empty(LANES, dtype=np.float32)
    group = np.empty((GROUP, LANES), dtype=np.float32)
    least = np.empty(LANES, dtype=np.float32)
    limit = np.empty(LANES, dtype=np.float32)
    last = distances.shape[1] - 1
    for first in range(start, stop, LANES):
        count = min(LANES, stop - first)
        to_lanes(values, first, count, lanes)
        limit[:] = np.inf
        # the block's own places lie side by side where all rows were kept: elsewhere none need be looked for
        lowest, highest = len(references), -1
        if len(own):
            for lane in range(count):
                if own[first + lane] >= 0:
                    lowest, highest = min(lowest, own[first + lane]), max(highest, own[first + lane])
        for base in range(0, len(references), GROUP):
            members = min(GROUP, len(references) - base)
            least[:] = np.inf
            for member in range(members):
                if manhattan:
                    absolute_distances(lanes, count, references, base + member, distance)
                else:
                    squared_distances(lanes, count, references, base + member, distance)
                if lowest <= base + member <= highest:
                    for lane in range(count):
                        if own[first + lane] == base + member:
                            distance[lane] = np.inf
                for lane in range(count):
                    group[member, lane] = distance[lane]
                    least[lane] = distance[lane] if distance[lane] < least[lane] else least[lane]
            for lane in range(count):
                if least[lane] < limit[lane]:
                    row = first + lane
                    # into the row's sorted list; not a function of its own, which would count references to the arrays
                    for member in range(members):
                        near = group[member, lane]
                        if near < limit[lane]:
                            slot = last
                            while slot > 0 and distances[row, slot - 1] > near:
                                distances[row, slot], places[row, slot] = distances[row, slot - 1], places[row, slot - 1]
                                slot -= 1
                            distances[row, slot], places[row, slot] = near, base + member
                            limit[lane] = distances[row, last]


@kernel
def _k_nearest_of_few(values: Rows, references: Rows, own: Places, manhattan: bool, distances: Rows, places: Places) -> None:
    """As `_k_nearest`, for few rows."""
    distance = np.empty(len(references), dtype=np.float32)
    last = distances.shape[1] - 1
    for row in range(len(values)):
        row_distances(values, row, references, manhattan, distance)
        if len(own) and own[row] >= 0:
            distance[own[row]] = np.inf
        for at in range(len(references)):
            near = distance[at]
            if near < distances[row, last]:
                slot = last
                while slot > 0 and distances[row, slot - 1] > near:
                    distances[row, slot], places[row, slot] = distances[row, slot - 1], places[row, slot - 1]
                    slot -= 1
                distances[row, slot], places[row, slot] = near, at


def k_nearest(
    values: Rows, references: Rows, k: int, own: Places | None = None, manhattan: bool = False
) -> tuple[Floats, Places]:
    """Distances (float64) and positions of the k nearest reference rows of each row, shape (n, k), nearest first.

    values: (n, d); references: (m, d), m >= k, or m > k with `own`; among equally near ones the first k count.
    own: for each row its own position among the references, which is left out, or -1.

    >>> line = np.array([[0.0], [1], [3]], dtype=np.float32)
    >>> distances, places = k_nearest(line, line, 1, own=np.arange(3))
    >>> distances.ravel().tolist(), places.ravel().tolist()
    ([1.0, 1.0, 2.0], [1, 0, 1])
    """
    own = np.empty(0, dtype=np.int64) if own is None or (own < 0).all() else own
    distances = np.full((len(values), k), np.inf, dtype=np.float32)
    places = np.zeros((len(values), k), dtype=np.int64)
    references = np.ascontiguousarray(references)
    if len(values) <= FEW:
        _k_nearest_of_few(values, references, own, manhattan, distances, places)
    else:
        spread(
            lambda a, b: _k_nearest(values, references, own, manhattan, a, b, distances, places),
            len(values),
            least=LANES,
        )
    exact = distances.astype(np.float64)
    return (exact if manhattan else np.sqrt(exact)), places


def own_places(row: Places, n: int) -> Places:
    """For each of n training rows its position among the sampled ones, or -1; `row` says which row each sampled one is.

    >>> own_places(np.array([1, 3]), 5).tolist()
    [-1, 0, -1, 1, -1]
    """
    own = np.full(n, -1, dtype=np.int64)
    own[row] = np.arange(len(row))
    return own
