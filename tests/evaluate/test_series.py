"""VUS-PR, its window, events and the NAB score, against slow twins and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_series import slow_nab, slow_vus_pr

from standout.core.errors import ParameterError, SchemaError
from standout.evaluate.nab import PROFILES, Stream, nab_score, probation
from standout.evaluate.series import evaluation_window, stretches, vus_pr


def labelled(n, *spans):
    labels = np.zeros(n, dtype=np.int8)
    for a, b in spans:
        labels[a : b + 1] = 1
    return labels


SPANS = [[(30, 34)], [(0, 4)], [(55, 59)], [(10, 10)], [(10, 14), (16, 20)], [(5, 6), (12, 13), (40, 45)], [(0, 3), (57, 59)]]


@pytest.mark.parametrize("spans", SPANS, ids=str)
@pytest.mark.parametrize("window", [0, 1, 2, 7, 12])
def test_vus_pr_is_that_of_the_definition(rng, spans, window) -> None:
    labels = labelled(60, *spans)
    for scores in (rng.normal(size=60), np.round(rng.normal(size=60)), rng.normal(size=60) + 3 * labels, np.zeros(60)):
        assert vus_pr(scores, labels, window) == pytest.approx(slow_vus_pr(scores, labels, window), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(300, 400))
def test_vus_pr_with_more_rows_than_thresholds_is_that_of_the_definition(seed, n) -> None:
    rng = np.random.default_rng(seed)
    labels = labelled(n, (20, 30), (100, 140))
    scores = rng.normal(size=n) + labels
    assert vus_pr(scores, labels, 5) == pytest.approx(slow_vus_pr(scores, labels, 5), abs=1e-12)


def test_scores_that_are_near_the_labels_beat_scores_that_are_not() -> None:
    labels = labelled(500, (200, 219))
    near, far = np.roll(labels, 8).astype(float), np.roll(labels, 80).astype(float)
    assert vus_pr(labels.astype(float), labels, 40) > vus_pr(near, labels, 40) > vus_pr(far, labels, 40)


@pytest.mark.parametrize(
    ("scores", "labels", "error"),
    [
        (np.zeros(4), np.zeros(4, np.int8), ParameterError),
        (np.zeros(4), np.ones(4, np.int8), ParameterError),
        (np.zeros(3), labelled(4, (1, 1)), SchemaError),
        (np.array([0.0, np.nan, 0, 0]), labelled(4, (1, 1)), ParameterError),
    ],
)
def test_what_cannot_be_measured_is_refused(scores, labels, error) -> None:
    with pytest.raises(error) as told:
        vus_pr(scores, labels, 3)
    assert told.value.hint


def test_the_window_of_the_measure_is_the_period_or_125() -> None:
    t = np.arange(3000)
    assert evaluation_window(np.sin(t * 2 * np.pi / 24)) == 24
    assert evaluation_window(np.sin(t * 2 * np.pi / 350)) == 125
    assert evaluation_window(np.ones(3000)) == 125
    assert evaluation_window(np.array([1.0, 2.0])) == 125


def test_the_public_subset_states_the_same_windows(public_data) -> None:
    import csv

    folder = public_data / "timeseries"
    if not (folder / "TSB_subset_index.csv").is_file():
        pytest.skip("the TSB-AD subset is not among the public data here")
    with (folder / "TSB_subset_index.csv").open() as file:
        told = {r["tsb_file"].removesuffix(".csv"): int(r["vus_window"]) for r in csv.DictReader(file)}
    paths = sorted((folder / "TSB_AD_U_subset").glob("*.npz"))[::6]
    assert paths
    for path in paths:
        with np.load(path) as file:
            assert evaluation_window(file["data"][:, 0]) == told[path.stem]


def test_events_join_stretches_at_most_a_gap_apart() -> None:
    marked = np.array([1, 0, 0, 1, 1, 0, 1], dtype=bool)
    assert stretches(marked).tolist() == [[0, 0], [3, 4], [6, 6]]
    assert stretches(marked, 1).tolist() == [[0, 0], [3, 6]]
    assert stretches(marked, 2).tolist() == [[0, 6]]
    assert stretches(~marked & marked).shape == (0, 2)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(PROFILES)), st.booleans())
def test_the_nab_score_is_that_of_every_threshold_tried(seed, profile, ties) -> None:
    rng = np.random.default_rng(seed)
    streams = []
    for windows in ([[20, 29]], [[5, 12], [40, 40], [50, 59]], []):
        scores = rng.normal(size=70)
        for a, b in windows:
            scores[a : b + 1] += rng.normal()
        streams.append((np.round(scores) if ties else scores, windows))
    costs = PROFILES[profile]
    mine, threshold = nab_score([Stream(s, np.array(w)) for s, w in streams], profile)
    assert mine == pytest.approx(slow_nab(streams, costs.found, costs.missed, costs.false), abs=1e-9)
    assert np.isinf(threshold) == (mine == 0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(PROFILES)), st.integers(1, 12))
def test_with_silences_the_nab_score_is_that_of_every_threshold_of_few(seed, profile, silence) -> None:
    rng = np.random.default_rng(seed)
    scores, windows = rng.normal(size=45), [[12, 19], [30, 34]]
    costs = PROFILES[profile]
    mine, threshold = nab_score([Stream(scores, np.array(windows), silence)], profile)
    assert mine == pytest.approx(slow_nab([(scores, windows)], costs.found, costs.missed, costs.false, silence), abs=1e-9)
    assert np.isinf(threshold) == (mine == 0)


def test_the_first_row_of_each_window_alone_is_perfect_and_late_ones_earn_less() -> None:
    def spike(at):
        scores = np.zeros(400)
        scores[at] = 1
        return nab_score([Stream(scores, np.array([[100, 199]]))])[0]

    assert spike(100) == pytest.approx(100)
    assert spike(100) > spike(150) > spike(199) > 50
    assert spike(350) == 0


def test_rows_on_probation_are_not_judged() -> None:
    scores = np.zeros(1000)
    scores[probation(1000) - 1] = 9
    scores[500] = 1
    assert nab_score([Stream(scores, np.array([[500, 550]]))])[0] == pytest.approx(100)


def test_streams_that_make_no_sense_are_refused() -> None:
    for windows in ([[5, 2]], [[0, 4], [3, 6]], [[0, 99]]):
        with pytest.raises(SchemaError):
            Stream(np.zeros(10), np.array(windows))
    with pytest.raises(ParameterError):
        Stream(np.array([np.inf]), np.empty((0, 2)))
    with pytest.raises(ParameterError):
        nab_score([Stream(np.zeros(10), np.empty((0, 2)))])
    with pytest.raises(ParameterError):
        nab_score([Stream(np.zeros(10), np.array([[2, 3]]))], "best")
