"""What it means to be a detector: every check over every detector and every one of its examples."""

from __future__ import annotations

import numpy as np
import pytest
from cases import CASES, ROW_CASES, SEQUENCE_CASES, excused, fit, fitted, labels_for, normal, same

from standout.core.detector import Attributes, Detector, LooksBack, Merges, Remembers, ScoresOwn, Updates, own_scores
from standout.core.errors import StandoutError
from standout.core.layout import check_state
from standout.core.matrix import Matrix
from standout.core.registry import part_from_dict

ALPHA = 0.05


def copied(state):
    return {k: a.copy() for k, a in state.items()}


@pytest.mark.parametrize("detector", CASES)
def test_scores_are_finite_one_a_row(detector: Detector) -> None:
    for n in (1, 2, 17, 400):
        scores = detector.score(fitted(detector), normal().take(np.arange(n)))
        assert scores.shape == (n,)
        assert np.isfinite(scores).all()
    assert detector.score(fitted(detector), normal().take(np.arange(0))).shape == (0,)


@pytest.mark.parametrize("detector", ROW_CASES)
def test_a_row_scores_the_same_alone_and_in_any_batch(detector: Detector) -> None:
    excused(detector, test_a_row_scores_the_same_alone_and_in_any_batch)
    state, rows = fitted(detector), normal(100, seed=1)
    together = detector.score(state, rows)
    alone = np.concatenate([detector.score(state, rows.take(np.array([i]))) for i in range(len(rows))])
    shuffled = np.random.default_rng(0).permutation(len(rows))
    assert np.array_equal(alone, together)
    assert np.array_equal(detector.score(state, rows.take(shuffled)), together[shuffled])
    many = detector.score(state, rows.take(np.tile(np.arange(100), 97)))
    assert np.array_equal(many, np.tile(together, 97))


@pytest.mark.parametrize("detector", SEQUENCE_CASES)
def test_a_causal_score_ignores_what_comes_after(detector: Detector) -> None:
    if not detector.causal:
        pytest.skip("looks ahead, and says so")
    state, rows = fitted(detector), normal(200, seed=1)
    whole = detector.score(state, rows)
    for stop in (1, 5, 60, 199):
        assert np.array_equal(detector.score(state, rows.take(np.arange(stop))), whole[:stop])


@pytest.mark.parametrize("detector", SEQUENCE_CASES)
def test_entities_do_not_see_each_other(detector: Detector) -> None:
    state = fitted(detector)
    one, two = normal(120, seed=1), normal(90, seed=2)
    joined = Matrix(np.concatenate([one.values, two.values]), one.features, np.array([0, 120]))
    apart = np.concatenate([detector.score(state, one), detector.score(state, two)])
    assert np.array_equal(detector.score(state, joined), apart)


@pytest.mark.parametrize("detector", SEQUENCE_CASES)
def test_a_score_needs_no_more_context_than_it_asks_for(detector: Detector) -> None:
    if not isinstance(detector, LooksBack):
        pytest.skip("has no bounded context, and cannot go live")
    state, rows = fitted(detector), normal(200, seed=1)
    back = detector.context(state)
    whole, late = detector.score(state, rows), detector.score(state, rows.take(np.arange(150 - back, 200)))
    assert np.array_equal(late[back:], whole[150:])


@pytest.mark.parametrize("detector", SEQUENCE_CASES)
def test_a_memory_stands_for_all_that_came_before_and_stays_bounded(detector: Detector) -> None:
    if not isinstance(detector, Remembers):
        pytest.skip("remembers no more than its context")
    state, rows = fitted(detector), normal(9000, seed=1)
    most, width = detector.remembers(state)
    whole, memory, at = detector.score(state, rows), np.empty((0, width), dtype=np.float32), 0
    for size in (1, 1, 70, 500, 1, most, 7, 3000, 1, 1, 1, 40):
        before, piece = memory.copy(), rows.take(np.arange(at, min(at + size, len(rows))))
        scores, after = detector.follow(state, memory, piece.values)
        assert np.array_equal(scores, whole[at : at + size])
        assert np.array_equal(memory, before)
        behind = Matrix(piece.values, piece.features, before=(memory,))
        assert np.array_equal(detector.score(state, behind), scores)
        memory, at = after, at + size
        assert memory.dtype == np.float32
        assert memory.shape == (min(at, most, len(rows)), width)
    assert not np.shares_memory(memory, rows.values)


@pytest.mark.parametrize("detector", CASES)
def test_scoring_changes_neither_state_nor_input(detector: Detector) -> None:
    state, rows = fitted(detector), normal(60, seed=1)
    before, values = copied(state), rows.values.copy()
    first = detector.score(state, rows)
    if isinstance(detector, Attributes):
        detector.attribute(state, rows)
    assert np.array_equal(first, detector.score(state, rows))
    assert same(before, state)
    assert np.array_equal(values, rows.values)


@pytest.mark.parametrize("detector", CASES)
def test_the_same_seed_gives_the_same_state_and_a_refit_is_a_fresh_fit(detector: Detector) -> None:
    assert same(fit(detector, normal(), seed=3), fit(detector, normal(), seed=3))
    other = type(detector).make({k: getattr(detector, k) for k in detector.specs()})
    assert same(fit(other, normal(), seed=3), fit(detector, normal(), seed=3))


@pytest.mark.parametrize("detector", CASES)
def test_the_input_is_neither_kept_nor_changed(detector: Detector) -> None:
    rows = normal()
    values = rows.values.copy()
    state = fit(detector, rows)
    assert np.array_equal(values, rows.values)
    assert not any(np.shares_memory(array, rows.values) for array in state.values())


@pytest.mark.parametrize("detector", CASES)
def test_the_state_is_as_declared_and_the_parameters_survive_json(detector: Detector) -> None:
    check_state(detector, fitted(detector), {"d": normal().width})
    assert part_from_dict("detector", detector.as_dict()) == detector


@pytest.mark.parametrize("detector", CASES)
def test_a_planted_anomaly_is_found(detector: Detector) -> None:
    excused(detector, test_a_planted_anomaly_is_found)
    rows = normal(300, seed=1).values.copy()
    spread = rows.std(axis=0)
    rows[200:203] += 6 * spread * np.where(np.arange(rows.shape[1]) % 2, 1, -1)
    scores = detector.score(fitted(detector), Matrix.of(rows))
    assert 198 <= int(np.argmax(scores)) < 300
    assert scores[200:203].max() > np.quantile(scores[:200], 0.98)


@pytest.mark.parametrize("detector", ROW_CASES)
def test_own_scores_are_those_of_unseen_rows(detector: Detector) -> None:
    """The share of fresh rows that score above the own scores' upper quantile is the level promised."""
    excused(detector, test_own_scores_are_those_of_unseen_rows)
    rates = []
    for seed in range(6):
        train, fresh = normal(600, seed=0), normal(2000, seed=0)
        both = np.random.default_rng(seed).permutation(np.concatenate([train.values, fresh.values]))
        train, fresh = Matrix.of(both[:600]), Matrix.of(both[600:])
        state = fit(detector, train, seed)
        own = own_scores(detector, state, train, np.random.default_rng(seed), labels_for(detector, train))
        assert own.shape == (600,)
        rates.append(np.mean(detector.score(state, fresh) > np.quantile(own, 1 - ALPHA)))
    assert 0.5 * ALPHA < np.mean(rates) < 1.5 * ALPHA


@pytest.mark.parametrize("detector", CASES)
def test_the_attribution_points_at_the_planted_column(detector: Detector) -> None:
    excused(detector, test_the_attribution_points_at_the_planted_column)
    if not isinstance(detector, Attributes):
        pytest.skip("has no attribution of its own; the explainer's occlusion is used")
    rows = normal(100, seed=1)
    for planted in range(rows.width):
        values = rows.values.copy()
        values[50, planted] += 12 * values[:, planted].std()
        parts = detector.attribute(fitted(detector), Matrix.of(values))
        assert parts.shape == values.shape
        assert np.isfinite(parts).all()
        assert int(np.argmax(parts[50])) == planted


@pytest.mark.parametrize("detector", CASES)
def test_updating_learns_and_stays_bounded(detector: Detector) -> None:
    if not isinstance(detector, Updates):
        pytest.skip("has no update; live use refits on a window")
    state = copied(fitted(detector))
    sizes = {k: a.shape for k, a in state.items()}
    before = copied(state)
    detector.update(state, normal(50, seed=2))
    assert not same(before, state)
    for seed in range(3):
        detector.update(state, normal(200, seed=seed))
    assert {k: a.shape for k, a in state.items()} == sizes


@pytest.mark.parametrize("detector", CASES)
def test_partitions_put_together_score_as_one_machine_does(detector: Detector) -> None:
    if not isinstance(detector, Merges):
        pytest.skip("cannot be merged; it is fitted on a sample")
    rows, parts = normal(600), np.array_split(np.arange(600), 3)
    merged = detector.merge([fit(detector, rows.take(p)) for p in parts])
    backwards = detector.merge([fit(detector, rows.take(p)) for p in parts[::-1]])
    test = normal(200, seed=5)
    one, many = detector.score(fit(detector, rows), test), detector.score(merged, test)
    assert np.corrcoef(one, many)[0, 1] > 0.9
    np.testing.assert_allclose(detector.score(backwards, test), many, rtol=1e-5)


AWKWARD = {
    "constant": np.ones((60, 4)),
    "one constant column": np.column_stack([normal(60).values[:, :3], np.ones(60)]),
    "one row": normal(1).values,
    "two rows": normal(2).values,
    "one column": normal(60, 1).values,
    "wide": normal(40, 200).values,
    "huge": normal(60).values * 1e12,
    "tiny": normal(60).values * 1e-12,
    "doubled rows": np.repeat(normal(6).values, 10, axis=0),
    "collinear": normal(60).values[:, [0, 0, 1, 1]],
    "huge offset": normal(60).values + 1e7,
}


@pytest.mark.parametrize("what", AWKWARD)
@pytest.mark.parametrize("detector", CASES)
def test_awkward_input_is_scored_or_refused_by_name(detector: Detector, what: str) -> None:
    rows = Matrix.of(AWKWARD[what])
    try:
        state = fit(detector, rows)
    except StandoutError as error:
        assert detector.name in str(error) or "column" in str(error).lower() or "label" in str(error).lower()
        assert error.hint
        return
    assert np.isfinite(detector.score(state, rows)).all()
    assert np.isfinite(own_scores(detector, state, rows, np.random.default_rng(0), labels_for(detector, rows))).all()
    far = Matrix.of(np.full((1, rows.width), 9e14))
    assert np.isfinite(detector.score(state, far)).all()
    check_state(detector, state, {"d": rows.width})


@pytest.mark.parametrize("detector", [c for c in CASES if isinstance(c.values[0], ScoresOwn)])
def test_no_row_is_judged_by_its_own_copy(detector: Detector) -> None:
    """A far row among the training rows scores high in its own scores; in a series, as soon as its window knows."""
    values = normal().values.copy()
    at = 7 if detector.kind == "rows" else 207
    values[at] += 20
    rows = Matrix.of(values)
    own = own_scores(detector, fit(detector, rows), rows, np.random.default_rng(0), labels_for(detector, rows))
    near = slice(at, at + 1) if detector.kind == "rows" else slice(at - 100, at + 150)
    assert own[near].max() >= np.quantile(own, 0.99)


def test_every_parameter_is_varied_by_some_example_and_changes_something() -> None:
    for name in {c.values[0].name for c in CASES}:
        variants = [c.values[0] for c in CASES if c.values[0].name == name]
        default = type(variants[0])()
        for param in default.specs():
            others = [v for v in variants if getattr(v, param) != getattr(default, param)]
            assert others, f"{name}: no example varies {param}"
            base = detector_output(default)
            assert any(not np.array_equal(detector_output(v), base) for v in others), f"{name}: {param} changes nothing"


def detector_output(detector: Detector) -> np.ndarray:
    return detector.score(fitted(detector), normal(80, seed=4))
