"""Write a table of mixed columns as CSV, the input of the whole-run measurements: `python bench/make_table.py FILE ROWS`.

Twenty columns: twelve numbers (some correlated, some heavy-tailed, some with values missing), five categories, a flag, a time and
an identifier; one row in a thousand is planted as strange. 1,000,000 rows are about 150 MB.
"""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv

PIECE = 250_000


def piece(first: int, rows: int) -> pa.Table:
    rng = np.random.default_rng([20, first])
    base = rng.normal(size=(rows, 4))
    numbers = np.column_stack(
        [base, base @ rng.normal(size=(4, 4)) * 0.5 + rng.normal(size=(rows, 4)), rng.lognormal(size=(rows, 4))]
    )
    strange = rng.random(rows) < 0.001
    numbers[strange, 0:6] += rng.normal(0, 6, size=(int(strange.sum()), 6))
    columns: dict[str, pa.Array] = {"id": pa.array([f"row-{i:09d}" for i in range(first, first + rows)])}
    columns["time"] = pa.array(np.datetime64("2026-01-01T00:00:00", "s") + np.arange(first, first + rows) * 5)
    for i in range(12):
        missing = rng.random(rows) < 0.01 if i % 4 == 3 else np.zeros(rows, dtype=bool)
        columns[f"number_{i}"] = pa.array(np.round(numbers[:, i], 4), mask=missing)
    for i, size in enumerate((3, 6, 12, 40, 400)):
        names = np.array([f"kind{i}_{j}" for j in range(size)])
        columns[f"category_{i}"] = pa.array(names[np.minimum(rng.geometric(2.0 / size, rows) - 1, size - 1)])
    columns["flag"] = pa.array(rng.random(rows) < 0.2)
    return pa.table(columns)


def main(path: str, rows: int) -> None:
    writer = None
    for first in range(0, rows, PIECE):
        table = piece(first, min(PIECE, rows - first))
        writer = writer or pyarrow.csv.CSVWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
