"""The script that Streamlit runs for each session and each act: who is it, which page, and the page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st
from markupsafe import Markup, escape

from standout.deploy.dashboard import budget, delivery, health, inbox, overview, quiet, record
from standout.deploy.dashboard.door import current
from standout.deploy.dashboard.frame import banner, guarded, show, what_was_done
from standout.deploy.dashboard.look import style
from standout.deploy.dashboard.pieces import trouble
from standout.deploy.dashboard.visit import arrive, where

PAGES = (
    ("Overview", "overview", overview.page),
    ("Alerts", "alerts", inbox.page),
    ("Budget", "budget", budget.page),
    ("Health", "health", health.page),
    ("Silences", "silences", quiet.page),
    ("Delivery", "delivery", delivery.page),
    ("Record", "record", record.page),
)


@guarded
def main() -> None:
    """One run of the script."""
    visit = arrive()
    if visit is None:
        _nobody()
        return
    pages = {
        path: st.Page(guarded(partial(page, visit)), title=title, url_path=path, default=path == "overview")
        for title, path, page in PAGES
    }
    st.session_state["pages"] = pages
    chosen = st.navigation(list(pages.values()), position="top")
    if inbox.asked_for() and chosen is not pages["alerts"]:
        st.switch_page(pages["alerts"])
    banner(visit)
    chosen.run()
    what_was_done()
    _footer(where(visit), signed_in=visit.keyed)


def _nobody() -> None:
    if current() is None:
        show(trouble("The service is not running.", "Start it with standout serve, and load this page again."))
    else:
        st.html('<p class="empty trouble" role="alert"><strong>You are signed out.</strong>'
                '<a href="/login" target="_self">Sign in with a key</a> that may look or act.</p>')  # fmt: skip  # one sentence


def _footer(who: str, *, signed_in: bool) -> None:
    """Who looks, and in which clock times are told."""
    out = ' · <a href="/logout" target="_self">sign out</a>' if signed_in else ""
    show(Markup('<footer class="under">Times are UTC · {}{}</footer>').format(escape(who), Markup(out)))


st.set_page_config(page_title="Standout", page_icon=Path(__file__).with_name("icon.svg"), layout="wide")
st.html(style())
main()
