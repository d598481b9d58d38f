"""Benchmark suites: the protocols as they are told, and tables that hide nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from standout.core.errors import ParameterError, UnknownNameError, UnreadableError
from standout.evaluate import suites
from standout.evaluate.suites import adbench, nsl_kdd, oddbench
from standout.evaluate.suites._asked import Asked, Result
from standout.evaluate.suites._tables import Task, detector_of, run_tables, table_of


def quiet(_: str) -> None: ...


def kdd_line(rng: np.random.Generator, attack: str) -> str:
    far = 50.0 * (attack != "normal")
    numbers = [f"{v:.3f}" for v in rng.normal(size=38) + far]
    return ",".join([numbers[0], rng.choice(["tcp", "udp"]), "http" if not far else "private", "SF", *numbers[1:], attack, "21"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sets in the layout of the public ones, so easy that every competitor is right."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name in ("adbench", "oddbench", "nsl-kdd"):
        (folder / name).mkdir()
    for name in ("1_one", "2_two", "3_three"):
        X = rng.normal(size=(120, 3))
        y = (np.arange(120) % 20 == 13).astype(int)
        np.savez(folder / "adbench" / f"{name}.npz", X=X + (np.arange(120) * y)[:, None], y=y)  # far out, and from each other
    np.savez(folder / "adbench" / "4_all_normal.npz", X=rng.normal(size=(40, 3)), y=np.zeros(40))
    test, labels = rng.normal(size=(60, 2)), (np.arange(60) % 10 == 0).astype(int)
    np.savez(folder / "oddbench" / "Odd.npz", train=rng.normal(size=(80, 2)), test=test + 9 * labels[:, None], test_labels=labels)
    train = [kdd_line(rng, "normal" if i % 3 else "neptune") for i in range(90)]
    (folder / "nsl-kdd" / "KDDTrain+.txt").write_text("\n".join(train) + "\n")
    lines = [kdd_line(rng, "normal" if i % 4 else "never-seen") for i in range(60)]
    (folder / "nsl-kdd" / "KDDTest+.txt").write_text("\n".join(lines) + "\n")
    return folder


def test_a_contaminated_fit_scores_the_rows_it_learned_from_and_a_one_class_fit_learns_from_half_of_the_normal_ones(
    data: Path,
) -> None:
    told: list[str] = []
    contaminated = list(adbench.tasks(Asked(data, seeds=2), "contaminated", told.append))
    assert [(t.name, t.seed) for t in contaminated] == [(n, s) for n in ("1_one", "2_two", "3_three") for s in (0, 1)]
    assert all(t.train is t.test and t.contaminated and t.labels.sum() == 6 for t in contaminated)
    assert "4_all_normal, seed 0: the sample holds one class only and is left out" in told
    for task in adbench.tasks(Asked(data, seeds=2), "one-class", quiet):
        assert len(task.train) == 57
        assert len(task.test) == 63
        assert task.labels.sum() == 6
        seen = {tuple(r) for r in np.column_stack([c.values for c in task.train.columns]).tolist()}
        assert not seen & {tuple(r) for r in np.column_stack([c.values for c in task.test.columns]).tolist()}


def test_a_cap_a_half_and_a_seed_choose_rows_and_sets_as_told(data: Path) -> None:
    assert [p.stem for p in Asked(data, half="even").files("adbench", "*.npz")] == ["1_one", "3_three"]
    assert [p.stem for p in Asked(data, half="odd").files("adbench", "*.npz")] == ["2_two", "4_all_normal"]
    capped = list(adbench.tasks(Asked(data, seeds=1, cap=70), "contaminated", quiet))
    assert all(len(t.train) == 70 for t in capped)
    again = list(adbench.tasks(Asked(data, seeds=1, cap=70), "contaminated", quiet))
    assert all(np.array_equal(a.train.columns[0].values, b.train.columns[0].values) for a, b in zip(capped, again, strict=True))


def test_nsl_kdd_learns_from_normal_traffic_alone_and_keeps_categories(data: Path) -> None:
    (task,) = nsl_kdd.tasks(Asked(data, seeds=1))
    assert len(task.train) == 60
    assert task.labels.sum() == 15
    assert len(task.train.columns) == 41
    assert set(task.train["f2"].texts()) == {"http"}
    train, test = task.plain
    assert train.shape[1] == test.shape[1] == 38 + 2 + 1 + 1  # a category that training never held has no column


def test_every_competitor_finds_anomalies_that_are_far_out(data: Path) -> None:
    asked = Asked(data, seeds=1, detectors=("k-nearest-neighbours", "sklearn.svm.OneClassSVM"))
    for suite, half in ((adbench, "odd"), (oddbench, "all"), (nsl_kdd, "all")):
        for result in suite.run(replace(asked, half=half), quiet):
            assert {"standout k-nearest-neighbours", "scikit-learn forest"} <= set(result.who)
            assert all(auroc > 95 for auroc, _ in result.mean.values()), result.markdown()
            assert not result.failed


def test_a_competitor_that_fails_is_named_and_the_mean_is_over_sets_that_all_have(data: Path) -> None:
    def breaks_on_two(task: Task) -> np.ndarray:
        if task.name == "2_two":
            raise ValueError("two is too many")
        return task.plain[1].sum(axis=1)

    asked = Asked(data, seeds=1, detectors=("pca",))
    tasks = adbench.tasks(asked, "contaminated", quiet)
    found = run_tables("Some", asked, (), {"fragile": breaks_on_two}, tasks, quiet)
    assert found.sets["2_two"]["fragile"] is None
    assert found.common == ("1_one", "3_three")
    assert "two is too many" in found.markdown()
    assert "**mean of 2**" in found.markdown()
    assert json.loads(json.dumps(found.as_dict()))["sets_in_mean"] == 2


def test_a_result_without_a_common_set_has_no_mean() -> None:
    found = Result("T", ("AUROC",), {"a": {"x": None, "y": (1.0,)}}, {"x": 0.0, "y": 0.0})
    assert found.mean == {}
    assert "mean" not in found.markdown()


def test_a_detector_is_asked_for_by_name_json_or_class() -> None:
    assert detector_of('{"part": "isolation-forest", "trees": 7}').trees == 7
    assert detector_of("sklearn.svm.OneClassSVM").estimator == "sklearn.svm.OneClassSVM"
    assert detector_of("pca").name == "pca"
    with pytest.raises(ParameterError, match="describes no detector"):
        detector_of("{part: pca}")


def test_preparation_is_fitted_on_the_training_rows_alone() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(50, 2)), rng.normal(size=(20, 2)) * 100
    task = Task("t", 0, table_of(train), table_of(test), np.zeros(20, np.int8), False)
    other = Task("t", 0, table_of(train), table_of(test[:3]), np.zeros(3, np.int8), False)
    assert np.array_equal(task.prepared[0].values, other.prepared[0].values)
    assert np.array_equal(task.plain[1][:3], other.plain[1])


def test_suites_are_found_by_the_name_of_their_file_and_say_their_protocols() -> None:
    for name in suites.names():
        found = suites.find(name)
        assert found.TITLE
        assert found.PROTOCOLS
    with pytest.raises(UnknownNameError, match="Did you mean adbench"):
        suites.find("adbensh")


def test_bench_prints_writes_and_lists(standout: Callable[..., SimpleNamespace], data: Path, tmp_path: Path) -> None:
    assert {line.split()[0] for line in standout("bench").out.splitlines()} >= {"adbench", "oddbench", "nsl-kdd"}
    done = standout("bench", "oddbench", "--data", data, "--quick", "-d", "pca", "--no-peers", "--out", tmp_path)
    assert done.code == 0, done.err
    assert "| Odd | 100.0 / 100.0 |" in done.out
    assert "Odd, seed 0" in done.err
    assert json.loads((tmp_path / "oddbench-one-class.json").read_text())["seeds"] == 1
    assert (tmp_path / "oddbench-one-class.md").read_text().startswith("## OddBench one-class: AUROC / AP")
    printed = standout(
        "bench", "adbench", "--data", data, "--protocol", "one-class", "--seeds", 1, "-d", "pca", "--no-peers", "--json", "-q"
    )
    (result,) = json.loads(printed.out)
    assert set(result["mean"]) == {"standout pca"}


def test_what_cannot_be_measured_is_told_in_two_lines(
    standout: Callable[..., SimpleNamespace], data: Path, tmp_path: Path
) -> None:
    for arguments, code, says in (
        (("adbench", "--data", tmp_path), 3, "There is no adbench/*.npz"),
        (("adbench", "--data", data, "--protocol", "supervised"), 2, "no protocol 'supervised'"),
        (("adbench", "--data", data, "--half", "third"), 2, "--half is 'third'"),
        (("adbench", "--data", data, "-d", "nothing"), 2, "no detector named 'nothing'"),
        (("nothing", "--data", data), 2, "no suite named 'nothing'"),
    ):
        done = standout("bench", *arguments)
        assert done.code == code, done.err
        assert says in done.err
        assert "Traceback" not in done.err


def test_bench_without_a_folder_says_how_to_name_one(
    standout: Callable[..., SimpleNamespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STANDOUT_DATA", raising=False)
    assert "--data DIR" in standout("bench", "adbench").err


def test_a_part_of_nsl_kdd_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nsl-kdd").mkdir()
    for name in ("KDDTrain+.txt", "KDDTest+.txt"):
        (tmp_path / "nsl-kdd" / name).write_text("1,2,3\n")
    with pytest.raises(UnreadableError, match="is not a part of NSL-KDD"):
        list(nsl_kdd.tasks(Asked(tmp_path)))


def test_the_public_sets_are_read(public_data: Path) -> None:
    """One small set of each suite, with a detector that is quick: the files are as the suites expect."""
    asked = Asked(public_data, seeds=1, cap=300, detectors=("pca",), peers=False)
    (kdd,) = nsl_kdd.run(asked, quiet)
    assert kdd.mean["standout pca"][0] > 85
    first = next(adbench.tasks(asked, "contaminated", quiet))
    assert len(first.train) == 300
    assert len(next(oddbench.tasks(asked, quiet)).test) <= 300
