"""Quality on the ADBench sets: contaminated fit and one-class fit, beside the peers, by the protocol of the data's README.

contaminated: fit and score the same rows, labels unseen. one-class: shuffle with the seed, train on half of the normal rows,
score the rest. Run from the repository root:

    STANDOUT_DATA=... python bench/adbench.py [--quick] [--protocol contaminated|one-class|both] [--out bench/results]
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator

import numpy as np

from quality import Task, arguments, chosen_files, run

DEFAULT = {
    "contaminated": ["cleaned", "nearest-in-samples", "isolation-forest"],
    "one-class": ["ensemble", "k-nearest-neighbours", "isolation-forest"],
}


def tasks(told: Namespace, protocol: str) -> Iterator[tuple[Task, int]]:
    for path in chosen_files(told.data / "adbench", told.half):
        with np.load(path) as file:
            values, labels = file["X"], file["y"].astype(np.int8).ravel()
        for seed in range(told.seeds):
            at = np.random.default_rng(seed).permutation(len(values))[: told.cap]
            rows, y = values[at].astype(np.float64), labels[at]
            if not 0 < y.sum() < len(y):
                print(f"{path.stem}, seed {seed}: the sample holds one class only and is left out", file=sys.stderr)
                continue
            print(path.stem, seed, file=sys.stderr)
            if protocol == "contaminated":
                yield Task(path.stem, rows, rows, y, True), seed
                continue
            normal = np.flatnonzero(y == 0)
            train, rest = normal[: len(normal) // 2], np.concatenate([normal[len(normal) // 2 :], np.flatnonzero(y == 1)])
            yield Task(path.stem, rows[train], rows[rest], y[rest], False), seed


def main() -> None:
    told = arguments(__doc__ or "", protocols=True)
    for protocol, default in DEFAULT.items():
        if told.protocol in (protocol, "both"):
            run(f"ADBench {protocol}", told, default, tasks(told, protocol))


if __name__ == "__main__":
    main()
