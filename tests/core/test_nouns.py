"""Errors, findings, the registry, matrices and the order of rows."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from standout.core import errors, registry
from standout.core.errors import NotFiniteError, ParameterTypeError, SchemaError, StandoutError, UnknownNameError
from standout.core.finding import LEVELS, FindingKind
from standout.core.matrix import LIMIT, Matrix
from standout.core.registry import FOLDERS, find, names, part_from_dict
from standout.core.scores import Scores, strangest_first
from standout.core.sequence import in_order
from standout.core.table import Column, Field, Kind, Role, Schema, Table

ERRORS = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, StandoutError)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda c: c.__name__)
def test_every_error_has_its_line_in_the_tree_and_is_a_python_error_too(error):
    (line,) = [x for x in (errors.__doc__ or "").splitlines() if f"{error.__name__} " in f"{x} "]
    if error is not StandoutError:
        assert f" {error.code} " in line
        assert f" {error.exit_code} " in line
        assert issubclass(error, ValueError | TypeError)
    made = error("It broke.", "Mend it.")
    assert str(made) == "It broke. Mend it."
    assert made.as_dict() == {"code": error.code, "what": "It broke.", "hint": "Mend it."}


def test_no_two_errors_share_a_code():
    assert len({e.code for e in ERRORS}) == len(ERRORS)


def test_an_unknown_name_lists_the_near_or_all_and_not_too_many():
    assert UnknownNameError.among("shop", "nort", ["north", "south"]).hint == "Did you mean north?"
    assert UnknownNameError.among("shop", "zzz", ["b", "a"]).hint == "Known: a, b."
    assert UnknownNameError.among("shop", "zzz", []).hint == "Known: none."
    assert UnknownNameError.among("shop", "zzz", [f"{i:03}" for i in range(50)]).hint.endswith("019 and 30 more.")


def test_two_kinds_of_finding_may_not_share_a_code():
    kind = FindingKind("test-nouns-one", "info", "{column} has {rows} rows.", "Look at {column}.")
    assert FindingKind("test-nouns-one", "info", "{column} has {rows} rows.", "Look at {column}.") == kind
    with pytest.raises(ValueError, match="share the code 'test-nouns-one'"):
        FindingKind("test-nouns-one", "warning", "{column} has {rows} rows.", "Look at {column}.")
    found = kind.found(column="a", rows=3)
    assert (found.message, found.hint, found.as_dict()["numbers"]) == ("a has 3 rows.", "Look at a.", {"rows": 3})
    FindingKind.catalogue.pop("test-nouns-one")


def test_every_kind_of_finding_has_a_level_and_a_code_of_its_own():
    for code, kind in FindingKind.catalogue.items():
        assert kind.code == code
        assert kind.level in LEVELS


@pytest.mark.parametrize("family", FOLDERS)
def test_every_name_of_a_family_is_found_and_comes_back_from_plain_values(family):
    for name in names(family):
        part = find(family, name)
        assert part.name == name
        assert part.family == family
        if all(d is not None for d in part.defaults().values()):
            assert part_from_dict(family, part().as_dict()) == part()
    assert find("detector", "running_moments") is find("detector", "running-moments")


@pytest.mark.parametrize("name", ["", "os.system", "../core/part", "__init__", "isolation forest", "\0"])
def test_a_name_that_is_no_part_is_refused_whatever_it_is(name):
    with pytest.raises(UnknownNameError):
        part_from_dict("detector", {"part": name})


class Plugin:
    def __init__(self, what):
        self.what = what

    def load(self):
        return self.what


def test_a_plug_in_that_is_no_part_of_its_family_is_refused_by_name(monkeypatch):
    real = type("GoodOne", (find("detector", "running-moments"),), {"name": "good-one"})
    plugins = {"good-one": Plugin(real), "bad-one": Plugin(print), "wrong-kind": Plugin(find("calibrator", "conformal"))}
    monkeypatch.setattr(registry, "_plugins", lambda _: plugins)
    find.cache_clear()
    assert "good-one" in names("detector")
    assert find("detector", "good-one") is real
    for name in ("bad-one", "wrong-kind"):
        with pytest.raises(ParameterTypeError, match=f"plug-in '{name}'"):
            find("detector", name)
    find.cache_clear()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2 * LIMIT, -2 * LIMIT])
def test_a_matrix_refuses_what_is_not_finite_by_row_and_feature(value):
    values = np.zeros((5, 3))
    values[3, 1] = value
    with pytest.raises(NotFiniteError) as caught:
        Matrix.of(values, ["a", "b", "c"])
    assert "Feature 'b'" in caught.value.what
    assert "row 3" in caught.value.what
    assert caught.value.hint


def test_a_matrix_takes_the_limit_itself_and_no_rows_and_no_columns():
    assert len(Matrix.of([[LIMIT * 0.999]])) == 1
    assert Matrix.of(np.zeros((0, 3))).width == 3
    assert len(Matrix.of(np.zeros((3, 0)))) == 3


@pytest.mark.parametrize("values", [np.zeros((2, 2)), np.zeros(2, np.float32), np.zeros((2, 4), np.float32)[:, ::2]])
def test_a_matrix_of_another_layout_is_refused(values):
    with pytest.raises(SchemaError, match=r"float32, two-dimensional and in C order"):
        Matrix(values, Matrix.of(np.zeros((1, 2))).features)


def test_a_matrix_with_more_features_than_columns_is_refused():
    with pytest.raises(SchemaError, match="1 columns and 2 features"):
        Matrix(np.zeros((2, 1), np.float32), Matrix.of(np.zeros((1, 2))).features)


def test_runs_cover_all_rows_entity_by_entity_in_order_of_time():
    times = np.array(["2026-01-03", "2026-01-01", "NaT", "2026-01-02", "2026-01-01"], dtype="datetime64[us]")
    schema = Schema((Field("t", Kind.TIME, Role.TIME), Field("who", Kind.CATEGORY, Role.ENTITY)))
    table = Table.of(schema, [Column(Kind.TIME, times), Column.coded(["a", "b", "a", "a", "b"])])
    order, starts = in_order(table)
    assert order.tolist() == [3, 0, 2, 1, 4]  # a missing time comes last, equal ones as they stand
    assert starts.tolist() == [0, 3]
    assert in_order(table.take(np.array([], dtype=int)))[1].tolist() == [0]


def test_the_strangest_come_first_and_ties_in_the_order_of_rows():
    scores = Scores(np.array([1.0, 5.0, 4.0, 5.0]), np.array([0.5, 0.1, 0.1, 0.1]))
    assert strangest_first(scores).tolist() == [1, 3, 2, 0]
    assert scores.severity.tolist() == [50.0, 90.0, 90.0, 90.0]
