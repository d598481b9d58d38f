"""What is run through models before the service is ready: made-up rows, of which nothing stays."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import watched

from standout.core.table import Kind, Role
from standout.deploy.live import warming


@pytest.mark.parametrize(("detector", "params"), [("k-nearest-neighbours", {}), ("nearest-windows", {"window": 4})])
@pytest.mark.parametrize("learn", [False, True])
def test_rehearsed_rows_leave_nothing_behind_and_meet_no_defect(tmp_path, caplog, detector, params, learn):
    made = watched.model(detector, explained=True, **params)
    with watched.service(tmp_path, made, learn=learn) as service, caplog.at_level(logging.ERROR):
        stream = service.streams["pumps"]
        before = {key: array.copy() for key, array in stream.live.snapshot()[1].items()}
        warming.rehearse(stream)
        after = stream.live.snapshot()[1]
        assert before.keys() == after.keys()
        assert all(np.array_equal(before[key], after[key], equal_nan=before[key].dtype.kind == "f") for key in before)
        assert stream.model.digest == made.digest
        with service.store.reading() as unit:
            assert unit.journal.last("pumps") == 0
    assert not caplog.records


def test_made_up_rows_are_of_every_kind_with_values_and_without():
    table = warming.made_up(watched.SCHEMA, 24)
    for field, column in zip(table.schema.fields, table.columns, strict=True):
        missing = column.missing
        assert not missing.all()
        assert missing.any() == (field.role is not Role.TIME or field.kind is not Kind.TIME)


def test_a_model_that_cannot_be_warmed_up_is_told_to_the_log_and_serves(tmp_path, caplog, monkeypatch):
    with watched.service(tmp_path) as service:
        monkeypatch.setattr(warming, "made_up", lambda *_: 1 / 0)
        warming.rehearse(service.streams["pumps"])
        assert "pumps could not be warmed up" in caplog.text
        assert service.take("pumps", watched.mappings(watched.table(3))).counts


def test_the_service_is_not_ready_while_it_warms_up_and_takes_rows_all_the_same(tmp_path):
    with watched.service(tmp_path) as service:
        assert service.health().ready
        with service.warming_up():
            assert not service.health().ready
            assert len(service.take("pumps", watched.mappings(watched.table(3)))) == 3
        assert service.health().ready
