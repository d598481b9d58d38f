"""Slow and obvious twins of the residual detectors' loops, written from their definitions."""

from __future__ import annotations

import numpy as np


def slow_left_over(values, window, season, cycles):
    """Level by a median of the past, season by a median over earlier seasons, one value at a time."""
    n, d = values.shape
    out = np.empty((n, d))
    for c in range(d):

        def above(t, c=c):
            return values[t, c] - np.median(values[max(0, t - window + 1) : t + 1, c])

        for t in range(n):
            seasons = [t - k * season for k in range(1, cycles + 1) if season and t - k * season >= season - 1]
            out[t, c] = above(t) - (np.median([above(s) for s in seasons]) if seasons else 0.0)
    return out


def slow_saliency(window, smooth, ahead, slopes, floor):
    """One window of one column: the saliency of each of its rows, the estimated ones behind it left off."""
    before = window[:-1]
    guess = before[-slopes] + sum((before[-1] - before[-1 - back]) / back for back in range(1, slopes + 1))
    spectrum = np.fft.rfft(np.concatenate([window, [guess] * ahead]))
    amplitude = np.abs(spectrum) + floor
    level = np.log(amplitude)
    mean = np.array([level[max(0, k - smooth + 1) : k + 1].mean() for k in range(len(level))])
    flat = spectrum / amplitude * np.exp(level - mean)
    return np.abs(np.fft.irfft(flat, len(window) + ahead))[: len(window)]
