"""The guard between a stranger's arrays and compiled kernels."""

from __future__ import annotations

import numpy as np
import pytest

from standout.core.errors import ModelFileError
from standout.core.layout import Holds, check_arrays

LAYOUT = {
    "at": Holds("int32", "n", below="d"),
    "back": Holds("int64", "n", "n", below=4, low=-1),
    "value": Holds("float32", "n", 2),
    "hole": Holds("float64", "d", nan=True),
}


def good():
    return {
        "at": np.array([0, 2], dtype=np.int32),
        "back": np.array([[-1, 3], [0, 0]]),
        "value": np.zeros((2, 2), dtype=np.float32),
        "hole": np.array([np.nan, 1, 2]),
    }


def test_a_state_as_declared_passes_and_tells_the_sizes():
    sizes = {"d": 3}
    check_arrays("it", LAYOUT, good(), sizes)
    assert sizes == {"d": 3, "n": 2}
    empty = {
        "at": np.zeros(0, np.int32),
        "back": np.zeros((0, 0), np.int64),
        "value": np.zeros((0, 2), np.float32),
        "hole": np.zeros(3),
    }
    check_arrays("it", LAYOUT, empty, {"d": 3})


@pytest.mark.parametrize(
    ("key", "array", "says"),
    [
        ("at", np.array([0, 3], dtype=np.int32), "at points to 3 and must stay within 0 to 2"),
        ("at", np.array([-1, 0], dtype=np.int32), "at points to -1"),
        ("back", np.array([[-2, 0], [0, 0]]), "back points to -2 and must stay within -1 to 3"),
        ("at", np.array([0, 2]), "at is int64 of 1 dimensions, not int32 of 1"),
        ("value", np.zeros(2, dtype=np.float32), "value is float32 of 1 dimensions"),
        ("value", np.zeros((2, 3), dtype=np.float32), "value has 3 2 where 2 belong"),
        ("back", np.zeros((2, 3), dtype=np.int64), "back has 3 n where 2 belong"),
        ("hole", np.zeros(4), "hole has 4 d where 3 belong"),
        ("value", np.array([[0, np.nan], [0, 0]], dtype=np.float32), "value holds NaN"),
        ("more", np.zeros(1), "more is unknown in its state"),
    ],
)
def test_whatever_is_not_as_declared_is_refused_by_name(key, array, says):
    with pytest.raises(ModelFileError, match=f"it: {says}"):
        check_arrays("it", LAYOUT, {**good(), key: array}, {"d": 3})


def test_an_array_that_is_missing_is_refused_by_name():
    state = good()
    del state["back"]
    with pytest.raises(ModelFileError, match="back is missing"):
        check_arrays("it", LAYOUT, state, {"d": 3})
