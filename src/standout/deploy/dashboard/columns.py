"""The columns of a stream's newest rows, held against what its model was fitted on: asked for by a button, since it reads rows."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from standout.core.model import Model
from standout.core.table import Schema, Table, concat
from standout.deploy.dashboard.frame import part, show
from standout.deploy.dashboard.pieces import empty, meter, named, table, tag
from standout.deploy.dashboard.remembering import Remembered
from standout.deploy.dashboard.visit import Visit
from standout.deploy.drifting import columns_held
from standout.deploy.live.bodies import unpack_rows
from standout.deploy.store.store import Unit
from standout.evaluate.drift_columns import ColumnDrift
from standout.evaluate.report.words import many, number, text

MOST_ROWS = 5_000
MOST_BATCHES = 500
SHOWN = 30
ASKED = "compare-columns"


@dataclass(frozen=True)
class Held:
    """What was found. rows: how many were compared."""

    rows: int
    columns: tuple[ColumnDrift, ...]
    said: tuple[str, ...]


_held: Remembered[Held] = Remembered(seconds=120, most=8)


def columns(visit: Visit, stream: str) -> None:
    """A button, and once it is pressed the columns, the surest to have moved first."""
    part("Columns that moved", "The newest rows beside those that the model was fitted on.")
    st.button(f"Compare the newest {MOST_ROWS:,} rows", key=ASKED, on_click=_ask, args=(stream,))
    if st.session_state.get("compared") != stream:
        return
    watched = visit.service.streams.get(stream)
    if watched is None:
        show(empty("This server does not serve that model.", "Ask the one that watches the stream."))
        return
    with st.skeleton(height=160):
        found = _held.get((id(visit.service), stream), lambda: hold(visit, stream, watched.model))
    _shown(found)


def _ask(stream: str) -> None:
    st.session_state["compared"] = stream


def hold(visit: Visit, stream: str, model: Model) -> Held:
    """Compare the newest rows of a stream with what its model was fitted on."""
    with visit.service.store.reading() as unit:
        rows = newest(unit, stream, model.schema)
    if rows is None:
        return Held(0, (), ())
    found, said = columns_held(model, rows)
    return Held(len(rows), found, tuple(f"{f.message} {f.hint}" for f in said))


def newest(unit: Unit, stream: str, schema: Schema) -> Table | None:
    """The rows of a stream's newest batches: at most `MOST_BATCHES` of the journal are looked at for `MOST_ROWS` rows."""
    found: list[Table] = []
    last, rows = unit.journal.last(stream), 0
    for seq in range(last, max(0, last - MOST_BATCHES), -1):
        batch = unit.journal.get(seq)
        if batch is None or batch.stream != stream or not batch.body:
            continue
        found.append(unpack_rows(batch.body, schema).table)
        rows += len(found[-1])
        if rows >= MOST_ROWS:
            break
    return concat(found[::-1]) if found else None


def _shown(held: Held) -> None:
    for said in held.said:
        show(empty("Columns cannot be compared.", said))
    if not held.rows:
        show(empty("No rows to compare.", "They are there as long as retention keeps them."))
        return
    if not held.columns:
        return
    moved = [c for c in held.columns if c.moved]
    told = [Markup("<li>{}</li>").format(text(c.finding.message, 300)) for c in moved if c.finding is not None]
    if told:
        show(Markup('<ul class="plain">{}</ul>').format(Markup("").join(told)))
    rows = [
        [named(c.column), c.what, Markup("{} {}").format(meter(c.distance, hot=c.moved), number(c.distance, 2)),
         tag("moved", "hot") if c.moved else tag("holds")]
        for c in held.columns[:SHOWN]
    ]  # fmt: skip  # a row reads best as a row
    caption = f"{many(len(moved), 'column')} moved, by {many(held.rows, 'row')}; distance from 0 (the same) to 1."
    show(table(caption, ("Column", "Of its", "Distance", "State"), rows))
