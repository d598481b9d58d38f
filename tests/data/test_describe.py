from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from surveying import looked_at

from standout.core.profile import LEVELS
from standout.data.describe import BINS, histogram

FINITE = st.floats(-1e300, 1e300)


@given(st.lists(FINITE, min_size=1, max_size=200))
def test_a_histogram_holds_every_value_once_and_its_edges_rise(values: list[float]) -> None:
    edges, counts = histogram(np.sort(np.array(values)))
    assert sum(counts) == len(values)
    assert min(counts) >= 0
    assert len(edges) == len(counts) + 1 <= BINS + 2
    assert list(edges) == sorted(edges)
    assert edges[0] <= min(values)
    assert edges[-1] >= max(values)


def test_a_few_whole_numbers_get_a_bin_each() -> None:
    edges, counts = histogram(np.array([0.0, 0.0, 1.0, 3.0]))
    assert edges == (-0.5, 0.5, 1.5, 2.5, 3.5)
    assert counts == (2, 1, 0, 1)


@pytest.mark.parametrize("both_sides", [False, True])
def test_a_heavy_tail_does_not_push_the_bulk_into_one_bin(rng: np.random.Generator, both_sides: bool) -> None:
    values = rng.standard_cauchy(5000) if both_sides else rng.lognormal(0, 3, 5000)
    _, counts = histogram(np.sort(values))
    assert max(counts) < 0.25 * sum(counts)
    assert sum(c > 0 for c in counts) > 20


def test_quantiles_ends_and_counts_are_of_all_rows_and_the_profile_is_json(rng: np.random.Generator) -> None:
    values = rng.normal(size=3000)
    seen = looked_at({"x": values, "kind": rng.choice(["a", "b"], 3000)}, sample_rows=500)
    number, kind = seen.profile.columns
    assert seen.profile.sampled == 500
    assert not number.exact
    assert number.quantiles[0] == values.min()
    assert number.quantiles[-1] == values.max()
    assert number.mean == pytest.approx(values.mean())
    assert number.quantiles[LEVELS.index(0.5)] == pytest.approx(np.median(values), abs=0.2)
    assert sum(count for _, count in kind.top) == 3000
    assert json.loads(json.dumps(seen.profile.as_dict(), allow_nan=False))["rows"] == 3000


def test_correlations_are_spearmans_strongest_first(rng: np.random.Generator) -> None:
    a = rng.normal(size=400)
    b, c = np.exp(a) + 0.3 * rng.normal(size=400), -a + rng.normal(size=400)
    found = looked_at({"a": a, "b": b, "c": c}).profile.correlations
    assert [pair[:2] for pair in found] == sorted((p[:2] for p in found), key=lambda p: -abs({q[:2]: q[2] for q in found}[p]))
    by_pair = {pair[:2]: pair[2] for pair in found}
    for one, other, x, y in (("a", "b", a, b), ("a", "c", a, c), ("b", "c", b, c)):
        assert by_pair[one, other] == pytest.approx(spearmanr(x, y).statistic, abs=1e-3)


def test_a_pair_is_compared_where_both_values_are_there(rng: np.random.Generator) -> None:
    a = rng.normal(size=2000)
    b = a + 0.01 * rng.normal(size=2000)
    b[rng.random(2000) < 0.3] = np.nan
    ((_, _, rho),) = looked_at({"a": a, "b": b}).profile.correlations
    assert rho > 0.99


def test_the_clock_is_told_in_utc() -> None:
    times = np.datetime64("2026-01-01", "us") + np.arange(50) * np.timedelta64(60, "s")
    clock = looked_at({"when": times, "x": np.arange(50) % 7 * 1.0}, time="when").profile.clock
    assert clock is not None
    assert (clock.column, clock.first, clock.step) == ("when", "2026-01-01T00:00:00.000000Z", 60.0)


@pytest.mark.parametrize("distinct", [3, 40, 3000])
def test_the_commonest_names_are_the_first_of_the_whole_tally(distinct: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standout.data.count.MOST_TALLIED", 10)
    drawn = np.random.default_rng(distinct).integers(0, distinct, 3000) if distinct < 3000 else np.arange(3000)
    names = [f"n{i}" for i in drawn]
    seen = looked_at({"who": names, "x": np.arange(3000.0)}, kinds={"who": "category"})
    counted = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    assert list(seen.profile.columns[0].top) == counted[: len(seen.profile.columns[0].top)]
    assert len(seen.profile.columns[0].top) == min(20, len(counted))
