"""The contract of a detector: parameters and pure functions from arrays to arrays.

A detector holds no data and no threshold. `fit` returns what was learned, `score` reads it and changes nothing. What else a
detector can do, it says by having the method; the protocols below name those abilities.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import TooFewRowsError
from standout.core.matrix import Matrix
from standout.core.part import Floats, Part, State

Labels = NDArray[np.int8]
"""1 anomaly, 0 normal, -1 unknown; shape (n,)."""

FOLDS = 5


@dataclass(frozen=True)
class Detector(Part):
    """Finds what stands out: higher scores are stranger, always.

    kind: "rows" judges each row alone; "sequence" reads the rows of one entity (a run of the matrix) in order of time.
    causal: the score at t ignores what comes after t; only causal detectors may go live.
    learns_from: "unlabelled", "labels" (needs them) or "both" (uses them when there are any).
    """

    family: ClassVar[str] = "detector"
    kind: ClassVar[Literal["rows", "sequence"]] = "rows"
    causal: ClassVar[bool] = True
    learns_from: ClassVar[Literal["unlabelled", "labels", "both"]] = "unlabelled"

    @abstractmethod
    def fit(self, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None) -> State:
        """Learn from rows; the matrix is neither kept nor changed, and all chance comes from `rng`."""

    @abstractmethod
    def score(self, state: State, matrix: Matrix) -> Floats:
        """The strangeness of each row, shape (n,), finite, higher is stranger; changes nothing."""


@runtime_checkable
class ScoresOwn(Protocol):
    """Can score its training rows as if each were unseen (leave-one-out or out-of-bag)."""

    def own_scores(self, state: State, matrix: Matrix) -> Floats:
        """Scores of the rows that `fit` saw, in the same order, none judged by itself."""


@runtime_checkable
class Settles(Protocol):
    """Finds something out while it fits on which the scale of its scores depends, such as how many trees to grow."""

    def settled(self, state: State) -> Detector:
        """The detector with what this fit found out taken as given, so that fits on parts of the rows score on its scale."""


@runtime_checkable
class Updates(Protocol):
    """Can keep learning row by row."""

    def update(self, state: State, matrix: Matrix) -> None:
        """Learn from new rows in place; the caller owns the state."""


@runtime_checkable
class LooksBack(Protocol):
    """A sequence detector whose score at t depends on a bounded number of rows before t."""

    def context(self, state: State) -> int:
        """How many earlier rows of the same entity a score needs; with fewer, a stream is taken to begin there."""


@runtime_checkable
class Remembers(Protocol):
    """A sequence detector whose score depends on all earlier rows of an entity, by way of a memory that stays bounded.

    A memory is float32, a line for each of the latest rows: first its values (d), then what the detector noted of it. It is what such a
    detector learns by, so that a live model does not fit it again.
    """

    def remembers(self, state: State) -> tuple[int, int]:
        """At most how many rows, and how many numbers of each."""

    def follow(self, state: State, memory: NDArray[np.float32], rows: NDArray[np.float32]) -> tuple[Floats, NDArray[np.float32]]:
        """The scores of an entity's next rows behind its memory, empty at the beginning, and its memory after them; changes neither."""


@runtime_checkable
class Lingers(Protocol):
    """A sequence detector that knows over how many rows one odd row may make others strange."""

    def reach(self, state: State) -> int:
        """Strange rows of one entity that are no further apart than this are told as one event; 0 and up."""


def reach(detector: Detector, state: State) -> int:
    """Over how many rows strange ones are one event: what the detector says, else all that it looks back on; 0 for rows."""
    if isinstance(detector, Lingers):
        return detector.reach(state)
    return detector.context(state) + 1 if isinstance(detector, LooksBack) else 0


@runtime_checkable
class Narrows(Protocol):
    """Leaves features out of what it compares, by facts known when it was fitted."""

    def compared(self, state: State) -> NDArray[np.int64] | None:
        """Where the features stand on which scores depend, ascending; None for all."""


def heeded(detector: Detector, state: State, width: int) -> NDArray[np.bool_]:
    """Whether the detector's scores depend on each feature of a matrix so wide, as far as it says, shape (width,)."""
    found = np.ones(width, dtype=np.bool_)
    compared = detector.compared(state) if isinstance(detector, Narrows) else None
    if compared is not None:
        found[:] = False
        found[compared] = True
    return found


@runtime_checkable
class Attributes(Protocol):
    """Knows which features made the score."""

    def attribute(self, state: State, matrix: Matrix) -> Floats:
        """Each feature's part of the score, shape (n, d), larger where it made the row stranger."""


@dataclass(frozen=True)
class Moments:
    """What scores of a series are made of.

    offsets: (m,), rows after the scored one, 0 itself and below 0 before it. parts: (n, m, d), at each of these moments each feature's
    part of the score, 0 and up.
    """

    offsets: NDArray[np.int64]
    parts: Floats


@runtime_checkable
class AttributesInTime(Protocol):
    """A sequence detector that knows which features made the score, and when."""

    def attribute_in_time(self, state: State, matrix: Matrix, at: NDArray[np.intp]) -> Moments:
        """The parts of the scores of the rows at these places of the matrix."""


@runtime_checkable
class Shapley(Protocol):
    """Knows the exact Shapley values of its score, or of a function that grows with it and that its card's page names."""

    def shapley(self, state: State, matrix: Matrix) -> tuple[Floats, float]:
        """Values by feature, shape (n, d), larger where stranger, and what all rows begin from."""


@runtime_checkable
class Merges(Protocol):
    """Can be fitted on partitions and put together."""

    def merge(self, states: Sequence[State]) -> State:
        """One state from those of partitions, the order of which does not matter."""


def own_scores(
    detector: Detector, state: State, matrix: Matrix, rng: np.random.Generator, labels: Labels | None = None
) -> Floats:
    """Scores of the training rows, none judged by itself: the detector's own way, else cross-fitted.

    Cross-fitting holds out each of five parts in turn: random rows for a row detector, as many of each label, and whole stretches
    of time for a sequence detector, so that a row's neighbours in time do not tell on it.
    """
    if isinstance(detector, ScoresOwn):
        return detector.own_scores(state, matrix)
    if len(matrix) < 2 * FOLDS:
        return detector.score(state, matrix)
    scores = np.empty(len(matrix), dtype=np.float64)
    detector = detector.settled(state) if isinstance(detector, Settles) else detector
    for held_out in _folds(detector.kind, len(matrix), rng, labels):
        kept = np.setdiff1d(np.arange(len(matrix)), held_out)
        try:
            part = detector.fit(matrix.take(kept), rng, None if labels is None else labels[kept])
        except TooFewRowsError as error:
            why = f"Of the {len(matrix)} rows a fifth is held out in turn, so that none is judged by itself."
            raise TooFewRowsError(f"{error.what} {why}", error.hint) from error
        scores[held_out] = detector.score(part, matrix.take(held_out))
    return scores


def _folds(kind: str, n: int, rng: np.random.Generator, labels: Labels | None) -> list[NDArray[np.intp]]:
    if kind == "sequence":
        return np.array_split(np.arange(n), FOLDS)
    rows = rng.permutation(n)
    if labels is None:
        return [np.sort(part) for part in np.array_split(rows, FOLDS)]
    # dealt out class by class: rare anomalies must not all be held out at once, or there is nothing to learn from
    rows = rows[np.argsort(labels[rows], kind="stable")]
    return [np.sort(rows[i::FOLDS]) for i in range(FOLDS)]
