"""What detectors with a recurrent memory share: learning in torch, the same bytes from the same seed, and arrays that need no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.core.detector import Detector
from standout.core.errors import MissingExtraError, TooFewRowsError
from standout.core.matrix import LIMIT, Matrix
from standout.core.part import State, param
from standout.kernels.quadratic import centre_and_scale
from standout.kernels.recurrent import F32

RATE = 5e-3
"""Adam's step size; it falls to zero over the training."""

LEAST_ERROR = 1e-2
"""Of a channel's standard deviation: what is told more closely is not held to more."""


@dataclass(frozen=True)
class Recurrent(Detector):
    """A detector that reads a bounded window of a series from an empty memory: what such detectors let choose, and how they begin."""

    kind = "sequence"
    examples = (
        {"window": 8, "units": 8, "steps": 60},
        {"window": 6, "units": 6, "steps": 40, "batch": 16},
    )

    window: int = param(32, low=1, high=10_000, help="How many rows are read for a score.", unit="rows")
    units: int = param(32, low=1, high=1_000, help="How many memory cells a network has.", unit="units")
    steps: int = param(400, low=1, high=1_000_000, help="How many batches are learned from.", unit="batches")
    batch: int = param(64, low=1, high=100_000, help="How many windows a batch has.", unit="windows")

    def _begun(self, matrix: Matrix) -> tuple[State, F32]:
        """A state that knows the channels' scales, and the rows in them; TooFewRowsError when no run is longer than a window."""
        longest = max(run.stop - run.start for run in matrix.runs)
        if longest <= self.window:
            raise TooFewRowsError.needed(f"{self.name} with window={self.window}", longest, self.window + 1)
        center, scale, _ = centre_and_scale(matrix.values)
        state: State = {"center": center, "scale": scale}
        return state, standardised(state, matrix)


@contextmanager
def torch_for(name: str) -> Iterator[Any]:
    """torch, on one thread: the same seed gives the same bytes whatever the number of processors; MissingExtraError without it."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError.for_package(name, "torch", "deep") from error
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield torch
    finally:
        torch.set_num_threads(threads)


def learn(
    torch: Any, modules: Sequence[Any], loss: Callable[[Any], Any], draw: Callable[[], F32], *, steps: int, units: int, rng: Any
) -> None:
    """Adam over so many batches, from weights drawn by `rng`: torch's own chance is shared by the whole program."""
    parameters = [p for module in modules for p in module.parameters()]
    with torch.no_grad():
        for p in parameters:
            drawn = rng.uniform(-1, 1, size=tuple(p.shape)) / np.sqrt(units)
            p.copy_(torch.from_numpy(drawn.astype(np.float32)))
    adam = torch.optim.Adam(parameters, lr=RATE)
    for step in range(steps):
        adam.param_groups[0]["lr"] = RATE * (1 - step / steps)
        value = loss(torch.from_numpy(draw()))
        adam.zero_grad()
        value.backward()
        adam.step()


def memory_arrays(memory: Any) -> tuple[F32, F32, F32]:
    """The weights of the inputs (d, 4h) and of the hidden state (h, 4h), and the bias (4h,), of one torch LSTM layer."""
    into, between, one, two = (p.detach().numpy().astype(np.float32) for p in memory.parameters())
    return np.ascontiguousarray(into.T), np.ascontiguousarray(between.T), one + two


def output_arrays(output: Any) -> tuple[F32, F32]:
    """The weight (h, d) and bias (d,) of one torch linear layer."""
    weight, constant = (p.detach().numpy().astype(np.float32) for p in output.parameters())
    return np.ascontiguousarray(weight.T), constant.copy()


def standardised(state: State, matrix: Matrix) -> F32:
    """Rows in standard deviations of the training rows."""
    return np.clip((matrix.values - state["center"]) / state["scale"], -LIMIT, LIMIT).astype(np.float32)
