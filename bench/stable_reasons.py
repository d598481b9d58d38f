"""Whether two seeds name the same columns: `python bench/stable_reasons.py [--half even|odd] [--kernel-rows 4]` (extra `shap`).

The tables and faults of `bench/explanations.py`. Each method is fitted twice, with two seeds, and explains the same rows: told are the
overlap (Jaccard) of the first three columns, and the hit rates at 2 with the first seed, so that KernelExplainer stands beside the others.
"""

from __future__ import annotations

import argparse
import json
import warnings

import numpy as np
import pyarrow as pa

from explanations import OURS, as_numbers, as_weights, by_distance, by_peers, measures, numeric, plant
from standout.core.registry import part_from_dict
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.flow import fit
from standout.goal.goal import Goal


def stability(frame: pa.Table, kernel_rows: int, many: int = 20) -> dict[str, dict[str, float]]:
    """Mean overlap (Jaccard) of the first three columns of a row between models of two seeds, by method, and the first's hit rates at 2.

    Of `many` rows of each fault, and of KernelExplainer `kernel_rows`.
    """
    named: dict[str, list[list[np.ndarray]]] = {}
    found: dict[str, dict[str, float]] = {}
    for seed in (0, 1):
        models = {
            n: fit(frame, Goal(), seed=seed, detector=None if p is None else part_from_dict("detector", p)).model
            for n, p in OURS.items()
        }
        train = next(t for t, _ in tables(open_source(frame), models["ours, default"].schema))
        names = [f.name for f in train.schema.features]
        for how in ("shift", "combination", "missing"):
            rows, truth = plant(how, train, np.random.default_rng(2))
            rows = rows.take(np.arange(min(many, len(rows))))
            weights = {n: as_weights(m, rows) for n, m in models.items()} | {"|z|": by_distance(rows, train, names)}
            plain, asked = as_numbers(train, train, names), as_numbers(rows, train, names)
            weights |= {n: work(plain, asked) for n, work in by_peers(kernel_rows, seed).items()}
            for name, weight in weights.items():
                firsts = named.setdefault(name, [[], []])
                firsts[seed] += list(np.argsort(-weight, axis=1, kind="stable")[:, :3])
                if seed == 0:
                    found.setdefault(name, {})[how] = measures(weight, truth[: len(weight)])[1]
    for name, (one, other) in named.items():
        found[name]["overlap"] = float(np.mean([len({*a} & {*b}) / len({*a} | {*b}) for a, b in zip(one, other, strict=True)]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("even", "odd", "all"), default="all")
    parser.add_argument("--kernel-rows", type=int, default=0, help="rows of each fault for KernelExplainer; 0 leaves it out")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    found = []
    for j, (name, values) in enumerate(numeric().items()):
        if given.half in ("all", ("even", "odd")[j % 2]):
            frame = pa.table({f"c{k}": values[:, k] for k in range(values.shape[1])})
            found.append(stability(frame, given.kernel_rows))
            print(json.dumps({"table": name, **found[-1]}), flush=True)
    for method in found[0]:
        means = {k: round(float(np.mean([o[method][k] for o in found])), 2) for k in found[0][method]}
        print(f"{method:24} {means} over {len(found)} tables")


if __name__ == "__main__":
    main()
