"""What labels are worth in the live service: what they hide, rightly and wrongly, and whether a challenger is better. From the root:

    STANDOUT_DATA=... python bench/labels.py [hiding|challenger] [--sets N] [--seed 0]

Sets are the half of ADBench whose names have an even CRC-32, on which choices may be made, and KDDTrain+. Of each at most 4,000 rows are
taken; half are learned from without labels (isolation forest), the others are the stream.

hiding: the strangest tenth of the stream are its alerts, in a random order. The first 5, 20 or 50 get the verdict true or false; of the
alerts after them, which share of the false ones is hidden, and which of the true ones wrongly, by the code that the service runs.

challenger: on the first half of the stream so many of each kind are labelled, among its strangest fifth; champion and challenger are
judged on the second half. Sets without so many of each kind are left out of that line.
"""

from __future__ import annotations

import argparse
import os
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.metrics import average_precision_score, roc_auc_score

from nsl_kdd import frames
from standout.core.model import Model
from standout.core.scores import strangest_first
from standout.core.table import Table
from standout.data.convert import to_table
from standout.deploy.live.judging import values_of
from standout.deploy.live.labels import learning, likeness
from standout.deploy.live.labels.points import points_of
from standout.deploy.store.records import Alert, Kind, Label, Outcome, Verdict
from standout.detect.isolation_forest import IsolationForest
from standout.flow import run
from standout.goal.goal import Goal

MOST = 4_000
GIVEN = (5, 20, 50)
NEARS, BEYONDS = (1.0, 2.0, 4.0), (0.25, 0.5, 1.0)
LEASTS = (5, 10, 20, 40)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def sets(data: Path) -> Iterator[tuple[str, pd.DataFrame, np.ndarray]]:
    for path in sorted((data / "adbench").glob("*.npz")):
        if zlib.crc32(path.stem.encode()) % 2 == 0:
            held = np.load(path)
            x = held["X"]
            if x.shape[1] <= 100:
                yield path.stem, pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])]), held["y"].astype(int)
    kdd = frames(data / "nsl-kdd")[0]
    yield "KDDTrain+", kdd.drop(columns=["Subclass", "Difficulty.Level"]), (kdd["Subclass"] != "normal").to_numpy().astype(int)


def parted(frame: pd.DataFrame, strange: np.ndarray, seed: int) -> tuple[Model, Table, np.ndarray]:
    """A model of one half, and the other half with the truth."""
    at = np.random.default_rng(seed).permutation(len(frame))[:MOST]
    half = len(at) // 2
    learn = frame.iloc[at[:half]].reset_index(drop=True)
    model = run(learn, Goal(alerts=20), detector=IsolationForest(), seed=seed).model
    batch = pa.Table.from_pandas(frame.iloc[at[half:]], preserve_index=False).combine_chunks().to_batches()[0]
    return model, to_table(batch, model.schema, 0)[0], strange[at[half:]]


def alerts_of(model: Model, rows: Table) -> list[Alert]:
    reasons = model.explain(rows)
    return [
        Alert("s", Kind.ROW, NOW, r.sentence, Outcome.NOTIFIED, because=r.key, values=values_of(rows, i), id=i + 1)
        for i, r in enumerate(reasons)
    ]


def hiding(options: argparse.Namespace) -> None:
    found: dict[tuple[float, float, int], list[tuple[float, float]]] = defaultdict(list)
    for name, frame, strange in list(sets(options.data))[-options.sets :]:
        model, stream, truth = parted(frame, strange, options.seed)
        at = strangest_first(model.score(stream))[: len(stream) // 10]
        at = np.random.default_rng(options.seed).permutation(at)
        points = points_of(model, alerts_of(model, stream.take(at)))
        cells = []
        for near in NEARS:
            for beyond in BEYONDS:
                likeness.NEAR, likeness.BEYOND = near, beyond
                for given in GIVEN:
                    cell = hidden(model, points, truth[at], given)
                    if cell is not None:
                        found[near, beyond, given].append(cell)
                        if (near, beyond) == (2.0, 0.5):
                            cells.append(f"{given}: {100 * cell[0]:.0f}/{100 * cell[1]:.0f}")
        print(f"{name}: {len(at)} alerts, {int(truth[at].sum())} true; hidden false/true % " + ", ".join(cells), flush=True)
    print("\n| NEAR | BEYOND | labels | sets | false alerts hidden | true ones hidden |\n|---|---|---|---|---|---|")
    for (near, beyond, given), cells in found.items():
        a, b = np.nanmean(np.array(cells, dtype=float), axis=0)
        print(f"| {near:g} | {beyond:g} | {given} | {len(cells)} | {100 * a:.1f}% | {100 * b:.2f}% |")


def hidden(model: Model, points: likeness.Points, truth: np.ndarray, given: int) -> tuple[float, float] | None:
    """The shares of false and of true alerts after the labelled ones that are hidden; None where too few are left."""
    if len(truth) < given + 20 or not (truth[given:] == 0).any():
        return None
    verdicts = [Verdict.TRUE if t else Verdict.FALSE for t in truth[:given]]
    labels = [Label(i + 1, "s", v, "bench", NOW, acts=v is Verdict.FALSE, id=i + 1) for i, v in enumerate(verdicts)]
    judge = likeness.Likeness(model, labels, taken(points, slice(0, given)))
    gone = np.array([h is not None for h in judge.hides(taken(points, slice(given, None)))])
    rest = truth[given:]
    return float(gone[rest == 0].mean()), float(gone[rest == 1].mean()) if (rest == 1).any() else float("nan")


def taken(points: likeness.Points, at: slice) -> likeness.Points:
    return likeness.Points(points.alerts[at], points.place[at], points.told[at], points.hour[at], points.exact[at])


def challenger(options: argparse.Namespace) -> None:
    found: dict[int, list[list[float]]] = defaultdict(list)
    for name, frame, strange in list(sets(options.data))[-options.sets :]:
        model, stream, truth = parted(frame, strange, options.seed)
        half = len(stream) // 2
        first, later = stream.take(np.arange(half)), stream.take(np.arange(half, len(stream)))
        known, rest = truth[:half], truth[half:]
        if rest.sum() < 5:
            continue
        at = strangest_first(model.score(first))[: half // 5]
        champion = model.score(later).raw
        for least in LEASTS:
            given = [np.random.default_rng(options.seed).permutation(at[known[at] == kind])[:least] for kind in (0, 1)]
            if min(map(len, given)) < least:
                continue
            learning.LEAST = least
            labels = np.full(half, -1, dtype=np.int8)
            labels[given[0]], labels[given[1]] = 0, 1
            new = learning.challenger(model, first, labels).score(later).raw
            found[least].append([f(rest, s) for f in (roc_auc_score, average_precision_score) for s in (champion, new)])
            print(f"{name}, {least} of each: AUROC, AP " + " ".join(f"{100 * v:.1f}" for v in found[least][-1]), flush=True)
    print("\n| of each | sets | AUROC champion | challenger | AP champion | challenger | better |\n|---|---|---|---|---|---|---|")
    for least, rows in found.items():
        cells = np.array(rows)
        better = int((cells[:, 3] > cells[:, 2]).sum())
        print(f"| {least} | {len(rows)} | " + " | ".join(f"{100 * v:.1f}" for v in cells.mean(axis=0)) + f" | {better} |")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("what", choices=("hiding", "challenger"), nargs="?", default="hiding")
    asked.add_argument("--sets", type=int, default=100, help="only the last so many")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--data", type=Path, default=os.environ.get("STANDOUT_DATA"))
    options = asked.parse_args()
    {"hiding": hiding, "challenger": challenger}[options.what](options)


if __name__ == "__main__":
    main()
