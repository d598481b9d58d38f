"""Quality on tables of mixed columns through the whole preparation: rare categories, flags and missing values included.

Fits and ranks the same rows, labels unseen, each row by its own score. Four generated examples, and the claims and AI4I files where
there are public data. Run from the repository root:

    STANDOUT_DATA=... python bench/mixed.py [DETECTOR ...]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from standout.core.detector import Detector, own_scores
from standout.core.preparer import assemble, fit_all
from standout.core.registry import find
from standout.core.table import Role
from standout.data import examples
from standout.data.hints import Hints
from standout.data.labels import labels_of
from standout.data.opening import open_source
from standout.data.survey import survey

DETECTORS = ("cleaned", "nearest-in-samples", "isolation-forest", "k-nearest-neighbours", "ensemble")


def tables() -> Iterator[tuple[str, Any, str]]:
    """Name, source and label column of each table."""
    for name in examples.names():
        table = examples.make(name, 5000, seed=0)
        yield name, table, table.column_names[-1]
    data = Path(os.environ.get("STANDOUT_DATA", "../shared/data"))
    for path, label in (("fraud/fraud_oracle.csv", "FraudFound_P"), ("industrial/ai4i2020.csv", "Machine failure")):
        if (data / path).exists():
            yield Path(path).stem, data / path, label


def main(names: list[str]) -> None:
    print(f"| AUROC / AP, contaminated | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    found = []
    for name, source, label in tables():
        surveyed = survey(open_source(source), Hints(label=label), np.random.default_rng(0))
        column = surveyed.sample.with_role(Role.LABEL)
        assert column is not None
        assert surveyed.normal is not None
        anomaly = labels_of(column, surveyed.normal)[0] == 1
        matrix = assemble(fit_all(surveyed.sample, {}, 0), surveyed.sample)
        row = []
        for chosen in names:
            detector = cast("Detector", find("detector", chosen)())
            state = detector.fit(matrix, np.random.default_rng(1))
            scores = own_scores(detector, state, matrix, np.random.default_rng(2))
            row.append((100 * roc_auc_score(anomaly, scores), 100 * average_precision_score(anomaly, scores)))
        found.append(row)
        print(f"| {name} ({matrix.width} features) | {' | '.join(f'{a:.1f} / {p:.1f}' for a, p in row)} |", flush=True)
    print(f"| mean | {' | '.join(f'{a:.1f} / {p:.1f}' for a, p in np.mean(found, axis=0))} |")


if __name__ == "__main__":
    main(sys.argv[1:] or list(DETECTORS))
