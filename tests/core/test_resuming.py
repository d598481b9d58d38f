"""A snapshot: a live model that goes on from it does to the last bit what it would have done without a stop; forged ones are refused."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any

import by_hand
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standout.core import store
from standout.core.errors import ModelFileError
from standout.core.live import Live
from standout.core.registry import find

WAYS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a row detector that refits": ("ecod", {}, {"refit_every": 25, "window": 40}),
    "a row detector that refits by chance": (
        "isolation-forest",
        {"trees": 3, "rows_per_tree": 16},
        {"refit_every": 25, "window": 40},
    ),
    "one that does not learn": ("k-nearest-neighbours", {}, {"learn": False, "move_null": True}),
    "one that updates": ("running-moments", {}, {}),
    "trees that update": ("half-space-trees", {"trees": 3, "height": 4, "window": 20}, {}),
    "a forest that updates": ("random-cut-forest", {"trees": 3, "rows_per_tree": 16}, {}),
    "projections that update": ("loda", {"projections": 5}, {}),
    "a sequence detector": ("subsequence-pca", {"window": 4}, {"refit_every": 30, "window": 50}),
    "one that remembers": ("left-profile", {"shortest": 2, "lengths": 2, "memory": 50, "event": 2}, {"refit_every": 30}),
    "one that forgets": ("subsequence-pca", {"window": 4}, {"learn": False, "most_entities": 1}),
}
POLICIES = (
    ("per-rows", {"alerts": 2, "rows": 15, "level": 0.5}),
    ("lord-plus-plus", {"rate": 0.5}),
    ("addis", {"rate": 0.5}),
    ("saffron", {"rate": 0.5, "memory": 0}),
    ("level", {"level": 0.3}),
)


@cache
def model(way: str, null: str, policy: int):
    detector, params, _ = WAYS[way]
    name, budget = POLICIES[policy]
    small = {"depth": 5, "share": 0.3} if null == "dspot" else {}
    made = by_hand.with_calibrator(by_hand.model(detector, **params), null, **small)
    return made.with_policy(find("policy", name).make(budget))


def walked(live: Live, table, cuts) -> list[Any]:
    told = []
    for start, end in pairwise(cuts):
        piece = table.take(np.arange(start, end))
        scores = live.step(piece)
        told.append((scores.raw, scores.p_value, live.alarms(piece, scores), [f.as_dict() for f in live.findings]))
    return told


def equal(one, two) -> bool:
    return len(one) == len(two) and all(
        np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1]) and np.array_equal(a[2], b[2]) and a[3] == b[3]
        for a, b in zip(one, two, strict=True)
    )


def through_a_file(live: Live, path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is read of a snapshot that was written, as a service does it."""
    store.write(path, *live.snapshot())
    return store.read(path)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_resumed_one_goes_on_to_the_last_bit_as_if_it_had_never_stopped(way, tmp_path, data):
    null = data.draw(st.sampled_from(["moving-null", "conformal", "dspot"]))
    policy = data.draw(st.integers(0, len(POLICIES) - 1))
    made = model(way, null, policy)
    rows = by_hand.table(90, seed=data.draw(st.integers(0, 3)))
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, 90), max_size=8))), 90]
    stop = data.draw(st.integers(0, len(cuts) - 1))
    kept = Live(made, seed=5, **WAYS[way][2])
    walked(kept, rows, cuts[: stop + 1])
    document, arrays = through_a_file(kept, tmp_path / "snapshot")
    resumed = Live.resume(made, document, arrays)
    assert equal(walked(resumed, rows, cuts[stop:]), walked(kept, rows, cuts[stop:]))
    assert resumed.freeze().digest == kept.freeze().digest
    (one, first), (two, second) = resumed.snapshot(), kept.snapshot()
    assert one == two
    assert all(np.array_equal(first[k], second[k]) for k in first | second)


def test_a_snapshot_shares_nothing_with_what_goes_on_and_resuming_changes_it_not():
    made, rows = model("one that updates", "moving-null", 0), by_hand.table(40, seed=1)
    live = Live(made)
    live.step(rows)
    document, arrays = live.snapshot()
    before = {k: a.copy() for k, a in arrays.items()}
    walked(live, rows, [0, 40])
    walked(Live.resume(made, document, arrays), rows, [0, 40])
    assert all(np.array_equal(arrays[k], before[k]) for k in arrays)


def test_it_goes_on_under_the_policy_of_the_snapshot():
    made, rows = model("one that updates", "moving-null", 0), by_hand.table(40, seed=1)
    live = Live(made)
    live.change_policy(find("policy", "level").make({"level": 0.2}))
    live.step(rows)
    assert Live.resume(made, *live.snapshot()).policy.level == 0.2
    other_budget = made.with_policy(find("policy", "level").make({"level": 0.1}))
    assert Live.resume(other_budget, *live.snapshot()).policy.level == 0.2


def test_the_snapshot_of_another_model_is_refused():
    live = Live(model("one that updates", "moving-null", 0))
    with pytest.raises(ModelFileError, match="another model"):
        Live.resume(model("trees that update", "moving-null", 0), *live.snapshot())


def test_a_snapshot_of_a_snapshot_names_the_model_that_it_began_with():
    made = model("one that updates", "moving-null", 0)
    live = Live(made)
    live.step(by_hand.table(40, seed=1))
    again = Live.resume(made, *Live.resume(made, *live.snapshot()).snapshot())
    assert again.snapshot()[0]["model"] == made.learned_digest


def taken(way: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    made = model(way, "moving-null", 0)
    live = Live(made, **WAYS[way][2])
    walked(live, by_hand.table(40, seed=1), [0, 10, 40])
    document, arrays = live.snapshot()
    return made, json.loads(json.dumps(document)), arrays


@pytest.mark.parametrize("way", ["a sequence detector", "a row detector that refits", "one that updates"])
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_a_forged_snapshot_is_refused_or_goes_on(way, data):
    made, document, arrays = taken(way)
    if data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(document)))
        if data.draw(st.booleans()):
            del document[key]
        else:
            document[key] = data.draw(
                st.none() | st.integers() | st.text(max_size=3) | st.booleans() | st.just({"part": "share"})
            )
    else:
        key = data.draw(st.sampled_from(sorted(arrays)))
        array = arrays[key]
        how = data.draw(st.sampled_from(["drop", "cut", "grow", "type", "value"]))
        if how == "drop":
            del arrays[key]
        elif how == "cut":
            arrays[key] = array[: len(array) // 2] if array.ndim else array
        elif how == "grow":
            arrays[key] = np.concatenate([array, array])
        elif how == "type":
            with np.errstate(all="ignore"):
                arrays[key] = array.astype(data.draw(st.sampled_from(["float32", "int32", "bool", "float64", "int64"])))
        elif array.size:
            wild = st.sampled_from([-1, 0, 1, 10**6, -(2**62)]) if array.dtype.kind in "iu" else st.floats(width=16)
            with np.errstate(all="ignore"):
                array.flat[data.draw(st.integers(0, array.size - 1))] = np.array(data.draw(wild)).astype(array.dtype)
    try:
        live = Live.resume(made, document, arrays)
    except ModelFileError:
        return
    with np.errstate(all="ignore"):
        walked(live, by_hand.table(20, seed=2), [0, 5, 20])


@pytest.mark.parametrize(
    ("part", "array", "says"),
    [
        ("more/x", np.zeros(3), "more/x belongs to no part"),
        ("entities/seen", np.array([7, 0]), "points to 7"),
        ("entities/name/offsets", np.array([0, 2, 1]), "overlap"),
        ("latest/name/bytes", np.array([255, 255], dtype=np.uint8), "no text|overlap"),
        ("policy/top", np.zeros((3, 2)), "most"),
    ],
)
def test_what_is_wrong_with_an_array_is_named(part, array, says):
    made, document, arrays = taken("a sequence detector")
    with pytest.raises(ModelFileError, match=says):
        Live.resume(made, document, arrays | {part: array})
