"""`standout compare`: detectors side by side on one file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from standout.core.registry import find, names
from standout.core.steps import Steps
from standout.data.opening import open_source
from standout.data.survey import survey
from standout.deploy import comparing
from standout.deploy.comparing import compare_source
from standout.flow import hints_of
from standout.goal.goal import Goal

FEW = "isolation-forest,k-nearest-neighbours,cleaned"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Two correlated columns, one in fifty rows off the line and labelled."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    y = x + rng.normal(size=300) * 0.1
    odd = np.arange(300) % 50 == 7
    y[odd] -= 4
    lines = ["x,y,odd", *(f"{a:.4f},{b:.4f},{'bad' if o else 'fine'}" for a, b, o in zip(x, y, odd, strict=True))]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_file_is_compared_and_one_detector_recommended_with_reasons(
    standout: Callable[..., SimpleNamespace], rows: Path
) -> None:
    done = standout("compare", rows, "--detectors", FEW, "--ignore", "odd")
    assert done.code == 0, done.err
    assert all(name in done.out for name in FEW.split(","))
    assert "Use cleaned." in done.out or "is blind to something" in done.out
    assert "What this does not prove:" in done.out
    assert "Next:   standout run" in done.out


def test_the_next_command_repeats_the_goal(standout: Callable[..., SimpleNamespace], rows: Path) -> None:
    flags = ("--label", "odd", "--kind", "x=number", "--clean")
    done = standout("compare", rows, "--detectors", "ecod,pca", *flags)
    last = done.out.strip().splitlines()[-1]
    assert last.startswith("Next:   standout run")
    assert "--label odd --kind x=number --clean --detector" in last
    again = standout(*shlex.split(last.removeprefix("Next:   standout ")), "--out", rows.parent / "made")
    assert again.code == 0, again.err


def test_labels_bring_auroc_and_decide(standout: Callable[..., SimpleNamespace], rows: Path) -> None:
    found = json.loads(standout("compare", rows, "--detectors", FEW, "--label", "odd", "--json").out)
    assert {r["detector"]["part"] for r in found["compared"]} == set(FEW.split(","))
    best = max(found["compared"], key=lambda r: r["average_precision"]["value"])
    assert found["recommended"] == best["detector"]
    assert sum(r["default"] for r in found["compared"]) == 1
    assert found["cautions"]
    assert (found["label"], found["anomalies"]) == ("odd", 6)


def test_the_table_says_by_which_column_rows_are_anomalies(standout: Callable[..., SimpleNamespace], rows: Path) -> None:
    assert (
        "6 of these rows are anomalies by the column odd" in standout("compare", rows, "--detectors", "pca", "--label", "odd").out
    )
    assert "anomalies by" not in standout("compare", rows, "--detectors", "pca", "--ignore", "odd").out


def test_the_same_seed_recommends_the_same_with_the_same_figures(rows: Path) -> None:
    def figures() -> list[tuple[float | None, float | None]]:
        detectors = [find("detector", n)() for n in ("isolation-forest", "k-nearest-neighbours")]
        return [(r.strange, r.stability) for r in compare_source(rows, Goal(label="odd"), detectors=detectors, seed=3).compared]

    assert figures() == figures()


def test_a_wrapped_estimator_is_compared_by_the_path_of_its_class(standout: Callable[..., SimpleNamespace], rows: Path) -> None:
    done = standout("compare", rows, "--detectors", "isolation-forest,sklearn.covariance.EllipticEnvelope", "--label", "odd")
    assert done.code == 0, done.err
    assert "Use sklearn.covariance.EllipticEnvelope." in done.out
    assert "--detector sklearn.covariance.EllipticEnvelope" in done.out


def test_a_table_of_events_is_not_compared_with_sequence_detectors_though_it_has_a_clock(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    moments = np.sort(rng.integers(0, 10**6, 300))
    kinds = np.array(["shop", "game", "food"])
    events = [
        f"{np.datetime64('2026-01-01') + int(s)},{kinds[s % 3]},{a:.3f}"
        for s, a in zip(moments, rng.normal(size=300), strict=True)
    ]
    (tmp_path / "events.csv").write_text("\n".join(["at,kind,amount", *events]) + "\n")
    steps = [f"{np.datetime64('2026-01-01') + 60 * i},{np.sin(i / 9) + 0.1 * rng.normal():.3f}" for i in range(300)]
    (tmp_path / "series.csv").write_text("\n".join(["at,load", *steps]) + "\n")
    for name, wanted in (("events.csv", {"rows"}), ("series.csv", {"rows", "sequence"})):
        source = open_source(tmp_path / name)
        surveyed = survey(source, hints_of(Goal()), np.random.default_rng(0))
        assert {d.kind for d in comparing._fitting(surveyed, source)} == wanted


def test_a_series_is_compared_in_order_of_time_with_a_sequence_detector(tmp_path: Path) -> None:
    t = np.arange(400)
    lines = ["time,v", *(f"2026-01-{1 + i // 96:02d} {i // 4 % 24:02d}:{i % 4 * 15:02d},{np.sin(i / 4):.4f}" for i in t)]
    (tmp_path / "series.csv").write_text("\n".join(lines) + "\n")
    detectors = [find("detector", n)() for n in ("isolation-forest", "subsequence-pca")]
    found = compare_source(tmp_path / "series.csv", detectors=detectors)
    assert [r.detector.name for r in found.compared] == ["subsequence-pca", "isolation-forest"]
    assert not any(r.failed for r in found.compared)


def test_whoever_watches_hears_of_every_detector(rows: Path) -> None:
    heard: list[tuple[int, str]] = []

    class Listening(Steps):
        def phase(self, number: int, title: str) -> None:
            heard.append((number, title))

    compare_source(rows, detectors=[find("detector", "pca")()], steps=Listening())
    assert heard == [(2, "Data"), (3, "Preparation"), (4, "pca (1 of 1)")]


def test_a_detector_that_refuses_the_rows_is_listed_with_its_reason(
    standout: Callable[..., SimpleNamespace], tmp_path: Path
) -> None:
    (tmp_path / "few.csv").write_text("\n".join(["a,b", *(f"{i},{i * i % 7}" for i in range(12))]) + "\n")
    done = standout("compare", tmp_path / "few.csv", "--detectors", "local-outlier-factor,isolation-forest")
    assert done.code == 0, done.err
    assert "local-outlier-factor" in done.out
    assert "needs at least" in done.out
    assert "Use isolation-forest." in done.out


def test_a_sample_of_one_label_is_compared_without_labels_and_says_so(rows: Path) -> None:
    text = rows.read_text().replace("bad", "fine")
    rows.write_text(text.replace("fine\n", "bad\n", 1))
    found = compare_source(rows, Goal(label="odd"), detectors=[find("detector", "pca")()], rows=50, seed=1)
    assert [f.code for f in found.findings] == ["compared-without-labels"]
    assert found.compared[0].auroc is None


def test_an_unknown_detector_is_refused_with_near_names(standout: Callable[..., SimpleNamespace], rows: Path) -> None:
    done = standout("compare", rows, "--detectors", "isolation-forrest")
    assert done.code == 2
    assert "isolation-forest" in done.err


def test_without_names_every_row_detector_that_needs_no_labels_is_chosen(rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from standout.deploy import comparing

    asked: list[str] = []

    def instead(detectors: list[Any], *_: object, **__: object) -> None:
        asked.extend(d.name for d in detectors)
        raise KeyboardInterrupt

    monkeypatch.setattr(comparing, "compare", instead)
    with pytest.raises(KeyboardInterrupt):
        compare_source(rows)
    wanted = {n for n in names("detector") if find("detector", n).kind == "rows" and find("detector", n).learns_from != "labels"}
    assert set(asked) == wanted - {"wrapped"}
