"""Pages without a browser: what they show of a full, an empty and a broken service, and what the buttons do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from dashboard_keeper import Keeper
from dashboard_week import HOSTILE

from standout.core.errors import StoreBusyError, StoreError
from standout.deploy.store.alerts import AlertFilter
from standout.deploy.store.records import RAISED, Kind, Role, Sending, Status, Verdict
from standout.deploy.store.store import Store

ALL = ("overview", "inbox", "budget", "health", "quiet", "delivery", "record")
Open = Callable[..., Any]
Words = Callable[[Any], str]


@dataclass(frozen=True)
class Somebody:
    name: str
    role: Role


def looker(_: bytes) -> Somebody:
    return Somebody("wall-display", Role.VIEW)


def labels(page: Any) -> list[str]:
    return [b.label for b in page.button]


def press(page: Any, label: str) -> Any:
    return next(b for b in page.button if b.label == label).click().run()


def newest_open(store: Store) -> int:
    """The newest open incident about a row."""
    with store.reading() as unit:
        return next(i.id for i in unit.incidents.page(status=Status.OPEN).items if i.severity < 100)


@pytest.mark.parametrize("name", ALL)
def test_each_page_shows_a_full_week(open_page: Open, keeper: Keeper, words: Words, name: str) -> None:
    page = open_page(keeper, name)
    assert not page.exception
    assert "mistake" not in words(page)
    assert '<h1 class="page">' in words(page)


@pytest.mark.parametrize("name", ALL)
def test_each_page_of_an_empty_service_says_how_to_begin(open_page: Open, empty_store: Store, words: Words, name: str) -> None:
    page = open_page(Keeper(empty_store), name)
    assert not page.exception
    assert "mistake" not in words(page)
    assert "empty" in words(page) or "Nothing is watched yet" in words(page)


class Gone(Keeper):
    """A service whose store fails."""

    error: StoreError = StoreError("The store is gone.", "Put it back and start again.")

    @property
    def store(self) -> Store:  # type: ignore[override]
        raise self.error

    @store.setter
    def store(self, _: Store) -> None:
        pass


@pytest.mark.parametrize("name", ALL)
def test_each_page_says_when_the_store_is_gone(open_page: Open, empty_store: Store, words: Words, name: str) -> None:
    page = open_page(Gone(empty_store), name)
    assert not page.exception
    assert "The store does not answer." in words(page)
    assert "Put it back and start again." in words(page)


def test_a_busy_store_is_told_apart_from_one_that_is_gone(open_page: Open, empty_store: Store, words: Words) -> None:
    service = Gone(empty_store)
    service.error = StoreBusyError("The store was busy for 5 s.", "Try again.")
    assert "The store is busy." in words(open_page(service, "inbox"))


@pytest.mark.parametrize("name", ["inbox", "budget", "quiet", "delivery"])
def test_who_may_only_look_sees_no_acts_and_is_told_why(open_page: Open, keeper: Keeper, words: Words, name: str) -> None:
    page = open_page(keeper, name, looker)
    assert "Your key may look, and not" in words(page)
    acts = {"True", "False", "Acknowledge", "Close", "Silence", "Silence this", "Lift", "End", "Expect it", "Send again"}
    assert not acts & set(labels(page))
    assert not [label for label in labels(page) if label.startswith("Set it")]


def test_a_verdict_shows_its_effect_first_and_can_be_undone(open_page: Open, keeper: Keeper, words: Words) -> None:
    number = newest_open(keeper.store)
    page = open_page(keeper, "inbox", chosen=("incident", number))
    page = press(page, "False")
    assert "It would have hidden" in words(page)
    alert = page.session_state["verdict"][0]
    with keeper.store.reading() as unit:
        assert unit.labels.of_alert(alert) == []  # nothing happened yet
    page.text_input(key="reason").set_value("known merchant")
    page = press(page, "Accept")
    with keeper.store.reading() as unit:
        [label] = unit.labels.of_alert(alert)
    assert (label.verdict, label.reason, label.by, label.acts) == (Verdict.FALSE, "known merchant", "local", True)
    assert f"Alert {alert} is marked as false alarm." in words(page)
    page = press(page, "Undo")
    with keeper.store.reading() as unit:
        assert unit.labels.of_alert(alert)[0].undone is not None
        assert unit.alerts.get(alert).verdict is None  # type: ignore[union-attr]


def test_a_verdict_can_be_withdrawn_before_it_is_accepted(open_page: Open, keeper: Keeper) -> None:
    page = open_page(keeper, "inbox", chosen=("incident", newest_open(keeper.store)))
    page = press(press(page, "True"), "Cancel")
    assert "Accept" not in labels(page)


def test_an_incident_is_acknowledged_and_closed_in_the_visitors_name(open_page: Open, keeper: Keeper) -> None:
    number = newest_open(keeper.store)
    ana = Somebody("ana", Role.ACT)
    page = open_page(keeper, "inbox", lambda _: ana, chosen=("incident", number))
    page = press(page, "Acknowledge")
    with keeper.store.reading() as unit:
        found = unit.incidents.get(number)
    assert found is not None
    assert (found.status, found.owner) == (Status.ACKNOWLEDGED, "ana")
    press(page, "Close")
    with keeper.store.reading() as unit:
        assert unit.incidents.get(number).status is Status.CLOSED  # type: ignore[union-attr]


def test_a_silence_is_prefilled_needs_a_reason_and_can_be_undone(open_page: Open, keeper: Keeper, words: Words) -> None:
    number = newest_open(keeper.store)
    page = open_page(keeper, "inbox", chosen=("incident", number))
    page = press(page, "Silence this")
    assert "It would have hidden" in words(page)
    page = press(page, "Silence")
    assert "A silence needs a reason." in words(page)
    page.text_input(key="silence-reason").set_value("planned maintenance")
    page = press(page, "Silence")
    with keeper.store.reading() as unit:
        made, known = unit.silences.page(limit=1).items[0], unit.incidents.get(number)
    assert known is not None
    assert dict(made.match) == {"stream": known.stream, "entity": known.entity, "because": known.because}
    assert (made.owner, made.reason) == ("local", "planned maintenance")
    press(page, "Undo")
    with keeper.store.reading() as unit:
        assert unit.silences.get(made.id).lifted is not None  # type: ignore[union-attr]


def test_the_list_goes_on_by_key_and_back(open_page: Open, keeper: Keeper) -> None:
    page = open_page(keeper, "inbox", of="alerts")
    first = [label for label in labels(page) if label.startswith("Open alert")]
    page = press(page, "Older")
    second = [label for label in labels(page) if label.startswith("Open alert")]
    assert first
    assert second
    assert not set(first) & set(second)
    page = press(page, "Newer")
    assert [label for label in labels(page) if label.startswith("Open alert")] == first


def test_text_filters_find_alerts_by_what_they_say(open_page: Open, keeper: Keeper, words: Words) -> None:
    page = open_page(keeper, "inbox", of="alerts")
    page.text_input(key="text").set_value("vibration").run()
    with keeper.store.reading() as unit:
        known = unit.alerts.page(AlertFilter(text="vibration", outcomes=RAISED), limit=20).items
    assert [label for label in labels(page) if label.startswith("Open alert")] == [f"Open alert {a.id}" for a in known]
    page.text_input(key="text").set_value("no such thing").run()
    assert "Nothing fits these filters." in words(page)


def test_incidents_are_found_by_words_and_by_kind(open_page: Open, keeper: Keeper, words: Words) -> None:
    page = open_page(keeper, "inbox")
    page.text_input(key="text").set_value("VIBRATION").run()
    with keeper.store.reading() as unit:
        known = unit.incidents.page(status=Status.OPEN, text="vibration", limit=20).items
    shown = [f"Open incident {i.id}" for i in known]
    assert [label for label in labels(page) if label.startswith("Open incident")] == shown
    page.selectbox(key="kind-incidents").set_value(Kind.ROW).run()
    assert [label for label in labels(page) if label.startswith("Open incident")] == shown
    page.selectbox(key="kind-incidents").set_value(Kind.STALE).run()
    assert "Nothing fits these filters." in words(page)


def test_the_trace_is_asked_for_and_then_told(open_page: Open, keeper: Keeper, words: Words) -> None:
    page = open_page(keeper, "inbox", chosen=("incident", newest_open(keeper.store)))
    assert "No silence matched it." not in words(page)
    assert "No silence matched it." in words(press(page, "Why was I told?"))


def test_an_alert_that_retention_dropped_is_told_as_gone(open_page: Open, keeper: Keeper, words: Words) -> None:
    assert "This alert is gone." in words(open_page(keeper, "inbox", chosen=("alert", 999_999)))


def test_hostile_names_stay_text_on_every_page(open_page: Open, keeper: Keeper, words: Words) -> None:
    for name in ALL:
        for of in ("incidents", "alerts", "hidden") if name == "inbox" else ("incidents",):
            html = words(open_page(keeper, name, of=of))
            assert "<img" not in html
            assert not any(f"<a href={h}" in html for h in HOSTILE)


def test_the_budget_is_replayed_and_set_and_taken_back(open_page: Open, keeper: Keeper, words: Words) -> None:
    page = open_page(keeper, "budget")
    assert "At most 5 alerts a day" in words(page)
    page.select_slider[0].set_value(10.0).run()
    assert "At most 10 alerts a day" in words(page)
    page = press(page, "Set it: at most 10 alerts a day")
    with keeper.store.reading() as unit:
        assert unit.streams.get("payments").policy["alerts"] == 10.0  # type: ignore[union-attr]
    press(page, "Undo")
    with keeper.store.reading() as unit:
        assert unit.streams.get("payments").policy["alerts"] == 5.0  # type: ignore[union-attr]


def test_health_tells_drift_and_data_that_stopped(open_page: Open, store: Store, words: Words) -> None:
    page = open_page(Keeper(store, {"payments": 8.0}, frozenset({"pumps"})), "health")
    assert "payments and pumps</em> need" in words(page)
    assert "amount has moved" in words(page)


def test_a_dead_letter_is_sent_again_by_hand(open_page: Open, keeper: Keeper, words: Words) -> None:
    page = open_page(keeper, "delivery")
    assert "2 messages given up and 1 message in doubt" in words(page)
    press(page, "Send again")
    with keeper.store.reading() as unit:
        assert unit.outbox.counts()[Sending.DEAD] == 1


def test_an_expected_event_is_made_from_the_page(open_page: Open, keeper: Keeper) -> None:
    page = open_page(keeper, "quiet")
    page.text_input(key="event-name").set_value("backup")
    page.text_input(key="event-entity").set_value("pump-01").run()
    press(page, "Expect it")
    with keeper.store.reading() as unit:
        made = unit.calendars.page(limit=1).items[0]
    assert (made.name, dict(made.match), made.repeats, made.owner) == ("backup", {"entity": "pump-01"}, "daily", "local")


def test_a_page_left_open_does_nothing_once_the_key_was_revoked(open_page: Open, keeper: Keeper, words: Words) -> None:
    holders: list[Somebody | None] = [Somebody("ana", Role.ACT)]
    number = newest_open(keeper.store)
    page = open_page(keeper, "inbox", lambda _: holders[0], chosen=("incident", number))
    holders[0] = Somebody("ana", Role.VIEW)
    page = press(page, "Close")
    assert "Your key may look, and not act." in words(page)
    with keeper.store.reading() as unit:
        assert unit.incidents.get(number).status is Status.OPEN  # type: ignore[union-attr]


def test_a_mistake_of_ours_shows_no_code(open_page: Open, keeper: Keeper, words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keeper, "health", lambda _: 1 / 0)
    page = open_page(keeper, "health")
    assert not page.exception
    assert "This page failed" in words(page)
    assert "ZeroDivision" not in words(page)
