"""Rankings against slow, obvious twins and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from standout.evaluate.ranking import Ladder, auroc_interval, average_ranks, rank_correlation, share, top_overlap

pairs = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=60).filter(
    lambda rows: 0 < sum(a for _, a in rows) < len(rows)
)


def slow_auroc(scores: list[int], anomaly: list[bool]) -> float:
    """Every anomaly against every normal row."""
    wins = [
        1.0 if s > t else 0.5 if s == t else 0.0
        for s, a in zip(scores, anomaly, strict=True)
        if a
        for t, b in zip(scores, anomaly, strict=True)
        if not b
    ]
    return sum(wins) / len(wins)


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_auroc_equals_counting_every_pair(rows: list[tuple[int, bool]]) -> None:
    scores, anomaly = [s for s, _ in rows], [a for _, a in rows]
    found = Ladder.of(np.array(scores, float), np.array(anomaly)).auroc().value
    assert found == pytest.approx(slow_auroc(scores, anomaly))


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_ties_are_handled_as_scikit_learn_does(rows: list[tuple[int, bool]]) -> None:
    scores, anomaly = np.array([s for s, _ in rows], float), np.array([a for _, a in rows])
    ladder = Ladder.of(scores, anomaly)
    assert ladder.auroc().value == pytest.approx(roc_auc_score(anomaly, scores))
    assert ladder.average_precision().value == pytest.approx(average_precision_score(anomaly, scores))


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_curves_stay_in_the_unit_square_and_run_one_way(rows: list[tuple[int, bool]]) -> None:
    ladder = Ladder.of(np.array([s for s, _ in rows], float), np.array([a for _, a in rows]))
    for curve in (ladder.roc(), ladder.pr()):
        assert all(0 <= v <= 1 for v in curve.x + curve.y)
        assert list(curve.x) == sorted(curve.x)
    assert (ladder.roc().x[0], ladder.roc().y[0]) == (0, 0)
    assert (ladder.roc().x[-1], ladder.roc().y[-1]) == (1, 1)


def test_a_thinned_curve_keeps_the_area_under_it(rng: np.random.Generator) -> None:
    anomaly = rng.random(50_000) < 0.02
    ladder = Ladder.of(rng.normal(size=50_000) + 2 * anomaly, anomaly)
    curve = ladder.roc()
    assert len(curve.x) <= 200
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(ladder.auroc().value, abs=0.003)


@pytest.mark.parametrize(("anomalies", "normals", "true"), [(5, 200, 0.9), (50, 500, 0.98), (50, 500, 0.6)])
def test_the_auroc_interval_covers_the_truth_about_as_often_as_it_says(
    rng: np.random.Generator, anomalies: int, normals: int, true: float
) -> None:
    shift = {0.9: 1.8124, 0.98: 2.9044, 0.6: 0.3583}[true]  # of two normal distributions with that AUROC
    anomaly = np.arange(anomalies + normals) < anomalies
    covered = []
    for _ in range(200):
        found = Ladder.of(rng.normal(size=len(anomaly)) + shift * anomaly, anomaly).auroc()
        covered.append(found.low <= true <= found.high)
    assert 0.91 <= np.mean(covered) <= 1.0


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_an_interval_holds_its_value_and_narrows_with_more_rows(value: float) -> None:
    few, many = auroc_interval(value, 5, 50), auroc_interval(value, 500, 5000)
    assert few[0] <= value <= few[1]
    assert many[1] - many[0] < few[1] - few[0]
    assert few[1] - few[0] > 0.05
    small, large = share(round(10 * value), 10), share(round(1000 * value), 1000)
    assert small.low <= small.value <= small.high
    assert large.high - large.low < small.high - small.low


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_average_ranks_equal_scipys(values: list[int]) -> None:
    from scipy.stats import rankdata

    np.testing.assert_allclose(average_ranks(np.array(values, float)), rankdata(values) - 1)


def test_rank_correlation_equals_scipys(rng: np.random.Generator) -> None:
    from scipy.stats import spearmanr

    a = rng.integers(0, 20, 200).astype(float)
    b = a + rng.normal(size=200) * 5
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert rank_correlation(np.ones(5), np.ones(5)) == 1.0
    assert rank_correlation(np.ones(5), np.arange(5.0)) == 0.0


def test_top_overlap_is_one_for_the_same_ranking_and_none_for_its_reverse() -> None:
    values = np.arange(20.0)
    assert top_overlap(values, 2 * values + 1, 5) == 1.0
    assert top_overlap(values, -values, 5) == 0.0
