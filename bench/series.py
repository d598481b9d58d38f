"""Quality on series: VUS-PR on the TSB-AD subsets, the anomaly found in the UCR archive, the NAB score.

tsb-u, tsb-m: the series of at most --cap rows; `whole` fits on the series as it is (each row's own score), `train` on its
training part and scores all of it; columns are divided by their standard deviation in the rows of the fit. Mean VUS-PR in percent.
ucr: as above; the highest score after the training part must lie within max(100, its length) rows of the anomaly. Share in percent.
nab: causal detectors only, fitted on the first 15% (at most 750 rows), which are not judged; one threshold for the corpus.
Rows within --quiet rows after a higher score do not detect anew. `standout bench tsb|ucr|nab` measures the same, with peers beside;
fits on the training part (decision 13 tells of one) and other values of --quiet are measured here only. Run from the repository root:

    STANDOUT_DATA=... python bench/series.py tsb-u|tsb-m|ucr|nab [--data DIR] [--fit whole|train] [--cap 40000] [--every 1]
        [--detectors matrix-profile '{"part": "nearest-windows", "window": 32}'] [--out bench/results]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.detector import Detector, own_scores
from standout.core.matrix import LIMIT, Matrix
from standout.core.registry import part_from_dict
from standout.evaluate.nab import PROFILES, Stream, nab_score, probation
from standout.evaluate.series import evaluation_window, vus_pr

DEFAULT = {
    "tsb-u": ["matrix-profile", "nearest-windows"],
    "tsb-m": ["window-average"],
    "ucr": ["matrix-profile"],
    "nab": ["nearest-windows"],
}
FOLDERS = {"tsb-u": "timeseries/TSB_AD_U_subset", "tsb-m": "timeseries/TSB_AD_M_subset", "ucr": "timeseries/UCR"}


@dataclass(frozen=True)
class Series:
    """Values (n, d), the anomalous rows' stretches or labels, and how many first rows are for training."""

    name: str
    values: NDArray[np.float64]
    train: int
    labels: NDArray[np.int8]
    windows: NDArray[np.int64]


def archives(told: argparse.Namespace) -> Iterator[Series]:
    """The series of a folder of .npz files; those of the UCR archive say in their name where the anomaly is."""
    for path in sorted((told.data / FOLDERS[told.suite]).glob("*.npz"))[:: told.every]:
        with np.load(path) as file:
            values = np.asarray(file["data"], dtype=np.float64)
            values = values.reshape(len(values), -1)
            if len(values) > told.cap:
                continue
            if told.suite == "ucr":
                train, first, last = (int(part) for part in path.stem.split("_")[-3:])
                labels = np.zeros(len(values), dtype=np.int8)
                labels[first : last + 1] = 1
            else:
                train, labels = int(file["train_index"]), file["label"].astype(np.int8).ravel()
        yield Series(path.stem, values, train, labels, np.empty((0, 2), dtype=np.int64))


def streams(told: argparse.Namespace) -> Iterator[Series]:
    """The NAB streams and the rows of their windows."""
    marked = json.loads((told.data / "nab" / "labels" / "combined_windows.json").read_text())
    for path in sorted((told.data / "nab" / "data").glob("*/*.csv"))[:: told.every]:
        with path.open() as file:
            rows = list(csv.reader(file))[1:]
        times = np.array([r[0] for r in rows], dtype="datetime64[us]")
        values = np.array([[float(r[1])] for r in rows])
        name = f"{path.parent.name}/{path.name}"
        pairs = [[np.datetime64(end, "us") for end in pair] for pair in marked[name]]
        windows = [[np.searchsorted(times, a), np.searchsorted(times, b, side="right") - 1] for a, b in pairs]
        empty = np.empty(0, dtype=np.int8)
        yield Series(name, values, probation(len(values)), empty, np.array(windows, dtype=np.int64).reshape(-1, 2))


def scores_of(detector: Detector, series: Series, whole: bool, seed: int) -> NDArray[np.float64]:
    """Scores of all rows, from a fit on the whole series or on its training part."""
    part = series.values if whole else series.values[: series.train]
    centre, spread = part.mean(axis=0), part.std(axis=0)
    spread = np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, 1.0)
    matrix = Matrix.of(np.clip((series.values - centre) / spread, -LIMIT, LIMIT))
    rng = np.random.default_rng(seed)
    if whole:
        return own_scores(detector, detector.fit(matrix, rng), matrix, rng)
    return detector.score(detector.fit(matrix.take(np.arange(series.train)), rng), matrix)


def quieted(scores: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Scores of rows that follow a score at least as high within some rows fall to nothing: one event, one detection."""
    if not rows:
        return scores
    padded = np.concatenate([np.full(rows, -np.inf), scores[:-1]])
    highest = np.lib.stride_tricks.sliding_window_view(padded, rows).max(axis=1)
    return np.where(scores > highest, scores, scores.min())


def measured(suite: str, series: Series, scores: NDArray[np.float64]) -> float:
    """The figure of one series in percent."""
    if suite == "ucr":
        at = series.train + int(np.argmax(scores[series.train :]))
        rows = np.flatnonzero(series.labels)
        near = max(100, len(rows))
        return 100.0 * (rows[0] - near <= at <= rows[-1] + near)
    return 100.0 * vus_pr(scores, series.labels, evaluation_window(series.values[:, 0]))


def main() -> None:
    told = arguments()
    specs = told.detectors or DEFAULT[told.suite]
    parts = {s: part_from_dict("detector", json.loads(s) if s.startswith("{") else {"part": s}) for s in specs}
    table: dict[str, dict[str, float]] = {}
    kept: dict[str, list[Stream]] = {s: [] for s in specs}
    seconds = dict.fromkeys(specs, 0.0)
    for series in streams(told) if told.suite == "nab" else archives(told):
        row = table.setdefault(series.name, {})
        for spec, detector in parts.items():
            if told.suite == "nab" and not detector.causal:
                sys.exit(f"{spec} looks ahead, and NAB takes no look-ahead")
            began, got = time.perf_counter(), []
            for seed in range(told.seeds):
                scores = scores_of(detector, series, told.fit == "whole" and told.suite != "nab", seed)
                if told.suite == "nab":
                    kept[spec].append(Stream(quieted(scores, told.quiet), series.windows))
                    break
                got.append(measured(told.suite, series, scores))
            seconds[spec] += time.perf_counter() - began
            if got:
                row[spec] = round(float(np.mean(got)), 2)
        print(series.name, row, file=sys.stderr, flush=True)
    if told.suite == "nab":
        table = {p: {s: round(nab_score(kept[s], p)[0], 2) for s in specs} for p in PROFILES}
    else:
        table["mean"] = {s: round(float(np.mean([row[s] for row in table.values()])), 2) for s in specs}
    write(told, {"suite": told.suite, "fit": told.fit, "cap": told.cap, "every": told.every, "seeds": told.seeds,
                 "table": table, "seconds": {s: round(t, 1) for s, t in seconds.items()}})  # fmt: skip


def write(told: argparse.Namespace, result: dict[str, Any]) -> None:
    """Print the Markdown table; write it and the JSON where --out says."""
    who = list(result["seconds"])
    lines = [f"## {told.suite}, fit on {told.fit}: {len(result['table'])} rows", "", "| | " + " | ".join(who) + " |"]
    lines.append("|---" * (len(who) + 1) + "|")
    lines += [f"| {name} | " + " | ".join(f"{row[w]:.1f}" for w in who) + " |" for name, row in result["table"].items()]
    lines.append("| seconds | " + " | ".join(f"{result['seconds'][w]:.0f}" for w in who) + " |")
    print("\n".join(lines))
    if told.out:
        told.out.mkdir(parents=True, exist_ok=True)
        (told.out / f"{told.suite}.json").write_text(json.dumps(result, indent=1) + "\n")
        (told.out / f"{told.suite}.md").write_text("\n".join(lines) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=("tsb-u", "tsb-m", "ucr", "nab"))
    parser.add_argument("--data", type=Path, default=os.environ.get("STANDOUT_DATA", "../shared/data"))
    parser.add_argument("--fit", choices=("whole", "train"), default="whole")
    parser.add_argument("--cap", type=int, default=40_000, help="series with more rows are left out")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th series only")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--quiet", type=int, default=100, help="NAB: rows after a higher score that do not detect anew")
    parser.add_argument("--detectors", nargs="*", default=None, help="names or JSON; the defaults otherwise")
    parser.add_argument("--out", type=Path, default=None)
    told = parser.parse_args()
    if not told.data.is_dir():
        parser.exit(0, f"skipped: no public data sets at {told.data}; set STANDOUT_DATA\n")
    return told


if __name__ == "__main__":
    main()
