"""A model that keeps learning: score, then learn, then move the null.

The order matters. A row scored after it was learned looks ordinary; a null left where it was at the start alarms three times
too often once the world has drifted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core import resuming
from standout.core.calibrator import Policy, Streams
from standout.core.detector import Remembers
from standout.core.errors import ParameterError
from standout.core.finding import Finding
from standout.core.matrix import Matrix
from standout.core.model import Model
from standout.core.motion import Motion, Pace, first_state, owned
from standout.core.ongoing import Runs
from standout.core.part import Floats, State
from standout.core.reason import Reason
from standout.core.scores import Scores
from standout.core.sequence import in_order
from standout.core.table import Role, Table


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one entity as they were scored: where they stand in the table, behind how many earlier ones, or behind what memory."""

    order: slice | NDArray[np.intp]
    values: NDArray[np.float32]
    past: int = 0
    memory: NDArray[np.float32] | None = None


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
        pace = Pace(learn, learn if move_null is None else move_null, refit_every, window, most_entities)
        self._take_up(Motion.begun(model, pace, seed))

    def _take_up(self, motion: Motion) -> None:
        self._motion = motion
        self._scored: tuple[Model, Table, list[Stretch]] | None = None
        self.inside = self.quiet = np.zeros(0, dtype=np.bool_)

    @property
    def policy(self) -> Policy:
        """What decides which rows are raised."""
        return self._motion.model.policy

    @property
    def model(self) -> Model:
        """The model as it stands; its arrays go on moving, `freeze` gives a copy that does not."""
        return self._motion.model

    def step(self, table: Table) -> Scores:
        """Score rows as the model stands, then learn from them; rows of one entity come in order of time."""
        model = self._motion.model
        table, findings = model.conform(table)
        if model.detector.part.kind == "rows":
            matrix = model.prepare(table)
            raw: Floats = model.detector.part.score(model.detector.state, matrix)
            owners: list[str | None] = [None]
            self._scored = (model, table, [Stretch(slice(0, len(table)), matrix.values)])
        else:
            matrix, raw, owners = self._score_in_context(table)
        scores = replace(model.calibrated(model.leveled(raw, table)), findings=findings)
        self._motion.take_in(matrix, owners, scores.raw)
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
        for stretch in seen:
            place[stretch.order] = whole + stretch.past + np.arange(len(stretch.values) - stretch.past)
            values.append(stretch.values)
            starts.append(whole)
            whole += len(stretch.values)
        joined = np.concatenate(values) if values else np.empty((0, len(model.features)), dtype=np.float32)
        memories = tuple(stretch.memory for stretch in seen if stretch.memory is not None)
        first = np.array(starts or [0], dtype=np.int64)
        matrix = Matrix(np.ascontiguousarray(joined), model.features, first, before=memories or None)
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
        motion, policy = self._motion, self._motion.model.policy
        if not isinstance(policy, Streams):
            raise ParameterError(
                f"{policy.name} needs all rows at once and cannot decide in a stream.",
                "Change it: standout threshold MODEL --alerts-per-day 5, or --alerts-per-10000-rows 5.",
            )
        clock = table.with_role(Role.TIME)
        times = times if clock is None else clock.values
        if motion.ongoing is None:
            self.inside = self.quiet = np.zeros(len(table), dtype=np.bool_)
            return policy.decide(motion.decided, scores.p_value, scores.raw, times)
        alarms, self.inside, self.quiet = motion.ongoing.decide(
            policy, motion.decided, scores.p_value, scores.raw, times, _runs(table)
        )
        return alarms

    def behind(self, table: Table) -> NDArray[np.bool_]:
        """Which rows the next step would score with all the earlier rows that the detector looks back on, shape (n,)."""
        motion, found = self._motion, np.ones(len(table), dtype=np.bool_)
        if motion.model.detector.part.kind == "sequence":
            back, width = motion.memory()
            for entity, run in _runs(table):
                found[run] = len(motion.contexts.of(entity, width)) + np.arange(len(run)) >= back
        return found

    def change_policy(self, policy: Policy) -> None:
        """Decide by another policy from now on; it begins anew, unless it is the one that decides already."""
        motion = self._motion
        if policy != motion.model.policy:
            motion.model = motion.model.with_policy(policy)
            motion.decided = first_state(motion.model)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth telling of all steps so far: a budget spent early, entities forgotten, fits that failed."""
        return self._motion.findings

    def freeze(self) -> Model:
        """The model as it stands now, its policy's memory included, sharing nothing with what goes on learning."""
        return owned(replace(self._motion.model, policy_state=self._motion.decided))

    def snapshot(self) -> tuple[dict[str, Any], State]:
        """All that this holds, as plain values for JSON and flat arrays; `resume` goes on from them to the last bit."""
        return resuming.snapshot(self._motion)

    @classmethod
    def resume(cls, model: Model, document: Mapping[str, Any], arrays: State) -> Live:
        """Go on from a snapshot, with the model that it was made of, under the policy of the snapshot.

        ModelFileError where it belongs to another model, is not whole, or is not to be trusted.
        """
        live = cls.__new__(cls)
        live._take_up(resuming.resume(model, document, arrays))
        return live

    def _score_in_context(self, table: Table) -> tuple[Matrix, Floats, list[str | None]]:
        """Each entity's new rows, scored behind the earlier rows that the detector asks for; and whose the runs are."""
        motion, detector = self._motion, self._motion.model.detector
        back, width = motion.memory()
        order, starts = in_order(table)
        matrix = motion.model.prepare(table.take(order), starts)
        column = table.with_role(Role.ENTITY)
        raw = np.empty(len(table), dtype=np.float64)
        owners: list[str | None] = []
        stretches: list[Stretch] = []
        for run in matrix.runs:
            entity = None if column is None or not len(table) else column.at(int(order[run.start]))
            past = motion.contexts.of(entity, width)
            if isinstance(detector.part, Remembers):
                raw[order[run]], kept = detector.part.follow(detector.state, past, matrix.values[run])
                stretches.append(Stretch(order[run], matrix.values[run], memory=past))
            else:
                seen = np.ascontiguousarray(np.concatenate([past, matrix.values[run]]))
                raw[order[run]] = detector.part.score(detector.state, Matrix(seen, matrix.features))[len(past) :]
                kept = seen[max(0, len(seen) - back) :].copy()
                stretches.append(Stretch(order[run], seen, len(past)))
            motion.contexts.keep(entity, kept)
            owners.append(entity)
        self._scored = (motion.model, table, stretches)
        motion.contexts.trim()
        return matrix, raw, owners


def _runs(table: Table) -> Runs:
    """The entities of a table, each with the positions of its rows in order of time."""
    order, starts = in_order(table)
    column = table.with_role(Role.ENTITY)
    runs = [run for run in np.split(order, starts[1:]) if len(run)]
    return [(None if column is None else column.at(int(run[0])), run) for run in runs]
