"""Series from files: as npz, and as TSB-AD and the UCR archive publish them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import UnreadableError
from standout.core.part import Floats

FILES = ("*.npz", "*.csv", "*.txt")


def tsb_series(path: Path) -> tuple[Floats, NDArray[np.int8], int]:
    """Values (n, channels), labels (n,) and how many first rows are for training.

    An npz file has `data`, `label` and `train_index`. A CSV file, as published, has a header, the label in its last column, and the
    training rows in its name: `..._tr_500_...`.
    """
    if path.suffix == ".npz":
        with np.load(path) as file:
            values = np.asarray(file["data"], dtype=np.float64)
            return values.reshape(len(values), -1), file["label"].astype(np.int8).ravel(), int(file["train_index"])
    rows, told = _numbers(path, skip=1, delimiter=","), re.search(r"_tr_(\d+)_", path.stem)
    if told is None or rows.shape[1] < 2:
        raise UnreadableError(
            f"{path} is no series of TSB-AD: its name has no _tr_ROWS_, or it has one column.", "Keep the published name."
        )
    return rows[:, :-1], rows[:, -1].astype(np.int8), int(told[1])


def ucr_series(path: Path) -> tuple[Floats, int, int, int]:
    """Values (n, 1), how many first rows are for training, and the first and last row of the anomaly, which the name ends in."""
    told = re.search(r"_(\d+)_(\d+)_(\d+)$", path.stem)
    if told is None:
        raise UnreadableError(f"{path.name} does not end in _TRAINEND_FIRST_LAST.", "Keep the published name.")
    train, first, last = (int(part) for part in told.groups())
    if path.suffix != ".npz":
        return _numbers(path, skip=0, delimiter=None).reshape(-1, 1), train, first, last  # one number a line, or all in one
    with np.load(path) as file:
        return np.asarray(file["data"], dtype=np.float64).reshape(-1, 1), train, first, last


def _numbers(path: Path, *, skip: int, delimiter: str | None) -> Floats:
    try:
        return np.loadtxt(path, skiprows=skip, delimiter=delimiter, ndmin=2)
    except (ValueError, OSError) as error:
        raise UnreadableError(f"{path} cannot be read as numbers: {error}.", "Fetch it again.") from error
