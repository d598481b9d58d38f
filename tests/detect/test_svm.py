"""The support vector machine: scikit-learn's own decision, from arrays, with rare anomalies and unknown labels."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import SVC

from standout.core.errors import LabelError
from standout.core.matrix import Matrix
from standout.detect.svm import SVM, _chosen


def ring(rng: np.random.Generator, n: int = 500) -> tuple[Matrix, np.ndarray]:
    rows = rng.normal(size=(n, 2))
    return Matrix.of(rows), (np.hypot(*rows.T) > 2).astype(np.int8)


def test_the_score_is_the_decision_of_the_solver(rng: np.random.Generator) -> None:
    rows, labels = ring(rng)
    state = SVM(gamma=0.5, cost=2.0).fit(rows, rng, labels)
    theirs = SVC(C=2.0, gamma=0.5, class_weight="balanced").fit(rows.values, labels)
    fresh, _ = ring(rng)
    ours = SVM(gamma=0.5, cost=2.0).score(state, fresh)
    np.testing.assert_allclose(ours, theirs.decision_function(fresh.values), atol=1e-2)


def test_a_ring_of_rare_anomalies_is_told_from_the_middle(rng: np.random.Generator) -> None:
    rows, labels = ring(rng)
    labels[::3] = -1
    scores = SVM().score(SVM().fit(rows, rng, labels), (fresh := ring(rng))[0])
    assert np.mean((scores > 0) == fresh[1]) > 0.93


def test_labels_of_one_class_are_refused_by_name(rng: np.random.Generator) -> None:
    with pytest.raises(LabelError, match=r"svm: 500 of 500 labelled rows are anomalous"):
        SVM().fit(ring(rng)[0], rng, np.ones(500, dtype=np.int8))


@pytest.mark.parametrize(("strange", "of", "expected"), [(10, 1000, 10), (900, 1000, 50), (990, 1000, 90), (50, 60, 50)])
def test_a_sample_keeps_rare_anomalies(rng: np.random.Generator, strange: int, of: int, expected: int) -> None:
    labels = (np.arange(of) < strange).astype(np.int8)
    at = _chosen(labels, 100, rng)
    assert len(at) == min(of, 100)
    assert int(labels[at].sum()) == expected
