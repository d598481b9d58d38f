"""What the extended isolation forest promises beyond the contract."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from standout.core.matrix import Matrix
from standout.detect.extended_isolation_forest import NEEDED, ExtendedIsolationForest


def fit(detector, values):
    return detector.fit(Matrix.of(values), np.random.default_rng(0))


def test_scores_are_those_of_a_walk_down_each_tree(rng):
    detector = ExtendedIsolationForest(trees=5, rows_per_tree=32)
    state = fit(detector, rng.normal(size=(100, 4)))
    test = Matrix.of(2 * rng.normal(size=(20, 4)))
    column, weight, cut, length = (state[k] for k in NEEDED)
    slow = []
    for row in test.values.astype(np.float64):
        total = 0.0
        for t in range(5):
            node = 1
            while node < cut.shape[1]:
                node = 2 * node + int(row[column[t, node]] @ weight[t, node] >= cut[t, node])
            total += float(length[t, node - cut.shape[1]])
        slow.append(2 ** -(total / (5 * state["usual"][0])))
    np.testing.assert_allclose(detector.score(state, test), slow, rtol=1e-12)


def test_every_training_row_of_a_tree_ends_in_a_leaf_that_counted_it(rng):
    """Path lengths summed over a tree's own rows are those of the tree as it was grown: depths are whole where leaves hold one row."""
    detector = ExtendedIsolationForest(trees=3, rows_per_tree=8)
    rows = Matrix.of(rng.normal(size=(30, 3)))
    state = fit(detector, rows.values)
    column, weight, cut, length = (state[k] for k in NEEDED)
    for t in range(3):
        ends = []
        for row in rows.values[state["bag"][t]].astype(np.float64):
            node = 1
            while node < cut.shape[1]:
                node = 2 * node + int(row[column[t, node]] @ weight[t, node] >= cut[t, node])
            ends.append(node)
        for leaf in set(ends):
            alone = ends.count(leaf) == 1
            assert float(length[t, leaf - cut.shape[1]]).is_integer() or not alone


def test_off_a_diagonal_it_sees_more_than_cuts_along_the_axes(rng):
    along = 3 * rng.normal(size=800)
    values = np.column_stack([along, along + 0.3 * rng.normal(size=800)])
    off = np.column_stack([along[:40], -along[:40]])[np.abs(along[:40]) > 1]
    rows, label = Matrix.of(np.concatenate([values, off])), np.r_[np.zeros(800), np.ones(len(off))]
    slanted, straight = (
        roc_auc_score(label, d.score(fit(d, values), rows))
        for d in (ExtendedIsolationForest(), ExtendedIsolationForest(columns=1))
    )
    assert slanted > straight + 0.02


def test_own_scores_are_out_of_bag(rng):
    detector = ExtendedIsolationForest(trees=8, rows_per_tree=16)
    rows = Matrix.of(rng.normal(size=(40, 3)))
    state = fit(detector, rows.values)
    own = detector.own_scores(state, rows)
    for i in range(40):
        unseen = ~(state["bag"] == i).any(axis=1)
        part = {k: state[k][unseen] for k in (*NEEDED, "bag")} | {"usual": state["usual"]}
        np.testing.assert_allclose(detector.score(part, rows.take(np.array([i])))[0], own[i], rtol=1e-12)
