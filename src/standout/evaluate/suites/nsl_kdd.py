"""NSL-KDD: network connections with categories, one-class: learn from normal traffic, score KDDTest+.

Tavallaee et al. 2009, doi:10.1109/CISDA.2009.5356528. In nsl-kdd/: KDDTest+.txt without a header, and KDDTrain+.txt likewise or with one
and compressed (KDDTrain+*.csv.gz): 41 features, the attack's name, the difficulty. The test part holds attacks that training never saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
from numpy.typing import NDArray

from standout.core.errors import UnreadableError
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.evaluate.suites._asked import Asked, Result
from standout.evaluate.suites._peers import table_peers
from standout.evaluate.suites._tables import Task, Tell, run_tables

TITLE = "NSL-KDD"
PROTOCOLS = {"one-class": "learn from the normal rows of KDDTrain+, score KDDTest+ whole"}
DEFAULT = ("ensemble", "k-nearest-neighbours", "isolation-forest")
FEATURES = 41
CATEGORIES = (1, 2, 3)  # protocol, service, flag


def run(asked: Asked, tell: Tell) -> tuple[Result, ...]:
    """One result: there is one protocol so far."""
    title = f"{TITLE} {asked.protocols(PROTOCOLS)[0]}"
    return (run_tables(title, asked, DEFAULT, table_peers(), tasks(asked), tell),)


def tasks(asked: Asked) -> Iterator[Task]:
    """One task a seed: a seeded sample of normal training rows, and the whole test part up to the cap."""
    train, attack = _read(asked.file("nsl-kdd", "KDDTrain+*"))
    test, test_attack = _read(asked.file("nsl-kdd", "KDDTest+.txt"))
    normal = np.flatnonzero(attack == "normal")
    for seed in range(asked.seeds):
        rng = np.random.default_rng(seed)
        a, b = rng.permutation(normal)[: asked.cap], rng.permutation(len(test))[: asked.cap]
        yield Task("KDDTest+", seed, train.take(a), test.take(b), (test_attack[b] != "normal").astype(np.int8), False)


def _read(path: Path) -> tuple[Table, NDArray[np.str_]]:
    """The features as a table, and the name of each row's attack."""
    names = [f"f{i}" for i in range(FEATURES)] + ["attack", "difficulty"]
    header = 1 if ".csv" in path.suffixes else 0
    kinds = {n: pa.string() if i in (*CATEGORIES, FEATURES) else pa.float64() for i, n in enumerate(names)}
    try:
        found = csv.read_csv(
            path, csv.ReadOptions(column_names=names, skip_rows=header), convert_options=csv.ConvertOptions(column_types=kinds)
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableError(
            f"{path} is not a part of NSL-KDD: {error}.", "It has 43 columns: see docs/benchmarks.md."
        ) from error
    fields, columns = [], []
    for i, name in enumerate(names[:FEATURES]):
        kind = Kind.CATEGORY if i in CATEGORIES else Kind.NUMBER
        values = found[name]
        fields.append(Field(name, kind))
        columns.append(Column.coded(values.to_pylist()) if kind is Kind.CATEGORY else Column(kind, values.to_numpy().copy()))
    return Table.of(Schema(tuple(fields)), columns), np.array(found["attack"].to_pylist(), dtype=np.str_)
