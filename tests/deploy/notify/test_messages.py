"""Texts of messages, channels and hours of duty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored import NOW, alert, incident, later

from standout.core.errors import ParameterError
from standout.deploy.notify.channels import Channel
from standout.deploy.notify.composing import messages
from standout.deploy.notify.duty import Duty
from standout.deploy.notify.texts import JOINER, as_markdown, body_of, harmless, joined, title_of


def test_a_message_says_what_where_since_when_and_why() -> None:
    odd = incident(id=7, alerts=17, severity=99.98765, headline="amount is 912, usually 10 to 80")
    alerts = [alert(sentence=f"Reason {i}.", time=later(i)) for i in range(5)]
    assert title_of(odd) == "payments: amount is 912, usually 10 to 80"
    assert body_of(odd, alerts, "https://standout.example/").split("\n") == [
        "Stream payments, p1: 17 alerts since 27 Nov 2026 12:00:00 UTC, severity up to 99.99 of 100.",
        "",
        "27 Nov 2026 12:00:00 UTC: Reason 0.",
        "27 Nov 2026 12:00:01 UTC: Reason 1.",
        "27 Nov 2026 12:00:02 UTC: Reason 2.",
        "and 14 more",
        "",
        "https://standout.example/?incident=7",
    ]
    assert "more" not in body_of(incident(), [alert()])


@given(st.text())
def test_a_value_stays_on_its_line_calls_nobody_and_is_no_link(value: str) -> None:
    shown = harmless(value)
    assert not any(c < " " or c in "\x7f\x85\u2028\u2029\u202e\u200b" for c in shown)
    assert len(shown.replace(JOINER, "")) <= 300
    assert "://" not in shown
    shown.encode()


@pytest.mark.parametrize("call", ["@everyone", "<!channel>", "<@U123>", "<#C1>", "look @here", "(@all)"])
def test_a_value_cannot_call_people(call: str) -> None:
    assert JOINER in harmless(call)
    assert harmless("someone@example.com") == "someone@example.com"


def test_markup_is_shown_as_it_is() -> None:
    assert as_markdown("**b** [x](u) `c` <i>\n# h") == r"\*\*b\*\* \[x\]\(u\) \`c\` \<i\>" + "\n" + r"\# h"
    assert as_markdown("https://standout.example/?incident=7") == "https://standout.example/?incident=7"


def test_one_message_is_not_joined() -> None:
    from stored import message

    assert joined([message("k")], "https://x") == ("Odd", "It is odd.")


def test_each_channel_gets_what_it_wants_under_a_key_of_its_own() -> None:
    channels = [
        Channel.parsed("all", "json://h"),
        Channel.parsed("pumps", "json://h?standout-streams=pumps"),
        Channel.parsed("worst", "json://h?standout-severity=99.9&format=text"),
        Channel.parsed("night", "json://h?standout-duty=mon-sun 22:00-06:00"),
    ]
    made = messages(incident(id=7, severity=99.5), [alert()], channels, occasion="opened", now=NOW)
    assert [m.channel for m in made] == ["all", "night"]
    assert len({m.key for m in made}) == 2
    assert made[0].due == NOW
    assert made[1].due == NOW.replace(hour=22, minute=0, second=0, microsecond=0)
    assert made == messages(incident(id=7, severity=99.5), [alert()], channels, occasion="opened", now=NOW)
    again = messages(incident(id=7, severity=99.5), [alert()], channels, occasion="worse-1", now=NOW)
    assert not {m.key for m in made} & {m.key for m in again}
    assert channels[2].url == "json://h?format=text"


@pytest.mark.parametrize(
    "query",
    [
        "severity=high",
        "severity=101",
        "per-minute=0",
        "nosuch=1",
        "duty=always",
        "duty=mon-fri 25:00-26:00",
        "duty=mon 08:00-09:00 Mars/X",
    ],
)
def test_settings_of_a_channel_that_make_no_sense_are_named(query: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Channel.parsed("ops", f"slack://s3cret?standout-{query}")
    assert "s3cret" not in str(caught.value)


def test_only_channels_that_can_hand_keys_on_may_be_said_to_know_them() -> None:
    with pytest.raises(ParameterError, match="cannot hand keys on"):
        Channel.parsed("ops", "slack://a/b/c?standout-keys=yes")
    assert "s3cret" not in repr(Channel("ops", "json://s3cret"))


def test_duty_follows_the_clock_of_its_zone_through_the_change_to_winter_time() -> None:
    duty = Duty.parsed("mon-sun 08:00-18:00 Europe/Berlin")
    summer = datetime(2026, 10, 24, 3, 0, tzinfo=UTC)
    assert duty.next(summer) == datetime(2026, 10, 24, 6, 0, tzinfo=UTC)
    assert duty.next(summer + timedelta(days=1)) == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)


def test_duty_over_midnight_and_over_the_weekend() -> None:
    night = Duty.parsed("fri 22:00-06:00")
    saturday = datetime(2026, 11, 28, 5, 59, tzinfo=UTC)
    assert night.next(saturday) == saturday
    assert night.next(saturday + timedelta(minutes=1)) == datetime(2026, 12, 4, 22, 0, tzinfo=UTC)
    assert Duty.parsed("sat-mon 00:00-00:00").days == {5, 6, 0}
