"""Strings known by a number of 64 bits, so that a table's dictionary is looked up with one binary search an entry."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from standout.core.table import Column

ONLY, ABSENT = np.array([0], dtype=np.intp), np.array([-1], dtype=np.intp)


def hashes(texts: Iterable[str]) -> NDArray[np.uint64]:
    """A hash of each string, the same on every machine; shape (n,).

    >>> hashes(["NZ", "fuel"]).tolist()
    [16557561706326411050, 11520107365432036395]
    """
    digests = b"".join(blake2b(t.encode("utf-8", "surrogatepass"), digest_size=8).digest() for t in texts)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def entries(column: Column) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The strings that a category or text column may hold and each row's place among them, -1 where missing.

    A few rows taken from a large table bring its whole dictionary along: then only what they use is returned.
    """
    if len(column) >= len(column.categories):
        return column.categories, column.values.astype(np.intp)
    if len(column) == 1:  # a row scored alone, where np.unique would take longer than all the rest
        code = int(column.values[0])
        return ((), ABSENT) if code < 0 else ((column.categories[code],), ONLY)
    used, place = np.unique(column.values, return_inverse=True)
    missing = int(len(used) > 0 and used[0] < 0)
    return tuple(column.categories[c] for c in used[missing:].tolist()), place.astype(np.intp) - missing


def find(known: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> NDArray[np.intp]:
    """The place of each wanted hash among the known, which are sorted; -1 where it is not among them."""
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.intp)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[at] == wanted, at, -1)
