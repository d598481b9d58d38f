"""The one place that knows the order of the phases: goal, data, preparation, modelling, evaluation, and what is handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import Calibrator, Policy
from standout.core.detector import Detector, Labels, own_scores
from standout.core.errors import EmptyTableError
from standout.core.finding import Finding, FindingKind
from standout.core.matrix import Matrix
from standout.core.model import Fitted, Model
from standout.core.part import Floats
from standout.core.preparer import Preparer, assemble, select
from standout.core.reason import Explainer, Reason
from standout.core.registry import find, names
from standout.core.scores import Alerts, Scores, strangest_first
from standout.core.sequence import in_order
from standout.core.table import Role, Table, concat
from standout.data.roles import Hints, labels_of
from standout.data.source import Source, open_source, tables
from standout.data.survey import Survey, survey
from standout.goal.costs import cheapest_level
from standout.goal.goal import Goal
from standout.goal.words import in_words

DEFAULTS = {False: "cleaned", True: "ensemble"}
"""The default detector for a file that may hold anomalies, and for one known to be clean; see decision 0002."""

EXPLAINED = 500
SEQUENCE_ROWS = 1_000_000
PACKAGES = ("standout", "numpy", "scipy", "scikit-learn", "numba", "pyarrow")

SEQUENCE_CUT = FindingKind(
    "sequence-cut",
    "warning",
    "Only the first {most:,} rows were learned from; a sequence detector reads them whole and in order.",
    "Give it a shorter history, or fewer entities at a time.",
)
TOO_FEW_TO_CALL = FindingKind(
    "few-rows",
    "warning",
    "With {rows} rows the strangest of them all is one in {rows}: too few to call any of them strange.",
    "Give it more rows, at least 100.",
)


class Steps:
    """Who wants to watch a run overrides these; this one looks away."""

    def phase(self, number: int, title: str) -> None:
        """A phase begins, and the one before it is done."""

    def note(self, text: str) -> None:
        """One line on what the phase found."""

    def advance(self, rows: int, of: int | None) -> None:
        """So many rows are done, of so many where that is known."""


@dataclass(frozen=True)
class Trained:
    """A model, and what fitting it left to look at: the sample in the order it was learned, its features and own scores."""

    model: Model
    sample: Table
    matrix: Matrix
    own: Floats
    labels: Labels | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Run:
    """What a run made: the model, every row's scores, the alerts with their reasons, and what was seen on the way."""

    name: str
    goal: Goal
    words: tuple[str, ...]
    survey: Survey
    trained: Trained
    scores: Scores
    times: NDArray[Any] | None
    labels: Labels | None
    kinds: Sequence[str | None] | None
    alarms: NDArray[np.bool_]
    alerts: Alerts
    reasons: Sequence[Reason]
    findings: tuple[Finding, ...]
    seed: int
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        """The model that was fitted."""
        return self.trained.model


def hints_of(goal: Goal) -> Hints:
    """What the goal says of columns."""
    return Hints(goal.label, goal.normal, goal.time, goal.entity, goal.id, goal.ignore, goal.kinds)


def train(surveyed: Survey, source: Source, goal: Goal, *, detector: Detector | None = None, seed: int = 0) -> Trained:
    """Fit preparers, detector, calibrator and explainer on the survey's sample (a sequence detector: on the rows in order)."""
    chosen = detector or cast("Detector", find("detector", DEFAULTS[goal.clean])())
    table, starts, findings = _training_rows(surveyed, source, chosen)
    preparers = _fit_preparers(table, goal, seed)
    for fitted in preparers:
        findings += fitted.part.findings(fitted.state, select(fitted.part, table).schema.names)
    matrix = assemble([(f.part, f.state) for f in preparers], table, starts)
    if matrix.width == 0:
        raise EmptyTableError(
            "No column is left to learn from.", "See the findings of standout profile for why each was left out."
        )
    labels = _labels(table, goal)
    known = labels if chosen.learns_from != "unlabelled" else None
    state = chosen.fit(matrix, _rng(seed, 2), known)
    own = own_scores(chosen, state, matrix, _rng(seed, 3), known)
    calibrator = cast("Calibrator", find("calibrator", "conformal")())
    null = Fitted(calibrator, calibrator.fit(own, _rng(seed, 4)))
    explainer = cast("Explainer", find("explainer", "conditional")())
    model = Model(
        schema=surveyed.schema,
        preparers=preparers,
        detector=Fitted(chosen, state),
        calibrator=null,
        policy=_policy(goal, surveyed, calibrator.p_values(null.state, own), labels),
        explainer=Fitted(explainer, explainer.fit(table, matrix, _rng(seed, 5))),
        provenance={
            "data": source.name,
            "rows": surveyed.rows,
            "learned_from": len(table),
            "seed": seed,
            "goal": {k: v for k, v in goal.as_dict().items() if k != "part" and v not in (None, [], "")},
            "versions": {p: version(p) for p in PACKAGES},
        },
    )
    return Trained(model, table, matrix, own, labels, findings)


def _rng(seed: int, stage: int) -> np.random.Generator:
    """Each stage has a stream of its own, so that a change in one leaves the others as they were."""
    return np.random.default_rng([seed, stage])


def _training_rows(
    surveyed: Survey, source: Source, detector: Detector
) -> tuple[Table, NDArray[np.int64] | None, tuple[Finding, ...]]:
    if detector.kind == "rows":
        return surveyed.sample, None, ()
    pieces: list[Table] = []
    for piece, _ in tables(source, surveyed.schema):
        pieces.append(piece)
        if sum(map(len, pieces)) >= SEQUENCE_ROWS:
            break
    whole = concat(pieces)
    cut = (SEQUENCE_CUT.found(most=len(whole)),) if len(whole) < surveyed.rows else ()
    order, starts = in_order(whole)
    return whole.take(order), starts, cut


def _fit_preparers(table: Table, goal: Goal, seed: int) -> tuple[Fitted[Preparer], ...]:
    fitted = []
    for i, name in enumerate(names("preparer")):
        part = find("preparer", name)
        sided = {"side": goal.direction} if "side" in part.specs() else {}
        preparer = cast("Preparer", part.make(sided))
        taken = select(preparer, table)
        if taken.columns:
            fitted.append(Fitted(preparer, preparer.fit(taken, np.random.default_rng([seed, 1, i]))))
    return tuple(fitted)


def _labels(table: Table, goal: Goal) -> Labels | None:
    column = table.with_role(Role.LABEL)
    return None if column is None else labels_of(column, goal.normal)[0]


def _policy(goal: Goal, surveyed: Survey, p_values: Floats, labels: Labels | None) -> Policy:
    clock = surveyed.schema.with_role(Role.TIME) is not None
    if goal.cost_of_miss is None or goal.cost_of_false_alarm is None or goal.budget or labels is None:
        return goal.policy(clock=clock)
    level = cheapest_level(p_values, labels, goal.cost_of_miss, goal.cost_of_false_alarm)
    return cast("Policy", find("policy", "level").make({"level": level}))


def run(
    what: Any,
    goal: Goal | None = None,
    *,
    detector: Detector | None = None,
    seed: int = 0,
    steps: Steps | None = None,
    **how: Any,
) -> Run:
    """The main job, from a file, URL or frame to explained alerts.

    what, how: as for `data.source.open_source`. Writes nothing: `deploy.folder.write` does.
    """
    goal, steps, timer = goal or Goal(), steps or Steps(), Timer()
    timer.begin(steps, 1, "Goal")
    source = open_source(what, **how)
    timer.begin(steps, 2, "Data")
    surveyed = survey(source, hints_of(goal), _rng(seed, 0))
    steps.note(
        f"{surveyed.rows:,} rows, {len(surveyed.schema.features)} columns to learn from, {len(surveyed.findings)} findings"
    )
    timer.begin(steps, 3, "Preparation and model")
    trained = train(surveyed, source, goal, detector=detector, seed=seed)
    words = in_words(goal, surveyed.schema, trained.model.policy)
    steps.note(f"{trained.model.detector.part.name} on {trained.matrix.width} features of {len(trained.sample):,} rows")
    timer.begin(steps, 4, "Scores and alerts")
    tally = score_all(trained.model, source, steps=steps, of=surveyed.rows, own=(trained.sample.rows, trained.own))
    scores = trained.model.calibrated(tally.raw)
    alarms = trained.model.policy.alarms(scores.p_value, scores.raw, tally.times)
    at = strangest_first(scores)
    at = at[alarms[at]]
    alerts = Alerts(_rows(tally, source, trained.model, at), scores.take(at))
    steps.note(f"{len(at):,} alerts, {trained.model.policy.in_words()}")
    timer.begin(steps, 5, "Reasons")
    reasons = trained.model.explain(alerts.table.take(np.arange(min(EXPLAINED, len(at))))) if len(at) else ()
    return Run()
