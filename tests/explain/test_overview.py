"""What would bring a row under the limit, what alerts have in common, and how often reasons are right."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from test_conditional import World, changed, correlated, in_new_zealand, planted, shop, table_of

from standout.core.overview import Hit
from standout.core.reason import Contribution, Reason
from standout.core.registry import part_from_dict
from standout.core.table import Kind
from standout.data.convert import tables
from standout.data.opening import open_source
from standout.detect.isolation_forest import IsolationForest
from standout.explain.counterfactual import _away
from standout.explain.dependence import dependence
from standout.explain.grouping import drivers, groups
from standout.explain.hit_rate import COMBINATION, SHIFT, hit_rates, poor
from standout.explain.whole import overview
from standout.flow import fit
from standout.goal.goal import Goal

WORLD = World(shop())


def limit_of(world: World, table, quantile: float = 0.99) -> float:
    return float(np.quantile(world.model.score(table).raw, quantile))


def as_changed(table, counterfactual):
    """The row with the changes made in the table itself, prepared and scored anew."""
    values = {}
    for change in counterfactual.changes:
        to = change.to
        values[change.column] = float(to) if isinstance(to, bool) else to
    return changed(table, **values)


@pytest.mark.parametrize(
    "values",
    [
        {"amount": 9310.4},
        {"merchant": "casino"},
        {"amount": 9310.4, "merchant": "casino"},
        {"card present": 0.0, "amount": np.nan},
    ],
    ids=str,
)
def test_the_changed_row_scores_under_the_limit_when_the_table_is_changed(values) -> None:
    row, limit = changed(in_new_zealand(shop(seed=1)), **values), limit_of(WORLD, shop())
    [reason] = WORLD.model.explain(row, limit=limit)
    told = reason.counterfactual
    assert told is not None
    if WORLD.model.score(row).raw[0] < limit:
        assert not told.found
        return
    assert told.found
    score = float(WORLD.model.score(as_changed(row, told)).raw[0])
    assert score == pytest.approx(told.score, rel=1e-6)
    assert score < limit
    assert all(c.seen == values.get(c.column, c.seen) or np.isnan(values[c.column]) for c in told.changes)
    assert len(told.changes) <= len(values)


def test_no_smaller_set_of_the_values_tried_would_do() -> None:
    train, faulty, _ = planted("shift", 8)
    world = World(train)
    limit = limit_of(world, train, 0.9)
    judged = world.model.judged(faulty)
    similar = world.model._explains.similar
    for i, reason in enumerate(world.model.explain(faulty, limit=limit)):
        told = reason.counterfactual
        assert told is not None
        assert told.found
        row, columns = faulty.take(np.array([i])), [c.column for c in told.changes]
        if len(columns) != 2:
            continue
        likely = world.model._explains._weighed(judged)[2].values[i]
        tried = _away(similar, judged.rows[i][similar.blocks.order], likely)
        assert {k for k, _ in tried} == set(range(12))
        for k, at in tried:
            assert world.model.score(changed(row, **{f"x{k}": similar.value(at, k)})).raw[0] >= limit


def test_a_row_barely_above_the_limit_is_told_of_the_column_that_is_strange_and_of_no_nudge_to_another() -> None:
    row = changed(shop(seed=1), amount=9310.4)
    limit = float(WORLD.model.score(row).raw[0]) * (1 - 1e-6)
    [reason] = WORLD.model.explain(row, limit=limit)
    assert reason.counterfactual is not None
    assert [c.column for c in reason.counterfactual.changes] == ["amount"]


def test_where_no_change_brings_a_row_under_it_is_said_so() -> None:
    train, faulty, _ = planted("shift", 3)
    for reason in World(train).model.explain(faulty, limit=1e-9):
        assert reason.counterfactual is not None
        assert not reason.counterfactual.found
        assert reason.as_dict()["counterfactual"]["found"] is False


def contribution(column: str, seen, how="value", usual=(4.0, 320.0), share=0.9) -> Contribution:
    return Contribution(column, share, seen, None, usual, how)


def test_rows_of_one_reason_are_told_in_one_sentence() -> None:
    reasons = [Reason(i, (contribution("amount", 500.0 + i),), "own.", told=1, excess=2.0) for i in range(5)]
    reasons.append(Reason(9, (contribution("amount", 1.0),), "too low.", told=1, excess=1.0))
    reasons += [
        Reason(20 + i, (contribution("shop", s, usual=("a", "b")),), "shop.", told=1, excess=4.0) for i, s in enumerate("xyx")
    ]
    made = groups(reasons)
    assert [g.rows for g in made] == [(0, 1, 2, 3, 4), (20, 21, 22), (9,)]
    assert made[0].sentence == "amount is above the usual 4 to 320 (500 to 504)."
    assert made[1].sentence == "shop is unusual ('x', 'y')."
    assert made[2].sentence == "too low."


def test_the_same_reason_does_not_depend_on_which_column_counts_most() -> None:
    one, other = contribution("a", 900.0), contribution("b", "x", "combination", ())
    assert Reason(0, (one, other), "", told=2).key == Reason(1, (other, one), "", told=2).key == "a above; b combination"
    assert Reason(0, (one, other), "", told=1).key == "a above"


def test_drivers_share_out_all_of_the_excess_that_is_told() -> None:
    reasons = [
        Reason(0, (contribution("a", 1.0, share=0.75), contribution("b", 1.0, share=0.25)), "", 1, excess=4.0),
        Reason(1, (contribution("b", 1.0, share=1.0),), "", 1, excess=12.0),
    ]
    assert [(d.column, round(d.share, 4), d.first) for d in drivers(reasons)] == [("b", 0.8125, 1), ("a", 0.1875, 1)]
    assert drivers([Reason(0, (), "")]) == ()


def test_the_score_rises_along_a_column_towards_values_that_are_rare() -> None:
    table = shop()
    told = dependence(WORLD.model, table, "amount")
    assert told is not None
    assert list(told.values) == sorted(told.values)
    assert told.scores[-1] == max(told.scores)
    assert all(lo <= s <= hi for lo, s, hi in zip(told.low, told.scores, told.high, strict=True))
    category = dependence(WORLD.model, table, "merchant")
    assert category is not None
    assert set(category.values) <= {"grocery", "books", "fuel", "wine"}
    assert dependence(WORLD.model, table, "note") is None


def test_planted_faults_are_counted_and_poor_rates_are_found() -> None:
    train = table_of({f"x{j}": c for j, c in enumerate(correlated(800, 2).T)})
    hits, unmeasured = hit_rates(World(train).model, train, np.random.default_rng(0))
    assert unmeasured == ()
    assert [h.kind for h in hits] == [SHIFT, COMBINATION]
    assert hits[0].rate > 0.9
    assert hits[1].rate > 0.6
    assert poor(hits) == ()
    assert hit_rates(World(train).model, train, np.random.default_rng(0)) == (hits, ())
    [found] = poor([Hit(SHIFT, 0.3, 0.2, 40)])
    assert found.code == "reasons-poor"
    assert "30%" in found.message


def test_columns_that_do_not_depend_on_each_other_give_a_warning() -> None:
    rng = np.random.default_rng(0)
    table = table_of({f"x{j}": rng.normal(size=600) for j in range(20)})
    told = overview(World(table).model, [], table)  # though this detector knows its training rows by heart
    assert any(f.code == "reasons-poor" and COMBINATION in f.message for f in told.findings)


def narrow(width: int):
    rng = np.random.default_rng(width)
    hidden = rng.normal(size=(150, 2))
    return {f"x{j}": hidden @ rng.normal(size=2) + 0.1 * rng.normal(size=150) for j in range(width)}


ODD = {
    "perfectly collinear": {"a": (base := np.random.default_rng(0).normal(size=200)), "b": 2 * base, "c": -base, "d": base},
    "constants": {"a": base, "b": np.ones(200), "c": np.zeros(200)},
    "one column": {"a": base},
    "2,000 columns": narrow(2000),
}


@pytest.mark.parametrize("what", ODD)
def test_odd_tables_have_reasons_counterfactuals_and_rates(what: str) -> None:
    table = table_of(ODD[what])
    world = World(table)
    far = table.take(np.array([0]))
    far.columns[0].values[:] = 40.0
    nothing = table.take(np.array([1]))
    for column in nothing.columns:
        column.values[:] = np.nan
    limit = limit_of(world, table)
    for row in (far, nothing):
        [reason] = world.model.explain(row, limit=limit)
        assert reason.sentence.endswith(".")
        assert sum(c.share for c in reason.contributions) + reason.rest == pytest.approx(1 if reason.excess > 0 else 0)
    assert world.model.explain(far)[0].contributions[0].column in ("a", "b", "c", "d", "x0")
    if what == "2,000 columns":  # the detector of these tests needs a minute for all that an overview asks
        world = World(table, by=IsolationForest(trees=20))
    told = overview(world.model, world.model.explain(far), table)
    assert told.drivers
    assert all(0 <= h.rate <= 1 for h in told.hits)
    assert told.as_dict()["hit_rates"] is not None


def test_a_row_is_changed_only_within_what_was_seen() -> None:
    table = shop()
    row = changed(table, amount=9310.4)
    [reason] = WORLD.model.explain(row, limit=limit_of(WORLD, table))
    assert reason.counterfactual is not None
    for change in reason.counterfactual.changes:
        column = table[change.column]
        if column.kind is Kind.NUMBER:
            assert np.nanmin(column.values) <= change.to <= np.nanmax(column.values)


def test_similar_rows_are_usual_and_like_the_row_in_the_columns_not_told() -> None:
    row = changed(in_new_zealand(shop(seed=1)), amount=9310.4)
    [reason] = WORLD.explain(row)
    assert len(reason.similar) == 3
    assert {r["country"] for r in reason.similar} == {"NZ"}
    assert max(r["amount"] for r in reason.similar) < 9310.4 / 10


def test_a_group_says_numbers_as_finely_as_each_other() -> None:
    far = [Contribution("distance", 0.9, x, 4.0, (0.9, 16.8), "value") for x in (2474.0, 3510.25)]
    assert groups([Reason(i, (c,), "", told=1) for i, c in enumerate(far)])[0].sentence.endswith("(2,470 to 3,510).")
    whole = [Contribution("speed", 0.9, x, 1500.0, (1332.0, 1868.0), "value") for x in (2659.0, 2706.0)]
    assert groups([Reason(i, (c,), "", told=1) for i, c in enumerate(whole)])[0].sentence.endswith("(2,659 to 2,706).")


def test_it_is_known_whether_reasons_were_tried_on_rows_that_were_learned_from() -> None:
    table = table_of({f"x{k}": c for k, c in enumerate(correlated(600, 0).T)})
    hits, _ = hit_rates(World(table, by=IsolationForest(trees=20)).model, table, np.random.default_rng(0))
    assert hits
    assert all(h.unseen for h in hits)
    rng = np.random.default_rng(0)
    frame = pa.table({f"c{k}": np.sin(np.arange(900) / 9 + k) + 0.1 * rng.normal(size=900) for k in range(4)})
    model = fit(frame, Goal(clean=True), detector=part_from_dict("detector", {"part": "nearest-windows", "window": 8})).model
    hits, _ = hit_rates(model, next(t for t, _ in tables(open_source(frame), model.schema)), rng)
    assert hits
    assert not any(h.unseen for h in hits)
