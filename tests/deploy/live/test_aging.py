"""A model older than the settings allow is an alert: told once, whatever restarts, and over when another model judges."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import watched

from standout.deploy.live.answers import NewSilence
from standout.deploy.store.records import Kind, Outcome, Status


class Ticking(watched.SetClock):
    """A clock by which a tick is due at every look."""

    def steady(self):
        self.passed += 0.3
        return self.passed


def old(path, days=3.0):
    """Make a file look as if it was written some days before the clock of the tests began."""
    written = (watched.LONG_AGO - timedelta(days=days)).timestamp()
    os.utime(path, (written, written))


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def seen(service):
    with service.store.reading() as unit:
        return unit.incidents.page().items, unit.alerts.page().items, unit.outbox.page().items


def serving(folder, model=None, days=1.0, **settings):
    return watched.service(
        folder, model, Ticking(), stale_after=days, gaps=False, channels=("ops=json://127.0.0.1:9",), **settings
    )


@pytest.fixture
def stale(tmp_path):
    """A folder with a model of three days ago, of which people were told."""
    watched.model().save(tmp_path / "pumps.standout")
    old(tmp_path / "pumps.standout")
    with serving(tmp_path) as service:
        until(lambda: seen(service)[1])
    return tmp_path


def test_a_stale_model_is_an_incident_that_is_told_and_shown(stale):
    with serving(stale) as service:
        service.take("pumps", watched.arrow(watched.table(4)))
        time.sleep(0.3)  # of a second look nothing comes
        (incident,), (alert,), (message,) = seen(service)
        assert (alert.kind, alert.outcome, incident.status) == (Kind.STALE, Outcome.NOTIFIED, Status.OPEN)
        assert "fitted 3 days ago; 1 are allowed" in incident.headline
        assert "pumps" in message.body
        assert "model-stale" in {f.code for f in service.health().streams["pumps"].findings}


def test_it_is_over_when_another_model_takes_its_place(stale):
    watched.model(level=0.01, k=7).save(stale / "pumps.standout")
    with serving(stale) as service:
        until(lambda: seen(service)[0][0].status is Status.CLOSED)
        (incident,), _, messages = seen(service)
        assert "another model now" in incident.headline
        assert len(messages) == 2
        assert not service.health().streams["pumps"].findings[1:]
    with serving(stale) as service:
        time.sleep(0.3)
        assert len(seen(service)[2]) == 2


def test_a_promoted_challenger_ends_it_and_taking_it_back_tells_it_again(tmp_path):
    watched.model().save(tmp_path / "pumps.standout")
    old(tmp_path / "pumps.standout")
    clock = Ticking(datetime.now(UTC))
    with watched.service(tmp_path, None, clock, stale_after=1.0, gaps=False) as service:
        until(lambda: seen(service)[1])
        service.take("pumps", watched.arrow(watched.table(400, seed=3)))
        service.challenge("pumps", "anna")
        service._contest.wait("pumps", 120)
        service.promote("pumps", "anna")
        until(lambda: seen(service)[0][-1].status is Status.CLOSED)
        service.take_back("pumps", "anna")
        until(lambda: seen(service)[0][-1].status is Status.OPEN)


def test_a_silence_hides_it_by_its_kind(tmp_path):
    watched.model().save(tmp_path / "pumps.standout")
    with serving(tmp_path) as service:
        service.silence(NewSilence({"kind": "stale"}, "anna", "known", 86_400.0))
    old(tmp_path / "pumps.standout")
    with serving(tmp_path) as service:
        until(lambda: seen(service)[1])
        (alert,) = seen(service)[1]
        assert alert.outcome is Outcome.SILENCED
        assert not seen(service)[2]


def test_without_a_limit_no_age_is_told(tmp_path):
    watched.model().save(tmp_path / "pumps.standout")
    old(tmp_path / "pumps.standout", 3_000.0)
    with watched.service(tmp_path, None, Ticking(), gaps=False) as service:
        time.sleep(0.3)
        assert not seen(service)[1]
        assert service.health().streams["pumps"].model_age > 2_999


def test_a_file_that_is_written_anew_with_the_same_model_ends_it_in_other_words(stale):
    watched.model().save(stale / "pumps.standout")
    with serving(stale) as service:
        until(lambda: seen(service)[0][0].status is Status.CLOSED)
        assert seen(service)[0][0].headline == "The model of pumps is no longer stale."
