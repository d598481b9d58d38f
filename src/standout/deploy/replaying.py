"""A saved model replayed over a history: read and scored once, then decided under as many budgets as asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.core.calibrator import Policy, promises
from standout.core.errors import LabelError
from standout.core.events import Raised
from standout.core.finding import Finding, FindingKind, merged
from standout.core.model import Model
from standout.core.reason import Reason
from standout.core.scores import Scores
from standout.core.steps import Steps
from standout.core.table import Role, Table
from standout.data.opening import open_source
from standout.deploy.drifting import Watched, null_of, null_rows
from standout.deploy.scoring import Scored, known_labels, labelled_by
from standout.evaluate.drift import score_drift
from standout.evaluate.notices import Notice, stale, stopped
from standout.evaluate.replay import Replayed, around, replay
from standout.flow import score_all

REPLAYED_ON_TRAINING = FindingKind(
    "replayed-on-training",
    "warning",
    "{data} is what the model was fitted on, so its rows look a little more ordinary than rows it has not seen.",
    "Replay a later history for what to expect.",
)


@dataclass(frozen=True)
class History:
    """A history replayed: under the budget asked for, and under those around it; the strongest rows with their reasons.

    notices: what would have been told beside the budget, with the rank of an alert: data that stopped, a model that no longer fits.
    """

    asked: Replayed
    others: tuple[Replayed, ...]
    strongest: Table
    scores: Scores
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        clock = self.strongest.with_role(Role.TIME)
        strongest = [
            {"row": int(row), "time": None if clock is None else _text(clock.at(i)), "p_value": float(self.scores.p_value[i]),
             "reason": self.reasons[i].sentence if self.reasons else None}
            for i, row in enumerate(self.strongest.rows)
        ]  # fmt: skip  # one line a field reads worse
        said = [f.as_dict() for f in self.findings]
        noticed, budgets = [n.as_dict() for n in self.notices], [o.as_dict() for o in self.others]
        return {**self.asked.as_dict(), "strongest": strongest, "notices": noticed, "budgets": budgets, "findings": said}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def replay_source(
    model: Model, policy: Policy, what: Any, *, label: str | None, normal: str | None, most: int, steps: Steps, **how: Any
) -> History:
    """Replay a file, URL or frame; `what` and `how` as for `standout.run`, `most`: strongest rows to show.

    label, normal: as for `deploy.scoring.evaluate_source`; without a label, alerts are counted and nothing is judged.
    """
    source, field = open_source(what, **how), model.schema.with_role(Role.LABEL)
    name = label or (field.name if field else None)
    scored_by = model if name is None else labelled_by(model, name)
    tally = Watched(scored_by.schema)
    score_all(scored_by, source, tally=tally, steps=steps)
    scores = model.calibrated(tally.raw)
    labels = None
    if name is not None:
        try:
            labels, _ = known_labels(model, tally, name, normal)
        except LabelError:
            if label is not None:
                raise  # a history need not have labels, unless they were asked for
    asked = replay(policy, scores, tally.times, labels, tally.line)
    others = tuple(asked if p == policy else replay(p, scores, tally.times, labels, tally.line) for p in around(policy))
    done = Scored(scored_by, source, tally, scores, Raised(asked.alarms, asked.alarms))
    at = asked.strongest(scores, most)
    rows, reasons = done.explained(at) if model.explainer is not None else (done.rows(at), [])
    same = (REPLAYED_ON_TRAINING.found(data=source.name),) if source.name == model.provenance.get("data") else ()
    reach = promises(policy, model.calibrator.part, model.calibrator.state, len(scores))
    findings = merged([*done.findings, *asked.findings, *same, *reach])
    noticed = _noticed(model, scores, tally)
    return History(asked, others, rows, scores.take(np.asarray(at)), tuple(reasons), tuple(findings), noticed)


def _noticed(model: Model, scores: Scores, tally: Watched) -> tuple[Notice, ...]:
    order = np.arange(tally.rows) if tally.times is None else np.argsort(tally.times, kind="stable")
    drift = score_drift(
        scores.raw[order], scores.p_value[order], null_of(model), null_rows(model), np.random.default_rng(0)
    )  # fmt: skip  # one line an argument reads worse
    since = None if drift.began is None or tally.times is None else tally.times[order[drift.began]]
    silent = () if tally.times is None else stopped(tally.times, tally.owners)
    return (*stale(drift, since, "" if since is None else str(since)[:16]), *silent)
