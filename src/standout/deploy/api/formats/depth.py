"""How deep JSON is nested, without recursion: a hostile body could be a million brackets.

>>> depth_of(b'{"a": [1, {"b": 2}]}'), depth_of(b'{"a": "[[[[["}')
(3, 1)
"""

from __future__ import annotations

import numpy as np

_QUOTE, _BACKSLASH = ord('"'), ord("\\")


def depth_of(text: bytes) -> int:
    """The deepest level of brackets outside strings."""
    data = np.frombuffer(text, dtype=np.uint8)
    opens, closes = (data == 0x7B) | (data == 0x5B), (data == 0x7D) | (data == 0x5D)
    at = np.flatnonzero(opens | closes)
    if not len(at):
        return 0
    quotes = np.flatnonzero(data == _QUOTE)
    if _BACKSLASH in text:
        quotes = quotes[~_escaped(data, quotes)]
    outside = np.searchsorted(quotes, at) % 2 == 0
    steps = np.where(opens[at], 1, -1)[outside]
    return int(np.cumsum(steps).max(initial=0))


def _escaped(data: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """Whether an odd number of backslashes stands before each quote."""
    slashes = data == _BACKSLASH
    # the last place before each that is no backslash: what lies between are backslashes only
    others = np.maximum.accumulate(np.where(~slashes, np.arange(len(data)), -1))
    before = np.where(quotes > 0, others[quotes - 1], -1)
    return (quotes - 1 - before) % 2 == 1
