"""A model that keeps learning: score, then learn, then move the null.

The order matters. A row scored after it was learned looks ordinary; a null left where it was at the start alarms three times
too often once the world has drifted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from standout.core.calibrator import MovesNull, Streams
from standout.core.detector import LooksBack, Updates
from standout.core.errors import ParameterError
from standout.core.finding import Finding
from standout.core.matrix import Matrix
from standout.core.model import Fitted, Model
from standout.core.part import Floats
from standout.core.scores import Scores
from standout.core.sequence import in_order
from standout.core.table import Role, Table


class Live:
    """A causal model in motion. It owns copies of the model's arrays; the model it came from stays as it was.

    refit_every: for a detector without an update of its own: after this many rows it is fitted again on the latest `window`.
    """

    def __init__(self, model: Model, *, refit_every: int = 1_000, window: int = 10_000, seed: int = 0) -> None:
        part = model.detector.part
        if not part.causal or (part.kind == "sequence" and not isinstance(part, LooksBack)):
            raise ParameterError(f"{part.name} looks ahead and cannot go live.", "Choose a detector whose page says causal.")
        self._model = _owned(model)
        self._refit_every, self._window, self._rng = refit_every, window, np.random.default_rng(seed)
        self._recent: Matrix | None = None
        self._since_fit = 0
        self._decided = model.policy.start() if isinstance(model.policy, Streams) else {}
        self._past: dict[str | None, NDArray[np.float32]] = {}

    def step(self, table: Table) -> Scores:
        """Score rows as the model stands, then learn from them; rows of one entity come in order of time."""
        model = self._model
        table, findings = model.conform(table)
        if model.detector.part.kind == "rows":
            matrix = model.prepare(table)
            raw: Floats = model.detector.part.score(model.detector.state, matrix)
        else:
            matrix, raw = self._score_in_context(table)
        scores = replace(model.calibrated(model.leveled(raw, table)), findings=findings)
        self._learn(matrix)
        if isinstance(model.calibrator.part, MovesNull):
            model.calibrator.part.move(model.calibrator.state, scores.raw)
        return scores

    def alarms(self, table: Table, scores: Scores) -> NDArray[np.bool_]:
        """Which of the rows that `step` scored to raise, decided in their order; call it once for each step.

        ParameterError where the model's policy needs all rows at once.
        """
        policy = self._model.policy
        if not isinstance(policy, Streams):
            raise ParameterError(
                f"{policy.name} needs all rows at once and cannot decide in a stream.",
                "Change it: standout threshold MODEL --alerts-per-day 5, or --alerts-per-10000-rows 5.",
            )
        times = table.with_role(Role.TIME)
        return policy.decide(self._decided, scores.p_value, scores.raw, None if times is None else times.values)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the policy has to tell of its decisions so far, such as a budget spent early."""
        policy = self._model.policy
        return policy.findings(self._decided) if isinstance(policy, Streams) else ()

    def freeze(self) -> Model:
        """The model as it stands now, sharing nothing with what goes on learning."""
        return _owned(self._model)

    def _score_in_context(self, table: Table) -> tuple[Matrix, Floats]:
        """Each entity's new rows, scored behind the earlier rows that the detector asks for."""
        fitted = self._model.detector
        assert isinstance(fitted.part, LooksBack)  # checked when this was made
        back = fitted.part.context(fitted.state)
        order, starts = in_order(table)
        matrix = self._model.prepare(table.take(order), starts)
        owners = table.with_role(Role.ENTITY)
        raw = np.empty(len(table), dtype=np.float64)
        for run in matrix.runs:
            entity = None if owners is None or not len(table) else owners.at(int(order[run.start]))
            past = self._past.get(entity, matrix.values[:0])
            seen = np.ascontiguousarray(np.concatenate([past, matrix.values[run]]))
            raw[order[run]] = fitted.part.score(fitted.state, Matrix(seen, matrix.features))[len(past) :]
            self._past[entity] = seen[max(0, len(seen) - back) :].copy()
        return matrix, raw

    def _learn(self, matrix: Matrix) -> None:
        detector = self._model.detector
        if isinstance(detector.part, Updates):
            detector.part.update(detector.state, matrix)
            return
        seen = matrix.values if self._recent is None else np.concatenate([self._recent.values, matrix.values])
        self._recent = Matrix(np.ascontiguousarray(seen[-self._window :]), matrix.features)
        self._since_fit += len(matrix)
        if self._since_fit >= self._refit_every:
            state = detector.part.fit(self._recent, self._rng)
            self._model = replace(self._model, detector=Fitted(detector.part, state))
            self._since_fit = 0


def _owned(model: Model) -> Model:
    """The model with its own copies of the arrays that learning changes."""
    return replace(
        model,
        detector=Fitted(model.detector.part, {k: a.copy() for k, a in model.detector.state.items()}),
        calibrator=Fitted(model.calibrator.part, {k: a.copy() for k, a in model.calibrator.state.items()}),
    )
