"""Everything the report shows, and nothing else: `flow` fills a `Story`, `render` turns it into one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import Calibrator, Policy
from standout.core.detector import Detector
from standout.core.finding import Finding
from standout.core.matrix import Feature, Matrix
from standout.core.overview import Overview
from standout.core.part import Floats
from standout.core.preparer import Preparer
from standout.core.profile import Profile
from standout.core.reason import Reason
from standout.core.scores import Alerts
from standout.core.table import Table
from standout.evaluate.results import Compared, Evaluation

BINS = 120
"""Bins of a timeline: one each few pixels of a wide screen."""


@dataclass(frozen=True)
class Timeline:
    """Rows and alerts over time: `edges` are datetime64[us], one more than there are counts."""

    column: str
    edges: NDArray[np.datetime64]
    rows: NDArray[np.int64]
    alerts: NDArray[np.int64]

    @classmethod
    def of(cls, column: str, times: NDArray[Any], alert_times: NDArray[Any], bins: int = BINS) -> Timeline | None:
        """Count rows and alerts in bins of equal length; None where no two different times are known.

        >>> days = np.datetime64("2026-01-01", "us") + np.arange(10) * np.timedelta64(1, "D")
        >>> line = Timeline.of("day", days, days[[7]], bins=3)
        >>> line.rows.tolist(), line.alerts.tolist()
        ([3, 3, 4], [0, 0, 1])
        """
        ticks = times.astype("datetime64[us]").astype(np.int64)
        ticks = ticks[ticks != np.iinfo(np.int64).min]
        first, last = (int(ticks.min()), int(ticks.max())) if len(ticks) else (0, 0)
        if first == last:
            return None
        alerts = alert_times.astype("datetime64[us]").astype(np.int64)
        edges = np.linspace(first, last, bins + 1).astype(np.int64)
        edges[-1] = last
        rows, _ = np.histogram(ticks, edges)
        raised, _ = np.histogram(alerts[(alerts >= first) & (alerts <= last)], edges)
        return cls(column, edges.astype("datetime64[us]"), rows, raised)


@dataclass(frozen=True)
class Projection:
    """Rows on their two main directions of variation, for a picture.

    points: (m, 2), a sample of rows. alerts: (k, 2), in the order of the story's alerts. explained: share of variance, each axis.
    """

    points: Floats
    alerts: Floats
    explained: tuple[float, float]

    @classmethod
    def of(cls, sample: Matrix, alerts: Matrix) -> Projection | None:
        """Principal components of the sample's inner 99%, so that what stands out does not choose the view; None for no features.

        >>> plane = Matrix.of(np.random.default_rng(0).normal(size=(100, 3)) * [3, 2, 0])
        >>> round(sum(Projection.of(plane, plane.take(np.arange(2))).explained), 6)
        1.0
        """
        if sample.width == 0 or len(sample) < 3:
            return None
        values = sample.values.astype(np.float64)
        centre = np.median(values, axis=0)
        away = np.einsum("ij,ij->i", values - centre, values - centre)
        inner = values[away <= np.quantile(away, 0.99)]
        centre = inner.mean(axis=0)
        spread = np.atleast_2d(np.cov(inner, rowvar=False))
        lengths, axes = np.linalg.eigh(spread)
        chosen = axes[:, ::-1][:, :2]
        # an eigenvector's sign is chance: the largest entry is made positive so that the picture never flips
        chosen = chosen * np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
        if chosen.shape[1] < 2:
            chosen = np.column_stack([chosen, np.zeros(len(chosen))])
            lengths = np.r_[0.0, lengths]
        total = float(lengths.sum()) or 1.0
        shares = (float(lengths[-1]) / total, float(lengths[-2]) / total)
        return cls((values - centre) @ chosen, (alerts.values - centre) @ chosen, shares)


@dataclass(frozen=True)
class Story:
    """One run, as the report tells it. Everything but the first seven fields may be left out: the page says what is not there.

    name: of the data, such as the file's name. goal: sentences that say what was asked and decided. rows: how many were scored.
    profile: what was seen of the data. preparers, features: what was made of it. detector, calibrator, policy: the parts used.
    alerts: the rows raised, strangest first; reasons: for the first of them, in the same order (may be fewer).
    alerted, weakest: where `alerts` holds only the strongest, how many rows were raised in all and the least raw score of them.
    scores: raw scores of all rows or of a fair sample. sample: a few thousand rows, for the backgrounds of pictures.
    timeline, projection: see there. comparison: detectors tried. evaluation: with and without labels.
    findings: what was noticed after the profile (preparing, fitting, scoring).
    overview: what the reasons have in common, and how often they are right. shap: pictures as (name, data address) pairs.
    commands: (what it does, command line) pairs. seconds: time taken, by phase, in order.
    """

    name: str
    goal: tuple[str, ...]
    rows: int
    profile: Profile
    detector: Detector
    policy: Policy
    alerts: Alerts
    reasons: Sequence[Reason] = ()
    alerted: int | None = None
    weakest: float | None = None
    preparers: tuple[Preparer, ...] = ()
    features: tuple[Feature, ...] = ()
    calibrator: Calibrator | None = None
    scores: Floats = field(default_factory=lambda: np.empty(0))
    sample: Table | None = None
    timeline: Timeline | None = None
    projection: Projection | None = None
    comparison: tuple[Compared, ...] = ()
    evaluation: Evaluation = field(default_factory=Evaluation)
    findings: tuple[Finding, ...] = ()
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    commands: tuple[tuple[str, str], ...] = ()
    overview: Overview = field(default_factory=Overview)
    shap: tuple[tuple[str, str], ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
