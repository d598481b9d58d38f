"""A file that is a series, from the first run to the live stream; and tables of events, which stay what they are."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

import standout
from standout.core.errors import ParameterError
from standout.core.live import Live
from standout.core.registry import find
from standout.core.table import Kind, Role
from standout.deploy.scoring import score_source
from standout.flow import fit

STEP = np.timedelta64(300_000_000, "us")
BEGAN = np.datetime64("2026-03-01", "us")


def load(n: int = 1500, seed: int = 0) -> np.ndarray:
    return np.sin(np.arange(n) * 2 * np.pi / 36) + np.random.default_rng(seed).normal(0, 0.05, n)


def write(path: Path, **columns: object) -> Path:
    n = len(next(iter(columns.values())))  # type: ignore[arg-type]
    pacsv.write_csv(pa.table({"at": BEGAN + np.arange(n) * STEP, **columns}), path)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day's rhythm with two odd stretches, each of values that are ordinary at other moments."""
    values = load()
    values[700:718] = values[700]
    values[1200:1212] = -values[1200:1212]
    return write(tmp_path_factory.mktemp("series") / "load.csv", load=values)


@pytest.fixture(scope="module")
def made(home: Path) -> standout.Run:
    return standout.run(home, standout.Goal(alerts=5))


def test_a_series_gets_a_detector_for_series_and_the_echo_says_why_and_how_to_overrule_it(made: standout.Run) -> None:
    assert made.model.detector.part.name == "trailing-profile"
    assert made.model.detector.part.causal
    said = next(w for w in made.words if "series" in w)
    assert "one row every 5 minutes" in said
    assert "--detector cleaned" in said
    assert "--hindsight" in said


def test_a_record_counts_by_its_height_in_a_series_and_by_its_logarithm_among_rows(home: Path, made: standout.Run) -> None:
    def height(model: standout.Model) -> float:
        record = pa.table({"at": [BEGAN], "load": [12.0]})
        return float(model.prepare(model.conform(standout.read(record, model))[0]).values[0, 0])

    rows = fit(home, standout.Goal(alerts=5), detector=find("detector", "half-space-trees")()).model
    assert height(made.model) > 10 > height(rows)


def test_each_odd_stretch_is_one_alert(made: standout.Run) -> None:
    rows = made.alerts.table.rows.tolist()
    assert 1 <= len(rows) <= 5
    for first, last in ((700, 718), (1200, 1212)):
        assert sum(first <= r < last + 40 for r in rows) == 1
    spans = dict(zip(rows, made.alerts.spans, strict=True))
    odd = next(s for r, s in spans.items() if 700 <= r < 758)
    assert 700 <= odd.first <= odd.last < 800
    assert odd.began == BEGAN + odd.first * STEP


def test_in_hindsight_a_series_is_judged_by_what_came_after_too_and_the_model_stays_with_files(home: Path) -> None:
    made = standout.run(home, standout.Goal(alerts=5, hindsight=True))
    assert made.model.detector.part.name == "matrix-profile"
    assert any("it looks ahead, as asked, and cannot go live" in w for w in made.words)
    assert 700 <= made.alerts.table.rows[0] < 718  # in the midst of the odd stretch, not behind it
    assert made.alerts.spans[0].rows > 18
    with pytest.raises(ParameterError, match="looks ahead and cannot go live"):
        Live(made.model)


def test_rows_judged_one_by_one_when_asked(home: Path) -> None:
    made = standout.run(home, standout.Goal(alerts=5), detector=standout.flow.find("detector", "cleaned")())
    assert not made.alerts.spans
    assert not any("read as a series" in w for w in made.words)


def test_alert_files_and_verbs_tell_events(home: Path, tmp_path: Path, standout: Callable[..., SimpleNamespace]) -> None:
    done = standout("run", home, "--out", tmp_path / "run", "--alerts", 5)
    assert done.code == 0
    assert "events stand out" in done.out
    with (tmp_path / "run" / "alerts.csv").open() as file:
        alerts = list(csv.DictReader(file))
    assert all(int(a["event_first_row"]) <= int(a["row"]) <= int(a["event_last_row"]) for a in alerts)
    assert all(a["event_began"] <= a["at"] <= a["event_ended"] for a in alerts)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "are one event" in page
    model = tmp_path / "run" / "model.standout"
    again = standout("detect", model, home, "--json")
    assert {json.loads(line)["event_rows"] for line in again.out.splitlines()}
    assert len(again.out.splitlines()) == int(again.err.split(" event")[0].split()[-1])
    assert standout("score", model, home, "--out", tmp_path / "s.parquet").code == 0
    assert standout("replay", model, home, "--alerts-per-day", 1).code == 0
    assert standout("threshold", model, "--alerts-per-day", 1).code == 0
    assert standout("explain", model, home, "--row", 705).code == 0


def test_the_model_of_a_series_goes_live_with_the_scores_it_gives_to_a_file(made: standout.Run, home: Path) -> None:
    from standout.data.convert import tables
    from standout.data.opening import open_source

    (table, _), *_ = tables(open_source(home), made.model.schema)
    whole = made.model.score(table)
    live = Live(made.model, learn=False)
    parts = [live.step(table.take(np.arange(a, min(a + 97, 600)))).raw for a in range(0, 600, 97)]
    assert np.array_equal(np.concatenate(parts), whole.raw[:600])


def test_many_columns_and_several_machines_are_series_too(tmp_path: Path) -> None:
    rows, machines = 500, ("a", "b")
    columns = {f"s{i}": np.concatenate([load(rows, 10 * m + i) for m in range(2)]) for i in range(4)}
    columns["s2"][rows + 300 : rows + 312] *= -1
    at = np.tile(BEGAN + np.arange(rows) * STEP, 2)
    pacsv.write_csv(pa.table({"at": at, "machine": np.repeat(machines, rows), **columns}), tmp_path / "m.csv")
    made = standout.run(tmp_path / "m.csv", standout.Goal(alerts=3, entity="machine"))
    assert made.model.detector.part.name == "nearest-windows"
    assert any("each of 2 series" in w for w in made.words)
    strongest = made.alerts.spans[0]
    assert rows + 290 <= strongest.first <= strongest.last < 2 * rows


@pytest.mark.parametrize("example", ["payments", "network", "clinic"])
def test_tables_of_events_with_a_clock_keep_the_row_detector(
    example: str, tmp_path: Path, standout: Callable[..., SimpleNamespace]
) -> None:
    import standout as package

    standout("example", example, tmp_path / "e.csv", "--rows", 1500)
    trained = package.flow.fit(tmp_path / "e.csv", package.Goal())
    assert trained.model.schema.with_role(Role.TIME) is not None
    assert trained.model.detector.part.name == "cleaned"
    assert "Each row is judged by itself, since" in trained.why


def test_a_file_without_a_clock_says_nothing_of_series(tmp_path: Path) -> None:
    pacsv.write_csv(pa.table({"a": load(), "b": load(seed=1)}), tmp_path / "t.csv")
    assert standout.flow.fit(tmp_path / "t.csv").why == ""


def test_a_gap_in_the_clock_is_told_and_scored_over(tmp_path: Path) -> None:
    values = load()
    at = BEGAN + np.r_[np.arange(700), np.arange(900, 1700)] * STEP
    pacsv.write_csv(pa.table({"at": at, "load": values}), tmp_path / "gap.csv")
    made = standout.run(tmp_path / "gap.csv")
    assert made.model.detector.part.kind == "sequence"
    assert any(f.code == "clock-gaps" for f in made.survey.findings)
    assert np.isfinite(made.scores.raw).all()
    assert score_source(made.model, tmp_path / "gap.csv").scores.raw.shape == (1500,)
    assert made.model.schema.features[0].kind is Kind.NUMBER
