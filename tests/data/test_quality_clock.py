from __future__ import annotations

from typing import Any

import numpy as np
from surveying import codes, found, looked_at

MINUTE = np.timedelta64(60, "s")
START = np.datetime64("2026-01-05", "us")
CLOCK = {"clock-gaps", "clock-skips", "clock-jumps-back", "clock-unsorted", "clock-doubled", "clock-irregular", "several-series"}


def message(times: np.ndarray, code: str, **more: Any) -> str:
    columns = {"when": times, "x": np.random.default_rng(1).normal(size=len(times)), **more}
    seen = looked_at(columns, time="when", entity="machine" if "machine" in more else None)
    finding = found(seen, code)
    assert finding is not None, codes(seen)
    assert {f.code for f in seen.findings} & CLOCK == {code}
    return finding.message


def test_a_steady_clock_gives_no_finding(rng: np.random.Generator) -> None:
    assert codes(looked_at({"when": START + np.arange(500) * MINUTE, "x": rng.normal(size=500)}, time="when")) == []


def test_events_at_any_moment_give_no_finding(rng: np.random.Generator) -> None:
    times = START + np.cumsum(rng.exponential(60e6, 2000)).astype("timedelta64[us]")
    assert codes(looked_at({"when": times, "x": rng.normal(size=2000)}, time="when")) == []


def test_a_gap_is_told_with_its_length_and_place() -> None:
    times = START + np.delete(np.arange(600), np.arange(300, 360)) * MINUTE
    said = message(times, "clock-gaps")
    assert said == (
        "The clock has 1 gap (60 moments missing): the longest lasts 1.02 hours after 2026-01-05 04:59:00 (row 300), "
        "where a step is 1 minute."
    )


def test_single_moments_left_out_are_no_more_than_a_remark() -> None:
    times = START + np.delete(np.arange(1000), [100, 300, 301, 700]) * MINUTE
    assert message(times, "clock-skips").startswith("The clock skips 4 moments here and there, at most 2 at a time")


def test_a_clock_that_was_set_back_is_told_with_its_row() -> None:
    seconds = np.insert(np.arange(600) * 60, 200, 169 * 60 + 30)
    said = message(START + seconds * np.timedelta64(1, "s"), "clock-jumps-back")
    assert said == "The clock jumps back once, first at row 200."


def test_rows_out_of_order_are_one_remark(rng: np.random.Generator) -> None:
    said = message(START + rng.permutation(600) * MINUTE, "clock-unsorted")
    assert said.startswith("The rows do not stand in order of time: ")


def test_doubled_moments_are_told_with_the_first_row() -> None:
    times = START + np.insert(np.arange(600), 400, 399) * MINUTE
    assert message(times, "clock-doubled") == "1 row has the same moment as an earlier row, first row 400."


def test_several_series_in_one_file_are_suspected_until_the_entity_is_named() -> None:
    times, machines = np.repeat(START + np.arange(300) * MINUTE, 3), np.tile(["a", "b", "c"], 300)
    assert "about 3 rows" in message(times, "several-series")
    columns = {"when": times, "machine": machines, "x": np.random.default_rng(0).normal(size=900)}
    assert codes(looked_at(columns, time="when", entity="machine")) == []


def test_a_clock_that_mostly_keeps_time_is_called_irregular(rng: np.random.Generator) -> None:
    steps = np.where(rng.random(800) < 0.7, 60.0, rng.uniform(50, 90, 800))
    assert "every 1 minute in only" in message(START + np.cumsum(steps * 1e6).astype("timedelta64[us]"), "clock-irregular")


def test_a_stuck_sensor_is_told_with_value_length_and_row(rng: np.random.Generator) -> None:
    values = rng.normal(size=800)
    values[500:560] = 0.25
    seen = looked_at({"when": START + np.arange(800) * MINUTE, "x": values, "y": rng.normal(size=800)}, time="when", cut=333)
    finding = found(seen, "stuck-sensor")
    assert finding is not None
    assert finding.message == "A series that moves otherwise stands still: x (0.25 in 60 rows from row 500)."
