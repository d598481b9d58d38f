"""Vital signs on a ward, hour by hour and patient by patient, with four kinds of event.

Kinds: sepsis (fever, fast heart, low pressure), lack of oxygen, a swapped unit (a temperature in Fahrenheit), and a broken
combination (a slow heart in a patient with fever: each value may occur, together they do not).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from standout.data.examples._planting import label, moments, pick, planted, with_holes

KINDS = ("sepsis", "hypoxia", "wrong-unit", "broken-combination")


def make(rows: int, rng: np.random.Generator) -> dict[str, Any]:
    """The columns of the example, in order of time."""
    patients = max(5, rows // 60)
    patient = np.arange(rows) % patients
    hour = np.arange(rows) // patients
    age = rng.integers(19, 94, patients)[patient].astype(float)
    ward = pick(("surgery", "medicine", "cardiology"), (4, 4, 2), patients, rng)[patient]
    night = np.cos((hour % 24 - 4) / 24 * 2 * np.pi)
    fever = np.maximum(0, rng.normal(0, 0.35, patients))[patient] + rng.normal(0, 0.12, rows)
    temperature = 36.7 + fever - 0.25 * night
    heart = rng.normal(74, 8, patients)[patient] + 9 * fever - 5 * night + rng.normal(0, 4, rows)
    systolic = 104 + 0.42 * age + rng.normal(0, 8, patients)[patient] - 4 * night + rng.normal(0, 6, rows)
    diastolic = 0.45 * systolic + 22 + rng.normal(0, 4, rows)
    breaths = 14 + 0.05 * (heart - 74) + 1.2 * fever + rng.normal(0, 1.2, rows)
    oxygen = rng.random(patients)[patient] < 0.2
    saturation = np.clip(97.6 - 0.018 * (age - 50) - 0.8 * oxygen + rng.normal(0, 0.7, rows), 88, 100)
    chosen = planted(rows, KINDS, 0.02, rng)

    at = chosen["sepsis"]
    temperature[at] += rng.uniform(1.8, 3.0, len(at))
    heart[at] += rng.uniform(35, 60, len(at))
    systolic[at] -= rng.uniform(30, 50, len(at))
    breaths[at] += rng.uniform(7, 14, len(at))
    at = chosen["hypoxia"]
    saturation[at] -= rng.uniform(10, 22, len(at))
    breaths[at] += rng.uniform(5, 12, len(at))
    at = chosen["broken-combination"]
    temperature[at], heart[at] = rng.uniform(38.6, 39.4, len(at)), rng.uniform(52, 60, len(at))
    at = chosen["wrong-unit"]
    temperature[at] = temperature[at] * 1.8 + 32

    return {
        "time": moments("2024-01-08", hour * 3600.0),
        "patient": pa.array([f"P{n:04d}" for n in patient]),
        "ward": pa.array(ward, pa.string()),
        "age": pa.array(age.astype(np.int64)),
        "heart_rate": with_holes(heart, 0.02, rng, 0),
        "systolic": with_holes(systolic, 0.03, rng, 0),
        "diastolic": with_holes(diastolic, 0.03, rng, 0),
        "breaths": with_holes(breaths, 0.08, rng, 0),
        "saturation": with_holes(np.minimum(saturation, 100), 0.02, rng, 0),
        "temperature_c": with_holes(temperature, 0.05, rng, 1),
        "on_oxygen": pa.array(np.where(oxygen, "yes", "no").astype(object), pa.string()),
        "outcome": label(rows, chosen),
    }
