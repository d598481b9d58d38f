"""A run told as a page: the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from standout.core.scores import Alerts
from standout.core.table import Role
from standout.evaluate.report.page import render
from standout.evaluate.report.story import Projection, Story, Timeline
from standout.evaluate.whole import SAMPLE
from standout.explain.shap_values import addresses, explanation, pictures
from standout.explain.whole import overview
from standout.flow import EXPLAINED, Run

SHAP_ROWS = 20
"""Alerts, the strongest, whose SHAP values are drawn: each takes a second where the detector does not know them."""


def report(made: Run, commands: Sequence[tuple[str, str]] = (), *, shap: bool = False) -> str:
    """The report of a run as one HTML page that opens offline.

    commands: what to do next, as (what it does, command line). shap: whether to draw the shap package's pictures of the strongest
    alerts; MissingExtraError without it.
    """
    told = story(made, commands)
    return render(replace(told, shap=_shap(made)) if shap and len(made.alerts.table) else told)


def _shap(made: Run) -> tuple[tuple[str, str], ...]:
    strongest = made.alerts.table.take(np.arange(min(SHAP_ROWS, len(made.alerts.table))))
    return addresses(pictures(explanation(made.model, strongest, made.trained.learned.table)))


def story(made: Run, commands: Sequence[tuple[str, str]] = ()) -> Story:
    """What the report tells of a run."""
    model, shown = made.model, made.alerts.table.take(np.arange(min(EXPLAINED, len(made.alerts.table))))
    clock, times = model.schema.with_role(Role.TIME), made.times
    part = made.trained.learned.part(np.random.default_rng([made.seed, 7]), SAMPLE, in_order=False)
    return Story(
        name=made.name,
        goal=made.words,
        rows=made.survey.rows,
        profile=made.survey.profile,
        detector=model.detector.part,
        policy=model.policy,
        alerts=Alerts(shown, made.alerts.scores.take(np.arange(len(shown))), made.alerts.spans[: len(shown)]),
        reasons=made.reasons,
        alerted=len(made.alerts.table),
        preparers=tuple(f.part for f in model.preparers),
        features=part.matrix.features,
        calibrator=model.calibrator.part,
        scores=made.scores.raw,
        sample=part.table,
        timeline=None if clock is None or times is None else Timeline.of(clock.name, times, made.alerts.table[clock.name].values),
        projection=Projection.of(part.matrix, model.prepare(shown)),
        comparison=made.comparison,
        evaluation=made.evaluation,
        findings=made.findings,
        seed=made.seed,
        versions=model.provenance["versions"],
        digest=model.digest,
        commands=tuple(commands),
        overview=overview(model, made.reasons, made.trained.learned.table, made.seed),
        seconds=made.seconds,
    )
