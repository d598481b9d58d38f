"""What a stream leaves behind, bounded: the latest rows for a new fit, and of each entity the rows that a score looks back on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ModelFileError
from standout.core.layout import HINT, Holds, check_arrays
from standout.core.matrix import Feature, Matrix
from standout.core.part import State, nest, pack_texts, under, unpack_texts

Entity = str | None
Values = NDArray[np.float32]

NAMES = {"name/bytes": Holds("uint8", "letters"), "name/offsets": Holds("int64", "ends")}
ROWS = {"values": Holds("float32", "rows", "d"), "owner": Holds("int64", "rows", below="entities", low=-1), **NAMES}
"""values: rows, the oldest first; owner: the place of each row's entity among the names, -1 for none."""


class Latest:
    """The latest rows of a stream in the order in which they came, at most `most`, each with its entity."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: Values = np.empty((0, 1), dtype=np.float32)
        self._owner = np.empty(0, dtype=np.int64)
        self._place: dict[str, int] = {}
        self._next = 0
        self._filled = 0

    def __len__(self) -> int:
        return self._filled

    def add(self, rows: Values, entity: Entity) -> None:
        """Take in rows of one entity, in order; the oldest of all make room."""
        if not len(rows):
            return
        self._make_room(self._filled + len(rows), rows.shape[1])
        if len(self._place) > 2 * self._most:
            self._forget_names()
        owner = -1 if entity is None else self._place.setdefault(entity, len(self._place))
        at = (self._next + np.arange(len(rows))[-self._most :]) % self._most
        self._values[at], self._owner[at] = rows[-self._most :], owner
        self._next = (self._next + len(rows)) % self._most
        self._filled = min(self._most, self._filled + len(rows))

    def matrix(self, features: tuple[Feature, ...]) -> Matrix:
        """The rows entity by entity, by the first row of each, and of each in the order in which they came."""
        at = self._in_order()
        owner = _by_first(self._owner[at])
        order = np.argsort(owner, kind="stable")
        at, owner = at[order], owner[order]
        starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]).astype(np.int64)
        return Matrix(np.ascontiguousarray(self._values[at]), features, starts)

    def state(self, width: int) -> State:
        """All of it as arrays; `restored` is the inverse."""
        if not self._filled:
            return _packed(np.empty((0, width), dtype=np.float32), np.empty(0, dtype=np.int64), ())
        at = self._in_order()
        names, owner = list(self._place), self._owner[at]
        used = list(dict.fromkeys(owner[owner >= 0].tolist()))  # by their first row
        moved = np.full(len(names) + 1, -1, dtype=np.int64)  # one more, where -1 lands
        moved[used] = np.arange(len(used))
        return _packed(self._values[at], moved[owner], tuple(names[i] for i in used))

    @classmethod
    def restored(cls, state: State, most: int, width: int) -> Latest:
        """From arrays; ModelFileError names one that is not as it must be."""
        names = _checked("latest rows", state, width)
        if len(state["values"]) > most:
            raise ModelFileError(f"latest rows: {len(state['values'])} where {most} are kept.", HINT)
        found = cls(most)
        for place, rows in _runs(state["owner"]):
            found.add(state["values"][rows], None if place < 0 else names[place])
        return found

    def _make_room(self, rows: int, width: int) -> None:
        """Room for so many rows, of which no more than `most` are kept; it doubles, so that a short stream takes little."""
        room = len(self._owner)
        if rows <= room or room == self._most:
            return
        room = min(self._most, max(rows, 2 * room))  # nothing has wrapped around yet: the rows stand in their order
        values, owner = np.empty((room, width), dtype=np.float32), np.full(room, -1, dtype=np.int64)
        values[: self._filled], owner[: self._filled] = self._values[: self._filled], self._owner[: self._filled]
        self._values, self._owner = values, owner

    def _in_order(self) -> NDArray[np.int64]:
        return (self._next - self._filled + np.arange(self._filled)) % self._most

    def _forget_names(self) -> None:
        """Keep only the names of entities that still have rows here."""
        used = np.zeros(len(self._place) + 1, dtype=np.bool_)  # one more, where -1 lands
        used[self._owner[self._in_order()]] = True
        moved = np.append(np.cumsum(used[:-1]) - 1, -1)
        self._owner = moved[self._owner]
        self._place = {name: int(moved[at]) for name, at in self._place.items() if used[at]}


class Contexts:
    """Each entity's latest rows, those that its next score looks back on; of at most so many entities.

    Where there are more, the least recently seen is forgotten: its next row is scored as the first of a stream.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[Entity, Values] = OrderedDict()
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._rows)

    def of(self, entity: Entity, width: int) -> Values:
        """What is remembered of an entity, shape (rows, width), the oldest first."""
        return self._rows.get(entity, np.empty((0, width), dtype=np.float32))

    def keep(self, entity: Entity, rows: Values) -> None:
        """Remember these rows of an entity in place of those before; call `trim` when all of a step have been."""
        self._rows[entity] = rows
        self._rows.move_to_end(entity)

    def trim(self) -> None:
        """Forget the least recently seen entities of too many."""
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)
            self.forgotten += 1

    def state(self, width: int) -> State:
        """All of it as arrays, the least recently seen entity first; `restored` is the inverse."""
        names = tuple(e for e in self._rows if e is not None)
        place = {name: i for i, name in enumerate(names)}
        owner = [-1 if entity is None else place[entity] for entity in self._rows]
        lengths = np.array([len(rows) for rows in self._rows.values()], dtype=np.int64)
        values = np.concatenate([np.empty((0, width), dtype=np.float32), *self._rows.values()])
        # an entity that was seen and has no rows to look back on counts among the most all the same
        seen = {"seen": np.array(owner, dtype=np.int64), "length": lengths}
        return _packed(values, np.repeat(np.array(owner, dtype=np.int64), lengths), names) | seen

    @classmethod
    def restored(cls, state: State, most: int, back: int, width: int) -> Contexts:
        """From arrays, of a detector that looks `back` rows back; ModelFileError names one that is not as it must be."""
        state = dict(state)
        own = {key: state.pop(key, np.empty(0)) for key in ("seen", "length")}
        names = _checked("entities", state, width)
        order = Holds("int64", "seen", below=max(len(names), 1), low=-1)
        check_arrays("entities", {"seen": order, "length": Holds("int64", "seen", below=back + 1)}, own, {})
        seen, length = own["seen"], own["length"]
        one_each = len(np.unique(seen)) == len(seen) and len(seen) <= most and len(names) == int((seen >= 0).sum())
        if not one_each or not np.array_equal(np.repeat(seen, length), state["owner"]):
            raise ModelFileError("entities: their rows are not one stretch each.", HINT)
        found = cls(most)
        ends = np.cumsum(length)
        for place, start, end in zip(seen.tolist(), (ends - length).tolist(), ends.tolist(), strict=True):
            found.keep(None if place < 0 else names[place], state["values"][start:end].copy())
        return found


def _packed(values: Values, owner: NDArray[np.int64], names: tuple[str, ...]) -> State:
    state: State = {"values": values, "owner": owner}
    return state | nest("name", pack_texts(names))


def _checked(who: str, state: State, width: int) -> tuple[str, ...]:
    """The names in a state that is as declared; ModelFileError where it is not."""
    offsets = state.get("name/offsets", np.empty(0))
    check_arrays(who, ROWS, state, {"d": width, "entities": max(0, len(offsets) - 1)})
    return checked_names(who, state)


def checked_names(who: str, state: State) -> tuple[str, ...]:
    """The names under "name" of arrays that are of the declared types; ModelFileError where they are no names, or two are one."""
    offsets = state["name/offsets"]
    fits = len(offsets) and offsets[0] == 0 and offsets[-1] == len(state["name/bytes"]) and bool((np.diff(offsets) >= 0).all())
    if not fits:
        raise ModelFileError(f"{who}: the names of entities overlap.", HINT)
    try:
        names = unpack_texts(under("name", state))
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{who}: the name of an entity is no text: {error}.", HINT) from error
    if len(set(names)) != len(names):
        raise ModelFileError(f"{who}: two entities share one name.", HINT)
    return names


def _by_first(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Entities numbered by their first row."""
    _, first, code = np.unique(owner, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[code], dtype=np.int64)


def _runs(owner: NDArray[np.int64]) -> Iterator[tuple[int, slice]]:
    """Stretches of rows of one entity."""
    edges = [0, *(np.flatnonzero(owner[1:] != owner[:-1]) + 1).tolist(), len(owner)]
    for start, end in pairwise(edges):
        if end > start:
            yield int(owner[start]), slice(start, end)
