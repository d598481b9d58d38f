"""64-bit hashes of values, the same on every machine and in every run, and the set of those that were seen.

Equal values hash alike whatever they are stored as: 1, 1.0 and true are one value, and so are 0.0 and -0.0. Missing values hash
to `MISSING`, which no value does.

>>> there = np.array([False, False])
>>> hash_floats(np.array([1.0, 0.0]), there).tolist() == hash_ints(np.array([1, 0]), there).tolist()
True
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel

Hashes = NDArray[np.uint64]

MISSING = np.uint64(0)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_FNV_START = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_ONE, _27, _30, _31 = np.uint64(1), np.uint64(27), np.uint64(30), np.uint64(31)
_EXACT = np.int64(1 << 53)

REGISTER_BITS = 14
"""A HyperLogLog of 2**14 registers estimates a count to within 0.8% (one standard deviation)."""
_RANK_BITS = 64 - REGISTER_BITS
_SHIFT = np.uint64(_RANK_BITS)


@kernel
def mix(x: np.uint64) -> np.uint64:
    """The finaliser of SplitMix64 (Steele 2014, doi:10.1145/2660193.2660195): every input bit moves every output bit."""
    x = np.uint64(x + _GOLDEN)
    x = np.uint64((x ^ (x >> _30)) * _FIRST)
    x = np.uint64((x ^ (x >> _27)) * _SECOND)
    return np.uint64(x ^ (x >> _31))


@kernel
def _value(h: np.uint64) -> np.uint64:
    return _ONE if h == MISSING else h


@kernel
def _hash_bits(bits: Hashes, missing: NDArray[np.bool_], out: Hashes) -> None:
    for i in range(len(bits)):
        out[i] = MISSING if missing[i] else _value(mix(bits[i]))


@kernel
def _hash_bytes(offsets: NDArray[np.int64], data: NDArray[np.uint8], missing: NDArray[np.bool_], out: Hashes) -> None:
    for i in range(len(out)):
        h = _FNV_START
        for at in range(offsets[i], offsets[i + 1]):
            h = np.uint64((h ^ np.uint64(data[at])) * _FNV_PRIME)
        out[i] = MISSING if missing[i] else _value(mix(h))


def hash_floats(values: NDArray[np.float64], missing: NDArray[np.bool_]) -> Hashes:
    """Hashes of numbers, shape (n,); `missing` marks those that are none, NaN among them."""
    out = np.empty(len(values), dtype=np.uint64)
    _hash_bits((values + 0.0).view(np.uint64), missing, out)  # adding 0.0 turns -0.0 into 0.0
    return out


def hash_ints(values: NDArray[np.int64], missing: NDArray[np.bool_]) -> Hashes:
    """Hashes of integers, shape (n,): as numbers where a float holds them exactly, by their own bits beyond."""
    bits = values.astype(np.float64).view(np.uint64)
    beyond = (values > _EXACT) | (values < -_EXACT)
    if beyond.any():
        bits = np.where(beyond, values.view(np.uint64) * _FIRST + _ONE, bits)
    out = np.empty(len(values), dtype=np.uint64)
    _hash_bits(bits, missing, out)
    return out


def hash_bytes(offsets: NDArray[np.int64], data: NDArray[np.uint8], missing: NDArray[np.bool_]) -> Hashes:
    """Hashes of byte strings that lie end to end in `data`, string i from offsets[i] to offsets[i + 1]; shape (n,).

    FNV-1a (RFC 9923), then mixed.
    """
    out = np.empty(len(offsets) - 1, dtype=np.uint64)
    _hash_bytes(offsets, data, missing, out)
    return out


@kernel
def salted(hashes: Hashes, salt: np.uint64, total: Hashes) -> None:
    """Add one column's hashes to the hashes of whole rows, in place; the salt tells the columns apart."""
    for i in range(len(hashes)):
        total[i] += mix(hashes[i] ^ salt)


@kernel
def fingerprint(hashes: Hashes, first_row: int) -> np.uint64:
    """One number for a column's values and their rows: pieces of a column add up to that of the whole."""
    total = np.uint64(0)
    for i in range(len(hashes)):
        total += mix(hashes[i] + mix(np.uint64(first_row + i)))
    return total


@kernel
def add_distinct(slots: Hashes, count: int, hashes: Hashes, start: int) -> tuple[int, int]:
    """Put hashes into an open-addressing set, in place, from `start` on until it is half full.

    slots: a power of two of them, `MISSING` where empty. Returns how many distinct values the set holds, and where it stopped.
    """
    mask = np.uint64(len(slots) - 1)
    most = len(slots) // 2
    for i in range(start, len(hashes)):
        h = hashes[i]
        if h == MISSING:
            continue
        at = h & mask
        while slots[at] != MISSING and slots[at] != h:
            at = (at + _ONE) & mask
        if slots[at] == MISSING:
            if count >= most:
                return count, i
            slots[at] = h
            count += 1
    return count, len(hashes)


@kernel
def add_registers(registers: NDArray[np.uint8], hashes: Hashes) -> None:
    """Put hashes into HyperLogLog registers, in place (Flajolet et al. 2007, doi:10.46298/dmtcs.3545)."""
    for i in range(len(hashes)):
        h = hashes[i]
        if h == MISSING:
            continue
        rest = np.uint64(h << np.uint64(REGISTER_BITS))
        rank = 1
        while rank <= _RANK_BITS and (rest >> np.uint64(63)) == 0:
            rest = np.uint64(rest << _ONE)
            rank += 1
        at = h >> _SHIFT
        if rank > registers[at]:
            registers[at] = rank
