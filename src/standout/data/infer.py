"""What each column is and what it is for, from a sample of rows; every inferred role says why, and any can be overridden.

>>> sample = pa.table({"amount": [1.0, 2.5] * 20, "fraud": [0, 1] * 20, "row": list(range(40))})
>>> schema, findings = infer_schema(sample, 40)
>>> [(f.name, f.kind.value, f.role.value) for f in schema.fields]
[('amount', 'number', 'feature'), ('fraud', 'flag', 'label'), ('row', 'number', 'id')]
>>> [f.code for f in findings]
['label-taken', 'identifier']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from standout.core.errors import EmptyTableError, LabelError
from standout.core.finding import Finding, FindingKind
from standout.core.table import Field, Kind, Role, Schema
from standout.data.column_kinds import ID_WORDS, Judged, judge, only_zero_or_one, words
from standout.data.convert import encoded
from standout.data.forms import number_form, time_form
from standout.data.hints import Hints
from standout.data.labels import says_normal

LABEL_TAKEN = FindingKind(
    "label-taken", "warning", "{column} is taken as the label ({why}); detectors do not see it.", "Say --label to change it."
)
LABEL_LIKE = FindingKind(
    "label-like", "warning", "{column} looks like a label too, and is left out so that it gives nothing away.",
    "Say its kind to keep it as a feature.",
)  # fmt: skip
IDENTIFIER = FindingKind("identifier", "info", "{column} tells rows apart ({why}) and is left out.", "Say its kind to keep it.")
CONSTANT = FindingKind("constant", "info", "{column} has the same value in all rows and is left out.")
ALL_MISSING = FindingKind("all-missing", "warning", "{column} holds no values and is left out.", "Look where it comes from.")
UNUSABLE = FindingKind(
    "unusable-column", "warning", "{column} holds {why}, which is not understood, and is left out.", "Flatten it beforehand."
)
TIME_TAKEN = FindingKind("time-taken", "info", "{column} is taken as the clock.", "Say --time to change it.")
SEVERAL_TIMES = FindingKind(
    "several-times", "info", "{column} could be the clock, as others could; none is taken.", "Say --time {column} to take it."
)
ENTITY_LIKE = FindingKind(
    "entity-like", "info", "{column} may name who or what each row is about: {distinct:,} values for {rows:,} rows.",
    "Say --entity {column} if every one of them has its own normal.",
)  # fmt: skip

_LABEL_WORDS = {"label", "labels", "target", "anomaly", "anomalous", "outlier", "fraud", "fraudulent", "attack", "intrusion",
                "malicious", "outcome", "ground"}  # fmt: skip
_WEAK_LABEL_WORDS = {"class", "failure", "fault", "defect", "churn", "category"}
_ENTITY_WORDS = {"machine", "device", "sensor", "unit", "host", "server", "customer", "user", "account", "merchant", "card",
                 "patient", "station", "asset", "client", "entity"}  # fmt: skip
_MOST_KINDS = 60
_FEW_ROWS = 20
_UNIQUE = 0.99


@dataclass(frozen=True)
class _Column:
    name: str
    array: pa.Array
    judged: Judged
    distinct: int
    rows: int
    exact: bool

    @property
    def present(self) -> int:
        return len(self.array) - int(self.array.null_count)


def infer_schema(
    sample: pa.Table, rows: int, distinct: Mapping[str, int] | None = None, hints: Hints | None = None
) -> tuple[Schema, tuple[Finding, ...]]:
    """Kinds and roles of all columns.

    sample: some rows of the source, in their order. rows: how many the source has. distinct: how many different values each
    column has in the whole, where known. Raises UnknownNameError for a hint that names no column, EmptyTableError for no rows.
    """
    hints = hints or Hints()
    hints.check(sample.column_names)
    if not sample.num_rows:
        raise EmptyTableError("There are no rows.", "Give a table with at least one row.")
    columns = [_look(name, sample, rows, distinct, hints) for name in sample.column_names]
    findings = [f for c in columns for f in c.judged.findings]
    label, alike = _labels(columns, hints)
    clocks = [c for c in columns if c.judged.kind is Kind.TIME and c.name not in hints.ignore and c.name != hints.label]
    clock = hints.time or (clocks[0].name if len(clocks) == 1 else _named_clock(clocks))
    fields = []
    for column in columns:
        field, noticed = _field(column, label, alike, clock, hints)
        fields.append(field)
        findings.extend(noticed)
    if clock is None:
        findings.extend(SEVERAL_TIMES.found(column=c.name) for c in clocks)
    elif hints.time is None:
        findings.append(TIME_TAKEN.found(column=clock))
    if hints.entity is None:
        findings.extend(_entities(columns, fields, hints))
    return Schema(tuple(fields)), tuple(findings)


def _look(name: str, sample: pa.Table, rows: int, distinct: Mapping[str, int] | None, hints: Hints) -> _Column:
    array = sample.column(name).combine_chunks()
    judged = judge(name, array, day_first=hints.day_first)
    wanted = hints.kinds.get(name) or (Kind.TIME if name == hints.time else None)
    if wanted is not None and wanted is not judged.kind:
        judged = _as_told(array, wanted)
    if judged.kind is Kind.FLAG and wanted is None and distinct is not None and distinct.get(name, 0) > 2:
        # the sample missed a third value: it is not lost
        judged = replace(judged, kind=Kind.NUMBER if judged.values is not None else Kind.CATEGORY, why="more than two values")
    exact = sample.num_rows >= rows or (distinct is not None and name in distinct)
    known = distinct.get(name) if distinct is not None else None
    count = known if known is not None else _count(array)
    return _Column(name, array, judged, count, rows, exact)


def _count(array: pa.Array) -> int:
    try:
        return int(pc.count_distinct(array).as_py())
    except pa.ArrowNotImplementedError:  # nested values, of which Arrow counts none
        return len({str(v) for v in array.to_pylist() if v is not None})


def _as_told(array: pa.Array, wanted: Kind) -> Judged:
    form = ""
    if wanted in (Kind.TIME, Kind.NUMBER) and not pa.types.is_primitive(array.type):
        _, texts = encoded(array)
        found = time_form(texts) if wanted is Kind.TIME else number_form(texts)
        form = str(found[0]) if found is not None else ""
    return Judged(wanted, "as told", form)


def _field(
    column: _Column, label: _Column | None, alike: frozenset[str], clock: str | None, hints: Hints
) -> tuple[Field, tuple[Finding, ...]]:
    name, judged = column.name, column.judged
    kind = judged.kind or Kind.TEXT
    field = Field(name, kind, Role.FEATURE, judged.why, judged.form)
    told = _told_role(name, hints)
    if told is Role.LABEL:
        return _label_field(column, field, "as told"), ()
    if told is not None:
        if told in (Role.ENTITY, Role.ID) and kind in (Kind.NUMBER, Kind.FLAG) and name not in hints.kinds:
            field = replace(field, kind=Kind.CATEGORY, form="")
        return replace(field, role=told, why="as told"), ()
    if label is not None and name == label.name:
        why = f"its name, and {_in_words(label)}"
        return _label_field(column, field, why), (LABEL_TAKEN.found(column=name, why=why),)
    if judged.kind is None:
        return replace(field, role=Role.IGNORED), (UNUSABLE.found(column=name, why=judged.why),)
    if column.present == 0 and (column.exact or column.distinct == 0):
        return replace(field, role=Role.IGNORED, why="all missing"), (ALL_MISSING.found(column=name),)
    if name in hints.kinds:
        return field, ()
    if name in alike:
        return replace(field, role=Role.IGNORED, why="looks like a label"), (LABEL_LIKE.found(column=name),)
    if column.distinct == 1 and column.exact and column.present == len(column.array) and column.rows > 1:
        return replace(field, role=Role.IGNORED, why="the same value in all rows"), (CONSTANT.found(column=name),)
    if name == clock:
        return replace(field, role=Role.TIME, why="the only column of times" if judged.why else ""), ()
    why = _identifies(column)
    if why:
        return replace(field, role=Role.ID, why=why), (IDENTIFIER.found(column=name, why=why),)
    return field, ()


def _told_role(name: str, hints: Hints) -> Role | None:
    roles = ((hints.label, Role.LABEL), (hints.time, Role.TIME), (hints.entity, Role.ENTITY), *((i, Role.ID) for i in hints.id))
    if name in hints.ignore:
        return Role.IGNORED
    return next((role for told, role in roles if told == name), None)


def _label_field(column: _Column, field: Field, why: str) -> Field:
    if column.present == 0:
        raise LabelError(f"The label column {column.name!r} holds no values.", "Say another --label.")
    kind = field.kind if field.kind in (Kind.FLAG, Kind.CATEGORY) else Kind.FLAG if _zero_or_one(column) else Kind.CATEGORY
    return replace(field, kind=kind, role=Role.LABEL, why=why, form="")


def _labels(columns: list[_Column], hints: Hints) -> tuple[_Column | None, frozenset[str]]:
    """The column taken as the label, unless told, and the others that look like one."""
    open_ = [c for c in columns if c.name not in hints.named and _like_label(c)]
    strong = [c for c in open_ if _strong(c)]
    if hints.label is not None:
        return None, frozenset(c.name for c in strong)
    # one that names kinds says more than one that says yes or no
    ranked = sorted(strong or open_, key=lambda c: c.judged.kind is Kind.FLAG)
    if not ranked:
        return None, frozenset()
    return ranked[0], frozenset(c.name for c in strong) - {ranked[0].name}


def _strong(column: _Column) -> bool:
    return bool(set(words(column.name)) & _LABEL_WORDS)


def _like_label(column: _Column) -> bool:
    name_words = set(words(column.name))
    if not name_words & (_LABEL_WORDS | _WEAK_LABEL_WORDS) or not 1 <= column.distinct <= _MOST_KINDS:
        return False
    if column.judged.kind is Kind.FLAG:
        return True
    if _zero_or_one(column):  # a sample may hold none of a rare kind
        return _strong(column)
    if column.judged.kind is not Kind.CATEGORY or column.present == 0:
        return False
    return any(says_normal(v) for v in encoded(column.array)[1].to_pylist() if v)


def _zero_or_one(column: _Column) -> bool:
    values = column.judged.values
    return values is not None and column.present > 0 and column.distinct <= 2 and only_zero_or_one(values[~np.isnan(values)])


def _in_words(column: _Column) -> str:
    return "only yes and no" if column.judged.kind is not Kind.CATEGORY else f"{column.distinct} values of which one means normal"


def _named_clock(clocks: list[_Column]) -> str | None:
    named = [c.name for c in clocks if set(words(c.name)) & {"timestamp", "datetime", "time", "ts"}]
    return named[0] if len(named) == 1 else None


def _identifies(column: _Column) -> str:
    """Why a column only tells rows apart, or nothing."""
    present, kind = column.present, column.judged.kind
    name_words = words(column.name)
    named = bool(set(name_words) & ID_WORDS)
    if column.rows < _FEW_ROWS or not present:
        return ""
    if column.exact and len(column.array) < column.rows:
        unique = column.distinct >= _UNIQUE * column.rows * present / len(column.array)
    else:
        unique = _count(column.array) >= _UNIQUE * present
    if not unique:
        return ""
    if kind in (Kind.CATEGORY, Kind.TEXT):
        if named or not _has_blanks(column.array):
            return "every value is different"
        return ""
    if kind is not Kind.NUMBER or column.judged.values is None:
        return ""
    values = column.judged.values[~np.isnan(column.judged.values)]
    if not np.isfinite(values).all() or (values != np.rint(values)).any():
        return ""
    if values.max() - values.min() + 1 <= 1.05 * column.rows:
        return "whole numbers that count the rows"
    return "different whole numbers, and its name" if named else ""


def _has_blanks(array: pa.Array) -> bool:
    _, texts = encoded(array)
    return float(pc.mean(pc.match_substring(texts, " ").cast(pa.float64())).as_py() or 0.0) > 0.2


def _entities(columns: list[_Column], fields: list[Field], hints: Hints) -> list[Finding]:
    findings = []
    for column, field in zip(columns, fields, strict=True):
        name_words = words(field.name)
        named = bool(set(name_words) & _ENTITY_WORDS) or name_words[-1:] == ["id"]
        if not named or field.role is not Role.FEATURE or field.name in hints.kinds:
            continue
        codelike = field.kind is Kind.CATEGORY or (field.kind is Kind.NUMBER and "id" in name_words)
        if codelike and 2 <= column.distinct <= column.rows / 5:
            findings.append(ENTITY_LIKE.found(column=field.name, distinct=column.distinct, rows=column.rows))
    return findings
