"""Promises held against rows that were not learned from."""

from __future__ import annotations

import numpy as np
import pytest

from standout.calibrate.conformal import Conformal
from standout.calibrate.segmented import Segmented
from standout.core.matrix import Matrix
from standout.core.registry import find
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.evaluate.held_out import kept_on_held_out


def rows(n, seed=0, strange=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 3))
    values[:strange] += 8
    site = Column.coded([["a", "b"][i] for i in rng.integers(2, size=n)])
    schema = Schema((Field("site", Kind.CATEGORY),))
    return Table.of(schema, [site]), Matrix.of(values)


@pytest.mark.parametrize("calibrator", [Conformal(), Segmented(column="site")])
def test_an_honest_detector_keeps_its_promise(calibrator):
    detector = find("detector", "k-nearest-neighbours")()
    kept = [k for seed in range(5) for k in kept_on_held_out(detector, calibrator, *rows(600, seed), np.random.default_rng(seed))]
    assert len(kept) == 20
    assert sum(k.holds for k in kept if k.promised) >= 14
    assert not any(k.too_many and k.level >= 0.05 for k in kept[:4])


def test_one_that_flatters_the_rows_it_learned_from_is_caught(monkeypatch):
    detector = find("detector", "k-nearest-neighbours")()
    monkeypatch.setattr(type(detector), "own_scores", lambda _self, state, matrix: detector.score(state, matrix) / 4)
    kept = kept_on_held_out(detector, Conformal(), *rows(600), np.random.default_rng(0))
    assert kept[-1].too_many


def test_labelled_anomalies_are_not_judged():
    table, matrix = rows(400, strange=100)
    labels = (np.arange(400) < 100).astype(np.int8)
    kept = kept_on_held_out(find("detector", "ecod")(), Conformal(), table, matrix, np.random.default_rng(0), labels)
    assert kept[0].rows < 200
    assert not any(k.too_many for k in kept)


def test_a_sequence_detector_is_judged_on_what_comes_later():
    detector = find("detector", "subsequence-pca").make({"window": 8})
    kept = kept_on_held_out(detector, Conformal(), *rows(400), np.random.default_rng(0))
    assert kept[0].rows == 200


def test_too_few_rows_have_no_half_to_spare():
    assert kept_on_held_out(find("detector", "ecod")(), Conformal(), *rows(99), np.random.default_rng(0)) == ()
