"""The record: who did what, who has which key, and who you are."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard.frame import heading, part, show
from standout.deploy.dashboard.paging import Paging
from standout.deploy.dashboard.pieces import at, empty, named, table, tag, when
from standout.deploy.dashboard.visit import Visit
from standout.deploy.store.records import Audit, Key, Role
from standout.evaluate.report.words import text, value

PAGE = 50
MAY = {
    Role.INGEST: "send rows",
    Role.VIEW: "send rows and look",
    Role.ACT: "send rows, look and act",
}


def page(visit: Visit) -> None:
    """The page."""
    heading("Who did what", _who(visit))
    part("Acts")
    who = st.text_input(
        "Of one person, exactly", key="audit-who", max_chars=200, on_change=Paging("audit").restart, width=280
    ).strip()
    found = visit.read.audit(who or None, Paging("audit").before, PAGE)
    if found.items:
        head = ("When (UTC)", "Who", "What", "Details")
        show(table("Acts, newest first.", head, [_row(a) for a in found.items]))
        Paging("audit").buttons(found.next)
    else:
        show(
            empty(
                "Nothing was done yet.", "Every verdict, silence and change of the budget is kept here with the name of its key."
            )
        )
    part("Keys")
    keys = visit.read.keys()
    if not keys:
        show(empty("There are no keys.", "Beyond this machine the service asks for one: standout keys says how they are made."))
        return
    head = ("Name", "May", "Made", "State")
    show(table("Keys; their secrets are kept nowhere.", head, [_key(k, visit) for k in keys]))


def _who(visit: Visit) -> str:
    if not visit.keyed:
        return "Keys are off: acts are signed local."
    return f"You are {text(visit.visitor.name, 40)}, and may {MAY[visit.visitor.role]}."


def _row(entry: Audit) -> list[object]:
    said = " · ".join(f"{name} {value(given)}" for name, given in entry.detail.items())
    return [
        at(entry.at),
        named(entry.who, 40),
        named(entry.what, 80),
        Markup("<small>{}</small>").format(named(said, 300)) if said else "",
    ]


def _key(key: Key, visit: Visit) -> list[object]:
    state = tag("revoked") if key.revoked is not None else tag("holds", "chosen")
    return [named(key.name, 60), MAY[key.role], when(key.made, visit.now), state]
