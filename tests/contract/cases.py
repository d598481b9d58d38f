"""Every detector with every parameter set of its `examples`: what the contract is run over. Nothing is listed here by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np
import pytest

from standout.core.detector import Detector, Labels
from standout.core.errors import MissingExtraError
from standout.core.matrix import Matrix
from standout.core.part import State
from standout.core.registry import find, names

ROWS, WIDTH = 400, 5


def make(name: str, params: dict[str, Any]) -> Detector:
    return cast("Detector", find("detector", name).make(params))


def all_cases() -> list[Any]:
    cases = []
    for name in names("detector"):
        for i, params in enumerate(find("detector", name).examples):
            cases.append(pytest.param(make(name, dict(params)), id=f"{name}-{i}"))
    return cases


CASES = all_cases()
ROW_CASES = [c for c in CASES if c.values[0].kind == "rows"]
SEQUENCE_CASES = [c for c in CASES if c.values[0].kind == "sequence"]


def excused(detector: Detector, check: Callable[..., Any]) -> None:
    """Skip a check that the detector's own file declares as an expected failure, with its reason."""
    reason = detector.expected_failures.get(check.__name__.removeprefix("test_"))
    if reason:
        pytest.skip(reason)


def normal(n: int = ROWS, width: int = WIDTH, seed: int = 0) -> Matrix:
    """Correlated normal rows; in order, also a smooth many-channelled series."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(width, width))
    t = np.arange(n)[:, None]
    waves = np.sin(2 * np.pi * (t / 25 + np.arange(width) / width))
    return Matrix.of(rng.normal(size=(n, width)) @ mix * 0.3 + waves)


def labels_for(detector: Detector, matrix: Matrix) -> Labels | None:
    """For a detector that needs labels: the rows farthest out, as anomalies."""
    if detector.learns_from == "unlabelled":
        return None
    far = np.linalg.norm(matrix.values - matrix.values.mean(axis=0), axis=1)
    return (far > np.quantile(far, 0.95)).astype(np.int8)


@cache
def fitted(detector: Detector, seed: int = 0) -> State:
    return fit(detector, normal(), seed)


def fit(detector: Detector, matrix: Matrix, seed: int = 0) -> State:
    try:
        return detector.fit(matrix, np.random.default_rng(seed), labels_for(detector, matrix))
    except MissingExtraError as error:
        if os.environ.get("CI"):  # where everything is installed, so that nothing is skipped for ever
            raise
        pytest.skip(error.hint)


def same(a: State, b: State) -> bool:
    return set(a) == set(b) and all(a[k].dtype == b[k].dtype and np.array_equal(a[k], b[k], equal_nan=True) for k in a)
