"""SplitMix64's finaliser and FNV-1a in whole numbers of any size: the slow twins of `kernels/hashing.py`."""

from __future__ import annotations

import struct

_WORD = 2**64


def mixed(x: int) -> int:
    x = (x + 0x9E3779B97F4A7C15) % _WORD
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % _WORD
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % _WORD
    return x ^ (x >> 31)


def of_float(value: float) -> int:
    return mixed(struct.unpack("<Q", struct.pack("<d", value))[0])


def of_bytes(value: bytes) -> int:
    h = 0xCBF29CE484222325
    for byte in value:
        h = (h ^ byte) * 0x100000001B3 % _WORD
    return mixed(h)
