"""SHAP values: exact for forests by our own kernel, by the shap package for any other, and the sign is that of strangeness."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import standout
from oracles.brute_shapley import shapley
from standout.core.errors import MissingExtraError, ParameterError
from standout.core.matrix import Matrix
from standout.detect.isolation_forest import IsolationForest
from standout.detect.k_nearest_neighbours import KNearestNeighbours
from standout.detect.subsequence_pca import SubsequencePCA
from standout.explain.shap_values import addresses, explanation, pictures
from standout.kernels.isolation import rows_reached, usual_lengths

ROWS = np.random.default_rng(0).normal(size=(300, 4))
ROWS[0, 2] = 9.0


def test_a_forest_s_values_are_the_shapley_values_by_definition_and_sum_to_the_log_of_the_score() -> None:
    forest = IsolationForest(trees=5, rows_per_tree=16)
    matrix = Matrix.of(ROWS)
    state = forest.fit(matrix, np.random.default_rng(0))
    values, base = forest.shapley(state, matrix)
    np.testing.assert_allclose(base + values.sum(axis=1), np.log2(forest.score(state, matrix)), atol=1e-9)
    arrays = state["feature"], state["threshold"], state["length"]
    cover = rows_reached(arrays, usual_lengths(16))
    assert (cover[:, 1] == 16).all()
    unit = 5 * state["usual"][0]
    for i in (0, 7):
        slow = sum(shapley(tuple(a[t] for a in arrays), cover[t], matrix.values[i]) for t in range(5))
        np.testing.assert_allclose(values[i], -slow / unit, atol=1e-6)  # the slow twin adds float32
    assert int(values[0].argmax()) == 2  # larger where stranger


def test_rows_that_reached_a_node_are_counted_from_lengths_alone() -> None:
    forest = IsolationForest(trees=20, rows_per_tree=200)
    matrix = Matrix.of(np.round(ROWS, 1))  # equal rows end together
    state = forest.fit(matrix, np.random.default_rng(1))
    sample = state["bag"].shape[1]
    cover = rows_reached((state["feature"], state["threshold"], state["length"]), usual_lengths(sample))
    assert (cover[:, 1] == sample).all()


def needs_shap() -> None:
    pytest.importorskip("shap", reason="pip install 'standout[shap]'")


@pytest.mark.parametrize("detector", [IsolationForest(), KNearestNeighbours()])
def test_an_explanation_sums_to_the_score_and_names_the_planted_column(detector) -> None:
    needs_shap()
    made = standout.run(ROWS, detector=detector)
    rows = made.trained.learned.table.take(np.arange(3))
    explained = explanation(made.model, rows, made.trained.learned.table)
    scores = made.model.score(rows).raw
    whole = np.log2(scores) if detector.name == "isolation-forest" else scores
    np.testing.assert_allclose(explained.base_values + explained.values.sum(axis=1), whole, rtol=1e-6, atol=1e-6)
    assert explained.feature_names[int(explained.values[0].argmax())] == made.model.schema.features[2].name


def test_the_pictures_are_made_for_report_and_notebook() -> None:
    needs_shap()
    made = standout.run(ROWS, detector=IsolationForest())
    drawn = pictures(explanation(made.model, made.alerts.table))
    assert all(png.startswith(b"\x89PNG") and len(png) > 5_000 for _, png in drawn)
    assert [a.split(",")[0] for _, a in addresses(drawn)] == ["data:image/png;base64"] * 2


def test_without_the_extra_the_error_says_how_to_get_it(monkeypatch) -> None:
    made = standout.run(ROWS, detector=IsolationForest())
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(MissingExtraError, match=r"standout\[shap\]"):
        explanation(made.model, made.alerts.table)


def test_a_sequence_detector_is_refused_by_name() -> None:
    needs_shap()
    made = standout.run(ROWS, detector=SubsequencePCA(window=8))
    with pytest.raises(ParameterError, match="subsequence-pca"):
        explanation(made.model, made.alerts.table)


def as_shap_tree(arrays, cover, t: int):
    """One of our trees as the shap package takes trees: a node's children, question, expected value and rows."""
    feature, threshold, length = arrays
    leaves = length.shape[1]
    made: dict[str, list] = {
        k: [] for k in ("children_left", "children_right", "features", "thresholds", "values", "node_sample_weight")
    }

    def add(node: int) -> int:
        at = len(made["values"])
        ended = node >= leaves or np.isinf(threshold[t, node])
        first = node
        while first < leaves:
            first *= 2
        below = np.nextafter(threshold[t, node], np.float32(-np.inf)) if not ended else 0.0  # shap goes left at equal, ours right
        question = int(feature[t, node]) if not ended else -2
        for key, value in zip(
            made, (-1, -1, question, float(below), float(length[t, first - leaves]), cover[t, node]), strict=True
        ):
            made[key].append(value)
        if not ended:
            left, right = add(2 * node), add(2 * node + 1)
            made["children_left"][at], made["children_right"][at] = left, right
            weight, value = made["node_sample_weight"], made["values"]
            value[at] = (value[left] * weight[left] + value[right] * weight[right]) / weight[at]
        return at

    add(1)
    tree = {k: np.array(v) for k, v in made.items()}
    return tree | {"values": tree["values"][:, None], "children_default": tree["children_left"]}


def test_a_forest_s_values_are_those_of_shap_s_tree_explainer_on_the_same_trees_with_the_sign_of_strangeness() -> None:
    shap = pytest.importorskip("shap", reason="pip install 'standout[shap]'")
    forest, matrix = IsolationForest(trees=10, rows_per_tree=128), Matrix.of(ROWS)
    state = forest.fit(matrix, np.random.default_rng(0))
    values, _ = forest.shapley(state, Matrix.of(ROWS[:20]))
    arrays = state["feature"], state["threshold"], state["length"]
    cover = rows_reached(arrays, usual_lengths(state["bag"].shape[1]))
    peer = shap.TreeExplainer({"trees": [as_shap_tree(arrays, cover, t) for t in range(10)]})
    lengths = peer.shap_values(matrix.values[:20].astype(np.float64))
    np.testing.assert_allclose(values, -lengths / (10 * state["usual"][0]), atol=1e-12)
