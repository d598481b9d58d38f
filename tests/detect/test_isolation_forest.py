"""What the contract does not say of every detector: parity, out-of-bag, and arrays from strangers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest as Reference
from sklearn.metrics import roc_auc_score

from standout.core.errors import EmptyTableError, SchemaError
from standout.core.layout import check_state
from standout.core.matrix import Matrix
from standout.detect.isolation_forest import IsolationForest


def fitted(matrix: Matrix, seed: int = 0, **params: int):
    forest = IsolationForest(**params)
    return forest, forest.fit(matrix, np.random.default_rng(seed))


def test_it_ranks_as_well_as_the_reference(rng: np.random.Generator) -> None:
    odd = np.arange(600) < 20
    rows = rng.normal(size=(600, 6)) * np.where(odd, 2.5, 1.0)[:, None]
    ours, theirs = [], []
    for seed in range(4):
        forest, state = fitted(Matrix.of(rows), seed)
        ours.append(roc_auc_score(odd, forest.score(state, Matrix.of(rows))))
        theirs.append(roc_auc_score(odd, -Reference(random_state=seed).fit(rows).score_samples(rows)))
    assert np.mean(ours) > np.mean(theirs) - 0.01


def test_its_scores_are_on_the_scale_of_the_paper(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(2000, 4)).astype(np.float32)
    forest, state = fitted(Matrix.of(rows), trees=100)
    reference = Reference(n_estimators=100, random_state=0).fit(rows)
    np.testing.assert_allclose(forest.score(state, Matrix.of(rows)), -reference.score_samples(rows), atol=0.05)


@pytest.mark.parametrize("n", [2, 3, 5, 20, 511, 512, 600])
@pytest.mark.parametrize("trees", [2, 3, 10])
def test_each_row_is_unseen_by_some_tree(n: int, trees: int, rng: np.random.Generator) -> None:
    _, state = fitted(Matrix.of(rng.normal(size=(n, 2))), trees=trees)
    bag = state["bag"]
    assert all(len(np.unique(b)) == len(b) for b in bag)
    assert all(not np.isin(np.arange(n), b).all() for b in bag)
    seen = np.array([[row in b for b in bag] for row in range(n)])
    assert (seen.sum(axis=1) < trees).all()


def test_own_scores_come_from_the_trees_that_did_not_see_the_row(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(60, 3)))
    forest, state = fitted(rows, trees=9)
    own = forest.own_scores(state, rows)
    for row in range(60):
        unseen = [tree for tree in range(9) if row not in state["bag"][tree]]
        part = {k: a[unseen] if len(a) == 9 else a for k, a in state.items()}
        assert own[row] == forest.score(part, rows.take(np.array([row])))[0]


def test_rows_without_any_difference_score_a_half() -> None:
    for n in (1, 2, 3, 100):
        rows = Matrix.of(np.ones((n, 2)))
        forest, state = fitted(rows)
        assert forest.score(state, rows).tolist() == [0.5] * n
        assert forest.own_scores(state, rows).tolist() == [0.5] * n


def test_shifted_columns_come_first_among_the_reasons(rng: np.random.Generator) -> None:
    """Two of twenty correlated columns shifted by six standard deviations; measured 0.90 to 0.92 for the first named."""
    mix = rng.normal(size=(5, 20)) / np.sqrt(10)
    forest, state = fitted(Matrix.of(rng.normal(size=(1500, 5)) @ mix + rng.normal(size=(1500, 20)) / np.sqrt(2)))
    rows = rng.normal(size=(300, 5)) @ mix + rng.normal(size=(300, 20)) / np.sqrt(2)
    planted = np.array([rng.choice(20, 2, replace=False) for _ in rows])
    for row, columns in zip(rows, planted, strict=True):
        row[columns] += 6 * rng.choice([-1, 1], 2)
    first = forest.attribute(state, Matrix.of(rows)).argmax(axis=1)
    assert np.mean((first[:, None] == planted).any(axis=1)) > 0.85


def test_reasons_do_not_depend_on_the_batch(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(1500, 4)))
    forest, state = fitted(rows)
    whole = forest.attribute(state, rows)
    for at in (0, 700, 1499):
        assert np.array_equal(forest.attribute(state, rows.take(np.array([at])))[0], whole[at])


def test_no_rows_or_no_columns_are_refused_by_name() -> None:
    for shape in ((0, 3), (3, 0)):
        with pytest.raises(EmptyTableError, match="isolation-forest got"):
            fitted(Matrix.of(np.empty(shape)))


def test_other_columns_or_rows_than_those_of_the_fit_are_refused(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(100, 5)))
    forest, state = fitted(rows)
    with pytest.raises(SchemaError, match="5 columns or more and got 4"):
        forest.score(state, Matrix.of(rows.values[:, :4]))
    with pytest.raises(SchemaError, match="got 10 rows"):
        forest.own_scores(state, rows.take(np.arange(10)))


def test_a_state_without_trees_is_refused(rng: np.random.Generator) -> None:
    rows = Matrix.of(rng.normal(size=(50, 2)))
    forest, state = fitted(rows)
    for shape in ((0, 32), (100, 0)):
        hollow = {k: np.zeros(shape, a.dtype) if a.ndim == 2 else a for k, a in state.items()}
        with pytest.raises(ValueError, match="holds no trees"):
            forest.score(hollow, rows)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_passes_the_check_of_a_state_is_scored_without_a_crash(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = Matrix.of(rng.normal(size=(50, 3)))
    forest = IsolationForest()
    trees, leaves, sample = (int(rng.integers(1, 40)) for _ in range(3))

    def floats(*shape: int) -> np.ndarray:
        """Any bits but NaN, which the check refuses."""
        any_bits = rng.integers(0, 2**32, shape, dtype=np.uint32).view(np.float32)
        return np.where(np.isnan(any_bits), np.float32(np.inf), any_bits)

    state = {
        "feature": rng.integers(0, 3, (trees, leaves)).astype(np.int32),
        "threshold": floats(trees, leaves),
        "length": floats(trees, leaves),
        "expected": floats(trees, leaves),
        "bag": rng.integers(0, 50, (trees, sample)).astype(np.int32),
        "usual": floats(1).astype(np.float64),
    }
    check_state(forest, state, {"d": 3})
    with np.errstate(all="ignore"):
        assert forest.score(state, rows).shape == (50,)
        assert forest.own_scores(state, rows).shape == (50,)
        assert forest.attribute(state, rows).shape == (50, 3)
