"""A stream of 1,000,000 rows with drift and seasons: alerts a day against the budget, what is found, and decisions a second.

100 days of 10,000 rows. The signal has a daily and a weekly rhythm, drifts by 3 standard deviations and ends up noisier. A score is
the distance from the mean of the first ten days, in standard deviations: a model that is never fitted again. Two anomalies a day on
average are planted in noise (7 to 14 of its standard deviations), and on five days an incident of 200 rows. An incident counts as
found with its first alert. "moving" takes p-values against the 10,000 scores before each block of 1,000 rows, "tail" adds an
exponential tail to them. Run from the
repository root:

    python bench/budget_stream.py [--rows 1000000] [--seeds 3]
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from standout.core.calibrator import Streams
from standout.core.registry import find

BUDGET = 5
DAY = 10_000
TRAINED = 10 * DAY


def stream(rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, the event that each row belongs to (-1 for none), and times."""
    at = np.arange(rows)
    grown = at / rows
    usual = 0.6 * np.sin(2 * np.pi * at / DAY) + 0.4 * ((at // DAY) % 7 >= 5) + 3 * np.maximum(0, grown - 0.1)
    signal = usual + rng.normal(size=rows) * (1 + 0.5 * grown)
    event = np.full(rows, -1)
    single = np.sort(rng.choice(np.arange(TRAINED, rows), 2 * (rows - TRAINED) // DAY, replace=False))
    signal[single] += rng.choice([-1, 1], len(single)) * rng.uniform(7, 14, len(single)) * (1 + 0.5 * grown[single])
    event[single] = np.arange(len(single))
    for k, start in enumerate(rng.choice(np.arange(TRAINED, rows - 200, DAY), 5, replace=False) + rng.integers(0, DAY - 200, 5)):
        here = slice(start, start + 200)
        signal[here] += 8 * (1 + 0.5 * grown[here])
        event[here] = len(single) + k
    mean, spread = signal[:TRAINED].mean(), signal[:TRAINED].std()
    times = np.datetime64("2026-01-01", "us") + (at * 8_640_000).astype("timedelta64[us]")
    return np.abs(signal - mean) / spread, event, times


def moving(scores: np.ndarray) -> np.ndarray:
    p = np.empty(len(scores))
    for start in range(TRAINED, len(scores), 1_000):
        null = np.sort(scores[start - 10_000 : start])
        block = scores[start : start + 1_000]
        p[start : start + 1_000] = (1 + len(null) - np.searchsorted(null, block)) / (1 + len(null))
    return p[TRAINED:]


def tail(scores: np.ndarray) -> np.ndarray:
    """As `moving`, with an exponential tail above the highest 2% of those 10,000 scores: p-values far below 1 in 10,001."""
    p = moving(scores)
    for start in range(TRAINED, len(scores), 1_000):
        null, block = scores[start - 10_000 : start], scores[start : start + 1_000]
        edge = np.quantile(null, 0.98)
        above = block > edge
        at = np.flatnonzero(above) + start - TRAINED
        p[at] = 0.02 * np.exp(-(block[above] - edge) / (null[null > edge] - edge).mean())
    return p


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=3)
    told = parser.parse_args()
    chosen: list[tuple[str, dict[str, Any], str]] = [
        *(("per-day", {"alerts": BUDGET}, kind) for kind in ("frozen", "moving", "tail")),
        ("per-rows", {"alerts": BUDGET, "rows": DAY}, "frozen"),
        *(("level", {"level": BUDGET / DAY}, kind) for kind in ("frozen", "moving", "tail")),
        (
            "share",
            {"share": BUDGET / DAY},
            "frozen",
        ),  # a fixed quantile chosen in hindsight, so that it raises 5 a day on average
        ("level", {"level": 0.1}, "frozen"),  # PyOD's default, contamination = 0.1: the 90th percentile of the training scores
        *((name, {"rate": 0.1}, kind) for name in ("lord-plus-plus", "saffron", "addis") for kind in ("moving", "tail")),
    ]
    rows: dict[int, list[tuple[float, ...]]] = {i: [] for i in range(len(chosen))}
    for seed in range(told.seeds):
        rng = np.random.default_rng(seed)
        all_scores, event, times = stream(told.rows, rng)
        conformal: Any = find("calibrator", "conformal")()
        frozen = conformal.p_values(conformal.fit(all_scores[:TRAINED], rng), all_scores[TRAINED:])
        nulls = {"frozen": frozen, "moving": moving(all_scores), "tail": tail(all_scores)}
        scores, event, times = all_scores[TRAINED:], event[TRAINED:], times[TRAINED:]
        day = np.arange(len(scores)) // DAY
        for i, (name, params, moves) in enumerate(chosen):
            policy: Any = find("policy", name).make(params)
            streams = isinstance(policy, Streams)
            if streams:
                policy.decide(policy.start(), nulls[moves][:10], scores[:10], times[:10])  # compiled before the clock starts
            began = time.perf_counter()
            given = (nulls[moves], scores, times)
            raised = policy.decide(policy.start(), *given) if streams else policy.alarms(*given)
            speed = len(scores) / (time.perf_counter() - began)
            false = np.bincount(day[raised & (event < 0)], minlength=day[-1] + 1)
            alerts = np.bincount(day[raised], minlength=day[-1] + 1)
            found = len(np.unique(event[raised & (event >= 0)])) / len(np.unique(event[event >= 0]))
            rows[i].append((alerts.mean(), alerts.max(), false.mean(), false.max(), 100 * found, speed / 1e6))
    print(f"{told.rows:,} rows, {told.seeds} seeds, budget {BUDGET} a day (level {BUDGET / DAY:g}), online rates at 10%\n")
    print("| policy | null | alerts a day | most on a day | false a day | false on the worst day | found | million decisions/s |")
    print("|---|---|---|---|---|---|---|---|")
    for i, (name, params, moves) in enumerate(chosen):
        a = np.mean(rows[i], axis=0)
        told_level = params.get("level", "in hindsight" if "share" in params else "")
        figures = f"{a[0]:.1f} | {a[1]:.0f} | {a[2]:.1f} | {a[3]:.0f} | {a[4]:.0f}% | {a[5]:.0f}"
        print(f"| {name} {told_level} | {moves} | {figures} |")


if __name__ == "__main__":
    main()
