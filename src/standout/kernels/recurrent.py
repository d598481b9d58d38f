"""What a long short-term memory makes of a window of rows, a forecast or the window again: no memory between rows, one order of sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import ModelFileError
from standout.core.layout import HINT
from standout.kernels import kernel, spread

F32 = NDArray[np.float32]
Cell = tuple[F32, F32, F32, F32, F32]
"""Weights of the inputs (d, 4h), of the hidden state (h, 4h), bias (4h,), then weights (h, d) and bias (d,) of the forecast; the four
gates stand side by side: input, forget, candidate, output."""

Reader = tuple[F32, F32, F32]
"""Weights of the inputs (d, 4h), of the hidden state (h, 4h), bias (4h,)."""

Teller = tuple[F32, F32, F32, F32]
"""Weights of the hidden state (h, 4h), bias (4h,), then weights (h, d) and bias (d,) of the output."""


@kernel
def _pushes(rows: Any, by_input: Any, bias: Any, out: Any) -> None:
    """What each row (n, d) adds to the gates, shape (n, 4h): taken once, though `window` forecasts use it."""
    for i in range(len(rows)):
        for g in range(len(bias)):
            out[i, g] = bias[g]
        for j in range(rows.shape[1]):
            x = rows[i, j]
            for g in range(len(bias)):
                out[i, g] += x * by_input[j, g]


@kernel
def _turn(gates: Any, by_state: Any, hidden: Any, memory: Any) -> None:
    """One step: what the hidden state adds to the gates, and what the gates do to memory and hidden state (h,)."""
    size = len(by_state)
    for k in range(size):
        x = hidden[k]
        for g in range(4 * size):
            gates[g] += x * by_state[k, g]
    for k in range(size):
        let_in = 1.0 / (1.0 + math.exp(-gates[k]))
        keep = 1.0 / (1.0 + math.exp(-gates[size + k]))
        let_out = 1.0 / (1.0 + math.exp(-gates[3 * size + k]))
        memory[k] = keep * memory[k] + let_in * math.tanh(gates[2 * size + k])
        hidden[k] = let_out * math.tanh(memory[k])


@kernel
def _said(hidden: Any, weight: Any, bias: Any, out: Any) -> None:
    """The output (d,) that a hidden state stands for."""
    for j in range(len(bias)):
        out[j] = bias[j]
    for k in range(len(hidden)):
        for j in range(len(bias)):
            out[j] += hidden[k] * weight[k, j]


@kernel
def _forecasts(pushes: Any, by_state: Any, weight: Any, bias: Any, window: int, start: int, stop: int, out: Any) -> None:
    size = len(by_state)
    hidden, memory = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    gates = np.zeros(4 * size, dtype=np.float32)
    for row in range(start, stop):
        for k in range(size):
            hidden[k] = memory[k] = 0.0
        for step in range(max(0, row - window), row):
            for g in range(4 * size):
                gates[g] = pushes[step, g]
            _turn(gates, by_state, hidden, memory)
        _said(hidden, weight, bias, out[row])


@kernel
def _rebuilt(
    pushes: Any, by_state: Any, unfold: Any, unfold_bias: Any, weight: Any, bias: Any, ends: Any, start: int, stop: int, out: Any
) -> None:
    size, window = len(by_state), out.shape[1]
    hidden, memory = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    gates = np.zeros(4 * size, dtype=np.float32)
    for i in range(start, stop):
        for k in range(size):
            hidden[k] = memory[k] = 0.0
        for step in range(ends[i] - window + 1, ends[i] + 1):
            for g in range(4 * size):
                gates[g] = pushes[step, g]
            _turn(gates, by_state, hidden, memory)
        for back in range(window):
            for g in range(4 * size):
                gates[g] = unfold_bias[g]
            _turn(gates, unfold, hidden, memory)
            _said(hidden, weight, bias, out[i, window - 1 - back])


def forecasts(rows: F32, cell: Cell, window: int) -> F32:
    """The forecast of each row from the `window` rows before it, the memory empty before them; shape (n, d).

    The first rows are forecast from the fewer rows there are, the very first from none.

    >>> none = np.zeros((1, 4), dtype=np.float32)
    >>> cell = none, none, none[0], np.ones((1, 1), dtype=np.float32), np.full(1, 2, dtype=np.float32)
    >>> forecasts(np.array([[5.0], [6]], dtype=np.float32), cell, 2).tolist()
    [[2.0], [2.0]]
    """
    by_input, by_state, bias, weight, constant = cell
    _check(by_state)
    pushes = np.empty((len(rows), len(bias)), dtype=np.float32)
    out = np.empty((len(rows), len(constant)), dtype=np.float32)
    _pushes(rows, by_input, bias, pushes)
    spread(lambda a, b: _forecasts(pushes, by_state, weight, constant, window, a, b, out), len(rows), least=256)
    return out


def rebuilt(rows: F32, ends: NDArray[np.int64], reader: Reader, teller: Teller, window: int) -> F32:
    """The windows that end at given rows (m,), as they come back from one memory: shape (m, window, d), in order of time.

    The reader takes a window's rows in, its memory empty before them; the teller goes on from what the reader holds then, and says the
    last row first (Malhotra et al. 2016, arXiv:1607.00148; the teller is not shown what it said, so that all must come from memory).
    rows: (n, d). ends: at least `window` - 1, below n.

    >>> none = np.zeros((1, 4), dtype=np.float32)
    >>> reader, teller = (none, none, none[0]), (none, none[0], np.ones((1, 1), dtype=np.float32), np.full(1, 2, dtype=np.float32))
    >>> rebuilt(np.array([[5.0], [6]], dtype=np.float32), np.array([1]), reader, teller, 2).tolist()
    [[[2.0], [2.0]]]
    """
    by_input, by_state, bias = reader
    unfold, unfold_bias, weight, constant = teller
    _check(by_state)
    _check(unfold)
    pushes = np.empty((len(rows), len(bias)), dtype=np.float32)
    out = np.empty((len(ends), window, len(constant)), dtype=np.float32)
    _pushes(rows, by_input, bias, pushes)
    spread(lambda a, b: _rebuilt(pushes, by_state, unfold, unfold_bias, weight, constant, ends, a, b, out), len(ends), least=128)
    return out


def _check(by_state: F32) -> None:
    if by_state.shape[1] != 4 * len(by_state):
        raise ModelFileError(f"A cell of {len(by_state)} units has {by_state.shape[1]} gates and not four each.", HINT)
