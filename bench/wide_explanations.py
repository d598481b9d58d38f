"""What reasons cost at 2,000 columns: `python bench/wide_explanations.py [--columns 2000] [--rows 1000]`.

For several detectors: seconds of processor to fit the explainer beside the whole fit, milliseconds of one explanation without and with a
counterfactual (the least of three, kernels compiled), the size of the model file, and whether the shifted column is named first.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from standout.core.model import Model
from standout.core.registry import part_from_dict
from standout.core.table import Column, Kind, Table
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.flow import fit
from standout.goal.goal import Goal

DETECTORS = ("the default", "isolation-forest", "k-nearest-neighbours", "ecod")


def used(work: Callable[[], object], times: int = 1) -> float:
    """Seconds of processor, the least of so many."""
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def measured(name: str, frame: pa.Table) -> dict[str, object]:
    part = None if name == "the default" else part_from_dict("detector", {"part": name})
    made: list[Model] = []
    whole = used(lambda: made.append(fit(frame, Goal(), detector=part).model))
    model = made[0]
    train = next(t for t, _ in tables(open_source(frame), model.schema))
    matrix, explainer = model.prepare(train), model.explainer
    assert explainer is not None
    own = model.score(train).raw
    learning = used(lambda: explainer.part.fit(train, matrix, own, np.random.default_rng(0)))
    row = train.take(np.array([0]))
    first = Column(Kind.NUMBER, np.array([60.0]))
    row = Table(row.schema, (first, *row.columns[1:]), row.rows)
    limit = float(np.quantile(own, 0.99))
    [reason] = model.explain(row, limit=limit)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "m.standout")
        size = (Path(folder) / "m.standout").stat().st_size / 1e6
    return {
        "detector": name,
        "fit, s": round(whole, 1),
        "of it the explainer": round(learning, 1),
        "explain, ms": round(1e3 * used(lambda: model.explain(row), 3), 1),
        "with counterfactual": round(1e3 * used(lambda: model.explain(row, limit=limit), 3), 1),
        "model, MB": round(size, 1),
        "named first": reason.contributions[0].column == "c0",
        "raised": float(model.score(row).raw[0]) >= limit,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=1000)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    values = rng.normal(size=(given.rows, 5)) @ rng.normal(size=(5, given.columns)) + 0.4 * rng.normal(
        size=(given.rows, given.columns)
    )
    frame = pa.table({f"c{k}": values[:, k] for k in range(given.columns)})
    for name in DETECTORS:
        print(json.dumps(measured(name, frame)), flush=True)


if __name__ == "__main__":
    main()
