"""What a model in motion holds between steps, and how it learns: one noun that stepping, snapshots and resuming share."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from standout.core.calibrator import MovesNull, Streams
from standout.core.detector import LooksBack, Remembers, Updates, reach
from standout.core.errors import DataError, ParameterError
from standout.core.finding import Finding, FindingKind
from standout.core.matrix import Matrix
from standout.core.model import Fitted, Model
from standout.core.ongoing import Ongoing
from standout.core.part import Floats, State
from standout.core.recent import Contexts, Latest

ENTITIES_FORGOTTEN = FindingKind(
    "entities-forgotten",
    "warning",
    "More than {most:,} entities were seen; those not seen for longest were forgotten {count:,} times, and begin anew when they return.",
    "Raise most_entities, or watch the entities in several streams.",
)
REFIT_FAILED = FindingKind(
    "refit-failed",
    "warning",
    "The detector could not be fitted again on the latest rows (times: {count:,}) and stayed as it was: {why}",
    "Look at the latest rows, or raise window.",
)
NULL_STAYS = FindingKind(
    "null-stays",
    "warning",
    "{detector} keeps learning, and the null of {calibrator} stays where it was: rates of alarms will drift away from the promise.",
    "Fit with a null that moves: standout train FILE --calibrator moving-null.",
)


@dataclass(frozen=True)
class Pace:
    """How a live model learns and forgets; see `core.live.Live` for what each means."""

    learn: bool = True
    move_null: bool = True
    refit_every: int = 1_000
    window: int = 10_000
    most_entities: int = 100_000

    def __post_init__(self) -> None:
        for held in fields(self):
            value = getattr(self, held.name)
            if type(value) is int and value < 1:
                raise ParameterError(f"{held.name} is {value} and must be at least 1.", "Change it and try again.")


@dataclass
class Motion:
    """The model as it stands and all that was kept of the rows so far; every array is its own.

    learned_digest: of the model that it began with. decided: what the policy remembers. since_fit: rows since the last fit;
    failed: fits that failed, and why the last one did.
    """

    model: Model
    pace: Pace
    learned_digest: str
    rng: np.random.Generator
    latest: Latest
    contexts: Contexts
    ongoing: Ongoing | None
    decided: State
    since_fit: int = 0
    failed: int = 0
    why: str = ""

    @classmethod
    def begun(cls, model: Model, pace: Pace, seed: int) -> Motion:
        """Before the first row. ParameterError for a detector that looks ahead."""
        part = model.detector.part
        if not part.causal or (part.kind == "sequence" and not isinstance(part, LooksBack | Remembers)):
            raise ParameterError(f"{part.name} looks ahead and cannot go live.", "Choose a detector whose page says causal.")
        lingers = reach(part, model.detector.state)
        return cls(
            model=owned(model),
            pace=pace,
            learned_digest=model.learned_digest,
            rng=np.random.default_rng(seed),
            latest=Latest(pace.window),
            contexts=Contexts(pace.most_entities),
            ongoing=Ongoing(lingers, pace.most_entities) if lingers else None,
            decided=first_state(model),
        )

    def take_in(self, matrix: Matrix, owners: list[str | None], raw: Floats) -> None:
        """Learn from rows that were scored, each run of the entity at its place in `owners`, and move the null by their scores."""
        calibrator = self.model.calibrator  # as it was when they were scored
        if self.pace.learn:
            self._learn(matrix, owners)
        if self.pace.move_null and isinstance(calibrator.part, MovesNull):
            calibrator.part.move(calibrator.state, raw)

    def _learn(self, matrix: Matrix, owners: list[str | None]) -> None:
        """By an update, or by a new fit where one is due."""
        detector = self.model.detector
        if isinstance(detector.part, Updates):
            detector.part.update(detector.state, matrix)
            return
        if isinstance(detector.part, Remembers):
            return  # it learned as it scored, and what it noted of earlier rows is told by the state as it is
        runs = matrix.runs if detector.part.kind == "sequence" else (slice(0, len(matrix)),)
        for run, owner in zip(runs, owners, strict=True):
            self.latest.add(matrix.values[run], owner)
        self.since_fit += len(matrix)
        if self.since_fit < self.pace.refit_every:
            return
        self.since_fit = 0
        try:
            state = detector.part.fit(self.latest.matrix(matrix.features), self.rng)
        except DataError as error:  # such as too few rows: what was learned before still stands
            self.failed, self.why = self.failed + 1, str(error)
            return
        self.model = replace(self.model, detector=Fitted(detector.part, state))

    def memory(self) -> tuple[int, int]:
        """At most how many earlier rows of an entity are kept for the detector, and how many numbers of each."""
        part, state = self.model.detector.part, self.model.detector.state
        if isinstance(part, Remembers):
            return part.remembers(state)
        return part.context(state) if isinstance(part, LooksBack) else 0, len(self.model.features)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth telling of all steps so far: a budget spent early, entities forgotten, fits that failed."""
        model = self.model
        found = list(model.policy.findings(self.decided)) if isinstance(model.policy, Streams) else []
        if self.contexts.forgotten:
            found.append(ENTITIES_FORGOTTEN.found(most=self.pace.most_entities, count=self.contexts.forgotten))
        if self.failed:
            found.append(REFIT_FAILED.found(count=self.failed, why=self.why))
        if self.pace.learn and not (self.pace.move_null and isinstance(model.calibrator.part, MovesNull)):
            found.append(NULL_STAYS.found(detector=model.detector.part.name, calibrator=model.calibrator.part.name))
        return tuple(found)


def first_state(model: Model) -> State:
    """What the model's policy remembers, or the state before its first row; a copy."""
    if not isinstance(model.policy, Streams):
        return {}
    return copied(model.policy_state) if model.policy_state else model.policy.start()


def owned(model: Model) -> Model:
    """The model with its own copies of the arrays that learning changes."""
    return replace(
        model,
        detector=Fitted(model.detector.part, copied(model.detector.state)),
        calibrator=Fitted(model.calibrator.part, copied(model.calibrator.state)),
        policy_state=copied(model.policy_state),
    )


def copied(state: State) -> State:
    """The arrays of a state, none shared."""
    return {name: array.copy() for name, array in state.items()}
