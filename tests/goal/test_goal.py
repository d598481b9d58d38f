from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from standout.core.errors import ParameterError, ParameterTypeError, UnknownNameError, UnreadableError
from standout.core.table import Field, Kind, Role, Schema
from standout.goal.costs import policy_for, worthwhile_levels
from standout.goal.goal import BUDGETS, Goal, goal_from
from standout.goal.words import in_words

SCHEMA = Schema(
    (
        Field("amount", Kind.NUMBER),
        Field("paid_at", Kind.TIME, Role.TIME, "the only column of times"),
        Field("fraud", Kind.FLAG, Role.LABEL),
        Field("uuid", Kind.TEXT, Role.ID, "every value is different"),
    )
)


def test_with_a_clock_the_default_is_five_alerts_a_day_and_else_twenty_a_file() -> None:
    assert Goal().policy(clock=True).in_words() == "at most 5 alerts a day"
    assert Goal().policy(clock=False).in_words() == "at most 20 alerts for the file"


@pytest.mark.parametrize("key", BUDGETS)
def test_every_budget_has_a_policy_that_keeps_it_and_says_so(key: str) -> None:
    value = 3 if key.startswith("alerts") else 0.02
    words = Goal.make({key: value}).policy(clock=True).in_words()
    assert "3" in words or "2%" in words


def test_two_budgets_are_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="alerts_per_day and fdr"):
        Goal(alerts_per_day=3, fdr=0.1)


def test_one_cost_alone_is_refused() -> None:
    with pytest.raises(ParameterError, match="pairs"):
        Goal(cost_of_miss=3)


def test_a_budget_a_day_needs_a_clock() -> None:
    with pytest.raises(ParameterError, match="--time"):
        Goal(alerts_per_day=3).policy(clock=False)


@pytest.mark.parametrize(("key", "value"), [("alerts_per_day", 0), ("alerts", 0), ("fdr", 0.7), ("direction", "up")])
def test_values_out_of_range_are_refused_by_name(key: str, value: object) -> None:
    with pytest.raises((ParameterError, ParameterTypeError), match=key):
        Goal.make({key: value})


def test_a_mistyped_key_is_met_with_the_right_one() -> None:
    with pytest.raises(UnknownNameError, match="alerts_per_day"):
        Goal.make({"alert_per_day": 3})


def test_a_file_and_flags_are_joined_and_flags_win(tmp_path: Path) -> None:
    file = tmp_path / "goal.toml"
    file.write_text('find = "fraud"\nalerts_per_day = 3\nlabel = "y"\nignore = ["a", "b"]\n')
    goal = goal_from(file, {"fdr": 0.1, "label": None, "find": None})
    assert (goal.find, goal.label, goal.budget, goal.ignore) == ("fraud", "y", "fdr", ("a", "b"))


@pytest.mark.parametrize("text", ["alerts = = 3", "alerts = 'three'", "whatever = 1"])
def test_a_bad_goal_file_is_refused_with_what_is_wrong(tmp_path: Path, text: str) -> None:
    file = tmp_path / "goal.toml"
    file.write_text(text)
    with pytest.raises((UnreadableError, UnknownNameError, ParameterTypeError), match=r"goal"):
        goal_from(file, {})
    with pytest.raises(UnreadableError, match="cannot be read"):
        goal_from(tmp_path / "none.toml", {})


def test_the_echo_says_what_was_decided_and_why() -> None:
    goal = Goal(find="fraud", direction="high")
    text = " ".join(in_words(goal, SCHEMA, goal.policy(clock=True)))
    for said in ("fraud", "at most 5 alerts a day", "paid_at (the only column of times)", "fraud is the label", "uuid", "high"):
        assert said in text
    bare = Schema((Field("amount", Kind.NUMBER),))
    assert "no labels" in " ".join(in_words(Goal(clean=True), bare, Goal().policy(clock=False)))


@pytest.mark.parametrize("seed", range(20))
def test_the_cheapest_level_is_the_best_of_all_levels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p = rng.integers(1, 30, size=60) / 30
    labels = rng.integers(-1, 2, size=60).astype(np.int8)

    def cost(level: float) -> float:
        raised = p <= level
        return 5 * np.sum((labels == 1) & ~raised) + 2 * np.sum((labels == 0) & raised)

    best = min(cost(level) for level in [0.0, *p])
    policy = policy_for(Goal(cost_of_miss=5, cost_of_false_alarm=2), clock=False, p_values=p, labels=labels)
    assert policy.name == "least-cost"
    assert cost(float(policy.cheapest)) == best
    told = worthwhile_levels(p, labels)
    assert told["levels"][0] == 0
    assert np.all(np.diff(told["missed"]) < 0)


def test_kinds_are_told_as_column_and_kind() -> None:
    assert Goal(kind=("zip=category", "a=b=number")).kinds == {"zip": "category", "a=b": "number"}
    with pytest.raises(ParameterError, match="zip=whatever"):
        Goal(kind=("zip=whatever",))


def test_a_budget_by_rows_needs_no_clock() -> None:
    assert Goal(alerts_per_10000_rows=2.5).policy(clock=False).in_words() == "at most 2.5 alerts per 10,000 rows"
