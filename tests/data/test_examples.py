"""Example data: what it promises."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from standout.core.errors import OutputError, ParameterError, UnknownNameError
from standout.core.table import Role
from standout.data.examples import example, make, names, title
from standout.data.infer import infer_schema
from standout.data.opening import open_source


@pytest.mark.parametrize("name", names())
def test_the_same_seed_makes_the_same_bytes(name: str, tmp_path: Path) -> None:
    one, two, other = (example(name, tmp_path / f"{i}.csv", 300, seed) for i, seed in enumerate((1, 1, 2)))
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()
    assert title(name)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("rows", [50, 777])
def test_it_has_the_rows_asked_for_in_order_of_time(name: str, rows: int) -> None:
    table = make(name, rows)
    assert table.num_rows == rows
    times = next(c for c in table.columns if pa.types.is_timestamp(c.type)).to_numpy()
    assert (np.diff(times) >= np.timedelta64(0)).all()


@pytest.mark.parametrize("name", names())
def test_its_anomalies_are_named_and_few(name: str) -> None:
    table = make(name, 2000)
    counts = Counter(table.column(table.num_columns - 1).to_pylist())
    assert counts["normal"] > 0.94 * 2000
    assert len(counts) >= 5
    assert any("broken" in kind or "tunnel" in kind for kind in counts)
    assert any(c.null_count for c in table.columns)


@pytest.mark.parametrize("name", names())
def test_it_is_understood_without_a_word(name: str, tmp_path: Path) -> None:
    source = open_source(example(name, tmp_path / "e.csv", 1000))
    sample = pa.Table.from_batches(list(source.batches()))
    schema, _ = infer_schema(sample, sample.num_rows)
    label = schema.with_role(Role.LABEL)
    assert label is not None
    assert label.name == sample.column_names[-1]
    assert schema.with_role(Role.TIME) is not None
    assert source.findings == ()


def test_a_broken_combination_is_ordinary_value_by_value() -> None:
    table = make("payments", 3000).to_pandas()
    broken = table[table.fraud == "broken-combination"]
    normal = table[table.fraud == "normal"]
    assert set(broken.currency) <= set(normal.currency)
    pairs = set(zip(normal.country, normal.currency, strict=True))
    assert not any(pair in pairs for pair in zip(broken.country, broken.currency, strict=True))


def test_a_folder_gets_a_file_of_the_example_s_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = example("payments", tmp_path, 60)
    assert written == tmp_path / "payments.csv"
    assert [p.name for p in tmp_path.iterdir()] == ["payments.csv"]
    assert written.read_bytes() == example("payments", tmp_path / "other.csv", 60).read_bytes()
    monkeypatch.chdir(tmp_path)
    assert example("clinic", Path(), 60).samefile(tmp_path / "clinic.csv")
    (tmp_path / "machine.csv").mkdir()
    with pytest.raises(OutputError, match=r"machine\.csv cannot be written"):
        example("machine", tmp_path, 60)


def test_wrong_requests_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean payments"):
        make("payment")
    with pytest.raises(ParameterError, match="at least 50"):
        make("payments", 10)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        example("payments", tmp_path / "file" / "e.csv", 60)
