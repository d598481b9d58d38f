"""Rows that are like an alert: what is counted by compiled loops is what a slow and obvious count gives."""

from __future__ import annotations

import numpy as np
from test_conditional import World, changed, in_new_zealand, planted, shop

from standout.core.table import CODED, Kind, concat
from standout.explain.alike import CLEAR, NEAR, Alike


def slow_answer(alike: Alike, i: int, k: int) -> tuple[int, str] | None:
    source, value = alike.source, alike.alerts[i]
    like = np.zeros(source.shape, dtype=bool)
    for j, column in enumerate(alike.columns):
        if j == k:
            continue
        if column.kind in CODED or column.kind is Kind.FLAG:
            like[:, j] = source[:, j] == value[j]
        elif not np.isnan(value[j]):
            place = np.sum(source[:, j] < value[j]) + 0.5 * np.sum(source[:, j] == value[j])
            there = ~np.isnan(source[:, j])
            like[there, j] = np.abs(alike.rank[there, j] - place) <= NEAR * there.sum()
        else:
            like[:, j] = np.isnan(source[:, j])
    has = source[:, k] == value[k]
    rows, held, share = like.sum(axis=0), like[has].sum(axis=0), has.mean()
    clearly = (rows * share - held) / np.sqrt(rows * share * (1 - share) + 0.5)
    best = int(clearly.argmax())
    if clearly[best] < CLEAR:
        return None
    levels = [alike.columns[k].levels[int(v)] for v in source[like[:, best], k] if v >= 0]
    return (best, max(alike.columns[k].levels, key=levels.count)) if levels else None


def test_what_speaks_against_a_category_is_what_a_slow_count_says() -> None:
    train, world = shop(), World(shop())
    explains = world.model._explains
    mixed = [in_new_zealand(train).take(np.arange(9)), changed(in_new_zealand(train).take(np.arange(9)), merchant="fuel")]
    rows, _ = world.model.conform(concat(mixed))
    alike = Alike(explains.state["source"], explains.state["rank"], rows, explains.columns)
    coded = [k for k, c in enumerate(explains.columns) if c.kind in (Kind.CATEGORY, Kind.FLAG)]
    answers = [(alike.speaks_against(i, k), slow_answer(alike, i, k)) for i in range(len(rows)) for k in coded]
    assert any(quick is not None for quick, _ in answers)
    assert any(quick is None for quick, _ in answers)
    assert all(quick == slow for quick, slow in answers)


def test_numbers_alone_have_nothing_that_speaks_against_them() -> None:
    train, faulty, _ = planted("missing", 5)
    explains = World(train).model._explains
    alike = Alike(explains.state["source"], explains.state["rank"], faulty, explains.columns)
    assert np.isfinite(alike._place).all()
