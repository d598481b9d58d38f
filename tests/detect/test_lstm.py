"""The forecaster: our kernel says what torch says, short series are refused by name, entities share one network."""

from __future__ import annotations

import os

import numpy as np
import pytest

from standout.core.errors import ModelFileError, TooFewRowsError
from standout.core.matrix import Matrix
from standout.detect.lstm import LSTM
from standout.kernels.recurrent import forecasts

if not os.environ.get("CI"):
    pytest.importorskip("torch", reason="pip install 'standout[deep]'")


def test_the_kernel_forecasts_what_torch_does(rng: np.random.Generator) -> None:
    import torch

    memory, output = torch.nn.LSTM(3, 5, batch_first=True), torch.nn.Linear(5, 3)
    into, between, one, two = (p.detach().numpy() for p in memory.parameters())
    weight, constant = (p.detach().numpy() for p in output.parameters())
    turned = [np.ascontiguousarray(a.T) for a in (into, between, weight)]
    rows = rng.normal(size=(30, 3)).astype(np.float32)
    ours = forecasts(rows, (turned[0], turned[1], one + two, turned[2], constant), 7)[7:]
    with torch.no_grad():
        windows = torch.from_numpy(np.stack([rows[i : i + 7] for i in range(23)]))
        theirs = output(memory(windows)[0][:, -1]).numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_step_that_breaks_the_rhythm_is_the_strangest_row(rng: np.random.Generator) -> None:
    t = np.arange(600)
    series = np.column_stack([np.sin(t / 4), np.cos(t / 4)]) + rng.normal(size=(600, 2)) * 0.02
    detector = LSTM(window=12, units=12, steps=150)
    state = detector.fit(Matrix.of(series[:400]), rng)
    series[500, 1] += 1.0  # well within the channel's range
    scores = detector.score(state, Matrix.of(series))
    assert 500 <= int(np.argmax(scores)) <= 502
    assert int(np.argmax(detector.attribute(state, Matrix.of(series))[500])) == 1


def test_a_series_no_longer_than_the_window_is_refused_by_name(rng: np.random.Generator) -> None:
    with pytest.raises(TooFewRowsError, match="lstm with window=32 needs at least 33 rows and got 20"):
        LSTM().fit(Matrix.of(rng.normal(size=20)), rng)


def test_the_first_rows_of_a_run_raise_no_alarm(rng: np.random.Generator) -> None:
    wave = Matrix.of(np.sin(np.arange(300) / 4) + rng.normal(size=300) * 0.02)
    detector = LSTM(window=12, units=12, steps=150)
    scores = detector.score(detector.fit(wave, rng), wave)
    assert (scores[:7] == 0).all()
    assert scores[7:12].max() < 20
    assert 0.5 < scores[12:].mean() < 1.5


def test_windows_do_not_reach_from_one_entity_into_the_next(rng: np.random.Generator) -> None:
    """Two entities of one row too few for a window, and one long enough: only the third is learned from."""
    short = np.full((8, 1), 1e6, dtype=np.float32)
    wave = np.sin(np.arange(60) / 3).astype(np.float32)[:, None]
    rows = Matrix(np.concatenate([short, wave]), Matrix.of(wave).features, np.array([0, 8]))
    state = LSTM(window=8, units=4, steps=20).fit(rows, rng)
    assert all(np.isfinite(a).all() for a in state.values())


def test_a_cell_whose_gates_do_not_fit_is_refused_before_the_kernel_reads_it() -> None:
    none = np.zeros((2, 4), dtype=np.float32)
    with pytest.raises(ModelFileError, match="2 units has 4 gates"):
        forecasts(np.zeros((5, 2), dtype=np.float32), (none, none, none[0], np.zeros((2, 2), np.float32), none[0, :2]), 2)
