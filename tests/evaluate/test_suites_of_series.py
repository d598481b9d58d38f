"""The suites of series: what each protocol measures, on small series made here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from standout.core.errors import ParameterError, UnreadableError
from standout.deploy.benching import series_run
from standout.evaluate.suites import nab, tsb, ucr
from standout.evaluate.suites._asked import Asked, half_of
from standout.evaluate.suites._series_files import tsb_series, ucr_series


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
    assert "**apart half, mean of 1**" in result.markdown()
    assert list(result.as_dict()["halves"]) == ["apart"]
    for peer in ("kNN(10)", "LOF(30)", "PCA"):
        assert row[f"scikit-learn {peer} on windows"][0] > 0
    for peer in ("HBOS", "INNE"):
        assert row[f"PyOD {peer} on windows"][0] > 0


def test_a_run_without_a_named_detector_is_measured_as_it_comes(data: Path) -> None:
    (whole,) = tsb.run(asked(data, protocol="univariate", peers=False, as_run=series_run), quiet)
    row = whole.sets["1"]
    assert list(row)[:2] == ["standout run", "standout run --hindsight"]
    assert row["standout run --hindsight"][0] > row["standout run"][0] > 20
    (train,) = tsb.run(asked(data, protocol="univariate", peers=False, as_run=series_run, fit="train"), quiet)
    assert train.facts["fit_on"] == "train"
    assert train.sets["1"]["standout run"][0] > 20


def test_halves_by_name_and_patterns_choose_sets(data: Path) -> None:
    assert half_of("1") == "apart"
    assert [p.stem for p in asked(data, half="apart").files("timeseries/TSB_AD_U_subset", "*.npz")] == ["1"]
    assert asked(data, half="development").files("timeseries/TSB_AD_U_subset", "*.npz") == []
    assert [p.stem[:3] for p in asked(data, only="002*").files("timeseries/UCR", "*.npz")] == ["002"]


def test_the_anomaly_of_the_archive_is_found_and_long_series_are_told(data: Path) -> None:
    told: list[str] = []
    (result,) = ucr.run(asked(data, "matrix-profile", peers=False), told.append)
    assert result.sets == {"001_made_300_600_614": {"standout matrix-profile": (100.0,)}}
    assert any("002_long" in line and "left out" in line for line in told)


def test_streams_are_scored_as_the_benchmark_says_and_without_look_ahead(data: Path) -> None:
    (result,) = nab.run(asked(data, "trailing-profile", peers=False), quiet)
    assert result.measures == ("standard", "low-fp", "low-fn")
    assert result.sets["corpus"]["standout trailing-profile"][0] > 50
    (more,) = nab.run(asked(data, "trailing-profile", apart=0), quiet)
    assert (result.facts["silence_rows"], more.facts["silence_rows"]) == ("a fifth of the first", 0)
    with pytest.raises(ParameterError, match="looks ahead"):
        nab.run(asked(data, "matrix-profile"), quiet)


def test_series_are_read_as_they_are_published(tmp_path: Path) -> None:
    csv = tmp_path / "001_Made_id_1_Sensor_tr_2_1st_3.csv"
    csv.write_text("a,b,Label\n1.5,2,0\n3,4,0\n5,6,1\n")
    values, labels, train = tsb_series(csv)
    assert values.tolist() == [[1.5, 2], [3, 4], [5, 6]]
    assert (labels.tolist(), train) == ([0, 0, 1], 2)
    for text in ("1\n2\n3\n4\n", " 1 2   3 4\n"):
        (tmp_path / "001_UCR_Anomaly_made_2_3_3.txt").write_text(text)
        assert ucr_series(tmp_path / "001_UCR_Anomaly_made_2_3_3.txt")[0].ravel().tolist() == [1, 2, 3, 4]
    assert ucr_series(tmp_path / "001_UCR_Anomaly_made_2_3_3.txt")[1:] == (2, 3, 3)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [("001_x_tr_2_1st_3.csv", "a,Label\n1,no\n", "cannot be read"), ("001_x.csv", "a,Label\n1,0\n", "no series of TSB-AD")],
)
def test_a_file_that_is_no_series_is_refused_by_name(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UnreadableError, match=says):
        tsb_series(tmp_path / name)
    with pytest.raises(UnreadableError, match="TRAINEND_FIRST_LAST"):
        ucr_series(tmp_path / name)
