"""Rows as senders give them, read by the model's schema: what cannot be read is rejected with its reason, and nothing is lost.

>>> from standout.core.table import Field
>>> schema = Schema((Field("x", Kind.NUMBER),))
>>> read = read_mappings([[{"x": 1, "event_id": "a"}, {"y": 2}]], schema, "event_id")
>>> read.table["x"].values.tolist(), read.ids, read.rejected[1]
([1.0, nan], ['a', None], 'It has none of the columns that the model knows: x.')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from standout.core.errors import ParameterTypeError, SchemaError
from standout.core.finding import Finding, merged
from standout.core.table import COLUMN_ABSENT, COLUMN_EXTRA, Field, Kind, Role, Schema, Table, concat
from standout.data.arrow_files import flat
from standout.data.convert import NOT_CONVERTED, encoded, to_table
from standout.data.source import unique_names
from standout.deploy.live.values import column_of
from standout.deploy.store.columns import storable

LONGEST_ID = 200
LONGEST_TEXT = 65_536
DEEPEST = 8
WIDEST = 2_000
KEPT_OF_REJECTED = 2_000
EXTRAS_TOLD = 20


@dataclass
class Read:
    """Rows of one or several senders as one table; a rejected row stands in it with every value missing.

    ids: as given, None where the sender gave none. rejected: why, by row; came: the beginning of what came instead, by row.
    sizes: rows of each sender, in order. findings: of each sender.
    """

    table: Table
    ids: list[str | None]
    rejected: dict[int, str]
    came: dict[int, str]
    sizes: list[int]
    findings: list[tuple[Finding, ...]]

    def __len__(self) -> int:
        return len(self.ids)


def read_arrow(rows: pa.Table | pa.RecordBatch, schema: Schema, key: str) -> Read:
    """Rows of one sender from Arrow. SchemaError where none of the model's columns is there, ids that are no text or number."""
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
    names, renamed = unique_names(table.column_names)
    table = table.rename_columns(names).combine_chunks()
    batches = table.to_batches()
    batch = flat(batches[0]) if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
    ids, rejected = _ids_of(batch, key)
    features = batch if key in schema.by_name or key not in batch.schema.names else batch.drop_columns([key])
    read, findings = to_table(features, schema, 0)
    return Read(read, ids, rejected, {}, [len(read)], [(*renamed, *findings)])


def _ids_of(batch: pa.RecordBatch, key: str) -> tuple[list[str | None], dict[int, str]]:
    if key not in batch.schema.names:
        return [None] * batch.num_rows, {}
    codes, texts = encoded(batch.column(key))
    if len(texts) == batch.num_rows and texts.null_count == 0 and len(codes) and int(codes[-1]) == len(codes) - 1:
        ids = texts.to_pylist()
    else:
        known = [*texts.to_pylist(), None]
        ids = [known[c] for c in codes.tolist()]
    ids = [storable(i) if i else None for i in ids]
    long = {r: _too_long(key) for r, i in enumerate(ids) if i is not None and len(i) > LONGEST_ID}
    return [None if r in long else i for r, i in enumerate(ids)] if long else ids, long


@dataclass
class _Sender:
    """What was noticed of one sender's rows."""

    absent: dict[str, int] = field(default_factory=dict)
    extra: dict[str, int] = field(default_factory=dict)
    rows: int = 0


def read_mappings(senders: Sequence[Sequence[Any]], schema: Schema, key: str) -> Read:
    """Rows of several senders from mappings; whatever a row is, it is read or rejected, and no other row is touched by it."""
    names, nested = schema.names, any("." in n for n in schema.names)
    required, known = {f.name for f in schema.features}, {*schema.names, key}
    rejected: dict[int, str] = {}
    came: dict[int, str] = {}
    ids: list[str | None] = []
    kept: list[Mapping[Any, Any]] = []
    noticed = []
    for rows in senders:
        sender = _Sender()
        noticed.append(sender)
        for row in rows:
            try:
                good = _checked(row, required, nested)
                ids.append(_id(good.get(key), key))
                kept.append(good)
                _notice(sender, good, required, known)
            except _Rejected as why:
                rejected[len(kept)] = str(why)
                came[len(kept)] = _shown(row)
                ids.extend([None] * (len(kept) + 1 - len(ids)))
                kept.append({})
    sizes = [len(rows) for rows in senders]
    columns, unread = [], []
    for f in schema.fields:
        column, wrong = column_of([row.get(f.name) for row in kept], f)
        columns.append(column)
        unread += [(f, i, kept[i].get(f.name)) for i in wrong]
    table = Table.of(schema, columns) if names else Table(schema, (), pa.array(range(len(kept))).to_numpy())
    return Read(table, ids, rejected, came, sizes, _findings(noticed, sizes, unread))


class _Rejected(Exception):
    """Why one row cannot be read."""


def _checked(row: Any, required: set[str], nested: bool) -> Mapping[Any, Any]:
    if not isinstance(row, Mapping):
        raise _Rejected(f"A row is an object of columns and values, and this is {_kind(row)}.")
    if len(row) > WIDEST:
        raise _Rejected(f"It has {len(row):,} columns; at most {WIDEST:,} are read.")
    if nested and any(isinstance(v, Mapping) for v in row.values()):
        row = dict(_flattened(row, "", DEEPEST))
    if required and required.isdisjoint(row.keys()):
        raise _Rejected(f"It has none of the columns that the model knows: {', '.join(sorted(required)[:5])}.")
    for name, value in row.items():
        if isinstance(value, str):
            if len(value) > LONGEST_TEXT:
                raise _Rejected(f"The text of {str(name)[:80]} has {len(value):,} letters; at most {LONGEST_TEXT:,} are read.")
            if not value.isascii() and _has_surrogates(value):
                raise _Rejected(f"The text of {str(name)[:80]} is no Unicode.")
    return row


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _flattened(row: Mapping[Any, Any], prefix: str, depth: int) -> Iterable[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping) and value:
            if depth == 0:
                raise _Rejected(f"It is nested deeper than {DEEPEST}.")
            yield from _flattened(value, f"{prefix}{name}.", depth - 1)
        else:
            yield f"{prefix}{name}", value


def _id(value: Any, key: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _Rejected(f"{key} is {_kind(value)}; it must be text or a whole number.")
    text = str(value) if isinstance(value, str) or abs(value) < 10**LONGEST_ID else "0" * (LONGEST_ID + 1)
    if len(text) > LONGEST_ID:
        raise _Rejected(_too_long(key))
    return storable(text)


def _too_long(key: str) -> str:
    return f"{key} is longer than {LONGEST_ID} letters."


def _kind(value: Any) -> str:
    return {type(None): "nothing", str: "text", list: "a list", bool: "true or false"}.get(
        type(value), f"a {type(value).__name__}"
    )


def _shown(row: Any) -> str:
    """The beginning of what came, however deep or long it is."""
    try:
        if isinstance(row, Mapping) and len(row) > EXTRAS_TOLD:
            row = {k: row[k] for k in list(row)[:EXTRAS_TOLD]}
        text = repr(row if not isinstance(row, str | bytes) else row[:KEPT_OF_REJECTED])
    except Exception as error:  # whatever a stranger's object does when it is shown
        text = f"<{type(row).__name__} that cannot be shown: {type(error).__name__}>"
    return text[:KEPT_OF_REJECTED].encode("utf-8", "backslashreplace").decode()


def _notice(sender: _Sender, row: Mapping[Any, Any], required: set[str], known: set[str]) -> None:
    sender.rows += 1
    if not row.keys() >= required:
        for name in required - row.keys():
            sender.absent[name] = sender.absent.get(name, 0) + 1
    if not row.keys() <= known:
        for name in row.keys() - known:
            if len(sender.extra) < EXTRAS_TOLD:
                sender.extra[str(name)[:80]] = 1


def _findings(senders: list[_Sender], sizes: list[int], unread: list[tuple[Field, int, Any]]) -> list[tuple[Finding, ...]]:
    """Of each sender: columns absent from all of its rows, columns that the model does not know, values that could not be read."""
    found: list[list[Finding]] = []
    for sender in senders:
        absent = sorted(n for n, count in sender.absent.items() if count == sender.rows)
        found.append(
            [COLUMN_ABSENT.found(column=n) for n in absent] + [COLUMN_EXTRA.found(column=n) for n in sorted(sender.extra)]
        )
    ends, total = [], 0
    for size in sizes:
        total += size
        ends.append(total)
    for f, row, value in sorted(unread, key=lambda u: u[1]):
        at = next(i for i, end in enumerate(ends) if row < end)
        example = _shown(value)[:40]
        found[at].append(NOT_CONVERTED.found(column=f.name, kind=f.kind.value, count=1, example=example))
    return [merged(each) for each in found]


def together(reads: Sequence[Read]) -> Read:
    """The rows of several as one, in order."""
    if len(reads) == 1:
        return reads[0]
    rejected, came, start = {}, {}, 0
    for read in reads:
        rejected.update({start + r: why for r, why in read.rejected.items()})
        came.update({start + r: text for r, text in read.came.items()})
        start += len(read)
    return Read(
        concat([r.table for r in reads]),
        [i for r in reads for i in r.ids],
        rejected,
        came,
        [s for r in reads for s in r.sizes],
        [f for r in reads for f in r.findings],
    )


def check_kind(rows: Any) -> None:
    """Raise ParameterTypeError unless these are rows at all."""
    if isinstance(rows, pa.Table | pa.RecordBatch):
        return
    if isinstance(rows, Mapping | str | bytes) or not isinstance(rows, Sequence):
        raise ParameterTypeError(
            f"Rows are an Arrow table or a list of objects, and these are {_kind(rows)}.", "Give a list, even of one row."
        )


def no_clock(schema: Schema) -> bool:
    """Whether rows of this schema have no time of their own."""
    return schema.with_role(Role.TIME) is None


__all__ = ["Kind", "Read", "SchemaError", "check_kind", "no_clock", "read_arrow", "read_mappings", "together"]
