"""Compile, once and for all, the kernels that a run and a live service use, by running both on made-up rows."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from standout.core.errors import StandoutError
from standout.deploy.checkup.facts import Fact
from standout.deploy.checkup.machine import kept

ROWS = 600
STREAMED = 40


def warm() -> Fact:
    """Fit the default model on example payments, keep and load it, and watch some rows with and without learning."""
    began = time.monotonic()
    try:
        before, _ = kept()
        _exercise()
        after, _ = kept()
    except StandoutError as error:
        return Fact.wrong("warmed up", error)
    return Fact("warmed up", f"{after - before} more kernels kept, in {time.monotonic() - began:.0f} s")


def _exercise() -> None:
    from standout.core.model import Model
    from standout.data import examples
    from standout.deploy.live.service import Service
    from standout.deploy.live.settings import Settings
    from standout.flow import run
    from standout.goal.goal import Goal

    rows = examples.make("payments", ROWS)
    told = rows.column_names[-1]
    goal = Goal(label=told)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "payments.standout"
        run(rows, goal).model.save(path)
        Model.load(path)
        some = rows.drop_columns([told]).slice(0, STREAMED)
        for learn in (False, True):
            settings = Settings(models=(f"payments={path}",), store=f"sqlite:///{folder}/{learn}.db", learn=learn)
            with Service.open(settings) as service:
                service.take("payments", some)
                service.take("payments", some.slice(0, 1).to_pylist())
                service.score("payments", some)
                service.explain("payments", some)
