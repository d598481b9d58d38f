"""Delivery: what people were told through which channel, what was given up or is in doubt, and sending it again."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from standout.deploy.dashboard.frame import heading, may_not_act, part, show
from standout.deploy.dashboard.paging import Paging
from standout.deploy.dashboard.pieces import SENDINGS, at, clock, empty, facts, named, table, tag
from standout.deploy.dashboard.visit import Said, Visit, act
from standout.deploy.store.records import Audit, Message, Sending
from standout.deploy.store.store import Unit
from standout.evaluate.report.words import count, listed, many

PAGE = 25
FAILED = (Sending.DEAD, Sending.DOUBT)
NOTES = {
    Sending.PENDING: "will be sent",
    Sending.SENDING: "on its way",
    Sending.SENT: "the channel took it",
    Sending.DEAD: "after the last try",
    Sending.DOUBT: "it may have arrived",
}


def page(visit: Visit) -> None:
    """The page."""
    state = st.session_state.get("delivery-state")
    found, counts = visit.read.messages(state, Paging("messages").before, PAGE)
    dead, doubt = counts.get(Sending.DEAD, 0), counts.get(Sending.DOUBT, 0)
    lead = "Messages wait in an outbox that survives a restart; each is sent once, or told here."
    if dead + doubt:
        parts = [f"{many(dead, 'message')} given up"] * bool(dead) + [f"{many(doubt, 'message')} in doubt"] * bool(doubt)
        heading(Markup("<em>{}</em>").format(listed(parts)), lead)
    else:
        heading("Everything that was to be told was told" if counts.get(Sending.SENT) else "Nothing was to be told yet", lead)
    show(facts([(SENDINGS[s].capitalize(), count(counts.get(s, 0)), NOTES[s]) for s in Sending],
               hot=frozenset(SENDINGS[s].capitalize() for s in FAILED if counts.get(s))))  # fmt: skip  # one call
    for failed in FAILED:
        if counts.get(failed):
            _failed(visit, failed)
    part("The outbox")
    st.selectbox(
        "Show", [None, *Sending], format_func=_state, key="delivery-state", width=220, on_change=Paging("messages").restart
    )
    if not found.items:
        show(
            empty(
                "No messages here.", "They are made when an incident opens or becomes worse, once a channel is set: --channels."
            )
        )
        return
    head = ("Message", "Channel", "State", "Tries", "When (UTC)", "What went wrong")
    show(table("Messages, newest first.", head, [_row(m) for m in found.items], frozenset({3})))
    Paging("messages").buttons(found.next)


def _state(state: Sending | None) -> str:
    return "all" if state is None else SENDINGS[state]


def _row(message: Message) -> list[object]:
    hot = "hot" if message.state in FAILED else ""
    about = (
        Markup(' <span class="under">incident {}</span>').format(message.incident) if message.incident is not None else Markup("")
    )
    when = message.sent or message.due
    return [Markup("{}{}").format(named(message.title, 160), about), named(message.channel, 40), tag(SENDINGS[message.state], hot),
            count(message.tries), at(when), named(message.error, 200) if message.error else ""]  # fmt: skip  # a row


def _failed(visit: Visit, state: Sending) -> None:
    """Those that nobody may have heard of, each with a button to send it again."""
    found, _ = visit.read.messages(state, Paging(state.value).before, PAGE)
    title = "Given up" if state is Sending.DEAD else "In doubt"
    lead = "The channel refused, or did not answer, to the last try." if state is Sending.DEAD else (
        "The service stopped while these were being sent: look whether they arrived before you send them again."
    )  # fmt: skip  # one sentence each
    part(title, lead)
    if may_not_act(visit, "send messages again"):
        return
    for message in found.items:
        with st.container(horizontal=True, vertical_alignment="center", key=f"message-{message.id}"):
            st.html(str(_line(message)), width="stretch")
            st.button("Send again", key=f"resend-{message.id}", on_click=_resend, args=(message.id,))
    Paging(state.value).buttons(found.next)


def _line(message: Message) -> Markup:
    return Markup('<p class="what">{}</p><p class="under">{} · due {} UTC · {} · {}</p>').format(
        named(message.title, 160), named(message.channel, 40), clock(message.due), many(message.tries, "try", "tries"),
        named(message.error or "no answer", 200),
    )  # fmt: skip  # as the places in the text


def _resend(number: int) -> None:
    def do(visit: Visit) -> Said:
        def work(unit: Unit) -> None:
            unit.outbox.resend(number, visit.now)
            unit.audit.add(Audit(visit.now, visit.visitor.name, "sent a message again", {"message": number}))

        visit.service.store.write(work)
        return Said(f"Message {number} is in the outbox again.")

    act(do)
