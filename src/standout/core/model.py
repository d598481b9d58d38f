"""Everything learned, frozen: what `standout run` saves and every door (command line, API, live, Spark) scores with."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from standout.core import store
from standout.core.calibrator import Calibrator, Levels, Policy, check_policy
from standout.core.detector import Detector, reach
from standout.core.errors import ModelFileError, ParameterError, ParameterTypeError, StandoutError
from standout.core.events import Line, decide
from standout.core.finding import Finding
from standout.core.judged import Judged
from standout.core.layout import HINT, check_state
from standout.core.matrix import Feature, Matrix
from standout.core.part import Floats, Part, State, nest, under
from standout.core.preparer import Preparer, assemble, features_of
from standout.core.reason import Attributions, Explainer, Explains, Reason
from standout.core.registry import part_from_dict
from standout.core.scores import Alerts, Scores
from standout.core.sequence import in_order
from standout.core.shown import first
from standout.core.table import Column, Role, Schema, Table

P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class Fitted(Generic[P]):
    """A part and what it learned."""

    part: P
    state: State = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A schema, preparers, a detector, a calibrator with its null, a policy, an explainer, and where all of it came from.

    Scoring changes nothing and judges each row of a row detector alone: a row scores the same in a batch of one or a million.

    policy_state: what a policy that decides row by row remembers of the rows before, its wealth or what is left of a day's budget;
    empty before the first. `Live` goes on from it; a batch is decided as a whole and does not look at it.
    """

    schema: Schema
    preparers: tuple[Fitted[Preparer], ...]
    detector: Fitted[Detector]
    calibrator: Fitted[Calibrator]
    policy: Policy
    explainer: Fitted[Explainer] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    policy_state: State = field(default_factory=dict)

    def __repr__(self) -> str:
        learned = first(tuple(f.name for f in self.schema.features))
        return f"Model({self.detector.part.name} of {learned}; {self.policy.in_words()})"

    def conform(self, table: Table) -> tuple[Table, tuple[Finding, ...]]:
        """The table in the order of the model's schema, and what had to be added or left out."""
        if not isinstance(table, Table):
            raise ParameterTypeError(f"A model takes a Table, not a {type(table).__name__}.", "Use standout.score(model, rows).")
        return table.conform(self.schema)

    def prepare(self, table: Table, starts: NDArray[np.int64] | None = None) -> Matrix:
        """The matrix that the detector sees of a conforming table."""
        return assemble(self._prepared, table, starts, self.features)

    @cached_property
    def _prepared(self) -> list[tuple[Preparer, State]]:
        return [(f.part, f.state) for f in self.preparers]

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """What the preparers make of the schema's columns, in the order of the matrix."""
        return features_of(self._prepared, self.schema)

    def score(self, table: Table) -> Scores:
        """Raw scores and p-values, one each row, in the table's order; rows of any column order are accepted."""
        raw, findings = self.raw(table)
        return replace(self.calibrated(raw), findings=findings)

    def raw(self, table: Table) -> tuple[Floats, tuple[Finding, ...]]:
        """The scores that rows are compared by, without p-values, and what had to be added to the table or left out."""
        table, findings = self.conform(table)
        if self.detector.part.kind == "rows":
            raw: Floats = self.detector.part.score(self.detector.state, self.prepare(table))
        else:
            order, starts = in_order(table)
            raw = np.empty(len(table), dtype=np.float64)
            raw[order] = self.detector.part.score(self.detector.state, self.prepare(table.take(order), starts))
        return self.leveled(raw, table), findings

    def leveled(self, raw: Floats, table: Table) -> Floats:
        """The scores of a conforming table's rows as they are compared: by a calibrator that levels segments, else as they are."""
        return raw if self._levels is None else self._levels.leveled(self.calibrator.state, raw, table)

    @cached_property
    def _levels(self) -> Levels | None:
        return self.calibrator.part if isinstance(self.calibrator.part, Levels) else None

    def calibrated(self, raw: Floats) -> Scores:
        """Scores from the detector's output, leveled."""
        return Scores(raw, self.calibrator.part.p_values(self.calibrator.state, raw))

    def detect(self, table: Table) -> Alerts:
        """The rows that the policy raises, strangest first; of a series one row an event."""
        table, _ = self.conform(table)
        scores = self.score(table)
        times = table.with_role(Role.TIME)
        raised = decide(self.policy, scores, None if times is None else times.values, self.line(table))
        at = raised.strangest(scores)
        return Alerts(table.take(at), scores.take(at), raised.told(at))

    def line(self, table: Table) -> Line | None:
        """How a whole table's rows lie along time, where the detector reads them so; None where each is judged by itself."""
        if self.detector.part.kind == "rows":
            return None
        return Line(*in_order(table), reach(self.detector.part, self.detector.state))

    def explain(self, table: Table, rows: NDArray[np.intp] | None = None, *, limit: float | None = None) -> Sequence[Reason]:
        """Why each row scores as it does, in the table's order; or why the rows at these positions do, in theirs.

        limit: the raw score from which rows are raised; with it each reason says what would bring its row under that. A sequence
        detector's score depends on the rows before, so give the table that was scored and the positions that matter.
        """
        return self.reasons(self.judged(table, rows), limit)

    def attributions(self, table: Table, rows: NDArray[np.intp] | None = None) -> Attributions:
        """How much each source column adds to the scores of rows, as `explain` has it, as arrays."""
        return self._explains.attributions(self.judged(table, rows))

    def reasons(self, judged: Judged, limit: float | None = None) -> Sequence[Reason]:
        """A reason for each of some judged rows; limit: see `explain`."""
        return self._explains.reasons(judged, limit)

    def judged(self, table: Table, rows: NDArray[np.intp] | None = None) -> Judged:
        """The rows at these positions of a table, or all, beside what their scores depend on."""
        table, _ = self.conform(table)
        if self.detector.part.kind == "rows":
            chosen = table if rows is None else table.take(rows)
            return self.judged_in(self.prepare(chosen), np.arange(len(chosen)), chosen)
        order, starts = in_order(table)
        place = np.empty(len(table), dtype=np.intp)
        place[order] = np.arange(len(table))
        at = place if rows is None else place[rows]
        return self.judged_in(self.prepare(table.take(order), starts), at, table if rows is None else table.take(rows))

    def judged_in(self, matrix: Matrix, at: NDArray[np.intp], table: Table) -> Judged:
        """Conforming rows that stand at places of a matrix in which their scores are taken."""
        level = lambda raw, which: self.leveled(raw, table.take(which))  # noqa: E731  # a two-line def says no more
        return Judged(table, matrix, at, self.detector.part, self.detector.state, _as_it_is if self._levels is None else level)

    @cached_property
    def _explains(self) -> Explains:
        if self.explainer is None:
            raise ParameterError("This model was fitted without an explainer.", "Fit again with explanations on.")
        return self.explainer.part.ready(self.explainer.state, self.schema, self.features)

    def with_policy(self, policy: Policy) -> Model:
        """The same model under another policy, which begins anew; nothing is fitted again."""
        return self if policy == self.policy else replace(self, policy=policy, policy_state={})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in the model."""
        return store.digest(*_document(self))

    @cached_property
    def learned_digest(self) -> str:
        """SHA-256 of everything but the policy: the same under any budget."""
        document, arrays = _document(replace(self, policy_state={}))
        return store.digest({**document, "policy": None}, arrays)

    def save(self, path: str | Path) -> None:
        """Write the model file, whole or not at all."""
        store.write(Path(path), *_document(self))

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Read a model file; ModelFileError says what is wrong with one that cannot be trusted."""
        document, arrays = store.read(Path(path))
        try:
            model = _from_document(document, arrays)
            check_model(model)
        except ModelFileError:
            raise
        except (StandoutError, TypeError, ValueError, AttributeError, RecursionError, LookupError, ArithmeticError) as error:
            raise ModelFileError(f"{path} does not describe a model: {error}", "Fit the model again.") from error
        return model


def _as_it_is(raw: Floats, _: NDArray[np.intp]) -> Floats:
    return raw


def _document(model: Model) -> tuple[dict[str, Any], State]:
    document: dict[str, Any] = {
        "schema": model.schema.as_list(),
        "preparers": [f.part.as_dict() for f in model.preparers],
        "detector": model.detector.part.as_dict(),
        "calibrator": model.calibrator.part.as_dict(),
        "policy": model.policy.as_dict(),
        "explainer": None if model.explainer is None else model.explainer.part.as_dict(),
        "provenance": copy.deepcopy(dict(model.provenance)),
    }
    arrays = nest("detector", model.detector.state) | nest("calibrator", model.calibrator.state)
    for i, fitted in enumerate(model.preparers):
        arrays |= nest(f"preparers/{i}", fitted.state)
    if model.explainer is not None:
        arrays |= nest("explainer", model.explainer.state)
    return document, arrays | nest("policy", model.policy_state)


def _from_document(document: Mapping[str, Any], arrays: State) -> Model:
    used: set[str] = set()

    def revive(family: str, data: Mapping[str, Any], prefix: str) -> Fitted[Any]:
        state = under(prefix, arrays)
        used.update(nest(prefix, state))
        return Fitted(part_from_dict(family, data), state)

    explainer = document["explainer"]
    policy = revive("policy", document["policy"], "policy")
    model = Model(
        schema=Schema.from_list(document["schema"]),
        preparers=tuple(revive("preparer", d, f"preparers/{i}") for i, d in enumerate(document["preparers"])),
        detector=revive("detector", document["detector"], "detector"),
        calibrator=revive("calibrator", document["calibrator"], "calibrator"),
        policy=cast("Policy", policy.part),
        explainer=None if explainer is None else revive("explainer", explainer, "explainer"),
        provenance=dict(document["provenance"]),
        policy_state=policy.state,
    )
    if used != set(arrays):
        raise ModelFileError(f"{sorted(set(arrays) - used)[0]} belongs to no part of the model.", HINT)
    return model


def check_model(model: Model) -> None:
    """Raise ModelFileError, or what a part raises, unless the model can be used.

    Every state is held against what its part declares; then one row of which all is missing is pushed through to a p-value. The row
    finds what declarations cannot say: offsets that do not fit each other, scales of zero, a null of no numbers.
    """
    for preparer in model.preparers:
        check_state(preparer.part, preparer.state, {})
    row = Table.of(model.schema, [Column.absent(f.kind, 1) for f in model.schema.fields])
    matrix = model.prepare(row)
    width = matrix.width
    check_state(model.detector.part, model.detector.state, {"d": width})
    check_state(model.calibrator.part, model.calibrator.state, {})
    if model.policy_state:
        check_policy(model.policy, model.policy_state)
    if model.explainer is not None:
        check_state(model.explainer.part, model.explainer.state, {"d": width})
    with np.errstate(all="ignore"):  # what comes of damaged numbers is looked at, not warned of
        raw = model.leveled(model.detector.part.score(model.detector.state, matrix), row)
        if not (np.isfinite(raw).all() and np.isfinite(model.calibrated(raw).p_value).all()):
            raise ModelFileError("A row of missing values has no finite score.", HINT)
