"""Explanations end to end: planted faults are named, sentences say them, odd tables do no harm."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from standout.calibrate.conformal import Conformal
from standout.calibrate.policies.level import Level
from standout.core.detector import Detector, own_scores
from standout.core.layout import check_state
from standout.core.model import Fitted, Model
from standout.core.preparer import assemble, fit_all
from standout.core.reason import Explainer, Reason
from standout.core.registry import part_from_dict
from standout.core.table import Column, Field, Kind, Schema, Table
from standout.explain.explainers.conditional import Conditional


def table_of(columns) -> Table:
    held = {n: c if isinstance(c, Column) else Column(Kind.NUMBER, np.asarray(c, dtype=float)) for n, c in columns.items()}
    return Table.of(Schema(tuple(Field(n, c.kind) for n, c in held.items())), list(held.values()))


@dataclass(frozen=True)
class Nearest(Detector):
    """The mean distance to the five nearest of 300 training rows, row by row."""

    name = "nearest-in-test"

    def fit(self, matrix, rng, labels=None):
        return {"reference": matrix.values[:300].copy()}

    def score(self, state, matrix):
        away = ((matrix.values[:, None, :] - state["reference"]) ** 2).sum(axis=2, dtype=np.float64)
        return np.sqrt(np.sort(away, axis=1)[:, :5]).mean(axis=1)


@dataclass(frozen=True)
class FromMedian(Nearest):
    """The same, with an attribution of its own that knows of no combinations."""

    name = "from-median-in-test"

    def attribute(self, state, matrix):
        return (matrix.values - np.median(state["reference"], axis=0)) ** 2


class World:
    """Preparers, a detector and the explainer fitted on a table."""

    def __init__(
        self, table: Table, explainer: Explainer | None = None, seed: int = 0, own: bool = False, by: Detector | None = None
    ) -> None:
        fitted = fit_all(table, {}, seed)
        self.explainer = explainer or Conditional()
        matrix = assemble(fitted, table)
        detector = by or (FromMedian() if own else Nearest())
        rng = np.random.default_rng(seed)
        state = detector.fit(matrix, rng)
        scores = own_scores(detector, state, matrix, rng)
        self.state = self.explainer.fit(table, matrix, scores, np.random.default_rng(seed))
        self.width = matrix.width
        self.model = Model(
            schema=table.schema,
            preparers=tuple(Fitted(p, s) for p, s in fitted),
            detector=Fitted(detector, state),
            calibrator=Fitted(Conformal(), Conformal().fit(scores, rng)),
            policy=Level(),
            explainer=Fitted(self.explainer, self.state),
        )

    def explain(self, table: Table) -> list[Reason]:
        return list(self.model.explain(table))


def correlated(rows: int, seed: int, width: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(1).normal(size=(3, width))
    return rng.normal(size=(rows, 3)) @ mix + 0.2 * rng.normal(size=(rows, width))


def planted(how: str, rows: int = 60) -> tuple[Table, Table, np.ndarray]:
    """Training rows, rows with two faulty columns each, and which these are."""
    rng = np.random.default_rng(7)
    train, faulty = correlated(800, 2), correlated(rows, 3)
    where = np.array([rng.choice(train.shape[1], 2, replace=False) for _ in range(rows)])
    for i, at in enumerate(where):
        if how == "shift":
            faulty[i, at] += 5 * train[:, at].std(axis=0) * rng.choice([-1, 1], 2)
        else:
            faulty[i, at] = [train[rng.integers(800), j] for j in at]
    as_table = lambda values: table_of({f"x{j}": values[:, j] for j in range(values.shape[1])})  # noqa: E731  # named once
    return as_table(train), as_table(faulty), where


def hit_rate(reasons: list[Reason], where: np.ndarray) -> float:
    named = [{int(c.column[1:]) for c in r.contributions[:2]} for r in reasons]
    return float(np.mean([len(n & set(w)) / 2 for n, w in zip(named, where.tolist(), strict=True)]))


@pytest.mark.parametrize(("how", "least"), [("shift", 0.93), ("combination", 0.6)])
@pytest.mark.parametrize("own", [False, True])
def test_the_two_planted_columns_are_named_first(how: str, least: float, own: bool) -> None:
    train, faulty, where = planted(how)
    reasons = World(train, own=own).explain(faulty)
    assert hit_rate(reasons, where) >= least
    kinds = [c.how for r, w in zip(reasons, where.tolist(), strict=True) for c in r.contributions if int(c.column[1:]) in w]
    assert kinds.count("value" if how == "shift" else "combination") > 0.8 * len(kinds)


@pytest.mark.parametrize("own", [False, True])
def test_shares_are_sorted_and_sum_to_the_excess(own: bool) -> None:
    train, faulty, _ = planted("shift")
    world = World(train, own=own)
    scores = world.model.score(faulty).raw
    typical = float(world.state["typical"][0])
    for reason, score in zip(world.explain(faulty), scores.tolist(), strict=True):
        shares = [c.share for c in reason.contributions]
        assert shares == sorted(shares, reverse=True)
        assert min(shares) >= 0
        assert sum(shares) + reason.rest == pytest.approx(1)
        assert reason.excess == pytest.approx(score - typical)


def test_a_row_is_explained_alone_as_among_others_and_nothing_is_changed() -> None:
    train, faulty, _ = planted("combination", 20)
    world = World(train)
    before = {k: a.copy() for k, a in world.state.items()}
    together = world.explain(faulty)
    assert [world.explain(faulty.take(np.array([i])))[0] for i in range(20)] == together
    assert all(np.array_equal(before[k], a, equal_nan=True) for k, a in world.state.items())
    assert [r.row for r in together] == faulty.rows.tolist()


def test_the_state_is_as_declared_the_same_for_the_same_seed_and_parameters_survive_json() -> None:
    for params in Conditional.examples:
        explainer = Conditional.make(dict(params))
        one, other = World(shop(), explainer), World(shop(), explainer)
        check_state(explainer, one.state, {"d": one.width})
        assert all(np.array_equal(a, other.state[k], equal_nan=True) for k, a in one.state.items())
        assert part_from_dict("explainer", json.loads(json.dumps(explainer.as_dict()))) == explainer


def shop(rows: int = 600, seed: int = 0) -> Table:
    """Purchases: currency and merchant go with the country, the amount with none of them."""
    rng = np.random.default_rng(seed)
    country = rng.choice(["NZ", "FR"], rows)
    merchant = np.where(country == "NZ", rng.choice(["grocery", "books"], rows), rng.choice(["fuel", "wine"], rows))
    start = np.datetime64("2026-01-05T09:00", "us")
    times = start + (rng.integers(0, 60, rows) * 1440 + rng.integers(0, 480, rows)).astype("timedelta64[m]")
    return table_of(
        {
            "amount": np.exp(rng.normal(3.5, 1, rows)).round(2),
            "country": Column.coded(country.tolist()),
            "currency": Column.coded(np.where(country == "NZ", "NZD", "EUR").tolist()),
            "merchant": Column.coded(merchant.tolist()),
            "card present": Column(Kind.FLAG, (rng.random(rows) < 0.99).astype(float)),
            "paid": Column(Kind.TIME, times),
            "note": Column.coded([f"Order {100 + i}" for i in range(rows)], Kind.TEXT),
        }
    )


def changed(table: Table, **values) -> Table:
    """The first row with other values."""
    row = table.take(np.array([0]))
    columns = []
    for field, column in zip(row.schema.fields, row.columns, strict=True):
        if field.name not in values:
            columns.append(column)
            continue
        value = values[field.name]
        if column.kind in (Kind.CATEGORY, Kind.TEXT):
            columns.append(Column.coded([value], column.kind))
        else:
            columns.append(Column(column.kind, np.array([value], dtype=column.values.dtype)))
    return Table.of(row.schema, columns)


def in_new_zealand(table: Table) -> Table:
    return table.take(np.flatnonzero(table["country"].values == table["country"].categories.index("NZ")))


SAID = [
    ({"amount": 9310.4}, "amount is 9,310, far above the usual "),
    ({"merchant": "fuel"}, "merchant 'fuel' is unusual given c"),
    ({"merchant": "casino"}, "merchant is 'casino', which was never seen before (usually "),
    ({"card present": 0.0}, "card present is no, which is rare (usually yes)."),
    ({"amount": np.nan}, "amount is missing, which it never was before."),
    ({"amount": np.inf}, "amount is infinite, far above the usual "),
    ({"paid": np.datetime64("2026-02-03T03:12")}, "paid is 3 Feb 2026 03:12, unusual in its hour."),
    ({"note": "!!! ??? !!! ###"}, "note is '!!! ??? !!! ###', unusual in its "),
    ({"amount": 9310.4, "merchant": "casino"}, "; with it "),
]


@pytest.mark.parametrize(("values", "said"), SAID, ids=lambda v: str(v)[:30])
def test_the_sentence_says_what_is_unusual(values, said: str) -> None:
    world = World(shop())
    [reason] = world.explain(changed(in_new_zealand(shop(seed=1)), **values))
    assert said in reason.sentence
    assert reason.contributions[0].column in values
    assert "because" not in reason.sentence


def test_a_contribution_knows_the_value_seen_expected_and_usual() -> None:
    world = World(shop())
    [reason] = world.explain(changed(in_new_zealand(shop(seed=1)), merchant="fuel"))
    merchant = reason.contributions[0]
    assert (merchant.column, merchant.seen, merchant.how) == ("merchant", "fuel", "combination")
    assert merchant.expected in ("grocery", "books")
    assert set(merchant.usual) <= {"grocery", "books", "fuel", "wine"}
    [reason] = world.explain(changed(shop(seed=1), amount=5000.0))
    amount = reason.contributions[0]
    assert (amount.column, amount.how, amount.seen) == ("amount", "value", 5000.0)
    assert amount.usual[0] < amount.expected < amount.usual[1]
    assert json.loads(json.dumps(reason.as_dict()))["columns"][0]["column"] == "amount"


def test_what_is_expected_follows_the_other_columns_also_where_some_values_are_missing() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(50, 10, 1_000)
    b = 3 * a + rng.normal(0, 1, 1_000)
    b[::40] = np.nan
    world = World(table_of({"b": b, "a": a, "c": a + rng.normal(0, 0.3, 1_000)}))
    odd = table_of({"b": [180.0, 120.0], "a": [40.0, 60.0], "c": [40.0, 60.0]})
    for reason, told in zip(world.explain(odd), (120.0, 180.0), strict=True):
        assert reason.contributions[0].column == "b"
        assert reason.contributions[0].expected == pytest.approx(told, abs=3)


def test_at_most_as_many_columns_are_told_as_asked_for() -> None:
    odd = changed(in_new_zealand(shop(seed=1)), amount=9310.4, merchant="casino", **{"card present": 0.0}, note="!!!")
    assert World(shop()).explain(odd)[0].sentence.count(";") == 2
    assert World(shop(), Conditional(columns=1)).explain(odd)[0].sentence.count(";") == 0


rng = np.random.default_rng(0)
base = rng.normal(size=200)
AWKWARD = {
    "collinear": {"a": base, "b": 2 * base, "c": -base, "d": base + 1e-9},
    "constant": {"a": base, "b": np.ones(200)},
    "one column": {"a": base},
    "two rows": {"a": [1.0, 2.0], "b": [3.0, 1.0]},
    "one row": {"a": [1.0], "b": [2.0]},
    "holes": {"a": np.where(base > 0, np.nan, base), "b": np.where(base < 1, np.nan, base)},
    "huge": {"a": base * 1e300, "b": np.where(base > 2, np.inf, base)},
    "wide": {f"x{j}": rng.normal(size=200) for j in range(300)},
    "many categories": {"a": base, "b": Column.coded([f"v{i % 150}" for i in range(200)])},
    "all missing": {"a": base, **{f"nothing {k.value}": Column.absent(k, 200) for k in Kind}},
}


@pytest.mark.parametrize("what", AWKWARD)
def test_awkward_tables_are_explained_all_the_same(what: str) -> None:
    train = table_of(AWKWARD[what])
    world = World(train)
    nothing = Table.of(train.schema, [Column.absent(f.kind, 2) for f in train.schema.fields])
    for table in (train.take(np.arange(min(len(train), 5))), nothing, train.take(np.arange(0))):
        for reason in world.explain(table):
            assert all(np.isfinite(c.share) and c.share >= 0 for c in reason.contributions)
            assert sum(c.share for c in reason.contributions) + reason.rest == pytest.approx(1 if reason.excess > 0 else 0)
            assert reason.sentence.endswith(".")
