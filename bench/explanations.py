"""How often an explanation names the right columns, beside its peers: `python bench/explanations.py [--half even|odd] [--quick]`.

Into usual rows of each table one fault of two columns is planted: *shift* moves them five to eight standard deviations, *combination*
gives each the value of another row, *missing* takes their values away, *category* gives one a level held by fewer than one row in
a hundred, or by none. Each method ranks the columns; told are the share of planted columns among the first one and two
(hit rate at 1 and 2) and the average precision. Tables are ADBench's, twenty correlated columns made here, and mixed ones. The even
half of the tables is what choices may be made on.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from standout.core.detector import LooksBack
from standout.core.live import Live
from standout.core.model import Model
from standout.core.registry import part_from_dict
from standout.core.table import CODED, Column, Kind, Table
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.flow import fit
from standout.goal.goal import Goal

DATA = Path(os.environ.get("STANDOUT_DATA", "../shared/data"))
ROWS, PLANTED = 5_000, 100


def made(seed: int = 0) -> np.ndarray:
    """Twenty columns that five hidden ones drive."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(3000, 5)) @ rng.normal(size=(5, 20)) + 0.4 * rng.normal(size=(3000, 20))


def numeric() -> dict[str, np.ndarray]:
    """Usual rows of each table, at most `ROWS`, of five columns or more."""
    found = {"made": made()}
    for path in sorted(DATA.glob("adbench/*.npz"), key=lambda p: int(p.name.split("_")[0])):
        held = np.load(path)
        rows = held["X"][held["y"] == 0]
        if rows.shape[1] >= 5 and len(rows) >= 100:
            rows = rows[np.random.default_rng(0).permutation(len(rows))[:ROWS]]
            rows = rows[:, [len(np.unique(c)) > 10 for c in rows.T]]
            if rows.shape[1] >= 5:
                found[path.stem] = rows[:, :60]
    return found


def plant(how: str, table: Table, rng: np.random.Generator, rows: Table | None = None) -> tuple[Table, np.ndarray]:
    """Copies of some rows, each with two columns changed, and which these are, shape (n, columns of the schema).

    rows: those to plant in, else some of the table; what they take comes from the table in any case.
    """
    rows = table.take(rng.permutation(len(table))[: min(PLANTED, len(table) // 3)]) if rows is None else rows
    names = [f.name for f in rows.schema.features if how != "category" or f.kind is Kind.CATEGORY]
    if how in ("shift", "combination"):
        names = [n for n in names if rows[n].kind is Kind.NUMBER or how == "combination"]
    columns = {f.name: c for f, c in zip(rows.schema.fields, rows.columns, strict=True)}
    truth = np.zeros((len(rows), len(rows.schema.features)), dtype=bool)
    place = {f.name: i for i, f in enumerate(rows.schema.features)}
    for i in range(len(rows)):
        for name in rng.choice(names, min(1 if how == "category" else 2, len(names)), replace=False):
            truth[i, place[name]] = True
            columns[name] = faulty(how, columns[name], table[name], i, rng)
    return Table(rows.schema, tuple(columns[n] for n in rows.schema.names), rows.rows), truth


def faulty(how: str, column: Column, whole: Column, i: int, rng: np.random.Generator) -> Column:
    values = column.values.copy()
    if how == "shift":
        values[i] += rng.choice([-1, 1]) * rng.uniform(5, 8) * np.nanstd(whole.values)
    elif how == "missing":
        values[i] = Column.absent(column.kind, 1).values[0]
    elif how == "category":
        counts = np.bincount(whole.values[whole.values >= 0], minlength=len(whole.categories))
        rare = [whole.categories[c] for c in np.flatnonzero((counts > 0) & (counts < 0.01 * len(whole)))] or ["never seen"]
        said = column.texts()
        said[i] = str(rng.choice(rare))
        return Column.coded(said, column.kind)
    elif column.kind in CODED:
        said, other = column.texts(), whole.take(np.array([rng.integers(len(whole))])).texts()[0]
        said[i] = other
        return Column.coded(said, column.kind)
    else:
        values[i] = whole.values[rng.integers(len(whole))]
    return Column(column.kind, values, column.categories)


def measures(ranked: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Hit rate at 1 and 2 and average precision; ranked: weights (n, columns)."""
    order = np.argsort(-ranked, axis=1, kind="stable")
    hits = np.take_along_axis(truth, order, axis=1)
    many = truth.sum(axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    average = (precision * hits).sum(axis=1) / many
    at_two = hits[:, :2].sum(axis=1) / np.minimum(many, 2)
    return float(hits[:, 0].mean()), float(at_two.mean()), float(average.mean())


def as_weights(model: Model, table: Table) -> np.ndarray:
    place = {f.name: i for i, f in enumerate(model.schema.features)}
    weights = np.zeros((len(table), len(place)))
    for i, reason in enumerate(model.explain(table)):
        for rank, c in enumerate(reason.contributions):  # by rank: the share of a row that scores no higher than usual is 0
            weights[i, place[c.column]] = 1.0 / (1 + rank)
    return weights


def by_distance(table: Table, train: Table, names: list[str]) -> np.ndarray:
    """Absolute z-scores of numbers, 0 for other columns."""
    found = np.zeros((len(table), len(names)))
    for j, name in enumerate(names):
        if train[name].kind is Kind.NUMBER:
            values = train[name].values
            found[:, j] = np.nan_to_num(np.abs((table[name].values - np.nanmean(values)) / (np.nanstd(values) or 1.0)))
    return found


def as_numbers(table: Table, train: Table, names: list[str]) -> np.ndarray:
    """What a notebook would hand to scikit-learn: medians for missing numbers, codes for categories."""
    columns = []
    for name in names:
        column, whole = table[name], train[name]
        if column.kind in CODED:
            place = {c: i for i, c in enumerate(whole.categories)}
            columns.append(np.array([place.get(t or "", -1) for t in column.texts()], dtype=float))
        else:
            values = column.values.astype(float)
            columns.append(np.where(np.isfinite(values), values, np.nanmedian(whole.values.astype(float))))
    return np.array(columns).T


def by_peers(kernel_rows: int, seed: int = 0) -> dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]:
    """Strangeness of each column by the shap package on scikit-learn's forest; fitted on the first, told for the second.

    seed: of the forest, and of the usual rows and coalitions that KernelExplainer draws.
    """
    import shap
    from sklearn.ensemble import IsolationForest

    def tree(train: np.ndarray, rows: np.ndarray) -> np.ndarray:
        forest = IsolationForest(random_state=seed).fit(train)
        return -np.asarray(shap.TreeExplainer(forest).shap_values(rows))

    def kernel(train: np.ndarray, rows: np.ndarray) -> np.ndarray:
        forest = IsolationForest(random_state=seed).fit(train)
        explainer = shap.KernelExplainer(lambda x: -forest.score_samples(x), shap.sample(train, 20, random_state=seed))
        np.random.seed(seed)  # noqa: NPY002  # KernelExplainer draws from it
        return np.asarray(explainer.shap_values(rows[:kernel_rows], silent=True, nsamples=200))

    return {"shap TreeExplainer": tree, "shap KernelExplainer": kernel} if kernel_rows else {"shap TreeExplainer": tree}


FOREST = {"part": "isolation-forest"}
OURS: dict[str, dict[str, Any] | None] = {"ours, default": None, "ours, forest": FOREST}


def over(name: str, frame: pa.Table, faults: tuple[str, ...], kernel_rows: int, told: list[dict[str, Any]]) -> None:
    """Every method on every fault of one table; one line each is added to `told`."""
    models = {n: fit(frame, Goal(), detector=None if p is None else part_from_dict("detector", p)).model for n, p in OURS.items()}
    schema = models["ours, default"].schema
    train = next(t for t, _ in tables(open_source(frame), schema))
    for how in faults:
        rows, truth = plant(how, train, np.random.default_rng(1))
        for method, run in methods_of(models, train, rows, kernel_rows).items():
            run() if method.startswith("ours") else None  # kernels compiled beforehand
            used = time.process_time()
            weights = run()
            used = time.process_time() - used
            one, two, average = measures(weights, truth[: len(weights)])
            line = {"table": name, "fault": how, "method": method, "at 1": one, "at 2": two, "AP": average}
            told.append(line | {"ms a row": 1e3 * used / len(weights)})
            print(json.dumps(told[-1]), flush=True)


def methods_of(models: dict[str, Model], train: Table, rows: Table, kernel_rows: int) -> dict[str, Callable[[], np.ndarray]]:
    """What makes weights (n, columns) of the rows, by name."""
    names = [f.name for f in train.schema.features]
    forest: Any = models["ours, forest"].detector
    matrix = models["ours, forest"].prepare(rows)
    place = [[k for k, f in enumerate(matrix.features) if f.column == n] for n in names]
    plain, asked = as_numbers(train, train, names), as_numbers(rows, train, names)

    def own() -> np.ndarray:
        return np.array([[row[p].sum() for p in place] for row in forest.part.attribute(forest.state, matrix)])

    methods: dict[str, Callable[[], np.ndarray]] = {n: partial(as_weights, m, rows) for n, m in models.items()}
    methods |= {"ours, the forest's parts alone": own, "|z|": partial(by_distance, rows, train, names)}
    return methods | {n: partial(work, plain, asked) for n, work in by_peers(kernel_rows).items()}


def live(frame: pa.Table, detector: str | None = None) -> dict[str, float]:
    """Milliseconds for one row through `Model.explain` and `Model.score`, the median and least of 200, and the median of processor.

    Kernels are compiled beforehand.
    """
    model = fit(frame, Goal(), detector=None if detector is None else part_from_dict("detector", {"part": detector})).model
    train = next(t for t, _ in tables(open_source(frame), model.schema))
    rows, _ = plant("shift", train, np.random.default_rng(3))
    alone = [rows.take(np.array([i])) for i in range(100)]
    found = {}
    for name, work in (("explain", model.explain), ("score", model.score)):
        taken, used = [], []
        for row in alone * 2:
            began, busy = time.perf_counter(), time.process_time()
            work(row)
            taken.append(1e3 * (time.perf_counter() - began))
            used.append(1e3 * (time.process_time() - busy))
        found |= {f"{name}, median": statistics.median(taken[20:]), f"{name}, least": min(taken)}
        found[f"{name}, of processor"] = statistics.median(used[20:])
    return found


def live_series() -> dict[str, float]:
    """Milliseconds for the reason of one row of 38 channels that was scored live, by windows of 64 rows; median and least of 200."""
    rng = np.random.default_rng(0)
    values = np.sin(np.arange(3_000)[:, None] / 4 + np.arange(38)) + 0.1 * rng.normal(size=(3_000, 38))
    table = pa.table({f"c{k}": values[:, k] for k in range(38)})
    model = fit(table, Goal(clean=True), detector=part_from_dict("detector", {"part": "nearest-windows"})).model
    rows = next(t for t, _ in tables(open_source(table), model.schema))
    running, taken = Live(model, learn=False), []
    running.step(rows.take(np.arange(1_000)))
    for i in range(1_000, 1_220):
        running.step(rows.take(np.array([i])))
        began = time.perf_counter()
        running.reasons()
        taken.append(1e3 * (time.perf_counter() - began))
    return {"reasons, median": statistics.median(taken[20:]), "reasons, least": min(taken)}


def mixed() -> dict[str, pa.Table]:
    """Tables with categories: vehicle claims, machine failures, and payments made here."""
    from pyarrow import csv

    from standout.data.examples.payments import make

    found = {}
    for path in sorted([*DATA.glob("fraud/*.csv"), *DATA.glob("industrial/*.csv")]):
        found[path.stem] = csv.read_csv(path).slice(0, ROWS)
    return found | {"payments": pa.table(make(ROWS, np.random.default_rng(0)))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("even", "odd", "all"), default="all")
    parser.add_argument("--kernel-rows", type=int, default=0, help="rows for shap's KernelExplainer; 0 leaves it out")
    parser.add_argument("--only", choices=("numeric", "mixed", "series", "live"), default=None)
    parser.add_argument("--skip", type=int, default=0, help="leave out the first so many tables of numbers")
    parser.add_argument("--every", type=int, default=1, help="of the series take each so many-th")
    parser.add_argument("--detectors", nargs="+", default=["default"], help="whose single rows are explained and timed")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    told: list[dict[str, Any]] = []
    if given.only in (None, "numeric"):
        for j, (name, values) in enumerate(numeric().items()):
            if j < given.skip:
                continue
            if name == "made" or given.half in ("all", ("even", "odd")[j % 2]):
                frame = pa.table({f"c{k}": values[:, k] for k in range(values.shape[1])})
                over(name, frame, ("shift", "combination", "missing"), given.kernel_rows, told)
    if given.only in (None, "mixed"):
        for name, frame in mixed().items():
            over(name, frame, ("shift", "combination", "missing", "category"), given.kernel_rows, told)
    for fault in dict.fromkeys(t["fault"] for t in told):
        for method in dict.fromkeys(t["method"] for t in told):
            rows = [t for t in told if t["fault"] == fault and t["method"] == method]
            means = {k: round(float(np.mean([t[k] for t in rows])), 3) for k in ("at 1", "at 2", "AP", "ms a row")}
            print(f"{fault:12} {method:24} {means} over {len(rows)} tables")
    if given.only in (None, "series"):
        series(given.every)
    if given.only in (None, "live"):
        values = made()
        frame = pa.table({f"c{k}": values[:, k] for k in range(20)})
        for name in given.detectors:
            told_of = {k: round(v, 3) for k, v in live(frame, None if name == "default" else name).items()}
            print(json.dumps({"live": name, **told_of}), flush=True)
        print(json.dumps({"live, a series of 38 channels": live_series()}))


SERIES: dict[str, dict[str, Any] | None] = {
    "|z|": None,
    "rows, each by itself": {},
    "default of a series": {"part": "nearest-windows"},
    "nearest windows of 32": {"part": "nearest-windows", "window": 32},
    "subsequence-pca": {"part": "subsequence-pca", "window": 32},
}
"""What tells the channels: absolute z-scores, the default on rows, the one that a run takes for a series of many columns, others."""


def series(every: int) -> None:
    """SMD and ASD: of each labelled stretch, do the channels named first hold those that the labels name (HitRate@100%, @150%)?

    The series of even place were there to choose by, the odd ones were not.
    """
    for suite in ("SMD", "ASD"):
        for name, part in SERIES.items():
            paths = sorted(DATA.glob(f"timeseries/{suite}/*.npz"))[::every]
            rates = [(j % 2, of_series(path, part)) for j, path in enumerate(paths)]
            told = []
            for half, kept in (("all", (0, 1)), ("even", (0,)), ("odd", (1,))):
                held = np.array([r for j, r in rates if r is not None and j in kept])
                told.append(f"{half} {held[:, 0].mean():.3f} / {held[:, 1].mean():.3f}" if len(held) else f"{half} -")
            print(f"{suite} {name:22} HitRate@100% / @150%: {', '.join(told)}; {len(paths)} series", flush=True)


def of_series(path: Path, detector: dict[str, Any] | None) -> tuple[float, float] | None:
    held = np.load(path)
    spread = np.maximum(held["train"].std(axis=0), 1e-6)
    frame = lambda v: pa.table({f"c{k + 1}": v[:, k].astype(float) for k in range(v.shape[1])})  # noqa: E731
    model = None if detector is None else _watching(frame(held["train"][-6000:]), detector)
    part = None if model is None else model.detector.part
    back = part.context(model.detector.state) if model is not None and isinstance(part, LooksBack) else 0
    rates = []
    for line in (path.parent / "interpretation_label" / f"{path.stem}.txt").read_text().split():
        span, channels = line.split(":")
        first, last = (int(x) for x in span.split("-"))
        wrong = {f"c{c}" for c in channels.split(",")}
        begin = max(0, first - back)
        at = np.unique(np.linspace(first - begin, last - begin, 5).astype(int))
        seen = held["test"][begin : last + 1]
        if model is None:
            columns, amounts = (
                [f"c{k + 1}" for k in range(seen.shape[1])],
                np.abs((seen[at] - held["train"].mean(axis=0)) / spread),
            )
        else:
            told = model.attributions(next(t for t, _ in tables(open_source(frame(seen)), model.schema)), at)
            # moments count by their excess, and alike where none has any: nobody is alerted then, but the order is asked for
            columns, amounts = list(told.columns), told.amounts if told.excess.any() else told.shares
        total = amounts.sum(axis=0)
        named = [columns[k] for k in np.argsort(-total, kind="stable")]
        rates.append([len(set(named[: round(p * len(wrong))]) & wrong) / len(wrong) for p in (1.0, 1.5)])
    return (float(np.mean([r[0] for r in rates])), float(np.mean([r[1] for r in rates]))) if rates else None


def _watching(train: Any, detector: dict[str, Any]) -> Model:
    return fit(train, Goal(clean=True), detector=part_from_dict("detector", detector) if detector else None).model


if __name__ == "__main__":
    main()
