"""Checks of the label, and of columns that give it away.

A column gives the label away when it was written after the fact: a verdict, a kind of failure, a learner's score. Statistics
alone do not tell such a column from a good one, so the evidence is graded. Columns that can hardly be anything else are left out
of the features, which is told; a number that merely separates very well is told and stays, because a strong anomaly does so too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.finding import Finding, FindingKind
from standout.core.part import Floats
from standout.core.table import CODED, Column, Field, Kind, Role, Schema
from standout.data.quality import Evidence, percent, say, told
from standout.data.ranks import mean_ranks

LEAK = FindingKind(
    "label-leak",
    "warning",
    "Left out, because it gives the label away: {listing}.",
    "A column written after the fact would make every figure here too good; if you say its kind yourself (--kind), it is kept.",
)
SEPARATES = FindingKind(
    "label-separated",
    "warning",
    "One column alone tells the label: {listing}.",
    "If it is known only afterwards, leave it out with --ignore; if it is measured beforehand, it is simply good.",
)
ONE_CLASS = FindingKind(
    "label-one-class",
    "warning",
    "The label {column} has one class only: every labelled row is {which}.",
    "Nothing can be measured against it; check the column, or which of its values means normal (--normal).",
)
RARE = FindingKind(
    "label-rare",
    "info",
    "Only {count} of {rows} rows are labelled as anomalies ({share}).",
    "Figures of quality rest on these few and will swing; read their intervals.",
)
MOSTLY_ANOMALOUS = FindingKind(
    "label-mostly-anomalies",
    "warning",
    "{share} of the rows are labelled as anomalies: more than are normal.",
    "Check which value of the label means normal (--normal).",
)
COMMON = FindingKind(
    "label-anomalies-common",
    "warning",
    "{share} of the rows are labelled as anomalies: too many to stand out by being rare.",
    "Learn from the label (--detector boosted-scores), or from a file of normal rows only (--clean), and detect in this one.",
)
UNLABELLED = FindingKind(
    "label-missing", "info", "{share} of the rows have no label.", "They are used for learning and left out of the figures."
)

_PERFECT = 0.9995
_SURE = 0.9999
_BETTER_THAN_CHANCE = 0.7
_ENOUGH = 10
_RANKED = 10_000
_PURE_ROWS = 20
_PURE = 0.98
_RARE_LABEL = 0.2
_COMMON = 0.2
_FEW_VALUES = 10
_AFTER = 3
_TELLING = frozenset(
    (
        "difficulty",
        "label",
        "labels",
        "prediction",
        "predicted",
        "pred",
        "target",
        "outcome",
        "verdict",
        "anomaly",
        "fraud",
        "attack",
    )
)


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that gives the label away: the reason in words, the area under the ROC curve, and whether it is surely one."""

    why: str
    auroc: float
    sure: bool


def label(seen: Evidence) -> list[Finding]:
    """One class, few anomalies, many or more of them than normal rows, rows without a label."""
    field = seen.schema.with_role(Role.LABEL)
    if field is None or seen.labels is None:
        return []
    labels = seen.labels
    known = int(np.count_nonzero(labels >= 0))
    if known == 0:
        return []
    found = []
    anomalous = int(np.count_nonzero(labels == 1))
    share = anomalous / known
    count = anomalous if seen.whole else round(share * (seen.rows - seen.counters[field.name].missing))
    if anomalous in (0, known):
        found.append(ONE_CLASS.found(column=field.name, which="an anomaly" if anomalous else "normal", rows=seen.rows))
    elif share > 0.5:
        found.append(MOSTLY_ANOMALOUS.found(column=field.name, share=percent(share), anomalies=count))
    elif share > _COMMON:
        found.append(COMMON.found(share=percent(share), anomalies=count))
    elif count < 50:
        found.append(RARE.found(column=field.name, count=say(count), rows=say(seen.rows), share=percent(share), anomalies=count))
    if known < len(labels):
        found.append(UNLABELLED.found(column=field.name, share=percent(1 - known / len(labels))))
    return found


def leaks(seen: Evidence) -> dict[str, Leak]:
    """The feature columns that give the label away, in order of the schema."""
    field = seen.schema.with_role(Role.LABEL)
    if field is None or seen.labels is None:
        return {}
    rows = np.flatnonzero(seen.labels >= 0)
    truth = seen.labels[rows] == 1
    if min(np.count_nonzero(truth), np.count_nonzero(~truth)) < _ENOUGH:
        return {}
    names = seen.schema.names
    behind = names[names.index(field.name) + 1 :]
    told_after = set(behind) if len(behind) <= _AFTER and len(names) >= 3 * len(behind) + 2 else set()
    some = rows[_balanced(truth)]
    found = {}
    for feature in seen.usable:
        column = seen.sample[feature.name]
        pure = _pure(feature, column.take(rows), truth)
        leak = _leak(feature, column.take(some), seen.labels[some] == 1, feature.name in told_after, pure)
        if leak:
            found[feature.name] = leak
    return found


def _balanced(truth: NDArray[np.bool_]) -> NDArray[np.intp]:
    """At most `_RANKED` rows of either class, evenly spread: areas under the curve do not depend on how common a class is."""
    picked = [rows[:: max(1, -(-len(rows) // _RANKED))] for rows in (np.flatnonzero(truth), np.flatnonzero(~truth))]
    return np.sort(np.concatenate(picked))


def _leak(field: Field, column: Column, truth: NDArray[np.bool_], told_after: bool, pure: int) -> Leak | None:
    score = _risk(column, truth)
    area = _auroc(score, truth)
    if column.missing.any():
        absent = _auroc(column.missing.astype(np.float64), truth)
        if max(absent, 1 - absent) >= _PERFECT:
            return Leak("it is filled in for one class of the label only", max(absent, 1 - absent), True)
    if field.kind in (Kind.NUMBER, Kind.TIME):
        plain = _auroc(_number(column), truth)
        plain = max(plain, 1 - plain)
        area = max(area, plain)
    if area >= _PERFECT:
        few = len(np.unique(column.values[~column.missing])) <= _FEW_VALUES
        return Leak(f"it alone tells the label, {_area(area)}", area, few and area >= _SURE)
    if pure:
        return Leak(f"all {pure} rows where it is set are anomalies", area, True)
    if area >= _BETTER_THAN_CHANCE and _telling(field.name):
        return Leak(
            f"its name says that it comes from the label, and it tells it better than chance (AUROC {area:.2f})", area, True
        )
    if area >= _BETTER_THAN_CHANCE and told_after:
        return Leak(f"it stands behind the label, as what is written afterwards does, and tells it better than chance "
                    f"(AUROC {area:.2f})", area, True)  # fmt: skip
    return None


def _area(area: float) -> str:
    return "without error" if area == 1.0 else f"AUROC {min(area, 0.9999):.4g}"


def _telling(name: str) -> bool:
    words = re.split(r"[^a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
    return bool(_TELLING & set(words))


def _number(column: Column) -> Floats:
    """Values as numbers, missing ones at the median; infinite ones at the ends."""
    values = column.values.astype(np.int64).astype(np.float64) if column.kind is Kind.TIME else column.values
    missing = column.missing
    middle = float(np.median(values[~missing])) if (~missing).any() else 0.0
    numbers: Floats = np.where(missing, middle, values)
    return numbers


def _risk(column: Column, truth: NDArray[np.bool_]) -> Floats:
    """For each row the share of anomalies among rows of the other half with its value (numbers: its half percent)."""
    if column.kind in CODED:
        codes = column.values.astype(np.int64) + 1
    else:
        numbers = _number(column)
        cuts = np.unique(np.quantile(numbers[np.isfinite(numbers)], np.linspace(0, 1, 201)[1:-1])) if len(numbers) else numbers
        codes = np.where(column.missing, 0, 1 + np.searchsorted(cuts, numbers, side="left"))
    size = int(codes.max(initial=0)) + 1
    halves = np.arange(len(codes)) % 2
    base = float(truth.mean())
    score = np.empty(len(codes))
    for half in (0, 1):
        learn, judge = halves != half, halves == half
        rows = np.bincount(codes[learn], minlength=size)
        anomalies = np.bincount(codes[learn], weights=truth[learn], minlength=size)
        score[judge] = ((anomalies + base) / (rows + 1.0))[codes[judge]]
    return score


def _auroc(score: Floats, truth: NDArray[np.bool_]) -> float:
    high = int(np.count_nonzero(truth))
    low = len(truth) - high
    return float((mean_ranks(score)[truth].sum() - high * (high + 1) / 2) / (high * low))


def _pure(field: Field, column: Column, truth: NDArray[np.bool_]) -> int:
    """For a flag, the number of rows where it is set when they are all anomalies of a rare label, else 0."""
    if field.kind is not Kind.FLAG or truth.mean() > _RARE_LABEL:
        return 0
    at = column.values == 1.0
    count = int(np.count_nonzero(at))
    return count if count >= _PURE_ROWS and truth[at].mean() >= _PURE and at.mean() < 0.5 else 0


def leak_findings(found: Mapping[str, Leak]) -> list[Finding]:
    """The findings for `leaks`."""
    sure: dict[str, tuple[str, dict[str, Any]]] = {n: (k.why, {"auroc": k.auroc}) for n, k in found.items() if k.sure}
    rest: dict[str, tuple[str, dict[str, Any]]] = {
        n: (_area(k.auroc), {"auroc": k.auroc}) for n, k in found.items() if not k.sure
    }
    return [*told(LEAK, sure), *told(SEPARATES, rest)]


def kept(found: Mapping[str, Leak], wanted: Collection[str]) -> dict[str, Leak]:
    """The same, where columns that the user has spoken for are told and not taken away."""
    return {name: replace(leak, sure=leak.sure and name not in wanted) for name, leak in found.items()}


def without_leaks(schema: Schema, found: Mapping[str, Leak]) -> Schema:
    """The schema with the columns that surely give the label away ignored, and the reason said."""
    for name, leak in found.items():
        if leak.sure:
            schema = schema.assign(name, role=Role.IGNORED, why=f"gives the label away: {leak.why}")
    return schema
