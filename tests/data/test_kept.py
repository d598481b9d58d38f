"""The second pass reads what the first one kept, and reads the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from surveying import InPieces, looked_at

from standout.core.table import Role, concat
from standout.data.convert import partial_tables, tables


def mixed(rows: int = 900) -> pa.Table:
    rng = np.random.default_rng(3)
    names = np.array(["north", "south", "", None], dtype=object)
    return pa.table(
        {
            "amount": rng.normal(size=rows).round(3),
            "site": pa.array(names[rng.integers(0, 4, rows)], pa.string()),
            "whole": rng.integers(0, 50, rows),
            "ref": [f"r-{i}" for i in range(rows)],
            "on": pa.array(rng.random(rows) < 0.3),
        }
    )


def test_the_kept_rows_read_as_the_source_does() -> None:
    table = mixed()
    seen = looked_at(table, cut=250)
    assert seen.again is not None
    assert seen.again.rows == len(table)
    first = concat([t for t, _ in tables(InPieces(table, 250), seen.schema)])
    second = concat([t for t, _ in tables(seen.again, seen.schema)])
    for one, other in zip(first.columns, second.columns, strict=True):
        assert [one.at(i) for i in range(len(one))] == pytest.approx([other.at(i) for i in range(len(other))], nan_ok=True)


def test_too_many_bytes_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standout.data.survey.MOST_BYTES", 20_000)
    seen = looked_at(mixed(), cut=250)
    assert isinstance(seen.again, InPieces)


def test_what_is_counted_does_not_depend_on_names_being_kept_as_numbers() -> None:
    plain = mixed()
    coded = plain.set_column(1, "site", plain["site"].combine_chunks().dictionary_encode())
    one, other = looked_at(plain, cut=250), looked_at(coded, cut=250)
    assert one.profile.columns[1].top == other.profile.columns[1].top
    assert one.profile.columns[1].missing == other.profile.columns[1].missing
    assert one.profile.columns[1].distinct == other.profile.columns[1].distinct


def test_chosen_rows_of_partial_tables_are_whole() -> None:
    table = mixed()
    seen = looked_at(table)
    whole = concat([t for t, _ in tables(InPieces(table, 250), seen.schema)])
    for part, _, take in partial_tables(InPieces(table, 250), seen.schema, (Role.FEATURE,)):
        assert all(f.role is Role.FEATURE for f in part.schema.fields)
        at = np.array([0, 7, len(part) - 1])
        rows, wanted = take(at), whole.take(part.rows[at])
        assert rows.schema == wanted.schema
        assert rows.rows.tolist() == wanted.rows.tolist()
        assert [rows["ref"].at(i) for i in range(3)] == [wanted["ref"].at(i) for i in range(3)]
