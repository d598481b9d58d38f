"""Promised against realised false alarms: `python bench/false_alarms.py [detectors|sequences|pyod|tails|streams] [--repeats N]`.

detectors: every registered row detector, on exchangeable rows of several kinds of which none is strange: the share of fresh rows
with a p-value at or below ten levels, and the 99% band of what the promise allows. The band is that of a beta-binomial: the rows of
a repeat share one null of N scores, so that their alarms are not independent. One that learns from labels gets 25 labelled
anomalies beside the rows, whose scores are not part of the null.
sequences: every sequence detector on series that go on as they began. Windows overlap, so that no band is known beforehand: the
99% interval of the mean over repeats is held against the promise.
pyod: PyOD's detectors as they come (contamination 0.1) on the rows of `detectors`.
tails: calibrators on scores of known law, at levels below what counting can promise; the realised level is computed, not drawn; and
what a tail is worth to control of the false discovery rate.
streams: absolute first differences of the NAB and TSB-AD univariate series, labelled stretches left out (STANDOUT_DATA).
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np

from standout.core.calibrator import Calibrator, MovesNull
from standout.core.detector import Detector, own_scores
from standout.core.matrix import Matrix
from standout.core.part import State
from standout.core.registry import find, names

LEVELS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
N, FRESH, WIDTH = 499, 1_000, 5
PLANTED = 25
Rng = np.random.Generator


def gaussian(rng: Rng, n: int, mix: np.ndarray) -> np.ndarray:
    return rng.normal(size=(n, WIDTH)) @ mix


def heavy(rng: Rng, n: int, mix: np.ndarray) -> np.ndarray:
    return rng.standard_t(3, size=(n, WIDTH)) @ mix


def groups(rng: Rng, n: int, mix: np.ndarray) -> np.ndarray:
    return rng.normal(size=(n, WIDTH)) * 0.5 + mix[rng.integers(0, WIDTH, size=n)] * 3


def counts(rng: Rng, n: int, mix: np.ndarray) -> np.ndarray:
    return rng.poisson(np.abs(mix[0]) * 3 + 1, size=(n, WIDTH)).astype(float)


ROWS = {f.__name__: f for f in (gaussian, heavy, groups, counts)}


def drawn(kind: str, repeat: int, who: str) -> tuple[Matrix, Matrix]:
    """Rows of their own for each detector, so that the luck of one draw does not show in all of them."""
    rng = np.random.default_rng([repeat, sorted(ROWS).index(kind), *who.encode()])
    values = ROWS[kind](rng, N + FRESH, rng.normal(size=(WIDTH, WIDTH)))
    return Matrix.of(values[:N]), Matrix.of(values[N:])


def band(level: float, repeats: int) -> tuple[float, float]:
    """The 99% band of the mean rate over repeats at a level."""
    k = math.floor(level * (N + 1) + 1e-9)
    variance = k * (N + 1 - k) * (N + 1 + FRESH) / (FRESH * (N + 1) ** 2 * (N + 2))
    return k / (N + 1) - 2.576 * math.sqrt(variance / repeats), k / (N + 1) + 2.576 * math.sqrt(variance / repeats)


def of_detectors(repeats: int, only: list[str]) -> dict[str, Any]:
    print(
        f"\n| detector ({N} rows, {repeats} repeats of {FRESH} fresh) | rows | at 0.01 | at 0.05 | at 0.1 | within the 99% band |"
    )
    print("|---|---|---:|---:|---:|---:|")
    conformal, told = cast("Calibrator", find("calibrator", "conformal")()), {}
    for name in only or names("detector"):
        detector = cast("Detector", find("detector", name)())
        if detector.kind != "rows":
            continue
        for kind in ROWS:
            rates = []
            for repeat in range(repeats):
                train, fresh = drawn(kind, repeat, name)
                rng = np.random.default_rng(repeat)
                state, own = learned(detector, train, rng)
                null = conformal.fit(own, rng)
                p = conformal.p_values(null, detector.score(state, fresh))
                rates.append([(p <= level).mean() for level in LEVELS])
            mean = np.mean(rates, axis=0)
            inside = [
                band(level, repeats)[0] <= rate <= band(level, repeats)[1] for level, rate in zip(LEVELS, mean, strict=True)
            ]
            over = [rate > band(level, repeats)[1] for level, rate in zip(LEVELS, mean, strict=True)]
            told[f"{name} {kind}"] = mean.round(4).tolist()
            verdict = f"{sum(inside)} of {len(LEVELS)}" + (f", {sum(over)} above" if any(over) else "")
            print(f"| {name} | {kind} | {mean[0]:.4f} | {mean[3]:.4f} | {mean[4]:.4f} | {verdict} |", flush=True)
    return told


def learned(detector: Detector, train: Matrix, rng: Rng) -> tuple[State, np.ndarray]:
    """The fit, and the normal training rows' own scores; who learns from labels sees anomalies, shifted in two features, too."""
    if detector.learns_from == "unlabelled":
        state = detector.fit(train, rng)
        return state, own_scores(detector, state, train, rng)
    values = np.asarray(train.values, dtype=np.float64)
    shifted = values[rng.permutation(N)[:PLANTED]]
    shifted[:, :2] += 5 * values[:, :2].std(axis=0)
    matrix, labels = Matrix.of(np.vstack([values, shifted])), np.repeat(np.array([0, 1], dtype=np.int8), [N, PLANTED])
    state = detector.fit(matrix, rng, labels)
    return state, own_scores(detector, state, matrix, rng, labels)[:N]


def noise(rng: Rng, n: int) -> np.ndarray:
    return rng.normal(size=(n, 2))


def rhythm(rng: Rng, n: int) -> np.ndarray:
    return np.sin(2 * np.pi * (np.arange(n)[:, None] / 25 + rng.random(2))) + 0.3 * rng.normal(size=(n, 2))


def wander(rng: Rng, n: int) -> np.ndarray:
    values = rng.normal(size=(n, 2))
    for t in range(1, n):
        values[t] += 0.7 * values[t - 1]
    return values


SERIES = {f.__name__: f for f in (noise, rhythm, wander)}


def of_sequences(repeats: int, only: list[str]) -> dict[str, Any]:
    rows = 1_500
    print(
        f"\n| sequence detector ({rows:,} rows, {repeats} repeats of {FRESH} that follow) | series | at 0.01 | at 0.05 | at 0.1 | kept |"
    )
    print("|---|---|---:|---:|---:|---:|")
    conformal, told = cast("Calibrator", find("calibrator", "conformal")()), {}
    for name in only or names("detector"):
        detector = cast("Detector", find("detector", name)())
        if detector.kind != "sequence" or detector.learns_from == "labels":
            continue
        for kind, series_of in SERIES.items():
            rates = []
            for repeat in range(repeats):
                rng = np.random.default_rng([repeat, sorted(SERIES).index(kind), *name.encode()])
                values = series_of(rng, rows + FRESH + 200)
                train, fresh = Matrix.of(values[:rows]), Matrix.of(values[rows:])
                state, own = learned(detector, train, rng)
                null = conformal.fit(own, rng)
                p = conformal.p_values(null, detector.score(state, fresh))[200:]  # the first look back on nothing
                rates.append([(p <= level).mean() for level in LEVELS])
            mean, error = np.mean(rates, axis=0), 2.861 * np.std(rates, axis=0, ddof=1) / math.sqrt(repeats)
            over, under = (mean - error > LEVELS).sum(), (mean + error < LEVELS).sum()
            told[f"{name} {kind}"] = mean.round(4).tolist()
            verdict = f"{len(LEVELS) - over - under} of {len(LEVELS)}" + (f", {over} above" if over else "")
            print(f"| {name} | {kind} | {mean[0]:.4f} | {mean[3]:.4f} | {mean[4]:.4f} | {verdict} |", flush=True)
    return told


def of_pyod(repeats: int) -> dict[str, Any]:
    try:
        from pyod.models.ecod import ECOD
        from pyod.models.iforest import IForest
        from pyod.models.knn import KNN
        from pyod.models.lof import LOF
    except ImportError:
        print("\nPyOD is not installed: nothing stands beside.")
        return {}
    print("\n| PyOD as it comes | share of fresh normal rows called outliers, by rows |")
    print("|---|---|")
    told = {}
    for cls in (IForest, ECOD, KNN, LOF):
        rates = {}
        for kind in ROWS:
            found = []
            for repeat in range(repeats):
                train, fresh = drawn(kind, repeat, cls.__name__)
                found.append(cls().fit(train.values).predict(fresh.values).mean())
            rates[kind] = round(float(np.mean(found)), 3)
        told[cls.__name__] = rates
        print(f"| {cls.__name__} | {', '.join(f'{k} {r}' for k, r in rates.items())} |", flush=True)
    return told


def laws() -> dict[str, Any]:
    from scipy import stats

    return {
        "normal": stats.norm(),
        "exponential": stats.expon(),
        "t, 3 degrees": stats.t(3),
        "log-normal": stats.lognorm(1.0),
        "uniform": stats.uniform(),
        "t, 1.5 degrees": stats.t(1.5),
    }


def score_at(part: Calibrator, state: Any, level: float, high: float) -> float:
    """The least score whose p-value is at or below a level, by halving."""
    low = -1e3
    for _ in range(200):
        middle = 0.5 * (low + high)
        if part.p_values(state, np.array([middle]))[0] <= level:
            high = middle
        else:
            low = middle
    return high


def of_tails(repeats: int) -> dict[str, Any]:
    """Realised level as a multiple of the promise, at 3/n, 1/(n+1), a tenth and a hundredth of it."""
    steps, told = (3.0, 1.0, 0.1, 0.01), {}
    print("\n| calibrator | rows | scores | at 3/(n+1) | 1/(n+1) | a tenth | a hundredth | (realised over promised)")
    print("|---|---:|---|---:|---:|---:|---:|")
    for name in ("conformal-tail", "conformal-trimmed", "spot"):
        part = cast("Calibrator", find("calibrator", name)())
        for n in (500, 2_000, 10_000):
            for law, scores in laws().items():
                rng, ratios = np.random.default_rng(n), []
                for _ in range(repeats):
                    state = part.fit(scores.rvs(size=n, random_state=rng), rng)
                    levels = [step / (n + 1) * (1 + 1e-9) for step in steps]
                    ratios.append([scores.sf(score_at(part, state, level, 1e12)) / level for level in levels])
                mean = np.mean(ratios, axis=0)
                told[f"{name} {n} {law}"] = mean.round(3).tolist()
                print(f"| {name} | {n:,} | {law} | {' | '.join(f'{r:.2f}' for r in mean)} |", flush=True)
    return told


def of_discoveries(repeats: int) -> dict[str, Any]:
    """Benjamini and Hochberg at 0.1 on 10,000 fresh rows of which 20 are strange: how many are found, and how many wrongly."""
    policy = cast(Any, find("policy", "false-discovery-rate").make({"rate": 0.1}))
    detector = cast("Detector", find("detector", "robust-covariance")())
    told = {}
    print("\n| calibrator | training rows | of 20 found at a false discovery rate of 0.1 | false share |")
    print("|---|---|---:|---:|")
    for what, strange in (("2,000", 0), ("10,000", 0), ("10,000, 100 of them strange", 100)):
        found: dict[str, list[list[float]]] = {}
        for repeat in range(repeats):
            rng = np.random.default_rng(repeat)
            n = int(what.split()[0].strip(",").replace(",", ""))
            values = rng.normal(size=(n + 10_000, 4))
            values[n : n + 20] += 6 * rng.choice([-1, 1], size=(20, 4))
            values[:strange] += 6 * rng.choice([-1, 1], size=(strange, 4)) * rng.uniform(0.8, 1.5, size=(strange, 1))
            train, fresh = Matrix.of(values[:n]), Matrix.of(values[n:])
            state = detector.fit(train, rng)
            own, new = own_scores(detector, state, train, rng), detector.score(state, fresh)
            for name in ("conformal", "conformal-tail", "conformal-trimmed"):
                part = cast("Calibrator", find("calibrator", name)())
                raised = policy.alarms(part.p_values(part.fit(own, rng), new), new, None)
                found.setdefault(name, []).append([raised[:20].sum(), raised[20:].sum() / max(1, raised.sum())])
        for name, each in found.items():
            hits, false = np.mean(each, axis=0)
            told[f"{name} {what}"] = [round(float(hits), 2), round(float(false), 3)]
            print(f"| {name} | {what} | {hits:.1f} | {false:.3f} |", flush=True)
    return told


def series() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, absolute first differences, and which of them are normal."""
    home = Path(os.environ.get("STANDOUT_DATA", "../shared/data"))
    windows = json.loads((home / "nab/labels/combined_windows.json").read_text())
    for path in sorted((home / "nab/data").rglob("*.csv")):
        table = np.genfromtxt(path, delimiter=",", skip_header=1, dtype=None, encoding=None, names=("time", "value"))
        times = np.array(table["time"], dtype="datetime64[s]")
        spans = np.array(windows.get(str(path.relative_to(home / "nab/data")), []), dtype="datetime64[s]").reshape(-1, 2)
        strange = np.zeros(len(times), dtype=bool)
        for start, end in spans:
            strange |= (times >= start) & (times <= end)
        yield path.stem, *differences(table["value"].astype(float), strange)
    for path in sorted((home / "timeseries/TSB_AD_U_subset").glob("*.npz")):
        with np.load(path) as file:
            yield path.stem[:24], *differences(file["data"].ravel()[:20_000].astype(float), file["label"].ravel()[:20_000] > 0)


def differences(values: np.ndarray, strange: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.abs(np.diff(values)), ~(strange[1:] | strange[:-1])


FIRST = 1_000
STREAMS: dict[str, Callable[[], Any]] = {
    "split conformal": lambda: find("calibrator", "conformal")(),
    "conformal with tail": lambda: find("calibrator", "conformal-tail")(),
    "moving null, 1,000": lambda: find("calibrator", "moving-null")(),
    "SPOT": lambda: find("calibrator", "spot")(),
    "DSPOT": lambda: find("calibrator", "dspot")(),
}


def walked(part: Any, scores: np.ndarray) -> np.ndarray:
    """The p-values of what comes after the first rows, each taken before its row moves the null."""
    state = part.fit(scores[:FIRST], np.random.default_rng(0))
    rest = scores[FIRST:]
    if not isinstance(part, MovesNull):
        return part.p_values(state, rest)
    p = np.empty(len(rest))
    for i in range(len(rest)):
        p[i] = part.p_values(state, rest[i : i + 1])[0]
        part.move(state, rest[i : i + 1])
    return p


def of_streams() -> dict[str, Any]:
    found: dict[str, list[list[float]]] = {name: [] for name in STREAMS}
    used = 0
    for _, scores, normal in series():
        if len(scores) < 2 * FIRST or np.unique(scores).size < 100:
            continue
        used += 1
        for name, make in STREAMS.items():
            p = walked(make(), scores)[normal[FIRST:]]
            found[name].append([(p <= level).mean() for level in (0.01, 0.001)])
    print(f"\n{used} series\n\n| calibrator | at 0.01: median | over twice | at 0.001: median | over twice |")
    print("|---|---:|---:|---:|---:|")
    told = {}
    for name, rates in found.items():
        low, high = np.median(rates, axis=0), (np.array(rates) > 2 * np.array([0.01, 0.001])).mean(axis=0)
        told[name] = {"median": low.round(5).tolist(), "over twice": high.round(3).tolist()}
        print(f"| {name} | {low[0]:.4f} | {high[0]:.0%} | {low[1]:.5f} | {high[1]:.0%} |", flush=True)
    return told


WHAT = ["detectors", "sequences", "pyod", "tails", "streams"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", choices=WHAT, default=WHAT)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--detector", action="append", default=[], help="Only this detector; may be given more than once.")
    told = parser.parse_args()
    result: dict[str, Any] = {}
    if "detectors" in told.what:
        result["detectors"] = of_detectors(told.repeats, told.detector)
    if "sequences" in told.what:
        result["sequences"] = of_sequences(told.repeats, told.detector)
    if "pyod" in told.what:
        result["pyod"] = of_pyod(told.repeats)
    if "tails" in told.what:
        result |= {"tails": of_tails(5 * told.repeats), "discoveries": of_discoveries(told.repeats)}
    if "streams" in told.what:
        result["streams"] = of_streams()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
