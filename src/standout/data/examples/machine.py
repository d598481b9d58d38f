"""Four machines watched every minute: shifts, warm-up, relations between sensors, and five kinds of fault.

Kinds: overheating (a slow climb), a worn bearing (vibration grows), a leak (pressure falls), a stuck sensor (the speed does not
move), and a broken relation (the current no longer follows the load; both stay in their usual ranges).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from standout.data.examples._planting import label, moments, stretches, with_holes

MACHINES = 4
KINDS = ("overheating", "worn-bearing", "leak", "stuck-sensor", "broken-relation")


def make(rows: int, rng: np.random.Generator) -> dict[str, Any]:
    """The columns of the example, rows in order of time, the machines in turn."""
    parts = [_one(i, len(range(i, rows, MACHINES)), rng) for i in range(MACHINES)]
    out: dict[str, NDArray[Any]] = {}
    for name in parts[0]:
        values = np.empty(rows, dtype=parts[0][name].dtype)
        for i, part in enumerate(parts):
            values[i::MACHINES] = part[name]
        out[name] = values
    minutes = np.arange(rows) // MACHINES
    fault = out.pop("fault")
    chosen = {kind: np.flatnonzero(fault == kind) for kind in KINDS}
    return {
        "time": moments("2024-05-06", minutes * 60.0),
        "machine": pa.array([f"M{i % MACHINES + 1}" for i in range(rows)]),
        "program": pa.array(out.pop("program"), pa.string()),
        **{name: with_holes(values, 0.004, rng, 2) for name, values in out.items()},
        "fault": label(rows, chosen),
    }


def _one(number: int, rows: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    minute = np.arange(rows)
    hour = (minute / 60.0 + 6.0) % 24
    shift = 1 / (1 + np.exp(-(hour - 6.5) * 4)) * 1 / (1 + np.exp((hour - 21.5) * 4))
    program = np.array(["roughing", "finishing", "drilling"], dtype=object)[(minute // 90 + number) % 3]
    factor = np.select([program == "roughing", program == "finishing"], [1.0, 0.6], 0.8)
    load = 8 + 70 * shift * factor * (1 + 0.06 * np.sin(minute / 7.0)) + rng.normal(0, 2.0, rows)
    ambient = 21 + 3 * np.sin((hour - 9) / 24 * 2 * np.pi)
    temperature = _lagged(ambient + 0.42 * load, 25) + rng.normal(0, 0.3, rows)
    speed = 400 + 1400 * shift * factor + rng.normal(0, 12, rows)
    out = {
        "program": program,
        "load_pct": load,
        "speed_rpm": speed,
        "current_a": 2.0 + 0.21 * load + rng.normal(0, 0.35, rows),
        "temperature_c": temperature,
        "vibration_mm_s": 0.7 + 0.0009 * speed + rng.gamma(4, 0.03, rows),
        "pressure_bar": 6.0 + 0.1 * np.sin(minute / 55.0) + rng.normal(0, 0.04, rows),
        "fault": np.full(rows, "normal", dtype=object),
    }
    for kind, run in zip(KINDS[number:] + KINDS[:number], stretches(rows, len(KINDS), max(4, rows // 160), rng), strict=True):
        _break(kind, out, run, rng)
    return out


def _break(kind: str, out: dict[str, NDArray[Any]], run: NDArray[np.intp], rng: np.random.Generator) -> None:
    ramp = np.linspace(0.3, 1.0, len(run))
    if kind == "overheating":
        out["temperature_c"][run] += 22 * ramp
    elif kind == "worn-bearing":
        out["vibration_mm_s"][run] += 2.6 * ramp + rng.gamma(2, 0.25, len(run)) * ramp
    elif kind == "leak":
        out["pressure_bar"][run] -= 1.4 * ramp
    elif kind == "stuck-sensor":
        out["speed_rpm"][run] = out["speed_rpm"][run[0]]
    else:
        current = out["current_a"]
        low, high = np.quantile(current, (0.1, 0.9))
        current[run] = np.clip(low + high - current[run], low, high) + rng.normal(0, 0.35, len(run))
    out["fault"][run] = kind


def _lagged(values: NDArray[np.float64], minutes: float) -> NDArray[np.float64]:
    out, level, keep = np.empty_like(values), values[0] if len(values) else 0.0, np.exp(-1.0 / minutes)
    for i, value in enumerate(values):
        level = keep * level + (1 - keep) * value
        out[i] = level
    return out
