"""The recurrent autoencoder: our kernel says what torch says, short series are refused by name, live is batch and stays small."""

from __future__ import annotations

import os

import numpy as np
import pytest

from standout import Goal, flow
from standout.core.errors import ModelFileError, TooFewRowsError
from standout.core.live import Live
from standout.core.matrix import Matrix
from standout.core.table import Role
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.detect.lstm import LSTM
from standout.detect.lstm_autoencoder import LSTMAutoencoder
from standout.kernels.recurrent import rebuilt

if not os.environ.get("CI"):
    pytest.importorskip("torch", reason="pip install 'standout[deep]'")


def waves(n: int, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(n)
    return np.column_stack([np.sin(t / 4), np.cos(t / 4)]) + rng.normal(size=(n, 2)) * 0.02


def test_the_kernel_tells_windows_again_as_torch_does(rng: np.random.Generator) -> None:
    import torch

    reader, teller, output = (
        torch.nn.LSTM(3, 5, batch_first=True),
        torch.nn.LSTM(1, 5, batch_first=True),
        torch.nn.Linear(5, 3),
    )
    one, two = ([p.detach().numpy() for p in m.parameters()] for m in (reader, teller))
    weight, constant = (p.detach().numpy() for p in output.parameters())
    rows, ends = rng.normal(size=(30, 3)).astype(np.float32), np.array([6, 29, 11])
    turned = [np.ascontiguousarray(a.T) for a in (one[0], one[1], two[1], weight)]
    ours = rebuilt(
        rows, ends, (turned[0], turned[1], one[2] + one[3]), (turned[2], two[2] + two[3], turned[3], constant), window=7
    )
    with torch.no_grad():
        windows = torch.from_numpy(np.stack([rows[end - 6 : end + 1] for end in ends]))
        theirs = output(teller(torch.zeros(3, 7, 1), reader(windows)[1])[0]).flip(1).numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_stretch_that_breaks_the_rhythm_is_found_with_its_channel_and_moment(rng: np.random.Generator) -> None:
    series = waves(600, rng)
    detector = LSTMAutoencoder(window=12, units=12, steps=200)
    state = detector.fit(Matrix.of(series[:400]), rng)
    series[500, 1] += 1.0  # well within the channel's range
    matrix = Matrix.of(series)
    scores = detector.score(state, matrix)
    assert 500 <= int(np.argmax(scores)) < 512
    moments = detector.attribute_in_time(state, matrix, np.array([505, 3]))
    np.testing.assert_allclose(moments.parts.sum(axis=(1, 2)), scores[[505, 3]])
    at, channel = np.unravel_index(int(np.argmax(moments.parts[0])), moments.parts[0].shape)
    assert (int(moments.offsets[at]), int(channel)) == (-5, 1)


def test_one_channel_is_enough(rng: np.random.Generator) -> None:
    wave = np.sin(np.arange(500) / 4) + rng.normal(size=500) * 0.02
    detector = LSTMAutoencoder(window=12, units=12, steps=200)
    state = detector.fit(Matrix.of(wave), rng)
    assert 0.8 < detector.score(state, Matrix.of(wave))[12:].mean() < 1.2
    wave[300:306] = wave[300]
    assert 300 <= int(np.argmax(detector.score(state, Matrix.of(wave)))) < 318


def test_a_series_no_longer_than_the_window_is_refused_by_name(rng: np.random.Generator) -> None:
    with pytest.raises(TooFewRowsError, match="lstm-autoencoder with window=32 needs at least 33 rows and got 20"):
        LSTMAutoencoder().fit(Matrix.of(rng.normal(size=20)), rng)


def test_windows_do_not_reach_from_one_entity_into_the_next(rng: np.random.Generator) -> None:
    short = np.full((7, 1), 5.0, dtype=np.float32)
    wave = np.sin(np.arange(60) / 3).astype(np.float32)[:, None]
    rows = Matrix(np.concatenate([short, wave]), Matrix.of(wave).features, np.array([0, 7]))
    detector = LSTMAutoencoder(window=8, units=4, steps=20)
    scores = detector.score(detector.fit(rows, rng), rows)
    assert (scores[:14] == 0).all()
    assert (scores[14:] > 0).all()


def test_networks_whose_gates_do_not_fit_are_refused_before_the_kernel_reads_them() -> None:
    none, flat = np.zeros((2, 4), dtype=np.float32), np.zeros(4, dtype=np.float32)
    out = np.zeros((2, 2), np.float32)
    with pytest.raises(ModelFileError, match="2 units has 4 gates"):
        rebuilt(np.zeros((5, 2), np.float32), np.array([4]), (none, none, flat), (none, flat, out, flat[:2]), 2)


@pytest.mark.parametrize("kind", [LSTM, LSTMAutoencoder])
def test_live_scores_of_many_entities_are_those_of_the_batch_and_memory_is_one_window_each(
    kind: type[LSTM] | type[LSTMAutoencoder], rng: np.random.Generator
) -> None:
    import pyarrow as pa

    n, who = 150, ("a", "b", "c")
    minutes = np.datetime64("2026-01-01", "us") + np.arange(n) * np.timedelta64(60_000_000, "us")
    columns = {
        "at": np.tile(minutes, 3),
        "machine": np.repeat(who, n),
        "x": np.concatenate([waves(n, rng)[:, 0] for _ in who]),
        "y": np.concatenate([waves(n, rng)[:, 1] for _ in who]),
    }
    frame = pa.table({k: pa.array(v) for k, v in columns.items()})
    goal = Goal(time="at", entity="machine", level=0.01)
    model = flow.fit(frame, goal, detector=kind(window=10, units=6, steps=30)).model
    whole = next(iter(tables(open_source(frame), model.schema)))[0]
    order = np.argsort(whole.with_role(Role.TIME).values, kind="stable")  # type: ignore[union-attr]
    live, got = Live(model, learn=False), np.empty(len(whole))
    for part in np.array_split(order, 60):
        got[part] = live.step(whole.take(part)).raw
    assert np.array_equal(got, model.score(whole).raw)
    _, arrays = live.snapshot()
    (length,) = (a for key, a in arrays.items() if key.endswith("/length"))
    assert length.tolist() == [model.detector.part.context(model.detector.state)] * 3  # type: ignore[attr-defined]
