"""Category columns: a feature for each common category, the rare ones together, or rarity alone where no category is common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ModelFileError
from standout.core.finding import Finding, FindingKind
from standout.core.layout import HINT, Holds
from standout.core.matrix import Feature
from standout.core.part import Card, Floats, State, nest, pack_texts, param, under, unpack_texts
from standout.core.preparer import Preparer
from standout.core.table import Column, Field, Kind, Table
from standout.kernels import kernel
from standout.prepare._edges import check_edges, edges
from standout.prepare._findings import left_out
from standout.prepare._lookup import entries, hashes
from standout.prepare._rarity import distance, first_missing, rarity
from standout.prepare._scaling import by_blocks

ALL_DIFFERENT = FindingKind(
    "prepare-all-different",
    "info",
    "{column} hardly ever holds the same value twice; no feature is made of it.",
    "If it names the rows, give it the role id; if it is prose, the kind text.",
)
LEAST_SPREAD = 0.3  # scales; rarities that lie closer together tell nothing
OTHER, RARITY = "\x00other", "\x00rarity"  # no category that a reader makes begins with a NUL


@dataclass(frozen=True)
class Category(Preparer):
    """Common categories each have a feature, rare ones share one in which the rarer lies farther out.

    A category is common with a share of `rare` or more, the `most` commonest of these at most. Where the common ones make up less
    than half of the rows, the column makes a single feature, its rarity. A category never seen is placed with the rarest, or far
    from all where there was no rare one; so is the first missing value of a column that never lacked one.

    >>> from standout.core.table import Schema
    >>> table = Table.of(Schema((Field("fuel", Kind.CATEGORY),)), [Column.coded(["gas"] * 6 + ["coal"] * 3 + [None])])
    >>> state = Category().fit(table, np.random.default_rng(0))
    >>> [f.name for f in Category().features(state, ["fuel"])]
    ['fuel = gas', 'fuel = coal']
    >>> new = Table.of(table.schema, [Column.coded(["coal", "wind", None])])
    >>> Category().transform(state, new).astype(float).round(2).tolist()
    [[0.0, 1.48], [1.55, 1.55], [0.0, 0.0]]
    """

    card = Card(
        "One-hot and rarity coding",
        "rarity of the unseen: Good 1953, doi:10.1093/biomet/40.3-4.237",
        "rare and unseen categories; categories that go with other columns",
        "one binary search for each entry of the dictionary",
    )
    examples = ({}, {"most": 2}, {"rare": 0.3})
    layout = {
        "hash": Holds("uint64", "levels"),
        "slot": Holds("int32", "levels"),
        "value": Holds("float32", "levels"),
        "start": Holds("int64", "edges"),
        "unseen": Holds("float32", "features"),
        "absent": Holds("float32", "features"),
        "first": Holds("int64", "edges"),
        "present": Holds("int64", "columns"),
        "name/bytes": Holds("uint8", "bytes"),
        "name/offsets": Holds("int64", "names"),
    }

    most: int = param(10, low=1, high=1000, help="At most how many categories of a column have a feature of their own.")
    rare: float = param(0.02, above=0, high=1.0, help="A category with a smaller share has no feature of its own.", unit="share")

    def takes(self, field: Field) -> bool:
        """Categories."""
        return field.kind is Kind.CATEGORY

    def fit(self, table: Table, rng: np.random.Generator) -> State:
        """Count the categories of each column and place them."""
        parts = [self._learn(c) for c in table.columns]
        keys = ("hash", "slot", "value", "unseen", "absent")
        state = {k: np.concatenate([p[k] for p in parts]) for k in keys}
        state["start"] = edges([len(p["hash"]) for p in parts])
        state["first"] = edges([len(p["unseen"]) for p in parts])
        state["present"] = np.array([len(table) - int(c.missing.sum()) for c in table.columns], dtype=np.int64)
        texts = [t for p in parts for t in unpack_texts(under("name", p))]
        return state | nest("name", pack_texts(texts))

    def _learn(self, column: Column) -> State:
        counts = np.bincount(column.values[column.values >= 0], minlength=len(column.categories))
        seen = np.flatnonzero(counts)
        key, counts = hashes(column.categories[i] for i in seen.tolist()), counts[seen]
        order = np.argsort(key)
        seen, key, counts = seen[order], key[order], counts[order]
        rare, unseen = rarity(counts)
        slots, names = self._slots(counts, [column.categories[i] for i in seen.tolist()])
        value = distance(rare) if names[:1] != [RARITY] else distance(rare) - 1.0
        far, none = _outside(slots, value, names, float(distance(unseen)), len(column))
        if names == [RARITY] and max(float(far[0]), *value) - float(value.min()) < LEAST_SPREAD:
            names, far, none = [], far[:0], none[:0]  # all values are about as rare as one never seen: nothing to tell
        absent = np.zeros(len(names)) if column.missing.any() else none
        floats = {"value": value, "unseen": far, "absent": absent}
        return {
            "hash": key,
            "slot": slots.astype(np.int32),
            **{k: a.astype(np.float32) for k, a in floats.items()},
            **nest("name", pack_texts(names)),
        }

    def _slots(self, counts: NDArray[np.int64], texts: list[str]) -> tuple[NDArray[np.intp], list[str]]:
        """Which of the column's features each category sets, and what these features are; no features for one category."""
        slots = np.zeros(len(counts), dtype=np.intp)
        if len(counts) < 2:
            return slots, []
        total = counts.sum()
        ranked = np.argsort(-counts, kind="stable")
        common = ranked[: self.most][counts[ranked[: self.most]] >= self.rare * total]
        if 2 * counts[common].sum() < total:
            return slots, [RARITY]
        slots[:] = len(common)
        slots[common] = np.arange(len(common))
        rest = len(common) < len(counts)
        return slots, [texts[i] for i in common.tolist()] + [OTHER] * rest

    def features(self, state: State, names: Sequence[str]) -> tuple[Feature, ...]:
        """One for each common category, one for the rare ones, or one rarity; ModelFileError where the state contradicts itself."""
        self._check(state, len(names))
        texts, first = unpack_texts(under("name", state)), state["first"].tolist()
        made = []
        for i, name in enumerate(names):
            for text in texts[first[i] : first[i + 1]]:
                if text in (OTHER, RARITY):
                    made.append(Feature(f"{name} {text[1:]}", name, text[1:]))
                else:
                    made.append(Feature(f"{name} = {text}", name, "category"))
        return tuple(made)

    def _check(self, state: State, columns: int) -> None:
        start, first = state["start"], state["first"]
        check_edges(self.name, "start", start, columns, len(state["hash"]))
        check_edges(self.name, "first", first, columns, len(state["unseen"]))
        check_edges(self.name, "name/offsets", state["name/offsets"], len(state["unseen"]), len(state["name/bytes"]))
        width = np.repeat(np.maximum(np.diff(first), 1), np.diff(start))
        if ((state["slot"] < 0) | (state["slot"] >= width)).any() or len(state["absent"]) != len(state["unseen"]):
            raise ModelFileError(f"{self.name}: slot points outside of its column's features.", HINT)

    def transform(self, state: State, table: Table) -> NDArray[np.float32]:
        """Each category's place; categories are looked up once an entry, rows by code."""
        first = state["first"].tolist()
        made = [i for i in range(len(table.columns)) if first[i] < first[i + 1]]
        found = [entries(table.columns[i]) for i in made]
        places, at = _places(state, made, [texts for texts, _ in found])
        out = np.empty((len(table), first[-1]), dtype=np.float32)
        jobs = [
            (begin, len(texts), codes, first[i], first[i + 1])
            for i, begin, (texts, codes) in zip(made, at.tolist(), found, strict=True)
        ]

        def work(rows: slice) -> None:
            for begin, missing, codes, left, right in jobs:
                _fill(places, begin, missing, codes, out, left, right, rows.start, rows.stop)

        by_blocks(len(table), work)
        return out

    def findings(self, state: State, names: Sequence[str]) -> tuple[Finding, ...]:
        """Columns of one category, of none, or of a new one in every row."""
        made, levels = np.diff(state["first"]) > 0, np.diff(state["start"])
        told = [ALL_DIFFERENT.found(column=n) for n, m, k in zip(names, made, levels, strict=True) if not m and k > 1]
        return left_out(names, made | (levels > 1), state["present"]) + tuple(told)


def _outside(slots: NDArray[np.intp], value: Floats, names: list[str], unseen: float, rows: int) -> tuple[Floats, Floats]:
    """Where a category never seen is placed, and where the first missing value is; shape (number of features,) each."""
    missing = first_missing(rows)
    if names[-1:] == [RARITY]:
        return np.array([unseen - 1.0]), np.array([missing - 1.0])
    if names[-1:] == [OTHER]:
        places = np.zeros((2, len(names)))
        places[:, -1] = unseen, missing
        return places[0], places[1]
    # no feature for rare ones: a category never seen sets all features a little, and so is far from every single one
    own = np.zeros(len(names))
    own[slots[: len(value)] if names else []] = value if names else []
    share = np.sqrt(max(len(names), 1))
    return np.maximum(own, unseen / share), np.maximum(own, missing / share)


def _places(state: State, columns: list[int], texts: list[tuple[str, ...]]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """What each text of some columns sets in the column's features, texts one after the other and missing at the end of each column;
    and where each column begins."""
    first, which = state["first"], np.array(columns, dtype=np.int64)
    width, count = first[which + 1] - first[which], edges([len(t) for t in texts])
    at = edges((width * (np.diff(count) + 1)).tolist())
    places = np.zeros(at[-1], dtype=np.float32)
    known = (state["hash"], state["slot"], state["value"], state["start"])
    _look_up(hashes(chain(*texts)), count, which, *known, state["unseen"], state["absent"], first, places, at)
    return places, at[:-1]


@kernel
def _look_up(
    wanted: Any, count: Any, which: Any, hashed: Any, slot: Any, value: Any, start: Any, unseen: Any, absent: Any, first: Any,
    places: Any, at: Any,
) -> None:  # fmt: skip  # an argument a line hides the loop
    """See `_places`. wanted: hashes of all texts; count: where those of each column begin; the rest as in the state."""
    for c in range(len(which)):
        column = which[c]
        left, width, here = first[column], first[column + 1] - first[column], at[c]
        for text in range(count[c], count[c + 1]):
            low, high = start[column], start[column + 1]
            while low < high:
                middle = (low + high) // 2
                if hashed[middle] < wanted[text]:
                    low = middle + 1
                else:
                    high = middle
            if low < start[column + 1] and hashed[low] == wanted[text]:
                places[here + slot[low]] = value[low]
            else:
                for feature in range(width):
                    places[here + feature] = unseen[left + feature]
            here += width
        for feature in range(width):
            places[here + feature] = absent[left + feature]


@kernel
def _fill(places: Any, begin: int, missing: int, codes: Any, out: Any, left: int, right: int, start: int, stop: int) -> None:
    """Write into some rows of `out` what their codes stand for in `places`; -1 stands for place number `missing` of the column."""
    width = right - left
    for row in range(start, stop):
        here = begin + (codes[row] if codes[row] >= 0 else missing) * width
        for feature in range(width):
            out[row, left + feature] = places[here + feature]
