"""Text columns: length, words, what it is made of, and how rare its shape is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding
from standout.core.layout import Holds
from standout.core.matrix import Feature
from standout.core.part import Card, Floats, State, param
from standout.core.preparer import Preparer
from standout.core.table import Field, Kind, Table
from standout.prepare._edges import check_edges, edges
from standout.prepare._findings import left_out
from standout.prepare._lookup import entries, find, hashes
from standout.prepare._rarity import distance, first_missing, rarity
from standout.prepare._scaling import by_blocks, learn, soften

LOWER, UPPER, DIGIT, SPACE, MARK, OTHER, INSIDE = range(7)
MEASURES = ("length", "words", "digits", "capitals", "spaces", "marks")
SHAPE = 6
LONGEST = 64  # how many changes of character class make up a shape


def _classes() -> NDArray[np.uint8]:
    """The class of each byte of UTF-8; INSIDE for the bytes that continue a character."""
    table = np.full(256, OTHER, dtype=np.uint8)
    table[:128] = MARK
    for low, high, kind in (("a", "z", LOWER), ("A", "Z", UPPER), ("0", "9", DIGIT), ("\t", "\r", SPACE), (" ", " ", SPACE)):
        table[ord(low) : ord(high) + 1] = kind
    table[0x80:0xC0] = INSIDE
    return table


CLASS = _classes()
# a number of 64 bits for each class at each place of a shape, the same on every machine
PLACE = hashes(f"{place} {kind}" for place in range(LONGEST) for kind in range(OTHER + 1)).reshape(LONGEST, OTHER + 1)


@dataclass(frozen=True)
class Text(Preparer):
    """Length, number of words, shares of digits, capitals, spaces and marks, and the rarity of the shape.

    The shape of "Invoice 12-A" is "Aa 9-A": the classes of its characters, repeats taken as one. All of it is worked out once
    for each entry of the column's dictionary. A missing text is one of middling measures, or far out where none was missing.

    >>> from standout.core.table import Column, Schema
    >>> codes = [f"AB-{i}" for i in range(20)] + ["DROP TABLE x;"]
    >>> table = Table.of(Schema((Field("code", Kind.TEXT),)), [Column.coded(codes, Kind.TEXT)])
    >>> state = Text().fit(table, np.random.default_rng(0))
    >>> [f.what for f in Text().features(state, ["code"])]
    ['length', 'words', 'digits', 'capitals', 'spaces', 'marks', 'shape']
    >>> values = Text().transform(state, table)
    >>> bool((values[20, 6] > values[:20, 6]).all())
    True
    """

    card = Card(
        "Text measures",
        "rarity of the unseen: Good 1953, doi:10.1093/biomet/40.3-4.237",
        "texts that are longer, shorter or shaped otherwise than the rest",
        "one pass over the bytes of the dictionary",
    )
    examples = ({}, {"knee": 100.0})
    layout = {
        "center": Holds("float64", "columns", len(MEASURES)),
        "scale": Holds("float64", "columns", len(MEASURES)),
        "absent": Holds("float64", "columns"),
        "present": Holds("int64", "columns"),
        "hash": Holds("uint64", "shapes"),
        "value": Holds("float32", "shapes"),
        "start": Holds("int64", "edges"),
        "unseen": Holds("float32", "columns"),
        "shaped": Holds("bool", "columns"),
    }

    knee: float = param(
        3.0, above=0, high=1e6, help="How far from the median measures begin to count by logarithm.", unit="scales"
    )

    def takes(self, field: Field) -> bool:
        """Texts."""
        return field.kind is Kind.TEXT

    def fit(self, table: Table, rng: np.random.Generator) -> State:
        """Median and scale of each measure, and how often each shape was seen."""
        parts = [_learn(*entries(c)) for c in table.columns]
        held = [len(table) - int(c.missing.sum()) for c in table.columns]
        return {
            "center": np.stack([p["center"] for p in parts]),
            "scale": np.stack([p["scale"] for p in parts]),
            "absent": np.array([first_missing(n) if n == len(table) else 0.0 for n in held]),
            "present": np.array(held, dtype=np.int64),
            "hash": np.concatenate([p["hash"] for p in parts]),
            "value": np.concatenate([p["value"] for p in parts]),
            "start": edges([len(p["hash"]) for p in parts]),
            "unseen": np.concatenate([p["unseen"] for p in parts]),
            "shaped": np.concatenate([p["shaped"] for p in parts]),
        }

    def features(self, state: State, names: Sequence[str]) -> tuple[Feature, ...]:
        """One for each measure that varies; ModelFileError where the state contradicts itself."""
        check_edges(self.name, "start", state["start"], len(names), len(state["hash"]))
        check_edges(self.name, "value", state["start"], len(names), len(state["value"]))
        what = (*MEASURES, "shape")
        return tuple(Feature(f"{names[i]} {what[j]}", names[i], what[j]) for i, j in _made(state))

    def transform(self, state: State, table: Table) -> NDArray[np.float32]:
        """Scaled measures; each dictionary is measured once, rows are looked up by code."""
        made = _made(state)
        out = np.empty((len(table), len(made)), dtype=np.float32)
        jobs = []
        for i, column in enumerate(table.columns):
            chosen = [at for at, (c, _) in enumerate(made) if c == i]
            if chosen:
                texts, codes = entries(column)
                places = self._places(state, i, texts, [made[at][1] for at in chosen])
                jobs.append((places, codes, slice(chosen[0], chosen[-1] + 1)))

        def work(rows: slice) -> None:
            for places, codes, features in jobs:
                out[rows, features] = np.take(places, codes[rows], axis=0)

        by_blocks(len(table), work)
        return out

    def _places(self, state: State, i: int, texts: Sequence[str], wanted: list[int]) -> NDArray[np.float32]:
        """For each text its values in column i's features, shape (texts + 1, features); the last row is for missing."""
        measures, shapes = _measure(texts)
        places = np.zeros((len(texts) + 1, len(wanted)), dtype=np.float32)
        for at, j in enumerate(wanted):
            if j == SHAPE:
                own = slice(*state["start"][i : i + 2].tolist())
                found = find(state["hash"][own], shapes)
                known = np.append(state["value"][own], state["unseen"][i])  # place -1, not found, is the last
                places[:-1, at] = known[found]
            else:
                center, scale = float(state["center"][i, j]), float(state["scale"][i, j])
                soften(measures[:, j].copy(), center, scale, self.knee, 0.0, places, at, 0, len(texts))
        places[-1, 0] = state["absent"][i]
        return places

    def findings(self, state: State, names: Sequence[str]) -> tuple[Finding, ...]:
        """Columns of one text, of none, or of texts with all measures alike."""
        made = [any(c == i for c, _ in _made(state)) for i in range(len(names))]
        return left_out(names, made, state["present"])


def _learn(texts: Sequence[str], codes: NDArray[np.intp]) -> State:
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    measures, shapes = _measure(texts)
    learned = [learn(np.repeat(measures[:, j], counts)) for j in range(len(MEASURES))]
    seen, place = np.unique(shapes[counts > 0], return_inverse=True)
    times = np.bincount(place, weights=counts[counts > 0], minlength=len(seen)).astype(np.int64)
    rare, unseen = rarity(times)
    return {
        "center": np.array([center for center, _ in learned]),
        "scale": np.array([scale for _, scale in learned]),
        "hash": seen.astype(np.uint64),
        "value": (distance(rare) - 1.0).astype(np.float32),
        "unseen": np.array([distance(unseen) - 1.0], dtype=np.float32),
        # one shape for all is worth a feature too, since the first text of another shape is then the stranger
        "shaped": np.array([np.sum(counts > 0) > 1]),
    }


def _made(state: State) -> list[tuple[int, int]]:
    """Column and measure of each feature, in order."""
    some = np.column_stack([state["scale"] > 0, state["shaped"]])
    return [(int(i), int(j)) for i, j in np.argwhere(some)]


def _measure(texts: Sequence[str]) -> tuple[Floats, NDArray[np.uint64]]:
    """The measures of each text, shape (n, 6), and a hash of its shape, shape (n,)."""
    encoded = [t.encode("utf-8", "surrogatepass") for t in texts]
    length = np.array([len(e) for e in encoded], dtype=np.int64)
    kinds = CLASS[np.frombuffer(b"".join(encoded), dtype=np.uint8)]
    owner = np.repeat(np.arange(len(texts)), length)
    whole = kinds != INSIDE
    kinds, owner = kinds[whole], owner[whole]
    new = np.ones(len(kinds), dtype=np.bool_)  # where a run of one class begins
    new[1:] = (kinds[1:] != kinds[:-1]) | (owner[1:] != owner[:-1])
    chars = np.bincount(owner, minlength=len(texts))
    tally = [np.bincount(owner[kinds == k], minlength=len(texts)) for k in (DIGIT, UPPER, SPACE, MARK)]
    first = np.ones(len(kinds), dtype=np.bool_)
    first[1:] = (owner[1:] != owner[:-1]) | (kinds[:-1] == SPACE)
    words = np.bincount(owner[first & (kinds != SPACE)], minlength=len(texts))
    measures = np.column_stack([np.log1p(chars), words, *(t / np.maximum(chars, 1) for t in tally)])
    return measures, _shape(kinds[new], owner[new], len(texts))


def _shape(kinds: NDArray[np.uint8], owner: NDArray[np.intp], texts: int) -> NDArray[np.uint64]:
    """A hash of each text's runs of classes: the sum of a random number for each place and class, modulo 2**64."""
    begins = np.searchsorted(owner, np.arange(texts))
    place = np.arange(len(owner)) - begins[owner]
    hashed = np.zeros(texts, dtype=np.uint64)
    within = place < LONGEST
    np.add.at(hashed, owner[within], PLACE[place[within], kinds[within]])
    return hashed
