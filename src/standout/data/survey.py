"""Data understanding in one pass: the schema, the profile with its findings, and a sample to learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from standout.core.errors import LabelError
from standout.core.finding import LEVELS, Finding, merged
from standout.core.profile import Profile
from standout.core.table import Column, Field, Role, Schema, Table
from standout.data import quality_clock, quality_columns, quality_label, quality_rows, quality_values
from standout.data.convert import to_column, to_table
from standout.data.describe import correlations, describe
from standout.data.hints import Hints
from standout.data.infer import infer_schema
from standout.data.kept import MOST_BYTES, Kept
from standout.data.labels import check_normal, find_normal, labels_of, value_counts
from standout.data.pieces import form_of
from standout.data.quality import Evidence, today
from standout.data.source import Source, read_through
from standout.data.tally import Tally, tally

SAMPLE_ROWS = 50_000

_TOLD_TOGETHER = frozenset(("constant", "all-missing", "identifier"))
"""What inference tells column by column and a check here tells once for all."""

CHECKS: tuple[Callable[[Evidence], list[Finding]], ...] = (
    quality_rows.few_rows,
    quality_label.label,
    quality_columns.missing,
    quality_columns.constant,
    quality_columns.identifiers,
    quality_columns.infinite,
    quality_columns.variants,
    quality_columns.many_values,
    quality_values.sentinels,
    quality_values.outlying,
    quality_values.future,
    quality_rows.duplicates,
    quality_rows.identical,
    quality_rows.missing_together,
    quality_clock.clock,
    quality_clock.stuck,
)


@dataclass(frozen=True)
class Survey:
    """What was understood of a source.

    schema: columns that give the label away are already ignored in it, and the reason said.
    sample: a seeded uniform sample of rows, in the order of the file; all of them where there are no more than were asked for.
    normal: the value of the label that means normal, None without a label.
    findings: what reading, inference and the checks noticed, the most serious first.
    again: where the rows are best read from a second time: memory where they fit, else the source itself.
    """

    schema: Schema
    profile: Profile
    sample: Table
    rows: int
    findings: tuple[Finding, ...]
    normal: str | None = None
    again: Source | None = None


def survey(
    source: Source,
    hints: Hints,
    rng: np.random.Generator,
    *,
    sample_rows: int = SAMPLE_ROWS,
    now: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> Survey:
    """Read a source once and say what is in it; memory stays bounded however long it is.

    The sample has at most `sample_rows` rows, and fewer in a table of more than 500 columns. A column whose first rows mislead
    about its kind costs a second pass. Counts, extremes, means and the sample do not depend on how the source is cut into
    batches.

    now: what dates are compared with. progress: called with the number of rows read. Raises EmptyTableError where there is
    nothing to survey, UnknownNameError for a hint that names no column, LabelError for a label without values.

    >>> from standout.data.frames import FrameSource
    >>> seen = survey(FrameSource({"amount": [5.0, 7.0, None] * 30, "site": ["north"] * 90}), Hints(), np.random.default_rng(0))
    >>> [finding.code for finding in seen.findings if finding.level == "info"]
    ['missing-values', 'constant-columns', 'duplicate-rows']
    """
    seed = int(rng.integers(1 << 63))

    def count(guess: Callable[[pa.Table], Schema], batches: Iterator[pa.RecordBatch]) -> tuple[Tally, _Reading]:
        reading = _Reading()
        # a pass may have to start again, and then draws the same sample
        drawn, kept = np.random.default_rng(seed), MOST_BYTES if source.costly else 0
        return tally(batches, guess, reading, sample_rows, drawn, progress or _quiet, kept), reading

    counted, reading = read_through(source, partial(count, partial(_guess, hints)))
    schema, noticed = infer_schema(counted.sample, counted.rows, _distinct(counted), hints)
    if _misread(counted, schema):  # the first rows told a column's kind wrongly: rare, and worth a second pass
        counted, reading = read_through(source, partial(count, partial(_settled, schema)))
        schema, noticed = infer_schema(counted.sample, counted.rows, _distinct(counted), hints)
    sample, unread = _as_table(counted.sample, schema, counted.sampled)
    unread = unread if len(sample) == counted.rows else reading.noticed(unread)
    normal, assumed = _normal(schema, sample, hints)
    seen = _evidence(counted, schema, sample, normal, now or today())
    leaks = quality_label.kept(quality_label.leaks(seen), hints.kinds)
    schema = quality_label.without_leaks(schema, leaks)
    seen = replace(seen, schema=schema, sample=sample.with_schema(schema))
    pairs = correlations(seen, np.random.default_rng(seed))
    found = [*quality_label.leak_findings(leaks)]
    for check in CHECKS:
        found += check(seen)
    found += quality_rows.correlated(seen, pairs)
    findings = _ordered([*source.findings, *(f for f in noticed if f.code not in _TOLD_TOGETHER), *unread, *assumed, *found])
    again = source if counted.kept is None else Kept(source, counted.kept)
    return Survey(schema, describe(source.name, seen, pairs, findings), seen.sample, counted.rows, findings, normal, again)


def _quiet(rows: int) -> None:
    """Show no progress."""


def _guess(hints: Hints, head: pa.Table) -> Schema:
    """The schema as the first rows show it; that they hold no label yet is no error."""
    try:
        return infer_schema(head, head.num_rows, None, hints)[0]
    except LabelError:
        return infer_schema(head, head.num_rows, None, replace(hints, label=None))[0]


def _settled(schema: Schema, _head: pa.Table) -> Schema:
    return schema


class _Reading:
    """Converts pieces of columns for the counters, and keeps what was noticed of all rows."""

    def __init__(self) -> None:
        self._noticed: list[Finding] = []

    def __call__(self, array: pa.Array, field: Field) -> Column:
        column, noticed = to_column(array, field)
        self._noticed += noticed
        return column

    def noticed(self, of_sample: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """What was noticed of all rows, and of the sample where a column is not read for counting."""
        whole = merged(self._noticed)
        known = {(f.code, f.column) for f in whole}
        return (*sorted(whole, key=lambda f: f.column or ""), *(f for f in of_sample if (f.code, f.column) not in known))


def _misread(counted: Tally, schema: Schema) -> bool:
    """Whether a column was counted otherwise than the final schema reads it, or along another clock."""
    types = {name: counted.sample.schema.field(name).type for name in schema.names}
    roles = (Role.TIME, Role.ENTITY, Role.ID)
    return any(
        form_of(first.kind, types[first.name]) != form_of(last.kind, types[last.name])
        or (form_of(last.kind, types[last.name])[1] and first.form != last.form)
        or (first.role is not last.role and (first.role in roles or last.role in roles))
        for first, last in zip(counted.first.fields, schema.fields, strict=True)
    )


def _distinct(counted: Tally) -> dict[str, int]:
    """Distinct values by column; an estimate that cannot be told from "all different" counts as that where the sample says so."""
    found = {}
    for name, counter in counted.counters.items():
        if form_of(counter.field.kind, counted.sample.schema.field(name).type)[1]:
            continue  # text read as numbers or times: values that did not fit were not seen
        distinct, present = counter.distinct, counter.rows - counter.missing
        if not counter.distinct_hashes.exact and distinct > 0.97 * present:
            column = counted.sample[name]
            sampled = len(column) - column.null_count
            distinct = present if len(column.unique()) - bool(column.null_count) == sampled else distinct
        found[name] = distinct
    return found


def _as_table(sample: pa.Table, schema: Schema, rows: NDArray[np.int64]) -> tuple[Table, tuple[Finding, ...]]:
    batch = sample.combine_chunks().to_batches()[0]
    table, findings = to_table(batch, schema, 0)
    return Table(schema, table.columns, rows), tuple(findings)


def _normal(schema: Schema, sample: Table, hints: Hints) -> tuple[str | None, tuple[Finding, ...]]:
    label = schema.with_role(Role.LABEL)
    if label is None:
        return None, ()
    counts = value_counts(sample[label.name])
    if hints.normal is not None:
        return check_normal(counts, hints.normal, label.kind), ()
    return find_normal(counts)


def _evidence(counted: Tally, schema: Schema, sample: Table, normal: str | None, now: datetime) -> Evidence:
    label, time = schema.with_role(Role.LABEL), schema.with_role(Role.TIME)
    labels = None if label is None or normal is None else labels_of(sample[label.name], normal)[0]
    return Evidence(
        schema=schema,
        rows=counted.rows,
        counters=counted.counters,
        sample=sample,
        clock=counted.clock if time is not None else None,
        runs=counted.runs if time is not None else {},
        labels=labels,
        repeats=counted.repeats,
        compared=counted.compared,
        example_repeat=counted.example_repeat,
        now=now,
    )


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: -LEVELS.index(f.level)))
