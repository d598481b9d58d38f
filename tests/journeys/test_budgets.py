"""Someone who has a model and asks what another budget would mean."""

from __future__ import annotations

import csv
import json
import re
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


def test_a_level_that_cannot_be_promised_is_told_with_the_least_that_can_and_the_rows_it_takes(
    home: Path, standout: Call
) -> None:
    done = standout("threshold", home / "m.standout", "--level", "1e-9", "--out", home / "x.standout")
    assert done.code == 0
    assert "cannot be promised: the least that conformal-tail can promise" in done.err
    assert "Learn from" in done.err
    told = json.loads(standout("threshold", home / "m.standout", "--level", "1e-9", "--out", home / "x.standout", "--json").out)
    assert [f["code"] for f in told["findings"]] == ["level-out-of-reach"]
    assert standout("threshold", home / "m.standout", "--level", "0.01", "--out", home / "x.standout").err.count("\n") == 1


def test_training_tells_of_a_rate_out_of_reach_and_takes_a_calibrator_by_name(home: Path, standout: Call) -> None:
    model, data = home / "counted.standout", home / "payments.csv"
    flags = ("--detector", "isolation-forest", "--calibrator", "conformal", "--calibrator-set", "most=200", "--fdr", "0.01")
    done = standout("train", data, "--label", "fraud", *flags, "--out", model)
    assert done.code == 0
    assert "with at most 1% of the alerts false, a file of 1,500 rows raises none unless 747 or more are that strange" in done.err
    assert store.inspect(model)["calibrator"] == {"part": "conformal", "most": 200}
    assert standout("train", data, "--calibrator-set", "most=200").code == 2
    assert standout("train", data, "--calibrator", "nothing").code == 2


def test_an_evaluation_holds_the_promise_against_rows_labelled_normal(home: Path, standout: Call) -> None:
    done = standout("evaluate", home / "m.standout", home / "payments.csv")
    assert "false alarms on the rows labelled normal, promised and realised" in done.out
    told = json.loads(standout("evaluate", home / "m.standout", home / "payments.csv", "--json").out)
    assert [k["level"] for k in told["kept"]] == [0.001, 0.01, 0.05, 0.1]


def test_the_report_of_a_run_holds_the_promise_against_rows_held_out(home: Path, standout: Call) -> None:
    done = standout("run", home / "payments.csv", "--detector", "isolation-forest", "--out", home / "run", "-q")
    assert done.code == 0
    page = (home / "run" / "report.html").read_text()
    assert "Are false alarms as rare as promised?" in page
    judged = re.search(r"(\d+) rows of the other half were judged", page)
    assert judged is not None
    assert 700 <= int(judged[1]) <= 750  # half of them, without those labelled as anomalies


def shifts(path: Path, n: int, nights: float, seed: int) -> Path:
    """Readings of a machine whose nights are loaded more and shake more."""
    rng = np.random.default_rng(seed)
    night = rng.random(n) < nights
    load = rng.normal(50, 5, n) + 20 * night
    shaking = 1 + 0.05 * load * np.abs(rng.normal(1, 0.3 * (1 + 2 * night), n))
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["load", "shaking"])
        writer.writerows(zip(load.round(3).tolist(), shaking.round(4).tolist(), strict=True))
    return path


def test_a_null_that_keeps_its_rows_is_weighed_toward_how_rows_come_now(home: Path, standout: Call) -> None:
    model, now = home / "weighted.standout", home / "now.standout"
    old, new, fresh = (shifts(home / f"{i}.csv", 2_500, nights, i) for i, nights in enumerate((0.1, 0.5, 0.5)))
    flags = ("--detector", "k-nearest-neighbours", "--calibrator", "conformal-weighted", "--level", "0.05")
    assert standout("train", old, *flags, "--out", model).code == 0
    done = standout("reweigh", model, new, "--out", now)
    assert done.code == 0
    assert "The null was weighted toward the new rows: 2,500 training scores count as much as" in done.out
    raised = []
    for each in (model, now):
        told = json.loads(standout("score", each, fresh, "--out", home / "scores.csv", "--json").out)
        raised.append(told["alerts"] / told["rows"])
    assert raised[0] > 0.08
    assert 0.02 < raised[1] < 0.065
    assert "cannot be told from the 2,500 training rows" in standout("reweigh", model, old, "--out", now).out


def test_a_null_that_keeps_no_rows_says_what_to_fit_instead(home: Path, standout: Call) -> None:
    refused = standout("reweigh", home / "m.standout", home / "payments.csv")
    assert refused.code == 2
    assert "--calibrator conformal-weighted" in refused.err


def test_data_that_stopped_and_a_model_left_behind_stand_beside_the_alerts(home: Path, standout: Call) -> None:
    model, data = home / "m.standout", home / "payments.csv"
    with data.open() as lines:
        head, *rows = csv.reader(lines)
    clock, amount = head.index("time"), head.index("amount")
    rows = [row for row in rows if row[clock][:10] != "2024-03-09"]
    for row in rows:
        row[amount] = str(float(row[amount]) * 40)
    changed = home / "changed.csv"
    with changed.open("w", newline="") as out:
        csv.writer(out).writerows([head, *rows])
    done = standout("replay", model, changed, "-q")
    assert "And with the rank of an alert, beside the budget" in done.out
    told = json.loads(standout("replay", model, changed, "--json").out)
    assert {n["kind"] for n in told["notices"]} == {"stale-model", "stopped-data"}
    assert [n["since"][:10] for n in told["notices"] if n["kind"] == "stopped-data"] == ["2024-03-08"]
    drifted = standout("drift", model, data, "--as-of", "2025-01-01", "--json", "--gate")
    assert drifted.code == 10
    assert [n["kind"] for n in json.loads(drifted.out)["notices"]] == ["stopped-data"]
