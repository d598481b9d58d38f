"""Peaks over a fixed threshold whose tail is fitted anew with each peak: what SPOT and DSPOT share."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from standout.calibrate._null import counted, counted_rows
from standout.calibrate._tail import FLOOR, fit_pareto, survival
from standout.core.errors import TooFewRowsError
from standout.core.layout import Holds
from standout.core.part import State

LEAST = 10
"""Fewer peaks have no tail to speak of."""

DOUBT = 1.0
"""How many standard errors the shape is taken heavier than estimated: as estimated, one row in n was called strange 1.3 times."""

LAYOUT = {
    "null": Holds("float64", "n"),
    "threshold": Holds("float64", 1),
    "seen": Holds("int64", 1),
    "over": Holds("int64", 1),
    "peaks": Holds("float64", "kept"),
    "tail": Holds("float64", 2),
}
"""null: first scores, ascending; seen, over: rows taken in and peaks among them; peaks: the latest, 0 where there is none yet;
tail: shape and scale, the scale infinite where nothing is known beyond the threshold."""


def started(who: str, scores: NDArray[np.float64], share: float, kept: int) -> State:
    """From the first scores, of which the `share` highest are peaks; TooFewRowsError where these are fewer than LEAST."""
    needed = math.ceil(LEAST / share)
    if len(scores) < needed:
        raise TooFewRowsError.needed(who, len(scores), needed)
    null = np.sort(scores)
    threshold = float(null[-int(share * len(null)) - 1])
    first = scores[scores > threshold]
    peaks = np.zeros(kept)
    latest = first[-kept:] - threshold
    peaks[(len(first) - len(latest) + np.arange(len(latest))) % kept] = latest
    state: State = {
        "null": null,
        "threshold": np.array([threshold]),
        "seen": np.array([len(scores)]),
        "over": np.array([len(first)]),
        "peaks": peaks,
        "tail": np.array([0.0, np.inf]),
    }
    refit(state)
    return state


def p_values_of(state: State, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counted among the first scores up to the threshold; above it, the share of peaks times the tail beyond."""
    threshold, (shape, scale) = float(state["threshold"][0]), state["tail"].tolist()
    share = (1.0 + float(state["over"][0])) / (1.0 + float(state["seen"][0]))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # too far for a float, or a damaged file: floored
        beyond = share * survival(np.maximum(scores - threshold, 0.0) / scale, shape)
    p = np.where(scores > threshold, beyond, np.maximum(counted(state["null"], scores), share))
    return np.clip(p, FLOOR, 1.0)


def take_in(state: State, excess: float, anomalous: float) -> bool:
    """One more peak in place of the oldest, and the tail fitted again; False for an anomaly, which only goes by."""
    if float(p_values_of(state, state["threshold"] + excess)[0]) < anomalous:
        return False
    peaks = state["peaks"]
    peaks[int(state["over"][0]) % len(peaks)] = excess
    state["over"][0] += 1
    state["seen"][0] += 1
    refit(state)
    return True


def refit(state: State) -> None:
    """Shape and scale of the peaks kept; where they tie, nothing is promised beyond the threshold."""
    peaks = np.sort(state["peaks"][state["peaks"] > 0.0])
    shape, scale = 0.0, math.inf
    if len(peaks) >= LEAST:
        with np.errstate(all="ignore"):  # ties and excesses past all bounds: what comes of them is looked at below
            shape, scale = fit_pareto(peaks)
        if math.isfinite(shape) and math.isfinite(scale) and scale > 0.0:
            shape += DOUBT * max(1.0 + shape, 0.0) / math.sqrt(len(peaks))
        else:
            shape, scale = 0.0, math.inf
    state["tail"][:] = shape, scale


def reach(state: State) -> float:
    """The least level that is promised: what the rows taken in could count; the peaks' share where these have no tail."""
    seen = 1.0 + float(state["seen"][0])
    return 1.0 / seen if math.isfinite(state["tail"][1]) else (1.0 + float(state["over"][0])) / seen


def rows_needed(level: float, share: float) -> int:
    """The rows behind `reach`, and no fewer than a start takes."""
    return max(math.ceil(LEAST / share), counted_rows(level))
