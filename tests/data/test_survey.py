from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surveying import NOW, InPieces, codes, found, looked_at

from standout.core.errors import EmptyTableError, UnknownNameError
from standout.core.finding import FindingKind
from standout.core.table import Kind, Role
from standout.data.hints import Hints
from standout.data.source import ReadAgain
from standout.data.survey import survey


def mixed(rows: int, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    amount = rng.lognormal(3, 1, rows).round(2)
    amount[rng.random(rows) < 0.05] = np.nan
    return pa.table(
        {
            "when": np.datetime64("2026-01-01", "us") + np.arange(rows) * np.timedelta64(30, "s"),
            "machine": pa.array(rng.choice(["m1", "m2"], rows)),
            "amount": pa.array(amount, from_pandas=True),
            "count": rng.poisson(5, rows),
            "colour": pa.array(rng.choice(["red", "blue", None], rows)),
            "fraud": (rng.random(rows) < 0.05).astype(int),
        }
    )


HINTS = {"time": "when", "entity": "machine", "label": "fraud"}


@settings(deadline=None, max_examples=15)  # the first call compiles
@given(st.integers(1, 12_000), st.sampled_from([100, 3000, 50_000]))
def test_nothing_depends_on_how_the_source_is_cut(cut: int, sample_rows: int) -> None:
    whole = looked_at(mixed(11_000), sample_rows=sample_rows, **HINTS)
    pieces = looked_at(mixed(11_000), sample_rows=sample_rows, cut=max(cut, 50), **HINTS)
    assert pieces.schema == whole.schema
    np.testing.assert_array_equal(pieces.sample.rows, whole.sample.rows)
    one, other = whole.profile.as_dict(), pieces.profile.as_dict()
    for a, b in zip(one.pop("columns"), other.pop("columns"), strict=True):
        for key in ("mean", "deviation"):
            exact, near = a.pop(key), b.pop(key)
            assert near == (None if exact is None else pytest.approx(exact, rel=1e-12))
        assert a == b
    assert one == other


def test_the_same_seed_gives_the_same_survey_and_another_another_sample() -> None:
    one, same, other = (looked_at(mixed(4000), sample_rows=500, seed=s, **HINTS) for s in (1, 1, 2))
    assert one.profile == same.profile
    np.testing.assert_array_equal(one.sample.rows, same.sample.rows)
    assert one.sample.rows.tolist() != other.sample.rows.tolist()


def test_the_sample_holds_the_rows_it_says() -> None:
    table = mixed(3000)
    seen = looked_at(table, sample_rows=200, **HINTS)
    np.testing.assert_array_equal(seen.sample["count"].values, table["count"].to_numpy()[seen.sample.rows])
    assert seen.sample["colour"].texts() == table["colour"].take(pa.array(seen.sample.rows)).to_pylist()
    assert seen.rows == seen.profile.rows == 3000


def test_columns_whose_kind_shows_late_are_read_by_the_final_schema() -> None:
    table = pa.table({"x": np.arange(15_000) % 100 * 1.0, "late": ["7"] * 12_000 + [f"name {i % 50}" for i in range(3000)]})
    column = next(c for c in looked_at(table).profile.columns if c.field.name == "late")
    assert (column.field.kind, column.field.role) == (Kind.CATEGORY, Role.FEATURE)
    assert (column.distinct, column.missing) == (51, 0)
    assert column.top[0] == ("7", 12_000)


def test_values_that_do_not_fit_their_column_are_counted_in_all_rows() -> None:
    texts = [f"{i * 0.37:.2f}" for i in range(20_000)]
    texts[15_000:15_040] = ["broken"] * 40
    seen = looked_at({"x": texts, "y": np.arange(20_000) % 7 * 1.0}, sample_rows=500)
    assert seen.schema.by_name["x"].kind is Kind.NUMBER
    finding = found(seen, "not-converted")
    assert finding is not None
    assert finding.numbers["count"] == 40


class Widens(InPieces):
    """A source that finds out midway that its types do not hold."""

    def __init__(self, table: pa.Table) -> None:
        super().__init__(table, 700)
        self.passes = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        self.passes += 1
        for number, batch in enumerate(super().batches()):
            if self.passes == 1 and number == 2:
                raise ReadAgain
            yield batch


def test_a_pass_that_starts_again_gives_the_same_survey() -> None:
    table = mixed(3000)
    again = Widens(table)
    seen = survey(again, Hints(**HINTS), np.random.default_rng(0), sample_rows=300, now=NOW)
    calm = looked_at(table, sample_rows=300, cut=700, **HINTS)
    assert again.passes == 2
    assert seen.profile.as_dict() == calm.profile.as_dict()
    np.testing.assert_array_equal(seen.sample.rows, calm.sample.rows)


def test_a_wide_table_gets_a_smaller_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standout.data.tally.MOST_CELLS", 6 * 100)
    seen = looked_at(mixed(3000), **HINTS)
    assert (len(seen.sample), seen.rows) == (100, 3000)


def test_progress_is_told_in_rows() -> None:
    rows: list[int] = []
    survey(InPieces(mixed(20_000), 5000), Hints(), np.random.default_rng(0), now=NOW, progress=rows.append)
    assert rows[-1] == 20_000
    assert rows == sorted(rows)


AWKWARD: dict[str, dict[str, Any]] = {
    "one row": {"a": [1.0], "b": ["x"]},
    "one column": {"a": np.arange(300) % 17 * 1.5},
    "two rows": {"a": [1.0, 2.0], "b": [None, "x"]},
    "all missing": {"a": pa.nulls(30), "b": pa.nulls(30, pa.float64()), "c": pa.nulls(30, pa.string())},
    "constant": {"a": [3.0] * 40, "b": ["x"] * 40},
    "huge numbers": {"a": [1e308, -1e308, 5e-324] * 20, "b": [2**62, -(2**62), 2**53 + 1] * 20},
    "infinities": {"a": [np.inf, -np.inf, 1.0] * 20, "b": [np.inf] * 60},
    "true and false": {"a": [True, False, None] * 20},
    "one moment": {"when": [np.datetime64("2026-01-01", "us")] * 30, "a": np.arange(30) % 4 * 1.0},
    "far moments": {"when": pa.array([-(2**62), 2**62] * 20, pa.timestamp("us")), "a": [1.0, 2.0] * 20},
    "lists": {"a": [[1], [2, 3]] * 15, "b": np.arange(30) % 7 * 1.0},
    "empty texts": {"a": ["", " ", "\n"] * 20, "b": np.arange(60) % 5 * 1.0},
    "braces in values": {"{a}": ["{x}", "{X}", "{0}"] * 20, "b": np.arange(60) % 5 * 1.0},
}


@pytest.mark.parametrize("columns", AWKWARD.values(), ids=AWKWARD.keys())
def test_awkward_data_is_surveyed_and_its_profile_is_plain(columns: dict[str, Any]) -> None:
    seen = looked_at(columns)
    assert seen.rows == len(seen.sample) == len(next(iter(columns.values())))
    for column in seen.profile.columns:
        assert 0 <= column.distinct <= seen.rows - column.missing
        assert all(q == q for q in column.quantiles)
    assert all(f.message for f in seen.findings)


def test_awkward_data_is_told_of() -> None:
    assert "empty-columns" in codes(looked_at(AWKWARD["all missing"]))
    assert "constant-columns" in codes(looked_at(AWKWARD["constant"]))
    assert {"infinite-values", "few-rows"} <= {*codes(looked_at(AWKWARD["infinities"])), "few-rows"}
    assert "huge-values" in codes(looked_at(AWKWARD["huge numbers"]))


def test_nothing_at_all_and_a_header_alone_are_refused_by_name() -> None:
    with pytest.raises(EmptyTableError, match="no columns"):
        looked_at(pa.table({}))
    with pytest.raises(EmptyTableError, match=re.escape("2 columns and no rows")):
        looked_at(pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}))


def test_a_hint_that_names_no_column_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean fraud"):
        looked_at(mixed(100), label="frad")


def test_the_most_serious_findings_come_first() -> None:
    table = mixed(3000).append_column("empty", pa.nulls(3000)).append_column("same", pa.array([1] * 3000))
    levels = [f.level for f in looked_at(table, **HINTS).findings]
    assert levels == sorted(levels, key=("problem", "warning", "info").index)
    assert len(set(levels)) > 1


def test_what_inference_tells_column_by_column_is_told_once() -> None:
    table = mixed(1000).append_column("same", pa.array([1] * 1000)).append_column("one", pa.array(["x"] * 1000))
    seen = looked_at(table, **HINTS)
    assert codes(seen).count("constant-columns") == 1
    assert "constant" not in codes(seen)
    assert seen.schema.by_name["same"].role is Role.IGNORED


def test_every_finding_of_a_survey_is_of_a_declared_kind_with_a_hint() -> None:
    for columns in AWKWARD.values():
        for finding in looked_at(columns).findings:
            assert finding.code in FindingKind.catalogue
    assert found(looked_at(mixed(1000), **HINTS), "no such code") is None
