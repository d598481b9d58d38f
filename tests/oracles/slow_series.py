"""Slow and obvious twins of the figures and loops for series, written from the definitions."""

from __future__ import annotations

import math

import numpy as np


def slow_vus_pr(scores, labels, window):
    """As TSB-AD defines it: a mask for each width and each threshold."""
    n, runs = len(scores), []
    for i in range(n):
        if labels[i] == 1 and (i == 0 or labels[i - 1] != 1):
            runs.append([i, i])
        elif labels[i] == 1:
            runs[-1][1] = i
    points = sum(labels == 1)
    descending = sorted(scores, reverse=True)
    areas = []
    for width in range(window + 1):
        half = width // 2
        soft = np.array(labels == 1, dtype=float)
        for a, b in runs:
            for away in range(1, half + 1):
                for at in (a - away, b + away):
                    if 0 <= at < n:
                        soft[at] += math.sqrt(1 - away / width)
        soft = np.minimum(soft, 1.0)
        wide = [[max(0, runs[0][0] - half), runs[0][1] + half]]
        for a, b in runs[1:]:
            if wide[-1][1] < a - half:
                wide.append([a - half, b + half])
            else:
                wide[-1][1] = b + half
        area, before = 0.0, 0.0
        for i in np.linspace(0, n - 1, 250).astype(int):
            predicted = np.array([s >= descending[i] for s in scores])
            caught = soft * predicted
            true = caught.sum()
            mass = sum(1.0 if labels[t] == 1 else caught[t] for t in range(n))
            touched = sum(predicted[a : b + 1].any() for a, b in wide) / len(wide)
            recall = min(true / ((points + mass) / 2), 1.0) * touched
            area += (recall - before) * true / predicted.sum()
            before = recall
        areas.append(area)
    return sum(areas) / len(areas)


def slow_nab(streams, found, missed, false, silence=0):
    """The best of all thresholds, each counted from nothing; streams are pairs of scores and windows."""

    def sigmoid(x):
        return 2 / (1 + math.exp(5 * x)) - 1

    def raw(threshold):
        total = 0.0
        for scores, windows in streams:
            start = min(int(0.15 * len(scores)), 750)
            detected = []
            for i in range(start, len(scores)):
                if scores[i] >= threshold and not (detected and i - detected[-1] <= silence):
                    detected.append(i)
            for left, right in windows:
                inside = [i for i in detected if left <= i <= right]
                worth = [sigmoid(-(right - i + 1) / (right - left + 1)) / sigmoid(-1) for i in inside]
                total += found * max(worth) if inside else -missed
            for i in detected:
                if any(left <= i <= right for left, right in windows):
                    continue
                past = [(left, right) for left, right in windows if right < i]
                width = past[-1][1] - past[-1][0] if past else 0
                away = (i - past[-1][1]) / width if width else 9.0
                total += false * (-1.0 if away > 3 else sigmoid(away))
        return total

    count = sum(len(w) for _, w in streams)
    limits = [*sorted({s for scores, _ in streams for s in scores}), math.inf]
    best = max(raw(t) for t in limits)
    return 100 * (best + count * missed) / (count * (found + missed))


def slow_nearest_window(values, references, window, place, apart, centred):
    """All pairs, one by one."""
    out = []
    for i in range(len(values) - window + 1):
        nearest = math.inf
        for j in range(len(references) - window + 1):
            if apart and abs(i - (place + j)) < apart:
                continue
            a, b = values[i : i + window], references[j : j + window]
            if centred:
                a, b = a - a.mean(axis=0), b - b.mean(axis=0)
            nearest = min(nearest, float(np.sqrt(((a - b) ** 2).sum())))
        out.append(nearest)
    return np.array(out)


def slow_nearest_trailing(values, references, spans, weights, place, apart):
    """All pairs, one by one: the least squared distance, and every end of a window that has it."""
    window = spans[0]
    weigh = np.zeros(window)
    for span, weight in zip(spans, weights, strict=True):
        weigh[window - span :] += weight / span
    out, ends = np.full(len(values), np.inf), [[] for _ in values]
    for i in range(window - 1, len(values)):
        for j in range(window - 1, len(references)):
            if apart and abs(i - (place + j)) < apart:
                continue
            gap = values[i - window + 1 : i + 1] - references[j - window + 1 : j + 1]
            mean = (weigh[:, None] * gap).sum(axis=0) / weigh.sum()
            square = float((weigh[:, None] * (gap - mean) ** 2).sum())
            if square < out[i] - 1e-9:
                out[i], ends[i] = square, []
            if square < out[i] + 1e-9:
                ends[i].append(j)
    return out, ends
