"""The script itself: who comes in, and which page they see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dashboard_keeper import Keeper
from streamlit.testing.v1 import AppTest

from standout.deploy.dashboard import door
from standout.deploy.store.records import Role
from standout.evaluate.report.theme import DARK, LIGHT, contrast

Words = Callable[[Any], str]


class Ana:
    """A visitor with a key."""

    name = "ana <b>"
    role = Role.VIEW


class Robot(Ana):
    role = Role.INGEST


def run() -> AppTest:
    return AppTest.from_file(str(door.SCRIPT), default_timeout=20).run()


def test_without_a_service_it_says_how_to_start_one(words: Words) -> None:
    assert "The service is not running." in words(run())


@pytest.mark.parametrize("who", [None, Robot()], ids=["nobody", "a key that only sends rows"])
def test_who_may_not_look_sees_nothing_but_the_way_in(keeper: Keeper, words: Words, who: Any) -> None:
    door.put(door.Door(keeper, lambda _: who))
    shown = words(run())
    assert "You are signed out." in shown
    assert "incident" not in shown


def test_whoever_is_signed_in_is_named_as_text_with_a_way_out(keeper: Keeper, words: Words) -> None:
    door.put(door.Door(keeper, lambda _: Ana()))
    shown = words(run())
    assert "open incidents" in shown
    assert "signed in as ana &lt;b&gt;" in shown
    assert 'href="/logout"' in shown
    assert "Keys are off" not in shown


def test_where_keys_are_off_a_banner_says_so(keeper: Keeper, words: Words) -> None:
    door.put(door.Door(keeper))
    assert "Keys are off: anybody on this machine may act here" in words(run())


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_on_a_chosen_row_can_be_read(tokens: Any) -> None:
    for ink in ("ink", "quiet", "accent-ink"):
        assert contrast(tokens[ink], tokens["accent-soft"]) >= 4.5
