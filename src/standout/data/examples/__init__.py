"""Example data with planted anomalies of named kinds: each file here is one example, made from a seed.

>>> names()
('clinic', 'machine', 'network', 'payments')
>>> table = make("payments", 200, seed=1)
>>> table.num_rows, table.column_names[-1]
(200, 'fraud')
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from standout.core.errors import ParameterError, UnknownNameError
from standout.core.files import replacing

LEAST_ROWS = 50


def names() -> tuple[str, ...]:
    """The examples there are: one file each."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def title(name: str) -> str:
    """What an example is about, in one line."""
    return (_module(name).__doc__ or "").strip().splitlines()[0]


def make(name: str, rows: int = 5000, seed: int = 0) -> pa.Table:
    """An example as an Arrow table of exactly `rows` rows in order of time; the last column is the label.

    A label is the kind of anomaly, or "normal". The same name, rows and seed give the same table.
    Raises UnknownNameError, or ParameterError below 50 rows.
    """
    module = _module(name)
    if rows < LEAST_ROWS:
        raise ParameterError(f"An example of {rows} rows was asked for; it has at least {LEAST_ROWS}.", "Ask for more rows.")
    table = pa.table(module.make(rows, np.random.default_rng(seed)))
    clock = next(i for i, type_ in enumerate(table.schema.types) if pa.types.is_timestamp(type_))
    return table.take(np.argsort(table.column(clock).to_numpy(), kind="stable"))


def example(name: str, path: Path, rows: int = 5000, seed: int = 0) -> Path:
    """Write an example as a CSV file, into a folder as NAME.csv; where it is now. Nothing is half-written. Raises also OutputError."""
    import pyarrow.csv as pc

    table, path = make(name, rows, seed), Path(path)
    if path.is_dir():
        path = path / f"{name}.csv"
    with replacing(path) as file:
        file.write((",".join(table.column_names) + "\n").encode())
        pc.write_csv(table, file, pc.WriteOptions(include_header=False, quoting_style="none"))
    return path


def _module(name: str) -> Any:
    if name not in names():
        raise UnknownNameError.among("example", name, names())
    return importlib.import_module(f"{__name__}.{name}")
