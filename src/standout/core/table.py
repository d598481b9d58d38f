"""What people have: named, typed columns with roles.

A `Table` is a piece of a data set in memory: a `Schema` and one array per column. Numbers and flags are float64 with NaN for
missing; categories and text are int32 codes into a tuple of strings, -1 for missing; times are datetime64[us] in UTC, NaT for
missing. Only readers in `data/` make tables from the outside world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.core.errors import SchemaError, UnknownNameError
from standout.core.finding import Finding, FindingKind
from standout.core.shown import first


class Kind(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    FLAG = "flag"
    CATEGORY = "category"
    TEXT = "text"
    TIME = "time"


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    LABEL = "label"
    TIME = "time"
    ENTITY = "entity"
    ID = "id"
    IGNORED = "ignored"


CODED = frozenset({Kind.CATEGORY, Kind.TEXT})
STORED_AS: Mapping[Kind, np.dtype[Any]] = {
    Kind.NUMBER: np.dtype(np.float64),
    Kind.FLAG: np.dtype(np.float64),
    Kind.CATEGORY: np.dtype(np.int32),
    Kind.TEXT: np.dtype(np.int32),
    Kind.TIME: np.dtype("datetime64[us]"),
}

COLUMN_ABSENT = FindingKind(
    "column-absent",
    "warning",
    "{column} was there when the model was fitted and is missing now; its values are taken as missing.",
    "Add the column {column}, or fit again without it.",
)
COLUMN_EXTRA = FindingKind(
    "column-extra", "info", "{column} was not there when the model was fitted and is ignored.", "Fit again to use it."
)


@dataclass(frozen=True, slots=True)
class Field:
    """A column's name, kind and role, the reason for the role where it was inferred, and how its text is read.

    form: a strptime format for times, "decimal-comma" or "percent" and the like for numbers; empty where the values say it
    themselves. One row alone does not tell 3/4 in March from 3/4 in April, so the schema remembers what the whole file told.
    """

    name: str
    kind: Kind
    role: Role = Role.FEATURE
    why: str = ""
    form: str = ""

    def as_dict(self) -> dict[str, str]:
        """Plain values, for JSON."""
        return {"name": self.name, "kind": self.kind.value, "role": self.role.value, "why": self.why, "form": self.form}


@dataclass(frozen=True)
class Schema:
    """The fields of a data set, in order, each name once.

    >>> schema = Schema((Field("amount", Kind.NUMBER), Field("fraud", Kind.FLAG, Role.LABEL)))
    >>> schema.features
    (Field(name='amount', kind=<Kind.NUMBER: 'number'>, role=<Role.FEATURE: 'feature'>, why='', form=''),)
    """

    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        doubled = [f.name for f in self.fields if f.name in seen or seen.add(f.name)]  # type: ignore[func-returns-value]  # set.add in a filter
        if doubled:
            raise SchemaError(f"Column {doubled[0]!r} stands twice.", "Give each column a name of its own.")

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.fields)  # once: a schema is looked up for every row that is scored alone

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by name."""
        return {f.name: f for f in self.fields}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names in order."""
        return tuple(f.name for f in self.fields)

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Where each field stands, by name."""
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def features(self) -> tuple[Field, ...]:
        """The fields that detectors may learn from."""
        return tuple(f for f in self.fields if f.role is Role.FEATURE)

    def with_role(self, role: Role) -> Field | None:
        """The first field of a role, or None."""
        return next((f for f in self.fields if f.role is role), None)

    def assign(self, name: str, *, kind: Kind | None = None, role: Role | None = None, why: str = "") -> Schema:
        """The schema with one field's kind or role changed; UnknownNameError where there is no such column."""
        if name not in self.by_name:
            raise UnknownNameError.among("column", name, self.names)
        old = self.by_name[name]
        new = Field(name, kind or old.kind, role or old.role, why or old.why, old.form if kind in (None, old.kind) else "")
        return Schema(tuple(new if f.name == name else f for f in self.fields))

    def as_list(self) -> list[dict[str, str]]:
        """Plain values, for JSON."""
        return [f.as_dict() for f in self.fields]

    @classmethod
    def from_list(cls, items: Iterable[Mapping[str, str]]) -> Schema:
        """The inverse of `as_list`; SchemaError where an item holds anything but text."""
        items = list(items)
        if not all(isinstance(text, str) for i in items for text in i.values()):
            raise SchemaError("A field of the schema holds something other than text.", "Take it from Schema.as_list().")
        return cls(tuple(Field(i["name"], Kind(i["kind"]), Role(i["role"]), i.get("why", ""), i.get("form", "")) for i in items))


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one column; see the module for how each kind is stored."""

    kind: Kind
    values: NDArray[Any]
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.values.dtype != STORED_AS[self.kind]:
            raise SchemaError(f"A {self.kind.value} column is stored as {STORED_AS[self.kind]}, not {self.values.dtype}.")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """True where the value is missing, shape (n,)."""
        if self.kind in CODED:
            return np.less(self.values, 0)
        return np.isnat(self.values) if self.kind is Kind.TIME else np.isnan(self.values)

    def take(self, rows: NDArray[np.intp]) -> Column:
        """The chosen rows; where they are few, only the categories that they hold are kept, so that a row weighs little."""
        values = self.values[rows]
        if len(self.categories) <= 2 * len(values) + 16:
            return Column(self.kind, values, self.categories)
        used, codes = np.unique(values[values >= 0], return_inverse=True)
        values[values >= 0] = codes
        return Column(self.kind, values, tuple(self.categories[c] for c in used.tolist()))

    def at(self, row: int) -> Any:
        """One value as a person would write it: float, bool, str, numpy time, or None where missing."""
        value = self.values[row]
        if self.kind in CODED:
            return self.categories[value] if value >= 0 else None
        if self.kind is Kind.TIME:
            return None if np.isnat(value) else value
        if np.isnan(value):
            return None
        return bool(value) if self.kind is Kind.FLAG else float(value)

    def texts(self) -> list[str | None]:
        """All values of a category or text column as strings, None where missing."""
        return [self.categories[c] if c >= 0 else None for c in self.values.tolist()]

    @classmethod
    def coded(cls, values: Iterable[str | None], kind: Kind = Kind.CATEGORY) -> Column:
        """A category or text column from strings, categories in order of first appearance."""
        known: dict[str, int] = {}
        codes = [-1 if v is None else known.setdefault(v, len(known)) for v in values]
        return cls(kind, np.array(codes, dtype=np.int32), tuple(known))

    @classmethod
    def absent(cls, kind: Kind, rows: int) -> Column:
        """A column of which every value is missing."""
        fill: Any = -1 if kind in CODED else (np.datetime64("NaT", "us") if kind is Kind.TIME else np.nan)
        return cls(kind, np.full(rows, fill, dtype=STORED_AS[kind]))


@dataclass(frozen=True)
class Table:
    """A piece of a data set in memory: schema, columns in the schema's order, and each row's number in the whole (from 0)."""

    schema: Schema
    columns: tuple[Column, ...]
    rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        if len(self.columns) != len(self.schema.fields):
            raise SchemaError(f"The schema has {len(self.schema.fields)} columns and the table {len(self.columns)}.")
        rows = len(self.rows)  # said once: a table is made several times for a row that is scored alone
        for field, column in zip(self.schema.fields, self.columns, strict=True):
            if len(column.values) != rows:
                raise SchemaError(f"Column {field.name!r} has {len(column)} rows, the table {len(self.rows)}.")
            if column.kind is not field.kind:
                raise SchemaError(f"Column {field.name!r} is stored as {column.kind.value}, its schema says {field.kind.value}.")

    @classmethod
    def of(cls, schema: Schema, columns: Sequence[Column], first_row: int = 0) -> Table:
        """A table whose rows are numbered from `first_row`."""
        n = len(columns[0]) if columns else 0
        return cls(schema, tuple(columns), np.arange(first_row, first_row + n, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"Table({len(self):,} rows of {first(self.schema.names)})"

    def __getitem__(self, name: str) -> Column:
        try:
            return self.columns[self.schema.place[name]]
        except KeyError:
            raise UnknownNameError.among("column", name, self.schema.names) from None

    def with_role(self, role: Role) -> Column | None:
        """The first column of a role, or None."""
        field = self.schema.with_role(role)
        return None if field is None else self[field.name]

    def take(self, rows: NDArray[Any]) -> Table:
        """The chosen rows, by position or by a boolean mask."""
        at = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.intp)
        return Table(self.schema, tuple(c.take(at) for c in self.columns), self.rows[at])

    def only(self, names: Sequence[str]) -> Table:
        """The chosen columns, in the order given."""
        fields = tuple(self.schema.by_name[n] for n in names)
        return Table(Schema(fields), tuple(self[n] for n in names), self.rows)

    def with_schema(self, schema: Schema) -> Table:
        """The same values under changed roles."""
        return replace(self, schema=schema)

    def conform(self, schema: Schema) -> tuple[Table, tuple[Finding, ...]]:
        """The table in another schema's order: absent columns become missing values, extra ones are ignored, both told."""
        if self.schema is schema:  # as with rows that a model's own reader made one by one
            return self, ()
        findings = [COLUMN_EXTRA.found(column=n) for n in self.schema.names if n not in schema.by_name]
        columns = []
        for field in schema.fields:
            if field.name in self.schema.by_name:
                columns.append(self[field.name])
                continue
            columns.append(Column.absent(field.kind, len(self)))
            if field.role is Role.FEATURE:
                findings.append(COLUMN_ABSENT.found(column=field.name))
        return Table(schema, tuple(columns), self.rows), tuple(findings)


def concat(tables: Sequence[Table]) -> Table:
    """One table from pieces of the same schema, categories merged in order of first appearance."""
    first = tables[0]
    columns = tuple(_concat_columns([t.columns[i] for t in tables]) for i in range(len(first.columns)))
    return Table(first.schema, columns, np.concatenate([t.rows for t in tables]))


def _concat_columns(parts: Sequence[Column]) -> Column:
    kind = parts[0].kind
    if kind not in CODED:
        return Column(kind, np.concatenate([p.values for p in parts]))
    known: dict[str, int] = {}
    codes = []
    for part in parts:
        # the extra last entry is where code -1 (missing) lands
        lookup = np.array([known.setdefault(c, len(known)) for c in part.categories] + [-1], dtype=np.int32)
        codes.append(lookup[part.values])
    return Column(kind, np.concatenate(codes), tuple(known))
