"""Reasons of rows that are raised: `python bench/alerted.py [--half even|odd] [--rows 300]`.

`bench/explanations.py` counts every planted row; a user reads only those that were raised. Here two columns of rows that the model
did not learn from each take the value of another row, or are shifted. Told is the share of planted columns among the first two named,
over all planted rows; over those whose break can be seen: both columns hold a value outside the middle nine tenths of what the 50 usual
rows nearest in the other columns hold; and over those raised at a rate of 1% and of 5%, all or only those that were not before the break.
The same rows for all methods; the mean over tables of ten such rows or more, and over all such rows.
"""

from __future__ import annotations

import argparse
import json
import warnings
from typing import Any

import numpy as np
import pyarrow as pa

from explanations import as_numbers, as_weights, by_distance, by_peers, numeric, plant
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.flow import fit
from standout.goal.goal import Goal

NEAREST, MIDDLE = 50, (0.05, 0.95)
FEWEST = 10
"""Rows that a table needs to be in a mean."""


def visible(rows: np.ndarray, usual: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Whether every planted column of a row (n, d) is out of what the usual rows nearest in its other columns hold."""
    scale = np.maximum(np.quantile(usual, 0.95, axis=0) - np.quantile(usual, 0.05, axis=0), 1e-9)
    found = np.zeros(len(rows), dtype=bool)
    for i, wrong in enumerate(truth):
        away = np.abs((usual - rows[i]) / scale)[:, ~wrong].sum(axis=1)
        near = usual[np.argpartition(away, min(NEAREST, len(usual) - 1))[:NEAREST]][:, wrong]
        low, high = np.quantile(near, MIDDLE, axis=0)
        found[i] = bool(((rows[i, wrong] < low) | (rows[i, wrong] > high)).all())
    return found


def at_two(weights: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The share of each row's planted columns among the first two."""
    first = np.argsort(-weights, axis=1, kind="stable")[:, :2]
    return np.take_along_axis(truth, first, axis=1).sum(axis=1) / truth.sum(axis=1)


def over(name: str, values: np.ndarray, many: int, told: list[dict[str, Any]]) -> None:
    """All methods on one table; one line for each fault, method and choice of rows is added to `told`."""
    apart = min(many, len(values) // 4)
    frames = [pa.table({f"c{k}": v[:, k] for k in range(v.shape[1])}) for v in (values[apart:], values[:apart])]
    model = fit(frames[0], Goal()).model
    train, held = (next(t for t, _ in tables(open_source(f), model.schema)) for f in frames)
    names = [f.name for f in model.schema.features]
    usual = as_numbers(train, train, names)
    for how in ("combination", "shift"):
        rows, truth = plant(how, train, np.random.default_rng(1), held)
        asked, before, after = as_numbers(rows, train, names), model.score(held).p_value, model.score(rows).p_value
        chosen = {"all": np.ones(len(rows), dtype=bool), "visible": visible(asked, usual, truth)}
        for level in (0.01, 0.05):
            chosen[f"raised at {level:.0%}"] = after <= level
            chosen[f"raised by the break at {level:.0%}"] = (after <= level) & (before > level)
        weights = {"ours": as_weights(model, rows), "|z|": by_distance(rows, train, names)}
        weights |= {n: work(usual, asked) for n, work in by_peers(0).items()}
        for method, weight in weights.items():
            right = at_two(weight, truth)
            for which, mask in chosen.items():
                rate = float(right[mask].mean()) if mask.any() else None
                told.append({"table": name, "fault": how, "method": method, "rows": which, "of": int(mask.sum()), "at 2": rate})
    print(
        json.dumps({t["rows"]: t["of"] for t in told if t["table"] == name and t["fault"] == "combination"} | {"table": name}),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("even", "odd", "all"), default="all")
    parser.add_argument("--rows", type=int, default=300)
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    told: list[dict[str, Any]] = []
    for j, (name, values) in enumerate(numeric().items()):
        if given.half in ("all", ("even", "odd")[j % 2]):
            over(name, values, given.rows, told)
    for how in ("combination", "shift"):
        for which in dict.fromkeys(t["rows"] for t in told):
            some = [t for t in told if t["fault"] == how and t["rows"] == which and t["of"]]
            for method in dict.fromkeys(t["method"] for t in some):
                mine = [(t["of"], t["at 2"]) for t in some if t["method"] == method]
                wide = [rate for of, rate in mine if of >= FEWEST]
                mean = f"{np.mean(wide):.3f} over {len(wide)} tables" if wide else "too few rows in any table"
                pooled = sum(of * rate for of, rate in mine) / sum(of for of, _ in mine)
                print(f"{how:12} {which:27} {method:18} {mean}; {pooled:.3f} over {sum(of for of, _ in mine)} rows", flush=True)


if __name__ == "__main__":
    main()
