"""A model that keeps learning: score, then learn, then move the null.

The order matters. A row scored after it was learned looks ordinary; a null left where it was at the start alarms three times
too often once the world has drifted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core import resuming
from standout.core.calibrator import MovesNull, Policy, Streams
from standout.core.detector import LooksBack, Updates, reach
from standout.core.errors import DataError, ParameterError
from standout.core.finding import Finding, FindingKind
from standout.core.matrix import Matrix
from standout.core.model import Fitted, Model
from standout.core.ongoing import Ongoing, Runs
from standout.core.part import Floats, State
from standout.core.reason import Reason
from standout.core.recent import Contexts, Latest
from standout.core.scores import Scores
from standout.core.sequence import in_order
from standout.core.table import Role, Table

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


class Live:
    """A causal model in motion. It owns copies of the model's arrays; the model it came from stays as it was.

    learn: whether the detector learns from each step. Without, entities' contexts and the policy move on all the same.
    move_null: whether a null that can move does; as `learn` unless told.
    refit_every: for a detector without an update of its own: after this many rows it is fitted again on the latest `window`.
    most_entities: of how many entities the rows that a sequence detector looks back on are kept.
    """

    def __init__(
        self,
        model: Model,
        *,
        learn: bool = True,
        move_null: bool | None = None,
        refit_every: int = 1_000,
        window: int = 10_000,
        most_entities: int = 100_000,
        seed: int = 0,
    ) -> None:
        part = model.detector.part
        if not part.causal or (part.kind == "sequence" and not isinstance(part, LooksBack)):
            raise ParameterError(f"{part.name} looks ahead and cannot go live.", "Choose a detector whose page says causal.")
        for name, value in (("refit_every", refit_every), ("window", window), ("most_entities", most_entities)):
            if value < 1:
                raise ParameterError(f"{name} is {value} and must be at least 1.", "Change it and try again.")
        self.learned_digest = model.learned_digest
        self._model = _owned(model)
        self._learns, self._moves = learn, learn if move_null is None else move_null
        self._refit_every, self._window, self._most_entities = refit_every, window, most_entities
        self._rng = np.random.default_rng(seed)
        self._latest, self._since_fit = Latest(window), 0
        self._failed, self._why = 0, ""
        self._contexts = Contexts(most_entities)
        self._scored: tuple[Model, Table, list[tuple[slice | NDArray[np.intp], NDArray[np.float32], int]]] | None = None
        self._decided = _begun(model.policy, model.policy_state)
        lingers = reach(part, model.detector.state)
        self._ongoing = Ongoing(lingers, most_entities) if lingers else None
        self.inside = self.quiet = np.zeros(0, dtype=np.bool_)

    @property
    def policy(self) -> Policy:
        """What decides which rows are raised."""
        return self._model.policy

    @property
    def model(self) -> Model:
        """The model as it stands; its arrays go on moving, `freeze` gives a copy that does not."""
        return self._model

    def step(self, table: Table) -> Scores:
        """Score rows as the model stands, then learn from them; rows of one entity come in order of time."""
        model = self._model
        table, findings = model.conform(table)
        if model.detector.part.kind == "rows":
            matrix = model.prepare(table)
            raw: Floats = model.detector.part.score(model.detector.state, matrix)
            owners: list[str | None] = [None]
            self._scored = (model, table, [(slice(0, len(table)), matrix.values, 0)])
        else:
            matrix, raw, owners = self._score_in_context(table)
        scores = replace(model.calibrated(model.leveled(raw, table)), findings=findings)
        if self._learns:
            self._learn(matrix, owners)
        if self._moves and isinstance(model.calibrator.part, MovesNull):
            model.calibrator.part.move(model.calibrator.state, scores.raw)
        return scores

    def reasons(self, rows: NDArray[np.intp] | None = None) -> Sequence[Reason]:
        """Why rows of the latest step score as they do, at these positions or all, in the context that they were scored in.

        Ask before the next step. A detector with an update of its own has learned from the rows by then and finds them a little
        less strange; a row's reason depends on nothing that came after it.
        """
        if self._scored is None:
            return ()
        model, table, seen = self._scored
        place, values, starts, whole = np.empty(len(table), dtype=np.intp), [], [], 0
        for order, stretch, past in seen:
            place[order] = whole + past + np.arange(len(stretch) - past)
            values.append(stretch)
            starts.append(whole)
            whole += len(stretch)
        joined = np.concatenate(values) if values else np.empty((0, len(model.features)), dtype=np.float32)
        matrix = Matrix(np.ascontiguousarray(joined), model.features, np.array(starts or [0], dtype=np.int64))
        at = np.arange(len(table)) if rows is None else np.asarray(rows, dtype=np.intp)
        if model.detector.part.kind == "rows":
            matrix = matrix.take(place[at])
            return model.reasons(model.judged_in(matrix, np.arange(len(at)), table.take(at)))
        return model.reasons(model.judged_in(matrix, place[at], table.take(at)))

    def alarms(self, table: Table, scores: Scores, times: NDArray[Any] | None = None) -> NDArray[np.bool_]:
        """Which of the rows that `step` scored to raise, decided in their order; call it once for each step.

        The rows of one event of a series are raised once, see `core.ongoing`; `inside` then says which others are part of
        one, `quiet` which the policy was not asked about while one lasted.

        times: the clock of rows that have none of their own, such as when they came. ParameterError where the model's policy needs
        all rows at once.
        """
        policy = self._model.policy
        if not isinstance(policy, Streams):
            raise ParameterError(
                f"{policy.name} needs all rows at once and cannot decide in a stream.",
                "Change it: standout threshold MODEL --alerts-per-day 5, or --alerts-per-10000-rows 5.",
            )
        clock = table.with_role(Role.TIME)
        times = times if clock is None else clock.values
        if self._ongoing is None:
            self.inside = self.quiet = np.zeros(len(table), dtype=np.bool_)
            return policy.decide(self._decided, scores.p_value, scores.raw, times)
        alarms, self.inside, self.quiet = self._ongoing.decide(
            policy, self._decided, scores.p_value, scores.raw, times, _runs(table)
        )
        return alarms

    def behind(self, table: Table) -> NDArray[np.bool_]:
        """Which rows the next step would score with all the earlier rows that the detector looks back on, shape (n,)."""
        part, state = self._model.detector.part, self._model.detector.state
        if not isinstance(part, LooksBack):
            return np.ones(len(table), dtype=np.bool_)
        found, back = np.empty(len(table), dtype=np.bool_), part.context(state)
        for entity, run in _runs(table):
            found[run] = len(self._contexts.of(entity, len(self._model.features))) + np.arange(len(run)) >= back
        return found

    def change_policy(self, policy: Policy) -> None:
        """Decide by another policy from now on; it begins anew, unless it is the one that decides already."""
        if policy != self._model.policy:
            self._model = self._model.with_policy(policy)
            self._decided = _begun(policy, {})

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth telling of all steps so far: a budget spent early, entities forgotten, fits that failed."""
        model = self._model
        found = list(model.policy.findings(self._decided)) if isinstance(model.policy, Streams) else []
        if self._contexts.forgotten:
            found.append(ENTITIES_FORGOTTEN.found(most=self._most_entities, count=self._contexts.forgotten))
        if self._failed:
            found.append(REFIT_FAILED.found(count=self._failed, why=self._why))
        if self._learns and not (self._moves and isinstance(model.calibrator.part, MovesNull)):
            found.append(NULL_STAYS.found(detector=model.detector.part.name, calibrator=model.calibrator.part.name))
        return tuple(found)

    def freeze(self) -> Model:
        """The model as it stands now, its policy's memory included, sharing nothing with what goes on learning."""
        return _owned(replace(self._model, policy_state=self._decided))

    def snapshot(self) -> tuple[dict[str, Any], State]:
        """All that this holds, as plain values for JSON and flat arrays; `resume` goes on from them to the last bit."""
        return resuming.snapshot(self)

    @classmethod
    def resume(cls, model: Model, document: Mapping[str, Any], arrays: State) -> Live:
        """Go on from a snapshot, with the model that it was made of, under the policy of the snapshot.

        ModelFileError where it belongs to another model, is not whole, or is not to be trusted.
        """
        return resuming.resume(cls, model, document, arrays)

    def _score_in_context(self, table: Table) -> tuple[Matrix, Floats, list[str | None]]:
        """Each entity's new rows, scored behind the earlier rows that the detector asks for; and whose the runs are."""
        fitted = self._model.detector
        assert isinstance(fitted.part, LooksBack)  # checked when this was made
        back = fitted.part.context(fitted.state)
        order, starts = in_order(table)
        matrix = self._model.prepare(table.take(order), starts)
        column = table.with_role(Role.ENTITY)
        raw = np.empty(len(table), dtype=np.float64)
        owners: list[str | None] = []
        stretches: list[tuple[slice | NDArray[np.intp], NDArray[np.float32], int]] = []
        for run in matrix.runs:
            entity = None if column is None or not len(table) else column.at(int(order[run.start]))
            past = self._contexts.of(entity, matrix.width)
            seen = np.ascontiguousarray(np.concatenate([past, matrix.values[run]]))
            raw[order[run]] = fitted.part.score(fitted.state, Matrix(seen, matrix.features))[len(past) :]
            self._contexts.keep(entity, seen[max(0, len(seen) - back) :].copy())
            owners.append(entity)
            stretches.append((order[run], seen, len(past)))
        self._scored = (self._model, table, stretches)
        self._contexts.trim()
        return matrix, raw, owners

    def _learn(self, matrix: Matrix, owners: list[str | None]) -> None:
        detector = self._model.detector
        if isinstance(detector.part, Updates):
            detector.part.update(detector.state, matrix)
            return
        runs = matrix.runs if detector.part.kind == "sequence" else (slice(0, len(matrix)),)
        for run, owner in zip(runs, owners, strict=True):
            self._latest.add(matrix.values[run], owner)
        self._since_fit += len(matrix)
        if self._since_fit < self._refit_every:
            return
        self._since_fit = 0
        try:
            state = detector.part.fit(self._latest.matrix(matrix.features), self._rng)
        except DataError as error:  # such as too few rows: what was learned before still stands
            self._failed, self._why = self._failed + 1, str(error)
            return
        self._model = replace(self._model, detector=Fitted(detector.part, state))


def _runs(table: Table) -> Runs:
    """The entities of a table, each with the positions of its rows in order of time."""
    order, starts = in_order(table)
    column = table.with_role(Role.ENTITY)
    runs = [run for run in np.split(order, starts[1:]) if len(run)]
    return [(None if column is None else column.at(int(run[0])), run) for run in runs]


def _begun(policy: Policy, state: State) -> State:
    """What the policy remembers, or the state before its first row; a copy."""
    if not isinstance(policy, Streams):
        return {}
    return {k: a.copy() for k, a in state.items()} if state else policy.start()


def _owned(model: Model) -> Model:
    """The model with its own copies of the arrays that learning changes."""
    return replace(
        model,
        detector=Fitted(model.detector.part, {k: a.copy() for k, a in model.detector.state.items()}),
        calibrator=Fitted(model.calibrator.part, {k: a.copy() for k, a in model.calibrator.state.items()}),
        policy_state={k: a.copy() for k, a in model.policy_state.items()},
    )
