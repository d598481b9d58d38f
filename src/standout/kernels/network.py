"""Dense networks, row by row: each sum is taken in one fixed order, as a matrix product does not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.kernels import kernel, spread

F32 = NDArray[np.float32]
Layers = tuple[F32, F32, F32, F32, F32, F32, F32, F32]
"""Weights (inputs, outputs) and biases (outputs,) of four layers, in order: w1, b1, w2, b2, ..."""

BLOCK = 8
"""Rows that share each weight read."""


@kernel
def dense(inputs: Any, many: int, weight: Any, bias: Any, outputs: Any, rectified: bool) -> None:
    """outputs[r] = bias + inputs[r] @ weight for `many` rows of a block, negative ones set to 0 where `rectified`.

    inputs: (BLOCK, a); outputs: (BLOCK, b). The inner loop runs over outputs, so that no sum is ever reordered.
    """
    width = len(bias)
    for r in range(many):
        for c in range(width):
            outputs[r, c] = bias[c]
    for j in range(len(weight)):
        for r in range(many):
            x = inputs[r, j]
            for c in range(width):
                outputs[r, c] += x * weight[j, c]
    if rectified:
        for r in range(many):
            for c in range(width):
                outputs[r, c] = max(outputs[r, c], np.float32(0.0))


@kernel
def _rebuild(rows: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any, w4: Any, b4: Any, out: Any) -> None:
    d = rows.shape[1]
    block, back = np.zeros((BLOCK, d), dtype=np.float32), np.zeros((BLOCK, d), dtype=np.float32)
    one, two = np.zeros((BLOCK, len(b1)), dtype=np.float32), np.zeros((BLOCK, len(b2)), dtype=np.float32)
    three = np.zeros((BLOCK, len(b3)), dtype=np.float32)
    for first in range(0, len(rows), BLOCK):
        many = min(BLOCK, len(rows) - first)
        for r in range(many):
            for j in range(d):
                block[r, j] = rows[first + r, j]
        dense(block, many, w1, b1, one, True)
        dense(one, many, w2, b2, two, True)
        dense(two, many, w3, b3, three, True)
        dense(three, many, w4, b4, back, False)
        for r in range(many):
            for j in range(d):
                out[first + r, j] = back[r, j]


def rebuilt(rows: F32, layers: Layers) -> F32:
    """What a network of three rectified layers and a linear one makes of each row, shape (n, outputs), float32.

    rows: (n, d), d being the inputs of the first layer and the outputs of the last.

    >>> one = np.eye(1, dtype=np.float32)
    >>> none = np.zeros(1, dtype=np.float32)
    >>> rebuilt(np.array([[2.0], [-2]], dtype=np.float32), (one, none, one, none, one, none, one, none)).tolist()
    [[2.0], [0.0]]
    """
    out = np.empty_like(rows)
    spread(lambda a, b: _rebuild(rows[a:b], *layers, out[a:b]), len(rows), least=1024)
    return out
