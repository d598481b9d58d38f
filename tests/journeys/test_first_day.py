"""The first day of someone who has a file and wants to know what stands out in it."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

from standout.deploy.cli import main, verb_files


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with example payments and the results of a run over them."""
    folder = tmp_path_factory.mktemp("home")
    for arguments in (
        ["example", "payments", folder / "payments.csv", "--rows", "2000"],
        ["run", folder / "payments.csv", "--label", "fraud", "--out", folder / "run", "--alerts", "30"],
    ):
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in arguments])
        assert left.value.code in (0, None)
    return folder


class Page(HTMLParser):
    """What a browser would be asked to fetch, and the words a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href") and value and re.match(r"(https?:)?//", value):
                self.fetched.append(value)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_one_command_gives_a_report_alerts_a_model_and_how_to_repeat_it(home: Path) -> None:
    assert {p.name for p in (home / "run").iterdir()} == {
        "report.html",
        "alerts.csv",
        "alerts.parquet",
        "model.standout",
        "run.toml",
    }
    page = Page((home / "run" / "report.html").read_text())
    assert not page.fetched
    assert "at most 30 alerts" in page.words
    settings = tomllib.loads((home / "run" / "run.toml").read_text())
    assert settings["goal"]["label"] == "fraud"
    assert settings["rows"] == 2000
    assert len(settings["model_digest"]) == 64


def test_alerts_come_strangest_first_with_a_reason_each(home: Path) -> None:
    with (home / "run" / "alerts.csv").open() as file:
        alerts = list(csv.DictReader(file))
    assert 0 < len(alerts) <= 30
    severities = [float(a["severity"]) for a in alerts]
    assert severities == sorted(severities, reverse=True)
    assert all(a["reason"] and a["because_of"] for a in alerts)
    assert pq.read_table(home / "run" / "alerts.parquet").num_rows == len(alerts)
    assert sum(a["fraud"] != "normal" for a in alerts) >= len(alerts) / 3


def test_the_same_run_again_gives_the_same_model_to_the_byte(home: Path, standout: Callable[..., SimpleNamespace]) -> None:
    again = standout("run", home / "payments.csv", "--label", "fraud", "--out", home / "again", "--alerts", "30")
    assert again.code == 0
    for name in ("model.standout", "alerts.csv"):
        assert (home / "again" / name).read_bytes() == (home / "run" / name).read_bytes()
    other = standout("run", home / "payments.csv", "--label", "fraud", "--out", home / "other", "--alerts", "30", "--seed", 1)
    assert other.code == 0
    assert (home / "other" / "model.standout").read_bytes() != (home / "run" / "model.standout").read_bytes()


def test_three_lines_say_what_was_found_where_the_report_is_and_what_to_do_next(
    home: Path, standout: Callable[..., SimpleNamespace]
) -> None:
    done = standout("run", home / "payments.csv", "--label", "fraud", "--out", home / "lines")
    lines = done.out.splitlines()
    assert len(lines) == 3
    assert "of 2,000 rows stand out" in lines[0]
    assert lines[1].endswith("report.html")
    assert "standout score" in lines[2]
    assert "seed 0" in lines[2]


def test_for_machines_the_result_is_json(home: Path, standout: Callable[..., SimpleNamespace]) -> None:
    done = standout("run", home / "payments.csv", "--label", "fraud", "--out", home / "json", "--json")
    said = json.loads(done.out)
    assert said["rows"] == 2000
    assert said["auroc"] > 0.6
    assert Path(said["model"]).exists()
    assert said["strongest"][0]["sentence"]


def test_a_saved_model_scores_a_new_file_row_by_row_as_it_scores_it_whole(
    home: Path, standout: Callable[..., SimpleNamespace], tmp_path: Path
) -> None:
    standout("example", "payments", tmp_path / "new.csv", "--rows", 300, "--seed", 5)
    for name in ("a.csv", "a.parquet", "a.jsonl"):
        assert standout("score", home / "run" / "model.standout", tmp_path / "new.csv", "--out", tmp_path / name).code == 0
    whole = pq.read_table(tmp_path / "a.parquet").to_pandas()
    assert len(whole) == 300
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 300
    lines = (tmp_path / "new.csv").read_text().splitlines()
    for row in (0, 7, 299):
        (tmp_path / "one.csv").write_text(f"{lines[0]}\n{lines[row + 1]}\n")
        standout("score", home / "run" / "model.standout", tmp_path / "one.csv", "--out", tmp_path / "one.parquet")
        assert pq.read_table(tmp_path / "one.parquet")["score"][0].as_py() == whole["score"][row]
    reordered = "\n".join(",".join(reversed(line.split(","))) for line in lines)
    (tmp_path / "reordered.csv").write_text(reordered)
    standout("score", home / "run" / "model.standout", tmp_path / "reordered.csv", "--out", tmp_path / "r.parquet")
    assert np.array_equal(pq.read_table(tmp_path / "r.parquet")["score"].to_numpy(), whole["score"].to_numpy())


def test_detect_explain_evaluate_and_inspect_work_from_the_model_file(
    home: Path, standout: Callable[..., SimpleNamespace]
) -> None:
    model, file = home / "run" / "model.standout", home / "payments.csv"
    found = standout("detect", model, file, "--json")
    assert found.code == 0
    assert 0 < len(found.out.splitlines()) <= 30
    why = standout("explain", model, file, "--row", 3, "--row", 1500)
    assert why.out.count("severity") == 2
    first, whole = map(json.loads, standout("explain", model, file, "--top", 1, "--json").out.splitlines())
    assert first["columns"]
    assert whole["overview"]
    measured = json.loads(standout("evaluate", model, file, "--json").out)
    assert measured["auroc"]["value"] > 0.6
    assert "auroc" in standout("evaluate", model, file).out
    shown = standout("inspect", model)
    assert "conformal" in shown.out
    assert "'fraud'" in shown.out
    assert json.loads(standout("inspect", model, "--json").out)["format"] == 2


def test_a_profile_alone_can_be_had_as_text_json_and_html(
    home: Path, standout: Callable[..., SimpleNamespace], tmp_path: Path
) -> None:
    assert "2,000 rows" in standout("profile", home / "payments.csv").out
    assert json.loads(standout("profile", home / "payments.csv", "--json").out)["rows"] == 2000
    assert standout("profile", home / "payments.csv", "--out", tmp_path / "p.html").code == 0
    assert not Page((tmp_path / "p.html").read_text()).fetched
    assert standout("profile", home / "payments.csv", "--out", tmp_path / "p.pdf").code == 2


def test_a_gate_that_is_not_met_is_said_and_leaves_with_its_code(home: Path, standout: Callable[..., SimpleNamespace]) -> None:
    done = standout(
        "run", home / "payments.csv", "--label", "fraud", "--out", home / "gate", "--min-auroc", 0.9999, "--max-alerts", 500
    )
    assert done.code == 10
    assert "min_auroc" in done.err
    assert "max_alerts" not in done.err
    assert (home / "gate" / "report.html").exists()


def test_a_goal_file_and_flags_share_their_keys(home: Path, standout: Callable[..., SimpleNamespace], tmp_path: Path) -> None:
    (tmp_path / "goal.toml").write_text('find = "fraud"\nlabel = "fraud"\nalerts = 7\n')
    done = standout("run", home / "payments.csv", "--goal", tmp_path / "goal.toml", "--out", tmp_path / "run", "--json")
    assert json.loads(done.out)["promise"] == "at most 7 alerts for the file"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "nowhere.csv"], 3, "nowhere.csv"),
        (["run", "{home}"], 3, "folder"),
        (["run", "{home}/payments.csv", "--label", "fruad"], 2, "fraud"),
        (["run", "{home}/payments.csv", "--alerts", "3", "--fdr", "0.1"], 2, "two budgets"),
        (["run", "{home}/payments.csv", "--detector", "isolationforest"], 2, "isolation-forest"),
        (["run", "{home}/payments.csv", "--detector", "isolation-forest", "--set", "trees=0"], 2, "trees"),
        (["run", "{home}/payments.csv", "--out", "{home}/payments.csv"], 5, "file"),
        (["score", "{home}/payments.csv", "{home}/payments.csv"], 4, "model file"),
        (["score", "{home}/run/model.standout", "{home}/payments.csv", "--out", "{home}/x.docx"], 2, ".parquet"),
        (["explain", "{home}/run/model.standout", "{home}/payments.csv", "--row", "99999"], 2, "99999"),
        (["example", "paymets", "{home}/x.csv"], 2, "payments"),
    ],
)
def test_a_mistake_is_met_with_what_and_what_to_try_and_no_traceback(
    home: Path, standout: Callable[..., SimpleNamespace], arguments: list[str], code: int, said: str
) -> None:
    done = standout(*(a.format(home=home) for a in arguments))
    assert done.code == code
    assert said in done.err
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) <= 3
    assert not (home / "x.docx").exists()


def test_errors_are_json_too_when_asked(home: Path, standout: Callable[..., SimpleNamespace]) -> None:
    done = standout("run", home / "none.csv", "--json")
    assert json.loads(done.out)["error"]["code"] == "unreadable"
    assert done.code == 3


def test_every_verb_has_help(standout: Callable[..., SimpleNamespace]) -> None:
    for verb in verb_files():
        assert standout(verb, "--help").code == 0
    assert all(verb in standout("--help").out for verb in verb_files())


def test_in_a_notebook_the_same_run_is_three_names(home: Path) -> None:
    import pandas as pd

    import standout as so

    frame = pd.read_csv(home / "payments.csv")
    made = so.run(frame, so.Goal(label="fraud", alerts=10))
    assert int(made.alarms.sum()) == len(made.alerts.table) <= 10
    assert made.reasons[0].sentence
    assert "<html" in so.report(made)
    made.model.save(home / "notebook.standout")
    assert so.load(home / "notebook.standout").digest == made.model.digest
