"""Detectors within a detector: given as parts, names or plain dicts, and asked for scores of rows they did not see."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Attributes, Detector, Labels, own_scores
from standout.core.errors import ParameterError, ParameterTypeError, StandoutError
from standout.core.matrix import Matrix
from standout.core.part import Floats, State
from standout.core.registry import find, part_from_dict

PIECE = 65_536
"""Rows copied at a time."""

PARTS = 10
"""Into how many parts rows are dealt for `dealt_scores`; with fewer than twice as many rows there is too little to learn from."""


KNOTS = 256
"""Points of a tail: even in -log p, so that the last few in a hundred are told apart as finely as the rest."""

FARTHEST = 1e100
"""Where a tail's -log p ends, so that whatever a member says sums are finite; no two rows of a file get there."""


def as_member(who: str, value: Any) -> Detector:
    """A row detector from a part, its name, or its plain dict; ParameterError where it cannot be a member.

    Files in `detect/` do not import each other: a default recipe is data, and the registry makes parts of it.

    >>> as_member("ensemble", {"part": "isolation-forest", "trees": 50}).trees
    50
    """
    if isinstance(value, str):
        value = find("detector", value)()
    elif isinstance(value, dict):
        value = part_from_dict("detector", value)
    if not isinstance(value, Detector):
        raise ParameterTypeError(
            f"{who}: {value!r} is no detector.", "Give a detector, its name, or a dict with its name under 'part'."
        )
    if value.kind != "rows" or value.learns_from == "labels":
        needs = "judges sequences" if value.kind != "rows" else "needs labels"
        raise ParameterError(
            f"{who}: {value.name} {needs} and cannot be a member.", "Choose row detectors that learn without labels."
        )
    return value


def unseen_scores(member: Detector, state: State, matrix: Matrix, seed: int) -> Floats:
    """The training rows' scores, none judged by itself; what is cross-fitted is the same each time for one seed."""
    return np.asarray(own_scores(member, state, matrix, np.random.default_rng(seed)), dtype=np.float64)


def dealt_scores(detector: Detector, matrix: Matrix, parts: int = PARTS) -> Floats:
    """The training rows' scores, each of so many parts of them by a fit on all the others; the same each time.

    For detectors whose fit bends to a row in ways that cannot be undone for it alone.
    """
    own = np.empty(len(matrix), dtype=np.float64)
    for first in range(parts):
        held_out = np.arange(first, len(matrix), parts)
        kept = np.setdiff1d(np.arange(len(matrix)), held_out)
        state = detector.fit(matrix.take(kept), np.random.default_rng(first))
        own[held_out] = detector.score(state, matrix.take(held_out))
    return own


def in_order_of(ranked: Floats, unseen: Floats) -> Floats:
    """The levels of `unseen`, shape (m,), given out in the order of `ranked`, shape (n,); what ties there ties here.

    Fits that each leave a part of the rows out score on slightly different scales, which blurs who is strangest; one fit that saw
    all rows ranks them well, and flatters them. Of the first come the levels, of the second the order.

    >>> in_order_of(np.array([5.0, 1.0, 3.0]), np.array([0.1, 0.2, 0.4])).tolist()
    [0.4, 0.1, 0.2]
    """
    _, place, count = np.unique(ranked, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count + 1) / 2
    at = middle * ((len(unseen) - 1) / max(1, len(ranked) - 1))
    return np.interp(at, np.arange(len(unseen)), np.sort(unseen))[place]


def fit_member(who: str, member: Detector, matrix: Matrix, rng: np.random.Generator, labels: Labels | None) -> State:
    """The member's state; its errors say whose member it is."""
    try:
        return member.fit(matrix, rng, labels)
    except StandoutError as error:
        raise type(error)(f"{who}: {error.what}", error.hint) from error


def member_parts(member: Detector, state: State, matrix: Matrix, center: Floats) -> Floats:
    """Each feature's part of the member's score, shape (n, d), 0 and up.

    The member's own attribution where it has one; else how far the score falls when the feature takes its center's value.
    """
    if isinstance(member, Attributes):
        return np.maximum(member.attribute(state, matrix), 0.0)
    whole = np.asarray(member.score(state, matrix), dtype=np.float64)
    parts = np.zeros(matrix.values.shape)
    for feature in range(matrix.width):
        values = matrix.values.copy()
        values[:, feature] = center[feature]
        parts[:, feature] = np.maximum(whole - member.score(state, Matrix(values, matrix.features)), 0.0)
    return parts


def tail(own: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Knots of the scores, -log p at each, and the spread of the upper tenth, from scores of n rows.

    p at a score is the share of rows as high, each counted half at its own place, so that the strangest of n rows has 1 / 2n.
    """
    ranked = np.sort(own)
    n = len(ranked)
    at = np.unique(np.round(n * (1.0 - np.exp(-np.linspace(0.0, math.log(2.0 * n), KNOTS)))).astype(np.int64).clip(0, n - 1))
    at = np.concatenate([at, np.full(KNOTS - len(at), n - 1)])
    upper = ranked[(9 * n) // 10 :]
    return ranked[at], -np.log1p(-(at + 0.5) / n), float(np.mean(upper - upper[0])) or float(abs(ranked[-1])) or 1.0


def in_pieces(matrix: Matrix, work: Callable[[Matrix], Floats]) -> Floats:
    """What `work` gives for each piece of the rows, put together, so that copies of many rows stay small; few are one piece."""
    if len(matrix) <= PIECE:
        return work(matrix)
    starts = range(0, len(matrix), PIECE)
    return np.concatenate([work(Matrix(matrix.values[a : a + PIECE], matrix.features)) for a in starts])
