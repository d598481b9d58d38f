"""The generalised-Pareto tail of scores: fitted to the highest of them, checked, and used only where it fits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.core.part import Floats

SHARE = 0.1
"""The highest tenth of scores is where a tail is first looked for; half of it next, and so on while LEAST are left."""

LEAST = 50
"""Fewer peaks say nothing of a shape."""

MOST = 1_000
"""More peaks are thinned evenly: a test of fit on many refuses what is near enough, and the shape gains little."""

DOUBT = 2.0
"""How many standard errors the shape is taken heavier than it was estimated, so that what is promised beyond is kept."""

FLOOR = 1e-300
"""No p-value is 0."""

CRITICAL = ((-0.5, -0.25, 0.0, 0.25, 0.5, 1.0), (1.14, 1.05, 0.97, 0.88, 0.81, 0.75))
"""Shape, and the misfit that one truly Pareto tail in twenty exceeds: 3,000 fits each to 400 peaks, and much the same to 50."""


@dataclass(frozen=True)
class Tail:
    """Beyond `start`, excess over it is generalised Pareto; `start` is the highest score that was counted."""

    start: float
    shape: float
    scale: float

    def beyond(self, scores: Floats) -> Floats:
        """The share of scores above `start` that are above each of these, in (0, 1], shape (n,)."""
        with np.errstate(over="ignore"):  # what is too far for a float is at the floor all the same
            excess = np.maximum(scores - self.start, 0.0) / self.scale
            return np.maximum(survival(excess, self.shape), FLOOR)


def survival(excess: Floats, shape: float) -> Floats:
    """The generalised-Pareto chance of more than `excess`, in units of the scale."""
    if abs(shape) < 1e-9:
        return np.exp(-excess)
    return np.exp(-np.log1p(np.maximum(shape * excess, -1.0 + 1e-12)) / shape)


def fit_pareto(peaks: Floats) -> tuple[float, float]:
    """Shape and scale of excesses, ascending and above 0, shape (n,): the quasi-Bayesian estimate, for any shape.

    Zhang & Stephens 2009, doi:10.1198/tech.2009.08017, with shape = -k. A mean over a fixed grid of candidates: no search that
    could fail to end.
    """
    n = len(peaks)
    many = 20 + int(math.sqrt(n))
    quartile = float(peaks[int(n / 4 + 0.5) - 1])
    grid = 1.0 / peaks[-1] + (1.0 - np.sqrt(many / (np.arange(1, many + 1) - 0.5))) / (3.0 * quartile)
    k = -np.log1p(-grid[:, None] * peaks).mean(axis=1)
    likelihood = n * (np.log(grid / k) + k - 1.0)
    weight = np.exp(likelihood - likelihood.max())
    theta = float((grid * weight).sum() / weight.sum())
    k_best = -float(np.log1p(-theta * peaks).mean())
    return -k_best, k_best / theta


def misfit(peaks: Floats, shape: float, scale: float) -> float:
    """Anderson and Darling's distance between ascending excesses and a generalised-Pareto tail."""
    n = len(peaks)
    above = survival(peaks / scale, shape).clip(1e-15, 1.0 - 1e-15)
    odd = 2.0 * np.arange(1, n + 1) - 1.0
    return float(-n - (odd * (np.log1p(-above) + np.log(above[::-1]))).mean())


def find_tail(ordered: NDArray[np.float64]) -> Tail | None:
    """The tail of ascending scores beyond the highest, or None where none fits: too few, too many ties, or another form.

    Peaks over threshold: Pickands 1975, doi:10.1214/aos/1176343003; the lowest threshold that passes the test of fit, as in Bader
    et al. 2018, doi:10.1214/17-AOAS1092. Tails that seem bounded are taken as exponential, since no score is impossible, and all
    as DOUBT standard errors heavier than estimated.
    """
    many = int(SHARE * len(ordered))
    while many >= LEAST:
        threshold = float(ordered[-many - 1])
        peaks = ordered[-many:] - threshold
        if many > MOST:
            peaks = peaks[np.linspace(0, many - 1, MOST).round().astype(np.int64)]
        fitted = _checked_fit(peaks)
        if fitted is not None:
            shape, scale = fitted
            heavier = max(shape, 0.0) + DOUBT * (1.0 + max(shape, 0.0)) / math.sqrt(len(peaks))
            start = float(ordered[-1])
            return Tail(start, heavier, scale + heavier * (start - threshold))
        many //= 2
    return None


def _checked_fit(peaks: Floats) -> tuple[float, float] | None:
    """Shape and scale of ascending excesses, or None where they tie with the threshold or do not fit."""
    if not float(peaks[0]) > 0.0:
        return None
    with np.errstate(all="ignore"):  # excesses next to nothing or past all bounds: what comes of them is looked at below
        shape, scale = fit_pareto(peaks)
        if not (math.isfinite(shape) and math.isfinite(scale) and scale > 0.0):
            return None
        return (shape, scale) if misfit(peaks, shape, scale) <= np.interp(shape, *CRITICAL) else None
