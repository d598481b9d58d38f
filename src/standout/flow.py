"""The one place that knows the order of the phases: goal, data, preparation, modelling, evaluation, and what is handed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from standout.core.beside import side_by_side
from standout.core.calibrator import Calibrator, Levels, fit_null, promises
from standout.core.detector import Detector, own_scores
from standout.core.errors import EmptyTableError
from standout.core.events import Raised, decide
from standout.core.finding import Finding, merged
from standout.core.model import Fitted, Model
from standout.core.part import Floats
from standout.core.preparer import assemble, fit_all, select
from standout.core.profile import Profile
from standout.core.reason import Explainer, Reason
from standout.core.registry import chosen_part, find, names, part_from_dict
from standout.core.scores import Alerts, Scores
from standout.core.sequence import placed, series_findings
from standout.core.shown import as_html
from standout.core.steps import Steps, Watch
from standout.core.table import Role, concat
from standout.core.tally import Tally
from standout.data.convert import Partial, partial_tables, tables
from standout.data.hints import Hints
from standout.data.labels import labels_of
from standout.data.opening import open_source
from standout.data.ordered import first_rows, ordered
from standout.data.picked import picked
from standout.data.rhythm import doubts, rhythm
from standout.data.source import Source
from standout.data.survey import Survey, survey
from standout.evaluate.results import Compared, Evaluation
from standout.evaluate.whole import Learned, judge
from standout.explain.whole import explain_alerts
from standout.goal.costs import policy_for
from standout.goal.default import PREPARED, default_for
from standout.goal.goal import Goal
from standout.goal.promise import unkept
from standout.goal.words import in_words

__all__ = ["Goal", "Run", "Trained", "detectors", "load", "profile", "run", "score_all", "train"]

BESIDE: tuple[dict[str, Any], ...] = (
    {"part": "isolation-forest"},
    {"part": "local-outlier-factor"},
    {"part": "one-class-svm", "exact": 500},
    {"part": "k-nearest-neighbours"},
)
"""The detectors that a run compares its own with; importing what solves a larger One-Class SVM exactly takes a second."""

SCORED = (Role.FEATURE, Role.TIME, Role.LABEL)
EXPLAINED = 500
PACKAGES = ("standout", "numpy", "scipy", "scikit-learn", "numba", "pyarrow")


@dataclass(frozen=True)
class Trained:
    """A model, and what fitting left to look at: the rows in the order learned, their own scores, why this detector."""

    model: Model
    learned: Learned = field(repr=False)
    own: Floats = field(repr=False)
    findings: tuple[Finding, ...]
    why: str = ""


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
    raised: Raised
    alerts: Alerts
    reasons: Sequence[Reason]
    evaluation: Evaluation
    comparison: tuple[Compared, ...]
    findings: tuple[Finding, ...]
    seed: int
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Run({self.name}: {self.raised.in_words()})"

    _repr_html_ = as_html

    @property
    def model(self) -> Model:
        """The model that was fitted."""
        return self.trained.model

    @property
    def alarms(self) -> NDArray[np.bool_]:
        """True at each row that is raised, (n,); of a series, at one row an event."""
        return self.raised.alarms


def detectors() -> tuple[str, ...]:
    """The names of all detectors, plug-ins included."""
    return names("detector")


def load(path: str | Path) -> Model:
    """Read a model file; ModelFileError says what is wrong with one that cannot be trusted."""
    return Model.load(path)


def profile(what: Any, goal: Goal | None = None, *, seed: int = 0, **how: Any) -> Profile:
    """What a file, URL or frame holds: each column in numbers, and findings. `what` and `how` as for `run`."""
    return survey(open_source(what, **how), hints_of(goal or Goal()), _rng(seed, 0)).profile


def fit(
    what: Any,
    goal: Goal | None = None,
    *,
    detector: Detector | str | None = None,
    calibrator: Calibrator | str | None = None,
    seed: int = 0,
    **how: Any,
) -> Trained:
    """A model fitted on a file, URL or frame, and nothing else; `what` and `how` as for `run`."""
    source, goal = open_source(what, **how), goal or Goal()
    surveyed = survey(source, hints_of(goal), _rng(seed, 0))
    return train(surveyed, source, goal, detector=detector, calibrator=calibrator, seed=seed)


def hints_of(goal: Goal) -> Hints:
    """What the goal says of columns."""
    return Hints(goal.label, goal.normal, goal.time, goal.entity, goal.id, goal.ignore, goal.kinds)


def train(
    surveyed: Survey,
    source: Source,
    goal: Goal,
    *,
    detector: Detector | str | None = None,
    calibrator: Calibrator | str | None = None,
    seed: int = 0,
) -> Trained:
    """Fit preparers, detector, calibrator and explainer on the survey's sample; a sequence detector on the rows in order."""
    chosen, why = (chosen_part("detector", detector), "") if detector else default_detector(surveyed, source, goal)
    table, starts, findings = (
        (surveyed.sample, None, ()) if chosen.kind == "rows" else ordered(surveyed, surveyed.again or source)
    )
    fitted = fit_all(table, {"side": goal.direction, **PREPARED[chosen.kind]}, seed)
    for preparer, learned in fitted:
        findings += preparer.findings(learned, select(preparer, table).schema.names)
    matrix = placed(assemble(fitted, table, starts), table)
    if matrix.width == 0:
        raise EmptyTableError(
            f"No column is left to learn from, of {len(surveyed.schema.fields)} in {surveyed.rows} rows.",
            "standout profile says why each was left out.",
        )
    column = table.with_role(Role.LABEL)
    labels = None if column is None or surveyed.normal is None else labels_of(column, surveyed.normal)[0]
    known = labels if chosen.learns_from != "unlabelled" else None
    state = chosen.fit(matrix, _rng(seed, 2), known)
    findings += series_findings(chosen, state, matrix)
    if detector and chosen.kind == "sequence":
        findings += doubts(chosen.name, rhythm(first_rows(surveyed, surveyed.again or source)))
    own = own_scores(chosen, state, matrix, _rng(seed, 3), known)
    by: Calibrator = chosen_part("calibrator", calibrator or "conformal-tail")
    null, own = fit_null(by, own, table, matrix, _rng(seed, 4))
    explainer = cast("Explainer", find("explainer", "conditional")())
    clock = surveyed.schema.with_role(Role.TIME) is not None
    model = Model(
        schema=surveyed.schema,
        preparers=tuple(Fitted(p, s) for p, s in fitted),
        detector=Fitted(chosen, state),
        calibrator=Fitted(by, null),
        policy=policy_for(goal, clock=clock, p_values=by.p_values(null, own), labels=labels),
        explainer=Fitted(explainer, explainer.fit(table, matrix, own, _rng(seed, 5))),
        provenance=_provenance(surveyed, source, goal, len(table), seed),
    )
    findings += promises(model.policy, by, null, surveyed.rows)
    return Trained(model, Learned(table, matrix, labels), own, findings, why)


def default_detector(surveyed: Survey, source: Source, goal: Goal) -> tuple[Detector, str]:
    """The detector for the facts that are known without labels, and the sentence that says why."""
    seen = rhythm(first_rows(surveyed, surveyed.again or source))
    name, why = default_for(seen, clean=goal.clean, hindsight=goal.hindsight)
    return cast("Detector", find("detector", name)()), why


def _rng(seed: int, stage: int) -> np.random.Generator:
    """Each stage has a stream of its own, so that a change in one leaves the others as they were."""
    return np.random.default_rng([seed, stage])


def _provenance(surveyed: Survey, source: Source, goal: Goal, learned_from: int, seed: int) -> dict[str, Any]:
    told = {k: v for k, v in goal.as_dict().items() if k != "part" and v not in (None, [], "")}
    return {
        "data": source.name,
        "rows": surveyed.rows,
        "learned_from": learned_from,
        "seed": seed,
        "normal": surveyed.normal,
        "goal": told,
        "versions": {p: version(p) for p in PACKAGES},
    }


def score_all(
    model: Model, source: Source, *, tally: Tally | None = None, steps: Steps | None = None, of: int | None = None
) -> Tally:
    """Score a whole source, piece by piece for a row detector, and keep what a tally keeps."""
    tally, steps = tally or Tally(), steps or Steps()
    for (table, findings, whole), (raw, noticed) in side_by_side(lambda piece: model.raw(piece[0]), _pieces(model, source)):
        tally.add(table, raw, whole)
        tally.line = model.line(table)
        tally.findings += [*findings, *noticed]
        steps.advance(tally.rows, of)
    return tally


def _pieces(model: Model, source: Source) -> Iterator[Partial]:
    """Pieces of a source as the detector can take them: of any size for rows, all at once for sequences."""
    if model.detector.part.kind == "rows":
        yield from partial_tables(source, model.schema, None if isinstance(model.calibrator.part, Levels) else SCORED)
        return
    pieces = list(tables(source, model.schema))
    whole = concat([t for t, _ in pieces])
    yield whole, tuple(f for _, findings in pieces for f in findings), whole.take


def run(
    what: Any,
    goal: Goal | None = None,
    *,
    detector: Detector | str | None = None,
    calibrator: Calibrator | str | None = None,
    seed: int = 0,
    steps: Steps | None = None,
    **how: Any,
) -> Run:
    """The main job, from a file, URL or frame to explained alerts.

    what, how: as for `data.source.open_source`. detector, calibrator: a part, or its name. Writes nothing: `deploy.folder.write` does.
    """
    goal, watch = goal or Goal(), Watch(steps)
    watch.phase(1, "Goal")
    source = open_source(what, **how)
    watch.steps.note(f"{goal.find or 'what stands out'} in {source.name}")
    watch.phase(2, "Data")
    surveyed = survey(source, hints_of(goal), _rng(seed, 0))
    watch.steps.note(f"{surveyed.rows:,} rows, {len(surveyed.schema.features)} columns to learn from")
    watch.phase(3, "Preparation")
    trained = train(surveyed, source, goal, detector=detector, calibrator=calibrator, seed=seed)
    model, learned = trained.model, trained.learned
    watch.steps.note(f"{learned.matrix.width} features, {model.detector.part.name} fitted on {len(learned.table):,} rows")
    watch.phase(4, "Modelling")
    tally = Tally(own=(learned.table.rows, trained.own))
    score_all(model, surveyed.again or source, tally=tally, steps=watch.steps, of=surveyed.rows)
    scores = model.calibrated(tally.raw)
    raised = decide(model.policy, scores, tally.times, tally.line)
    at = raised.strangest(scores)
    alerts = Alerts(picked(surveyed.again or source, model.schema, tally, at), scores.take(at), raised.told(at))
    reasons = explain_alerts(model, alerts, EXPLAINED, lambda: (t for t, _ in tables(source, model.schema)))
    watch.steps.note(f"{len(at):,} alerts, {model.policy.in_words()}")
    watch.phase(5, "Evaluation")
    column = None if tally.labels is None else tally.labels.columns[0]
    known = None if column is None or surveyed.normal is None else labels_of(column, surveyed.normal)
    others = [cast("Detector", part_from_dict("detector", d)) for d in BESIDE if d["part"] != model.detector.part.name]
    evaluation, comparison = judge(model, learned, scores, raised.inside, known, others, _rng(seed, 6))
    watch.done()
    return Run(
        name=source.name,
        goal=goal,
        words=in_words(goal, surveyed.schema, model.policy, trained.why),
        survey=surveyed,
        trained=trained,
        scores=scores,
        times=tally.times,
        raised=raised,
        alerts=alerts,
        reasons=reasons,
        evaluation=evaluation,
        comparison=comparison,
        findings=merged([*trained.findings, *tally.findings, *unkept(goal, rows=surveyed.rows, alerts=len(at))]),
        seed=seed,
        seconds=watch.seconds,
    )
