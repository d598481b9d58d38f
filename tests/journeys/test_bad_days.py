"""The days on which something is wrong with the file, the disk or the model: a named error or a finding, and nothing half-written."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest

Call = Callable[..., SimpleNamespace]
RNG = np.random.default_rng(3)
GOOD = "\n".join(["a,b,kind", *(f"{x:.3f},{y:.3f},{'red' if x > 0 else 'blue'}" for x, y in RNG.normal(size=(300, 2)))]) + "\n"


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("what", "content", "says"),
    [
        ("an empty file", b"", "empty"),
        ("a header and nothing else", b"a,b,c\n", "row"),
        ("every value missing", b"a,b\n" + b",\n" * 200, "No column is left"),
        ("one constant column", b"a\n" + b"7\n" * 200, "No column is left"),
        ("bytes that are no text", bytes(range(256)) * 40, "table.csv"),
    ],
)
def test_a_file_with_nothing_to_learn_from_is_refused_by_name(
    standout: Call, tmp_path: Path, what: str, content: bytes, says: str
) -> None:
    done = standout("run", written(tmp_path, content), "--out", tmp_path / "run")
    assert done.code == 3, what
    assert says in done.err
    assert len(done.err.strip().splitlines()) <= 3
    assert not (tmp_path / "run").exists()


HEAD, BODY = GOOD.split("\n", 1)


@pytest.mark.parametrize(
    ("what", "content", "code"),
    [
        ("columns of one name", GOOD.replace("a,b,kind", "a,a,kind"), "column-renamed"),
        ("ragged lines", GOOD + "1,2\n1,2,red,4\n", "ragged-rows"),
        ("a word among numbers", GOOD + "one,2,red\n", "not-converted"),
        ("infinite numbers", GOOD + "inf,2,red\n-inf,1,red\n", "infinite-values"),
        ("a label with one class", GOOD.replace("kind", "label").replace("blue", "red"), "label-one-class"),
        ("an encoding of its own", GOOD.replace("blue", "größer").encode("latin-1"), "encoding-guessed"),
    ],
)
def test_a_file_with_a_flaw_is_read_and_the_flaw_is_told(
    standout: Call, tmp_path: Path, what: str, content: str | bytes, code: str
) -> None:
    flags = ["--label", "label"] if code == "label-one-class" else []
    done = standout("run", written(tmp_path, content), "--out", tmp_path / "run", "--json", *flags)
    assert done.code == 0, (what, done.out, done.err)
    assert code in {f["code"] for f in json.loads(done.out)["findings"]}, what


def test_rows_that_are_left_out_are_told_where_the_result_is_read(standout: Call, tmp_path: Path) -> None:
    told = GOOD.replace("kind", "label").replace("blue", "normal").replace("red", "normal") + "1,2\n"
    done = standout("run", written(tmp_path, told), "--out", tmp_path / "run", "--label", "label")
    assert done.code == 0
    assert "left out (1 of them), the first on line 302" in done.err
    assert "Worth a look: The label label has one class only" in done.err


@pytest.mark.parametrize("rows", [1, 2, 5, 30])
def test_a_few_rows_are_scored_or_refused_by_name_and_never_crash(standout: Call, tmp_path: Path, rows: int) -> None:
    done = standout("run", written(tmp_path, "\n".join(GOOD.split("\n")[: rows + 1]) + "\n"), "--out", tmp_path / "run")
    assert done.code in (0, 3)
    assert "Traceback" not in done.err
    assert done.code == 0 or "row" in done.err


def test_one_column_is_enough(standout: Call, tmp_path: Path) -> None:
    values = [*RNG.normal(size=300).round(3).tolist(), 55.0]
    done = standout("run", written(tmp_path, "value\n" + "\n".join(map(str, values)) + "\n"), "--out", tmp_path / "run", "--json")
    assert json.loads(done.out)["strongest"][0]["row"] == 300


def test_huge_numbers_do_not_drown_what_else_stands_out(standout: Call, tmp_path: Path) -> None:
    done = standout("run", written(tmp_path, GOOD + "1e308,0,red\n0.1,9,blue\n"), "--out", tmp_path / "run", "--json")
    assert {300, 301} <= {r["row"] for r in json.loads(done.out)["strongest"]}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from standout.deploy.cli import main

    folder = tmp_path_factory.mktemp("model")
    with pytest.raises(SystemExit):
        main(["train", str(written(folder, GOOD)), "--out", str(folder / "m.standout")])
    return folder / "m.standout"


def test_at_scoring_columns_may_be_missing_extra_or_reordered_and_categories_unseen(
    standout: Call, model: Path, tmp_path: Path
) -> None:
    new = "more,kind,b\nx,red,0.1\ny,green,0.1\n"
    done = standout("score", model, written(tmp_path, new), "--out", tmp_path / "s.parquet", "--json")
    assert {f["code"] for f in json.loads(done.out)["findings"]} >= {"column-absent", "column-extra"}
    scores = pq.read_table(tmp_path / "s.parquet")["score"].to_pylist()
    assert scores[1] > scores[0]


def test_a_table_of_other_columns_is_refused(standout: Call, model: Path, tmp_path: Path) -> None:
    done = standout("score", model, written(tmp_path, "x,y\n1,2\n3,4\n"), "--out", tmp_path / "s.csv")
    assert done.code == 3
    assert "kind" in done.err
    assert not (tmp_path / "s.csv").exists()


@pytest.mark.parametrize("damage", ["truncated", "altered", "empty", "text"])
def test_a_damaged_model_is_refused_by_name(standout: Call, model: Path, tmp_path: Path, damage: str) -> None:
    whole = model.read_bytes()
    altered = bytearray(whole)
    altered[len(whole) // 2] ^= 255
    content = {"truncated": whole[: len(whole) // 2], "altered": bytes(altered), "empty": b"", "text": b"hello"}[damage]
    broken = written(tmp_path, content, "broken.standout")
    done = standout("score", broken, written(tmp_path, GOOD))
    assert done.code == 4
    assert "broken.standout" in done.err


def test_a_full_disk_leaves_the_old_results_whole_and_nothing_of_the_new(
    standout: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = written(tmp_path, GOOD)
    assert standout("run", table, "--out", tmp_path / "run").code == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = standout("run", table, "--out", tmp_path / "run", "--seed", 9)
    assert done.code == 5
    assert "No space left" in done.err
    assert {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir()} == before


def test_names_and_values_that_look_like_code_are_shown_as_text(standout: Call, tmp_path: Path) -> None:
    hostile = GOOD.replace("a,b,kind", '<script>alert(1)</script>,"=HYPERLINK(""x"")",kind').replace("blue", "=1+1")
    assert standout("run", written(tmp_path, hostile), "--out", tmp_path / "run", "--share", "0.05").code == 0
    page = (tmp_path / "run" / "report.html").read_text()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "'=1+1" in (tmp_path / "run" / "alerts.csv").read_text()


def test_the_password_of_a_database_is_in_nothing_that_a_run_leaves_behind(
    standout: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "rows.db"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE rows (a REAL, b REAL)")
        connection.executemany("INSERT INTO rows VALUES (?, ?)", RNG.normal(size=(200, 2)).tolist())
    url = f"sqlite:///{database}?token=s3same"
    monkeypatch.setattr("sys.argv", ["standout", "run", url, "postgresql://anna:s3same@host/db", "--out", "run"])
    assert standout("run", f"sqlite:///{database}", "--out", tmp_path / "run").code == 0
    left = [path for path in (tmp_path / "run").iterdir() if b"s3same" in path.read_bytes()]
    assert left == []
    assert "postgresql://anna:***@host/db" in (tmp_path / "run" / "run.toml").read_text()
