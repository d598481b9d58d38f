"""The suites of series: what each protocol measures, on small series made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from standout.core.errors import ParameterError
from standout.evaluate.suites import nab, tsb, ucr
from standout.evaluate.suites._asked import Asked


def wave(n: int = 900) -> np.ndarray:
    return np.sin(np.arange(n) * 2 * np.pi / 30) + np.random.default_rng(0).normal(0, 0.05, n)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    values, label = wave(), np.zeros(900, dtype=np.int8)
    values[600:615] = 0.4
    label[600:615] = 1
    for folder in ("timeseries/TSB_AD_U_subset", "timeseries/UCR", "nab/data/made", "nab/labels"):
        (tmp_path / folder).mkdir(parents=True)
    np.savez(tmp_path / "timeseries/TSB_AD_U_subset/1.npz", data=values, label=label, train_index=300)
    np.savez(tmp_path / "timeseries/UCR/001_made_300_600_614.npz", data=values)
    np.savez(tmp_path / "timeseries/UCR/002_long_300_600_614.npz", data=np.tile(values, 3))
    times = np.datetime64("2026-01-01T00:00:00", "s") + np.arange(900) * np.timedelta64(300, "s")
    lines = [f"{str(t).replace('T', ' ')},{v}" for t, v in zip(times, values, strict=True)]
    (tmp_path / "nab/data/made/a.csv").write_text("timestamp,value\n" + "\n".join(lines) + "\n")
    window = [str(times[580]).replace("T", " "), str(times[660]).replace("T", " ")]
    (tmp_path / "nab/labels/combined_windows.json").write_text(json.dumps({"made/a.csv": [window]}))
    return tmp_path


def asked(data: Path, *detectors: str, **more: object) -> Asked:
    return Asked(data, detectors=detectors, seeds=2, cap=1000, **more)  # type: ignore[arg-type]


def quiet(_: str) -> None:
    """Nobody listens."""


def test_a_series_of_stretches_is_measured_beside_its_peers(data: Path) -> None:
    (result,) = tsb.run(asked(data, "trailing-profile", protocol="univariate"), quiet)
    row = result.sets["1"]
    assert row["standout trailing-profile"][0] > row["scikit-learn forest on windows"][0] > 0
    assert "VUS-PR" in result.markdown()


def test_the_anomaly_of_the_archive_is_found_and_long_series_are_told(data: Path) -> None:
    told: list[str] = []
    (result,) = ucr.run(asked(data, "matrix-profile", peers=False), told.append)
    assert result.sets == {"001_made_300_600_614": {"standout matrix-profile": (100.0,)}}
    assert any("002_long" in line and "left out" in line for line in told)


def test_streams_are_scored_as_the_benchmark_says_and_without_look_ahead(data: Path) -> None:
    (result,) = nab.run(asked(data, "trailing-profile", peers=False), quiet)
    assert result.measures == ("standard", "low-fp", "low-fn")
    assert result.sets["corpus"]["standout trailing-profile"][0] > 50
    with pytest.raises(ParameterError, match="looks ahead"):
        nab.run(asked(data, "matrix-profile"), quiet)
