"""ADBench: classical tables, as a contaminated fit and as a one-class fit.

Han et al. 2022, ADBench: anomaly detection benchmark (NeurIPS). Each set is an npz file in adbench/ with X (n, d) and y (n,), 1 for an
anomaly.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from standout.evaluate.suites._asked import Asked, Result
from standout.evaluate.suites._peers import table_peers
from standout.evaluate.suites._tables import Task, Tell, run_tables, table_of

TITLE = "ADBench"
PROTOCOLS = {
    "contaminated": "fit and score the same rows, labels unseen",
    "one-class": "shuffle with the seed, learn from half of the normal rows, score the rest",
}
DEFAULT = {
    "contaminated": ("cleaned", "nearest-in-samples", "isolation-forest"),
    "one-class": ("ensemble", "k-nearest-neighbours", "isolation-forest"),
}


def run(asked: Asked, tell: Tell) -> tuple[Result, ...]:
    """One result a protocol."""
    return tuple(
        run_tables(f"{TITLE} {protocol}", asked, DEFAULT[protocol], table_peers(), tasks(asked, protocol, tell), tell)
        for protocol in asked.protocols(PROTOCOLS)
    )


def tasks(asked: Asked, protocol: str, tell: Tell) -> Iterator[Task]:
    """Every set with every seed; a sample that holds one class only is left out, and `tell` hears of it."""
    for path in asked.files("adbench", "*.npz"):
        with np.load(path) as file:
            values, labels = file["X"], file["y"].astype(np.int8).ravel()
        for seed in range(asked.seeds):
            at = np.random.default_rng(seed).permutation(len(values))[: asked.cap]
            rows, y = values[at], labels[at]
            normal, strange = np.flatnonzero(y == 0), np.flatnonzero(y == 1)
            if len(normal) < 4 or not len(strange):
                tell(f"{path.stem}, seed {seed}: the sample holds one class only and is left out")
                continue
            if protocol == "contaminated":
                table = table_of(rows)
                yield Task(path.stem, seed, table, table, y, True)
                continue
            train, rest = normal[: len(normal) // 2], np.concatenate([normal[len(normal) // 2 :], strange])
            yield Task(path.stem, seed, table_of(rows[train]), table_of(rows[rest]), y[rest], False)
