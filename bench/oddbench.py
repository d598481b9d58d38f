"""Quality on the OddBench tables, one-class with their fixed splits, beside the peers. Run from the repository root:

STANDOUT_DATA=... python bench/oddbench.py [--quick] [--half even|odd] [--out bench/results]
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator

import numpy as np

from quality import Task, arguments, chosen_files, run


def tasks(told: Namespace) -> Iterator[tuple[Task, int]]:
    for path in chosen_files(told.data / "oddbench", told.half):
        with np.load(path) as file:
            train, test, labels = (file[k] for k in ("train", "test", "test_labels"))
        for seed in range(told.seeds):
            rng = np.random.default_rng(seed)
            a, b = (rng.permutation(len(part))[: told.cap] for part in (train, test))
            print(path.stem, seed, file=sys.stderr)
            yield Task(path.stem, train[a].astype(float), test[b].astype(float), labels[b].astype(np.int8), False), seed


def main() -> None:
    told = arguments(__doc__ or "")
    run("OddBench one-class", told, ["ensemble", "k-nearest-neighbours", "isolation-forest"], tasks(told))


if __name__ == "__main__":
    main()
