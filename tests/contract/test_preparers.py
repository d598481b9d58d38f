"""What it means to be a preparer: every check over every preparer and every one of its examples, and over all together."""

from __future__ import annotations

import json
from typing import cast

import numpy as np
import pytest

from standout.core.errors import ModelFileError
from standout.core.layout import check_state
from standout.core.part import State
from standout.core.preparer import Preparer, assemble, select
from standout.core.registry import find, names, part_from_dict
from standout.core.table import Column, Field, Kind, Schema, Table

ROWS = 300


def all_cases():
    found = [(n, cast("type[Preparer]", find("preparer", n))) for n in names("preparer")]
    return [pytest.param(cls.make(dict(p)), id=f"{name}-{i}") for name, cls in found for i, p in enumerate(cls.examples)]


CASES = all_cases()
DEFAULTS = [cast("Preparer", find("preparer", n)()) for n in names("preparer")]


def mixed(rows: int = ROWS, seed: int = 0, *, new: bool = False) -> Table:
    """Columns of every kind, whole and with holes; `new` has categories, texts and times that the others never have."""
    rng = np.random.default_rng(seed)

    def holes(values):
        values[rng.random(len(values)) < 0.1] = {"O": None, "f": np.nan, "M": np.datetime64("NaT")}[values.dtype.kind]
        return values

    def words(options, share=None):
        return rng.choice(np.array(options, dtype=object), rows, p=share)

    heavy = np.exp(3 * rng.normal(size=rows))
    day = np.datetime64("2026-01-01", "us")
    moments = day + rng.integers(0, 90 * 24 * 3600, rows).astype("timedelta64[s]") + np.timedelta64(int(new) * 4000, "D")
    kinds = ["gas", "coal", "wind", "sun"] if not new else ["gas", "coal", "fusion", "peat"]
    many = [f"user{i}" for i in rng.integers(1000 * new, 1000 * new + 80, rows)]
    prose = [" ".join(words(["Red", "green", "BLUE", "12"])[: 1 + i % 5]) + "!" * (i % 2) for i in range(rows)]
    gaps = holes(words(["a", "b"]))
    columns = {
        "normal": Column(Kind.NUMBER, rng.normal(size=rows)),
        "heavy": Column(Kind.NUMBER, holes(heavy)),
        "mostly zero": Column(Kind.NUMBER, np.where(rng.random(rows) < 0.9, 0.0, heavy)),
        "yes": Column(Kind.FLAG, (rng.random(rows) < 0.2).astype(float)),
        "maybe": Column(Kind.FLAG, holes((rng.random(rows) < 0.7).astype(float))),
        "fuel": Column.coded(words(kinds, [0.6, 0.3, 0.09, 0.01]).tolist()),
        "side": Column.coded(gaps.tolist()),
        "user": Column.coded(many),
        "note": Column.coded(prose, Kind.TEXT),
        "remark": Column.coded([None if i % 9 == 0 else t for i, t in enumerate(prose)], Kind.TEXT),
        "seen": Column(Kind.TIME, moments),
        "paid": Column(Kind.TIME, holes(moments.copy())),
        **{f"nothing {k.value}": Column.absent(k, rows) for k in Kind},
        "same": Column(Kind.NUMBER, np.full(rows, 7.0)),
        "always": Column(Kind.FLAG, np.ones(rows)),
        "one": Column.coded(["x"] * rows),
    }
    return Table.of(Schema(tuple(Field(n, c.kind) for n, c in columns.items())), list(columns.values()))


def changed(table: Table, kind: Kind, value: object) -> Table:
    """The table with one value in every row of every column of a kind."""
    like = Column.coded([value] * len(table), kind) if isinstance(value, str) else None
    return Table.of(
        table.schema,
        [c if c.kind is not kind else like or Column(kind, np.full(len(table), value, c.values.dtype)) for c in table.columns],
    )


def fit(preparer: Preparer, table: Table, seed: int = 0) -> State:
    return preparer.fit(select(preparer, table), np.random.default_rng(seed))


def values(preparer: Preparer, state: State, table: Table) -> np.ndarray:
    return preparer.transform(state, select(preparer, table))


def same(a: State, b: State) -> bool:
    return set(a) == set(b) and all(a[k].dtype == b[k].dtype and np.array_equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("preparer", CASES)
def test_there_is_a_finite_value_for_each_row_and_feature(preparer: Preparer) -> None:
    table = mixed()
    state = fit(preparer, table)
    chosen = select(preparer, table)
    features = preparer.features(state, chosen.schema.names)
    for n in (0, 1, 2, 17, ROWS):
        made = values(preparer, state, table.take(np.arange(n)))
        assert made.shape == (n, len(features))
        assert made.dtype == np.float32
        assert np.isfinite(made).all()
    assert len(features) > 0
    assert {f.column for f in features} <= set(chosen.schema.names)
    assert len({f.name for f in features}) == len(features)


@pytest.mark.parametrize("preparer", CASES)
def test_a_row_alone_is_as_in_any_batch(preparer: Preparer) -> None:
    state = fit(preparer, mixed())
    for table in (mixed(seed=1), mixed(seed=1, new=True)):
        together = values(preparer, state, table)
        alone = np.concatenate([values(preparer, state, table.take(np.array([i]))) for i in range(60)])
        assert np.array_equal(alone, together[:60])
        many = values(preparer, state, table.take(np.tile(np.arange(ROWS), 61)))
        assert np.array_equal(many, np.tile(together, (61, 1)))


@pytest.mark.parametrize("preparer", CASES)
def test_a_row_does_not_depend_on_the_order_of_the_dictionary(preparer: Preparer) -> None:
    table = mixed(seed=1)
    other = [
        Column.coded(c.texts()[::-1], c.kind).take(np.arange(ROWS)[::-1]) if c.kind in (Kind.CATEGORY, Kind.TEXT) else c
        for c in table.columns
    ]
    state = fit(preparer, mixed())
    assert np.array_equal(values(preparer, state, table), values(preparer, state, Table.of(table.schema, other)))


@pytest.mark.parametrize("preparer", CASES)
def test_every_training_row_counts_alike_wherever_it_stands(preparer: Preparer) -> None:
    table = mixed()
    shuffled = table.take(np.random.default_rng(5).permutation(ROWS))
    one, other = (values(preparer, fit(preparer, t), mixed(seed=1)) for t in (table, shuffled))
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("preparer", CASES)
def test_the_same_seed_gives_the_same_state_and_nothing_is_changed_or_kept(preparer: Preparer) -> None:
    table = mixed()
    before = [c.values.copy() for c in table.columns]
    state = fit(preparer, table, seed=3)
    assert same(state, fit(preparer, mixed(), seed=3))
    copied = {k: a.copy() for k, a in state.items()}
    values(preparer, state, table)
    assert same(state, copied)
    for old, column in zip(before, table.columns, strict=True):
        assert np.array_equal(old, column.values, equal_nan=old.dtype.kind in "fM")
        assert not any(np.shares_memory(a, column.values) for a in state.values())


@pytest.mark.parametrize("preparer", CASES)
def test_the_state_is_as_declared_and_the_parameters_survive_json(preparer: Preparer) -> None:
    check_state(preparer, fit(preparer, mixed()), {})
    assert part_from_dict("preparer", json.loads(json.dumps(preparer.as_dict()))) == preparer


@pytest.mark.parametrize("preparer", CASES)
def test_a_state_that_was_tampered_with_is_refused_or_read_within_bounds(preparer: Preparer) -> None:
    table, rng = mixed(), np.random.default_rng(0)
    chosen, state = select(preparer, table), fit(preparer, table)
    for key, array in state.items():
        for _ in range(4):
            bad = {**state, key: array.copy()}
            bad[key].ravel()[rng.integers(array.size)] = {"f": np.nan, "b": True}.get(
                array.dtype.kind, np.iinfo("i4").max if array.dtype.kind == "i" else 0
            )
            try:
                check_state(preparer, bad, {})
                preparer.features(bad, chosen.schema.names)
            except (ModelFileError, UnicodeDecodeError):
                continue
            assert len(preparer.transform(bad, chosen)) == ROWS


STRANGE = [
    (Kind.NUMBER, np.inf), (Kind.NUMBER, -np.inf), (Kind.NUMBER, 1.79e308), (Kind.NUMBER, -1.79e308), (Kind.NUMBER, 5e-324),
    (Kind.NUMBER, np.nan), (Kind.FLAG, np.nan), (Kind.FLAG, 1e300), (Kind.TIME, np.datetime64("NaT")),
    (Kind.TIME, np.datetime64(-(2**63) + 1, "us")), (Kind.TIME, np.datetime64(2**63 - 1, "us")),
    (Kind.CATEGORY, -1), (Kind.CATEGORY, ""), (Kind.CATEGORY, "\ud800"), (Kind.CATEGORY, "never seen"),
    (Kind.TEXT, -1), (Kind.TEXT, ""), (Kind.TEXT, "größer \U0001f600\x00\n" * 500), (Kind.TEXT, "\ud800"),
]  # fmt: skip  # one value a place


@pytest.mark.parametrize(("kind", "value"), STRANGE, ids=lambda v: repr(v)[:24])
def test_strange_values_stay_finite_and_within_what_detectors_take(kind: Kind, value: object) -> None:
    table = mixed()
    odd = changed(mixed(seed=1), kind, value)
    assemble([(p, fit(p, table)) for p in DEFAULTS], odd)  # Matrix refuses what is not finite
    assemble([(p, fit(p, odd)) for p in DEFAULTS], odd)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_few_rows_are_enough_to_fit(rows: int) -> None:
    small = mixed().take(np.arange(rows))
    assert len(assemble([(p, fit(p, small)) for p in DEFAULTS], mixed())) == ROWS


def test_together_they_take_every_kind_and_no_two_make_the_same_feature() -> None:
    table = mixed()
    fitted = [(p, fit(p, table)) for p in DEFAULTS]
    features = assemble(fitted, table).features
    assert len({f.name for f in features}) == len(features)
    for kind in Kind:
        takers = [p.name for p in DEFAULTS if p.takes(Field("x", kind)) and p.name != "missing"]
        assert len(takers) == 1, f"{kind} is taken by {takers}"
    assert {f.column for f in features} == set(table.schema.names[:12])


def test_a_column_of_which_nothing_is_made_is_told() -> None:
    table = mixed()
    made, told = set(), set()
    for preparer in DEFAULTS:
        state, chosen = fit(preparer, table), select(preparer, table)
        made |= {f.column for f in preparer.features(state, chosen.schema.names)}
        told |= {f.column for f in preparer.findings(state, chosen.schema.names)}
    assert made | told == set(table.schema.names)
    assert not made & told


def test_every_parameter_is_varied_by_some_example_and_changes_something() -> None:
    table, test = mixed(), mixed(seed=1, new=True)
    for default in DEFAULTS:
        variants = [c.values[0] for c in CASES if c.values[0].name == default.name]
        base = values(default, fit(default, table), test)
        for param in default.specs():
            others = [v for v in variants if getattr(v, param) != getattr(default, param)]
            assert others, f"{default.name}: no example varies {param}"
            assert any(not np.array_equal(values(v, fit(v, table), test), base) for v in others), f"{default.name}: {param}"
