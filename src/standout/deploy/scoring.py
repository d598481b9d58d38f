"""A saved model applied to a file: every row scored, those that the policy raises, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from standout.core.detector import Labels
from standout.core.errors import LabelError
from standout.core.events import Raised, decide
from standout.core.finding import Finding, merged
from standout.core.model import Model
from standout.core.overview import Overview
from standout.core.reason import Reason
from standout.core.scores import Alerts, Scores, strangest_first
from standout.core.shown import as_html
from standout.core.steps import Steps
from standout.core.table import Column, Field, Kind, Role, Schema, Table
from standout.core.tally import Tally
from standout.data.convert import tables
from standout.data.labels import check_normal, find_normal, labels_of, value_counts
from standout.data.opening import open_source
from standout.data.picked import picked
from standout.data.source import Source
from standout.deploy.drifting import null_rows
from standout.deploy.results import scored
from standout.evaluate.metrics import evaluate_labels
from standout.evaluate.promised import promised_against_realised
from standout.evaluate.results import Labelled
from standout.explain.shap_values import explanation, pictures
from standout.explain.whole import explain_rows, overview
from standout.flow import score_all


@dataclass(frozen=True)
class Scored:
    """A source and what a model says of each of its rows, in their order."""

    model: Model
    source: Source
    tally: Tally
    scores: Scores
    raised: Raised

    @property
    def alarms(self) -> NDArray[np.bool_]:
        """True at each row that is raised, (n,); of a series, at one row an event."""
        return self.raised.alarms

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What had to be done to the rows before they could be scored."""
        return merged([*self.source.findings, *self.tally.findings])

    def pieces(self) -> Iterator[pa.Table]:
        """All rows with their scores, piece by piece, as Arrow tables."""
        for table, _ in tables(self.source, self.model.schema):
            at = slice(int(table.rows[0]), int(table.rows[-1]) + 1) if len(table) else slice(0, 0)
            yield scored(table, Scores(self.scores.raw[at], self.scores.p_value[at]), self.alarms[at])

    def strangest(self, most: int | None = None) -> NDArray[np.intp]:
        """The numbers of the rows that the policy raises, strangest first; or of the `most` strangest, raised or not."""
        order = strangest_first(self.scores)
        return order[self.alarms[order]] if most is None else order[:most]

    def rows(self, numbers: NDArray[Any]) -> Table:
        """Rows by number, in the order asked for."""
        return picked(self.source, self.model.schema, self.tally, numbers)

    @property
    def limit(self) -> float | None:
        """The least raw score that was raised; None where nothing was."""
        return float(self.scores.raw[self.alarms].min()) if self.alarms.any() else None

    def explained(self, numbers: NDArray[Any], limit: float | None = None) -> tuple[Table, list[Reason]]:
        """Rows by number, and why each scores as it does; with what would bring it under a limit where one is given."""
        rows = self.rows(numbers)
        return rows, list(explain_rows(self.model, rows, self._read, limit))

    def overview(self, reasons: list[Reason]) -> Overview:
        """What drives these rows, and how often reasons are right on the first rows of this source."""
        return overview(self.model, reasons, next(iter(self._read())))

    def shap_pictures(self, numbers: NDArray[Any]) -> tuple[tuple[str, bytes], ...]:
        """The shap package's beeswarm and waterfall of rows, as (name, PNG); MissingExtraError without it."""
        return pictures(explanation(self.model, self.rows(numbers), next(iter(self._read()))))

    def raised_rows(self, most: int | None = None) -> tuple[Alerts, list[Reason]]:
        """The rows that the policy raises, or the `most` strangest of them, and why each is."""
        at = self.strangest()[:most]
        rows, reasons = self.explained(at, self.limit)
        return Alerts(rows, self.scores.take(at), self.raised.told(at)), reasons

    def against_labels(self, label: str | None = None, normal: str | None = None) -> Labelled:
        """Scores and alerts held against a column of labels of the same rows; see `evaluate_source`."""
        return evaluate_source(self.model, self.source, label=label, normal=normal)

    def __repr__(self) -> str:
        return f"Scored({self.source.name}: {self.raised.in_words()})"

    _repr_html_ = as_html

    def _read(self) -> Iterator[Table]:
        return (table for table, _ in tables(self.source, self.model.schema))


def score_source(model: Model, what: Any, *, steps: Steps | None = None, **how: Any) -> Scored:
    """Score a file, URL or frame; `what` and `how` as for `standout.run`."""
    source = open_source(what, **how)
    tally = score_all(model, source, steps=steps)
    scores = model.calibrated(tally.raw)
    return Scored(model, source, tally, scores, decide(model.policy, scores, tally.times, tally.line))


def evaluate_source(model: Model, what: Any, *, label: str | None = None, normal: str | None = None, **how: Any) -> Labelled:
    """Scores and alerts of a file held against its labels, and promised against realised rates on its normal rows.

    LabelError where the model and the flags name no label column.
    """
    field = model.schema.with_role(Role.LABEL)
    name = label or (field.name if field else None)
    if name is None:
        raise LabelError("The model was fitted without a label column.", "Name the file's with --label.")
    done = score_source(labelled_by(model, name), what, **how)
    labels, kinds = known_labels(model, done.tally, name, normal)
    kept = promised_against_realised(done.scores.p_value[labels == 0], null_rows(model))
    return replace(evaluate_labels(done.scores.raw, labels, done.raised.inside, kinds), kept=kept)


def known_labels(model: Model, tally: Tally, name: str, normal: str | None) -> tuple[Labels, Column]:
    """The labels of the rows of a tally and the kinds of anomaly they name; `model` as it was fitted, `normal` as told."""
    assert tally.labels is not None  # the schema that was scored has a label column
    column, field = tally.labels.columns[0], model.schema.with_role(Role.LABEL)
    counts = value_counts(column)
    told = normal or (model.provenance.get("normal") if field is not None and field.name == name else None)
    means_normal = find_normal(counts)[0] if told is None else check_normal(counts, told, column.kind)
    return labels_of(column, means_normal)


def labelled_by(model: Model, name: str) -> Model:
    """The model with the label column of this name, whichever it was fitted with."""
    if any(f.name == name for f in model.schema.features):
        raise LabelError(f"{name} is one of the columns that the model learned from.", "Name the label column with --label.")
    old = [replace(f, role=Role.IGNORED) if f.role is Role.LABEL else f for f in model.schema.fields if f.name != name]
    kept = model.schema.by_name.get(name)
    return replace(model, schema=Schema((*old, Field(name, kept.kind if kept else Kind.CATEGORY, Role.LABEL))))
