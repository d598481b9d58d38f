"""What stands around every page: its heading, what the last act did with a way back, and designed states where something is wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st
from markupsafe import Markup

from standout.core.errors import StandoutError, StoreBusyError, StoreError
from standout.deploy.dashboard import visit as visiting
from standout.deploy.dashboard.pieces import trouble
from standout.deploy.dashboard.visit import Visit

P = ParamSpec("P")
LOG = logging.getLogger(__name__)


def heading(sentence: str | Markup, lead: str | Markup = "") -> None:
    """A page's one sentence, and what it is for."""
    under = Markup('<p class="lead">{}</p>').format(lead) if lead else ""
    st.html(Markup('<h1 class="page">{}</h1>{}').format(sentence, under))


def part(title: str, lead: str | Markup = "") -> None:
    """A part's title."""
    st.html(Markup('<h2 class="part">{}</h2>{}').format(title, Markup('<p class="under">{}</p>').format(lead) if lead else ""))


def show(markup: Markup) -> None:
    """Show pieces."""
    st.html(str(markup))


def guarded(page: Callable[P, None]) -> Callable[P, None]:
    """A page, or a part that refreshes by itself, whose failures become a designed state that says one thing to try."""

    @wraps(page)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            page(*args, **kwargs)
        except StoreBusyError as error:
            show(trouble("The store is busy.", f"{error.what} The page is complete again once it answers."))
        except StoreError as error:
            show(trouble("The store does not answer.", f"{error.what} {error.hint}"))
        except StandoutError as error:
            show(trouble(error.what, error.hint))
        except Exception:
            LOG.exception("a page of the dashboard failed")
            show(trouble("This page failed, through a mistake of Standout's own.", "The log of the server has the details."))

    return run


def what_was_done() -> None:
    """What the last act did, said to screen readers too, and a button that takes it back; Z does the same."""
    said = visiting.told()
    if said is None:
        return
    # it floats above the page, so that nothing jumps
    with st.container(horizontal=True, vertical_alignment="center", key="said"):
        kind = "banner" if said.good else "banner trouble"
        role = "status" if said.good else "alert"
        st.html(Markup('<p class="{}" role="{}">{} {}</p>').format(kind, role, said.sentence, said.hint), width="content")
        if said.undo is not None:
            st.button("Undo", key="undo", shortcut="Z", on_click=_undo)
        st.button("Dismiss", key="dismiss", type="tertiary", on_click=visiting.forget)


def _undo() -> None:
    said = visiting.told()
    visiting.forget()
    if said is not None and said.undo is not None:
        said.undo()


def banner(visit: Visit) -> None:
    """That keys are off, where they are."""
    if not visit.keyed:
        show(Markup('<p class="banner">Keys are off: anybody on this machine may act here, and acts are signed local.</p>'))


def may_not_act(visit: Visit, what: str) -> bool:
    """Whether this visitor may only look; then it is said why no buttons are here."""
    if visit.may_act:
        return False
    show(Markup('<p class="under">Your key may look, and not {}: that takes a key of the role act.</p>').format(what))
    return True
