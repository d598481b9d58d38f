"""Series that are short, irregular, torn or single rows, with every sequence detector: named errors or findings, never silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from standout import Goal, flow
from standout.core.detector import Detector, reach
from standout.core.errors import MissingExtraError, TooFewRowsError
from standout.core.registry import find, names

BEGAN, MINUTE = np.datetime64("2026-03-01", "us"), np.timedelta64(60_000_000, "us")
QUICK = {"lstm": {"steps": 10, "window": 16, "units": 6}, "lstm-autoencoder": {"steps": 10, "window": 16, "units": 6}}
SEQUENCE = [n for n in names("detector") if cast("type[Detector]", find("detector", n)).kind == "sequence"]


def load(n: int) -> np.ndarray:
    return np.sin(np.arange(n) * 2 * np.pi / 24) + np.random.default_rng(0).normal(0, 0.05, n)


def frame(at: np.ndarray, who: list[str] | None = None) -> pa.Table:
    columns: dict[str, Any] = {"at": at, "load": load(len(at))}
    return pa.table(columns if who is None else {"who": who, **columns})


def fitted(name: str, rows: pa.Table, **goal: Any) -> flow.Trained:
    detector = cast("Detector", find("detector", name).make(QUICK.get(name, {})))
    try:
        return flow.fit(rows, Goal(time="at", **goal), detector=detector)
    except MissingExtraError as error:
        pytest.skip(error.hint)


@pytest.mark.parametrize("name", SEQUENCE)
def test_a_series_shorter_than_a_window_is_scored_or_refused_by_name(name: str) -> None:
    try:
        trained = fitted(name, frame(BEGAN + np.arange(12) * MINUTE))
    except TooFewRowsError as error:
        assert name in error.what or "nearest-windows" in error.what
        assert "needs at least" in error.what
        return
    assert np.isfinite(trained.own).all()


@pytest.mark.parametrize("name", SEQUENCE)
def test_an_irregular_and_torn_clock_is_told_and_scored_over(name: str) -> None:
    steps = np.random.default_rng(0).exponential(1, 300)
    steps[150] = 2_000
    rows = frame(BEGAN + np.cumsum(steps * 60e6).astype("timedelta64[us]"))
    trained = fitted(name, rows)
    assert np.isfinite(trained.own).all()
    told = {f.code: f.message for f in trained.findings}
    assert (
        told["series-doubtful"]
        == f"{name} reads the rows as a series, as asked, though its rows do not follow each other at a steady step."
    )
    assert "clock-gaps" in {f.code for f in flow.profile(rows).findings}


@pytest.mark.parametrize("name", SEQUENCE)
def test_an_entity_of_one_row_is_told(name: str) -> None:
    rows = frame(np.r_[BEGAN + np.arange(300) * MINUTE, BEGAN], who=["a"] * 300 + ["b"])
    trained = fitted(name, rows, entity="who")
    assert np.isfinite(trained.own).all()
    together = reach(trained.model.detector.part, trained.model.detector.state)
    told = [f.message for f in trained.findings if f.code == "series-short"]
    assert len(told) == (together > 1)
    assert not told or f"1 of 2 series have fewer than the {together} rows that {name} looks at together, 1 rows" in told[0]


@pytest.mark.parametrize("name", SEQUENCE)
def test_entities_of_one_row_each_are_scored_or_refused_by_name(name: str) -> None:
    try:
        trained = fitted(name, frame(BEGAN + np.arange(30) * MINUTE, who=[f"e{i}" for i in range(30)]), entity="who")
    except TooFewRowsError as error:
        assert "got 1." in error.what
        return
    assert np.isfinite(trained.own).all()


def test_a_fold_that_is_too_short_says_that_a_fifth_is_held_out() -> None:
    with pytest.raises(TooFewRowsError, match=r"got 14\. Of the 18 rows a fifth is held out"):
        fitted("lstm", frame(BEGAN + np.arange(18) * MINUTE))


@pytest.mark.parametrize("rows", [25, 40])
def test_a_few_rows_run_through_though_what_stands_beside_needs_more(
    rows: int, tmp_path: Path, standout: Callable[..., SimpleNamespace]
) -> None:
    pacsv.write_csv(frame(BEGAN + np.arange(rows) * MINUTE), tmp_path / "few.csv")
    for detector in ("cleaned", "trailing-profile"):
        assert standout("run", tmp_path / "few.csv", "--detector", detector, "--out", tmp_path / "run").code == 0
    refused = standout("run", tmp_path / "few.csv", "--detector", "spectral-residual", "--out", tmp_path / "run")
    assert refused.code == 3
    assert "spectral-residual with window=" in refused.err
