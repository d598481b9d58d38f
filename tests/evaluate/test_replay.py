"""A history decided again under other budgets."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from standout.core.registry import find
from standout.core.scores import Scores
from standout.evaluate.replay import around, replay

BEGIN = np.datetime64("2026-01-01T00:30:00", "us")


def policy(name: str, **told: Any) -> Any:
    return cast("Any", find("policy", name).make(told))


def history(n: int = 240) -> tuple[Scores, np.ndarray, np.ndarray]:
    """Ten days of hours; noon of each is strange, of each second day so much that it is labelled."""
    hours = np.arange(n)
    raw = np.where(hours % 24 == 12, 9.0, 0.0) + np.where(hours % 48 == 12, 1.0, 0.0)
    p = np.where(raw > 0, 0.001, 0.9)
    return Scores(raw, p), BEGIN + hours * np.timedelta64(1, "h"), (raw > 9).astype(np.int8)


def test_a_replay_says_how_many_how_often_and_the_worst_day() -> None:
    scores, times, labels = history()
    found = replay(policy("per-day", alerts=5), scores, times, labels)
    assert found.alerts == 10
    assert found.days == pytest.approx(10)
    assert found.in_words() == "10 alerts over the 10 days of the history, 1 a day; the most on one day were 1, on 2026-01-01."
    assert found.precision is not None
    assert found.precision.value == 0.5
    assert found.recall is not None
    assert found.recall.value == 1
    assert found.strongest(scores, 2).tolist() == [12, 60]


def test_the_order_of_the_file_does_not_matter_where_there_is_a_clock(rng: np.random.Generator) -> None:
    scores, times, labels = history()
    mixed = rng.permutation(len(scores))
    one = replay(policy("per-day"), scores, times, labels)
    two = replay(policy("per-day"), scores.take(mixed), times[mixed], labels[mixed])
    assert np.array_equal(one.alarms[mixed], two.alarms)
    assert [f.code for f in two.findings] == ["history-not-in-order"]


def test_what_a_stream_could_not_have_decided_is_said() -> None:
    scores, times, _ = history()
    assert [f.code for f in replay(policy("share", share=0.01), scores, times).findings] == ["replay-looks-ahead"]
    assert not replay(policy("level"), scores, times).findings


def test_a_replay_never_looks_ahead_with_a_policy_that_streams() -> None:
    scores, times, _ = history()
    whole = replay(policy("per-day", alerts=1), scores, times).alarms
    first = replay(policy("per-day", alerts=1), scores.take(np.arange(100)), times[:100]).alarms
    assert np.array_equal(whole[:100], first)


def test_without_a_clock_or_rows_there_are_no_days() -> None:
    scores, times, labels = history()
    assert replay(policy("strongest", alerts=3), scores, None).in_words() == "3 alerts in 240 rows."
    empty = replay(policy("per-day"), scores.take(np.arange(0)), times[:0], labels[:0])
    assert empty.in_words() == "0 alerts in 0 rows."
    assert empty.recall is None
    untimed = np.full(len(scores), np.datetime64("NaT", "us"))
    assert replay(policy("per-day"), scores, untimed).alerts <= 5


def test_unknown_labels_are_left_out() -> None:
    scores, times, labels = history()
    labels = np.where(np.arange(len(labels)) < 120, -1, labels).astype(np.int8)
    found = replay(policy("level", level=0.01), scores, times, labels)
    assert found.precision is not None
    assert found.precision.value == 0.4 or found.precision.value == 0.6


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (policy("per-day", alerts=5), ["1", "2", "5", "10", "20", "50"]),
        (policy("strongest", alerts=2), ["1", "2", "4", "8", "20"]),
        (policy("share", share=0.5), ["10%", "20%", "50%", "100%"]),
        (policy("lord-plus-plus", rate=0.2), ["4%", "8%", "20%", "40%"]),
    ],
)
def test_budgets_around_the_one_asked_for(asked: Any, expected: list[str]) -> None:
    found = around(asked)
    assert asked in found
    assert len(found) == len(expected)
    for one, words in zip(found, expected, strict=True):
        assert words in one.in_words().replace(",", "").split()
