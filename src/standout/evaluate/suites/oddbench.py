"""OddBench: real tables with fixed splits, one-class.

Each set is an npz file in oddbench/ with train (normal rows only), test and test_labels, 1 for an anomaly.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from standout.evaluate.suites._asked import Asked, Result
from standout.evaluate.suites._peers import table_peers
from standout.evaluate.suites._tables import Task, Tell, run_tables, table_of

TITLE = "OddBench"
PROTOCOLS = {"one-class": "learn from the training part, which holds normal rows only, and score the test part"}
DEFAULT = ("ensemble", "k-nearest-neighbours", "isolation-forest")


def run(asked: Asked, tell: Tell) -> tuple[Result, ...]:
    """One result: there is one protocol."""
    title = f"{TITLE} {asked.protocols(PROTOCOLS)[0]}"
    return (run_tables(title, asked, DEFAULT, table_peers(), tasks(asked, tell), tell),)


def tasks(asked: Asked, tell: Tell) -> Iterator[Task]:
    """Every set with every seed, both parts sampled down to the cap; a test sample of one class is left out and told."""
    for path in asked.files("oddbench", "*.npz"):
        with np.load(path) as file:
            train, test, labels = (file[key] for key in ("train", "test", "test_labels"))
        for seed in range(asked.seeds):
            rng = np.random.default_rng(seed)
            a, b = (rng.permutation(len(part))[: asked.cap] for part in (train, test))
            y = labels[b].astype(np.int8).ravel()
            if len(np.unique(y)) < 2:
                tell(f"{path.stem}, seed {seed}: the sample holds one class only and is left out")
                continue
            yield Task(path.stem, seed, table_of(train[a]), table_of(test[b]), y, False)
