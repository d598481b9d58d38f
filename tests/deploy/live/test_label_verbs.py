"""`standout label` and `standout silence` on the store of a service that runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import watched
from typer.testing import CliRunner

from standout.core.errors import ParameterError, UnknownNameError, UnreadableError
from standout.deploy.cli import app_for
from standout.deploy.store.records import Outcome

ODD = {"at": "2026-03-01T00:00:00", "pump": "p0", "flow": 70.0, "heat": 50.0, "mode": "slow"}


def standout(*arguments, typed=None):
    done = CliRunner().invoke(app_for(list(arguments)), list(arguments), input=typed)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def followed(service, clock):
    """The service has looked at what others wrote."""
    clock.move(2)
    for _ in range(2):
        service._engine.do(lambda _: None)


def outcome(service, name):
    return Outcome(service.take("pumps", [{**ODD, "event_id": name}]).outcomes[0])


def test_a_label_from_the_command_line_acts_in_a_service_that_runs(tmp_path):
    clock, store = watched.SetClock(), ("--store", f"sqlite:///{tmp_path}/live.db")
    clock.at = datetime.now(UTC)
    with watched.service(tmp_path, watched.model(explained=True), clock) as service:
        assert outcome(service, "a") is Outcome.NOTIFIED
        assert "no labels yet" in standout("label", *store)
        assert "Would have hidden 1 alert" in standout("label", "1", "false", "--preview", *store)
        assert "Would have hidden" in standout("label", "1", "false", *store, typed="n\n")
        assert "no labels yet" in standout("label", *store)
        told = json.loads(standout("label", "1", "false", "--by", "anna", "--reason", "a\ntest", "--json", *store))
        assert (told["label"], told["hidden"]) == (1, 1)
        followed(service, clock)
        assert outcome(service, "b") is Outcome.SUPPRESSED
        listed = standout("label", *store)
        assert "hid 1" in listed
        assert r'"a\ntest"' in listed
        standout("label", "--undo", "1", *store)
        followed(service, clock)
        assert outcome(service, "c") is not Outcome.SUPPRESSED
        assert "taken back" in standout("label", *store)


def test_a_silence_from_the_command_line_hides_and_is_lifted(tmp_path):
    clock, store = watched.SetClock(), ("--store", f"sqlite:///{tmp_path}/live.db")
    clock.at = datetime.now(UTC)
    with watched.service(tmp_path, clock=clock) as service:
        assert "no silences yet" in standout("silence", *store)
        standout("silence", "entity=p0", "--for", "2", "--reason", "mended", "--by", "anna", *store)
        followed(service, clock)
        assert outcome(service, "a") is Outcome.SILENCED
        assert "hid 1" in standout("silence", *store)
        assert json.loads(standout("silence", "--json", *store))[0]["owner"] == "anna"
        standout("silence", "--lift", "1", *store)
        followed(service, clock)
        assert outcome(service, "b") is Outcome.NOTIFIED
        assert "lifted" in standout("silence", *store)
        with service.store.reading() as unit:
            assert [e.what for e in unit.audit.page().items] == ["silence lifted", "silence made"]


def test_what_cannot_be_is_said_by_name(tmp_path):
    store = ("--store", f"sqlite:///{tmp_path}/live.db")
    with pytest.raises(UnreadableError, match="no store"):
        standout("label", *store)
    with watched.service(tmp_path):
        for wrong, error in (
            (("label", "1"), ParameterError), (("label", "1", "false"), UnknownNameError), (("label", "--undo", "4"), UnknownNameError),
            (("silence", "p7"), ParameterError), (("silence", "entity=p7", "--lift", "1"), ParameterError),
        ):  # fmt: skip  # a case a line
            with pytest.raises(error):
                standout(*wrong, *store)
