"""Streaming detectors beside River's (where installed): events a second, then AUROC, AP and the NAB score, scored before learned.

    python bench/streaming.py [--speed] [--accuracy] [--seeds 2] [--shingle 1] [--only half-space-trees,river-loda]
        [--suites NAB,SMD,ASD] [--half even] [--data FOLDER]

Speed: medians of alternating runs over the same 20 normal columns in one process, by processor time, so that other work on the
machine counts little (run it with STANDOUT_THREADS=1); "batches" gives ours 250 rows at a time,
"one by one" gives them as River gets them. Accuracy: every row is scored, then learned. NAB: one column (with --shingle k, the
last k values); the first 15% of a stream, at most 750 rows, are learned and not judged, as in its protocol; scaled by the mean
and deviation of those rows. The NAB score is that of `standout bench nab`: one threshold for all streams, an event counted once;
`left-profile`, which goes live by its memory, stands there too. SMD and ASD: the last 5,000
rows of the training part are learned first, then the test part is streamed. River gets the same numbers, as dictionaries; its
half-space trees want them between 0 and 1, by the range of the rows learned first. --half takes the streams whose name's hash is
even (on which choices of ours were made) or odd (kept apart). Data as in docs/data.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from standout.core.matrix import Matrix
from standout.core.registry import find, names
from standout.evaluate.nab import PROFILES, nab_score
from standout.evaluate.nab import Stream as Judged
from standout.evaluate.suites.nab import SILENT

OURS = [n for n in ("half-space-trees", "loda", "random-cut-forest", "running-moments") if n in names("detector")]


@dataclass(frozen=True)
class Stream:
    """Rows learned first, rows scored and then learned one by one, and which of these are anomalies."""

    suite: str
    name: str
    first: np.ndarray
    rest: np.ndarray
    label: np.ndarray
    windows: tuple[tuple[int, int], ...] = ()

    def of_half(self, half: str) -> bool:
        return half in ("all", ("even", "odd")[zlib.crc32(self.name.encode()) % 2])


Online = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def ours(name: str, **params: Any) -> Online:
    detector: Any = find("detector", name).make(params)

    def scores(first: np.ndarray, rest: np.ndarray, batch: int, seed: int = 0) -> np.ndarray:
        state = detector.fit(Matrix.of(first), np.random.default_rng(seed))
        found = np.empty(len(rest))
        for at in range(0, len(rest), batch):
            rows = Matrix.of(rest[at : at + batch])
            found[at : at + batch] = detector.score(state, rows)
            detector.update(state, rows)
        return found

    return scores


def remembering(name: str, **params: Any) -> Online:
    """A detector whose memory of a stream is what it learns by."""
    detector: Any = find("detector", name).make(params)

    def scores(first: np.ndarray, rest: np.ndarray, _: int, seed: int = 0) -> np.ndarray:
        early, late = Matrix.of(first), Matrix.of(rest).values
        state = detector.fit(early, np.random.default_rng(seed))
        nothing = np.empty((0, detector.remembers(state)[1]), dtype=np.float32)
        _, memory = detector.follow(state, nothing, early.values)
        found = np.empty(len(late))
        for at in range(0, len(late), 250):  # the same to the last bit as row by row, and as in one piece
            found[at : at + 250], memory = detector.follow(state, memory, late[at : at + 250])
        return found

    return scores


def river(make: Callable[[int], Any], *, unit: bool = False, as_number: bool = False) -> Online:
    def scores(first: np.ndarray, rest: np.ndarray, _: int, seed: int = 0) -> np.ndarray:
        model = make(seed)
        if unit:
            low, width = first.min(axis=0), np.ptp(first, axis=0)
            first, rest = ((rows - low) / np.where(width > 0, width, 1) for rows in (first, rest))
        rows = [dict(enumerate(row)) for row in np.concatenate([first, rest]).tolist()]
        found = []
        for i, row in enumerate(rows):
            if as_number:
                found.append(model.score_one(None, row[0]) if i >= len(first) else 0.0)
                model.learn_one(None, row[0])
            else:
                found.append(model.score_one(row) if i >= len(first) else 0.0)
                model.learn_one(row)
        return np.array(found[len(first) :])

    return scores


def peers(width: int, first: int = 250) -> dict[str, Online]:
    """River's detectors that keep learning; GaussianScorer takes one column."""
    if not find_spec("river"):
        return {}
    from river import anomaly

    window = min(250, max(first, 1))  # else short streams would be scored 0 throughout
    found = {
        "river-half-space-trees": river(
            lambda s: anomaly.HalfSpaceTrees(n_trees=25, height=8, window_size=window, seed=s), unit=True
        ),
        "river-loda": river(lambda s: anomaly.LODA(seed=s)),
    }
    if width == 1:
        found["river-gaussian-scorer"] = river(lambda _: anomaly.GaussianScorer(), as_number=True)
    return found


def scaled(first: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, deviation = first.mean(axis=0), first.std(axis=0)
    deviation = np.where(deviation > 1e-9, deviation, 1.0)
    return (first - mean) / deviation, (rest - mean) / deviation


def nab(data: Path, shingle: int) -> Iterator[Stream]:
    windows = json.loads((data / "nab/labels/combined_windows.json").read_text())
    for path in sorted((data / "nab/data").rglob("*.csv")):
        with path.open() as f:
            table = list(csv.DictReader(f))
        times = [row["timestamp"] for row in table]
        values = np.array([float(row["value"]) for row in table])
        back = np.maximum(np.arange(len(values))[:, None] - np.arange(shingle)[::-1], 0)
        start = min(int(0.15 * len(values)), 750)
        first, rest = scaled(values[back][:start], values[back][start:])
        spans = []
        for begin, end in windows[path.relative_to(data / "nab/data").as_posix()]:
            inside = [i for i, t in enumerate(times) if begin[:19] <= t <= end[:19]]
            spans.append((inside[0] - start, inside[-1] - start))
        label = np.zeros(len(rest), dtype=np.int8)
        for a, b in spans:
            label[max(a, 0) : b + 1] = 1
        yield Stream("NAB", path.name, first, rest, label, tuple(spans))


def machines(data: Path, suite: str) -> Iterator[Stream]:
    for path in sorted((data / "timeseries" / suite).glob("*.npz")):
        held = np.load(path)
        first, rest = scaled(held["train"][-5000:].astype(np.float64), held["test"].astype(np.float64))
        yield Stream(suite, path.stem, first, rest, held["label"])


def nab_scores(streams: list[Stream], scores: list[np.ndarray]) -> list[float]:
    """Of each profile, as `standout bench nab` has it: one threshold for all streams, an event counted once."""
    kept = []
    for stream, found in zip(streams, scores, strict=True):
        first = len(stream.first)
        windows = np.array(stream.windows, dtype=np.int64).reshape(-1, 2) + first
        kept.append(Judged(np.concatenate([np.zeros(first), found]), windows, first // SILENT))
    return [nab_score(kept, profile)[0] for profile in PROFILES]


def accuracy(options: argparse.Namespace) -> None:
    data, only = Path(options.data), set(filter(None, options.only.split(",")))
    found_of = {
        "NAB": lambda: nab(data, options.shingle),
        "SMD": lambda: machines(data, "SMD"),
        "ASD": lambda: machines(data, "ASD"),
    }
    suites = {name: [s for s in found_of[name]() if s.of_half(options.half)] for name in options.suites.split(",")}
    print("| suite | detector | AUROC | AP | NAB standard / low FP / low FN |\n|---|---|---|---|---|")
    for suite, streams in suites.items():
        found: dict[str, Online] = {n: ours(n) for n in OURS} | peers(streams[0].first.shape[1])
        if suite == "NAB":
            found["left-profile"] = remembering("left-profile")
        for name, scorer in found.items():
            if only and name not in only:
                continue
            auroc, ap, whole = [], [], []
            for seed in range(options.seeds):
                scores = []
                for stream in streams:
                    if name.startswith("river-half"):
                        scorer = peers(stream.first.shape[1], len(stream.first))[name]
                    scores.append(scorer(stream.first, stream.rest, 1, seed))
                judged = [(s.label, x) for s, x in zip(streams, scores, strict=True) if s.label.any()]
                auroc.append(np.mean([roc_auc_score(y, x) for y, x in judged]))
                ap.append(np.mean([average_precision_score(y, x) for y, x in judged]))
                if suite == "NAB":
                    whole.append(nab_scores(streams, scores))
            last = " / ".join(f"{score:.1f}" for score in np.mean(whole, axis=0)) if whole else ""
            print(f"| {suite} | {name} | {100 * np.mean(auroc):.1f} | {100 * np.mean(ap):.1f} | {last} |", flush=True)


def speed(options: argparse.Namespace) -> None:
    rng = np.random.default_rng(0)
    first, many, few = rng.normal(size=(1000, 20)), rng.normal(size=(100_000, 20)), rng.normal(size=(2_000, 20))
    few_first = first[:250]
    only = set(filter(None, options.only.split(",")))
    ways: dict[str, tuple[Online, np.ndarray, int]] = {}
    for name in OURS:
        ways[f"{name}, batches"] = (ours(name), many, 250)
        ways[f"{name}, one by one"] = (ours(name), few, 1)
    ways |= {name: (scorer, few, 1) for name, scorer in peers(20).items()}
    ways = {k: v for k, v in ways.items() if not only or k.split(",")[0] in only}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(6):
        for name, (scorer, rows, batch) in ways.items():
            begun = time.process_time()
            scorer(few_first, rows, batch)
            spent = time.process_time() - begun
            begun = time.process_time()
            scorer(few_first, rows[:batch], batch)  # what fitting takes
            if turn:  # the first turn compiles
                taken[name].append(len(rows) / max(1e-9, spent - (time.process_time() - begun)))
    print("| detector | rows a second, scored and learned |\n|---|---|")
    for name, rates in taken.items():
        print(f"| {name} | {np.median(rates):,.0f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--shingle", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--suites", default="NAB,SMD,ASD")
    parser.add_argument("--half", choices=("all", "even", "odd"), default="all")
    parser.add_argument("--data", default=os.environ.get("STANDOUT_DATA", "data"))
    chosen = parser.parse_args()
    if chosen.speed or not chosen.accuracy:
        speed(chosen)
    if chosen.accuracy or not chosen.speed:
        accuracy(chosen)
