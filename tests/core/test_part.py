"""A part knows its range, unit and meaning, and says in one sentence what is wrong."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.core.errors import ParameterError, ParameterTypeError, UnknownNameError
from standout.core.part import Card, Part, Spec, nest, pack_texts, param, under, unpack_texts


@dataclass(frozen=True)
class Kettle(Part):
    card = Card("A kettle", "", "boiling water", "a minute")
    name = "kettle"

    litres: float = param(1.5, above=0, high=3, help="How much it holds.", unit="litres")
    cups: int = param(4, low=1, help="How many cups it fills.")
    colour: Literal["red", "blue"] = param("red", choices=("red", "blue"), help="Its colour.")
    marks: tuple[int, ...] = param((1, 2), help="Where the lines are.")
    lid: Part | None = param(None, help="What is on top.")  # param is the field function of parts


def test_every_value_out_of_range_is_told_in_one_sentence():
    with pytest.raises(ParameterError) as caught:
        Kettle(litres=4.0, cups=0)
    assert caught.value.what == "kettle: litres is 4.0 and must be at most 3; cups is 0 and must be at least 1."
    assert caught.value.hint
    with pytest.raises((ParameterError, ParameterTypeError), match="colour is 'green'"):
        Kettle(colour="green")


@pytest.mark.parametrize(
    "wrong", [{"litres": "2"}, {"cups": 2.0}, {"cups": True}, {"marks": 3}, {"marks": ("a",)}, {"lid": 4}], ids=str
)
def test_a_value_of_the_wrong_type_is_refused_with_what_the_parameter_means(wrong):
    with pytest.raises(ParameterTypeError) as caught:
        Kettle(**wrong)
    (name,) = wrong
    assert f"kettle: {name} is {wrong[name]!r}" in caught.value.what
    assert caught.value.hint == Kettle.specs()[name].help
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_no_parameter_is_infinite_or_nan(value):
    with pytest.raises(ParameterError, match=r"litres is .* and must be"):
        Kettle(litres=value)


def test_whole_numbers_and_lists_stand_for_floats_and_tuples():
    assert Kettle(litres=2, marks=[3, 4]) == Kettle(litres=2.0, marks=(3, 4))
    assert type(Kettle(litres=2).litres) is float
    assert hash(Kettle(marks=[3])) == hash(Kettle(marks=(3,)))


def test_the_limits_themselves_are_allowed_and_what_must_be_above_is_not():
    assert Kettle(litres=3.0, cups=1).litres == 3.0
    with pytest.raises(ParameterError, match="must be above 0"):
        Kettle(litres=0.0)


def test_an_unknown_parameter_suggests_the_near_one():
    with pytest.raises(UnknownNameError) as caught:
        Kettle.make({"litre": 1})
    assert caught.value.hint.startswith("Did you mean litres")


def test_a_part_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Kettle().cups = 9


def test_a_part_as_plain_values_holds_the_parts_within():
    assert Kettle(lid=Kettle(cups=2)).as_dict()["lid"] == {**Kettle().as_dict(), "cups": 2}
    assert Kettle.defaults() == {"litres": 1.5, "cups": 4, "colour": "red", "marks": (1, 2), "lid": None}


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"low": 1}, "1 or more"),
        ({"above": 0}, "above 0"),
        ({"high": 5}, "up to 5"),
        ({"low": 1, "high": 5, "unit": "rows"}, "1 to 5 rows"),
        ({"above": 0, "high": 1}, "above 0 to 1"),
        ({"choices": ("a", "b")}, "a | b"),
        ({}, ""),
    ],
)
def test_a_range_is_written_as_a_person_would(limits, says):
    assert Spec("", **limits).range == says


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=8), max_size=6))
def test_texts_of_any_kind_come_back_from_arrays(texts):
    state = pack_texts(texts)
    assert {a.dtype.kind for a in state.values()} == {"u", "i"}
    assert unpack_texts(state) == tuple(texts)


def test_nested_states_come_back_and_share_the_arrays():
    state = {"a": np.zeros(2), "b/c": np.ones(1)}
    nested = nest("x", state) | nest("xy", {"a": np.ones(3)})
    assert under("x", nested).keys() == state.keys()
    assert under("x", nested)["a"] is state["a"]


def test_a_part_is_chosen_by_name_or_given_as_it_is() -> None:
    from standout.core.errors import UnknownNameError
    from standout.core.registry import chosen_part, find

    given = find("detector", "isolation-forest")(trees=7)
    assert chosen_part("detector", given) is given
    assert chosen_part("detector", "isolation_forest") == find("detector", "isolation-forest")()
    with pytest.raises(UnknownNameError, match="forrest"):
        chosen_part("detector", "isolation-forrest")
