"""Someone who has a model and asks what another budget would mean."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from standout.core import store
from standout.deploy.cli import main


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("budgets")
    for arguments in (
        ["example", "payments", folder / "payments.csv", "--rows", "1500"],
        ["train", folder / "payments.csv", "--label", "fraud", "--detector", "isolation-forest", "--out", folder / "m.standout"],
    ):
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in arguments])
        assert left.value.code in (0, None)
    return folder


Call = Callable[..., SimpleNamespace]


def test_a_threshold_changes_the_promise_and_nothing_else(home: Path, standout: Call) -> None:
    model, other = home / "m.standout", home / "other.standout"
    done = standout("threshold", model, "--alerts-per-day", "3", "--out", other)
    assert done.code == 0
    assert done.out.split("\n")[:2] == ["before  at most 5 alerts a day", "now     at most 3 alerts a day"]
    assert "nothing was fitted again" in done.err
    (before, arrays), (after, same) = store.read(model), store.read(other)
    assert after.pop("policy") == {"part": "per-day", "alerts": 3.0, "level": 0.01}
    before.pop("policy")
    assert before == after
    assert all(np.array_equal(arrays[k], same[k], equal_nan=arrays[k].dtype.kind == "f") for k in arrays)


@pytest.mark.parametrize(
    ("flags", "policy"),
    [
        (["--alerts-per-10000-rows", "2"], {"part": "per-rows", "alerts": 2.0, "rows": 10_000}),
        (["--fdr", "0.1"], {"part": "false-discovery-rate", "rate": 0.1}),
        (["--policy", "saffron", "--set", "rate=0.1"], {"part": "saffron", "rate": 0.1}),
        (["--set", "level=0.001"], {"part": "per-day", "alerts": 5.0, "level": 0.001}),
        (["--cost-of-miss", "50", "--cost-of-false-alarm", "2"], {"part": "least-cost", "miss": 50.0, "false_alarm": 2.0}),
    ],
)
def test_any_budget_can_be_asked_for(home: Path, standout: Call, flags: list[str], policy: dict[str, object]) -> None:
    done = standout("threshold", home / "m.standout", *flags, "--out", home / "x.standout", "--json")
    assert done.code == 0
    assert json.loads(done.out)["new"].items() >= policy.items()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "No budget was told"),
        (["--alerts", "3", "--share", "0.1"], "two budgets"),
        (["--alerts", "3", "--policy", "level"], "two budgets"),
        (["--policy", "perday"], "Did you mean per-day?"),
        (["--policy", "saffron", "--set", "rat=0.1"], "Did you mean rate"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(home: Path, standout: Call, flags: list[str], said: str) -> None:
    done = standout("threshold", home / "m.standout", *flags)
    assert done.code == 2
    assert said in done.err


def test_a_replay_says_what_would_have_been_raised_and_when(home: Path, standout: Call) -> None:
    done = standout("replay", home / "m.standout", home / "payments.csv", "--alerts-per-day", "5", "-q")
    assert done.code == 0
    assert done.out.startswith("At most 5 alerts a day: ")
    assert "a day; the most on one day were" in done.out
    assert "The strongest of them:" in done.out
    assert "precision   recall" in done.out
    assert done.out.count("alerts a day  ") >= 4
    assert "is what the model was fitted on" in done.err
    found = json.loads(standout("replay", home / "m.standout", home / "payments.csv", "--alerts-per-day", "5", "--json").out)
    assert found["alerts"] == sum(found["by_day"].values())
    assert len(found["budgets"]) == 6
    assert all(row["reason"] for row in found["strongest"])


def test_rows_like_those_learned_from_have_not_drifted_and_changed_ones_are_named(home: Path, standout: Call) -> None:
    done = standout("drift", home / "m.standout", home / "payments.csv", "-q", "--gate")
    assert done.code == 0
    assert done.out.startswith("Nothing moved in 1,500 rows.")
    with (home / "payments.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows):
        row["amount"] = str(3 * float(row["amount"] or 1))
        row["country"] = "ZZ" if i % 4 == 0 else row["country"]
    with (home / "moved.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    done = standout("drift", home / "m.standout", home / "moved.csv", "-q", "--gate")
    assert done.code == 10
    assert "amount moved: its middle value is" in done.out
    assert "country moved: " in done.out
    found = json.loads(standout("drift", home / "m.standout", home / "moved.csv", "--json").out)
    assert found["drifted"]
    assert {c["column"] for c in found["columns"] if c["moved"]} == {"amount", "country"}
