"""Detectors side by side on one file, and which to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from standout.core.detector import Detector
from standout.core.errors import EmptyTableError
from standout.core.finding import Finding, FindingKind
from standout.core.preparer import assemble, fit_all
from standout.core.registry import find, names
from standout.core.sequence import in_order, placed
from standout.core.steps import Steps, Watch
from standout.core.table import Role
from standout.data.labels import labels_of
from standout.data.opening import open_source
from standout.data.ordered import first_rows
from standout.data.rhythm import rhythm
from standout.data.source import Source
from standout.data.survey import Survey, survey
from standout.evaluate.compare import PlantedRows, compare
from standout.evaluate.planted import plant
from standout.evaluate.recommend import Recommendation, recommend
from standout.evaluate.results import Compared
from standout.evaluate.whole import SAMPLE, Learned
from standout.flow import default_detector, hints_of
from standout.goal.goal import Goal

ASKED_ONLY = ("wrapped",)
"""Compared only when asked for: it is a door to other packages, and says nothing until someone names an estimator."""

ONE_CLASS_SAMPLE = FindingKind(
    "compared-without-labels",
    "warning",
    "The {rows} rows compared hold anomalies of only one kind of label, so the comparison is without labels.",
    "Give it more rows: --rows.",
)


@dataclass(frozen=True)
class Comparison:
    """What was compared on how many rows, and what is recommended.

    label: the column that says which rows are anomalies, "" where none was used; anomalies: how many of the rows are, by it.
    """

    name: str
    rows: int
    features: int
    label: str
    anomalies: int
    compared: tuple[Compared, ...]
    recommended: Recommendation
    findings: tuple[Finding, ...]


def compare_source(
    what: Any,
    goal: Goal | None = None,
    *,
    detectors: Sequence[Detector] = (),
    rows: int = SAMPLE,
    seed: int = 0,
    steps: Steps | None = None,
    **how: Any,
) -> Comparison:
    """Compare detectors on a seeded sample of a file, URL or frame; none given means all that fit it.

    rows: how many are compared on, at most. what, how: as for `standout.run`.
    """
    goal, watch = goal or Goal(), Watch(steps)
    watch.phase(2, "Data")
    source = open_source(what, **how)
    surveyed = survey(source, hints_of(goal), np.random.default_rng([seed, 0]))
    watch.steps.note(f"{surveyed.rows:,} rows, {len(surveyed.schema.features)} columns to learn from")
    chosen = list(detectors) or _fitting(surveyed, source)
    if any(d.kind == "sequence" for d in chosen):  # first, so that all learn from early rows and are judged by late ones
        chosen.sort(key=lambda d: d.kind != "sequence")
    watch.phase(3, "Preparation")
    learned, planted = _rows(surveyed, goal, rows, seed, in_order_of_time=chosen[0].kind == "sequence")
    watch.steps.note(f"{learned.matrix.width} features of {len(learned.table):,} rows")
    labels, findings = learned.labels, list[Finding]()
    if labels is not None and len(np.unique(labels[labels >= 0])) < 2:
        labels, findings = None, [ONE_CLASS_SAMPLE.found(rows=len(learned.table))]
    fallback, why = default_detector(surveyed, source, goal)
    default = fallback.name
    usual = next((d for d in chosen if d.name == default), None)
    stream = np.random.default_rng([seed, 6])
    found = compare(chosen, learned.matrix, stream, chosen=usual, labels=labels, planted=planted, steps=_Passing(watch))
    watch.done()
    facts = (
        f"{default} is the default for rows that {'hold no anomalies' if goal.clean else 'may hold anomalies'}, as the goal says."
    )
    facts = f"{facts} {why}".rstrip()
    told = surveyed.schema.with_role(Role.LABEL)
    return Comparison(
        name=source.name,
        rows=len(learned.table),
        features=learned.matrix.width,
        label="" if labels is None or told is None else told.name,
        anomalies=0 if labels is None else int((labels == 1).sum()),
        compared=found,
        recommended=recommend(found, default, facts),
        findings=tuple(findings),
    )


class _Passing(Steps):
    """Phases of the comparison as phases of the whole."""

    def __init__(self, watch: Watch) -> None:
        self.phase = watch.phase  # type: ignore[method-assign]  # it is handed on as it is
        self.note = watch.steps.note  # type: ignore[method-assign]  # as above


def _fitting(surveyed: Survey, source: Source) -> list[Detector]:
    """Every detector that the file is right for: sequence detectors only for one series whose rows were all sampled."""
    roles = {f.role for f in surveyed.schema.fields}
    whole = len(surveyed.sample) == surveyed.rows
    series = whole and Role.ENTITY not in roles and rhythm(first_rows(surveyed, source)).series == 1
    found = []
    for name in names("detector"):
        part = cast("type[Detector]", find("detector", name))
        if name in ASKED_ONLY or (part.kind == "sequence" and not series):
            continue
        if part.learns_from == "labels" and (Role.LABEL not in roles or surveyed.normal is None):
            continue
        found.append(part())
    return found


def _rows(surveyed: Survey, goal: Goal, most: int, seed: int, *, in_order_of_time: bool) -> tuple[Learned, PlantedRows | None]:
    """The rows to compare on, and planted anomalies made of some of them."""
    table = surveyed.sample
    if in_order_of_time:
        table = table.take(in_order(table)[0])
    rng = np.random.default_rng([seed, 1])
    n = len(table)
    table = table.take(np.arange(min(n, most)) if in_order_of_time else np.sort(rng.permutation(n)[:most]))
    fitted = fit_all(table, {"side": goal.direction}, seed)
    matrix = placed(assemble(fitted, table), table)
    if matrix.width == 0:
        raise EmptyTableError("No column is left to learn from.", "standout profile says why each was left out.")
    column = table.with_role(Role.LABEL)
    labels = None if column is None or surveyed.normal is None else labels_of(column, surveyed.normal)[0]
    made = plant(table, rng)
    planted = PlantedRows(assemble(fitted, made.rows()), made.at) if len(made.at) else None
    return Learned(table, matrix, labels), planted
