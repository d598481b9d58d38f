"""Pages over the real service: rows go in, and what a person does at a page holds for the rows that come after."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "live"))  # small models and services, put together by hand

import watched

from standout.deploy.live.clock import Clock
from standout.deploy.live.service import Service
from standout.deploy.store.records import Outcome, Status

Open = Callable[..., Any]
Words = Callable[[Any], str]


@pytest.fixture(scope="module")
def made() -> Any:
    return watched.model(explained=True)


@pytest.fixture
def live(tmp_path: Path, made: Any) -> Iterator[Service]:
    """A service that has told of one strange row."""
    with watched.service(tmp_path, made, Clock(), gaps=False) as opened:
        receipt = opened.take("pumps", watched.arrow(watched.table(120, seed=3, odd=(50,))))
        assert int(receipt.outcomes[50]) == Outcome.NOTIFIED
        yield opened


def press(page: Any, label: str) -> Any:
    return next(b for b in page.button if b.label == label).click().run()


def incident_of(live: Service) -> int:
    """The incident of the strange row."""
    with live.store.reading() as unit:
        return next(i.id for i in unit.incidents.page().items if "flow" in i.because)


@pytest.mark.parametrize("name", ["overview", "inbox", "budget", "health", "quiet", "delivery", "record"])
def test_each_page_shows_the_real_service(open_page: Open, live: Service, words: Words, name: str) -> None:
    page = open_page(live, name)
    assert not page.exception
    assert "mistake" not in words(page)
    assert 'class="empty trouble"' not in words(page)


def test_an_alert_has_its_reasons_and_its_trace(open_page: Open, live: Service, words: Words) -> None:
    page = open_page(live, "inbox", chosen=("incident", incident_of(live)))
    assert "<bdi>flow</bdi>" in words(page)
    page = press(page, "Why was I told?")
    assert "steps" in words(page)
    assert "Outcome: notified." in words(page)


def test_a_silence_made_at_a_page_holds_for_the_next_row(open_page: Open, live: Service) -> None:
    page = open_page(live, "inbox", chosen=("incident", incident_of(live)))
    page = press(page, "Silence this")
    page.text_input(key="silence-reason").set_value("valve is being changed")
    press(page, "Silence")
    with live.store.reading() as unit:
        [silence] = unit.silences.page().items
        audit = [a.who for a in unit.audit.page().items]
    assert silence.match["stream"] == "pumps"
    assert audit == ["local"]
    receipt = live.take("pumps", watched.arrow(watched.table(120, seed=5, odd=(50,))))
    assert int(receipt.outcomes[50]) == Outcome.SILENCED


def test_a_verdict_given_at_a_page_hides_what_is_like_it_until_it_is_taken_back(
    open_page: Open, live: Service, words: Words
) -> None:
    page = press(open_page(live, "inbox", chosen=("incident", incident_of(live))), "False")
    assert 'class="effect"' in words(page)
    page.text_input(key="reason").set_value("valve was being changed")
    page = press(page, "Accept")
    assert "is marked as false alarm" in words(page)
    assert "False" not in [b.label for b in page.button]
    receipt = live.take("pumps", watched.arrow(watched.table(120, seed=3, odd=(50,))))
    assert int(receipt.outcomes[50]) == Outcome.SUPPRESSED
    page = press(page, "Undo")
    assert "The verdict was taken back" in words(page)
    receipt = live.take("pumps", watched.arrow(watched.table(120, seed=3, odd=(50,))))
    assert int(receipt.outcomes[50]) != Outcome.SUPPRESSED


def test_an_incident_is_acknowledged_and_closed(open_page: Open, live: Service) -> None:
    number = incident_of(live)
    page = press(open_page(live, "inbox", chosen=("incident", number)), "Acknowledge")
    press(page, "Close")
    with live.store.reading() as unit:
        found = unit.incidents.get(number)
    assert found is not None
    assert (found.status, found.owner) == (Status.CLOSED, "local")


def test_a_budget_is_replayed_over_the_journal_and_set(open_page: Open, live: Service, words: Words) -> None:
    page = open_page(live, "budget")
    assert "of 120 rows" in words(page)
    page.number_input[0].set_value(0.2).run()
    press(page, next(b.label for b in page.button if b.label.startswith("Set it")))
    assert live.health().streams["pumps"].policy == next(iter(live.streams.values())).policy.in_words()
    with live.store.reading() as unit:
        assert unit.streams.get("pumps").policy["level"] == 0.2  # type: ignore[union-attr]


def test_the_newest_rows_are_held_against_those_of_the_fit(open_page: Open, live: Service, words: Words) -> None:
    moved = watched.table(300, seed=4)
    moved.columns[2].values[:] += 3.0
    live.take("pumps", watched.arrow(moved))
    page = press(open_page(live, "health"), "Compare the newest 5,000 rows")
    assert "flow moved" in words(page)
    assert "by 420 rows" in words(page)


def test_what_a_service_refuses_is_said_with_something_to_try(open_page: Open, live: Service, words: Words) -> None:
    page = open_page(live, "quiet")
    page.text_input(key="event-name").set_value("backup")
    page.text_input(key="event-entity").set_value("p1")
    page.number_input(key="event-hours").set_value(48.0).run()  # longer than a day, and daily
    page = press(page, "Expect it")
    assert "A daily event lasts" in words(page)


def test_a_challenger_is_begun_compared_and_promoted_at_the_page_of_health(open_page: Open, live: Service, words: Words) -> None:
    live.take("pumps", watched.arrow(watched.table(300, seed=4)))
    page = press(open_page(live, "health"), "Begin a challenger")
    live._contest.wait("pumps", 120)
    live.take("pumps", watched.arrow(watched.table(50, seed=5)))
    page = open_page(live, "health")
    assert "Of 50 rows it would have raised" in words(page)
    first = live.streams["pumps"].model
    page = press(page, "Promote the challenger")
    assert "serves from the next row on" in words(page)
    assert live.streams["pumps"].model.learned_digest != first.learned_digest
    press(page, "Take the last promotion back")
    assert live.streams["pumps"].model.learned_digest == first.learned_digest


def test_a_verdict_is_accepted_after_its_effect_was_shown(open_page: Open, live: Service, words: Words) -> None:
    page = press(open_page(live, "inbox", chosen=("incident", incident_of(live))), "False")
    assert "Would have hidden 1 alert of the last 30 days and 0 confirmed ones." in words(page)
    press(page, "Accept")
    receipt = live.take("pumps", watched.arrow(watched.table(120, seed=3, odd=(50,))))
    assert int(receipt.outcomes[50]) == Outcome.SUPPRESSED
