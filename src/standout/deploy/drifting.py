"""A saved model held against new rows: whether its null still holds, and which columns are no longer as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from standout.core.finding import Finding, merged
from standout.core.model import Model
from standout.core.part import Floats
from standout.core.steps import Steps
from standout.core.table import CODED, Column, Kind, Role, Schema, Table, concat
from standout.core.tally import Tally
from standout.data.opening import open_source
from standout.evaluate.drift import ScoreDrift, score_drift
from standout.evaluate.drift_columns import NO_REFERENCE, ColumnDrift, Reference, column_drift
from standout.evaluate.notices import Notice, stale, stopped
from standout.explain import usual
from standout.explain.alike import coded
from standout.flow import score_all

SAMPLE = 20_000
"""New rows that columns are compared by: a seeded sample."""


@dataclass(frozen=True)
class Drift:
    """What became of a model's promise on new rows.

    columns: every test, the surest first. began: row and time, as words. notices: what has the rank of an alert, data that stopped
    and a model that no longer fits; they stand among the findings, too.
    """

    rows: int
    scores: ScoreDrift
    columns: tuple[ColumnDrift, ...]
    began: str
    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether anything was found that is more than a remark."""
        return any(f.level != "info" for f in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        capital = self.scores.capital
        return {
            "rows": self.rows,
            "drifted": self.drifted,
            "null_rows": self.scores.null,
            "log10_capital": {"most": float(capital.max()), "last": float(capital[-1])} if len(capital) else None,
            "began_row": self.scores.began,
            "rates": [
                {"level": k.level, "realised": k.realised.value, "raised": k.raised, "low": k.low, "high": k.high,
                 "promised": k.promised}
                for k in self.scores.kept
            ],
            "columns": [
                {"column": c.column, "what": c.what, "distance": c.distance, "p_value": c.p_value, "moved": c.moved}
                for c in self.columns
            ],
            "notices": [n.as_dict() for n in self.notices],
            "findings": [f.as_dict() for f in self.findings],
        }  # fmt: skip  # one line a field reads worse


class Watched(Tally):
    """A tally that keeps each row's entity, too; of rows of this schema."""

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        field = schema.with_role(Role.ENTITY)
        self._owner = None if field is None else (field.name,)
        self._owners: list[Table] = []

    def add(self, table: Table, raw: Floats, whole: Callable[[Any], Table] | None = None) -> None:
        """Take in one piece with the scores of its rows; `whole` as for `Tally.add`."""
        super().add(table, raw, whole)
        if self._owner is not None:
            complete = table if whole is None else whole(np.arange(len(table)))
            self._owners.append(complete.only(self._owner))

    @property
    def owners(self) -> Column | None:
        """The entity of every row, or None where there is none."""
        return concat(self._owners).columns[0] if self._owners else None


class _Sampling(Watched):
    """A tally that keeps a random sample of the rows, too."""

    def __init__(self, schema: Schema, rng: np.random.Generator) -> None:
        super().__init__(schema)
        self._rng = rng
        self._sample: Table | None = None
        self._keys = np.empty(0)

    def add(self, table: Table, raw: Floats, whole: Callable[[Any], Table] | None = None) -> None:
        super().add(table, raw, whole)
        self._keys = np.r_[self._keys, self._rng.random(len(table))]
        self._sample = table if self._sample is None else concat([self._sample, table])
        if len(self._keys) > SAMPLE:
            kept = np.sort(np.argsort(self._keys, kind="stable")[:SAMPLE])
            self._sample, self._keys = self._sample.take(kept), self._keys[kept]

    @property
    def sample(self) -> Table | None:
        """At most `SAMPLE` rows, in their order."""
        return self._sample


def drift_source(
    model: Model, what: Any, *, seed: int = 0, until: np.datetime64 | None = None, steps: Steps | None = None, **how: Any
) -> Drift:
    """Hold a model against a file, URL or frame; `what` and `how` as for `standout.run`.

    until: when the rows were asked for, so that data which had stopped by then are told.
    """
    source, rng = open_source(what, **how), np.random.default_rng(seed)
    tally = _Sampling(model.schema, rng)
    score_all(model, source, tally=tally, steps=steps)
    order = np.arange(tally.rows) if tally.times is None else np.argsort(tally.times, kind="stable")
    raw = tally.raw[order]
    null = null_of(model)
    scores = score_drift(raw, model.calibrated(raw).p_value, null, null_rows(model), rng)
    began = _when(scores.began, order, tally)
    columns, said = columns_held(model, tally.sample)
    moved = [c.finding for c in columns if c.finding is not None]
    silent = () if tally.times is None else stopped(tally.times, tally.owners, until)
    findings = [
        *merged([*source.findings, *tally.findings, *scores.findings(began), *moved, *said]),
        *(n.finding for n in silent),
    ]
    since = None if scores.began is None or tally.times is None else tally.times[order[scores.began]]
    return Drift(tally.rows, scores, columns, began, tuple(findings), (*stale(scores, since, began), *silent))


def null_of(model: Model) -> Floats | None:
    """The scores that the calibrator counts among, or None where it keeps only the form of their tail.

    Of a weighted null as many as it is worth, drawn evenly along the weights.
    """
    state = model.calibrator.state
    if "weight" in state and len(np.unique(state["weight"])) > 1:
        along = np.cumsum(state["weight"])
        worth = max(1, round(along[-1] ** 2 / float(np.square(state["weight"]).sum())))
        return np.asarray(state["null"][np.searchsorted(along, along[-1] * (np.arange(worth) + 0.5) / worth)])
    if "ring" in state:
        return state["ring"][: int(state["filled"][0])]
    return state.get("null")


def null_rows(model: Model) -> int:
    """How many scores the calibrator learned from."""
    null = null_of(model)
    return int(model.provenance.get("learned_from", 1)) if null is None else len(null)


def _when(began: int | None, order: Any, tally: Tally) -> str:
    if began is None:
        return ""
    row, times = int(order[began]), tally.times
    known = times is not None and not np.isnat(times[row])
    return f"row {row:,} ({str(times[row])[:16]})" if known and times is not None else f"row {row:,}"


def columns_held(model: Model, sample: Table | None) -> tuple[tuple[ColumnDrift, ...], tuple[Finding, ...]]:
    """Every column of new rows held against the training rows that the model's explainer keeps; a finding where it keeps none."""
    fitted = model.explainer
    if fitted is None or "source" not in fitted.state or sample is None or not len(sample):
        return (), (() if sample is None or fitted is not None else (NO_REFERENCE.found(),))
    sample, _ = model.conform(sample)
    names = list(model.prepare(sample.take(np.arange(1))).by_column)
    known = usual.read(fitted.state, sample.schema, names)
    rows = int(model.provenance.get("learned_from", len(fitted.state["source"])))
    return column_drift([_reference(u, sample[u.name], fitted.state["source"][:, i], rows) for i, u in enumerate(known)]), ()


def _reference(was: usual.Usual, column: Column, source: Floats, rows: int) -> Reference:
    if was.kind is Kind.NUMBER:
        return Reference(was.name, rows, was.missing, column.missing, source, coded(column, was))
    if was.kind is Kind.FLAG or (was.kind in CODED and was.kind is not Kind.TEXT):
        return Reference(
            was.name, rows, was.missing, column.missing, source, coded(column, was), was.levels, was.shares
        )  # fmt: skip  # one line an argument reads worse
    return Reference(was.name, rows, was.missing, column.missing)  # a time always moves, and a text is not counted
