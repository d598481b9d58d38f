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
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

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


def plant(how: str, table: Table, rng: np.random.Generator) -> tuple[Table, np.ndarray]:
    """Copies of some rows, each with two columns changed, and which these are, shape (n, columns of the schema)."""
    rows = table.take(rng.permutation(len(table))[: min(PLANTED, len(table) // 3)])
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
