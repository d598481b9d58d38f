"""What is remembered of each entity of a stream, in a few numbers, for a bounded count of them.

Each takes 64 bytes of arrays, its name and a place in a dictionary: about 250 bytes together for names of 12 letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.part import State, nest, pack_texts, under, unpack_texts

NEVER = np.iinfo(np.int64).min
FREED = 0.1  # share that is forgotten at once when there are too many, so that making room is rare

FIELDS = {
    "judged": (np.int64, NEVER),  # microseconds of the newest row that was judged
    "newest": (np.int64, NEVER),  # of the newest that came
    "seen": (np.float64, -np.inf),  # seconds of arrival of the latest rows
    "gaps": (np.float64, 0.0),  # how many gaps between arrivals
    "mean": (np.float64, 0.0),  # of the gaps, seconds
    "spread": (np.float64, 0.0),  # sum of squared deviations
    "longest": (np.float64, 0.0),  # gap, fading
    "stopped": (np.float64, 0.0),  # 1 while it is told as stopped
}


@dataclass
class Entities:
    """Numbers by entity. most: beyond, those not seen for longest are forgotten, and begin anew when they come back."""

    most: int
    forgotten: int = 0
    _slots: dict[str | None, int] = field(default_factory=dict)
    _arrays: dict[str, NDArray[Any]] = field(default_factory=lambda: _empty(16))

    def __len__(self) -> int:
        return len(self._slots)

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name in FIELDS:
            return self._arrays[name]
        raise AttributeError(name)

    def slots(self, names: Sequence[str | None]) -> NDArray[np.intp]:
        """The places of entities, new ones included, shape (n,); valid until the next call."""
        fresh = {name: None for name in names if name not in self._slots}
        if fresh:
            self._make_room(len(fresh))
            # making room may have forgotten some of these very entities, which begin anew
            for name in names:
                self._slots.setdefault(name, len(self._slots))
            if len(self._slots) > len(self._arrays["seen"]):
                self._grow(len(self._slots))
        return np.array([self._slots[n] for n in names], dtype=np.intp)

    def names(self) -> list[str | None]:
        """The entities in the order of their places."""
        return list(self._slots)

    def _make_room(self, count: int) -> None:
        n = len(self._slots)
        if n + count <= self.most or not n:
            return
        gone = min(n, max(n + count - self.most, int(FREED * self.most)))
        order = np.argsort(self._arrays["seen"][:n], kind="stable")
        kept = np.sort(order[gone:])
        names = list(self._slots)
        self._slots = {names[i]: at for at, i in enumerate(kept.tolist())}
        fresh = _empty(max(16, len(kept) + count))
        for key, array in self._arrays.items():
            fresh[key][: len(kept)] = array[kept]
        self._arrays = fresh
        self.forgotten += gone

    def _grow(self, least: int) -> None:
        fresh = _empty(max(least, 2 * len(self._arrays["seen"])))
        for key, array in self._arrays.items():
            fresh[key][: len(array)] = array
        self._arrays = fresh

    def snapshot(self) -> State:
        """Everything as flat arrays."""
        n = len(self._slots)
        names = list(self._slots)
        state = nest("names", pack_texts([n or "" for n in names]))
        state["none"] = np.array([n is None for n in names], dtype=np.bool_)
        state["forgotten"] = np.array([self.forgotten])
        return state | {key: array[:n].copy() for key, array in self._arrays.items()}

    def resume(self, state: State) -> None:
        """Go on from a snapshot."""
        texts = unpack_texts(under("names", state))
        self._slots = {(None if none else t): i for i, (t, none) in enumerate(zip(texts, state["none"].tolist(), strict=True))}
        self._arrays = _empty(max(16, len(self._slots)))
        for key, array in self._arrays.items():
            array[: len(self._slots)] = state[key]
        self.forgotten = int(state["forgotten"][0])


def _empty(n: int) -> dict[str, NDArray[Any]]:
    return {key: np.full(n, value, dtype=kind) for key, (kind, value) in FIELDS.items()}
